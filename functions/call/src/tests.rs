//! Calls in a world in memory: twice, at once, with each call to the world failing, before and after crashes.

mod circuits;
mod elsewhere;
mod holding;
mod outcomes;
mod paying;
mod samples;
mod unknown;
mod webhooks;

use super::*;
use domain::Time;
use domain::fakes::{NOW, World, every_fault};
use domain::id::JobId;
use domain::lane::{GPU, LaneView, open_vendor};
use domain::record::{AttemptRecord, StepRecord};
use domain::state::{AttemptState, StepState};
use domain::store::from_item;
use serde_json::json;

/// Which vendors there are in tests, two slots each.
const VENDORS: [&str; 2] = ["aster", "brio"];

fn pipeline(more: &str) -> String {
    format!(
        "name: paint\nbudget_usd: 5\nsteps:\n  \
         paint: {{ kind: image.generate, {more} }}\n  \
         good: {{ kind: gate.quality, with: {{ images: '{{{{ paint.image }}}}' }} }}\n"
    )
}

/// A world whose vendors are set up.
async fn open() -> World {
    let world = World::default();
    for vendor in VENDORS {
        open_vendor(&world.table, vendor, 2).await.unwrap();
    }
    world
}

/// A world in which an attempt at a vendor is claimed, and function `call` is asked to look at it.
async fn world_with(more: &str) -> (World, JobId) {
    let world = open().await;
    let job = another(&world, 1, more, NOW).await;
    (world, job)
}

/// Has a job's attempt wait in its lane, and be claimed if it may.
async fn another(world: &World, number: u8, more: &str, at: Time) -> JobId {
    let job = world.job(number, &pipeline(more), json!({})).await;
    let lane = world.lanes().take(&world.message(&job, 0), at).await.unwrap();
    world.lanes().fill(&lane, at).await.unwrap();
    job
}

/// The vendors that were asked, in order.
fn asked(world: &World) -> Vec<String> {
    world.vendors.starts().iter().map(|order| order.vendor.clone()).collect()
}

async fn world() -> (World, JobId) {
    world_with("with: { prompt: a fox, model: aster/sketch }").await
}

fn attempt(job: &JobId, number: u32) -> AttemptId {
    AttemptId::new(job, "paint", number)
}

fn ledger(world: &World, attempt: &AttemptId) -> AttemptRecord {
    from_item(&world.table.peek(&AttemptRecord::key(attempt)).unwrap()).unwrap()
}

fn step(world: &World, job: &JobId) -> StepRecord {
    from_item(&world.table.peek(&StepRecord::key(job, "paint")).unwrap()).unwrap()
}

/// One look at a time.
async fn look(world: &World, attempt: &AttemptId, at: Time) -> Result<()> {
    let clock = move || at;
    handle(&world.caller(&clock), &Input { attempt: attempt.clone() }, &world.held).await
}

/// Looks as the queues would bring it about, each in its time, until nothing more is asked for; the time at the end.
async fn settle(world: &World, mut now: Time) -> Time {
    let mut queued: Vec<(Time, serde_json::Value)> = Vec::new();
    for _ in 0..400 {
        let asked = world.queue.take().into_iter().chain(world.calls.take());
        queued.extend(asked.map(|(body, delay_s)| (now.plus_s(delay_s), body)));
        let Some(at) = queued.iter().map(|(at, _)| *at).min() else { return now };
        now = now.max(at);
        let (due, later): (Vec<_>, Vec<_>) = queued.into_iter().partition(|(at, _)| *at <= now);
        queued = later;
        for (_, body) in due {
            if let Some(lane) = body["tick"].as_str() {
                world.lanes().fill(lane, now).await.unwrap();
            } else if body["attempt"].is_string() {
                let input: Input = serde_json::from_value(body).unwrap();
                look(world, &input.attempt, now).await.unwrap();
            }
        }
    }
    panic!("it never ends");
}

