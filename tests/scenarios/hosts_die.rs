//! Hosts that die, drain or stall in the midst of a render.

use super::dispatch_dies::kills;
use crate::harness::hosts;
use crate::harness::pipelines::{one_render, one_render_with};
use crate::harness::until::until;
use crate::harness::world::World;
use domain::id::{AttemptId, JobId};
use domain::record::AttemptRecord;
use domain::state::{AttemptState, JobState};
use serde_json::json;

fn attempt(job: &JobId, number: u32) -> AttemptId {
    AttemptId::new(job, "generate", number)
}

/// The first attempt once its host works on it.
async fn at_work(world: &World, job: &JobId) -> AttemptRecord {
    until("the job was taken up", 30, async || {
        (!world.job(job).await.attempts.is_empty()).then_some(())
    })
    .await;
    world.attempt(&attempt(job, 1), 30, |one| one.state == AttemptState::Running).await
}

#[tokio::test]
async fn the_render_of_a_killed_host_becomes_a_second_attempt_on_the_other() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    for _ in 0..kills() {
        hosts::restart(&world).await;
        hosts::idle(&world).await;
        let caller = world.tenant().await;
        let job = caller.submit(&one_render(json!({ "seconds": 4 }))).await;
        let first = at_work(&world, &job).await;
        hosts::kill(&first.host).await;
        until("the sweep gave the attempt up", 60, async || {
            world.sweep().await;
            (world.job(&job).await.attempts[0].state == AttemptState::Lost).then_some(())
        })
        .await;
        let view = world.ends(&job, JobState::Succeeded, 40).await;
        let [lost, second] = view.attempts.as_slice() else { panic!("{:?}", view.attempts) };
        assert_eq!(second.state, AttemptState::Succeeded);
        assert_ne!(lost.host, second.host);
        assert_eq!(world.renders(&job).await.len(), 1, "the other host rendered it once");
        let paid = lost.usd.unwrap().0 + second.usd.unwrap().0;
        assert_eq!(view.job.spent.0, paid, "what the dead host may have cost is counted");
    }
}

#[tokio::test]
async fn a_host_that_is_told_to_go_loses_nothing_and_gets_nothing_new() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let caller = world.tenant().await;
    let job = caller.submit(&one_render(json!({ "seconds": 6 }))).await;
    let first = at_work(&world, &job).await;
    hosts::terminate(&first.host);
    until("the host drains", 10, async || {
        let lane = world.lane().await;
        let host = lane.hosts.get(&first.host)?;
        (host.state == domain::lane::HostState::Draining).then_some(())
    })
    .await;
    let others =
        [caller.submit(&one_render(json!({}))).await, caller.submit(&one_render(json!({}))).await];
    for other in &others {
        let view = world.ends(other, JobState::Succeeded, 40).await;
        assert!(
            view.attempts.iter().all(|attempt| attempt.host != first.host),
            "{:?}",
            view.attempts
        );
    }
    let view = world.ends(&job, JobState::Succeeded, 40).await;
    assert_eq!(view.attempts.len(), 1, "{:?}", view.attempts);
    until("the host is gone, from the record too", 20, async || {
        let known = world.lane().await.hosts.contains_key(&first.host);
        (!known && !hosts::lives(&first.host)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_stalled_render_moves_to_the_other_host() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let caller = world.tenant().await;
    // A third of the deadline without progress is a stall.
    let fields = json!({ "deadline_s": 15, "retry": { "attempts": 2 } });
    let job = caller.submit(&one_render_with(json!({ "stall_after": 0.3 }), fields)).await;
    let view = world.ended(&job, 40).await;
    let [first, second] = view.attempts.as_slice() else { panic!("{:?}", view.attempts) };
    assert_eq!(first.state, AttemptState::Failed);
    assert!(first.error.as_deref().unwrap_or_default().starts_with("stalled"), "{first:?}");
    assert_ne!(first.host, second.host);
    assert_eq!(world.count(&job, "step.retrying").await, 1);
    assert_eq!(world.renders(&job).await.len(), 2);
}

#[tokio::test]
async fn a_success_that_comes_after_its_attempt_was_given_up_is_kept_and_paid_once() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let caller = world.tenant().await;
    let job = caller.submit(&one_render(json!({ "seconds": 3, "silent": true }))).await;
    until("a host renders it", 20, async || (!world.renders(&job).await.is_empty()).then_some(()))
        .await;
    let first = world.attempt(&attempt(&job, 1), 5, |one| !one.state.over()).await;
    let asleep = hosts::Asleep::new(&[&first.host]);
    until("the sweep gave the attempt up", 60, async || {
        world.sweep().await;
        (world.job(&job).await.attempts[0].state == AttemptState::Lost).then_some(())
    })
    .await;
    let view = world.ends(&job, JobState::Succeeded, 40).await;
    assert_eq!(view.attempts.len(), 2, "{:?}", view.attempts);
    drop(asleep);
    let late =
        world.attempt(&attempt(&job, 1), 30, |one| one.state == AttemptState::Succeeded).await;
    assert!(!late.outputs.is_empty());
    let view = world.job(&job).await;
    assert_eq!((view.job.state, view.assets.len()), (JobState::Succeeded, 2));
    let paid: i64 = view.attempts.iter().map(|attempt| attempt.usd.unwrap().0).sum();
    assert_eq!(view.job.spent.0, paid);
    world.events(&job).await;
}
