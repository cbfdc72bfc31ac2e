//! Schedules that are due: one job for each time, the latest after an outage, and none lost to a fault.

use super::*;
use domain::catalog;
use domain::fakes::Fault;
use domain::id::TenantId;
use domain::pipeline::{Mandate, Pipeline};
use domain::problem::Stop;
use domain::tenant::TenantRecord;
use domain::trigger::{self, Made, TriggerRecord, check_trigger};

/// When the schedule is due for the first time: it runs every quarter of an hour.
const DUE: Time = Time(NOW.0 + 900_000);

fn acme() -> TenantId {
    TenantId::parse("acme").unwrap()
}

fn document(pipeline: &str) -> Value {
    json!({
        "name": "quarterly", "on": { "schedule": { "rate": "15 minutes" } }, "pipeline": pipeline,
        "inputs": { "prompt": "{{ event.detail.time }}" }, "labels": { "campaign": "clock" },
    })
}

async fn scheduled() -> World {
    let world = World::default();
    catalog::put(&world.table, &acme(), Pipeline::parse(HERO).unwrap(), NOW).await.unwrap();
    let trigger = check_trigger(&acme(), &document("hero-image"), NOW).unwrap();
    trigger::put(&world.table, &trigger, [1; 24], NOW).await.unwrap();
    world.faults.clear();
    world
}

async fn stored(world: &World) -> TriggerRecord {
    trigger::get(&world.table, &acme(), "quarterly").await.unwrap().unwrap()
}

/// The jobs that one sweep made.
async fn made(world: &World, now: Time) -> Vec<JobId> {
    let dues = fire(&world.lanes(), now).await.unwrap();
    let jobs = dues.into_iter().filter_map(|due| match due.made {
        Ok(Made::New(job)) => Some(job),
        _ => None,
    });
    jobs.collect()
}

#[tokio::test]
async fn each_time_is_one_job_with_the_schedule_s_inputs_and_labels() {
    let world = scheduled().await;
    assert!(made(&world, NOW.plus_s(899)).await.is_empty());
    let first = made(&world, DUE.plus_s(30)).await;
    assert_eq!(first.len(), 1);
    assert!(made(&world, DUE.plus_s(90)).await.is_empty(), "the next sweep");
    let job = job_record(&world, &first[0]).await;
    assert_eq!(job.inputs["prompt"], "22:28");
    assert_eq!(json!(job.labels), json!({ "campaign": "clock", "trigger": "quarterly" }));
    assert!(world.flow.started().contains_key(&first[0].execution(1)));
    assert_eq!(stored(&world).await.due_at, Some(DUE.plus_s(900)));
    assert_eq!(made(&world, DUE.plus_s(900)).await.len(), 1);
}

#[tokio::test]
async fn a_job_of_a_schedule_gets_the_gates_of_its_tenant() {
    let world = scheduled().await;
    let mandate = Mandate::parse("gates: { safe: { kind: gate.moderation } }").unwrap();
    let tenant =
        TenantRecord { mandate: mandate.clone(), ..TenantRecord::new(acme(), "standard", NOW) };
    world.table.plant(Write::put(TenantRecord::key(&acme()), &tenant).unwrap());
    let made = made(&world, DUE.plus_s(30)).await;
    let view = JobView::expect(&world.table, &made[0]).await.unwrap();
    assert_eq!(view.mandate, mandate.in_force());
    assert!(view.pipeline.step("publish").unwrap().after.contains(&"tenant-safe".to_owned()));
}

#[tokio::test]
async fn after_an_outage_the_latest_time_is_made_up_for_once() {
    let world = scheduled().await;
    let late = DUE.plus_s(3 * 3600 + 60);
    let dues = fire(&world.lanes(), late).await.unwrap();
    assert_eq!(dues.len(), 1);
    assert_eq!((dues[0].time, dues[0].missed_since), (DUE.plus_s(3 * 3600), Some(DUE)));
    assert_eq!(stored(&world).await.due_at, Some(DUE.plus_s(3 * 3600 + 900)));
    assert_eq!(world.flow.started().len(), 1);
}

#[tokio::test]
async fn a_schedule_makes_one_job_whatever_fails() {
    let act = async |world: &World| {
        for due in fire(&world.lanes(), DUE.plus_s(5)).await? {
            if let Err(Stop::Error(error)) = due.made {
                return Err(error);
            }
        }
        Ok(())
    };
    every_fault(scheduled, act, World::listing).await;
}

#[tokio::test]
async fn two_sweeps_at_the_same_moment_make_one_job() {
    let world = scheduled().await;
    let before = stored(&world).await;
    assert_eq!(made(&world, DUE).await.len(), 1);
    // The other sweep had read the schedule before.
    world.table.plant(Write::put(trigger::key(&acme(), "quarterly"), &before).unwrap());
    assert!(made(&world, DUE.plus_s(1)).await.is_empty());
    assert_eq!(world.flow.started().len(), 1);
}

#[tokio::test]
async fn a_schedule_of_which_no_job_can_be_made_waits_for_its_next_time() {
    let world = scheduled().await;
    let gone = check_trigger(&acme(), &document("no-such"), NOW).unwrap();
    trigger::put(&world.table, &gone, [1; 24], NOW).await.unwrap();
    let dues = fire(&world.lanes(), DUE).await.unwrap();
    assert!(matches!(dues[0].made, Err(Stop::Problem(_))));
    assert_eq!(stored(&world).await.due_at, Some(DUE.plus_s(900)));
}

#[tokio::test]
async fn a_schedule_that_a_store_kept_from_its_job_stays_due() {
    let world = scheduled().await;
    // The query, the schedules, then what the job needs.
    world.faults.plan(2, Fault::Refused);
    let dues = fire(&world.lanes(), DUE).await.unwrap();
    assert!(matches!(dues[0].made, Err(Stop::Error(_))));
    world.faults.clear();
    assert_eq!(stored(&world).await.due_at, Some(DUE));
    assert_eq!(made(&world, DUE.plus_s(60)).await.len(), 1);
}
