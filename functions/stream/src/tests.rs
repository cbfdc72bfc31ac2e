//! Who watches sees every event once, in order; whatever fails, and however many write and push at once.

mod ending;

use crate::edge::answer;
use aws::{Event, Talk};
use domain::event::{Committed, Event as Logged, commit};
use domain::fakes::{Fault, MemoryPusher, NOW, Polite, World, every_fault};
use domain::id::{JobId, TenantId};
use domain::ports::Table;
use domain::record::JobRecord;
use domain::state::JobState;
use domain::store::{Key, Write};
use domain::tenant::JobToken;
use domain::watch::{Heard, Streams};
use domain::{Result, Time};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

const PIPELINE: &str = r#"
name: plain
budget_usd: 1
inputs: { prompt: { type: text } }
steps:
  paint: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}", model: sketch-1 } }
  gate: { kind: gate.quality, with: { images: ["{{ paint.image }}"] } }
"#;

async fn with_job() -> (World, JobId) {
    let world = World::default();
    let job = world.job(1, PIPELINE, json!({ "prompt": "a red kite" })).await;
    (world, job)
}

fn token(world: &World, job: &JobId, until: Time) -> String {
    let tenant = TenantId::parse("acme").unwrap();
    JobToken { job: job.clone(), tenant, until }.seal(&world.settings.signing_key)
}

fn talk(route: &str, connection: &str, text: &str) -> Event {
    Event::Talk(Talk {
        route: route.into(),
        connection: connection.into(),
        request: "r1".into(),
        text: text.into(),
    })
}

async fn say_at(world: &World, connection: &str, message: Value, now: Time) -> Result<()> {
    let event = talk("$default", connection, &message.to_string());
    answer(&world.streams(), event, now).await.map(drop)
}

async fn say(world: &World, connection: &str, message: Value) {
    say_at(world, connection, message, NOW).await.unwrap();
}

fn subscribe(world: &World, job: &JobId, after: u64) -> Value {
    let token = token(world, job, NOW.plus_s(600));
    json!({ "action": "subscribe", "job": job, "token": token, "after": after })
}

async fn nudge(world: &World, job: &JobId, now: Time) -> Result<Value> {
    answer(&world.streams(), Event::Other(json!({ "job": job })), now).await
}

/// Writes one more event as a handler would, with a look at the job's state.
async fn write(table: &dyn Table, job: &JobId, kind: &str) -> Result<()> {
    let open = Write::check(JobRecord::key(job)).when_in("state", &JobState::OPEN);
    let done = commit(table, job, 0, vec![open], &[Logged::new(NOW, kind)]).await?;
    assert!(matches!(done, Committed::Done(_)), "{done:?}");
    Ok(())
}

async fn happens(world: &World, job: &JobId, times: usize) {
    for _ in 0..times {
        write(&world.table, job, "step.progress").await.unwrap();
    }
}

fn last(world: &World, connection: &str) -> Value {
    world.connections.told(connection).pop().unwrap()
}

#[tokio::test]
async fn the_samples_are_what_wakes_us() {
    let sample = |text: &str| Event::parse(serde_json::from_str(text).unwrap()).unwrap();
    let (world, _) = with_job().await;
    let talk = sample(include_str!("../../../events/stream-talk.json"));
    answer(&world.streams(), talk, NOW).await.unwrap();
    assert_eq!(last(&world, "L0SM9cOFvHcCIhw=")["problem"]["type"], "/v1/errors/unauthenticated");
    let nudge = sample(include_str!("../../../events/stream-nudge.json"));
    assert_eq!(answer(&world.streams(), nudge, NOW).await, Ok(json!({ "served": 0 })));
}

#[tokio::test]
async fn a_watcher_is_sent_what_was_and_what_comes() {
    let (world, job) = with_job().await;
    happens(&world, &job, 2).await;
    say(&world, "c1", subscribe(&world, &job, 1)).await;
    happens(&world, &job, 1).await;
    assert_eq!(nudge(&world, &job, NOW).await.unwrap(), json!({ "served": 1 }));
    assert_eq!(nudge(&world, &job, NOW).await.unwrap(), json!({ "served": 0 }));
    let told = world.connections.told("c1");
    assert_eq!(told[0], json!({ "type": "subscribed", "job": job, "after": 1 }));
    assert_eq!((&told[1]["type"], &told[1]["terminal"]), (&json!("events"), &json!(false)));
    assert_eq!(world.connections.numbers("c1"), [2, 3, 4]);
}

#[tokio::test]
async fn the_end_is_the_last_thing_a_watcher_is_sent() {
    let (world, job) = with_job().await;
    say(&world, "c1", subscribe(&world, &job, 0)).await;
    write(&world.table, &job, "job.succeeded").await.unwrap();
    nudge(&world, &job, NOW).await.unwrap();
    assert_eq!(last(&world, "c1")["terminal"], true);
    happens(&world, &job, 1).await;
    nudge(&world, &job, NOW).await.unwrap();
    assert_eq!(world.connections.numbers("c1"), [1, 2]);
    assert!(!world.table.listing().contains("CONNECTION#"));
}

