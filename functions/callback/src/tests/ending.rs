//! A render that is about to end: its slot goes to the next one before it has ended.

use super::*;
use domain::lane::LaneView;

/// Three jobs in a lane of one slot.
async fn lane() -> (World, Vec<AttemptId>) {
    let world = World::default();
    world.host("host-a", 1).await;
    let mut attempts = Vec::new();
    for number in 1..=3 {
        let prompt = format!("fox {number}");
        let job = world.job(number, HERO, json!({ "prompt": prompt })).await;
        world.lanes().take(&world.message(&job, 0), NOW).await.unwrap();
        attempts.push(AttemptId::new(&job, "generate", 1));
    }
    world.lanes().fill(GPU, NOW).await.unwrap();
    (world, attempts)
}

async fn holder(world: &World) -> Option<String> {
    let view = LaneView::read(&world.table, GPU).await.unwrap();
    view.slots.values().next().unwrap().attempt.clone()
}

#[tokio::test]
async fn under_backlog_the_next_render_is_ordered_while_one_is_ending() {
    let (world, attempts) = lane().await;
    let ending = world.report(&attempts[0], 1, News::Ending);
    for _ in 0..3 {
        assert_eq!(send(&world, &ending, NOW.plus_s(2)).await.unwrap(), answer(true));
    }
    assert_eq!(holder(&world).await, Some(attempts[1].to_string()));
    assert_eq!(world.hosts.renders().len(), 2);
    assert_eq!(step(&world, &attempts[0]).state, StepState::Running);

    send(&world, &world.success(&attempts[0], 2), NOW.plus_s(3)).await.unwrap();
    assert_eq!(step(&world, &attempts[0]).state, StepState::Succeeded);
    assert_eq!(world.flow.completed().len(), 1);
    assert_eq!(holder(&world).await, Some(attempts[1].to_string()));
    assert_eq!(world.hosts.renders().len(), 2);
    send(&world, &world.success(&attempts[1], 1), NOW.plus_s(4)).await.unwrap();
    assert_eq!(holder(&world).await, Some(attempts[2].to_string()));
}

#[tokio::test]
async fn a_render_that_fails_after_it_was_ending_is_tried_again_and_leaves_the_slot_alone() {
    let (world, attempts) = lane().await;
    send(&world, &world.report(&attempts[0], 1, News::Ending), NOW.plus_s(2)).await.unwrap();
    send(&world, &world.report(&attempts[0], 2, failure(true)), NOW.plus_s(3)).await.unwrap();
    assert_eq!(step(&world, &attempts[0]).state, StepState::Waiting);
    assert_eq!(holder(&world).await, Some(attempts[1].to_string()));
}

#[tokio::test]
async fn an_order_ahead_of_a_job_that_is_canceled_is_stopped_like_any_other() {
    let (world, attempts) = lane().await;
    send(&world, &world.report(&attempts[0], 1, News::Ending), NOW.plus_s(2)).await.unwrap();
    job::cancel(&world.table, &world.flow, &world.queue, &attempts[1].job(), NOW).await.unwrap();
    let stops = world.queue.sent().into_iter().map(|(message, _)| message["stop"].clone());
    assert!(stops.into_iter().any(|stop| stop == json!(attempts[1])));
    let canceled = world.report(&attempts[1], 1, News::Canceled);
    send(&world, &canceled, NOW.plus_s(4)).await.unwrap();
    assert_eq!(holder(&world).await, Some(attempts[2].to_string()));
}

#[tokio::test]
async fn without_backlog_an_ending_changes_nothing() {
    let (world, attempt) = world().await;
    let before = world.listing();
    let ending = world.report(&attempt, 1, News::Ending);
    assert_eq!(send(&world, &ending, NOW.plus_s(1)).await.unwrap(), answer(true));
    assert_eq!(world.listing(), before);
}

#[tokio::test]
async fn every_call_of_an_ending_and_its_end_may_fail_both_ways() {
    let prepare = async || lane().await.0;
    let act = async |world: &World| {
        let attempt = AttemptId::new(&JobId::new(NOW, [1; 10]), "generate", 1);
        send(world, &world.report(&attempt, 1, News::Ending), NOW.plus_s(2)).await?;
        send(world, &world.success(&attempt, 2), NOW.plus_s(3)).await?;
        // A claim whose host was never asked is found by the sweep, once its lease is over.
        domain::sweep::sweep(&world.lanes(), NOW.plus_s(70)).await?;
        world.lanes().fill(GPU, NOW.plus_s(75)).await
    };
    let look = |world: &World| {
        let first = step(world, &AttemptId::new(&JobId::new(NOW, [1; 10]), "generate", 1));
        let told = world.flow.completed().len();
        let rendered = [2, 3]
            .map(|number| JobId::new(NOW, [number; 10]))
            .iter()
            .any(|job| world.hosts.renders().keys().any(|attempt| attempt.job() == *job));
        format!("{} {told} {rendered}", first.state)
    };
    every_fault(prepare, act, look).await;
}
