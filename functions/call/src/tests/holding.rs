//! Who waits for a vendor holds its message and its lease; who dies at it is followed, and nothing is called twice.

use super::*;
use domain::lane::{SlotRecord, slot_key};
use std::task::{Context, Poll, Waker};

/// A lease in these worlds, in seconds.
const LEASE_S: u32 = 60;

/// A world whose vendor answers when it is done, after so many turns.
async fn waiting(turns: u32) -> (World, AttemptId) {
    let (world, job) = world().await;
    world.vendors.at_once();
    world.vendors.hide();
    world.vendors.take(turns);
    (world, attempt(&job, 1))
}

/// A look that takes as long as the message says.
async fn long_look(world: &World, attempt: &AttemptId) -> Result<()> {
    let clock = || NOW.plus_s(world.held.passed_s());
    handle(&world.caller(&clock), &Input { attempt: attempt.clone() }, &world.held).await
}

/// The same, and whoever looks dies after so many turns.
fn dies_after(world: &World, attempt: &AttemptId, turns: u32) {
    let mut look = Box::pin(long_look(world, attempt));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..turns {
        assert_eq!(look.as_mut().poll(&mut context), Poll::Pending);
    }
}

fn slot(world: &World, attempt: &AttemptId) -> SlotRecord {
    let record = ledger(world, attempt);
    from_item(&world.table.peek(&slot_key("aster", &record.slot)).unwrap()).unwrap()
}

#[tokio::test]
async fn a_message_is_hidden_for_a_lease_and_no_longer() {
    let (world, first) = waiting(0).await;
    long_look(&world, &first).await.unwrap();
    assert_eq!(world.held.hidden(), [(0, LEASE_S + 2)]);
}

#[tokio::test]
async fn while_a_vendor_works_message_and_leases_are_renewed_together() {
    let (world, first) = waiting(20).await;
    dies_after(&world, &first, 6);
    let passed = world.held.passed_s();
    assert_eq!(passed, 100, "a third of a lease each time");
    let times: Vec<_> = world.held.hidden().iter().map(|(at, _)| *at).collect();
    assert_eq!(times, [0, 20, 40, 60, 80, 100]);
    let until = NOW.plus_s(passed + LEASE_S);
    assert_eq!(ledger(&world, &first).called.call_until, Some(until));
    assert_eq!(slot(&world, &first).lease_until, until.plus_s(LEASE_S));
    assert_eq!(ledger(&world, &first).called.called_at, Some(NOW));
}

#[tokio::test]
async fn whoever_dies_at_a_call_is_followed_when_the_message_comes_again_and_the_vendor_is_not_called_again()
 {
    for turns in 1..8 {
        let (world, first) = waiting(20).await;
        dies_after(&world, &first, turns);
        world.calls.take();
        let (hidden, for_s) = *world.held.hidden().last().unwrap();
        look(&world, &first, NOW.plus_s(hidden + for_s - 10)).await.unwrap();
        assert_eq!(ledger(&world, &first).state, AttemptState::Claimed, "it is believed to live");
        look(&world, &first, NOW.plus_s(hidden + for_s)).await.unwrap();
        assert_eq!(ledger(&world, &first).state, AttemptState::Unknown, "after {turns}");
        assert_eq!(world.vendors.starts().len(), 1);
    }
}

#[tokio::test]
async fn work_whose_caller_died_is_found_where_the_vendor_lets_one_look() {
    let (world, job) = world().await;
    let first = attempt(&job, 1);
    world.vendors.take(20);
    dies_after(&world, &first, 3);
    world.calls.take();
    look(&world, &first, NOW.plus_s(500)).await.unwrap();
    settle(&world, NOW.plus_s(500)).await;
    assert_eq!(ledger(&world, &first).state, AttemptState::Succeeded);
    assert_eq!(world.vendors.starts().len(), 1);
}

#[tokio::test]
async fn whatever_fails_while_a_vendor_works_it_is_called_once_and_paid_once() {
    every_fault(
        async || waiting(9).await.0,
        async |world| {
            let first = attempt(&JobId::new(NOW, [1; 10]), 1);
            let mut failed = long_look(world, &first).await;
            for late in 1..6 {
                let at = NOW.plus_s(world.held.passed_s() + late * 400);
                failed = failed.and(look(world, &first, at).await);
            }
            if ledger(world, &first).state == AttemptState::Refused {
                // A start that was refused made room for another attempt: it is not this test's.
                return Ok(());
            }
            failed
        },
        |world| {
            let first = attempt(&JobId::new(NOW, [1; 10]), 1);
            assert!(world.vendors.starts().len() <= 1);
            match ledger(world, &first).state {
                AttemptState::Refused => assert!(world.vendors.work().is_empty()),
                // Whoever died before the call, and after saying that it is made, is not told from one who died after it.
                AttemptState::Unknown => {}
                state => assert_eq!(state, AttemptState::Succeeded),
            }
            "called once at most".into()
        },
    )
    .await;
}

#[tokio::test]
async fn a_call_that_is_over_leaves_no_beat_behind() {
    let (world, first) = waiting(4).await;
    long_look(&world, &first).await.unwrap();
    assert_eq!(ledger(&world, &first).state, AttemptState::Succeeded);
    assert_eq!(slot(&world, &first).attempt, None, "its slot is free");
}

#[tokio::test]
async fn what_an_operator_found_out_is_not_looked_for_any_more_but_heard_of() {
    let (world, first) = waiting(0).await;
    world.vendors.lose_next();
    look(&world, &first, NOW).await.unwrap();
    world.calls.take();
    let word = domain::lane::Resolution {
        resolve: first.clone(),
        word: domain::lane::Word::Paid,
        by: "ops".into(),
        why: "it is on the bill".into(),
        usd: None,
    };
    world.lanes().resolve(&word, NOW.plus_s(301)).await.unwrap();
    look(&world, &first, NOW.plus_s(302)).await.unwrap();
    assert!(world.calls.take().is_empty(), "nobody looks again");
    let handle = domain::vendor::Handle::new("work-1");
    world.vendors.finish();
    let clock = || NOW.plus_s(400);
    world.caller(&clock).heard(&first, &handle).await.unwrap();
    settle(&world, NOW.plus_s(400)).await;
    assert_eq!(ledger(&world, &first).state, AttemptState::Succeeded, "late, and adopted");
}

#[tokio::test]
async fn whoever_dies_after_the_end_leaves_nobody_waiting() {
    for at_once in [false, true] {
        every_fault(
            async || {
                let (world, _) = world().await;
                if at_once {
                    world.vendors.at_once();
                }
                world
            },
            async |world| {
                let first = attempt(&JobId::new(NOW, [1; 10]), 1);
                let mut now = NOW;
                let mut looked = Ok(());
                for _ in 0..6 {
                    looked = look(world, &first, now).await;
                    now = now.plus_s(400);
                    let over = ledger(world, &first).state.over();
                    if over && looked.is_ok() {
                        break;
                    }
                }
                looked
            },
            |world| {
                let first = attempt(&JobId::new(NOW, [1; 10]), 1);
                let state = ledger(world, &first).state;
                let told = state == AttemptState::Refused || world.flow.completed().len() == 1;
                assert!(told, "it is {state}, and its execution waits");
                "its execution is told".into()
            },
        )
        .await;
    }
}
