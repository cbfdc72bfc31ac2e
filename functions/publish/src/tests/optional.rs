//! Publishing where some of it may be lacking: a target that fails, a gate that did not pass.

use super::faults::polite_call;
use super::*;
use domain::fakes::every_fault;
use domain::pipeline::OnError;
use domain::record::{PublicationState, Skipped};
use domain::skip::{Lost, lost};
use domain::state::StepState;

/// A job that publishes to two targets, of which the second may fail.
fn two() -> JobView {
    let mut job = s3();
    let mut hook = job.pipeline.step("publish").unwrap().clone();
    hook.name = "tell".into();
    hook.on_error = OnError::Skip;
    hook.with["target"] = json!({ "kind": "webhook", "url": "https://example.com/hook" });
    job.pipeline.steps.push(hook);
    job.plan = job.pipeline.plan();
    job
}

fn refused() -> Option<Outcome> {
    Some(Outcome::Refused(Refusal::Never, "410 Gone".into()))
}

/// A job one gate of which did not pass, and may have not.
fn closed() -> JobView {
    let mut job = two();
    let good = job.steps.get_mut("good").unwrap();
    good.state = StepState::Skipped;
    good.verdict.as_mut().unwrap()["verdict"] = json!("fail");
    good.skipped = Some(Skipped { run: 1, reason: "too dark".into(), error: true });
    job
}

#[tokio::test]
async fn one_of_two_targets_may_fail_and_the_other_has_it() {
    let job = two();
    let world = world(&job);
    let told = call_with(&world, publish_call(&job), refused()).await.unwrap();
    assert_eq!(told["ok"], true);
    assert_eq!(public(&world).len(), 4);
    let view = view(&world, &job).await;
    let tell = view.step("tell");
    assert_eq!(
        (tell.state, view.step("publish").state),
        (StepState::Skipped, StepState::Succeeded)
    );
    assert_eq!(tell.error.as_deref(), Some("410 Gone"));
    assert_eq!(view.job.degraded[0].step, "tell");
    let again = call_with(&world, publish_call(&job), None).await.unwrap();
    assert_eq!(again["ok"], true, "and nothing is sent twice");
    assert!(!public(&world).iter().any(|key| key.starts_with("received/")));
}

#[tokio::test]
async fn nothing_goes_out_after_a_gate_that_was_skipped() {
    let job = closed();
    let world = world(&job);
    assert_eq!(call(&world, &job).await.unwrap()["ok"], true);
    assert!(public(&world).is_empty());
    let view = view(&world, &job).await;
    for step in ["publish", "tell"] {
        let skipped = view.step(step).skipped.unwrap();
        assert_eq!(skipped.reason, "comes after good, which did not pass");
    }
    assert_eq!(view.job.degraded.len(), 2);
}

#[tokio::test]
async fn what_a_skipped_gate_judged_stays_here_even_if_the_publish_does_not_wait_for_it() {
    let mut job = closed();
    for step in job.pipeline.steps.iter_mut().filter(|step| step.name == "publish") {
        step.after.retain(|name| name != "good");
    }
    let world = world(&job);
    assert_eq!(call(&world, &job).await.unwrap()["ok"], true);
    assert!(public(&world).is_empty());
    let skipped = view(&world, &job).await.step("publish").skipped.unwrap();
    assert_eq!(skipped.reason, "good did not pass what it would publish");
}

#[tokio::test]
async fn bytes_that_no_verdict_covers_reject_the_job_whatever_was_skipped() {
    let mut job = s3();
    for gate in ["good", "safe"] {
        job.steps.get_mut(gate).unwrap().verdict.as_mut().unwrap()["subjects"] = json!([]);
    }
    let world = world(&job);
    assert_eq!(call(&world, &job).await.unwrap()["end"], "rejected");
}

#[tokio::test]
async fn any_call_to_the_world_may_fail_where_something_may_be_lacking() {
    for job in [two(), closed()] {
        let prepare = async || world(&job);
        let act =
            async |world: &World| call_with(world, publish_call(&job), refused()).await.map(|_| ());
        let look = |world: &World| {
            let steps = ["publish", "tell"].map(|step| {
                let key = StepRecord::key(&job.job.id, step);
                let item = world.table.peek(&key);
                item.map(|item| item["state"].clone())
            });
            format!("{steps:?} {:?}", public(world))
        };
        every_fault(prepare, act, look).await;
    }
}

