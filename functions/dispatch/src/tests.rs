//! Dispatch in a world in memory: twice, with every call failing, and killed at the worst line.

mod untried;

use super::*;
use domain::fakes::{Fault, NOW, World, every_fault};
use domain::id::JobId;
use domain::lane::GPU;
use domain::ports::Refusal;
use domain::record::StepRecord;
use domain::state::StepState;
use domain::store::from_item;
use serde_json::json;

mod afford;
mod best;
mod looped;
mod near;
mod order;
mod resolve;
mod reused;

const HERO: &str = include_str!("../../../infra/pipelines/hero-image.yaml");

async fn world() -> (World, JobId) {
    let world = World::default();
    world.host("host-a", 1).await;
    let job = world.job(1, HERO, json!({ "prompt": "a fox" })).await;
    (world, job)
}

fn attempt(job: &JobId, number: u32) -> AttemptId {
    AttemptId::new(job, "generate", number)
}

fn step(world: &World, job: &JobId) -> StepRecord {
    from_item(&world.table.peek(&StepRecord::key(job, "generate")).unwrap()).unwrap()
}

/// The world but for what a refused start leaves on the ledger: another attempt number, its pause, its events.
fn renders(world: &World) -> String {
    let started = world.hosts.renders().len();
    let completed = world.flow.completed().len();
    format!("{started} renders, {completed} tokens")
}

#[test]
fn messages_are_told_apart_by_their_fields() {
    let stop: Input =
        serde_json::from_str(include_str!("../../../events/dispatch-stop.json")).unwrap();
    assert!(matches!(stop, Input::Stop { .. }));
    let take: Input = serde_json::from_str(include_str!("../../../events/dispatch.json")).unwrap();
    assert!(matches!(take, Input::Take(_)));
    let wait = include_str!("../../../events/dispatch-review.json");
    assert!(matches!(serde_json::from_str(wait).unwrap(), Input::Wait(_)));
    let due = include_str!("../../../events/dispatch-review-due.json");
    assert!(matches!(serde_json::from_str(due).unwrap(), Input::ReviewDue { .. }));
    let resolve = include_str!("../../../events/dispatch-resolve.json");
    assert!(matches!(serde_json::from_str(resolve).unwrap(), Input::Resolve(_)));
    let tick = serde_json::from_value(json!({ "tick": "gpu" })).unwrap();
    assert_eq!(Input::Tick { tick: "gpu".into() }, tick);
}

#[tokio::test]
async fn a_step_with_a_free_slot_is_started_once_however_often_it_is_brought() {
    let (world, job) = world().await;
    let input = Input::Take(world.message(&job, 0));
    for _ in 0..3 {
        handle(&world.lanes(), input.clone(), NOW).await.unwrap();
    }
    assert_eq!(world.hosts.listing(), format!("{} http://host-a:8000", attempt(&job, 1)));
    assert_eq!(step(&world, &job).state, StepState::Running);
}

#[tokio::test]
async fn every_call_may_fail_both_ways() {
    let prepare = async || world().await.0;
    let act = async |world: &World| {
        let job = JobId::new(NOW, [1; 10]);
        handle(&world.lanes(), Input::Take(world.message(&job, 0)), NOW).await?;
        // A refused start waits for a moment, and the tick that was asked for comes.
        handle(&world.lanes(), Input::Tick { tick: GPU.into() }, NOW.plus_s(60)).await
    };
    every_fault(prepare, act, renders).await;
}

#[tokio::test]
async fn a_dispatcher_killed_after_the_claim_is_made_good_by_the_next_delivery() {
    let (world, job) = world().await;
    let input = Input::Take(world.message(&job, 0));
    // The claim is written, and then nothing more happens: the call that signs the first URL fails.
    world.faults.plan(5, Fault::Refused);
    handle(&world.lanes(), input.clone(), NOW).await.unwrap_err();
    assert_eq!(step(&world, &job).state, StepState::Running);
    assert_eq!(world.hosts.renders().len(), 0);

    world.faults.clear();
    handle(&world.lanes(), input, NOW).await.unwrap();
    assert_eq!(world.hosts.listing(), format!("{} http://host-a:8000", attempt(&job, 1)));
}

#[tokio::test]
async fn without_a_free_slot_the_step_waits_and_is_not_started() {
    let (world, job) = world().await;
    let other = world.job(2, HERO, json!({ "prompt": "a hen" })).await;
    for job in [&job, &other] {
        handle(&world.lanes(), Input::Take(world.message(job, 0)), NOW).await.unwrap();
    }
    assert_eq!(world.hosts.renders().len(), 1);
    assert_eq!(step(&world, &other).state, StepState::Waiting);
}

#[tokio::test]
async fn a_host_that_is_gone_is_avoided() {
    let (world, job) = world().await;
    world.hosts.vanish("http://host-a:8000");
    world.host("host-b", 1).await;
    handle(&world.lanes(), Input::Take(world.message(&job, 0)), NOW).await.unwrap();
    handle(&world.lanes(), Input::Tick { tick: GPU.into() }, NOW.plus_s(2)).await.unwrap();
    assert_eq!(world.hosts.listing(), format!("{} http://host-b:8000", attempt(&job, 2)));
}

#[tokio::test]
async fn a_busy_host_is_asked_again_later_and_no_attempt_is_used_up() {
    let (world, job) = world().await;
    world.hosts.refuse("http://host-a:8000", Refusal::Later);
    handle(&world.lanes(), Input::Take(world.message(&job, 0)), NOW).await.unwrap();
    assert_eq!(step(&world, &job).state, StepState::Waiting);
    assert_eq!(world.queue.sent(), [(json!({ "tick": "gpu" }), 1)]);
}

#[tokio::test]
async fn a_request_that_no_host_will_take_fails_the_step() {
    let (world, job) = world().await;
    world.hosts.refuse("http://host-a:8000", Refusal::Never);
    for number in 0..4 {
        let now = NOW.plus_s(number * 60);
        let input = Input::Take(world.message(&job, 0));
        handle(&world.lanes(), input, now).await.unwrap();
    }
    assert_eq!(step(&world, &job).state, StepState::Failed);
    let told = world.flow.completed();
    assert_eq!(told.values().next().unwrap()["end"], "failed");
}

#[tokio::test]
async fn a_stopped_attempt_is_canceled_at_its_host() {
    let (world, job) = world().await;
    handle(&world.lanes(), Input::Take(world.message(&job, 0)), NOW).await.unwrap();
    handle(&world.lanes(), Input::Stop { stop: attempt(&job, 1) }, NOW).await.unwrap();
    assert!(world.hosts.canceled().contains(&attempt(&job, 1)));
}

#[tokio::test]
async fn the_counted_requests_of_one_start_stay_few() {
    let (world, job) = world().await;
    world.faults.clear();
    handle(&world.lanes(), Input::Take(world.message(&job, 0)), NOW).await.unwrap();
    // Two reads (job, lane), two writes (record, claim), two URLs to sign, one call to the host.
    assert_eq!(world.faults.calls(), 7);
}
