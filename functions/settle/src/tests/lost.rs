//! Calls of the machine that came to no answer: each step ends as its `on_error` says, once, whatever comes late.

use super::*;
use domain::call::Call;
use domain::fakes::{Overtaken, Polite};
use domain::record::{Degraded, Told};
use domain::skip::{Turn, turn};

const CHAIN: &str = r#"
name: chain
inputs: { prompt: { type: text } }
budget_usd: 1
steps:
  plain: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}" } }
  fancy: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}" }, after: [plain] }
  small: { kind: image.convert, with: { image: "{{ plain.image }}", format: png }, after: [fancy] }
  good: { kind: gate.quality, with: { images: ["{{ small.image }}", "{{ fancy.image }}"] } }
  fine: { kind: gate.quality, with: { images: "{{ small.image }}", min_width: 64 } }
  publish: { kind: publish, with: { assets: ["{{ small.image }}", "{{ fancy.image }}"], target: { kind: s3 } }, after: [good, fine] }
"#;
const STEPS: [(&str, usize); 4] = [("fancy", 1), ("small", 2), ("good", 3), ("publish", 4)];
const DONE: [(&str, usize); 5] =
    [("plain", 0), ("fancy", 1), ("small", 2), ("good", 3), ("fine", 3)];
const WHY: &str = "its function gave no answer: Lambda.Unknown";
const UNSENT: &str = "it did not get to its lane: Lambda.Unknown";

/// A world in which everything before a step was done, and the step may be under way.
async fn before(step: &str, on_error: &str) -> (World, JobId) {
    let world = World::default();
    world.host("host-a", 1).await;
    let wave = wave_of(step);
    let line = |line: &str| match line.trim_start().starts_with(&format!("{step}:")) {
        true => line.replacen("{ kind", &format!("{{ on_error: {on_error}, kind"), 1),
        false => line.to_owned(),
    };
    let text: Vec<String> = CHAIN.lines().map(line).collect();
    let job = world.job(1, &text.join("\n"), json!({ "prompt": "a fox" })).await;
    for (name, of) in DONE.into_iter().filter(|(_, of)| *of < wave) {
        let mut record = StepRecord::pending(name, 1);
        record.state = StepState::Succeeded;
        record.outputs.insert("image".into(), vec![AssetId::new(&job, name, "1", of)]);
        world.table.plant(Write::put(StepRecord::key(&job, name), &record).unwrap());
    }
    if step == "fancy" {
        world.lanes().take(&world.message(&job, 1), NOW).await.unwrap();
        world.lanes().fill(GPU, NOW).await.unwrap();
    }
    (world, job)
}

fn wave_of(step: &str) -> usize {
    STEPS.iter().find(|(name, _)| *name == step).unwrap().1
}

fn input(job: &JobId, wave: usize, why: &str) -> Lost {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into();
    let call = Call { job: job.clone(), run: 1, round: 1, wave, item: 0, traceparent, event: 1 };
    Lost { call, lost: why.into() }
}

async fn settled(world: &World, lost: Lost) -> Result<Value> {
    let input = Input::Lost(lost);
    handle(&world.lanes(), &world.notices, input, NOW.plus_s(9)).await.map(|(told, _)| told)
}

async fn lose(world: &World, job: &JobId, step: &str) -> Value {
    settled(world, input(job, wave_of(step), "Lambda.Unknown")).await.unwrap()
}

async fn view(world: &World, job: &JobId) -> JobView {
    JobView::expect(&world.table, job).await.unwrap()
}

#[tokio::test]
async fn a_lost_step_that_may_be_lacking_is_skipped_and_the_job_says_so() {
    for (step, _) in STEPS.into_iter().filter(|(step, _)| *step != "good") {
        let (world, job) = before(step, "skip").await;
        let told = lose(&world, &job, step).await;
        let view = view(&world, &job).await;
        let record = view.step(step);
        assert_eq!((record.state, view.job.state), (StepState::Skipped, JobState::Running));
        let reason = if step == "fancy" { UNSENT } else { WHY }.to_owned();
        assert_eq!(record.error.as_ref(), Some(&reason));
        assert_eq!(view.job.degraded, [Degraded { step: step.into(), reason }]);
        let last = domain::event::read(&world.table, &job, 0, 100).await.unwrap().pop().unwrap();
        assert_eq!((last.kind.as_str(), last.step.as_deref()), ("step.skipped", Some(step)));
        assert_eq!(told, json!({ "ok": true, "event": last.n }));
        assert_eq!(lose(&world, &job, step).await, json!({ "ok": true }), "and says so again");
    }
}

