//! Ends of jobs that went on without some of their steps, and what a retry of them attempts.

use super::*;
use domain::record::Degraded;

const TWO: &str = r#"
name: two
inputs: { prompt: { type: text } }
budget_usd: 1
steps:
  plain: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}" } }
  fancy: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}" }, after: [plain], on_error: skip }
  good: { kind: gate.quality, with: { images: ["{{ plain.image }}", "{{ fancy.image }}"] } }
  publish: { kind: publish, with: { assets: ["{{ plain.image }}", "{{ fancy.image }}"], target: { kind: s3 } }, after: [good] }
"#;

/// A world in which the deadline of `fancy` passed, and the sweep was there.
async fn expired() -> (World, JobId) {
    let (world, job) = under_way().await;
    handle(&world.lanes(), &world.notices, Input::Sweep, NOW.plus_s(700)).await.unwrap();
    (world, job)
}

async fn under_way() -> (World, JobId) {
    let world = World::default();
    world.host("host-a", 1).await;
    let job = world.job(1, TWO, json!({ "prompt": "a fox" })).await;
    done(&world, &job, &["plain"], 1);
    world.lanes().take(&world.message(&job, 1), NOW).await.unwrap();
    world.lanes().fill(GPU, NOW).await.unwrap();
    (world, job)
}

fn done(world: &World, job: &JobId, steps: &[&str], round: u32) {
    for step in steps {
        let mut record = StepRecord::pending(step, round);
        record.state = StepState::Succeeded;
        record.outputs.insert("image".into(), vec![AssetId::new(job, step, "1", 0)]);
        world.table.plant(Write::put(StepRecord::key(job, step), &record).unwrap());
    }
}

fn lacking() -> Vec<Degraded> {
    vec![Degraded { step: "fancy".into(), reason: "its deadline passed".into() }]
}

#[tokio::test]
async fn a_step_that_may_be_lacking_is_skipped_when_its_deadline_passes() {
    let (world, job) = expired().await;
    let view = JobView::expect(&world.table, &job).await.unwrap();
    assert_eq!(view.step("fancy").state, StepState::Skipped);
    assert_eq!(view.job.degraded, lacking());
    let told = world.flow.completed()[&format!("token-{job}-1-1")].clone();
    assert_eq!(told["ok"], true);
}

#[tokio::test]
async fn every_call_of_such_a_sweep_may_fail_both_ways() {
    let prepare = async || under_way().await.0;
    let act = async |world: &World| {
        handle(&world.lanes(), &world.notices, Input::Sweep, NOW.plus_s(700)).await.map(drop)
    };
    let look = |world: &World| {
        let step = world.table.peek(&StepRecord::key(&job_of_scene(), "fancy"));
        let told = world.flow.completed().into_values().map(|told| told["ok"].clone());
        format!("{:?} {:?}", step.map(|step| step["state"].clone()), told.collect::<Vec<_>>())
    };
    every_fault(prepare, act, look).await;
}

#[tokio::test]
async fn a_success_says_what_it_lacks_and_may_be_retried() {
    let (world, job) = expired().await;
    done(&world, &job, &["good", "publish"], 1);
    handle(&world.lanes(), &world.notices, end(&job, JobState::Succeeded), NOW).await.unwrap();
    let record = job_record(&world, &job).await;
    assert_eq!((record.state, record.degraded.clone()), (JobState::Succeeded, lacking()));
    assert!(record.retryable());
    let events = domain::event::read(&world.table, &job, 0, 100).await.unwrap();
    let last = events.last().unwrap();
    assert_eq!((last.kind.as_str(), &last.data["degraded"]), ("job.succeeded", &json!(lacking())));

    job::retry(&world.table, &world.flow, &job, NOW).await.unwrap();
    let input = world.flow.started()[&job.execution(2)].clone();
    assert_eq!((input["run"].clone(), input["from"].clone()), (json!(2), json!(1)));
    let view = JobView::expect(&world.table, &job).await.unwrap();
    assert!(view.job.degraded.is_empty() && view.settled("plain", 2));
    assert!(!view.settled("fancy", 2) && view.settled("publish", 2));
    // Once it is there, whatever was made without it is made again.
    done(&world, &job, &["fancy"], 2);
    let view = JobView::expect(&world.table, &job).await.unwrap();
    assert!(!view.settled("publish", 2) && !view.settled("good", 2));
}

#[tokio::test]
async fn a_job_of_which_nothing_was_published_for_errors_failed() {
    let (world, job) = expired().await;
    done(&world, &job, &["good"], 1);
    let mut publish = StepRecord::pending("publish", 1);
    publish.state = StepState::Skipped;
    let why = json!({ "run": 1, "reason": "needs fancy, which was skipped", "error": true });
    publish.skipped = serde_json::from_value(why).unwrap();
    world.table.plant(Write::put(StepRecord::key(&job, "publish"), &publish).unwrap());
    handle(&world.lanes(), &world.notices, end(&job, JobState::Succeeded), NOW).await.unwrap();
    let record = job_record(&world, &job).await;
    assert_eq!(record.state, JobState::Failed);
    assert_eq!(record.reason.as_deref(), Some("publish: needs fancy, which was skipped"));
}

#[tokio::test]
async fn what_was_made_after_all_is_not_lacking() {
    let (world, job) = expired().await;
    done(&world, &job, &["fancy", "good", "publish"], 1);
    handle(&world.lanes(), &world.notices, end(&job, JobState::Succeeded), NOW).await.unwrap();
    let record = job_record(&world, &job).await;
    assert!(record.degraded.is_empty() && !record.retryable());
}

#[tokio::test]
async fn every_call_of_a_degraded_end_may_fail_both_ways() {
    let prepare = async || {
        let (world, job) = expired().await;
        done(&world, &job, &["good", "publish"], 1);
        world
    };
    let act = async |world: &World| {
        handle(&world.lanes(), &world.notices, end(&job_of_scene(), JobState::Succeeded), NOW)
            .await
            .map(drop)
    };
    every_fault(prepare, act, World::listing).await;
}

#[tokio::test]
async fn an_erased_job_still_says_what_it_lacks_and_not_why() {
    let (world, job) = expired().await;
    let why = json!({ "run": 1, "reason": "when: inputs.prompt == 'a zebra'", "error": true });
    tamper(&world, &StepRecord::key(&job, "fancy"), json!({ "skipped": why }));
    done(&world, &job, &["good", "publish"], 1);
    handle(&world.lanes(), &world.notices, end(&job, JobState::Succeeded), NOW).await.unwrap();
    domain::erase::erase_job(&world.erasing(), &job, None, "asked to", NOW).await.unwrap();
    assert!(!world.listing().contains("zebra"), "{}", world.listing());
    let view = JobView::expect(&world.table, &job).await.unwrap();
    let answer = job::job_json(&view);
    assert_eq!(answer["degraded"], json!([{ "step": "fancy", "reason": "erased" }]));
}
