//! Who is asked where a vendor fails: nobody that is left alone, and what waits for such a one waits no longer.

use super::*;
use domain::lane::slot_key;
use domain::store::{Condition, Write};
use domain::vendor::circuit::Circuit;
use domain::vendor::{Class, Outcome};

const THREE: &str = "with: { prompt: a fox }, models: [aster/sketch, brio/vivid-2, cadenza/mine], retry: { attempts: 1 }";
const TWO: &str =
    "with: { prompt: a fox }, models: [aster/sketch, brio/vivid-2], retry: { attempts: 1 }";

/// Leaves a model alone until then.
fn shut(world: &World, vendor: &str, model: &str, until: Time) {
    let circuit = Circuit { until: Some(until), rests: 1, turn: 1, ..Circuit::default() };
    world.table.plant(Write::put(Circuit::key(vendor, model), &circuit).unwrap());
}

/// A world in which an attempt is claimed at the first of three.
async fn three() -> (World, JobId) {
    let world = open().await;
    open_vendor(&world.table, "cadenza", 2).await.unwrap();
    let job = another(&world, 1, THREE, NOW).await;
    (world, job)
}

fn down() -> Outcome {
    Outcome::refused(Class::Elsewhere, "connection refused")
}

#[tokio::test]
async fn nobody_who_is_left_alone_is_asked_next_while_another_may_be() {
    let (world, job) = three().await;
    shut(&world, "brio", "vivid-2", NOW.plus_s(30));
    world.vendors.answer(down());
    settle(&world, NOW).await;
    assert_eq!(asked(&world), ["aster", "cadenza"]);
    assert_eq!(ledger(&world, &attempt(&job, 2)).work.others.len(), 1, "brio is kept for later");
}

#[tokio::test]
async fn nor_one_whose_time_for_a_try_has_come_nor_one_whose_lane_is_held() {
    for held in [false, true] {
        let (world, _) = three().await;
        match held {
            false => shut(&world, "brio", "*", Time(NOW.0 - 1)),
            true => {
                let hold = domain::store::Key::new("LANE#brio", "HOLD");
                world.table.plant(Write::put(hold, &json!({ "reason": "price" })).unwrap());
            }
        }
        world.vendors.answer(down());
        settle(&world, NOW).await;
        assert_eq!(asked(&world), ["aster", "cadenza"], "held: {held}");
    }
}

#[tokio::test]
async fn where_nobody_else_is_left_the_work_waits_until_a_try_is_due() {
    let (world, job) = world_with(TWO).await;
    shut(&world, "brio", "vivid-2", NOW.plus_s(30));
    world.vendors.answer(down());
    look(&world, &attempt(&job, 1), NOW).await.unwrap();
    assert_eq!(step(&world, &job).lane.as_deref(), Some("brio"));
    let then = settle(&world, NOW).await;
    assert_eq!(asked(&world), ["aster", "brio"]);
    assert!(NOW.plus_s(30) <= then);
    assert_eq!(step(&world, &job).state, StepState::Succeeded);
    assert_eq!(world.table.peek(&Circuit::key("brio", "vivid-2")), None, "it works again");
}

#[tokio::test]
async fn who_was_left_alone_when_the_step_began_is_asked_when_all_others_failed() {
    let world = open().await;
    shut(&world, "aster", "sketch", NOW.plus_s(30));
    let job = another(&world, 1, TWO, NOW).await;
    world.vendors.answer(down());
    settle(&world, NOW).await;
    assert_eq!(asked(&world), ["brio", "aster"]);
    assert_eq!(step(&world, &job).state, StepState::Succeeded);
}

/// A world in which aster's slots are taken, and one more job waits for it.
async fn waiting() -> (World, JobId) {
    let world = open().await;
    let own = "with: { prompt: a fox, model: aster/sketch }, retry: { attempts: 1 }";
    for number in 1..=2 {
        another(&world, number, own, NOW).await;
    }
    let job = another(&world, 3, TWO, NOW).await;
    assert_eq!(step(&world, &job).state, StepState::Waiting);
    world.queue.take();
    (world, job)
}

