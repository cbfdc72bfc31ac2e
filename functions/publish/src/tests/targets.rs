//! What a target's answers make of the job.

use super::*;
use domain::fakes::{publishable_bytes, publishable_job};
use domain::id::{AssetId, JobId};
use domain::publish::TRIES_MOST;
use domain::record::{PublicationState, Told};
use domain::state::StepState;
use domain::store::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

async fn answer(world: &World, job: &JobView, answer: Outcome) -> Result<Value> {
    call_with(world, publish_call(job), Some(answer)).await
}

fn states(publications: &[PublicationRecord]) -> Vec<PublicationState> {
    publications.iter().map(|one| one.state).collect()
}

#[tokio::test]
async fn a_refusal_for_good_fails_the_step_and_the_job() {
    let job = webhook();
    let world = world(&job);
    let gone = Outcome::Refused(Refusal::Never, "the receiver answered 410".into());
    let told = answer(&world, &job, gone).await.unwrap();
    assert_eq!(told["end"], "failed");
    assert_eq!(states(&publications(&world, &job).await), [PublicationState::Failed; 4]);
    let step = step(&world, &job).await;
    assert_eq!(step.state, StepState::Failed);
    assert_eq!(step.error.as_deref(), Some("the receiver answered 410"));
    let told = "publication.started publication.failed publication.failed publication.failed \
                publication.failed step.failed";
    assert_eq!(kinds(&world, &job).await, told);
    assert_eq!(call(&world, &job).await.unwrap()["end"], "failed");
}

#[tokio::test]
async fn a_busy_target_is_asked_again_but_not_for_ever() {
    let job = webhook();
    let world = world(&job);
    let busy = Outcome::Refused(Refusal::Later, "the receiver answered 503".into());
    for _ in 1..TRIES_MOST {
        let again = answer(&world, &job, busy.clone()).await;
        assert!(matches!(again, Err(Error::Again(why)) if why.contains("503")));
        assert_eq!(states(&publications(&world, &job).await), [PublicationState::Started; 4]);
    }
    assert_eq!(answer(&world, &job, busy).await.unwrap()["end"], "failed");
    assert_eq!(states(&publications(&world, &job).await), [PublicationState::Failed; 4]);
}

#[tokio::test]
async fn what_may_have_arrived_stays_unknown_until_it_is_known() {
    let job = webhook();
    let world = world(&job);
    let cut = Outcome::Unknown("no answer within 10s".into());
    assert!(matches!(answer(&world, &job, cut.clone()).await, Err(Error::Again(_))));
    assert_eq!(states(&publications(&world, &job).await), [PublicationState::Unknown; 4]);
    assert_eq!(call(&world, &job).await.unwrap()["ok"], true);
    assert_eq!(states(&publications(&world, &job).await), [PublicationState::Done; 4]);
    assert_eq!(publications(&world, &job).await[0].error, None);
    for _ in 1..TRIES_MOST {
        let _ = answer(&world, &job, cut.clone()).await;
    }
    assert_eq!(states(&publications(&world, &job).await), [PublicationState::Done; 4]);
}

#[tokio::test]
async fn an_unknown_at_its_bound_fails_the_step_and_stays_unknown() {
    let job = webhook();
    let world = world(&job);
    let cut = Outcome::Unknown("cut".into());
    for _ in 1..TRIES_MOST {
        assert!(answer(&world, &job, cut.clone()).await.is_err());
    }
    assert_eq!(answer(&world, &job, cut).await.unwrap()["end"], "failed");
    assert_eq!(states(&publications(&world, &job).await), [PublicationState::Unknown; 4]);
}

#[tokio::test]
async fn a_later_run_tries_again_and_keeps_what_is_there() {
    let mut job = webhook();
    let first = world(&job);
    let gone = Outcome::Refused(Refusal::Never, "gone".into());
    answer(&first, &job, gone).await.unwrap();
    job.job.run = 2;
    job.job.round = 2;
    first.table.plant(Write::put(domain::record::JobRecord::key(&job.job.id), &job.job).unwrap());
    let second = Call { run: 2, round: 2, ..publish_call(&job) };
    assert_eq!(call_with(&first, second, None).await.unwrap()["ok"], true);
    assert_eq!(states(&publications(&first, &job).await), [PublicationState::Done; 4]);
    let told = step(&first, &job).await.told;
    assert_eq!(told, Some(Told { round: 2, outcome: json!({ "ok": true }) }));
}

