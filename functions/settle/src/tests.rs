//! Ends and sweeps in a world in memory: each way to hang is made to happen, found, and mended.

mod behind;
mod degraded;
mod erasing;
mod followers;
mod lost;
mod overlapping;
mod schedules;

use super::*;
use domain::fakes::{NOW, World, every_fault};
use domain::gpu::{News, RenderState};
use domain::id::{AssetId, AttemptId, JobId, ReviewId};
use domain::lane::{GPU, Message};
use domain::record::{AttemptRecord, JobRecord, PublicationRecord, PublicationState, StepRecord};
use domain::review::ReviewRecord;
use domain::state::{AttemptState, JobState, StepState};
use domain::store::{Key, Write, from_item};
use domain::stuck::Stuck;
use domain::view::JobView;

const HERO: &str = include_str!("../../../infra/pipelines/hero-image.yaml");

/// A world in which the first render of a job has been started.
async fn world() -> (World, JobId) {
    let world = World::default();
    world.host("host-a", 1).await;
    let job = world.job(1, HERO, json!({ "prompt": "a fox" })).await;
    world.lanes().take(&world.message(&job, 0), NOW).await.unwrap();
    world.lanes().fill(GPU, NOW).await.unwrap();
    (world, job)
}

fn attempt(job: &JobId, number: u32) -> AttemptId {
    AttemptId::new(job, "generate", number)
}

fn job_of_scene() -> JobId {
    JobId::new(NOW, [1; 10])
}

fn end(job: &JobId, end: JobState) -> Input {
    Input::End(End { job: job.clone(), run: 1, end, event: 3, reason: None })
}

fn died(job: &JobId, status: &str) -> Input {
    let cause = "States.Runtime: bad input".to_owned();
    Input::Died { name: job.execution(1), status: status.into(), cause }
}

async fn job_record(world: &World, job: &JobId) -> JobRecord {
    JobView::expect(&world.table, job).await.unwrap().job
}

/// Overwrites fields of a record, as a crash at the worst line could have left them.
fn tamper(world: &World, key: &Key, fields: Value) {
    let mut item = world.table.peek(key).unwrap_or_default();
    for (name, value) in fields.as_object().unwrap() {
        match value.is_null() {
            true => item.remove(name),
            false => item.insert(name.clone(), value.clone()),
        };
    }
    world.table.plant(Write::put(key.clone(), &item).unwrap());
}

/// What one sweep finds.
async fn found(world: &World, now: Time) -> Vec<Stuck> {
    let (_, found) = handle(&world.lanes(), &world.notices, Input::Sweep, now).await.unwrap();
    let mut found: Vec<_> = found.into_iter().map(|finding| finding.stuck).collect();
    found.sort();
    found
}

#[tokio::test]
async fn the_machines_last_state_ends_the_job_with_one_request() {
    let (world, job) = world().await;
    world.faults.clear();
    handle(&world.lanes(), &world.notices, end(&job, JobState::Succeeded), NOW).await.unwrap();
    assert_eq!(world.faults.calls(), 1);
    let record = job_record(&world, &job).await;
    assert_eq!(record.state, JobState::Succeeded);
    assert_eq!((record.due_pk, record.due_at), (None, None));
}

#[tokio::test]
async fn an_end_is_safe_ten_times_over_and_never_undone() {
    let (world, job) = world().await;
    handle(&world.lanes(), &world.notices, end(&job, JobState::Succeeded), NOW).await.unwrap();
    let after = world.listing();
    for other in [JobState::Succeeded, JobState::Failed, JobState::Canceled] {
        let (answer, _) =
            handle(&world.lanes(), &world.notices, end(&job, other), NOW.plus_s(9)).await.unwrap();
        assert_eq!(answer["state"], "succeeded");
    }
    assert_eq!(world.listing(), after);
}

#[tokio::test]
async fn a_job_that_did_not_succeed_says_why_in_its_answer_and_in_its_log() {
    let (world, job) = world().await;
    let error = json!({ "state": "failed", "error": "out_of_memory: too large" });
    tamper(&world, &StepRecord::key(&job, "generate"), error);
    handle(&world.lanes(), &world.notices, end(&job, JobState::Failed), NOW).await.unwrap();
    let expected = "generate: out_of_memory: too large";
    assert_eq!(job_record(&world, &job).await.reason.as_deref(), Some(expected));
    let events = domain::event::read(&world.table, &job, 0, 100).await.unwrap();
    assert_eq!(events.last().unwrap().data["reason"], expected);
}

