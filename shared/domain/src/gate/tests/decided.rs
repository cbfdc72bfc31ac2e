//! What a job does with verdicts, within the bounds of attempts and money.

use crate::Time;
use crate::call::Call;
use crate::gate::{Decision, Judged, Judgement, Verdict, answered, change, decide};
use crate::id::JobId;
use crate::money::MicroUsd;
use crate::pipeline::Pipeline;
use crate::record::{JobRecord, StepRecord, Told};
use crate::state::{JobState, StepState};
use crate::view::{JobView, PlanRecord};
use serde_json::json;
use std::collections::BTreeMap;

pub(super) const PIPELINE: &str = "
name: hero
inputs: { prompt: { type: text } }
budget_usd: 0.50
steps:
  words: { kind: gate.moderation, with: { prompt: '{{ inputs.prompt }}' } }
  other: { kind: image.generate, with: { prompt: '{{ inputs.prompt }}' } }
  generate: { kind: image.generate, with: { prompt: '{{ inputs.prompt }}' }, after: [words] }
  large: { kind: image.upscale, with: { image: '{{ generate.image }}', factor: 2 } }
  safe: { kind: gate.moderation, with: { images: ['{{ large.image }}', '{{ other.image }}'], accept_unjudged: true } }
  good:
    kind: gate.quality
    with: { images: '{{ large.image }}' }
    on_fail: { retry: generate, attempts: 2, budget_usd: 0.20 }
  fine: { kind: gate.quality, with: { images: '{{ other.image }}' } }
  ladder: { kind: image.resize, with: { image: '{{ large.image }}', widths: [480] } }
  publish:
    kind: publish
    with: { assets: ['{{ ladder.images }}', '{{ other.image }}'], target: { kind: s3 } }
    after: [safe, good, fine]
";

fn job() -> JobId {
    JobId::parse("j01hf7yat000e1c70w3gh0s6r2w").unwrap()
}

/// A job whose gates are next: everything before them has succeeded.
fn view(spent: i64) -> JobView {
    view_of(PIPELINE, spent)
}

pub(super) fn view_of(pipeline: &str, spent: i64) -> JobView {
    let pipeline = Pipeline::parse(pipeline).unwrap();
    let record = json!({
        "id": job(), "tenant": "acme", "state": "running", "run": 1, "round": 1, "pipeline": "hero",
        "inputs": { "prompt": "a fox" }, "budget": 500_000, "spent": spent, "created_at": 0,
        "updated_at": 0, "traceparent": "00-0-0-01", "tenant_jobs": "acme", "sk_job": job(),
    });
    let job: JobRecord = serde_json::from_value(record).unwrap();
    let mut steps = BTreeMap::new();
    for name in ["words", "other", "generate", "large"] {
        let mut step = StepRecord::pending(name, 1);
        (step.state, step.attempts) = (StepState::Succeeded, 1);
        steps.insert(name.to_owned(), step);
    }
    let plan = PlanRecord { plan: pipeline.plan(), pipeline, mandate: None };
    JobView { steps, ..JobView::fresh(job, plan) }
}

pub(super) fn call(view: &JobView) -> Call {
    Call {
        job: job(),
        run: view.job.run,
        round: view.job.round,
        wave: view.plan.wave_of("good").unwrap(),
        item: 0,
        traceparent: String::new(),
        event: 9,
    }
}

pub(super) fn judged(verdicts: &[(&str, Verdict)]) -> Vec<Judged> {
    let one = |(gate, verdict): &(&str, Verdict)| {
        let mut judgement = Judgement::new(&[]);
        if *verdict != Verdict::Pass {
            judgement.object(*verdict, format!("why {gate} did not pass"));
        }
        Judged::new(*gate, judgement)
    };
    verdicts.iter().map(one).collect()
}

use Verdict::{Fail, Pass, Review};

#[track_caller]
fn ends(verdicts: &[(&str, Verdict)], expected: &str) {
    let view = view(0);
    let decision = decide(&view, &call(&view), &mut judged(verdicts));
    assert_eq!(decision, Decision::End { reason: expected.into() });
}

fn back(view: &JobView) -> Decision {
    decide(view, &call(view), &mut judged(&[("safe", Pass), ("good", Fail), ("fine", Pass)]))
}

fn goes_back(view: &JobView) -> bool {
    matches!(back(view), Decision::Back { .. })
}

/// Lets `good` have sent the flow back so often in that run, the first time when so much was spent.
pub(super) fn looped(mut view: JobView, run: u32, count: u32, spent_before: i64) -> JobView {
    let mut step = StepRecord::pending("good", 1);
    step.verdict = Some(json!({
        "verdict": "superseded",
        "loops": { "run": run, "count": count, "spent_before": spent_before },
    }));
    view.steps.insert("good".into(), step);
    view
}

