//! Who is gone, too slow or makes no sense is ended, knows it at once, and holds nobody up.

use super::*;
use domain::Error;
use domain::ports::{Connections, Sent};

/// A job, and another one, both of which each of these connections watches.
async fn watched_by(connections: &[&str]) -> (World, JobId) {
    let (world, job) = with_job().await;
    let other = world.job(2, PIPELINE, json!({ "prompt": "a blue kite" })).await;
    for connection in connections {
        say(&world, connection, subscribe(&world, &job, 1)).await;
        say(&world, connection, subscribe(&world, &other, 1)).await;
    }
    (world, job)
}

fn watches(world: &World, connection: &str) -> bool {
    world.table.listing().contains(&format!("CONNECTION#{connection}"))
}

#[tokio::test]
async fn who_is_too_slow_is_ended_and_forgotten_and_holds_nobody_up() {
    let (world, job) = watched_by(&["slow", "good"]).await;
    world.connections.answer("slow", Sent::Slow);
    happens(&world, &job, 1).await;
    nudge(&world, &job, NOW).await.unwrap();
    assert_eq!(world.connections.closed(), ["slow"]);
    assert!(!watches(&world, "slow"), "none of its jobs is pushed to it any more");
    assert_eq!(world.connections.numbers("good"), [2]);
    // Whoever is behind it knows, connects again, and goes on from where it was.
    say(&world, "again", subscribe(&world, &job, 1)).await;
    assert_eq!(world.connections.numbers("again"), [2]);
}

#[tokio::test]
async fn who_is_gone_is_forgotten_and_not_ended() {
    let (world, job) = watched_by(&["gone", "good"]).await;
    world.connections.answer("gone", Sent::Gone);
    happens(&world, &job, 1).await;
    nudge(&world, &job, NOW).await.unwrap();
    answer(&world.streams(), talk("$disconnect", "gone", ""), NOW).await.unwrap();
    assert!(world.connections.closed().is_empty());
    assert!(!watches(&world, "gone"));
    assert_eq!(world.connections.numbers("good"), [2]);
}

#[tokio::test]
async fn who_is_too_slow_for_an_answer_is_ended_too() {
    let (world, _) = watched_by(&["slow"]).await;
    world.connections.answer("slow", Sent::Slow);
    say(&world, "slow", json!({ "action": "ping" })).await;
    assert_eq!(world.connections.closed(), ["slow"]);
    assert!(!watches(&world, "slow"));
}

#[tokio::test]
async fn who_says_what_no_page_would_say_is_told_why_and_ended() {
    for (text, slug) in [("{".to_owned(), "malformed-body"), ("x".repeat(5000), "too-large")] {
        let (world, job) = watched_by(&["rude", "good"]).await;
        answer(&world.streams(), talk("$default", "rude", &text), NOW).await.unwrap();
        assert_eq!(last(&world, "rude")["problem"]["type"], format!("/v1/errors/{slug}"));
        assert_eq!(world.connections.closed(), ["rude"]);
        assert!(!watches(&world, "rude"));
        happens(&world, &job, 1).await;
        nudge(&world, &job, NOW).await.unwrap();
        assert_eq!(world.connections.numbers("good"), [2]);
    }
}

#[tokio::test]
async fn who_errs_as_pages_do_is_told_why_and_goes_on() {
    let (world, job) = watched_by(&["c1"]).await;
    let mut late = subscribe(&world, &job, 0);
    late["token"] = token(&world, &job, NOW).into();
    for message in [late, json!({ "action": "listen" })] {
        say(&world, "c1", message).await;
        assert_eq!(last(&world, "c1")["type"], "error");
    }
    assert!(world.connections.closed().is_empty());
    happens(&world, &job, 1).await;
    nudge(&world, &job, NOW).await.unwrap();
    assert_eq!(world.connections.numbers("c1"), [2]);
}

#[tokio::test]
async fn who_is_too_slow_is_ended_whatever_fails_and_others_are_told() {
    let turn = AtomicU32::new(0);
    every_fault(
        async || {
            let (world, job) = watched_by(&["slow", "good"]).await;
            world.connections.answer("slow", Sent::Slow);
            happens(&world, &job, 2).await;
            world
        },
        async |world| {
            // Whoever died while it pushed keeps others off for a while.
            let now = NOW.plus_s(60 * turn.fetch_add(1, Ordering::Relaxed));
            nudge(world, &JobId::new(NOW, [1; 10]), now).await.map(drop)
        },
        |world| {
            // One may come twice after a fault.
            let mut numbers = world.connections.numbers("good");
            numbers.sort_unstable();
            numbers.dedup();
            let job = JobId::new(NOW, [1; 10]);
            let pushed = world.table.listing().contains(&format!("WATCH#{job} slow"));
            format!("{numbers:?} {:?} {pushed}", world.connections.closed())
        },
    )
    .await;
}

/// Connections that cannot be ended.
struct Endless<'a>(&'a World);

#[async_trait::async_trait]
impl Connections for Endless<'_> {
    async fn send(&self, connection: &str, text: String) -> Result<Sent> {
        self.0.connections.send(connection, text).await
    }

    async fn close(&self, _: &str) -> Result<()> {
        Err(Error::Again("no answer".into()))
    }
}

#[tokio::test]
async fn a_connection_that_cannot_be_ended_keeps_nobody_from_events_and_is_tried_again() {
    let (world, job) = watched_by(&["a-slow", "good"]).await;
    world.connections.answer("a-slow", Sent::Slow);
    happens(&world, &job, 1).await;
    let endless = Endless(&world);
    let streams = Streams { connections: &endless, ..world.streams() };
    let failed = answer(&streams, Event::Other(json!({ "job": job })), NOW).await;
    assert_eq!(failed, Err(Error::Again("no answer".into())));
    assert_eq!(world.connections.numbers("good"), [2]);
    assert!(watches(&world, "a-slow"));
    nudge(&world, &job, NOW.plus_s(60)).await.unwrap();
    assert_eq!(world.connections.closed(), ["a-slow"]);
}
