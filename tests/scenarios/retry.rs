//! Retry: what succeeded is kept, only the rest is attempted again.

use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::until::until;
use crate::harness::world::World;
use domain::state::{AttemptState, JobState};
use serde_json::json;

/// Tells a host to go, and waits until nothing is placed there any more.
async fn gone(world: &World, id: &str) {
    hosts::terminate(id);
    until("the host is gone", 20, async || {
        let known = world.lane().await.hosts.contains_key(id);
        (!known && !hosts::lives(id)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_job_that_failed_at_upscale_is_retried_from_there_on_a_mended_endpoint() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let caller = world.tenant().await;
    let (broken, sound) = (world.stack.hosts[0].id.clone(), world.stack.hosts[1].id.clone());
    let mut pipeline = one_render(json!({}));
    pipeline["name"] = json!("three-renders");
    pipeline["steps"]["cutout"] = json!({
        "kind": "image.remove_background", "with": { "image": "{{ generate.image }}", "preview": false },
    });
    let fault = json!({ "fail": "gpu_broken", "fail_hosts": [broken] });
    pipeline["steps"]["large"] = json!({
        "kind": "image.upscale", "retry": { "attempts": 1 },
        "with": { "image": "{{ cutout.image }}", "factor": 2, "preview": false, "test": fault },
    });
    pipeline["steps"]["good"]["with"]["images"] = json!("{{ large.image }}");

    gone(&world, &sound).await;
    let job = caller.submit(&pipeline).await;
    let failed = world.ends(&job, JobState::Failed, 60).await;
    assert_eq!(failed.attempts.len(), 3);
    let answer = caller.get(&format!("/v1/jobs/{job}")).await.body;
    assert_eq!((&answer["retryable"], &answer["terminal"]), (&json!(true), &json!(true)));

    // The endpoint is mended: its broken host is replaced by a sound one.
    hosts::restart(&world).await;
    gone(&world, &broken).await;
    let retried = caller.post(&format!("/v1/jobs/{job}/retry"), &json!({})).await;
    assert_eq!((retried.status, retried.job()), (202, job.clone()), "{retried:?}");
    let view = world.ends(&job, JobState::Succeeded, 60).await;
    let of = |step: &str| view.attempts.iter().filter(|one| one.id.step() == step).count();
    assert_eq!((of("generate"), of("cutout"), of("large")), (1, 1, 2));
    assert_eq!(view.attempts.iter().filter(|one| one.state == AttemptState::Failed).count(), 1);
    assert_eq!(view.job.run, 2);
    let paid: i64 = view.attempts.iter().map(|attempt| attempt.usd.unwrap().0).sum();
    assert_eq!(view.job.spent.0, paid);
    assert_eq!(world.count(&job, "job.retried").await, 1);
    let executions = world.executions(&job).await;
    assert_eq!(
        executions.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(),
        [job.execution(1), job.execution(2)]
    );

    // A job that succeeded has nothing to retry.
    let again = caller.post(&format!("/v1/jobs/{job}/retry"), &json!({})).await;
    assert_eq!(again.status, 409, "{again:?}");
}
