//! A vendor's model that fails again and again is left alone, then tried by one attempt alone.

use super::*;
use domain::vendor::circuit::{Circuit, EVERY_MODEL, State};
use domain::vendor::{Class, Outcome};

/// One attempt and nobody else to ask: what fails is over.
const ONCE: &str = "with: { prompt: a fox, model: aster/sketch }, retry: { attempts: 1 }";

fn down() -> Outcome {
    Outcome::refused(Class::Elsewhere, "connection refused")
}

async fn circuit(world: &World, model: &str) -> Circuit {
    let lane = LaneView::read(&world.table, "aster").await.unwrap();
    lane.circuits.get(model).cloned().unwrap_or_default()
}

/// A world in which the model failed five times in a row, in as many jobs, at `NOW`.
async fn failing() -> World {
    let (world, first) = world_with(ONCE).await;
    let mut job = first;
    for number in 2..=6 {
        world.vendors.answer(down());
        look(&world, &attempt(&job, 1), NOW).await.unwrap();
        assert_eq!(step(&world, &job).state, StepState::Failed);
        world.calls.take();
        if number < 6 {
            job = another(&world, number, ONCE, NOW).await;
        }
    }
    world.queue.take();
    world
}

/// The attempts that `call` was asked to look at.
fn asked(world: &World) -> Vec<String> {
    let calls = world.calls.take();
    calls.iter().map(|(body, _)| body["attempt"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn after_five_faults_in_a_row_work_waits_and_one_attempt_alone_tries() {
    let world = failing().await;
    let until = NOW.plus_s(30);
    assert_eq!(circuit(&world, "sketch").await.state(NOW), State::Open(until));
    let first = another(&world, 7, ONCE, NOW.plus_s(1)).await;
    let second = another(&world, 8, ONCE, NOW.plus_s(2)).await;
    assert_eq!(asked(&world), [""; 0], "nobody is asked");
    let looks = world.queue.take();
    assert!(looks.contains(&(json!({ "tick": "aster" }), 30)), "{looks:?}");

    world.lanes().fill("aster", until).await.unwrap();
    let tries = asked(&world);
    let [one] = tries.as_slice() else { panic!("two slots are free, and one tries: {tries:?}") };
    assert_eq!(circuit(&world, "sketch").await.by.as_ref(), Some(one));
    world.lanes().fill("aster", until.plus_s(1)).await.unwrap();
    assert_eq!(asked(&world), [""; 0]);

    let tries = AttemptId::parse(one).unwrap();
    world.vendors.at_once();
    look(&world, &tries, until.plus_s(2)).await.unwrap();
    assert_eq!(circuit(&world, "sketch").await, Circuit::default(), "forgotten");
    let other = if tries.job() == first { &second } else { &first };
    assert_eq!(asked(&world), [attempt(other, 1).to_string()], "the next goes on at once");
}

#[tokio::test]
async fn a_try_that_fails_doubles_the_rest() {
    let world = failing().await;
    let job = another(&world, 7, ONCE, NOW.plus_s(30)).await;
    world.vendors.answer(down());
    look(&world, &attempt(&job, 1), NOW.plus_s(31)).await.unwrap();
    let state = circuit(&world, "sketch").await.state(NOW.plus_s(31));
    assert_eq!(state, State::Open(NOW.plus_s(31 + 60)));
}

#[tokio::test]
async fn a_try_that_tells_nothing_gives_way_to_the_next() {
    let world = failing().await;
    let job = another(&world, 7, ONCE, NOW.plus_s(30)).await;
    world.vendors.answer(Outcome::refused(Class::Later(5), "too many requests"));
    let at = NOW.plus_s(31);
    look(&world, &attempt(&job, 1), at).await.unwrap();
    let left = circuit(&world, "sketch").await;
    assert_eq!((left.by.as_deref(), left.state(at)), (None, State::HalfOpen));

    world.calls.take();
    let canceled = another(&world, 8, ONCE, at).await;
    assert!(circuit(&world, "sketch").await.by.is_some());
    domain::job::cancel(&world.table, &world.flow, &world.queue, &canceled, at).await.unwrap();
    look(&world, &attempt(&canceled, 1), at).await.unwrap();
    assert_eq!(circuit(&world, "sketch").await.by, None, "it was never called");
}

#[tokio::test]
async fn a_vendor_is_no_host_and_is_not_quarantined_besides() {
    let world = failing().await;
    let lane = LaneView::read(&world.table, "aster").await.unwrap();
    assert!(!lane.quarantined("aster", NOW));
    let failures = lane.slots.values().map(|slot| slot.failures).sum::<u32>();
    assert_eq!(failures, 0);
}

#[tokio::test]
async fn where_our_account_is_at_fault_none_of_the_vendors_models_is_asked() {
    let (world, job) = world_with(ONCE).await;
    world.vendors.answer(Outcome::refused(Class::Credentials, "the key is not taken"));
    look(&world, &attempt(&job, 1), NOW).await.unwrap();
    let until = circuit(&world, EVERY_MODEL).await.until.unwrap();
    assert_eq!(until, NOW.plus_s(30));
    world.calls.take();
    another(&world, 7, ONCE, NOW.plus_s(1)).await;
    assert_eq!(asked(&world), [""; 0]);
    world.lanes().fill("aster", until).await.unwrap();
    assert_eq!(asked(&world).len(), 1);
}

#[tokio::test]
async fn outputs_of_no_use_are_faults_though_they_were_delivered() {
    let (world, job) = world_with(ONCE).await;
    let page = domain::vendor::Source::Bytes(b"<html>sorry</html>".to_vec());
    world.vendors.answer(Outcome::done("image", page));
    look(&world, &attempt(&job, 1), NOW).await.unwrap();
    assert_eq!(circuit(&world, "sketch").await.faults, [attempt(&job, 1).to_string()]);
}

#[tokio::test]
async fn a_fault_is_counted_once_whatever_fails_and_the_answer_is_on_the_ledger() {
    every_fault(
        async || {
            let (world, _) = world_with(ONCE).await;
            world.vendors.answer(down());
            world
        },
        async |world| {
            let first = attempt(&JobId::new(NOW, [1; 10]), 1);
            let seen = look(world, &first, NOW).await;
            // Whoever called may have died: it is found out when the time of the call is over.
            look(world, &first, NOW.plus_s(400)).await.and(seen)
        },
        |world| {
            let first = attempt(&JobId::new(NOW, [1; 10]), 1);
            let item = world.table.peek(&Circuit::key("aster", "sketch"));
            let known: Option<Circuit> = item.map(|item| from_item(&item).unwrap());
            let faults = known.map(|known| known.faults.len()).unwrap_or_default();
            assert!(faults <= 1, "{faults}");
            ledger(world, &first).ended_at.is_some().to_string()
        },
    )
    .await;
}
