//! Steps that wait for another's work when nobody woke them: the sweep does.

use super::*;
use domain::store::Item;

const SEEDED: &str = r#"
name: seeded
inputs: { prompt: { type: text } }
budget_usd: 1
steps:
  generate: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}", seed: 7 } }
  good: { kind: gate.quality, with: { images: "{{ generate.image }}" } }
"#;

fn id(number: u8) -> JobId {
    JobId::new(NOW, [number; 10])
}

/// A world in which the second job waits for the first one's picture.
async fn followed() -> World {
    let world = World::default();
    world.host("host-a", 2).await;
    for number in [1, 2] {
        let job = world.job(number, SEEDED, json!({ "prompt": "a fox" })).await;
        world.lanes().take(&world.message(&job, 0), NOW).await.unwrap();
        world.lanes().fill(GPU, NOW).await.unwrap();
    }
    world
}

fn step(world: &World) -> StepRecord {
    from_item(&world.table.peek(&StepRecord::key(&id(2), "generate")).unwrap()).unwrap()
}

/// Sweeps, and brings what the sweep sent.
async fn sweep(world: &World, now: Time) {
    let sent = world.queue.sent().len();
    handle(&world.lanes(), &world.notices, Input::Sweep, now).await.unwrap();
    for (body, _) in world.queue.sent().split_off(sent) {
        if let Ok(message) = serde_json::from_value::<Message>(body) {
            world.lanes().take(&message, now).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_picture_that_was_made_while_nobody_was_woken_is_given_by_the_sweep() {
    let world = followed().await;
    // Whoever was told of it died before it woke the one who waits.
    let report = world.success(&attempt(&id(1), 1), 1);
    let fields: Item = world.table.peek(&StepRecord::key(&id(2), "generate")).unwrap();
    world.lanes().report(&report, NOW.plus_s(2)).await.unwrap();
    world.table.plant(Write::put(StepRecord::key(&id(2), "generate"), &fields).unwrap());
    assert_eq!(step(&world).state, StepState::Waiting);
    sweep(&world, NOW.plus_s(121)).await;
    assert_eq!(step(&world).state, StepState::Succeeded);
    assert_eq!(world.hosts.renders().len(), 1);
}

#[tokio::test]
async fn a_leader_that_ended_unseen_is_followed_by_whoever_waited() {
    let world = followed().await;
    let ended = json!({ "state": "failed" });
    tamper(&world, &StepRecord::key(&id(1), "generate"), ended);
    sweep(&world, NOW.plus_s(121)).await;
    let follower = step(&world);
    assert_eq!((follower.state, follower.follows), (StepState::Waiting, None), "in its lane");
    assert_eq!(follower.attempts, 1);
    assert!(follower.waits_at.is_some());
}

#[tokio::test]
async fn a_step_that_waits_for_another_s_work_ends_at_its_own_deadline() {
    let world = followed().await;
    let deadline = step(&world).deadline_at.unwrap();
    let leader = StepRecord::key(&id(1), "generate");
    tamper(&world, &leader, json!({ "deadline_at": deadline.plus_s(9_000) }));
    sweep(&world, deadline.plus_s(1)).await;
    assert_eq!(step(&world).state, StepState::Expired);
}