#[test]
fn all_pass_and_the_job_goes_on() {
    let view = view(0);
    let mut judged = judged(&[("safe", Pass), ("good", Pass), ("fine", Pass)]);
    assert_eq!(decide(&view, &call(&view), &mut judged), Decision::Go);
}

#[test]
fn a_fail_outranks_a_review_and_ends_the_job() {
    let all = |safe, good, fine| [("safe", safe), ("good", good), ("fine", fine)];
    ends(&all(Fail, Pass, Pass), "safe: why safe did not pass");
    ends(&all(Review, Pass, Fail), "fine: why fine did not pass");
    // Another try would be paid, and change nothing about these.
    ends(&all(Pass, Fail, Fail), "fine: why fine did not pass");
}

#[test]
fn what_is_unsure_asks_people_and_waits_while_its_neighbour_is_made_again() {
    let asks = |all: &[(&str, Verdict)]| {
        let view = view(0);
        decide(&view, &call(&view), &mut judged(all))
    };
    let unsure = asks(&[("safe", Review), ("good", Pass), ("fine", Review)]);
    assert_eq!(
        (unsure.asks("safe"), unsure.asks("good"), unsure.asks("fine")),
        (Some(0), None, Some(0))
    );
    let again = asks(&[("safe", Pass), ("good", Fail), ("fine", Review)]);
    let Decision::Back { steps, .. } = again else { panic!("{again:?}") };
    assert!(
        steps.contains("fine") && steps.contains("generate"),
        "it is judged when the flow comes by again"
    );
}

#[test]
fn a_gate_that_asks_waits_and_the_others_are_done() {
    let view = view(0);
    let call = call(&view);
    let mut judged = judged(&[("safe", Review), ("good", Pass), ("fine", Pass)]);
    let decision = decide(&view, &call, &mut judged);
    let change =
        change(&call, &view, (&judged, Vec::new()), &decision, (Time(4), Time(5))).unwrap();
    assert_eq!(change.outcome, json!({ "review": 1 }));
    let kinds: Vec<&str> = change.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["gate.verdict", "review.requested", "gate.verdict", "gate.verdict"]);
    let puts = change.writes[1..].iter().map(|write| match &write.change {
        crate::store::Change::Put(item) => {
            (write.key.sk.as_str(), item["state"].as_str().unwrap().to_owned())
        }
        _ => panic!("not whole"),
    });
    let expected = [
        ("STEP#fine", "succeeded"),
        ("STEP#good", "succeeded"),
        ("STEP#safe", "waiting"),
        ("REVIEW#safe#000001", "open"),
    ];
    assert_eq!(puts.collect::<Vec<_>>(), expected.map(|(sk, state)| (sk, state.to_owned())));
}

