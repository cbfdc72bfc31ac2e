//! What faults, successes and tries make of a circuit, and that each counts once.

use super::*;
use crate::fakes::{NOW, World, every_fault};
use crate::id::JobId;
use crate::vendor::Handle;
use futures_util::FutureExt;

/// In memory nothing has to be waited for.
fn now<T>(act: impl Future<Output = T>) -> T {
    act.now_or_never().expect("nothing waits")
}

const WHOSE: (&str, &str) = ("aster", "sketch");

fn attempt(n: u32) -> AttemptId {
    AttemptId::new(&JobId::new(NOW, [7; 10]), "paint", n)
}

async fn read(world: &World, model: &str) -> Option<Circuit> {
    let item = world.table.get(&[Circuit::key("aster", model)]).await.unwrap().remove(0);
    item.as_ref().map(from_item).transpose().unwrap()
}

async fn told(world: &World, told: Told, attempts: std::ops::RangeInclusive<u32>, now: Time) {
    for n in attempts {
        note(&world.table, WHOSE, told, &attempt(n), now).await.unwrap();
    }
}

async fn state(world: &World, now: Time) -> State {
    read(world, "sketch").await.unwrap_or_default().state(now)
}

/// A world in which the model failed so often that it is left alone.
async fn opened() -> World {
    let world = World::default();
    told(&world, Told::Fault, 1..=5, NOW).await;
    world
}

#[test]
fn five_faults_in_a_row_open_it_and_fewer_do_not() {
    now(async {
        let world = World::default();
        told(&world, Told::Fault, 1..=4, NOW).await;
        assert_eq!(state(&world, NOW).await, State::Closed);
        told(&world, Told::Fault, 5..=5, NOW).await;
        assert_eq!(state(&world, NOW).await, State::Open(NOW.plus_s(30)));
        assert_eq!(state(&world, NOW.plus_s(30)).await, State::HalfOpen);
    });
}

#[test]
fn a_success_between_faults_forgets_them() {
    now(async {
        let world = World::default();
        told(&world, Told::Fault, 1..=4, NOW).await;
        told(&world, Told::Works, 5..=5, NOW).await;
        assert_eq!(
            read(&world, "sketch").await,
            None,
            "there is a record only while something is wrong"
        );
        told(&world, Told::Fault, 6..=9, NOW).await;
        assert_eq!(state(&world, NOW).await, State::Closed);
    });
}

#[test]
fn an_attempt_counts_once_however_often_it_is_told() {
    now(async {
        let world = World::default();
        for _ in 0..9 {
            told(&world, Told::Fault, 1..=4, NOW).await;
        }
        assert_eq!(state(&world, NOW).await, State::Closed);
    });
}

#[test]
fn what_was_asked_before_the_faults_neither_opens_nor_closes_it() {
    now(async {
        let world = opened().await;
        let before = read(&world, "sketch").await;
        told(&world, Told::Works, 20..=20, NOW.plus_s(1)).await;
        told(&world, Told::Fault, 21..=21, NOW.plus_s(1)).await;
        assert_eq!(read(&world, "sketch").await, before);
    });
}

#[test]
fn of_all_that_come_when_it_is_half_open_one_alone_tries() {
    now(async {
        let world = opened().await;
        let later = NOW.plus_s(30);
        let circuit = read(&world, "sketch").await.unwrap();
        assert_eq!(
            circuit.trying("aster", "sketch", &attempt(6), NOW),
            None,
            "not before its time"
        );
        let claim = |n| circuit.trying("aster", "sketch", &attempt(n), later).unwrap();
        assert_eq!(world.table.write(vec![claim(6)]).await.unwrap(), Written::Done);
        assert_eq!(world.table.write(vec![claim(7)]).await.unwrap(), Written::Refused(vec![0]));
        assert!(
            matches!(state(&world, later).await, State::Open(_)),
            "others wait for its outcome"
        );
        // It fails: twice as long. The next one succeeds: as if nothing had been.
        told(&world, Told::Fault, 6..=6, later).await;
        assert_eq!(state(&world, later).await, State::Open(later.plus_s(60)));
        let again = later.plus_s(60);
        let circuit = read(&world, "sketch").await.unwrap();
        let claim = circuit.trying("aster", "sketch", &attempt(8), again).unwrap();
        assert_eq!(world.table.write(vec![claim]).await.unwrap(), Written::Done);
        told(&world, Told::Works, 8..=8, again).await;
        assert_eq!(read(&world, "sketch").await, None);
    });
}

