//! Reports in a world in memory: twice, out of order, forged, late, early, and with every call failing.

mod chunks;
mod ending;
mod hosts;
mod optional;
mod spend;
mod timings;

use super::*;
use domain::fakes::{NOW, PNG, World, every_fault};
use domain::gpu::{News, RenderError, Report};
use domain::id::JobId;
use domain::job;
use domain::lane::{GPU, incoming};
use domain::ports::Bucket;
use domain::record::{AttemptRecord, StepRecord};
use domain::sign::sign_hex;
use domain::state::{AttemptState, JobState, StepState};
use domain::store::{Write, from_item};
use domain::view::JobView;
use serde_json::json;

const HERO: &str = include_str!("../../../infra/pipelines/hero-image.yaml");

/// A world in which the first render of a job has been started.
async fn world() -> (World, AttemptId) {
    let world = World::default();
    world.host("host-a", 1).await;
    let job = world.job(1, HERO, json!({ "prompt": "a fox" })).await;
    world.lanes().take(&world.message(&job, 0), NOW).await.unwrap();
    world.lanes().fill(GPU, NOW).await.unwrap();
    (world, AttemptId::new(&job, "generate", 1))
}

async fn send(world: &World, report: &Report, at: Time) -> Result<Reply> {
    let body = serde_json::to_vec(report).unwrap();
    let timestamp = at.unix_s().to_string();
    let secret = world.settings.signing_key.derive("report", report.attempt.as_str());
    let message = [timestamp.as_bytes(), b".", &body].concat();
    let signature = format!("v1={}", sign_hex(&secret, &message));
    let signed = Signed { timestamp: &timestamp, signature: &signature };
    super::report(&world.lanes(), report.attempt.as_str(), signed, &body, at).await
}

fn answer(go_on: bool) -> Reply {
    Reply::Answer(Answer { go_on })
}

fn attempt_record(world: &World, attempt: &AttemptId) -> AttemptRecord {
    from_item(&world.table.peek(&AttemptRecord::key(attempt)).unwrap()).unwrap()
}

fn step(world: &World, attempt: &AttemptId) -> StepRecord {
    from_item(&world.table.peek(&StepRecord::key(&attempt.job(), attempt.step())).unwrap()).unwrap()
}

async fn events(world: &World, job: &JobId) -> Vec<String> {
    let events = domain::event::read(&world.table, job, 0, 100).await.unwrap();
    events.into_iter().map(|event| event.kind).collect()
}

fn failure(retryable: bool) -> News {
    let error =
        RenderError { code: "out_of_memory".into(), message: "too large".into(), retryable };
    News::Failed { error }
}

#[tokio::test]
async fn a_success_is_taken_into_custody_paid_and_told() {
    let (world, attempt) = world().await;
    let reply = send(&world, &world.success(&attempt, 1), NOW.plus_s(2)).await.unwrap();
    assert_eq!(reply, answer(false));

    let view = JobView::expect(&world.table, &attempt.job()).await.unwrap();
    let asset = view.assets.values().next().unwrap();
    let bytes = world.objects.peek(Bucket::Assets, &asset.key).unwrap().0;
    assert!(bytes.starts_with(PNG));
    assert_eq!(asset.sha256, domain::sign::sha256(&bytes));
    // 1.5 s as the host measured, at $0.0004 a second.
    assert_eq!(view.job.spent.usd(), 0.0006);
    assert_eq!(view.step("generate").state, StepState::Succeeded);
    assert_eq!(
        world.flow.completed().into_values().collect::<Vec<_>>(),
        [json!({ "ok": true, "event": 4 })]
    );
    assert_eq!(
        events(&world, &attempt.job()).await,
        ["job.accepted", "step.waiting", "step.started", "step.succeeded"]
    );
}

#[tokio::test]
async fn a_success_costs_one_read_and_one_write_of_the_table() {
    let (world, attempt) = world().await;
    let report = world.success(&attempt, 1);
    world.faults.clear();
    send(&world, &report, NOW.plus_s(2)).await.unwrap();
    // Bytes out, bytes in, one transaction, one reading of the lane, one token.
    assert_eq!(world.faults.calls(), 5);
}

