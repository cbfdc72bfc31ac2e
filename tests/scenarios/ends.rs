//! Everything ends: intake that died, hosts that never report, executions that die.

use crate::harness::hosts;
use crate::harness::pipelines::{one_render, one_render_with};
use crate::harness::until::until;
use crate::harness::world::{NoFlow, World};
use aws::clock;
use domain::state::{JobState, StepState};
use serde_json::json;

#[tokio::test]
async fn a_job_whose_intake_died_before_the_start_is_started_by_the_sweep() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let job = world.accept(&caller.tenant, &one_render(json!({})), &NoFlow).await;
    assert!(world.executions(&job).await.is_empty());
    world.due_now(&job).await;
    world.sweep().await;
    world.ends(&job, JobState::Succeeded, 60).await;
    assert_eq!(world.executions(&job).await.len(), 1);
    assert_eq!(world.renders(&job).await.len(), 1);
}

#[tokio::test]
async fn a_render_that_never_reports_ends_by_its_deadline() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let caller = world.tenant().await;
    let test = json!({ "seconds": 50, "never_report": true });
    let job = caller.submit(&one_render_with(test, json!({ "deadline_s": 4 }))).await;
    until("a sweep after the deadline ends it", 30, async || {
        world.sweep().await;
        world.job(&job).await.job.state.terminal().then_some(())
    })
    .await;
    let view = world.ends(&job, JobState::Expired, 1).await;
    assert_eq!(view.steps["generate"].state, StepState::Expired);
    assert_eq!(world.count(&job, "step.expired").await, 1);
    // Told to stop, the host stops; nobody hears of it but who asks when the lease is over.
    until("the slot is free again", 60, async || {
        world.sweep().await;
        world.lane().await.slots.values().all(|slot| slot.attempt.is_none()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_execution_that_dies_of_bad_input_ends_its_job() {
    let world = World::open().await;
    let caller = world.tenant().await;
    let job = world.accept(&caller.tenant, &one_render(json!({})), &NoFlow).await;
    let input = json!({ "job": job, "run": 1, "round": 1, "from": 0, "waves": "none" });
    let start = world.sfn.start_execution().state_machine_arn(&world.stack.state_machine_arn);
    start.name(job.execution(1)).input(input.to_string()).send().await.unwrap();
    let view = world.ends(&job, JobState::Failed, 30).await;
    let reason = view.job.reason.unwrap_or_default();
    assert!(reason.starts_with("the execution ended FAILED"), "{reason}");
    assert_eq!(world.executions(&job).await, [(job.execution(1), "FAILED".to_owned())]);
}

#[tokio::test]
async fn an_execution_that_is_stopped_by_hand_ends_its_job() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let caller = world.tenant().await;
    let job = caller.submit(&one_render(json!({ "seconds": 40 }))).await;
    until("it renders", 30, async || {
        (world.job(&job).await.steps.get("generate")?.state == StepState::Running).then_some(())
    })
    .await;
    let arn = world.stack.state_machine_arn.replace(":stateMachine:", ":execution:");
    let stop = world.sfn.stop_execution().execution_arn(format!("{arn}:{}", job.execution(1)));
    stop.cause("by hand").send().await.unwrap();
    let stopped = clock::now();
    let view = world.ends(&job, JobState::Failed, 30).await;
    assert!(view.job.reason.unwrap_or_default().starts_with("the execution ended ABORTED"));
    // What ran is told to stop.
    hosts::idle(&world).await;
    assert!(
        clock::now().since_ms(stopped) < 35_000,
        "the slot was freed before the render was done"
    );
}

#[tokio::test]
async fn an_execution_that_is_stopped_while_its_job_waits_leaves_nothing_in_the_lane() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let caller = world.tenant().await;
    let long = one_render(json!({ "seconds": 60 }));
    let jobs = [caller.submit(&long).await, caller.submit(&long).await, caller.submit(&long).await];
    let waiting = until("two jobs render and one waits", 30, async || {
        let lane = world.lane().await;
        let held = lane.slots.values().filter(|slot| slot.attempt.is_some()).count();
        lane.waiting.first().filter(|_| held == 2).map(|waiting| waiting.work.attempt.job())
    })
    .await;
    let arn = world.stack.state_machine_arn.replace(":stateMachine:", ":execution:");
    let stop = world.sfn.stop_execution().execution_arn(format!("{arn}:{}", waiting.execution(1)));
    stop.send().await.unwrap();
    let view = world.ends(&waiting, JobState::Failed, 30).await;
    assert!(view.attempts.is_empty());
    until("nothing waits", 10, async || world.lane().await.waiting.is_empty().then_some(())).await;
    for job in jobs.iter().filter(|job| **job != waiting) {
        caller.cancel(job).await;
        world.ends(job, JobState::Canceled, 20).await;
    }
    hosts::idle(&world).await;
    assert!(world.renders(&waiting).await.is_empty());
}
