//! An operator's word in a world in memory: what the ledger, the step and the slot become of it.

use super::HERO;
use crate::{Input, handle};
use domain::fakes::{NOW, World, every_fault};
use domain::id::{AttemptId, JobId};
use domain::lane::{GPU, Resolution, Word};
use domain::money::MicroUsd;
use domain::ports::Table;
use domain::record::{AttemptRecord, JobRecord, StepRecord, Work};
use domain::state::{AttemptState, StepState};
use domain::store::{Write, from_item};
use domain::stuck::UNKNOWN_S;
use domain::{Error, Result, Time};
use serde_json::json;

fn first() -> AttemptId {
    AttemptId::new(&JobId::new(NOW, [1; 10]), "generate", 1)
}

/// A render of unknown outcome whose host talks nonsense, so that nobody can settle it by asking.
async fn world() -> World {
    let world = World::default();
    world.host("host-a", 1).await;
    let job = world.job(1, HERO, json!({ "prompt": "a fox" })).await;
    world.lanes().take(&world.message(&job, 0), NOW).await.unwrap();
    world.lanes().fill(GPU, NOW).await.unwrap();
    world.hosts.confuse("http://host-a:8000");
    // A step with time left for another attempt when the bound is over.
    let work = Work { deadline_at: NOW.plus_s(3 * UNKNOWN_S), ..attempt(&world).work };
    let unknown = json!({ "state": AttemptState::Unknown, "work": work });
    world.table.write(vec![Write::set(AttemptRecord::key(&first()), unknown)]).await.unwrap();
    world
}

async fn resolve(world: &World, said: &Resolution, now: Time) -> Result<()> {
    handle(&world.lanes(), Input::Resolve(said.clone()), now).await
}

fn said(word: Word) -> Resolution {
    Resolution { resolve: first(), word, by: "ann".into(), why: "wiped".into(), usd: None }
}

fn attempt(world: &World) -> AttemptRecord {
    from_item(&world.table.peek(&AttemptRecord::key(&first())).unwrap()).unwrap()
}

fn step(world: &World) -> StepRecord {
    let key = StepRecord::key(&first().job(), "generate");
    from_item(&world.table.peek(&key).unwrap()).unwrap()
}

fn spent(world: &World) -> MicroUsd {
    let item = world.table.peek(&JobRecord::key(&first().job())).unwrap();
    from_item::<JobRecord>(&item).unwrap().spent
}

/// Beyond the bound.
fn late() -> Time {
    NOW.plus_s(UNKNOWN_S)
}

#[tokio::test]
async fn an_unpaid_attempt_costs_nothing_and_uses_up_no_try() {
    let world = world().await;
    resolve(&world, &said(Word::Unpaid), late()).await.unwrap();
    let attempt = attempt(&world);
    assert_eq!((attempt.state, attempt.usd), (AttemptState::Refused, Some(MicroUsd(0))));
    let word = attempt.resolved.unwrap();
    assert_eq!((word.by.as_str(), word.why.as_str()), ("ann", "wiped"));
    assert_eq!((step(&world).state, step(&world).attempts), (StepState::Waiting, 2));
    assert_eq!(spent(&world), MicroUsd(0));
}

#[tokio::test]
async fn a_paid_attempt_is_booked_and_its_late_output_is_adopted_at_what_it_cost() {
    let world = world().await;
    resolve(&world, &said(Word::Paid), late()).await.unwrap();
    assert_eq!(attempt(&world).state, AttemptState::Lost);
    // 300 seconds at $0.0004.
    assert_eq!(spent(&world), MicroUsd(120_000));
    world.lanes().report(&world.success(&first(), 1), late()).await.unwrap();
    assert_eq!(attempt(&world).state, AttemptState::Succeeded);
    assert_eq!(step(&world).state, StepState::Succeeded);
    assert_eq!(spent(&world), attempt(&world).usd.unwrap());
}

#[tokio::test]
async fn what_it_cost_may_be_said() {
    let world = world().await;
    let said = Resolution { usd: Some(MicroUsd(70)), ..said(Word::Paid) };
    resolve(&world, &said, late()).await.unwrap();
    assert_eq!(spent(&world), MicroUsd(70));
}

#[tokio::test]
async fn the_same_word_twice_changes_nothing_and_another_word_is_refused() {
    let world = world().await;
    resolve(&world, &said(Word::Unpaid), late()).await.unwrap();
    let after = world.listing();
    resolve(&world, &said(Word::Unpaid), late()).await.unwrap();
    assert_eq!(world.listing(), after);
    let refused = resolve(&world, &said(Word::Paid), late()).await.unwrap_err();
    let id = first();
    assert_eq!(
        refused,
        Error::Invalid(format!("attempt {id} was resolved as unpaid by ann: wiped"))
    );
}

#[tokio::test]
async fn an_attempt_that_may_still_be_reconciled_is_left_to_its_host() {
    let world = world().await;
    let refused = resolve(&world, &said(Word::Paid), NOW).await.unwrap_err();
    let (id, until) = (first(), late().rfc3339());
    let told = format!("attempt {id} is reconciled with its host until {until}: wait for that");
    assert_eq!(refused, Error::Invalid(told));
}

#[tokio::test]
async fn an_attempt_whose_outcome_is_known_is_nobodys_to_resolve() {
    let world = world().await;
    world.lanes().report(&world.success(&first(), 1), NOW).await.unwrap();
    let refused = resolve(&world, &said(Word::Unpaid), late()).await.unwrap_err();
    let told = "is succeeded: only one whose outcome is unknown can be resolved";
    assert_eq!(refused, Error::Invalid(format!("attempt {} {told}", first())));
    let nobody = AttemptId::new(&first().job(), "generate", 9);
    let said = Resolution { resolve: nobody.clone(), ..said(Word::Paid) };
    let refused = resolve(&world, &said, late()).await.unwrap_err();
    assert_eq!(refused, Error::Invalid(format!("attempt {nobody} is not on the ledger")));
}

#[tokio::test]
async fn every_call_may_fail_both_ways() {
    for word in [Word::Paid, Word::Unpaid] {
        let act = async |world: &World| resolve(world, &said(word), late()).await;
        every_fault(world, act, ledger).await;
    }
}

/// What must be the same after any fault: the ledger's money, the step, the execution.
fn ledger(world: &World) -> String {
    let (attempt, step) = (attempt(world), step(world));
    format!(
        "{} {:?} {} {} {:?}",
        attempt.state,
        attempt.usd,
        step.state,
        step.attempts,
        spent(world)
    )
}