#[tokio::test]
async fn reports_may_come_ten_times_and_in_any_order() {
    let (world, attempt) = world().await;
    let half = world.report(&attempt, 2, News::Progress { fraction: 0.5 });
    let early = world.report(&attempt, 1, News::Progress { fraction: 0.2 });
    let success = world.success(&attempt, 3);
    assert_eq!(send(&world, &half, NOW.plus_s(1)).await.unwrap(), answer(true));
    assert_eq!(send(&world, &early, NOW.plus_s(1)).await.unwrap(), answer(true));
    assert_eq!(attempt_record(&world, &attempt).fraction, 0.5);
    send(&world, &success, NOW.plus_s(2)).await.unwrap();
    let after = world.listing();
    for _ in 0..10 {
        for report in [&success, &half, &early] {
            assert_eq!(send(&world, report, NOW.plus_s(3)).await.unwrap(), answer(false));
        }
    }
    assert_eq!(world.listing(), after);
    assert_eq!(
        events(&world, &attempt.job()).await,
        ["job.accepted", "step.waiting", "step.started", "step.progress", "step.succeeded"]
    );
}

#[tokio::test]
async fn every_call_of_a_success_may_fail_both_ways() {
    let prepare = async || world().await.0;
    let act = async |world: &World| {
        let attempt = AttemptId::new(&JobId::new(NOW, [1; 10]), "generate", 1);
        send(world, &world.success(&attempt, 1), NOW.plus_s(2)).await.map(|_| ())
    };
    every_fault(prepare, act, World::listing).await;
}

#[tokio::test]
async fn every_call_of_a_failure_may_fail_both_ways() {
    let prepare = async || world().await.0;
    let act = async |world: &World| {
        let attempt = AttemptId::new(&JobId::new(NOW, [1; 10]), "generate", 1);
        let report = world.report(&attempt, 1, failure(false));
        send(world, &report, NOW.plus_s(2)).await.map(|_| ())
    };
    every_fault(prepare, act, World::listing).await;
}

#[tokio::test]
async fn a_forged_report_changes_nothing() {
    let (world, attempt) = world().await;
    let body = serde_json::to_vec(&world.success(&attempt, 1)).unwrap();
    let before = world.listing();
    let timestamp = NOW.unix_s().to_string();
    let cases = [
        (timestamp.as_str(), "v1=00", "Galley-Signature does not fit"),
        (timestamp.as_str(), "", "Galley-Signature does not fit"),
        ("1", "v1=00", "Galley-Timestamp is too far from now"),
        ("soon", "v1=00", "Galley-Timestamp is no number of seconds"),
    ];
    for (timestamp, signature, expected) in cases {
        let signed = Signed { timestamp, signature };
        let reply = super::report(&world.lanes(), attempt.as_str(), signed, &body, NOW).await;
        assert_eq!(reply.unwrap(), Reply::Unauthorized(expected));
    }
    assert_eq!(world.listing(), before);
}

#[tokio::test]
async fn a_context_of_another_hand_is_refused() {
    let (world, attempt) = world().await;
    let mut report = world.success(&attempt, 1);
    report.context.push('x');
    let reply = send(&world, &report, NOW.plus_s(2)).await.unwrap();
    assert!(matches!(reply, Reply::Invalid(_)), "{reply:?}");
    assert_eq!(step(&world, &attempt).state, StepState::Running);
}

#[tokio::test]
async fn a_report_about_an_attempt_that_is_not_on_the_ledger_is_refused() {
    let (world, attempt) = world().await;
    let mut report = world.success(&attempt, 1);
    report.attempt = AttemptId::new(&attempt.job(), "generate", 9);
    world.objects.plant(Bucket::Assets, &incoming(&report.attempt, "image"), PNG);
    let domain::gpu::News::Succeeded { outputs } = &mut report.news else { unreachable!() };
    outputs[0].sha256 = domain::sign::sha256(PNG);
    let reply = send(&world, &report, NOW.plus_s(2)).await.unwrap();
    assert!(matches!(reply, Reply::Invalid(_)), "{reply:?}");
    assert_eq!(step(&world, &attempt).state, StepState::Running);
}

