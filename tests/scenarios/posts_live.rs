//! Posts at platforms afterwards: what is counted of them is read when it is time, and they are taken down.

use crate::harness::hosts;
use crate::harness::stack::home;
use crate::harness::targets::{connect, open, paper, seen, sky, told, town};
use crate::harness::until::until;
use crate::harness::world::World;
use crate::scenarios::command::{file, galley};
use aws::clock;
use domain::Time;
use domain::id::JobId;
use domain::publish::{CountsRecord, READINGS};
use domain::state::JobState;
use domain::store::Write;
use domain::takedown::{Takedown, TakedownState};
use doubles::faults::Fault;
use doubles::made::png;
use doubles::targets::{bluesky, hashnode, mastodon};
use serde_json::{Value, json};

const SKY: u16 = 8818;
const TOWN: u16 = 8819;
const PAPER: u16 = 8820;

fn pipeline() -> Value {
    json!({
        "name": "posts-live", "budget_usd": 0.1, "inputs": { "photo": { "type": "image" } },
        "steps": {
            "good": { "kind": "gate.quality", "with": { "images": "{{ inputs.photo }}", "min_width": 64 } },
            "announce": { "kind": "publish", "after": ["good"], "with": {
                "targets": [
                    { "kind": "bluesky", "connection": "sky" },
                    { "kind": "mastodon", "connection": "town" },
                    { "kind": "hashnode", "connection": "paper" },
                    { "kind": "s3", "prefix": "live" },
                ],
                "post": {
                    "title": "A light by day", "body": "It is **lit**.",
                    "media": [{ "asset": "{{ inputs.photo }}", "alt": "A lighthouse" }],
                },
            } },
        },
    })
}

/// Lets the time of a reading come, and the sweep look for it.
async fn read_at(world: &World, job: &JobId, step: &str, place: usize) {
    let known = async || CountsRecord::read(&world.table, job, step).await.unwrap().unwrap();
    let (now, old) = (clock::now(), known().await);
    let published_at = Time(now.0 - i64::from(READINGS[place].1 + 60) * 1000);
    let passed = CountsRecord { published_at, due_at: Some(now), ..old.clone() };
    world.write(vec![passed.instead_of(job, &old).unwrap()]).await;
    until("somebody asked the target", 30, async || {
        world.sweep().await;
        let new = known().await;
        (new.due_at != passed.due_at).then_some(())
    })
    .await;
}