#[tokio::test]
async fn an_older_run_changes_nothing() {
    let (world, job) = world().await;
    handle(&world.lanes(), &world.notices, end(&job, JobState::Failed), NOW).await.unwrap();
    job::retry(&world.table, &world.flow, &job, NOW).await.unwrap();
    handle(&world.lanes(), &world.notices, end(&job, JobState::Failed), NOW).await.unwrap();
    let record = job_record(&world, &job).await;
    assert_eq!((record.state, record.run), (JobState::Accepted, 2));
    assert!(world.flow.started().contains_key(&job.execution(2)));
}

#[tokio::test]
async fn a_canceled_job_ends_canceled_whatever_the_machine_came_to() {
    let (world, job) = world().await;
    job::cancel(&world.table, &world.flow, &world.queue, &job, NOW).await.unwrap();
    let (answer, _) =
        handle(&world.lanes(), &world.notices, end(&job, JobState::Succeeded), NOW).await.unwrap();
    assert_eq!(answer["state"], "canceled");
}

#[tokio::test]
async fn an_execution_that_died_ends_its_job_and_says_why() {
    for (status, expected) in [("FAILED", JobState::Failed), ("TIMED_OUT", JobState::Expired)] {
        let (world, job) = world().await;
        handle(&world.lanes(), &world.notices, died(&job, status), NOW).await.unwrap();
        let record = job_record(&world, &job).await;
        assert_eq!(record.state, expected);
        let reason = format!("the execution ended {status}: States.Runtime: bad input");
        assert_eq!(record.reason, Some(reason));
        // What runs is told to stop, and nothing waits in the lane.
        assert_eq!(world.queue.sent(), [(json!({ "stop": attempt(&job, 1) }), 0)]);
    }
}

#[tokio::test]
async fn an_execution_that_is_not_ours_is_refused() {
    let (world, _) = world().await;
    let input =
        Input::Died { name: "someone-elses".into(), status: "FAILED".into(), cause: "".into() };
    assert!(handle(&world.lanes(), &world.notices, input, NOW).await.is_err());
}

#[tokio::test]
async fn every_call_of_each_end_may_fail_both_ways() {
    let prepare = async || world().await.0;
    let ended = async |world: &World| {
        let input = end(&job_of_scene(), JobState::Succeeded);
        handle(&world.lanes(), &world.notices, input, NOW).await.map(drop)
    };
    every_fault(prepare, ended, World::listing).await;
    let dead = async |world: &World| {
        handle(&world.lanes(), &world.notices, died(&job_of_scene(), "FAILED"), NOW).await.map(drop)
    };
    every_fault(prepare, dead, World::listing).await;
}

#[tokio::test]
async fn every_call_of_a_sweep_may_fail_both_ways() {
    // A lease without a report, past the step's deadline: the sweep has most to do.
    let prepare = async || world().await.0;
    let act = async |world: &World| {
        handle(&world.lanes(), &world.notices, Input::Sweep, NOW.plus_s(400)).await.map(drop)
    };
    let look = |world: &World| {
        let step = world.table.peek(&StepRecord::key(&job_of_scene(), "generate")).unwrap();
        format!("{} {}", step["state"], world.flow.listing())
    };
    every_fault(prepare, act, look).await;
}

#[tokio::test]
async fn nothing_hangs_in_a_world_in_order() {
    let (world, _) = world().await;
    assert_eq!(found(&world, NOW.plus_s(30)).await, []);
}

#[tokio::test]
async fn a_job_that_was_put_off_is_begun_by_the_sweep_after_its_time_and_hangs_only_later() {
    // Nothing of it has begun, so no lease ends meanwhile.
    let world = World::default();
    let job = world.job(1, HERO, json!({ "prompt": "a fox" })).await;
    let at = NOW.plus_s(3600);
    // Its second run, so that its start is told from that of the scene.
    tamper(&world, &JobRecord::key(&job), json!({ "not_before": at, "due_at": at, "run": 2 }));
    assert_eq!(found(&world, NOW.plus_s(3590)).await, []);
    assert_eq!(world.flow.started().len(), 1);
    assert_eq!(found(&world, NOW.plus_s(3605)).await, []);
    assert!(world.flow.started().contains_key(&job.execution(2)));
    assert!(Some(at) < job_record(&world, &job).await.due_at);
    tamper(&world, &JobRecord::key(&job), json!({ "due_at": at.plus_s(200) }));
    assert_eq!(found(&world, at.plus_s(200)).await, [Stuck::JobNotStarted]);
}