#[tokio::test]
async fn what_waits_for_a_model_goes_to_the_next_when_it_is_left_alone() {
    for silent in [false, true] {
        let (world, job) = waiting().await;
        let faults = (1..=4).map(|n| format!("earlier-{n}")).collect();
        let circuit = Circuit { faults, turn: 4, ..Circuit::default() };
        world.table.plant(Write::put(Circuit::key("aster", "sketch"), &circuit).unwrap());
        let fifth = attempt(&JobId::new(NOW, [1; 10]), 1);
        world.vendors.answer(if silent { Outcome::Unknown("no answer".into()) } else { down() });
        look(&world, &fifth, NOW).await.unwrap();
        let waits = step(&world, &job);
        assert_eq!((waits.lane.as_deref(), waits.attempts), (Some("brio"), 1), "silent: {silent}");
        assert!(world.queue.take().contains(&(json!({ "tick": "brio" }), 1)));
        let aster = LaneView::read(&world.table, "aster").await.unwrap();
        assert_eq!(aster.waiting, []);

        world.calls.take();
        world.lanes().fill("brio", NOW.plus_s(1)).await.unwrap();
        settle(&world, NOW.plus_s(1)).await;
        let record = ledger(&world, &attempt(&job, 1));
        assert_eq!((record.state, record.work.lane.as_str()), (AttemptState::Succeeded, "brio"));
        let others: Vec<_> = record.work.others.iter().map(|maker| maker.lane.as_str()).collect();
        assert_eq!(others, ["aster"], "who had it comes last");
        let events = domain::event::read(&world.table, &job, 0, 100).await.unwrap();
        let moved = events.iter().filter(|event| event.kind == "step.waiting").nth(1).unwrap();
        assert_eq!(moved.data["lane"], "brio");
        assert_eq!(moved.data["reason"], "aster/sketch failed too often in a row");
    }
}

#[tokio::test]
async fn what_nobody_else_may_do_waits_where_it_is() {
    let (world, job) = waiting().await;
    shut(&world, "aster", "sketch", NOW.plus_s(30));
    shut(&world, "brio", "vivid-2", NOW.plus_s(60));
    world.lanes().fill("aster", NOW).await.unwrap();
    assert_eq!(step(&world, &job).lane.as_deref(), Some("aster"));
}

#[tokio::test]
async fn of_much_that_waits_in_line_all_goes_on() {
    let world = open().await;
    let own = "with: { prompt: a fox, model: aster/sketch }, retry: { attempts: 1 }";
    for number in 1..=2 {
        another(&world, number, own, NOW).await;
    }
    for number in 3..=33 {
        let job = world.job(number, &pipeline(TWO), json!({})).await;
        let message = world.message(&job, 0);
        let lane = world.lanes().take(&message, NOW).await.unwrap();
        world.lanes().fill_after(&message, &lane, NOW).await.unwrap();
    }
    shut(&world, "aster", "sketch", NOW.plus_s(600));
    world.calls.take();
    world.lanes().fill("aster", NOW).await.unwrap();
    settle(&world, NOW).await;
    assert_eq!(asked(&world).iter().filter(|vendor| *vendor == "brio").count(), 31);
    for number in 3..=33 {
        let job = JobId::new(NOW, [number; 10]);
        assert_eq!(step(&world, &job).state, StepState::Succeeded, "job {number}");
    }
}

#[tokio::test]
async fn another_model_of_the_same_vendor_takes_it_over_too() {
    let two =
        "with: { prompt: a fox }, models: [cadenza/mine, cadenza/other], retry: { attempts: 1 }";
    let world = open().await;
    open_vendor(&world.table, "cadenza", 1).await.unwrap();
    another(&world, 1, two, NOW).await;
    let job = another(&world, 2, two, NOW).await;
    shut(&world, "cadenza", "mine", NOW.plus_s(600));
    settle(&world, NOW).await;
    let record = ledger(&world, &attempt(&job, 1));
    assert_eq!(record.work.ask.unwrap().model, "other");
    assert_eq!(record.state, AttemptState::Succeeded);
}

#[tokio::test]
async fn every_call_of_a_move_may_fail_both_ways() {
    every_fault(
        async || {
            let (world, _) = waiting().await;
            shut(&world, "aster", "sketch", NOW.plus_s(600));
            // Only where it waits is of interest: brio is busy for now.
            for n in 0..2 {
                let sk = domain::lane::SlotRecord::sk("brio", n);
                let busy = json!({ "attempt": "another", "lease_until": NOW.plus_s(300) });
                let busy = Write::set(slot_key("brio", &sk), busy).when(Condition::Present);
                domain::ports::Table::write(&world.table, vec![busy]).await.unwrap();
            }
            world
        },
        async |world| {
            let filled = world.lanes().fill("aster", NOW).await;
            for (body, _) in world.queue.take() {
                if let Some(lane) = body["tick"].as_str() {
                    world.lanes().fill(lane, NOW.plus_s(2)).await?;
                }
            }
            filled
        },
        |world| world.table.listing(),
    )
    .await;
}
