//! The same asked for several times: made once, given to all, and free for whoever did not pay first.

use crate::harness::hosts;
use crate::harness::world::World;
use domain::sign::sha256;
use domain::state::JobState;
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test]
async fn jobs_that_ask_for_the_same_share_one_render_and_later_ones_are_given_it() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let pipeline = json!({
        "name": "seeded", "budget_usd": 0.2,
        "steps": {
            "generate": { "kind": "image.generate", "with": {
                "prompt": "a lighthouse in the rain", "width": 256, "height": 256, "seed": 7, "preview": false,
            } },
            "good": { "kind": "gate.quality", "with": { "images": "{{ generate.image }}", "min_width": 64 } },
        },
    });
    let body = json!({ "pipeline": pipeline });
    let submit = async || caller.post("/v1/jobs", &body).await.job();
    let mut jobs = Vec::new();
    for _ in 0..4 {
        jobs.push(submit().await);
    }
    for job in &jobs {
        world.ends(job, JobState::Succeeded, 60).await;
    }
    jobs.push(submit().await);
    let (mut attempts, mut paid, mut bytes) = (0, 0, BTreeSet::new());
    for job in &jobs {
        let view = world.ends(job, JobState::Succeeded, 60).await;
        attempts += view.attempts.len();
        paid += i32::from(0 < view.job.spent.0);
        for asset in view.assets.values() {
            let found = world.bytes(domain::ports::Bucket::Assets, &asset.key).await;
            assert_eq!(sha256(&found), asset.sha256);
            bytes.insert(asset.sha256.clone());
        }
    }
    assert_eq!((attempts, paid, bytes.len()), (1, 1, 1), "of {} jobs", jobs.len());
    let shown = caller.get(&format!("/v1/jobs/{}", jobs[4])).await.body;
    let steps = shown["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["name"] == "generate").unwrap();
    assert!(0.0 < step["reused"]["saved_usd"].as_f64().unwrap(), "{step}");
    assert_eq!(shown["cost"]["usd"], json!(0.0));
}
