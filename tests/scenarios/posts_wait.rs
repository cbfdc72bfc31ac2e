//! A post whose connection was removed waits for it, hangs after a day, and goes on once it is there again; one that its
//! target puts off waits so long.

use crate::harness::hosts;
use crate::harness::targets::{at, connect, open, seen, told, town};
use crate::harness::until::until;
use crate::harness::world::World;
use crate::scenarios::command::galley;
use aws::clock;
use domain::Time;
use domain::ports::Table;
use domain::publish::PAUSED_S;
use domain::record::PublicationState;
use domain::state::JobState;
use domain::store::{Item, Key, Query, Write};
use doubles::faults::Fault;
use doubles::targets::mastodon;
use serde_json::{Value, json};

const TOWN: u16 = 8821;
const MARKET: u16 = 8822;

/// Words for two places, once this has come.
fn then(at: Time) -> Value {
    json!({
        "name": "soon", "budget_usd": 0.01,
        "steps": {
            "safe": { "kind": "gate.moderation", "with": { "prompt": "Tea.", "accept_unjudged": true } },
            "announce": { "kind": "publish", "after": ["safe"], "with": {
                "targets": [{ "kind": "mastodon", "connection": "town" }, { "kind": "s3", "prefix": "tea" }],
                "post": { "title": "Tea", "body": "Of the day." },
                "window": { "at": at.rfc3339() },
            } },
        },
    })
}

#[tokio::test]
async fn a_post_without_its_connection_waits_hangs_after_a_day_and_goes_on_with_it() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let toots = open(TOWN, mastodon::routes).await;
    let caller = world.tenant().await;
    let key = caller.key.reveal().to_owned();
    connect(&world, &caller, "town", &town(TOWN), &[]).await;
    let job = caller.submit(&then(clock::now().plus_s(8))).await;
    told(&galley(&world, &key, &["connections", "remove", "town"]).await);
    let view = world.ends(&job, JobState::Succeeded, 90).await;
    let lacks: Vec<_> = view.job.degraded.iter().map(|lacking| lacking.step.as_str()).collect();
    assert_eq!(lacks, ["announce~mastodon"]);
    let why = &view.job.degraded[0].reason;
    assert!(why.starts_with("there is no connection town: connect it, and this goes on"), "{why}");
    assert_eq!(at(&view, "announce~mastodon").0, PublicationState::Failed);
    assert_eq!(at(&view, "announce~s3").0, PublicationState::Done);

    // A day later.
    let waiting = format!("PAUSED#{}#town", caller.tenant);
    let rows = world.table.query(&Query::partition(&waiting)).await.unwrap();
    let key = |row: &Item| Key::new(&waiting, row["sk"].as_str().unwrap());
    let (posts, heads): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.contains_key("job"));
    for post in posts {
        let earlier = Time(clock::now().0 - i64::from(PAUSED_S) * 1000);
        world.write(vec![Write::set(key(post), json!({ "at": earlier }))]).await;
    }
    let place = format!("{}/town", caller.tenant);
    let hung = until("the sweep says that it hangs", 60, async || {
        // Whose sweep comes first is told, and that may be another's: then it is due once more.
        let due = Write::set(key(heads[0]), json!({ "due_at": clock::now() }));
        world.write(vec![due]).await;
        let found = world.sweep().await;
        found.into_iter().find(|found| found["at"] == json!(place))
    })
    .await;
    assert_eq!(hung["stuck"], "publication_overdue");
    let detail = hung["detail"].as_str().unwrap();
    assert!(detail.starts_with("1 post waits for connection town (it is not there), "), "{detail}");

    // There again.
    connect(&world, &caller, "town", &town(TOWN), &[]).await;
    let view = until("the second run has ended", 60, async || {
        world.sweep().await;
        let view = world.job(&job).await;
        (view.job.run == 2 && view.job.state.terminal()).then_some(view)
    })
    .await;
    assert!(view.job.state == JobState::Succeeded && view.job.degraded.is_empty());
    assert_eq!((at(&view, "announce~mastodon").0, seen(&toots)), (PublicationState::Done, vec![1]));
    assert_eq!(world.table.query(&Query::partition(&waiting)).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_post_that_its_target_puts_off_is_there_once_when_that_is_over() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let toots = open(MARKET, mastodon::routes).await;
    let caller = world.tenant().await;
    connect(&world, &caller, "town", &town(MARKET), &[]).await;
    let wait = ("retry-after", "15".to_owned());
    let error = json!({ "error": "Too many requests" });
    toots.shop.fault_on("POST /api/v1/statuses", Fault::Instead(429, vec![wait], error));
    let begun = clock::now();
    let job = caller.submit(&then(begun)).await;
    let view = world.ends(&job, JobState::Succeeded, 60).await;
    let why = &view.job.degraded[0].reason;
    assert!(why.contains("takes no more until") && why.ends_with("then this goes on"), "{why}");
    assert_eq!(at(&view, "announce~mastodon").0, PublicationState::Failed);
    let view = until("it has gone on by itself", 60, async || {
        world.sweep().await;
        let view = world.job(&job).await;
        (view.job.run == 2 && view.job.state.terminal()).then_some(view)
    })
    .await;
    assert!(begun.plus_s(15) <= clock::now() && view.job.degraded.is_empty());
    assert_eq!((at(&view, "announce~mastodon").0, seen(&toots)), (PublicationState::Done, vec![1]));
}
