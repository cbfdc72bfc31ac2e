//! Where a job's time went, by records of known times: all figures are worked out by hand.

use super::*;
use domain::job::Timings;

#[tokio::test]
async fn a_lane_step_was_queued_then_waited_for_a_slot_then_ran_in_it() {
    let world = World::default();
    let job = world.job(1, HERO, json!({ "prompt": "a fox" })).await;
    world.lanes().take(&world.message(&job, 0), NOW.plus_s(2)).await.unwrap();
    world.host("host-a", 1).await;
    world.lanes().fill(GPU, NOW.plus_s(5)).await.unwrap();
    let report = world.success(&AttemptId::new(&job, "generate", 1), 1);
    world.lanes().report(&report, NOW.plus_s(16)).await.unwrap();
    let view = JobView::expect(&world.table, &job).await.unwrap();
    let expected = Timings { queued: 2_000, waiting: 3_000, running: 11_000, ..Timings::default() };
    assert_eq!(view.timings("generate"), expected);
    assert_eq!(view.timings("cutout"), Timings::default());
    assert_eq!(expected.json()["running"], 11.0);
}

#[tokio::test]
async fn gates_cpu_steps_and_publishes_have_a_time_of_their_own_kind() {
    let world = World::default();
    let job = world.job(1, HERO, json!({ "prompt": "a fox" })).await;
    for (name, from, to) in [("safe", 10, 11), ("ladder", 13, 17), ("publish", 17, 19)] {
        let step = StepRecord {
            started_at: Some(NOW.plus_s(from)),
            ended_at: Some(NOW.plus_s(to)),
            ..StepRecord::pending(name, 1)
        };
        world.table.plant(Write::put(StepRecord::key(&job, name), &step).unwrap());
    }
    let view = JobView::expect(&world.table, &job).await.unwrap();
    let zero = Timings::default();
    assert_eq!(view.timings("safe"), Timings { queued: 10_000, gated: 1_000, ..zero });
    // From the gate's end to the function that took it up.
    assert_eq!(view.timings("ladder"), Timings { queued: 2_000, running: 4_000, ..zero });
    assert_eq!(view.timings("publish"), Timings { published: 2_000, ..zero });
}
