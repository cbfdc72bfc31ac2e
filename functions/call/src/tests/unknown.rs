//! Nobody knows whether the vendor accepted it: it is found out, waited for, or decided; never asked for blindly.

use super::*;
use domain::store::Write;
use domain::vendor::Outcome;

/// A world in which the answer to the start was lost, though the vendor has the work.
async fn lost(more: &str) -> (World, JobId) {
    let (world, job) = world_with(more).await;
    world.vendors.lose_next();
    look(&world, &attempt(&job, 1), NOW).await.unwrap();
    assert_eq!(ledger(&world, &attempt(&job, 1)).state, AttemptState::Unknown);
    (world, job)
}

const ONE: &str = "with: { prompt: a fox, model: aster/sketch }";

#[tokio::test]
async fn work_that_the_vendor_lets_one_find_is_found() {
    let (world, job) = lost(ONE).await;
    settle(&world, NOW.plus_s(5)).await;
    assert_eq!(world.vendors.starts().len(), 1);
    assert_eq!(ledger(&world, &attempt(&job, 1)).state, AttemptState::Succeeded);
    assert_eq!(step(&world, &job).state, StepState::Succeeded);
}

#[tokio::test]
async fn work_that_was_certainly_never_accepted_is_asked_for_again() {
    let (world, job) = world().await;
    world.vendors.answer(Outcome::Unknown("timed out".into()));
    settle(&world, NOW).await;
    assert_eq!(world.vendors.starts().len(), 2);
    assert_eq!(world.vendors.work().len(), 1);
    assert_eq!(ledger(&world, &attempt(&job, 1)).state, AttemptState::Refused);
    assert_eq!(step(&world, &job).state, StepState::Succeeded);
}

#[tokio::test]
async fn by_default_it_waits_and_nobody_else_is_asked() {
    let two = "with: { prompt: a fox }, models: [aster/sketch, brio/vivid-2]";
    let (world, job) = lost(two).await;
    world.vendors.hide();
    settle(&world, NOW.plus_s(5)).await;
    assert_eq!(world.vendors.starts().len(), 1);
    let record = ledger(&world, &attempt(&job, 1));
    assert_eq!(record.state, AttemptState::Unknown, "it rests, and is reported");
    assert_eq!(record.error.as_deref(), Some("lost by the test"));
    assert_eq!(step(&world, &job).state, StepState::Running);
}

#[tokio::test]
async fn where_it_says_fail_it_fails_after_the_bound_as_if_paid() {
    let (world, job) = lost(&format!("{ONE}, on_unknown: fail")).await;
    world.vendors.hide();
    settle(&world, NOW.plus_s(5)).await;
    assert_eq!(world.vendors.starts().len(), 1);
    assert_eq!(step(&world, &job).state, StepState::Failed);
    let record = ledger(&world, &attempt(&job, 1));
    assert_eq!(record.state, AttemptState::Lost);
    assert!(0 < record.usd.unwrap().0, "its quote counts as paid");
}

#[tokio::test]
async fn where_the_risk_is_taken_it_is_asked_for_again_after_the_bound() {
    let risk = format!("{ONE}, on_unknown: {{ resubmit: {{ because: cheap }} }}");
    let (world, job) = lost(&risk).await;
    world.vendors.hide();
    settle(&world, NOW.plus_s(5)).await;
    assert_eq!(world.vendors.starts().len(), 2);
    assert_eq!(step(&world, &job).state, StepState::Succeeded);
}

#[tokio::test]
async fn a_late_paid_result_of_work_that_was_given_up_is_adopted() {
    let (world, job) = lost(&format!("{ONE}, on_unknown: fail")).await;
    world.vendors.hide();
    let end = settle(&world, NOW.plus_s(5)).await;
    let first = attempt(&job, 1);
    world.vendors.finish();
    let clock = move || end;
    let handle = domain::vendor::Handle::new("work-1");
    world.caller(&clock).heard(&first, &handle).await.unwrap();
    settle(&world, end).await;
    let record = ledger(&world, &first);
    assert_eq!((record.state, record.usd.unwrap().0), (AttemptState::Succeeded, 40_000));
    let view = domain::view::JobView::expect(&world.table, &job).await.unwrap();
    assert_eq!(view.job.spent.0, 40_000, "counted once");
}

