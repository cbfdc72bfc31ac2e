//! Dispatch dies after a host took its call, and before it knew.

use crate::harness::hosts;
use crate::harness::lambdas::{running, signal, unread};
use crate::harness::pipelines::one_render;
use crate::harness::until::until;
use crate::harness::world::World;
use aws::env;
use domain::id::{AttemptId, JobId};
use domain::ports::Queue;
use domain::state::{AttemptState, JobState};
use serde_json::json;

/// How often each kill is made: `GALLEY_KILLS`.
pub(super) fn kills() -> usize {
    env::optional("GALLEY_KILLS").and_then(|kills| kills.parse().ok()).unwrap_or(1)
}

#[tokio::test]
async fn a_dispatcher_killed_after_the_host_accepted_leaves_one_render_and_a_job_that_succeeds() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    for _ in 0..kills() {
        hosts::idle(&world).await;
        let caller = world.tenant().await;
        let job = killed_dispatch(&world, async || {
            caller.submit(&one_render(json!({ "seconds": 3 }))).await
        })
        .await;
        // The message comes back, as it does when its visibility ends.
        redeliver(&world, &job).await;
        let view = world.ends(&job, JobState::Succeeded, 30).await;
        redeliver(&world, &job).await;
        assert_eq!(view.attempts.len(), 1, "{:?}", view.attempts);
        assert_eq!(view.attempts[0].state, AttemptState::Succeeded);
        assert_eq!(world.renders(&job).await.len(), 1);
    }
}

/// Submits while the hosts sleep, and kills dispatch once its call lies in a host's socket: the host
/// takes it in when it wakes, and nobody waits for its answer.
async fn killed_dispatch(world: &World, submit: impl AsyncFnOnce() -> JobId) -> JobId {
    let ids: Vec<_> = world.stack.hosts.iter().map(|host| host.id.as_str()).collect();
    let asleep = hosts::Asleep::new(&ids);
    let job = submit().await;
    let ports: Vec<u16> = world.stack.hosts.iter().map(|host| host.port).collect();
    until("a host was called", 20, async || {
        ports.iter().any(|port| 0 < unread(*port)).then_some(())
    })
    .await;
    let dispatch = running(&world.stack, "dispatch");
    assert!(!dispatch.is_empty(), "dispatch waits for the host's answer");
    for pid in dispatch {
        signal(pid, "KILL");
    }
    drop(asleep);
    until("the host accepted", 10, async || (!world.renders(&job).await.is_empty()).then_some(()))
        .await;
    job
}

/// Sends dispatch's message of a job's first step once more.
async fn redeliver(world: &World, job: &JobId) {
    let view = world.job(job).await;
    let step = &view.steps["generate"];
    let message = json!({
        "job": job, "run": 1, "round": step.round, "wave": 0, "item": 0, "event": 1,
        "token": step.token, "traceparent": view.job.traceparent,
    });
    world.queue.send(&message, 0).await.unwrap();
    let first = AttemptId::new(job, "generate", 1);
    world.attempt(&first, 30, |attempt| attempt.state != AttemptState::Claimed).await;
}
