//! Who is asked while a model is left alone, and what counts against a tenant's budget meanwhile and after.

use super::*;
use domain::budget::Budget;
use domain::money::MicroUsd;
use domain::record::JobRecord;
use domain::store::{Key, Write};
use domain::tenant::TenantRecord;
use domain::vendor::circuit::{self, Circuit, State, Told};
use domain::vendor::{Class, Outcome};

const TWO: &str = "with: { prompt: a fox }, models: [aster/sketch, brio/vivid-2]";
const ONE: &str = "with: { prompt: a fox, model: aster/sketch }";

fn known(world: &World) -> Option<Circuit> {
    let item = world.table.peek(&Circuit::key("aster", "sketch"))?;
    from_item(&item).ok()
}

/// A world in which aster's model failed five times in a row.
async fn failed_often() -> World {
    let world = open().await;
    let whose = ("aster", "sketch");
    for number in 1..=5 {
        let attempt = attempt(&JobId::new(NOW, [99; 10]), number);
        circuit::note(&world.table, whose, Told::Fault, &attempt, NOW).await.unwrap();
    }
    world
}

#[tokio::test]
async fn a_fault_is_noted_once_and_a_success_forgets_it() {
    let (world, job) = world_with(TWO).await;
    world.vendors.answer(Outcome::refused(Class::Elsewhere, "connection refused"));
    settle(&world, NOW).await;
    assert_eq!(known(&world).unwrap().faults, [attempt(&job, 1).to_string()]);
    another(&world, 2, ONE, NOW.plus_s(90)).await;
    settle(&world, NOW.plus_s(90)).await;
    assert_eq!(known(&world), None);
}

#[tokio::test]
async fn a_model_that_failed_five_times_is_passed_over() {
    let world = failed_often().await;
    another(&world, 2, TWO, NOW).await;
    settle(&world, NOW).await;
    assert_eq!(asked(&world), ["brio"]);
}

#[tokio::test]
async fn where_nobody_else_can_the_work_waits_and_one_attempt_tries_it_again() {
    let world = failed_often().await;
    let first = another(&world, 2, ONE, NOW).await;
    let second = another(&world, 3, ONE, NOW).await;
    assert_eq!(asked(&world), [""; 0]);
    let view = domain::view::JobView::expect(&world.table, &first).await.unwrap();
    let mut told = domain::job::job_json(&view);
    domain::lane::explain(&world.table, &view, &mut told, NOW).await.unwrap();
    let why = &told["steps"][0]["waiting_for"];
    assert_eq!((&why["lane"], &why["why"]), (&json!("aster"), &json!("resting")), "{told}");
    let later = NOW.plus_s(30);
    world.lanes().fill("aster", later).await.unwrap();
    let claimed = |job: &JobId| world.table.peek(&AttemptRecord::key(&attempt(job, 1))).is_some();
    assert!(claimed(&first) && !claimed(&second), "one alone, though two slots are free");
    assert!(matches!(known(&world).unwrap().state(later), State::Open(_)));
    look(&world, &attempt(&first, 1), later).await.unwrap();
    settle(&world, later).await;
    assert_eq!((known(&world), asked(&world).len()), (None, 2), "it works: the other follows");
    for job in [first, second] {
        assert_eq!(step(&world, &job).state, StepState::Succeeded);
    }
}

/// What each model cost, and in how many attempts.
async fn by_model(world: &World) -> Vec<(String, i64, i64)> {
    use domain::spend::{self, By};
    let acme = domain::id::TenantId::parse("acme").unwrap();
    let days = ("2023-01-01", "2023-12-31");
    let page = spend::read(&world.table, &acme, &By::Model, days, None).await.unwrap();
    let sums = page.values.into_iter().map(|(model, days)| {
        let sum = days.values().fold(spend::Sum::default(), |mut sum, day| {
            sum += *day;
            sum
        });
        assert_eq!(sum.jobs, 0);
        (model, sum.attempts, sum.spent.0)
    });
    sums.collect()
}

