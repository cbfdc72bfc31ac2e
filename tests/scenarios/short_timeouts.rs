//! No function waits for a render: with the shortest time-outs a long one is rendered once.

use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::world::World;
use domain::state::JobState;
use serde_json::json;

/// The functions' own time-outs, to be put back.
async fn set_all(world: &World, seconds: &[(String, u64)]) {
    for (function, seconds) in seconds {
        world.cloud.set_timeout(function, *seconds).await;
    }
}

#[tokio::test]
async fn with_all_timeouts_at_5_seconds_a_30_second_render_is_rendered_once() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    let mut before = Vec::new();
    for function in world.stack.functions.keys() {
        before.push((function.clone(), world.cloud.timeout(function).await));
    }
    let short: Vec<_> = before.iter().map(|(function, _)| (function.clone(), 5)).collect();
    set_all(&world, &short).await;
    let caller = world.tenant().await;
    let job = caller.submit(&one_render(json!({ "seconds": 30 }))).await;
    let ended = tokio::time::timeout(std::time::Duration::from_secs(70), async {
        while !world.job(&job).await.job.state.terminal() {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    })
    .await;
    set_all(&world, &before).await;
    assert!(ended.is_ok(), "{:?}", world.job(&job).await);
    let view = world.ends(&job, JobState::Succeeded, 1).await;
    assert_eq!(view.attempts.len(), 1, "{:?}", view.attempts);
    assert_eq!(world.renders(&job).await.len(), 1);
    assert_eq!(world.executions(&job).await.len(), 1);
}
