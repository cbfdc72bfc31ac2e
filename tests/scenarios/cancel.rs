//! Cancel: before a render, during it, between two, and after all.

use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::until::until;
use crate::harness::world::World;
use domain::id::JobId;
use domain::state::{AttemptState, JobState, StepState};
use serde_json::json;

async fn rendering(world: &World, job: &JobId) {
    until("a host renders it", 30, async || {
        let attempts = world.job(job).await.attempts;
        attempts.last().is_some_and(|last| last.state == AttemptState::Running).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_job_that_waits_for_a_slot_and_jobs_that_have_one_are_canceled() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let caller = world.tenant().await;
    let long = one_render(json!({ "seconds": 60 }));
    let fillers = [caller.submit(&long).await, caller.submit(&long).await];
    for filler in &fillers {
        rendering(&world, filler).await;
    }
    let waiting = caller.submit(&long).await;
    until("the third job waits for a slot", 20, async || {
        let view = world.job(&waiting).await;
        (view.steps.get("generate")?.state == StepState::Waiting).then_some(())
    })
    .await;
    caller.cancel(&waiting).await;
    let view = world.ends(&waiting, JobState::Canceled, 20).await;
    assert!(view.attempts.is_empty() && view.job.spent.0 == 0, "{view:?}");
    assert!(world.renders(&waiting).await.is_empty());
    assert!(world.lane().await.waiting.is_empty());

    for filler in &fillers {
        caller.cancel(filler).await;
    }
    for filler in &fillers {
        let view = world.ends(filler, JobState::Canceled, 20).await;
        assert_eq!(view.attempts.len(), 1);
    }
    hosts::idle(&world).await;
    for filler in &fillers {
        let books = world.renders(filler).await;
        assert_eq!(books.iter().map(|book| book.state.as_str()).collect::<Vec<_>>(), ["canceled"]);
        let view = world.job(filler).await;
        assert_eq!(view.attempts[0].state, AttemptState::Canceled);
        assert!(0 < view.job.spent.0, "the time until it stopped is paid");
    }
}

#[tokio::test]
async fn a_job_canceled_after_its_first_render_keeps_it_and_makes_no_other() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let caller = world.tenant().await;
    let mut pipeline = one_render(json!({}));
    let with =
        json!({ "image": "{{ generate.image }}", "test": { "seconds": 60 }, "preview": false });
    pipeline["steps"]["cutout"] = json!({ "kind": "image.remove_background", "with": with });
    pipeline["steps"]["good"]["with"]["images"] = json!("{{ cutout.image }}");
    let job = caller.submit(&pipeline).await;
    until("the second step renders", 30, async || {
        (world.job(&job).await.steps.get("cutout")?.state == StepState::Running).then_some(())
    })
    .await;
    caller.cancel(&job).await;
    let view = world.ends(&job, JobState::Canceled, 20).await;
    assert_eq!(view.steps["generate"].state, StepState::Succeeded);
    assert_eq!(view.steps["cutout"].state, StepState::Canceled);
    assert_eq!(view.assets.len(), 1);
    assert!(0 < view.job.spent.0);
    hosts::idle(&world).await;

    // A job that is over stays as it is.
    caller.cancel(&job).await;
    assert_eq!(world.count(&job, "job.canceling").await, 1);
    assert_eq!(world.job(&job).await.job.state, JobState::Canceled);
}

#[tokio::test]
async fn a_job_that_succeeded_is_not_undone_by_a_cancel() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let job = caller.submit(&one_render(json!({}))).await;
    world.ends(&job, JobState::Succeeded, 60).await;
    let events = world.events(&job).await;
    caller.cancel(&job).await;
    assert_eq!(world.job(&job).await.job.state, JobState::Succeeded);
    assert_eq!(world.events(&job).await, events);
}