/// A job whose publish step may be lacking.
fn optional() -> JobView {
    let mut job = s3();
    let publish = job.pipeline.steps.iter_mut().find(|step| step.name == "publish");
    publish.unwrap().on_error = OnError::Skip;
    job
}

#[tokio::test]
async fn what_was_sent_when_its_step_is_given_up_is_on_the_ledger_and_nothing_more_is_sent() {
    let job = optional();
    let given_up = Lost { call: publish_call(&job), lost: "States.Timeout".into() };
    let mut ends = std::collections::BTreeSet::new();
    for (pace, wait) in (1..4).flat_map(|pace| (0..14).map(move |wait| (pace, wait))) {
        let world = world(&job);
        let giving_up = async {
            for _ in 0..wait {
                tokio::task::yield_now().await;
            }
            lost(&world.table, &world.queue, &given_up, NOW).await
        };
        let (sent, given_up) = tokio::join!(polite_call(&world, &job, pace), giving_up);
        assert_eq!((&sent.unwrap()["ok"], &given_up.unwrap()["ok"]), (&json!(true), &json!(true)));
        let state = step(&world, &job).await.state;
        let publications = publications(&world, &job).await;
        let there = publications.iter().filter(|one| one.state == PublicationState::Done).count();
        assert_eq!((public(&world).len(), publications.len()), (there, there));
        assert_eq!(
            view(&world, &job).await.job.degraded.len(),
            usize::from(state == StepState::Skipped)
        );
        ends.insert((state, there));
        let before = world.listing();
        assert_eq!(call(&world, &job).await.unwrap()["ok"], true, "a call that comes late");
        assert_eq!(world.listing(), before);
    }
    let (skipped, done) = (StepState::Skipped, StepState::Succeeded);
    assert_eq!(ends, [(done, 4), (skipped, 0), (skipped, 4)].into());
}

/// A job whose second target is behind a condition.
fn conditioned(when: &str) -> JobView {
    let mut job = two();
    for step in job.pipeline.steps.iter_mut().filter(|step| step.name == "tell") {
        (step.when, step.on_error) = (Some(when.into()), OnError::Fail);
    }
    job
}

#[tokio::test]
async fn a_target_behind_a_condition_gets_something_where_it_is_true_and_only_there() {
    for (when, state, there) in [
        ("labels.campaign == 'spring'", StepState::Succeeded, 8),
        ("labels.campaign == 'autumn'", StepState::Skipped, 4),
    ] {
        let job = conditioned(when);
        let world = world(&job);
        assert_eq!(call(&world, &job).await.unwrap()["ok"], true);
        let view = view(&world, &job).await;
        assert_eq!((view.step("tell").state, public(&world).len()), (state, there));
        assert!(view.job.degraded.is_empty());
        assert_eq!(view.step("publish").state, StepState::Succeeded);
    }
    let job = conditioned("labels.team == 'x'");
    let world = world(&job);
    assert_eq!(call(&world, &job).await.unwrap()["end"], "failed");
}

#[tokio::test]
async fn what_no_gate_judged_because_of_a_condition_is_not_sent_even_if_the_publish_does_not_wait()
{
    let mut job = s3();
    for gate in ["good", "safe"] {
        let record = job.steps.get_mut(gate).unwrap();
        (record.state, record.verdict) = (StepState::Skipped, None);
        let reason = "when: false".into();
        record.skipped = Some(Skipped { run: 1, reason, error: false });
    }
    let waits = world(&job);
    assert_eq!(call(&waits, &job).await.unwrap()["ok"], true);
    let skipped = step(&waits, &job).await.skipped.unwrap();
    assert_eq!(skipped.reason, "comes after good, which did not pass");
    for step in job.pipeline.steps.iter_mut().filter(|step| step.name == "publish") {
        step.after.clear();
    }
    let hurries = world(&job);
    assert_eq!(call(&hurries, &job).await.unwrap()["end"], "rejected");
    assert!(public(&waits).is_empty() && public(&hurries).is_empty());
}
