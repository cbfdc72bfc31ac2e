//! Watchers who are too slow, or make no sense: their connections are really ended, and others go on.

use crate::harness::page::Page;
use crate::harness::pipelines::one_render;
use crate::harness::until::until;
use crate::harness::world::{NoFlow, World};
use aws::clock;
use domain::event::{Event, commit};
use domain::id::JobId;
use domain::ports::{Connections, Sent, Table};
use domain::store::Query;
use domain::watch::{Streams, push};
use serde_json::json;

/// The stack's connections, one of which takes nothing: the emulator itself keeps whatever nobody reads.
struct OneSlow<'a>(&'a World, String);

#[async_trait::async_trait]
impl Connections for OneSlow<'_> {
    async fn send(&self, connection: &str, text: String) -> domain::Result<Sent> {
        match connection == self.1 {
            true => Ok(Sent::Slow),
            false => self.0.sockets.send(connection, text).await,
        }
    }

    async fn close(&self, connection: &str) -> domain::Result<()> {
        self.0.sockets.close(connection).await
    }
}

/// The connections that watch a job.
async fn watching(world: &World, job: &JobId) -> Vec<String> {
    let query = Query::partition(format!("WATCH#{job}"));
    let found = world.table.query(&query).await.expect("the table can be read");
    found.iter().map(|item| item["connection"].as_str().expect("an id").to_owned()).collect()
}

/// Something happens in a job, and nobody is told.
async fn happens(world: &World, job: &JobId, after: u64) {
    let event = Event::new(clock::now(), "step.progress");
    commit(&world.table, job, after, Vec::new(), &[event]).await.expect("the event is written");
}

#[tokio::test]
async fn a_watcher_who_is_too_slow_is_ended_and_comes_back_and_another_one_notices_nothing() {
    let world = World::open().await;
    let caller = world.tenant().await;
    let job = world.accept(&caller.tenant, &one_render(json!({})), &NoFlow).await;
    let mut slow = Page::open(&caller, &job, 1).await;
    let [connection] = watching(&world, &job).await.try_into().expect("one watches");
    let mut good = Page::open(&caller, &job, 1).await;
    happens(&world, &job, 1).await;
    let (one_slow, signing_key) = (OneSlow(&world, connection.clone()), world.signing_key());
    let streams = Streams {
        table: &world.table,
        objects: &world.objects,
        connections: &one_slow,
        signing_key: &signing_key,
    };
    push(&streams, &job, clock::now()).await.expect("whoever can be told is told");
    assert_eq!(good.events().await["events"][0]["n"], 2);
    assert_eq!(slow.events().await["events"][0]["n"], 2);
    assert_eq!((good.returns, slow.returns), (0, 1));
    let left = watching(&world, &job).await;
    assert!(left.len() == 2 && !left.contains(&connection), "{left:?}");
    assert_eq!(caller.cancel(&job).await.status, 202);
}

#[tokio::test]
async fn a_watcher_who_makes_no_sense_is_told_why_and_ended_and_another_one_notices_nothing() {
    let world = World::open().await;
    let caller = world.tenant().await;
    let job = world.accept(&caller.tenant, &one_render(json!({})), &NoFlow).await;
    let mut good = Page::open(&caller, &job, 1).await;
    for (text, slug) in [("{".to_owned(), "malformed-body"), ("x".repeat(5000), "too-large")] {
        let mut rude = Page::open(&caller, &job, 1).await;
        rude.say_text(text).await;
        let told = rude.told().await.expect("first it is told why");
        assert_eq!(told["problem"]["type"], format!("/v1/errors/{slug}"));
        assert_eq!(rude.told().await, None);
    }
    until("only one watches", 10, async || (watching(&world, &job).await.len() == 1).then_some(()))
        .await;
    happens(&world, &job, 1).await;
    world.cloud.invoke("stream", &json!({ "job": job })).await;
    assert_eq!(good.events().await["events"][0]["n"], 2);
    assert_eq!(good.returns, 0);
    assert_eq!(caller.cancel(&job).await.status, 202);
}