#[tokio::test]
async fn a_preview_comes_with_an_address() {
    let (world, job) = with_job().await;
    let event = Logged::new(NOW, "step.preview").with("key", "previews/a.jpg");
    commit(&world.table, &job, 1, Vec::new(), &[event]).await.unwrap();
    say(&world, "c1", subscribe(&world, &job, 1)).await;
    let data = &last(&world, "c1")["events"][0]["data"];
    assert!(data["url"].as_str().unwrap().contains("previews/a.jpg"), "{data}");
    assert_eq!(data.get("key"), None);
}

#[tokio::test]
async fn many_jobs_go_over_one_connection_and_each_can_be_left() {
    let (world, first) = with_job().await;
    let second = world.job(2, PIPELINE, json!({ "prompt": "a blue kite" })).await;
    for job in [&first, &second] {
        say(&world, "c1", subscribe(&world, job, 1)).await;
    }
    say(&world, "c1", json!({ "action": "unsubscribe", "job": first })).await;
    assert_eq!(last(&world, "c1"), json!({ "type": "unsubscribed", "job": first }));
    for job in [&first, &second] {
        happens(&world, job, 1).await;
        nudge(&world, job, NOW).await.unwrap();
    }
    assert_eq!(last(&world, "c1")["job"], json!(second));
    say(&world, "c1", json!({ "action": "ping" })).await;
    assert_eq!(last(&world, "c1"), json!({ "type": "pong", "jobs": [second] }));
}

#[tokio::test]
async fn a_ping_brings_what_a_lost_nudge_left_behind() {
    let (world, job) = with_job().await;
    say(&world, "c1", subscribe(&world, &job, 1)).await;
    happens(&world, &job, 3).await;
    say(&world, "c1", json!({ "action": "ping" })).await;
    assert_eq!(world.connections.numbers("c1"), [2, 3, 4]);
}

#[tokio::test]
async fn who_disconnects_leaves_nothing_behind() {
    let (world, job) = with_job().await;
    let before = world.table.listing();
    say(&world, "c1", subscribe(&world, &job, 0)).await;
    answer(&world.streams(), talk("$disconnect", "c1", ""), NOW).await.unwrap();
    // That somebody watched stays said; it costs an event a read.
    let left = world.table.listing().replace(",\"watched\":true", "");
    assert_eq!(left, before);
}

#[tokio::test]
async fn whoever_connects_is_let_in_and_told_nothing() {
    let (world, _) = with_job().await;
    let answered = answer(&world.streams(), talk("$connect", "c1", ""), NOW).await;
    assert_eq!(answered, Ok(json!({ "statusCode": 200 })));
    assert!(world.connections.told("c1").is_empty());
}

#[tokio::test]
async fn what_makes_no_sense_is_answered_with_a_problem() {
    let (world, job) = with_job().await;
    let mut late = subscribe(&world, &job, 0);
    late["token"] = token(&world, &job, NOW).into();
    let mut other = subscribe(&world, &job, 0);
    other["job"] = "j1".into();
    let mut forged = subscribe(&world, &job, 0);
    forged["token"] = "jt_x.y".into();
    let cases = [
        (late.to_string(), "unauthenticated", "/token"),
        (forged.to_string(), "unauthenticated", "/token"),
        (other.to_string(), "not-found", "/job"),
        ("{".into(), "malformed-body", ""),
        ("[]".into(), "invalid-body", ""),
        (json!({ "action": "listen" }).to_string(), "invalid-body", ""),
        (json!({ "action": "subscribe", "job": job }).to_string(), "invalid-body", ""),
        (json!({ "action": "ping", "x": 1 }).to_string(), "invalid-body", ""),
        ("x".repeat(5000), "too-large", ""),
    ];
    for (at, (text, slug, pointer)) in cases.into_iter().enumerate() {
        let connection = format!("c{at}");
        answer(&world.streams(), talk("$default", &connection, &text), NOW).await.unwrap();
        let told = last(&world, &connection);
        let problem = &told["problem"];
        assert_eq!(told["type"], "error");
        assert_eq!(problem["type"], format!("/v1/errors/{slug}"), "{text}");
        assert_eq!(
            (&problem["errors"][0]["pointer"], &problem["instance"]),
            (&json!(pointer), &json!("r1"))
        );
    }
    assert!(!world.table.listing().contains("CONNECTION#"));
}

#[tokio::test]
async fn a_token_of_another_tenants_job_opens_nothing() {
    let (world, job) = with_job().await;
    let stranger = JobToken {
        job: JobId::new(NOW, [9; 10]),
        tenant: TenantId::parse("other").unwrap(),
        until: NOW.plus_s(60),
    };
    let mut message = subscribe(&world, &job, 0);
    message["token"] = stranger.seal(&world.settings.signing_key).into();
    say(&world, "c1", message).await;
    assert_eq!(last(&world, "c1")["problem"]["status"], 404);
}

