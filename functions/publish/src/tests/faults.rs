//! Each call to the world fails in turn, and twins run at the same time.

use super::*;
use domain::fakes::{Polite, every_fault};
use domain::record::{JobRecord, PublicationState};
use domain::state::{JobState, StepState};
use domain::store::Write;
use std::collections::BTreeSet;

/// The world without what repeating may change: the count of tries, and the order of events.
pub(super) fn settled(world: &World) -> String {
    let mut log = BTreeSet::new();
    let mut lines = Vec::new();
    for line in world.listing().lines() {
        let (key, json) = line.split_once(" {").unwrap_or((line, ""));
        let Ok(mut item) = serde_json::from_str::<Value>(&format!("{{{json}")) else {
            lines.push(line.to_owned());
            continue;
        };
        if key.starts_with("LOG#") {
            let number = item["n"].take();
            item["sk"].take();
            assert!(log.insert(item.to_string()), "event {number} is there twice: {item}");
        } else {
            item["tries"].take();
            lines.push(format!("{key} {item}"));
        }
    }
    lines.extend(log);
    lines.join("\n")
}

async fn survives_every_fault(job: JobView) {
    let prepare = async || world(&job);
    let act = async |world: &World| call(world, &job).await.map(|_| ());
    every_fault(prepare, act, settled).await;
}

#[tokio::test]
async fn any_call_to_the_world_may_fail_on_the_way_to_s3() {
    survives_every_fault(s3()).await;
}

#[tokio::test]
async fn any_call_to_the_world_may_fail_on_the_way_to_the_latest_pointer() {
    survives_every_fault(publishable(&json!({ "kind": "s3", "latest": true }))).await;
}

#[tokio::test]
async fn any_call_to_the_world_may_fail_on_the_way_to_a_receiver() {
    survives_every_fault(webhook()).await;
}

pub(super) async fn polite_call(world: &World, job: &JobView, politeness: usize) -> Result<Value> {
    let table = Polite(world, politeness);
    let s3 = S3::new(&world.objects, &table, "public");
    let receiver = Receiver { world, answer: None };
    let targets: Targets<'_> = [("s3", &s3 as &dyn Target), ("webhook", &receiver)].into();
    let publishing = Publishing {
        table: &table,
        objects: &world.objects,
        targets: &targets,
        hub: None,
        notary: None,
    };
    handle(&publishing, publish_call(job), NOW).await
}

#[tokio::test]
async fn twins_publish_once_and_are_told_the_same() {
    let paces = (1..5).flat_map(|one| (1..5).map(move |two| (one, two)));
    let jobs = [s3(), webhook(), publishable(&json!({ "kind": "s3", "latest": true }))];
    for (job, (one, two)) in jobs.iter().flat_map(|job| paces.clone().map(move |p| (job, p))) {
        let twins = world(job);
        let (one, two) = tokio::join!(polite_call(&twins, job, one), polite_call(&twins, job, two));
        assert_eq!(one.unwrap()["ok"], true);
        assert_eq!(two.unwrap()["ok"], true);
        let alone = world(job);
        call(&alone, job).await.unwrap();
        assert_eq!(settled(&twins), settled(&alone));
    }
}

pub(super) fn cancel(world: &World, job: &JobView) {
    let mut record = job.job.clone();
    record.state = JobState::Canceling;
    world.table.plant(Write::put(JobRecord::key(&record.id), &record).unwrap());
}

#[tokio::test]
async fn what_was_sent_before_a_cancel_is_recorded_and_nothing_more_is_sent() {
    let job = s3();
    let world = world(&job);
    // Dies after the second of four puts: one read, four gets, the ledger, two puts.
    world.faults.plan(8, domain::fakes::Fault::Refused);
    let died = call(&world, &job).await;
    assert!(died.is_err());
    cancel(&world, &job);
    world.faults.clear();
    for _ in 0..2 {
        assert_eq!(call(&world, &job).await.unwrap(), json!({ "end": "canceled" }));
    }
    let states: Vec<_> = publications(&world, &job).await.iter().map(|one| one.state).collect();
    assert_eq!(states.iter().filter(|state| **state == PublicationState::Done).count(), 3);
    assert_eq!(states.iter().filter(|state| **state == PublicationState::Failed).count(), 1);
    assert_eq!(public(&world).len(), 3);
}

#[tokio::test]
async fn a_cancel_after_sending_does_not_undo_what_is_known() {
    let job = webhook();
    let world = world(&job);
    // Dies at its last write: one read, four gets, the ledger, four posts.
    world.faults.plan(10, domain::fakes::Fault::Refused);
    assert!(call(&world, &job).await.is_err());
    cancel(&world, &job);
    world.faults.clear();
    assert_eq!(call(&world, &job).await.unwrap(), json!({ "end": "canceled" }));
    // Nobody can tell whether the receiver has it, so nobody claims to.
    let states = publications(&world, &job).await;
    assert!(states.iter().all(|one| one.state == PublicationState::Started));
    assert_eq!(step(&world, &job).await.state, StepState::Running);
}
