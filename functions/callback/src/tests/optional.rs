//! Steps that may fail: the job goes on without them, or with what stands in for them.

use super::*;
use domain::record::{Degraded, JobRecord};

const SPARE: &str = r#"
name: spare
inputs: { prompt: { type: text } }
budget_usd: 1
steps:
  plain: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}" } }
  fancy: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}" }, after: [plain], retry: { attempts: 1 }, on_error: skip }
  good: { kind: gate.quality, with: { images: ["{{ plain.image }}", "{{ fancy.image }}"] } }
  publish: { kind: publish, with: { assets: "{{ fancy.image }}", target: { kind: s3 } }, after: [good] }
"#;

fn fancy() -> AttemptId {
    AttemptId::new(&JobId::new(NOW, [1; 10]), "fancy", 1)
}

/// A world in which `plain` was made, and `fancy` is under way.
async fn under_way(on_error: &str) -> World {
    let world = World::default();
    world.host("host-a", 1).await;
    let text = SPARE.replace("on_error: skip", on_error);
    let job = world.job(1, &text, json!({ "prompt": "a fox" })).await;
    for (wave, step) in [(0, "plain"), (1, "fancy")] {
        world.lanes().take(&world.message(&job, wave), NOW).await.unwrap();
        world.lanes().fill(GPU, NOW).await.unwrap();
        if step == "plain" {
            let plain = AttemptId::new(&job, step, 1);
            send(&world, &world.success(&plain, 1), NOW.plus_s(2)).await.unwrap();
        }
    }
    world
}

async fn fails(world: &World) -> Result<Reply> {
    send(world, &world.report(&fancy(), 1, failure(false)), NOW.plus_s(4)).await
}

fn told(world: &World) -> serde_json::Value {
    world.flow.completed()[&format!("token-{}-1-1", fancy().job())].clone()
}

#[tokio::test]
async fn a_step_that_may_be_lacking_is_skipped_with_its_error_and_the_job_goes_on() {
    let world = under_way("on_error: skip").await;
    fails(&world).await.unwrap();
    let step = step(&world, &fancy());
    assert_eq!(step.state, StepState::Skipped);
    assert_eq!(step.error.as_deref(), Some("out_of_memory: too large"));
    assert_eq!(told(&world), json!({ "ok": true, "event": 7 }));
    let job = JobView::expect(&world.table, &fancy().job()).await.unwrap().job;
    let reason = "out_of_memory: too large".to_owned();
    assert_eq!(job.degraded, [Degraded { step: "fancy".into(), reason }]);
    assert_eq!((job.state, job.retryable()), (JobState::Running, false));
    let events = domain::event::read(&world.table, &job.id, 6, 10).await.unwrap();
    assert_eq!(events[0].kind, "step.skipped");
    assert_eq!(events[0].data["reason"], "out_of_memory: too large");
}

#[tokio::test]
async fn what_stands_in_gives_its_outputs_and_is_named() {
    let world = under_way("on_error: { use: plain }").await;
    fails(&world).await.unwrap();
    let view = JobView::expect(&world.table, &fancy().job()).await.unwrap();
    let step = view.step("fancy");
    assert_eq!((step.state, step.used.as_deref()), (StepState::Succeeded, Some("plain")));
    assert_eq!(step.outputs, view.step("plain").outputs);
    assert_eq!(told(&world), json!({ "ok": true, "event": 7 }));
    let reason = "plain was used instead: out_of_memory: too large".to_owned();
    assert_eq!(view.job.degraded, [Degraded { step: "fancy".into(), reason }]);
    let shown = job::job_json(&view);
    assert_eq!(shown["steps"][1]["used"], "plain");
    assert_eq!(shown["degraded"][0]["step"], "fancy");
}

#[tokio::test]
async fn without_a_word_the_job_ends_as_ever() {
    let world = under_way("on_error: fail").await;
    fails(&world).await.unwrap();
    assert_eq!(step(&world, &fancy()).state, StepState::Failed);
    assert_eq!(told(&world), json!({ "end": "failed", "event": 7 }));
    let job = world.table.peek(&JobRecord::key(&fancy().job())).unwrap();
    assert_eq!(job.get("degraded"), None);
}

#[tokio::test]
async fn a_late_success_of_a_skipped_step_is_adopted_and_paid() {
    let world = under_way("on_error: skip").await;
    let report = world.success(&fancy(), 2);
    let skipped = json!({ "run": 1, "reason": "its deadline passed", "error": true });
    let mut item = world.table.peek(&StepRecord::key(&fancy().job(), "fancy")).unwrap();
    item.insert("state".into(), json!("skipped"));
    item.insert("skipped".into(), skipped);
    world.table.plant(Write::put(StepRecord::key(&fancy().job(), "fancy"), &item).unwrap());
    send(&world, &report, NOW.plus_s(9)).await.unwrap();
    let record = attempt_record(&world, &fancy());
    assert_eq!((record.state, record.usd.unwrap().usd()), (AttemptState::Succeeded, 0.0006));
    let view = JobView::expect(&world.table, &fancy().job()).await.unwrap();
    assert_eq!((view.job.spent.usd(), view.step("fancy").state), (0.0012, StepState::Skipped));
    assert!(record.outputs["image"].iter().all(|id| view.assets.contains_key(id)));
}

#[tokio::test]
async fn every_call_of_a_failure_that_may_be_lacking_may_fail_both_ways() {
    for on_error in ["on_error: skip", "on_error: { use: plain }"] {
        let prepare = async || under_way(on_error).await;
        let act = async |world: &World| fails(world).await.map(|_| ());
        every_fault(prepare, act, World::listing).await;
    }
}