#[tokio::test]
async fn a_lost_step_that_may_not_be_lacking_ends_the_job_and_is_its_reason() {
    for (step, _) in STEPS {
        let (world, job) = before(step, "fail").await;
        assert_eq!(lose(&world, &job, step).await["end"], "failed");
        assert_eq!(lose(&world, &job, step).await["end"], "failed", "and says so again");
        let ended = end(&job, JobState::Failed);
        handle(&world.lanes(), &world.notices, ended, NOW.plus_s(9)).await.unwrap();
        let record = job_record(&world, &job).await;
        let why = if step == "fancy" { UNSENT } else { WHY };
        assert_eq!(record.reason, Some(format!("{step}: {why}")));
        assert!(record.degraded.is_empty() && record.retryable());
    }
}

#[tokio::test]
async fn what_stands_in_gives_its_outputs_for_a_lost_step() {
    for (step, used) in [("fancy", "plain"), ("small", "plain")] {
        let (world, job) = before(step, &format!("{{ use: {used} }}")).await;
        assert_eq!(lose(&world, &job, step).await["ok"], true);
        let view = view(&world, &job).await;
        let record = view.step(step);
        assert_eq!((record.state, record.used.as_deref()), (StepState::Succeeded, Some(used)));
        assert_eq!(record.outputs, view.step(used).outputs);
        assert!(view.job.degraded[0].reason.starts_with("plain was used instead: "));
    }
}

#[tokio::test]
async fn nobody_passes_through_a_lost_gate_and_one_that_must_pass_ends_the_job() {
    let (world, job) = before("good", "skip").await;
    assert_eq!(lose(&world, &job, "good").await["end"], "failed", "the other gate must pass");
    let (world, job) = before("good", "skip").await;
    let fine = json!({ "name": "fine", "round": 1, "state": "succeeded", "verdict": { "verdict": "pass" } });
    tamper(&world, &StepRecord::key(&job, "fine"), fine);
    assert_eq!(lose(&world, &job, "good").await["ok"], true);
    let view = view(&world, &job).await;
    assert_eq!((view.step("good").state, view.step("good").verdict), (StepState::Skipped, None));
    let Turn::Not(ending) = turn(&view, "publish", 1).unwrap() else { panic!("it went through") };
    assert_eq!(ending.event(NOW).data["reason"], "comes after good, which did not pass");
}

#[tokio::test]
async fn what_was_done_before_its_answer_was_lost_counts() {
    for (step, _) in STEPS {
        for outcome in [json!({ "ok": true }), json!({ "goto": 0, "round": 2 })] {
            let (world, job) = before(step, "skip").await;
            let steps = if step == "good" { &["good", "fine"][..] } else { &[step] };
            for name in steps {
                let mut record = StepRecord::pending(name, 1);
                record.state = StepState::Succeeded;
                record.told = Some(Told { round: 1, outcome: outcome.clone() });
                world.table.plant(Write::put(StepRecord::key(&job, name), &record).unwrap());
            }
            let before = world.listing();
            assert_eq!(lose(&world, &job, step).await, outcome);
            assert_eq!(world.listing(), before);
        }
    }
}

#[tokio::test]
async fn a_render_under_way_is_told_to_stop_and_a_late_success_changes_the_ledger_alone() {
    for (on_error, state) in [("skip", StepState::Skipped), ("fail", StepState::Failed)] {
        let (world, job) = before("fancy", on_error).await;
        lose(&world, &job, "fancy").await;
        let attempt = AttemptId::new(&job, "fancy", 1);
        assert!(world.queue.sent().contains(&(json!({ "stop": attempt }), 0)));
        world.lanes().report(&world.success(&attempt, 1), NOW.plus_s(12)).await.unwrap();
        let after = view(&world, &job).await;
        assert_eq!((after.step("fancy").state, after.job.spent.usd()), (state, 0.0006));
        assert_eq!(after.attempts[0].state, AttemptState::Succeeded);
        assert!(after.step("fancy").outputs.is_empty() && after.assets.len() == 1);
    }
}