#[tokio::test]
async fn figures_are_read_when_it_is_time_and_posts_are_taken_down_where_that_can_be() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let (skies, toots, papers) = (
        open(SKY, bluesky::routes).await,
        open(TOWN, mastodon::routes).await,
        open(PAPER, hashnode::routes).await,
    );
    let caller = world.tenant().await;
    let key = caller.key.reveal().to_owned();
    for (name, account) in [("sky", sky(SKY)), ("town", town(TOWN)), ("paper", paper(PAPER))] {
        connect(&world, &caller, name, &account, &[]).await;
    }
    let photo = home().join("tmp").join(format!("{}-day.png", caller.tenant));
    std::fs::write(&photo, png("by day", 320, 240)).unwrap();
    let document = file("posts-live", &pipeline());
    let photo = format!("photo=@{}", photo.display());
    let words = ["submit", document.to_str().unwrap(), "--input", &photo];
    let job = JobId::parse(&told(&galley(&world, &key, &words).await)).unwrap();
    let view = world.ends(&job, JobState::Succeeded, 90).await;
    assert_eq!(view.job.degraded, []);
    assert_eq!((seen(&skies), seen(&toots), seen(&papers)), (vec![1], vec![1], vec![1]));

    // An hour, a day and a week later; once nobody answers.
    let metrics = async |target: &str| {
        let id = format!("{job}.announce~{target}");
        let answer = caller.get(&format!("/v1/publications/{id}/metrics")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let said = galley(&world, &key, &["publications", "metrics", &id]).await;
        (answer.body, told(&said), String::from_utf8_lossy(&said.stderr).into_owned())
    };
    let (before, lines, next) = metrics("bluesky").await;
    assert_eq!((&before["counted"], &before["readings"]), (&json!(true), &json!([])));
    assert!(lines.is_empty() && next.contains("read next at "), "{lines} {next}");
    for place in 0..READINGS.len() {
        read_at(&world, &job, "announce~bluesky", place).await;
    }
    let (all, lines, next) = metrics("bluesky").await;
    let readings = all["readings"].as_array().unwrap();
    let after: Vec<_> = readings.iter().filter_map(|one| one["after"].as_str()).collect();
    assert_eq!((after, &all["next_at"]), (vec!["1h", "1d", "7d"], &Value::Null));
    assert_eq!(all["readings"][2]["counts"]["likes"], 3, "{all}");
    let counted = lines.lines().filter(|line| line.contains("3 likes, ")).count();
    assert_eq!((counted, next.contains("read next")), (3, false), "{lines} {next}");
    toots.shop.fault_on("GET /api/v1/statuses/", Fault::Instead(503, Vec::new(), json!({})));
    read_at(&world, &job, "announce~mastodon", 0).await;
    let (none, _, why) = metrics("mastodon").await;
    assert!(none["readings"] == json!([]) && why.contains("503"), "{none} {why}");
    read_at(&world, &job, "announce~mastodon", 0).await;
    let (one, lines, _) = metrics("mastodon").await;
    assert_eq!(
        (&one["readings"][0]["counts"]["reposts"], &one["error"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(lines, "1h   2 likes, 0 replies, 1 reposts");
    let (never, _, why) = metrics("s3").await;
    assert!(never["counted"] == json!(false) && why.contains("S3 tells no figures"), "{why}");

    // One does, one is down, one cannot.
    let asset = view.assets.values().next().unwrap().id.clone();
    toots.shop.fault_on("DELETE /api/v1/statuses/", Fault::Instead(503, Vec::new(), json!({})));
    let words = ["takedown", asset.as_str(), "--reason", "a likeness", "--timeout", "8", "--json"];
    let taken = galley(&world, &key, &words).await;
    let said: Value = serde_json::from_slice(&taken.stdout).unwrap();
    assert_eq!((taken.status.code(), &said["state"]), (Some(1), &json!("working")), "{said}");
    let stands = |said: &Value| {
        let mut all: Vec<String> = Vec::new();
        for place in said["places"].as_array().unwrap() {
            let word = |name: &str| place[name].as_str().unwrap_or_default().to_owned();
            all.push(format!("{} {}", word("target"), word("state")));
        }
        all.sort();
        all
    };
    let first = ["bluesky gone", "hashnode cannot", "mastodon failed", "s3 gone"];
    assert_eq!(stands(&said), first, "{said}");
    let cannot = said["places"].as_array().unwrap().iter().find(|place| place["state"] == "cannot");
    let why = cannot.unwrap()["detail"].as_str().unwrap();
    assert!(
        why.starts_with("Hashnode lets nobody take back what is there: open https://"),
        "{why}"
    );
    assert!(why.ends_with("with the account of connection paper, and delete it there"), "{why}");
    assert_eq!((seen(&skies), seen(&toots), seen(&papers)), (vec![], vec![1], vec![1]));
    let id = said["id"].as_str().unwrap();
    let due = json!({ "due_at": clock::now() });
    world.write(vec![Write::set(Takedown::key(&caller.tenant, id), due)]).await;
    until("what was down is asked again, and has it no more", 60, async || {
        world.sweep().await;
        let known = Takedown::read(&world.table, &caller.tenant, id).await.unwrap().unwrap();
        (known.state == TakedownState::Left).then_some(())
    })
    .await;
    assert_eq!((seen(&skies), seen(&toots), seen(&papers)), (vec![], vec![], vec![1]));
    let again = galley(&world, &key, &words).await;
    let said: Value = serde_json::from_slice(&again.stdout).unwrap();
    let last = ["bluesky gone", "hashnode cannot", "mastodon gone", "s3 gone"];
    assert_eq!((again.status.code(), stands(&said)), (Some(1), last.map(str::to_owned).into()));
    assert_eq!(world.count(&job, "publication.taken_down").await, 3);
    // What is not there any more is not counted.
    for step in ["announce~mastodon", "announce~bluesky"] {
        let known = CountsRecord::read(&world.table, &job, step).await.unwrap().unwrap();
        if known.due_at.is_some() {
            read_at(&world, &job, step, known.next).await;
        }
        let known = CountsRecord::read(&world.table, &job, step).await.unwrap().unwrap();
        assert_eq!(known.due_at, None, "{known:?}");
    }
}