#[tokio::test]
async fn a_result_that_comes_before_the_token_waits_for_it() {
    let (world, attempt) = world().await;
    // The first execution died and the job was retried; nobody of run 2 asked for the step yet.
    let end = job::End {
        job: attempt.job(),
        run: 1,
        end: JobState::Failed,
        event: 3,
        reason: Some("the execution died".into()),
    };
    job::settle(&world.table, &end, NOW).await.unwrap();
    job::retry(&world.table, &world.flow, &attempt.job(), NOW).await.unwrap();
    send(&world, &world.success(&attempt, 1), NOW.plus_s(2)).await.unwrap();
    assert_eq!(step(&world, &attempt).state, StepState::Succeeded);

    let second = domain::lane::Message {
        run: 2,
        round: 2,
        token: "token-of-run-2".into(),
        ..world.message(&attempt.job(), 0)
    };
    world.lanes().take(&second, NOW.plus_s(3)).await.unwrap();
    assert_eq!(world.flow.completed()["token-of-run-2"], json!({ "ok": true }));
    assert_eq!(world.hosts.renders().len(), 1);
}

#[tokio::test]
async fn a_result_after_a_cancel_is_kept_and_paid_but_the_render_was_told_to_stop() {
    let (world, attempt) = world().await;
    job::cancel(&world.table, &world.flow, &world.queue, &attempt.job(), NOW).await.unwrap();
    let progress = world.report(&attempt, 1, News::Progress { fraction: 0.5 });
    assert_eq!(send(&world, &progress, NOW.plus_s(1)).await.unwrap(), answer(false));
    send(&world, &world.success(&attempt, 2), NOW.plus_s(2)).await.unwrap();

    let view = JobView::expect(&world.table, &attempt.job()).await.unwrap();
    assert_eq!(view.job.state, JobState::Canceling);
    assert_eq!(view.step("generate").state, StepState::Canceled);
    assert_eq!(view.attempts[0].state, AttemptState::Succeeded);
    assert_eq!(view.assets.len(), 1);
    assert_eq!(view.job.spent.usd(), 0.0006);
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_again_on_another_host() {
    let (world, attempt) = world().await;
    world.host("host-b", 1).await;
    let report = world.report(&attempt, 1, failure(true));
    send(&world, &report, NOW.plus_s(2)).await.unwrap();
    world.lanes().fill(GPU, NOW.plus_s(4)).await.unwrap();
    let second = AttemptId::new(&attempt.job(), "generate", 2);
    assert!(world.hosts.listing().contains(&format!("{second} http://host-b:8000")));
    assert_eq!(attempt_record(&world, &attempt).usd.unwrap().usd(), 0.0006);
}

#[tokio::test]
async fn a_failure_for_good_ends_the_step_and_tells_the_execution() {
    let (world, attempt) = world().await;
    send(&world, &world.report(&attempt, 1, failure(false)), NOW.plus_s(2)).await.unwrap();
    assert_eq!(step(&world, &attempt).state, StepState::Failed);
    assert_eq!(step(&world, &attempt).error.unwrap(), "out_of_memory: too large");
    assert_eq!(world.flow.completed().into_values().next().unwrap()["end"], "failed");
}

#[tokio::test]
async fn an_output_that_is_not_what_was_reported_is_no_success() {
    let (world, attempt) = world().await;
    let report = world.success(&attempt, 1);
    world.objects.plant(Bucket::Assets, &incoming(&attempt, "image"), "something else");
    send(&world, &report, NOW.plus_s(2)).await.unwrap();
    assert_eq!(attempt_record(&world, &attempt).state, AttemptState::Failed);
    assert_eq!(step(&world, &attempt).state, StepState::Waiting);
}

#[tokio::test]
async fn a_free_slot_gets_the_next_work_in_the_same_invocation() {
    let (world, attempt) = world().await;
    let other = world.job(2, HERO, json!({ "prompt": "a hen" })).await;
    world.lanes().take(&world.message(&other, 0), NOW).await.unwrap();
    send(&world, &world.success(&attempt, 1), NOW.plus_s(2)).await.unwrap();
    let next = AttemptId::new(&other, "generate", 1);
    assert!(world.hosts.renders().contains_key(&next));
}

#[tokio::test]
async fn under_backlog_the_slot_is_handed_over_before_custody() {
    let world = World::default();
    world.host("host-a", 1).await;
    let mut jobs = Vec::new();
    for number in 1..=3 {
        let prompt = format!("fox {number}");
        let job = world.job(number, HERO, json!({ "prompt": prompt })).await;
        world.lanes().take(&world.message(&job, 0), NOW).await.unwrap();
        jobs.push(AttemptId::new(&job, "generate", 1));
    }
    world.lanes().fill(GPU, NOW).await.unwrap();
    let report = world.success(&jobs[0], 1);
    // Reading, claim, two URLs, start; then the bytes cannot be had.
    world.faults.plan(5, domain::fakes::Fault::Refused);
    send(&world, &report, NOW.plus_s(2)).await.unwrap_err();
    world.faults.clear();
    assert!(world.hosts.renders().contains_key(&jobs[1]));
    assert_eq!(attempt_record(&world, &jobs[0]).state, AttemptState::Claimed);

    // The host repeats its report: the success is taken in, and the slot is left to its holder.
    send(&world, &report, NOW.plus_s(3)).await.unwrap();
    assert_eq!(step(&world, &jobs[0]).state, StepState::Succeeded);
    assert_eq!(world.flow.completed().len(), 1);
    assert!(!world.hosts.renders().contains_key(&jobs[2]));
    let view = domain::lane::LaneView::read(&world.table, GPU).await.unwrap();
    let holder = view.slots.values().next().unwrap().attempt.clone();
    assert_eq!(holder, Some(jobs[1].to_string()));
}

#[tokio::test]
async fn every_call_of_a_hand_over_may_fail_both_ways() {
    let prepare = async || {
        let world = World::default();
        world.host("host-a", 1).await;
        for number in 1..=2 {
            let prompt = format!("fox {number}");
            let job = world.job(number, HERO, json!({ "prompt": prompt })).await;
            world.lanes().take(&world.message(&job, 0), NOW).await.unwrap();
        }
        world.lanes().fill(GPU, NOW).await.unwrap();
        world
    };
    let act = async |world: &World| {
        let attempt = AttemptId::new(&JobId::new(NOW, [1; 10]), "generate", 1);
        send(world, &world.success(&attempt, 1), NOW.plus_s(2)).await?;
        // A claim whose host was never asked is found by the sweep, once its lease is over.
        domain::sweep::sweep(&world.lanes(), NOW.plus_s(70)).await?;
        world.lanes().fill(GPU, NOW.plus_s(75)).await
    };
    // How often the second job was tried depends on the fault; that it runs once does not.
    let look = |world: &World| {
        let first = step(world, &AttemptId::new(&JobId::new(NOW, [1; 10]), "generate", 1));
        let second = step(world, &AttemptId::new(&JobId::new(NOW, [2; 10]), "generate", 1));
        let told = world.flow.completed().len();
        let job = JobId::new(NOW, [2; 10]);
        let rendered = world.hosts.renders().keys().any(|attempt| attempt.job() == job);
        format!("{} {} {told} {rendered}", first.state, second.state)
    };
    every_fault(prepare, act, look).await;
}

#[tokio::test]
async fn a_render_that_outlives_its_run_is_the_next_runs() {
    let (world, attempt) = world().await;
    let end =
        job::End { job: attempt.job(), run: 1, end: JobState::Failed, event: 3, reason: None };
    job::settle(&world.table, &end, NOW).await.unwrap();
    job::retry(&world.table, &world.flow, &attempt.job(), NOW).await.unwrap();
    let second = domain::lane::Message {
        run: 2,
        round: 2,
        token: "token-of-run-2".into(),
        ..world.message(&attempt.job(), 0)
    };
    world.lanes().take(&second, NOW.plus_s(1)).await.unwrap();
    send(&world, &world.success(&attempt, 1), NOW.plus_s(2)).await.unwrap();
    assert_eq!(world.flow.completed()["token-of-run-2"]["ok"], true);
    assert_eq!(world.hosts.renders().len(), 1);
}

#[tokio::test]
async fn a_late_success_of_a_lost_attempt_is_adopted() {
    let (world, attempt) = world().await;
    let report = world.success(&attempt, 1);
    world.hosts.vanish("http://host-a:8000");
    let view = domain::lane::LaneView::read(&world.table, GPU).await.unwrap();
    world.lanes().reconcile_all(&view, GPU, NOW.plus_s(120)).await.unwrap();
    assert_eq!(attempt_record(&world, &attempt).state, AttemptState::Lost);
    send(&world, &report, NOW.plus_s(121)).await.unwrap();
    let view = JobView::expect(&world.table, &attempt.job()).await.unwrap();
    assert_eq!(view.attempts[0].state, AttemptState::Succeeded);
    assert_eq!(Some(view.job.spent), view.attempts[0].usd);
    assert_eq!(step(&world, &attempt).state, StepState::Succeeded);
    assert_eq!(world.flow.completed().len(), 1);
}
