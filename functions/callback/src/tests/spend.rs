//! Counters of spend move with the ledger: each attempt once, whatever comes twice, late or not at all.

use super::*;
use domain::id::TenantId;
use domain::money::MicroUsd;
use domain::spend::{self, By, Sum};
use domain::store::Change;

/// A world with a labelled job whose first render has been started.
async fn labelled() -> (World, AttemptId) {
    let world = World::default();
    world.host("host-a", 1).await;
    let named = "name: hero-image\nlabels: { campaign: spring }";
    let hero = HERO.replacen("name: hero-image", named, 1);
    let job = world.job(1, &hero, json!({ "prompt": "a fox" })).await;
    world.lanes().take(&world.message(&job, 0), NOW).await.unwrap();
    world.lanes().fill(GPU, NOW).await.unwrap();
    (world, AttemptId::new(&job, "generate", 1))
}

async fn sum(world: &World, by: &str) -> Sum {
    let (tenant, by) = (TenantId::parse("acme").unwrap(), By::parse(by).unwrap());
    let days = ("2023-01-01", "2023-12-31");
    let page = spend::read(&world.table, &tenant, &by, days, None).await.unwrap();
    let mut sum = Sum::default();
    page.values.values().flat_map(|days| days.values()).for_each(|day| sum += *day);
    sum
}

/// That label, pipeline and total all say what the jobs themselves say.
async fn agree(world: &World, attempts: i64) -> MicroUsd {
    let view = JobView::expect(&world.table, &JobId::new(NOW, [1; 10])).await.unwrap();
    let expected = Sum { jobs: 1, attempts, spent: view.job.spent };
    for by in ["label.campaign", "pipeline", "total"] {
        assert_eq!(sum(world, by).await, expected, "{by}");
    }
    let paid: MicroUsd = view.attempts.iter().filter_map(|attempt| attempt.usd).sum();
    assert_eq!(paid, view.job.spent);
    view.job.spent
}

#[tokio::test]
async fn the_same_report_three_times_is_spent_once() {
    let (world, attempt) = labelled().await;
    assert_eq!(agree(&world, 0).await, MicroUsd(0));
    let report = world.success(&attempt, 1);
    for _ in 0..3 {
        send(&world, &report, NOW.plus_s(2)).await.unwrap();
        assert_eq!(agree(&world, 1).await, MicroUsd(600));
    }
}

#[tokio::test]
async fn a_failure_three_times_is_spent_once() {
    let (world, attempt) = labelled().await;
    let report = world.report(&attempt, 1, failure(false));
    for _ in 0..3 {
        send(&world, &report, NOW.plus_s(2)).await.unwrap();
        assert_eq!(agree(&world, 1).await, MicroUsd(600));
    }
}

#[tokio::test]
async fn a_late_success_after_the_jobs_end_is_counted_too() {
    let (world, attempt) = labelled().await;
    job::cancel(&world.table, &world.flow, &world.queue, &attempt.job(), NOW).await.unwrap();
    let end =
        job::End { job: attempt.job(), run: 1, end: JobState::Canceled, event: 4, reason: None };
    job::settle(&world.table, &end, NOW.plus_s(1)).await.unwrap();
    let report = world.success(&attempt, 2);
    for _ in 0..3 {
        send(&world, &report, NOW.plus_s(2)).await.unwrap();
        assert_eq!(agree(&world, 1).await, MicroUsd(600));
    }
}

#[tokio::test]
async fn what_a_lost_attempt_was_thought_to_cost_is_corrected_by_its_late_success() {
    let (world, attempt) = labelled().await;
    let report = world.success(&attempt, 1);
    world.hosts.vanish("http://host-a:8000");
    let view = domain::lane::LaneView::read(&world.table, GPU).await.unwrap();
    for _ in 0..3 {
        world.lanes().reconcile_all(&view, GPU, NOW.plus_s(120)).await.unwrap();
        assert_eq!(agree(&world, 1).await, MicroUsd(48_000));
    }
    for _ in 0..3 {
        // The next day.
        send(&world, &report, NOW.plus_s(7_200)).await.unwrap();
        assert_eq!(agree(&world, 1).await, MicroUsd(600));
    }
}

#[tokio::test]
async fn every_call_of_a_labelled_success_may_fail_both_ways() {
    let prepare = async || labelled().await.0;
    let act = async |world: &World| {
        let attempt = AttemptId::new(&JobId::new(NOW, [1; 10]), "generate", 1);
        send(world, &world.success(&attempt, 1), NOW.plus_s(2)).await.map(|_| ())
    };
    every_fault(prepare, act, World::listing).await;
}

#[tokio::test]
async fn a_report_of_what_an_older_release_started_is_counted_by_its_job() {
    let (world, attempt) = labelled().await;
    let key = AttemptRecord::key(&attempt);
    let mut item = world.table.peek(&key).unwrap();
    item["work"].as_object_mut().unwrap().remove("marks");
    let mut write = Write::put(key, &item).unwrap();
    write.change = Change::Put(item);
    world.table.plant(write);
    // As that release sealed it: without marks.
    let mut report = world.success(&attempt, 1);
    let signing = &world.settings.signing_key;
    let mut context: serde_json::Value = signing.open("report", &report.context).unwrap();
    context.as_object_mut().unwrap().remove("marks");
    report.context = signing.seal("report", &context);
    send(&world, &report, NOW.plus_s(2)).await.unwrap();
    assert_eq!(agree(&world, 1).await, MicroUsd(600));
}