#[tokio::test]
async fn spend_is_told_apart_by_the_model_that_served() {
    let (world, job) = world_with(TWO).await;
    world.vendors.answer(Outcome::refused(Class::Elsewhere, "connection refused"));
    settle(&world, NOW).await;
    another(&world, 2, ONE, NOW.plus_s(90)).await;
    let end = settle(&world, NOW.plus_s(90)).await;
    let sketch = ("aster/sketch".to_owned(), 2, 40_000);
    let expected = [sketch, ("brio/vivid-2".to_owned(), 1, 40_000)];
    assert_eq!(by_model(&world).await, expected);
    // However often its end is heard of.
    look(&world, &attempt(&job, 2), end.plus_s(600)).await.unwrap();
    assert_eq!(by_model(&world).await, expected);
    let view = domain::view::JobView::expect(&world.table, &job).await.unwrap();
    let told = domain::job::job_json(&view);
    let attempts = &told["steps"][0]["attempts"];
    assert_eq!(attempts[0]["model"], "aster/sketch");
    assert_eq!(attempts[1]["model"], "brio/vivid-2");
    assert_eq!(
        (&attempts[0]["served"], &attempts[1]["served"]),
        (&serde_json::Value::Null, &json!("vivid-2-2026"))
    );
}

/// A world whose tenant may spend so much in a month; its jobs know that.
async fn budgeted(limit: i64) -> (World, JobId) {
    let world = open().await;
    let job = world.job(1, &pipeline(ONE), json!({})).await;
    let mut meta: JobRecord = from_item(&world.table.peek(&JobRecord::key(&job)).unwrap()).unwrap();
    let mut tenant = TenantRecord::new(meta.tenant.clone(), "standard", NOW);
    tenant.budget = Budget { day: None, month: Some(MicroUsd(limit)) };
    world.table.plant(Write::put(TenantRecord::key(&meta.tenant), &tenant).unwrap());
    meta.rank.budgeted = true;
    world.table.plant(Write::put(JobRecord::key(&job), &meta).unwrap());
    let lane = world.lanes().take(&world.message(&job, 0), NOW).await.unwrap();
    world.lanes().fill(&lane, NOW).await.unwrap();
    (world, job)
}

/// What counts against the month's budget.
fn counted(world: &World, job: &JobId) -> Option<i64> {
    let meta: JobRecord = from_item(&world.table.peek(&JobRecord::key(job)).unwrap()).unwrap();
    let key = Key::new(format!("SPEND#{}#budget", meta.tenant), "2023-11");
    world.table.peek(&key)?["micros"].as_i64()
}

#[tokio::test]
async fn a_claim_counts_its_quote_and_the_end_what_it_cost() {
    let (world, job) = budgeted(1_000_000).await;
    let quote = ledger(&world, &attempt(&job, 1)).work.ask.unwrap().quote;
    assert_eq!(counted(&world, &job), Some(quote.0), "while it is under way");
    settle(&world, NOW).await;
    assert_eq!(counted(&world, &job), Some(40_000), "as the vendor said");
    // However often its end is heard of.
    look(&world, &attempt(&job, 1), NOW.plus_s(600)).await.unwrap();
    assert_eq!(counted(&world, &job), Some(40_000));
}

#[tokio::test]
async fn what_was_refused_gives_all_of_it_back() {
    let (world, job) = budgeted(1_000_000).await;
    world.vendors.answer(Outcome::refused(Class::Content, "content policy"));
    settle(&world, NOW).await;
    assert_eq!(step(&world, &job).state, StepState::Failed);
    assert_eq!(counted(&world, &job), Some(0));
}

#[tokio::test]
async fn a_step_that_costs_more_than_is_left_fails_before_anybody_is_asked() {
    let (world, job) = budgeted(3_000).await;
    let step = step(&world, &job);
    assert_eq!((step.state, asked(&world).len()), (StepState::Failed, 0));
    let why =
        "no model can do it: aster/sketch: costs about $0.004, and $0.003 of the budget is left";
    assert_eq!(step.error.as_deref(), Some(why));
    let (world, job) = budgeted(0).await;
    let why = "$0 of its tenant's $0 for the month is left";
    assert_eq!(super::step(&world, &job).error.as_deref(), Some(why));
}