#[test]
fn a_try_of_which_nothing_is_heard_gives_way_to_another() {
    now(async {
        let world = opened().await;
        let later = NOW.plus_s(30);
        let circuit = read(&world, "sketch").await.unwrap();
        let claim = circuit.trying("aster", "sketch", &attempt(6), later).unwrap();
        world.table.write(vec![claim]).await.unwrap();
        assert_eq!(state(&world, later.plus_s(TRY_S)).await, State::HalfOpen);
    });
}

#[test]
fn it_is_never_left_alone_for_more_than_a_quarter_of_an_hour() {
    now(async {
        let (world, mut at) = (opened().await, NOW);
        for n in 6..40 {
            let State::Open(until) = state(&world, at).await else { panic!() };
            assert!(until <= at.plus_s(900));
            at = until;
            told(&world, Told::Fault, n..=n, at).await;
        }
        assert_eq!(state(&world, at).await, State::Open(at.plus_s(900)));
    });
}

#[test]
fn our_account_is_of_all_models_and_opens_at_once() {
    now(async {
        let world = World::default();
        told(&world, Told::Account, 1..=1, NOW).await;
        assert_eq!(read(&world, "sketch").await, None);
        let account = read(&world, EVERY_MODEL).await.unwrap();
        assert_eq!(account.state(NOW), State::Open(NOW.plus_s(30)));
        told(&world, Told::Works, 2..=2, NOW.plus_s(31)).await;
        assert_eq!(read(&world, EVERY_MODEL).await, None);
    });
}

#[test]
fn faults_of_the_world_change_nothing_of_what_is_counted() {
    now(async {
        let look = |world: &World| world.table.listing();
        for (n, what) in [(5, Told::Fault), (9, Told::Account)] {
            let prepare = async || {
                let world = World::default();
                told(&world, Told::Fault, 1..=4, NOW).await;
                world
            };
            let act = async |world: &World| note(&world.table, WHOSE, what, &attempt(n), NOW).await;
            every_fault(prepare, act, look).await;
        }
        let act = async |world: &World| {
            note(&world.table, WHOSE, Told::Works, &attempt(6), NOW.plus_s(30)).await
        };
        every_fault(opened, act, look).await;
    });
}

#[test]
fn a_refusal_of_what_is_asked_says_that_the_vendor_works() {
    let of = |outcome: Outcome| Told::of(&outcome);
    let refused = |class| of(Outcome::refused(class, "why"));
    assert_eq!(refused(Class::Later(3)), Some(Told::Nothing), "we asked too often");
    assert_eq!(refused(Class::Content), Some(Told::Works));
    assert_eq!(refused(Class::Invalid), Some(Told::Works));
    assert_eq!(refused(Class::Elsewhere), Some(Told::Fault));
    assert_eq!(refused(Class::Quota), Some(Told::Account));
    assert_eq!(refused(Class::Credentials), Some(Told::Account));
    assert_eq!(of(Outcome::Unknown("cut".into())), Some(Told::Fault));
    assert_eq!(of(Outcome::accepted(Handle::new("v1"))), None, "it may fail yet");
    assert_eq!(of(Outcome::Done(Default::default())), Some(Told::Works));
    assert_eq!(of(Outcome::failed(Class::Later(0), "crashed")), Some(Told::Fault));
    assert_eq!(of(Outcome::failed(Class::Content, "unsafe")), Some(Told::Works));
}
