//! What is under way counts: a claim that would cost more than is left is refused, and its step says why.

use super::*;
use domain::budget::Budget;
use domain::gpu::News;
use domain::lane::{LaneView, Message, open_vendor};
use domain::money::MicroUsd;
use domain::record::JobRecord;
use domain::state::JobState;
use domain::store::{Key, Write};
use domain::tenant::TenantRecord;
use domain::view::JobView;

/// Two pictures at once, each about $0.012 of a host's time.
const TWO: &str = r#"
name: two
budget_usd: BUDGET
steps:
  one: { kind: image.generate, with: { prompt: a fox } }
  two: { kind: image.generate, with: { prompt: a hen } }
  good: { kind: gate.quality, with: { images: ["{{ one.image }}", "{{ two.image }}"] } }
"#;

/// A world with free slots and a job whose pictures are recorded, none claimed.
async fn recorded(budget: &str, slots: u32) -> (World, JobId) {
    let world = World::default();
    let job = world.job(1, &TWO.replace("BUDGET", budget), json!({})).await;
    for item in 0..2 {
        let token = format!("token-{item}");
        let message = Message { item, token, ..world.message(&job, 0) };
        world.lanes().take(&message, NOW).await.unwrap();
    }
    world.host("host-a", slots).await;
    (world, job)
}

async fn view(world: &World, job: &JobId) -> JobView {
    JobView::expect(&world.table, job).await.unwrap()
}

#[tokio::test]
async fn a_render_that_would_exceed_its_jobs_budget_beside_what_is_under_way_is_not_begun() {
    let (world, job) = recorded("0.02", 2).await;
    world.lanes().fill(GPU, NOW).await.unwrap();
    assert_eq!(world.hosts.renders().len(), 1);
    let seen = view(&world, &job).await;
    assert_eq!(seen.job.taken, MicroUsd(12_000), "what is under way");
    let refused = seen.step("two");
    assert_eq!((refused.state, seen.attempts.len()), (StepState::Failed, 1));
    let why = "it costs about $0.012, and $0.008 of its job's $0.02 is neither spent nor under way";
    assert_eq!(refused.error.as_deref(), Some(why));
    assert_eq!(world.flow.completed()["token-1"]["end"], "failed");
    assert_eq!(LaneView::read(&world.table, GPU).await.unwrap().waiting, []);

    let first = AttemptId::new(&job, "one", 1);
    world.lanes().report(&world.success(&first, 1), NOW.plus_s(2)).await.unwrap();
    let seen = view(&world, &job).await;
    assert_eq!((seen.job.taken, seen.job.spent), (MicroUsd(600), MicroUsd(600)), "what it cost");
}

#[tokio::test]
async fn a_job_whose_budget_bears_it_has_both_at_once() {
    let (world, job) = recorded("0.024", 2).await;
    world.lanes().fill(GPU, NOW).await.unwrap();
    assert_eq!(world.hosts.renders().len(), 2);
    assert_eq!(view(&world, &job).await.job.taken, MicroUsd(24_000));
}

#[tokio::test]
async fn what_a_canceled_or_failed_render_was_thought_to_cost_is_given_back() {
    let (world, job) = recorded("0.024", 2).await;
    world.lanes().fill(GPU, NOW).await.unwrap();
    let failed = json!({ "kind": "failed", "error": { "code": "oom", "message": "no memory", "retryable": false } });
    for (name, news) in [("one", json!({ "kind": "canceled" })), ("two", failed)] {
        let news: News = serde_json::from_value(news).unwrap();
        let report = world.report(&AttemptId::new(&job, name, 1), 1, news);
        world.lanes().report(&report, NOW.plus_s(2)).await.unwrap();
    }
    let seen = view(&world, &job).await;
    let again = i64::from(seen.attempts.iter().any(|at| !at.state.over())) * 12_000;
    assert_eq!(seen.job.taken.0, seen.job.spent.0 + again);
}

#[tokio::test]
async fn a_job_that_an_older_release_accepted_goes_on() {
    let (world, job) = recorded("0.024", 2).await;
    let mut meta = world.table.peek(&JobRecord::key(&job)).unwrap();
    meta.remove("taken");
    let mut write = Write::put(JobRecord::key(&job), &meta).unwrap();
    write.change = domain::store::Change::Put(meta);
    world.table.plant(write);
    world.lanes().fill(GPU, NOW).await.unwrap();
    assert_eq!(world.hosts.renders().len(), 2);
}

/// Two jobs of a tenant that may spend so much in a day, each with one picture that waits.
async fn budgeted(limit: i64) -> World {
    let world = World::default();
    for number in 1..=2 {
        let text = TWO.replace("BUDGET", "1");
        let job = world.job(number, &text, json!({})).await;
        let mut meta: JobRecord =
            from_item(&world.table.peek(&JobRecord::key(&job)).unwrap()).unwrap();
        let mut tenant = TenantRecord::new(meta.tenant.clone(), "standard", NOW);
        tenant.budget = Budget { day: Some(MicroUsd(limit)), month: None };
        world.table.plant(Write::put(TenantRecord::key(&meta.tenant), &tenant).unwrap());
        meta.rank.budgeted = true;
        world.table.plant(Write::put(JobRecord::key(&job), &meta).unwrap());
        world.lanes().take(&world.message(&job, 0), NOW).await.unwrap();
    }
    world.host("host-a", 2).await;
    world
}