#[test]
fn a_fail_with_tries_left_goes_back_with_all_that_waits_for_the_step() {
    let view = view(1000);
    let Decision::Back { wave, round, steps, .. } = back(&view) else { panic!("it ends") };
    assert_eq!((Some(wave), round), (view.plan.wave_of("generate"), 2));
    let expected = ["generate", "good", "ladder", "large", "publish", "safe"];
    assert_eq!(steps.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[test]
fn a_review_of_what_is_made_again_waits_for_the_next_one() {
    let view = view(0);
    let mut judged = judged(&[("safe", Review), ("good", Fail), ("fine", Pass)]);
    assert!(matches!(decide(&view, &call(&view), &mut judged), Decision::Back { .. }));
}

#[test]
fn the_number_of_tries_is_bounded_per_run() {
    assert!(goes_back(&looped(view(0), 1, 1, 0)));
    assert!(!goes_back(&looped(view(0), 1, 2, 0)));
    let Decision::End { reason } = back(&looped(view(0), 1, 2, 0)) else { panic!("it goes on") };
    let expected = "good: why good did not pass (sent back 2 times, as often as it may be)";
    assert_eq!(reason, expected);
    let mut second_run = looped(view(0), 1, 2, 0);
    (second_run.job.run, second_run.job.round) = (2, 4);
    assert!(goes_back(&second_run), "a retried job has its tries again");
}

#[test]
fn the_money_for_tries_is_bounded() {
    // One way from generate to good costs at least 200 + 100 microdollars.
    assert!(goes_back(&looped(view(199_700), 1, 1, 0)));
    assert!(!goes_back(&looped(view(199_701), 1, 1, 0)));
    assert!(goes_back(&looped(view(299_000), 1, 1, 100_000)), "what came before is not counted");
    assert!(goes_back(&view(499_700)), "nothing was repeated yet");
    assert!(!goes_back(&view(499_701)), "the job's own budget counts too");
}

#[test]
fn a_try_that_will_not_fit_is_not_begun() {
    let attempt = json!({
        "id": format!("{}.generate.1", job()), "state": "succeeded", "host": "a", "address": "", "slot": "s",
        "usd_per_slot_second": 400, "started_at": 0, "usd": 150_000,
        "work": {
            "attempt": format!("{}.generate.1", job()), "tenant": "acme", "round": 1, "lane": "gpu",
            "kind": "image.generate", "params": {}, "inputs": {}, "outputs": {}, "last_attempt": 3,
            "enqueued_at": 0, "not_before": 0, "deadline_at": 0, "stall_s": 60, "traceparent": "",
        },
    });
    let mut first = view(150_000);
    first.attempts.push(serde_json::from_value(attempt).unwrap());
    assert!(goes_back(&first), "a second one fits into the $0.20");
    let mut second = looped(first, 1, 1, 150_000);
    second.job.spent = MicroUsd(300_000);
    let Decision::End { reason } = back(&second) else { panic!("it goes on") };
    let expected =
        "good: why good did not pass (another try costs about $0.1501, and $0.05 is left for it)";
    assert_eq!(reason, expected);
}

#[test]
fn going_back_resets_what_waits_and_keeps_what_does_not() {
    let view = view(1000);
    let call = call(&view);
    let mut judged = judged(&[("safe", Pass), ("good", Fail), ("fine", Pass)]);
    let decision = decide(&view, &call, &mut judged);
    let change =
        change(&call, &view, (&judged, Vec::new()), &decision, (Time(4), Time(5))).unwrap();
    let goto = view.plan.wave_of("generate").unwrap();
    assert_eq!(change.outcome, json!({"goto": goto, "round": 2}));
    let record = |step: &str| -> Option<StepRecord> {
        let key = StepRecord::key(&job(), step);
        let write = change.writes.iter().find(|write| write.key == key)?;
        let crate::store::Change::Put(item) = &write.change else { panic!("not whole") };
        Some(crate::store::from_item(item).unwrap())
    };
    let generate = record("generate").unwrap();
    assert_eq!((generate.state, generate.round), (StepState::Pending, 2));
    assert_eq!((generate.attempts, generate.attempts_before), (1, 1));
    let good = record("good").unwrap();
    assert_eq!((good.state, good.round), (StepState::Pending, 2));
    assert_eq!(good.told, Some(Told { round: 1, outcome: change.outcome.clone() }));
    let loops = json!({"run": 1, "count": 1, "spent_before": 1000});
    let verdict = good.verdict.unwrap();
    assert_eq!((&verdict["verdict"], &verdict["loops"]), (&json!("superseded"), &loops));
    assert_eq!(verdict["kept"]["round"], 1, "the best try so far");
    let safe = record("safe").unwrap();
    assert_eq!((safe.state, safe.verdict), (StepState::Pending, None));
    let fine = record("fine").unwrap();
    assert_eq!((fine.state, fine.round), (StepState::Succeeded, 1), "its picture is kept");
    assert_eq!(record("other"), None);
    assert_eq!(record("ladder"), None, "never taken up, so there is nothing to reset");
    assert_eq!(change.events.len(), 3);
}

#[test]
fn a_verdict_that_ends_the_job_fails_its_gate_and_keeps_the_others() {
    let view = view(0);
    let call = call(&view);
    let mut judged = judged(&[("safe", Fail), ("good", Pass), ("fine", Pass)]);
    let decision = decide(&view, &call, &mut judged);
    let change =
        change(&call, &view, (&judged, Vec::new()), &decision, (Time(4), Time(5))).unwrap();
    assert_eq!(change.outcome, json!({"end": "rejected"}));
    let states: Vec<_> = change.writes[1..]
        .iter()
        .map(|write| match &write.change {
            crate::store::Change::Put(item) => {
                (item["name"].as_str().unwrap(), item["state"].as_str().unwrap())
            }
            _ => panic!("not whole"),
        })
        .collect();
    assert_eq!(states, [("fine", "succeeded"), ("good", "succeeded"), ("safe", "failed")]);
}

#[test]
fn a_wave_is_answered_as_one() {
    let mut view = view(0);
    let first = call(&view);
    let gates = ["safe", "good", "fine"].map(str::to_owned).to_vec();
    assert_eq!(answered(&first, &view, &gates), Err(gates.clone()));
    let mut fine = StepRecord::pending("fine", 1);
    fine.state = StepState::Succeeded;
    fine.told = Some(Told { round: 1, outcome: json!({"goto": 1, "round": 2}) });
    view.steps.insert("fine".into(), fine);
    assert_eq!(answered(&first, &view, &gates), Ok(json!({"goto": 1, "round": 2})));
    // In the next round, what was kept is not judged again.
    view.job.round = 2;
    let second = call(&view);
    let open = ["safe", "good"].map(str::to_owned).to_vec();
    assert_eq!(answered(&second, &view, &gates), Err(open));
    assert_eq!(answered(&first, &view, &["safe".into()]), Ok(json!({"end": "canceled"})));
    view.job.state = JobState::Canceling;
    assert_eq!(answered(&second, &view, &gates), Ok(json!({"end": "canceled"})));
}