#[tokio::test]
async fn work_that_gets_to_its_lane_after_all_is_not_paid() {
    let world = World::default();
    world.host("host-a", 1).await;
    let text = CHAIN.replace("prompt }}\" } }", "prompt }}\" }, on_error: skip }");
    let job = world.job(1, &text, json!({ "prompt": "a fox" })).await;
    let told = settled(&world, input(&job, 0, "SQS.SdkClientException")).await.unwrap();
    assert_eq!(told["ok"], true);
    world.lanes().take(&world.message(&job, 0), NOW.plus_s(10)).await.unwrap();
    world.lanes().fill(GPU, NOW.plus_s(10)).await.unwrap();
    assert!(view(&world, &job).await.attempts.is_empty() && world.hosts.renders().is_empty());
}

#[tokio::test]
async fn a_wait_that_ran_out_expires_its_step() {
    let (world, job) = before("fancy", "fail").await;
    let told = settled(&world, input(&job, 1, "States.Timeout")).await.unwrap();
    assert_eq!(told["end"], "expired");
    let step = view(&world, &job).await.step("fancy");
    let why = "nobody said in time what became of it";
    assert_eq!((step.state, step.error.as_deref()), (StepState::Expired, Some(why)));
}

#[tokio::test]
async fn a_lost_step_of_a_canceled_job_or_of_an_earlier_run_changes_nothing() {
    for (fields, end) in
        [(json!({ "state": "canceling" }), "canceled"), (json!({ "run": 2 }), "canceled")]
    {
        let (world, job) = before("small", "skip").await;
        tamper(&world, &JobRecord::key(&job), fields);
        let before = world.listing();
        assert_eq!(lose(&world, &job, "small").await, json!({ "end": end }));
        assert_eq!(world.listing(), before);
    }
}

#[tokio::test]
async fn a_call_that_no_step_belongs_to_is_invalid() {
    let (world, job) = before("small", "skip").await;
    let error = settled(&world, input(&job, 9, "Fault")).await.unwrap_err();
    assert_eq!(error.to_string(), format!("job {job} has no step at wave 9, item 0"));
}

#[tokio::test]
async fn of_an_answer_and_its_loss_at_the_same_time_one_counts() {
    for (step, wave) in [("fancy", 1), ("small", 2), ("publish", 4)] {
        let (world, job) = before(step, "skip").await;
        let mut record = view(&world, &job).await.step(step);
        record.state = StepState::Succeeded;
        let answer = Write::put(StepRecord::key(&job, step), &record).unwrap();
        let table = Overtaken::by(&world, async { world.table.plant(answer) });
        let lanes = Lanes { table: &table, ..world.lanes() };
        let lost = Input::Lost(input(&job, wave, "Lambda.Unknown"));
        let (told, _) = handle(&lanes, &world.notices, lost, NOW.plus_s(9)).await.unwrap();
        assert_eq!(told, json!({ "ok": true }), "{step}");
        let view = view(&world, &job).await;
        assert_eq!(view.step(step).state, StepState::Succeeded);
        assert!(view.job.degraded.is_empty());
    }
}

#[tokio::test]
async fn every_call_of_a_loss_may_fail_both_ways() {
    for (step, wave) in STEPS {
        for on_error in ["skip", "fail", "{ use: plain }"] {
            if on_error.contains("use") && 2 < wave {
                continue;
            }
            let prepare = async || before(step, on_error).await.0;
            let act = async |world: &World| {
                settled(world, input(&job_of_scene(), wave, "Lambda.Unknown")).await.map(drop)
            };
            every_fault(prepare, act, World::listing).await;
        }
    }
}

#[tokio::test]
async fn twins_of_a_loss_write_once_and_are_told_the_same() {
    for (one, two) in (0..4).flat_map(|one| (0..4).map(move |two| (one, two))) {
        for (step, wave) in STEPS {
            let (world, job) = before(step, "skip").await;
            let call = async |wait: usize| {
                let table = Polite(&world, wait);
                let lanes = Lanes { table: &table, ..world.lanes() };
                let lost = Input::Lost(input(&job, wave, "Lambda.Unknown"));
                let told = handle(&lanes, &world.notices, lost, NOW.plus_s(9)).await;
                let mut told = told.unwrap().0;
                told.as_object_mut().unwrap().remove("event");
                told
            };
            let (first, second) = tokio::join!(call(one), call(two));
            assert_eq!(first, second);
            let (alone, job) = before(step, "skip").await;
            lose(&alone, &job, step).await;
            assert_eq!(world.listing(), alone.listing());
        }
    }
}
