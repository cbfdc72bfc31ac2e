//! Lane steps that are never tried: what they need was skipped, or nothing is left to pay them with.

use super::*;
use domain::record::JobRecord;
use domain::store::Write;
use domain::view::JobView;

const CHAIN: &str = r#"
name: chain
inputs: { prompt: { type: text } }
budget_usd: 1
steps:
  generate: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}" }, on_error: skip }
  cutout: { kind: image.remove_background, with: { image: "{{ generate.image }}" } }
  good: { kind: gate.quality, with: { images: "{{ cutout.image }}" } }
  publish: { kind: publish, with: { assets: "{{ cutout.image }}", target: { kind: s3 } }, after: [good] }
"#;

/// A world in which `generate` was skipped, by an error or not.
async fn skipped(error: bool) -> (World, JobId) {
    let world = World::default();
    world.host("host-a", 1).await;
    let job = world.job(1, CHAIN, json!({ "prompt": "a fox" })).await;
    let mut record = StepRecord::pending("generate", 1);
    record.state = StepState::Skipped;
    let why = json!({ "run": 1, "reason": "no luck", "error": error });
    record.skipped = serde_json::from_value(why).unwrap();
    world.table.plant(Write::put(StepRecord::key(&job, "generate"), &record).unwrap());
    (world, job)
}

async fn take(world: &World, job: &JobId, wave: usize) -> Result<()> {
    handle(&world.lanes(), Input::Take(world.message(job, wave)), NOW).await
}

fn told(world: &World, job: &JobId, wave: usize) -> serde_json::Value {
    world.flow.completed()[&format!("token-{job}-{wave}-1")].clone()
}

#[tokio::test]
async fn a_step_that_needs_a_skipped_one_is_skipped_and_nothing_is_paid() {
    for error in [true, false] {
        let (world, job) = skipped(error).await;
        for _ in 0..2 {
            take(&world, &job, 1).await.unwrap();
        }
        assert_eq!(told(&world, &job, 1)["ok"], true);
        let view = JobView::expect(&world.table, &job).await.unwrap();
        let step = view.step("cutout");
        let why = step.skipped.unwrap();
        assert_eq!(step.state, StepState::Skipped);
        assert_eq!(why.reason, "needs generate, which was skipped");
        assert_eq!((why.error, view.job.degraded.len()), (error, usize::from(error)));
        assert!(view.attempts.is_empty() && world.hosts.renders().is_empty());
    }
}

#[tokio::test]
async fn a_step_that_may_be_lacking_is_skipped_when_the_budget_is_spent() {
    let world = World::default();
    let job = world.job(1, CHAIN, json!({ "prompt": "a fox" })).await;
    let mut item = world.table.peek(&JobRecord::key(&job)).unwrap();
    item.insert("spent".into(), json!(1_000_000));
    world.table.plant(Write::put(JobRecord::key(&job), &item).unwrap());
    take(&world, &job, 0).await.unwrap();
    assert_eq!(told(&world, &job, 0), json!({ "ok": true, "event": 2 }));
    let step = step(&world, &job);
    assert_eq!(step.state, StepState::Skipped);
    assert_eq!(step.error.as_deref(), Some("the budget of $1 is spent"));
}

#[tokio::test]
async fn every_call_of_a_skip_may_fail_both_ways() {
    let prepare = async || skipped(true).await.0;
    let act = async |world: &World| take(world, &JobId::new(NOW, [1; 10]), 1).await;
    every_fault(prepare, act, World::listing).await;
}

/// The same with a condition.
async fn conditioned(when: &str) -> (World, JobId) {
    let world = World::default();
    world.host("host-a", 1).await;
    let text = CHAIN.replace("}, on_error: skip }", &format!("}}, when: \"{when}\" }}"));
    let job = world.job(1, &text, json!({ "prompt": "a fox" })).await;
    (world, job)
}

#[tokio::test]
async fn a_step_whose_condition_is_false_is_skipped_and_the_job_is_whole() {
    let (world, job) = conditioned("inputs.prompt == 'a cat'").await;
    for _ in 0..2 {
        take(&world, &job, 0).await.unwrap();
    }
    assert_eq!(told(&world, &job, 0), json!({ "ok": true, "event": 2 }));
    let why = step(&world, &job).skipped.unwrap();
    assert_eq!(why.reason, "when: inputs.prompt == 'a cat'");
    let view = JobView::expect(&world.table, &job).await.unwrap();
    assert!(!why.error && view.job.degraded.is_empty() && view.attempts.is_empty());
    take(&world, &job, 1).await.unwrap();
    let next = JobView::expect(&world.table, &job).await.unwrap().step("cutout").skipped.unwrap();
    assert_eq!((next.reason.as_str(), next.error), ("needs generate, which was skipped", false));
}

#[tokio::test]
async fn a_step_whose_condition_is_true_is_done_and_one_that_cannot_be_told_fails() {
    let (world, job) = conditioned("inputs.prompt == 'a fox'").await;
    take(&world, &job, 0).await.unwrap();
    assert_eq!(step(&world, &job).state, StepState::Running);
    let (world, job) = conditioned("labels.campaign == 'spring'").await;
    take(&world, &job, 0).await.unwrap();
    assert_eq!(told(&world, &job, 0)["end"], "failed");
    let error = step(&world, &job).error.unwrap();
    assert_eq!(error, "the condition cannot be told: No such key: campaign");
}
