//! Hosts that are busy with what we do not know, and hosts that cannot reach us.

use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::until::until;
use crate::harness::world::World;
use domain::state::{AttemptState, JobState};
use serde_json::json;

/// Gives every host a render that is none of ours.
async fn occupy(world: &World) {
    for host in &world.stack.hosts {
        let url = format!("{}/v1/renders/foreign.{}.1", host.url, host.id);
        let report = format!("{}/v1/reports/foreign.{}.1", world.stack.api_url, host.id);
        let body = json!({
            "attempt": format!("foreign.{}.1", host.id), "kind": "image.generate",
            "params": { "prompt": "none of ours", "width": 64, "height": 64, "test": { "seconds": 90 } },
            "inputs": {}, "stall_s": 100, "deadline_s": 100,
            "outputs": [{ "name": "image", "media_type": "image/png", "url": report, "headers": {} }],
            "report": { "url": report, "secret": "a secret that nobody gave", "context": "none" },
        });
        let request = world.http.put(url).bearer_auth(&world.secrets.endpoint_key).json(&body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 202, "{}", answer.text().await.unwrap_or_default());
    }
}

async fn vacate(world: &World) {
    for host in &world.stack.hosts {
        let url = format!("{}/v1/renders/foreign.{}.1/cancel", host.url, host.id);
        let request = world.http.post(url).bearer_auth(&world.secrets.endpoint_key);
        assert!(request.send().await.unwrap().status().is_success());
    }
}

#[tokio::test]
async fn hosts_that_are_busy_unknown_to_us_are_asked_again_until_they_are_free() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    occupy(&world).await;
    let caller = world.tenant().await;
    let job = caller.submit(&one_render(json!({}))).await;
    until("both hosts said that they are busy", 30, async || {
        let view = world.job(&job).await;
        let refused = view.attempts.iter().filter(|one| one.state == AttemptState::Refused);
        (2 <= refused.count()).then_some(())
    })
    .await;
    vacate(&world).await;
    let view = world.ends(&job, JobState::Succeeded, 60).await;
    let (last, refused) = view.attempts.split_last().unwrap();
    assert_eq!(last.state, AttemptState::Succeeded);
    assert!(
        refused.iter().all(|one| one.state == AttemptState::Refused && one.usd.unwrap().0 == 0)
    );
    assert_eq!(Some(view.job.spent), last.usd);
    assert_eq!(world.renders(&job).await.len(), 1);
}

#[tokio::test]
async fn renders_whose_reports_never_come_are_fetched_by_the_sweep_and_the_slots_go_on() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let caller = world.tenant().await;
    let mute = one_render(json!({ "seconds": 1, "never_report": true }));
    let jobs = [caller.submit(&mute).await, caller.submit(&mute).await];
    until("both are rendered", 30, async || {
        let mut done = 0;
        for job in &jobs {
            let renders = world.renders(job).await;
            done += renders.iter().filter(|book| book.state == "succeeded").count();
        }
        (done == 2).then_some(())
    })
    .await;
    let waiting = caller.submit(&one_render(json!({}))).await;
    until("the leases are over", 30, async || {
        let lane = world.lane().await;
        (lane.expired(aws::clock::now()).len() == 2).then_some(())
    })
    .await;
    world.sweep().await;
    for job in jobs.iter().chain([&waiting]) {
        let view = world.ends(job, JobState::Succeeded, 30).await;
        assert_eq!(view.attempts.len(), 1, "{:?}", view.attempts);
        assert_eq!(world.renders(job).await.len(), 1);
        assert!(0 < view.job.spent.0);
    }
}