fn counted(world: &World) -> Option<i64> {
    world.table.peek(&Key::new("SPEND#acme#budget", "2023-11-14"))?["micros"].as_i64()
}

#[tokio::test]
async fn a_render_that_would_exceed_its_tenants_budget_beside_what_is_under_way_is_not_begun() {
    let world = budgeted(20_000).await;
    world.lanes().fill(GPU, NOW).await.unwrap();
    assert_eq!((world.hosts.renders().len(), counted(&world)), (1, Some(12_000)));
    let second = view(&world, &JobId::new(NOW, [2; 10])).await;
    let why = "it costs about $0.012, and $0.008 of its tenant's $0.02 for the day is left";
    assert_eq!(second.step("one").error.as_deref(), Some(why));
    assert_eq!((second.job.taken, second.job.state.open()), (MicroUsd(0), true));
    assert_ne!(second.job.state, JobState::Succeeded);
}

#[tokio::test]
async fn one_that_alone_is_more_than_its_tenant_may_spend_is_not_begun_either() {
    let world = budgeted(20_000).await;
    let mut tenant: TenantRecord = from_item(
        &world
            .table
            .peek(&TenantRecord::key(&domain::id::TenantId::parse("acme").unwrap()))
            .unwrap(),
    )
    .unwrap();
    // Lowered after the jobs were put on record.
    tenant.budget.day = Some(MicroUsd(5_000));
    world.table.plant(Write::put(TenantRecord::key(&tenant.tenant), &tenant).unwrap());
    world.lanes().fill(GPU, NOW).await.unwrap();
    assert_eq!((world.hosts.renders().len(), counted(&world)), (0, None));
}

#[tokio::test]
async fn every_call_of_a_refused_claim_may_fail_both_ways() {
    every_fault(
        async || {
            // The first runs in the one slot that there was.
            let (world, _) = recorded("0.02", 1).await;
            world.lanes().fill(GPU, NOW).await.unwrap();
            world.host("host-a", 2).await;
            world
        },
        async |world| world.lanes().fill(GPU, NOW).await,
        |world| format!("{}\n{}", world.table.listing(), world.hosts.listing()),
    )
    .await;
}

/// The second of two pictures can be made by a vendor, too, for $0.004 at most; the first runs in the only slot.
async fn either(budget: &str) -> (World, JobId) {
    let world = World::default();
    open_vendor(&world.table, "aster", 2).await.unwrap();
    world.host("host-a", 1).await;
    let text = TWO.replace("BUDGET", budget).replace(
        "with: { prompt: a hen } }",
        "with: { prompt: a hen }, models: [sketch-1, aster/sketch] }",
    );
    let job = world.job(1, &text, json!({})).await;
    for item in 0..2 {
        let token = format!("token-{item}");
        let message = Message { item, token, ..world.message(&job, 0) };
        world.lanes().take(&message, NOW).await.unwrap();
    }
    world.lanes().fill(GPU, NOW).await.unwrap();
    assert_eq!(view(&world, &job).await.step("two").lane.as_deref(), Some(GPU));
    world.host("host-a", 2).await;
    (world, job)
}

#[tokio::test]
async fn what_is_too_dear_here_goes_to_who_may_do_it_for_less() {
    let (world, job) = either("0.02").await;
    world.lanes().fill(GPU, NOW).await.unwrap();
    let moved = view(&world, &job).await.step("two");
    assert_eq!((moved.state, moved.lane.as_deref()), (StepState::Waiting, Some("aster")));
    assert!(
        world.queue.sent().iter().any(|(body, _)| body["tick"] == "aster"),
        "somebody looks there"
    );
    world.lanes().fill("aster", NOW).await.unwrap();
    let seen = view(&world, &job).await;
    let asked = seen.attempts.iter().find(|one| one.id.step() == "two").unwrap();
    let quote = asked.work.ask.as_ref().unwrap().quote;
    assert_eq!((asked.work.model().as_str(), asked.work.others.len()), ("aster/sketch", 0));
    assert_eq!(seen.job.taken, MicroUsd(12_000) + quote, "no more than the budget is under way");

    // What is left bears the vendor neither.
    let (world, job) = either("0.013").await;
    world.lanes().fill(GPU, NOW).await.unwrap();
    let refused = view(&world, &job).await.step("two");
    assert_eq!(refused.state, StepState::Failed);
    let why =
        "it costs about $0.012, and $0.001 of its job's $0.013 is neither spent nor under way";
    assert_eq!(refused.error.as_deref(), Some(why));
}

#[tokio::test]
async fn every_call_of_going_to_who_costs_less_may_fail_both_ways() {
    every_fault(
        async || either("0.02").await.0,
        async |world| world.lanes().fill(GPU, NOW).await,
        |world| format!("{}\n{}", world.table.listing(), world.hosts.listing()),
    )
    .await;
}
