//! Taking down: each place by itself, whatever fails on the way; and nothing of it goes out again.

use super::posted::{call_of, job, place};
use super::*;
use crate::Asked as Input;
use domain::fakes::{every_fault, publishable_job};
use domain::id::{AssetId, JobId};
use domain::publish::Told;
use domain::record::AssetRecord;
use domain::state::JobState;
use domain::takedown::{Asked, Place, PlaceState, Takedown, TakedownState, ask};
use domain::time::Time;

fn picture(view: &JobView) -> AssetRecord {
    view.assets.values().find(|asset| asset.step == "generate").unwrap().clone()
}

async fn asked(world: &World, view: &JobView, asset: &AssetRecord, now: Time) -> Takedown {
    let by = "ana";
    let asked = Asked { tenant: &view.job.tenant, asset, reason: "a likeness", by };
    ask(&world.table, &asked, [0; 16], now).await.unwrap().0
}

async fn worked(world: &World, view: &JobView, id: &str, now: Time) -> Result<Value> {
    let s3 = S3::new(&world.objects, &world.table, "public");
    let receiver = Receiver { world, answer: None };
    let targets: Targets<'_> = [("s3", &s3 as &dyn Target), ("webhook", &receiver)].into();
    let (table, objects) = (&world.table, &world.objects);
    let publishing = Publishing { table, objects, targets: &targets, hub: None, notary: None };
    let input = Input::TakeDown { takedown: id.into(), tenant: view.job.tenant.clone() };
    handle(&publishing, input, now).await
}

async fn known(world: &World, view: &JobView, id: &str) -> Takedown {
    Takedown::read(&world.table, &view.job.tenant, id).await.unwrap().unwrap()
}

fn states(takedown: &Takedown) -> Vec<PlaceState> {
    takedown.places.iter().map(|place| place.state).collect()
}

#[tokio::test]
async fn what_was_made_from_an_asset_goes_from_our_bucket_with_the_pointer_to_it() {
    let job = publishable(&json!({ "kind": "s3", "latest": true }));
    let world = world(&job);
    call(&world, &job).await.unwrap();
    assert_eq!(public(&world).len(), 5);
    let takedown = asked(&world, &job, &picture(&job), NOW).await;
    worked(&world, &job, &takedown.id, NOW).await.unwrap();
    assert!(public(&world).is_empty(), "{:?}", public(&world));
    let known = known(&world, &job, &takedown.id).await;
    assert_eq!((known.state, states(&known)), (TakedownState::Done, vec![PlaceState::Gone; 4]));
    assert_eq!(known.blocked, 5);
    let gone = publications(&world, &job).await;
    assert!(gone.iter().all(|one| one.taken_down.as_ref().unwrap().reason == "a likeness"));
    let kinds = kinds(&world, &job).await;
    let taken = "publication.taken_down ".repeat(4);
    assert!(kinds.ends_with(&format!("takedown.asked {taken}takedown.done")), "{kinds}");
    // It looks once more when nobody can publish any longer who did not know of it; then it is over.
    assert_eq!(known.due_at, Some(NOW.plus_s(120)));
    worked(&world, &job, &takedown.id, NOW.plus_s(121)).await.unwrap();
    assert_eq!(super::taken::known(&world, &job, &takedown.id).await.due_at, None);
}

#[tokio::test]
async fn where_nobody_can_take_it_back_it_is_told_what_to_do_by_hand() {
    let job = webhook();
    let world = world(&job);
    call(&world, &job).await.unwrap();
    let takedown = asked(&world, &job, &picture(&job), NOW).await;
    worked(&world, &job, &takedown.id, NOW).await.unwrap();
    let known = known(&world, &job, &takedown.id).await;
    assert_eq!((known.state, states(&known)), (TakedownState::Left, vec![PlaceState::Cannot; 4]));
    let told = "what went there cannot be taken back: ask whoever runs https://example.com/ladder-480w.jpg to delete it";
    assert_eq!(known.places[0].detail.as_deref(), Some(told));
    assert!(known.public());
}

