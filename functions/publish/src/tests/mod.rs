//! Whole waves in memory: the world after the act is what counts.

mod bytes;
mod copies;
mod counted;
mod drifted;
mod erased;
mod faults;
mod left;
mod optional;
mod orders;
mod paused;
mod posted;
mod sealed;
mod storm;
mod taken;
mod targets;
mod windows;

use crate::{Publishing, Targets, handle};
use async_trait::async_trait;
use domain::Result;
use domain::call::Call;
use domain::error::Error;
use domain::event::{Event, read};
use domain::fakes::{NOW, World, publish_call, publishable};
use domain::ports::{Bucket, Objects, Put, Refusal};
use domain::publish::{Outcome, Post, Target};
use domain::record::{PublicationRecord, StepRecord};
use domain::view::JobView;
use publishers::S3;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A receiver that cannot be asked, and takes each id once. It keeps its book in the public bucket.
struct Receiver<'a> {
    world: &'a World,
    answer: Option<Outcome>,
}

#[async_trait]
impl Target for Receiver<'_> {
    async fn start(&self, post: &Post, bytes: Vec<u8>) -> Outcome {
        if let Some(answer) = &self.answer {
            return answer.clone();
        }
        let key = format!("received/{}", post.id);
        match self.world.objects.put(Bucket::Public, &key, bytes, &Put::default()).await {
            Ok(_) => Outcome::Done(format!("https://example.com/{}", post.name)),
            Err(Error::Again(why)) if why.contains("refused") => {
                Outcome::Refused(Refusal::Later, why)
            }
            Err(why) => Outcome::Unknown(why.to_string()),
        }
    }

    async fn check(&self, _post: &Post) -> Outcome {
        Outcome::Unknown("a receiver cannot be asked".into())
    }

    fn deduplicates(&self) -> bool {
        true
    }
}

fn s3() -> JobView {
    publishable(&json!({ "kind": "s3", "prefix": "heroes" }))
}

fn webhook() -> JobView {
    publishable(&json!({ "kind": "webhook", "url": "https://example.com/hook" }))
}

fn world(view: &JobView) -> World {
    let world = World::default();
    world.plant_job(view);
    world
}

async fn call(world: &World, view: &JobView) -> Result<Value> {
    call_with(world, publish_call(view), None).await
}

async fn call_with(world: &World, call: Call, answer: Option<Outcome>) -> Result<Value> {
    let s3 = S3::new(&world.objects, &world.table, "public");
    let receiver = Receiver { world, answer };
    let targets: Targets<'_> =
        BTreeMap::from([("s3", &s3 as &dyn Target), ("webhook", &receiver as &dyn Target)]);
    let (table, objects) = (&world.table, &world.objects);
    handle(&Publishing { table, objects, targets: &targets, hub: None, notary: None }, call, NOW)
        .await
}

/// The keys in the public bucket.
fn public(world: &World) -> Vec<String> {
    let listing = world.objects.listing();
    let keys = listing.lines().filter_map(|line| line.strip_prefix("Public "));
    keys.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

async fn view(world: &World, of: &JobView) -> JobView {
    JobView::expect(&world.table, &of.job.id).await.unwrap()
}

async fn step(world: &World, of: &JobView) -> StepRecord {
    view(world, of).await.step("publish")
}

async fn publications(world: &World, of: &JobView) -> Vec<PublicationRecord> {
    view(world, of).await.publications
}

async fn events(world: &World, of: &JobView) -> Vec<Event> {
    read(&world.table, &of.job.id, 0, 1000).await.unwrap()
}

async fn kinds(world: &World, of: &JobView) -> String {
    let events = events(world, of).await;
    events.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_wave_is_published_with_one_read_and_two_writes_of_the_table() {
    let job = s3();
    let world = world(&job);
    let told = call(&world, &job).await.unwrap();
    // Four assets read, four put; the other three are the table's.
    assert_eq!(world.faults.calls(), 1 + 4 + 1 + 4 + 1);
    assert_eq!(told, json!({ "ok": true, "event": 6 }));
    let id = &job.job.id;
    let expected = ["480w.jpg", "480w.webp", "960w.jpg", "960w.webp"];
    assert_eq!(public(&world), expected.map(|name| format!("acme/heroes/{id}/ladder-{name}")));
    let done = "publication.done ".repeat(4);
    assert_eq!(kinds(&world, &job).await, format!("publication.started {done}step.succeeded"));
    let first = &events(&world, &job).await[1];
    let location = format!("s3://public/acme/heroes/{id}/ladder-480w.jpg");
    assert_eq!(first.data["location"], *location);
    assert_eq!(publications(&world, &job).await[0].location, Some(location));
    assert_eq!(step(&world, &job).await.told.unwrap().outcome, json!({ "ok": true }));
}

#[tokio::test]
async fn a_second_call_is_told_the_same_and_sends_nothing() {
    let job = s3();
    let world = world(&job);
    call(&world, &job).await.unwrap();
    world.objects.plant(Bucket::Public, &public(&world)[0], "touched since");
    let before = world.listing();
    assert_eq!(call(&world, &job).await.unwrap(), json!({ "ok": true }));
    assert_eq!(world.listing(), before);
}

#[tokio::test]
async fn the_sample_event_is_a_call() {
    let call: Call = serde_json::from_str(include_str!("../../../../events/publish.json")).unwrap();
    let failed = call_with(&World::default(), call, None).await;
    assert!(matches!(failed, Err(Error::Invalid(why)) if why.contains("there is no job")));
}

#[tokio::test]
async fn each_sample_event_is_told_by_what_is_in_it() {
    let parsed = |text: &str| serde_json::from_str::<crate::Asked>(text).unwrap();
    let taken = parsed(include_str!("../../../../events/publish-takedown.json"));
    assert!(matches!(taken, crate::Asked::TakeDown { tenant, .. } if tenant.as_str() == "acme"));
    let due = parsed(include_str!("../../../../events/publish-due.json"));
    assert_eq!(due, crate::Asked::Due { due: true });
    let wave = parsed(include_str!("../../../../events/publish.json"));
    assert!(matches!(wave, crate::Asked::Call(_)));
}

#[tokio::test]
async fn a_call_for_a_wave_that_publishes_nothing_is_invalid() {
    let job = s3();
    let world = world(&job);
    for (wave, run) in [(0, 1), (99, 1), (publish_call(&job).wave, 2)] {
        let call = Call { wave, run, ..publish_call(&job) };
        assert!(matches!(call_with(&world, call, None).await, Err(Error::Invalid(_))));
    }
    assert!(public(&world).is_empty());
}