#[tokio::test]
async fn there_are_not_more_watchers_than_can_be_served() {
    let (world, job) = with_job().await;
    for number in 0..100 {
        say(&world, &format!("c{number}"), subscribe(&world, &job, 1)).await;
    }
    say(&world, "more", subscribe(&world, &job, 1)).await;
    let expected = domain::problem::ProblemType::TooManyWatchers.example().answer.json("r1");
    assert_eq!(last(&world, "more"), json!({ "type": "error", "problem": expected }));
    say(&world, "c7", subscribe(&world, &job, 0)).await;
    assert_eq!(world.connections.numbers("c7"), [1]);
}

#[tokio::test]
async fn a_watcher_misses_nothing_whatever_fails() {
    let turn = AtomicU32::new(0);
    every_fault(
        async || {
            let (world, job) = with_job().await;
            happens(&world, &job, 2).await;
            say(&world, "c1", subscribe(&world, &job, 1)).await;
            happens(&world, &job, 2).await;
            world
        },
        async |world| {
            // Whoever died while it pushed keeps others off for a while.
            let now = NOW.plus_s(60 * turn.fetch_add(1, Ordering::Relaxed));
            nudge(world, &JobId::new(NOW, [1; 10]), now).await.map(drop)
        },
        |world| {
            let mut numbers = world.connections.numbers("c1");
            numbers.dedup();
            numbers.sort_unstable();
            numbers.dedup();
            format!("{numbers:?}")
        },
    )
    .await;
}

#[tokio::test]
async fn a_subscription_that_was_cut_short_is_made_by_asking_again() {
    for nth in 0..12 {
        for fault in [Fault::Refused, Fault::Lost] {
            let (world, job) = with_job().await;
            happens(&world, &job, 2).await;
            world.faults.plan(nth, fault);
            let _ = say_at(&world, "c1", subscribe(&world, &job, 0), NOW).await;
            world.faults.clear();
            let later = NOW.plus_s(60);
            let known = world.connections.numbers("c1").last().copied().unwrap_or(0);
            say_at(&world, "c1", subscribe(&world, &job, known), later).await.unwrap();
            let mut numbers = world.connections.numbers("c1");
            numbers.dedup();
            assert_eq!(numbers, [1, 2, 3], "call {nth} {fault:?}");
        }
    }
}

/// Twenty writers, their nudges carried out at once and at every pace.
#[tokio::test]
async fn many_who_write_at_once_are_heard_in_order_and_once() {
    for pace in 0..6 {
        let (world, job) = with_job().await;
        say(&world, "c1", subscribe(&world, &job, 1)).await;
        let writers = (0..20).map(|writer| {
            let (world, job) = (&world, &job);
            async move {
                let table = Polite(world, (writer + pace) % 4);
                let heard = Heard { table, pusher: MemoryPusher::default() };
                write(&heard, job, "step.progress").await.unwrap();
                assert_eq!(heard.pusher.nudges().len(), 1);
                let streams = Streams { table: &heard.table, ..world.streams() };
                answer(&streams, Event::Other(json!({ "job": job })), NOW).await.unwrap();
            }
        });
        futures_util::future::join_all(writers).await;
        assert_eq!(world.connections.numbers("c1"), (2..=21).collect::<Vec<_>>(), "pace {pace}");
    }
}

/// How many calls one event costs, and how many nudges it makes.
async fn cost(world: &World, job: &JobId, writes: Vec<Write>) -> (usize, usize) {
    let heard = Heard { table: Polite(world, 0), pusher: MemoryPusher::default() };
    let last = domain::event::last_number(&world.table, job).await.unwrap();
    let event = Logged::new(NOW, "step.progress");
    world.faults.clear();
    commit(&heard, job, last, writes, &[event]).await.unwrap();
    (world.faults.calls(), heard.pusher.nudges().len())
}

#[tokio::test]
async fn nobody_pays_for_what_nobody_watches() {
    let (world, job) = with_job().await;
    let open = || vec![Write::check(JobRecord::key(&job)).when_in("state", &JobState::OPEN)];
    assert_eq!(cost(&world, &job, open()).await, (1, 0));
    assert_eq!(cost(&world, &job, Vec::new()).await, (1, 0));
    let spend = |n: usize| (0..n).map(|n| Write::count(Key::new("X", n.to_string())));
    assert_eq!(cost(&world, &job, spend(99).collect()).await, (2, 0), "a transaction is full");
    say(&world, "c1", subscribe(&world, &job, 0)).await;
    assert_eq!(cost(&world, &job, open()).await, (3, 1));
    assert_eq!(cost(&world, &job, Vec::new()).await, (3, 1));
    assert_eq!(cost(&world, &job, spend(99).collect()).await, (2, 1));
}

#[tokio::test]
async fn a_change_that_is_refused_stays_refused_and_nobody_is_nudged() {
    let (world, job) = with_job().await;
    for watched in [false, true] {
        if watched {
            say(&world, "c1", subscribe(&world, &job, 0)).await;
        }
        let ended = Write::check(JobRecord::key(&job)).when_is("state", "failed");
        assert_eq!(cost(&world, &job, vec![ended]).await.1, 0);
        assert_eq!(domain::event::last_number(&world.table, &job).await, Ok(1));
    }
}