#[tokio::test]
async fn what_was_taken_down_is_refused_however_it_comes_back() {
    let job = s3();
    let world = world(&job);
    asked(&world, &job, &picture(&job), NOW).await;
    // In its own job: all that would go out was made from it.
    assert_eq!(call(&world, &job).await.unwrap(), json!({ "end": "rejected", "event": 2 }));
    assert!(public(&world).is_empty());
    let why = step(&world, &job).await.error.unwrap();
    let (of, from) = (job.assets.keys().next_back().unwrap(), picture(&job).id);
    assert!(why.contains(&format!("{from}, which was taken down")), "{why} {of}");
    // In another job that has the same bytes by chance, or because somebody brought them.
    let mut other = publishable_job(&json!({ "kind": "s3" }), JobId::new(NOW, [8; 10]));
    for asset in other.assets.values_mut().filter(|asset| asset.step == "generate") {
        asset.sha256 = picture(&job).sha256;
    }
    let (hash, verdicts) = (picture(&job).sha256, ["good", "safe"]);
    for gate in verdicts {
        let verdict = other.steps.get_mut(gate).unwrap().verdict.as_mut().unwrap();
        verdict["subjects"][0]["sha256"] = json!(hash);
    }
    world.plant_job(&other);
    assert_eq!(call(&world, &other).await.unwrap()["end"], "rejected");
    assert!(public(&world).is_empty());
}

#[tokio::test]
async fn another_job_that_published_the_same_bytes_is_found() {
    let (job, world) = (s3(), world(&s3()));
    call(&world, &job).await.unwrap();
    let mut other = publishable_job(&json!({ "kind": "s3" }), JobId::new(NOW, [8; 10]));
    let image: AssetId = picture(&other).id;
    let twin = picture(&job);
    other.job.reused = true;
    other.assets.get_mut(&image).unwrap().sha256.clone_from(&twin.sha256);
    for gate in ["good", "safe"] {
        let verdict = other.steps.get_mut(gate).unwrap().verdict.as_mut().unwrap();
        verdict["subjects"][0]["sha256"] = json!(twin.sha256);
    }
    world.plant_job(&other);
    assert_eq!(call(&world, &other).await.unwrap()["ok"], true);
    assert_eq!(public(&world).len(), 8);
    let takedown = asked(&world, &job, &twin, NOW).await;
    worked(&world, &job, &takedown.id, NOW).await.unwrap();
    let known = known(&world, &job, &takedown.id).await;
    let jobs: Vec<&JobId> = known.places.iter().map(|place: &Place| &place.job).collect();
    assert!(jobs.contains(&&job.job.id) && jobs.contains(&&other.job.id));
    assert!(public(&world).is_empty());
}

/// The world without what repeating may change: counts, times, and the order of events.
fn settled(world: &World) -> String {
    let mut lines = Vec::new();
    for line in world.listing().lines() {
        let Some((key, json)) = line.split_once(" {") else {
            lines.push(line.to_owned());
            continue;
        };
        let Ok(mut item) = serde_json::from_str::<Value>(&format!("{{{json}")) else {
            lines.push(line.to_owned());
            continue;
        };
        let log = key.starts_with("LOG#");
        for field in
            ["at", "rev", "looks", "updated_at", "due_at", "tries", "n", "sk", "taken_down"]
        {
            item[field].take();
        }
        for place in item["places"].as_array_mut().into_iter().flatten() {
            place["at"].take();
            place["tries"].take();
        }
        lines.push(if log { item.to_string() } else { format!("{key} {item}") });
    }
    lines.sort();
    lines.join("\n")
}

#[tokio::test]
async fn any_call_to_the_world_may_fail_while_places_are_asked() {
    let job = publishable(&json!({ "kind": "s3", "latest": true }));
    let prepare = async || {
        let world = world(&job);
        call(&world, &job).await.unwrap();
        asked(&world, &job, &picture(&job), NOW).await;
        world
    };
    let id = Takedown::id_of(&job.job.tenant, &picture(&job).id);
    let act = async |world: &World| {
        // Whoever dies at it is followed when its lease is over.
        for after in [0, 40, 80, 120, 160, 200] {
            worked(world, &job, &id, NOW.plus_s(after)).await?;
        }
        Ok(())
    };
    every_fault(prepare, act, settled).await;
}