#[tokio::test]
async fn whoever_died_between_the_answer_and_the_ledger_left_the_outputs_to_be_found() {
    let (world, job) = world().await;
    world.vendors.at_once();
    world.vendors.hide();
    let first = attempt(&job, 1);
    // The call was made, its output put in its place, and nothing more.
    let place = domain::lane::incoming(&first, "image");
    world.objects.plant(domain::ports::Bucket::Assets, &place, domain::fakes::PNG.to_vec());
    let called = json!({ "called_at": NOW, "call_until": NOW.plus_s(330) });
    let called = domain::store::Write::set(AttemptRecord::key(&first), called);
    domain::ports::Table::write(&world.table, vec![called]).await.unwrap();
    look(&world, &first, NOW.plus_s(10)).await.unwrap();
    assert_eq!(world.vendors.starts(), [], "somebody may be calling just now");
    look(&world, &first, NOW.plus_s(331)).await.unwrap();
    assert_eq!(world.vendors.starts(), []);
    assert_eq!(ledger(&world, &first).state, AttemptState::Succeeded);
}

#[tokio::test]
async fn looks_that_come_too_early_do_not_multiply() {
    let (world, job) = lost(ONE).await;
    world.vendors.hide();
    world.calls.take();
    for at in 0..3 {
        for _ in 0..3 {
            look(&world, &attempt(&job, 1), NOW.plus_s(20 + at)).await.unwrap();
        }
    }
    assert_eq!(world.calls.sent().len(), 1, "one look asks for one");
}

#[tokio::test]
async fn a_slot_is_not_held_for_ever_for_work_that_may_not_be_there() {
    let (world, job) = lost(ONE).await;
    world.vendors.hide();
    world.calls.take();
    look(&world, &attempt(&job, 1), NOW.plus_s(200)).await.unwrap();
    let lane = LaneView::read(&world.table, "aster").await.unwrap();
    assert!(lane.slots.values().all(|slot| slot.attempt.is_none()));
    assert_eq!(ledger(&world, &attempt(&job, 1)).state, AttemptState::Unknown);
    assert_eq!(world.calls.sent().len(), 1, "it is looked for all the same");
}

#[tokio::test]
async fn the_handle_is_on_record_before_anything_else_can_fail() {
    let limits = Some(domain::vendor::Limits { remaining: 0, reset_s: 9 });
    let accepted = Outcome::accepted(domain::vendor::Handle::new("work-7"));
    let answer = domain::vendor::Answer { limits, ..accepted.into() };
    let (mut lost, mut kept) = (0, 0);
    for nth in 0..40 {
        let (world, job) = world().await;
        world.vendors.answer(answer.clone());
        world.faults.plan(nth, domain::fakes::Fault::Refused);
        let failed = look(&world, &attempt(&job, 1), NOW).await.is_err();
        let asked = !world.vendors.starts().is_empty();
        let handle = ledger(&world, &attempt(&job, 1)).called.handle;
        lost += usize::from(asked && handle.is_none());
        kept += usize::from(failed && handle.is_some());
    }
    assert_eq!(lost, 1, "only where the handle itself cannot be written");
    assert!(3 <= kept, "whatever else failed after it: {kept}");
}

/// A world whose vendor answers when it is done; whoever called died when what it had named was on record, and nothing else.
async fn named(more: &str) -> (World, JobId) {
    let (world, job) = world_with(more).await;
    let mut record = ledger(&world, &attempt(&job, 1));
    record.work.ask.as_mut().unwrap().check_s = None;
    (record.called.called_at, record.called.call_until) = (Some(NOW), Some(NOW));
    record.called.handle = Some(domain::vendor::Handle::new("named"));
    world.table.plant(Write::put(AttemptRecord::key(&record.id), &record).unwrap());
    for _ in 0..100 {
        world.vendors.answer_check(Outcome::Unknown("it cannot be asked about work".into()));
    }
    (world, job)
}

#[tokio::test]
async fn what_a_vendor_named_that_answers_when_it_is_done_is_unknown_once_its_caller_died() {
    let (world, job) = named(ONE).await;
    let first = attempt(&job, 1);
    look(&world, &first, NOW.plus_s(30)).await.unwrap();
    let record = ledger(&world, &first);
    assert_eq!((record.state, record.called.looks), (AttemptState::Unknown, 1));
    assert_eq!(record.error.as_deref(), Some("it cannot be asked about work"));
    settle(&world, NOW.plus_s(30)).await;
    assert_eq!(ledger(&world, &first).state, AttemptState::Unknown, "it rests, and is reported");
    assert!(world.vendors.starts().is_empty(), "nobody is asked blindly");

    let (world, job) = named(&format!("{ONE}, on_unknown: fail")).await;
    look(&world, &attempt(&job, 1), NOW.plus_s(30)).await.unwrap();
    settle(&world, NOW.plus_s(30)).await;
    assert_eq!(ledger(&world, &attempt(&job, 1)).state, AttemptState::Lost);
    assert_eq!(step(&world, &job).state, StepState::Failed);
}