#[tokio::test]
async fn a_job_that_was_not_started_is_started() {
    let world = World::default();
    let job = world.job(1, HERO, json!({ "prompt": "a fox" })).await;
    // Intake was killed between write and start: the machine knows nothing.
    let world = World { flow: domain::fakes::MemoryFlow::new(world.faults.clone()), ..world };
    assert_eq!(found(&world, NOW.plus_s(61)).await, [Stuck::JobNotStarted]);
    let input = &world.flow.started()[&job.execution(1)];
    assert_eq!(input["waves"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn an_attempt_without_a_lease_is_settled_with_its_host() {
    let (world, job) = world().await;
    let slot = Key::new("LANE#gpu", "SLOT#host-a#000");
    tamper(&world, &slot, json!({ "attempt": null, "lease_until": 0 }));
    tamper(&world, &JobRecord::key(&job), json!({ "due_at": NOW }));
    let report = world.success(&attempt(&job, 1), 1);
    let state = RenderState { state: "succeeded".into(), report: Some(report) };
    world.hosts.tell(&attempt(&job, 1), state);
    assert_eq!(found(&world, NOW.plus_s(5)).await, [Stuck::AttemptWithoutLease]);
    let view = JobView::expect(&world.table, &job).await.unwrap();
    assert_eq!(view.attempts[0].state, AttemptState::Succeeded);
    assert_eq!(world.flow.completed().len(), 1);
}

#[tokio::test]
async fn a_lease_without_a_report_moves_the_work_when_its_host_is_gone() {
    let (world, job) = world().await;
    world.host("host-b", 1).await;
    world.hosts.vanish("http://host-a:8000");
    assert_eq!(found(&world, NOW.plus_s(61)).await, [Stuck::LeaseWithoutReport]);
    handle(&world.lanes(), &world.notices, Input::Sweep, NOW.plus_s(70)).await.unwrap();
    let second = attempt(&job, 2);
    assert!(world.hosts.listing().contains(&format!("{second} http://host-b:8000")));
}

#[tokio::test]
async fn a_host_that_answers_nonsense_keeps_its_work_and_rings_at_each_sweep() {
    let (world, job) = world().await;
    world.host("host-b", 1).await;
    world.hosts.confuse("http://host-a:8000");
    for second in [61, 121] {
        assert_eq!(found(&world, NOW.plus_s(second)).await, [Stuck::LeaseWithoutReport]);
    }
    let view = JobView::expect(&world.table, &job).await.unwrap();
    assert_eq!(view.attempts.len(), 1);
}

#[tokio::test]
async fn a_lease_without_a_report_is_renewed_when_its_host_works_on() {
    let (world, job) = world().await;
    assert_eq!(found(&world, NOW.plus_s(61)).await, [Stuck::LeaseWithoutReport]);
    assert_eq!(found(&world, NOW.plus_s(62)).await, []);
    let view = JobView::expect(&world.table, &job).await.unwrap();
    assert_eq!(view.attempts.len(), 1);
}

#[tokio::test]
async fn a_step_past_its_deadline_expires_and_its_render_is_stopped() {
    let (world, job) = world().await;
    let slot = Key::new("LANE#gpu", "SLOT#host-a#000");
    tamper(&world, &slot, json!({ "lease_until": NOW.plus_s(1000) }));
    assert_eq!(found(&world, NOW.plus_s(301)).await, [Stuck::TokenWithoutCallback]);
    let told = world.flow.completed();
    assert_eq!(told.into_values().next().unwrap()["end"], "expired");
    assert!(world.queue.sent().contains(&(json!({ "stop": attempt(&job, 1) }), 0)));
}

#[tokio::test]
async fn a_finished_step_that_no_execution_asked_for_is_found() {
    let (world, job) = world().await;
    handle(&world.lanes(), &world.notices, end(&job, JobState::Failed), NOW).await.unwrap();
    job::retry(&world.table, &world.flow, &job, NOW).await.unwrap();
    let step = StepRecord::key(&job, "generate");
    tamper(&world, &step, json!({ "state": StepState::Succeeded }));
    let fields = json!({ "state": JobState::Running, "due_at": NOW.plus_s(400) });
    tamper(&world, &JobRecord::key(&job), fields);
    tamper(&world, &AttemptRecord::key(&attempt(&job, 1)), json!({ "state": "succeeded" }));
    let slot = Key::new("LANE#gpu", "SLOT#host-a#000");
    tamper(&world, &slot, json!({ "attempt": null, "lease_until": 0 }));
    assert_eq!(found(&world, NOW.plus_s(401)).await, [Stuck::CallbackWithoutToken]);
}

#[tokio::test]
async fn an_outcome_unknown_for_too_long_is_found() {
    let (world, job) = world().await;
    let key = AttemptRecord::key(&attempt(&job, 1));
    tamper(&world, &key, json!({ "state": AttemptState::Unknown }));
    let slot = Key::new("LANE#gpu", "SLOT#host-a#000");
    tamper(&world, &slot, json!({ "lease_until": NOW.plus_s(1000) }));
    let step = StepRecord::key(&job, "generate");
    tamper(&world, &step, json!({ "deadline_at": NOW.plus_s(1000) }));
    assert_eq!(found(&world, NOW.plus_s(301)).await, [Stuck::UnknownPastBound]);
}

#[tokio::test]
async fn an_overdue_review_and_an_overdue_publication_and_a_dead_delivery_are_found() {
    let (world, job) = world().await;
    let id = ReviewId::new(&job, "good", 1);
    let review = json!({
        "id": id, "tenant": "acme", "pipeline": "hero-image", "run": 1, "wave": 3, "state": "open",
        "version": 1, "subjects": [], "verdict": {}, "rules": {}, "opened_at": 0, "expires_at": NOW,
        "due_pk": "DUE", "due_at": NOW, "tenant_jobs": "acme#reviews", "sk_job": id,
    });
    world.table.plant(Write::put(ReviewRecord::key(&id), &review).unwrap());
    let publication = |target: &str, state, index| {
        let asset = AssetId::new(&job, "ladder", "r1", index);
        let record = PublicationRecord {
            step: "publish".into(),
            target: target.into(),
            asset: asset.clone(),
            sha256: "00".into(),
            state,
            location: None,
            error: None,
            taken_down: None,
            tries: 1,
            started_at: NOW,
            updated_at: NOW,
        };
        Write::put(PublicationRecord::key(&job, "publish", &asset), &record).unwrap()
    };
    world.table.plant(publication("s3", PublicationState::Started, 0));
    world.table.plant(publication("webhook", PublicationState::Failed, 1));
    let slot = Key::new("LANE#gpu", "SLOT#host-a#000");
    tamper(&world, &slot, json!({ "lease_until": NOW.plus_s(2000) }));
    let step = StepRecord::key(&job, "generate");
    tamper(&world, &step, json!({ "deadline_at": NOW.plus_s(2000) }));
    assert_eq!(
        found(&world, NOW.plus_s(901)).await,
        [Stuck::ReviewOverdue, Stuck::PublicationOverdue, Stuck::DeadDelivery]
    );
}

#[tokio::test]
async fn dead_letters_a_lane_on_hold_and_an_open_circuit_are_found() {
    let (world, _) = world().await;
    world.queue.bury("dispatch", 2);
    world.queue.bury("notify", 1);
    world.table.plant(
        Write::put(Key::new("LANE#gpu", "HOLD"), &json!({ "reason": "driver update" })).unwrap(),
    );
    let slot = Key::new("LANE#gpu", "SLOT#host-a#000");
    tamper(&world, &slot, json!({ "failures": 3, "failed_at": NOW }));
    assert_eq!(
        found(&world, NOW.plus_s(30)).await,
        [Stuck::DeadLetter, Stuck::DeadLetter, Stuck::LaneOnHold, Stuck::CircuitOpen]
    );
}

#[tokio::test]
async fn a_canceled_job_whose_canceler_died_is_brought_to_its_end() {
    let (world, job) = world().await;
    let fields = json!({ "state": JobState::Canceling, "due_at": NOW });
    tamper(&world, &JobRecord::key(&job), fields);
    found(&world, NOW.plus_s(1)).await;
    assert_eq!(job_record(&world, &job).await.state, JobState::Canceled);
    assert_eq!(world.flow.completed().into_values().next().unwrap()["end"], "canceled");
}

#[tokio::test]
async fn an_execution_that_was_not_told_of_a_finished_step_is_told() {
    let (world, job) = world().await;
    let report = world.success(&attempt(&job, 1), 1);
    // Custody and the transaction are done; the reading that finds the token fails.
    world.faults.plan(3, domain::fakes::Fault::Refused);
    world.lanes().report(&report, NOW.plus_s(2)).await.unwrap_err();
    world.faults.clear();
    assert!(world.flow.completed().is_empty());
    found(&world, NOW.plus_s(301)).await;
    assert_eq!(world.flow.completed().into_values().next().unwrap()["ok"], true);
}

#[tokio::test]
async fn a_retried_step_keeps_a_render_of_the_first_run_that_still_works() {
    let (world, job) = world().await;
    handle(&world.lanes(), &world.notices, died(&job, "FAILED"), NOW).await.unwrap();
    let step = world.table.peek(&StepRecord::key(&job, "generate")).unwrap();
    let step: StepRecord = from_item(&step).unwrap();
    assert_eq!(step.state, StepState::Canceled);
    job::retry(&world.table, &world.flow, &job, NOW).await.unwrap();
    let message = Message { run: 2, round: 2, token: "second".into(), ..world.message(&job, 0) };
    world.lanes().take(&message, NOW.plus_s(1)).await.unwrap();
    let news = News::Progress { fraction: 0.9 };
    let late = world.report(&attempt(&job, 1), 1, news);
    world.lanes().report(&late, NOW.plus_s(2)).await.unwrap();
    let view = JobView::expect(&world.table, &job).await.unwrap();
    assert_eq!(view.job.state, JobState::Running);
}