#[tokio::test]
async fn a_vendor_is_called_once_asked_and_paid() {
    let (world, job) = world().await;
    let first = attempt(&job, 1);
    assert_eq!(world.calls.sent(), [(json!({ "attempt": first }), 0)]);
    settle(&world, NOW).await;
    let record = ledger(&world, &first);
    assert_eq!(record.state, AttemptState::Succeeded);
    assert_eq!(record.usd.unwrap().0, 40_000, "as the vendor said");
    assert_eq!(record.called.served.as_deref(), Some("sketch-2026"));
    assert_eq!(record.called.handle.unwrap().id, "work-1");
    assert_eq!(step(&world, &job).state, StepState::Succeeded);
    assert_eq!(world.vendors.starts().len(), 1);
    assert_eq!(world.flow.completed().len(), 1);
    let lane = LaneView::read(&world.table, "aster").await.unwrap();
    assert!(lane.slots.values().all(|slot| slot.attempt.is_none()), "its slot is free again");
    let asset = &step(&world, &job).outputs["image"][0];
    let view = domain::view::JobView::expect(&world.table, &job).await.unwrap();
    assert_eq!(view.asset(asset.as_str()).unwrap().media_type, "image/png");
    assert_eq!(view.job.spent.0, 40_000);
}

/// The world as far as it must not depend on what failed on the way.
fn outline(world: &World, job: &JobId) -> String {
    let (step, first) = (step(world, job), ledger(world, &attempt(job, 1)));
    let view = (step.state, step.attempts, first.state, first.usd, world.vendors.listing());
    format!("{view:?} {:?}", world.flow.completed())
}

#[tokio::test]
async fn whatever_fails_it_is_asked_for_once_and_paid_once() {
    for at_once in [false, true] {
        every_fault(
            async || {
                let (world, _) = world().await;
                if at_once {
                    world.vendors.at_once();
                }
                world
            },
            async |world| {
                // As the queue does: a message that failed comes again, later; what it asked for comes too.
                let job = JobId::new(NOW, [1; 10]);
                let mut failed = Ok(());
                let mut now = NOW;
                for _ in 0..12 {
                    let seen = look(world, &attempt(&job, 1), now).await;
                    failed = failed.and(seen);
                    now = now.plus_s(400);
                    if ledger(world, &attempt(&job, 1)).state == AttemptState::Succeeded {
                        break;
                    }
                }
                // A start that was refused made room for a second attempt: it is not this test's.
                let again = ledger(world, &attempt(&job, 1)).state == AttemptState::Refused;
                if again {
                    world.calls.take();
                    world.lanes().fill("aster", now).await?;
                    let second = attempt(&job, 2);
                    for _ in 0..12 {
                        look(world, &second, now).await?;
                        now = now.plus_s(400);
                    }
                }
                failed
            },
            |world| {
                let job = JobId::new(NOW, [1; 10]);
                let works = world.vendors.work();
                assert!(works.len() <= 1, "asked for twice: {works:?}");
                format!("{:?} {}", step(world, &job).state, works.len())
            },
        )
        .await;
    }
}

#[tokio::test]
async fn a_look_that_comes_ten_times_costs_nothing_more() {
    let (world, job) = world().await;
    let first = attempt(&job, 1);
    settle(&world, NOW).await;
    let before = outline(&world, &job);
    for at in 0..10 {
        look(&world, &first, NOW.plus_s(at * 1000)).await.unwrap();
    }
    assert_eq!(outline(&world, &job), before);
    assert_eq!(world.vendors.starts().len(), 1);
}

#[tokio::test]
async fn work_of_a_job_that_was_canceled_is_never_asked_for() {
    let (world, job) = world().await;
    domain::job::cancel(&world.table, &world.flow, &world.queue, &job, NOW).await.unwrap();
    look(&world, &attempt(&job, 1), NOW).await.unwrap();
    assert_eq!(world.vendors.starts(), []);
    assert_eq!(ledger(&world, &attempt(&job, 1)).state, AttemptState::Refused);
    let lane = LaneView::read(&world.table, "aster").await.unwrap();
    assert!(lane.slots.values().all(|slot| slot.attempt.is_none()));
}

#[tokio::test]
async fn accepted_work_of_a_job_that_is_canceled_is_stopped_and_what_it_cost_stays() {
    let (world, job) = world().await;
    let first = attempt(&job, 1);
    look(&world, &first, NOW).await.unwrap();
    domain::job::cancel(&world.table, &world.flow, &world.queue, &job, NOW).await.unwrap();
    let stops = world.queue.take();
    assert_eq!(stops, [(json!({ "stop": first }), 0)]);
    world.calls.take();
    world.lanes().stop(&first).await.unwrap();
    settle(&world, NOW.plus_s(1)).await;
    assert!(world.vendors.work()["work-1"].canceled);
    let record = ledger(&world, &first);
    assert_eq!(record.state, AttemptState::Failed);
    assert!(record.error.unwrap().contains("canceled"));
}