#[tokio::test]
async fn any_call_to_the_world_may_fail_while_it_is_asked_for() {
    let job = s3();
    let prepare = async || {
        let world = world(&job);
        call(&world, &job).await.unwrap();
        world
    };
    let act = async |world: &World| {
        let asset = picture(&job);
        let asked =
            Asked { tenant: &job.job.tenant, asset: &asset, reason: "a likeness", by: "ana" };
        ask(&world.table, &asked, [0; 16], NOW).await.map(drop)
    };
    every_fault(prepare, act, settled).await;
}

#[tokio::test]
async fn a_post_is_taken_back_from_each_target_and_stays_gone() {
    let job = job();
    let place = place(&job);
    place.call(&job).await.unwrap();
    let takedown = asked(&place.world, &job, &picture(&job), NOW).await;
    place.blog.says(Some(Told::unknown("no answer within 10s")));
    place.take_down(&job, &takedown.id, NOW).await.unwrap();
    let told = known(&place.world, &job, &takedown.id).await;
    assert_eq!(states(&told), [PlaceState::Gone, PlaceState::Failed]);
    assert_eq!(told.places[1].detail.as_deref(), Some("no answer within 10s"));
    assert_eq!((told.state, told.due_at), (TakedownState::Working, Some(NOW.plus_s(15))));
    assert!(place.bluesky.posts().is_empty() && place.blog.posts().len() == 1);
    place.blog.says(None);
    place.take_down(&job, &takedown.id, NOW.plus_s(15)).await.unwrap();
    let told = known(&place.world, &job, &takedown.id).await;
    assert_eq!((told.state, told.public()), (TakedownState::Done, false));
    assert!(place.blog.posts().is_empty());
    // The job runs again: nothing of it comes back.
    let mut again = job.clone();
    (again.job.run, again.job.round, again.job.state) = (2, 2, JobState::Running);
    let write = domain::store::Write::put(domain::record::JobRecord::key(&job.job.id), &again.job);
    place.world.table.plant(write.unwrap());
    let wave = job.plan.wave_of("publish~bluesky").unwrap();
    place.call_as(Call { run: 2, round: 2, wave, ..call_of(&job) }).await.unwrap();
    assert!(place.bluesky.posts().is_empty() && place.blog.posts().is_empty());
}

#[tokio::test]
async fn what_nobody_knows_of_is_looked_up_and_taken_back() {
    let job = job();
    let place = place(&job);
    place.call(&job).await.unwrap();
    // Its answer was lost: it is there, and the ledger does not know.
    let mut view = JobView::expect(&place.world.table, &job.job.id).await.unwrap();
    let posting = &mut view.postings[0];
    posting.state = domain::record::PublicationState::Unknown;
    (posting.location, posting.remote) = (None, None);
    let key = domain::record::PostingRecord::key(&job.job.id, &posting.step);
    place.world.table.plant(domain::store::Write::put(key, posting).unwrap());
    let takedown = asked(&place.world, &job, &picture(&job), NOW).await;
    place.take_down(&job, &takedown.id, NOW).await.unwrap();
    assert!(place.bluesky.posts().is_empty());
    assert_eq!(known(&place.world, &job, &takedown.id).await.state, TakedownState::Done);
}

#[tokio::test]
async fn an_account_that_is_over_is_asked_again_when_it_is_connected_again() {
    let job = job();
    let place = place(&job);
    place.call(&job).await.unwrap();
    let takedown = asked(&place.world, &job, &picture(&job), NOW).await;
    place.bluesky.says(Some(Told::grant_over("401: the token is revoked")));
    place.take_down(&job, &takedown.id, NOW).await.unwrap();
    let told = known(&place.world, &job, &takedown.id).await;
    let why =
        "connection brand is over (401: the token is revoked): connect it again, and this goes on";
    assert_eq!(told.places[0].detail.as_deref(), Some(why));
    assert_eq!(states(&told), [PlaceState::Failed, PlaceState::Gone]);
}
