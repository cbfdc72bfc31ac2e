//! The first vendor is down, slow, out of quota, or refuses the content: each is another thing to do.

use super::*;
use domain::money::MicroUsd;
use domain::vendor::{Class, Handle, Outcome};

const TWO: &str =
    "with: { prompt: a fox }, models: [aster/sketch, brio/vivid-2], retry: { attempts: 2 }";

#[tokio::test]
async fn where_the_first_is_down_the_second_is_asked_at_once() {
    let (world, job) = world_with(TWO).await;
    world.vendors.answer(Outcome::refused(Class::Elsewhere, "connection refused"));
    let end = settle(&world, NOW).await;
    assert_eq!(asked(&world), ["aster", "brio"]);
    assert_eq!(ledger(&world, &attempt(&job, 1)).state, AttemptState::Refused);
    assert_eq!(ledger(&world, &attempt(&job, 1)).usd, Some(MicroUsd(0)));
    assert_eq!(ledger(&world, &attempt(&job, 2)).state, AttemptState::Succeeded);
    assert!(end.since_ms(NOW) < 60_000);
}

#[tokio::test]
async fn where_the_first_is_slow_it_is_waited_for_and_nobody_else_is_asked() {
    let (world, job) = world_with(TWO).await;
    let first = attempt(&job, 1);
    look(&world, &first, NOW).await.unwrap();
    for at in [10, 60, 200] {
        world.vendors.slower();
        look(&world, &first, NOW.plus_s(at)).await.unwrap();
    }
    assert_eq!(asked(&world), ["aster"]);
    assert_eq!(ledger(&world, &first).state, AttemptState::Running);
    let lane = LaneView::read(&world.table, "aster").await.unwrap();
    let held = lane.slots.values().find(|slot| slot.attempt.is_some()).unwrap();
    assert!(NOW.plus_s(200) < held.lease_until, "its slot is held until the next look");
}

#[tokio::test]
async fn where_the_first_is_out_of_quota_the_second_is_asked_and_the_first_left_alone() {
    let (world, job) = world_with(TWO).await;
    world.vendors.answer(Outcome::refused(Class::Quota, "insufficient_quota"));
    settle(&world, NOW).await;
    assert_eq!(asked(&world), ["aster", "brio"]);
    assert_eq!(step(&world, &job).state, StepState::Succeeded);
    let lane = LaneView::read(&world.table, "aster").await.unwrap();
    assert!(NOW < lane.circuits["*"].until.unwrap(), "the whole account is left alone");
}

#[tokio::test]
async fn where_the_first_refuses_the_content_nobody_else_is_asked() {
    let (world, job) = world_with(TWO).await;
    world.vendors.answer(Outcome::refused(Class::Content, "content policy"));
    settle(&world, NOW).await;
    assert_eq!(asked(&world), ["aster"]);
    assert_eq!(step(&world, &job).state, StepState::Failed);
    assert!(step(&world, &job).error.unwrap().contains("content policy"));
}

#[tokio::test]
async fn a_vendor_that_wants_us_back_soon_is_waited_for_and_one_that_does_not_is_left() {
    for (wait_s, expected) in [(10, ["aster", "aster"]), (60, ["aster", "brio"])] {
        let (world, _) = world_with(TWO).await;
        world.vendors.answer(Outcome::refused(Class::Later(wait_s), "too many requests"));
        let end = settle(&world, NOW).await;
        assert_eq!(asked(&world), expected);
        assert!(wait_s != 10 || 10_000 <= end.since_ms(NOW));
    }
}

#[tokio::test]
async fn where_nobody_else_is_left_the_step_fails_after_its_attempts() {
    let one = "with: { prompt: a fox, model: aster/sketch }, retry: { attempts: 2 }";
    let (world, job) = world_with(one).await;
    for _ in 0..5 {
        world.vendors.answer(Outcome::refused(Class::Elsewhere, "model retired"));
    }
    settle(&world, NOW).await;
    assert_eq!(world.vendors.starts().len(), 2);
    assert_eq!(step(&world, &job).state, StepState::Failed);
}