#[tokio::test]
async fn the_latest_pointer_names_the_whole_ladder_of_the_newest_job() {
    let world = World::default();
    let settings = json!({ "kind": "s3", "prefix": "heroes", "latest": true });
    let [older, newer] = [0, 5_000]
        .map(|ms| publishable_job(&settings, JobId::new(domain::Time(NOW.0 + ms), [7; 10])));
    for job in [&newer, &older] {
        world.plant_job(job);
        assert_eq!(call(&world, job).await.unwrap()["ok"], true);
    }
    let (bytes, _) = world.objects.peek(Bucket::Public, "acme/heroes/latest.json").unwrap();
    let pointer: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(pointer["job"], json!(newer.job.id));
    assert_eq!(pointer["assets"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_ladder_longer_than_a_transaction_is_published_in_several() {
    let mut job = s3();
    let template = job.assets.values().find(|asset| asset.step == "ladder").unwrap().clone();
    let long: Vec<AssetId> =
        (0..150).map(|index| AssetId::new(&job.job.id, "ladder", "1", index)).collect();
    for (id, width) in long.iter().zip(1..) {
        let mut asset = template.clone();
        asset.sha256 = domain::sign::sha256(&publishable_bytes(id));
        (asset.id, asset.key, asset.width) = (id.clone(), format!("{id}"), Some(width));
        job.assets.insert(id.clone(), asset);
    }
    job.steps.get_mut("ladder").unwrap().outputs.insert("images".into(), long);
    let world = world(&job);
    assert_eq!(call(&world, &job).await.unwrap()["ok"], true);
    assert_eq!(public(&world).len(), 150);
    assert_eq!(states(&publications(&world, &job).await), [PublicationState::Done; 150]);
    assert_eq!(events(&world, &job).await.len(), 152);
    assert_eq!(call(&world, &job).await.unwrap(), json!({ "ok": true }));
}

/// A target that would publish twice what it is sent twice.
struct Naive {
    sent: AtomicUsize,
    started: Outcome,
    checked: Outcome,
}

#[async_trait]
impl Target for Naive {
    async fn start(&self, _post: &Post, _bytes: Vec<u8>) -> Outcome {
        self.sent.fetch_add(1, Ordering::SeqCst);
        self.started.clone()
    }

    async fn check(&self, _post: &Post) -> Outcome {
        self.checked.clone()
    }
}

/// How often a target is sent four assets when the first answer was this and a look shows that.
async fn sent(started: Outcome, checked: Outcome) -> (usize, Vec<PublicationState>) {
    let job = s3();
    let world = world(&job);
    let naive = Naive { sent: AtomicUsize::new(0), started, checked };
    let targets: Targets<'_> = [("s3", &naive as &dyn Target)].into();
    let (table, objects) = (&world.table, &world.objects);
    let publishing = Publishing { table, objects, targets: &targets, hub: None, notary: None };
    for _ in 0..2 {
        let _ = handle(&publishing, publish_call(&job), NOW).await;
    }
    (naive.sent.into_inner(), states(&publications(&world, &job).await))
}

#[tokio::test]
async fn a_target_is_looked_at_before_anything_is_sent_again() {
    use PublicationState::{Done, Started, Unknown};
    let unknown = || Outcome::Unknown("cut".into());
    let absent = || Outcome::Refused(Refusal::Later, "not there".into());
    let there = || Outcome::Done("there".into());
    assert_eq!(sent(unknown(), there()).await, (4, vec![Done; 4]));
    assert_eq!(sent(unknown(), unknown()).await, (4, vec![Unknown; 4]));
    assert_eq!(sent(Outcome::Accepted, Outcome::Accepted).await, (4, vec![Unknown; 4]));
    assert_eq!(sent(Outcome::Accepted, there()).await, (4, vec![Done; 4]));
    assert_eq!(sent(unknown(), absent()).await, (8, vec![Unknown; 4]));
    assert_eq!(sent(absent(), absent()).await, (8, vec![Started; 4]));
}
