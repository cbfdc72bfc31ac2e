//! A wave of several renders at once.

use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::world::World;
use domain::state::{AttemptState, JobState};
use serde_json::json;

#[tokio::test]
async fn five_renders_of_one_wave_succeed_with_events_without_a_gap() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let mut pipeline = one_render(json!({}));
    pipeline["name"] = json!("five-at-once");
    let mut judged = Vec::new();
    for n in 1..=5 {
        let with = json!({ "image": "{{ generate.image }}", "factor": 2 });
        pipeline["steps"][format!("large{n}")] = json!({ "kind": "image.upscale", "with": with });
        judged.push(format!("{{{{ large{n}.image }}}}"));
    }
    pipeline["steps"]["good"]["with"]["images"] = json!(judged);
    let job = caller.submit(&pipeline).await;
    let view = world.ends(&job, JobState::Succeeded, 90).await;
    assert_eq!(view.attempts.len(), 6);
    assert!(view.attempts.iter().all(|attempt| attempt.state == AttemptState::Succeeded));
    assert_eq!(view.assets.len(), 6);
    assert_eq!(world.renders(&job).await.len(), 6);
    assert_eq!(world.count(&job, "step.succeeded").await, 6);
}