#[tokio::test]
async fn our_own_hosts_may_be_the_next() {
    let more = "with: { prompt: a fox }, models: [aster/sketch, sketch-1]";
    let (world, job) = world_with(more).await;
    world.host("host-a", 1).await;
    world.vendors.answer(Outcome::refused(Class::Elsewhere, "down"));
    settle(&world, NOW).await;
    let render = world.render(&attempt(&job, 2));
    assert_eq!(render.params["model"], "sketch-1");
    assert_eq!(ledger(&world, &attempt(&job, 2)).work.lane, GPU);
}

#[tokio::test]
async fn work_that_was_accepted_and_failed_is_paid_as_the_vendor_says_and_tried_elsewhere() {
    let (world, job) = world_with(TWO).await;
    let failed = Outcome::Failed {
        refusal: domain::vendor::Refusal { class: Class::Elsewhere, reason: "bad output".into() },
        usd: Some(MicroUsd(7)),
    };
    world.vendors.answer(Outcome::accepted(Handle::new("gone")));
    look(&world, &attempt(&job, 1), NOW).await.unwrap();
    world.vendors.answer_check(failed);
    settle(&world, NOW.plus_s(5)).await;
    assert_eq!(ledger(&world, &attempt(&job, 1)).state, AttemptState::Failed);
    assert_eq!(ledger(&world, &attempt(&job, 1)).usd, Some(MicroUsd(7)));
    assert_eq!(asked(&world), ["aster", "brio"]);
    assert_eq!(step(&world, &job).state, StepState::Succeeded);
}

#[tokio::test]
async fn an_output_that_is_gone_before_it_is_fetched_was_paid_all_the_same() {
    let more = "with: { prompt: a fox, model: aster/sketch }, retry: { attempts: 1 }";
    let (world, job) = world_with(more).await;
    world.vendors.expire();
    settle(&world, NOW).await;
    let record = ledger(&world, &attempt(&job, 1));
    assert_eq!((record.state, record.usd), (AttemptState::Failed, Some(MicroUsd(40_000))));
    assert_eq!(step(&world, &job).state, StepState::Failed);
}

#[tokio::test]
async fn a_page_of_words_is_no_picture() {
    let more = "with: { prompt: a fox, model: aster/sketch }, retry: { attempts: 1 }";
    let (world, job) = world_with(more).await;
    let page = domain::vendor::Source::Bytes(b"<html>sorry</html>".to_vec());
    world.vendors.answer(Outcome::done("image", page));
    settle(&world, NOW).await;
    let record = ledger(&world, &attempt(&job, 1));
    assert_eq!(record.state, AttemptState::Failed);
    assert_eq!(record.error.as_deref(), Some("output \"image\" is of no known format"));
    assert!(0 < record.usd.unwrap().0, "it was paid, as far as anybody knows");
}

#[tokio::test]
async fn what_an_answer_lacks_is_counted_by_vendor_and_field_and_the_work_goes_on() {
    use domain::vendor::{Answer, Drifted};
    let (world, job) = world().await;
    let first = attempt(&job, 1);
    let drifted = |found: &str| {
        Answer::from(Outcome::accepted(Handle::new("work-1"))).drifted("status", found)
    };
    world.vendors.answer(drifted("\"PAUSED\""));
    look(&world, &first, NOW).await.unwrap();
    world.vendors.answer_check(drifted("\"RESTING\""));
    look(&world, &first, NOW.plus_s(10)).await.unwrap();
    let known = Drifted::all(&world.table).await.unwrap();
    let [it] = known.as_slice() else { panic!("{known:?}") };
    assert_eq!((it.vendor.as_str(), it.field.as_str(), it.count), ("aster", "status", 2));
    assert_eq!((it.found.as_str(), &it.attempt), ("\"RESTING\"", &first));
    assert_eq!(ledger(&world, &first).state, AttemptState::Running);
}
