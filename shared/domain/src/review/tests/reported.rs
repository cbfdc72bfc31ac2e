//! What people decided is kept beside the verdict, for the report: when it takes effect, and once.

use super::*;
use crate::fakes::every_fault;
use crate::gate::report;
use crate::store::{Key, from_item};

const PLACE: &str = "VERDICTS#acme#brand";

/// A review of a verdict by a policy, which is on record.
async fn by_policy() -> World {
    let world = asked("").await;
    let before = review(&world).await;
    let mut verdict = before.verdict.clone();
    verdict["policy"] = json!({ "name": "brand", "version": 2, "sha256": "ab" });
    put(&world, ReviewRecord::key(&before.id), &ReviewRecord { verdict, ..before.clone() });
    let row = json!({
        "id": before.id, "at": NOW, "version": 2, "verdict": "pass", "sampled": true,
        "criteria": {}, "expires_at": 9,
    });
    put(&world, Key::new(PLACE, format!("{:015}#{}", NOW.0, before.id)), &row);
    world
}

fn people(world: &World) -> Option<report::People> {
    let item = world.table.peek(&Key::new(PLACE, format!("{:015}#{}", NOW.0, review_id())));
    let row: report::Row = from_item(&item.unwrap()).unwrap();
    assert!(row.sampled, "the rest of it stays");
    row.people
}

async fn claimed(world: &World, at: Time) -> ReviewRecord {
    let desk = desk(world, &world.table);
    claim(&desk, &person("anna"), &review_id(), at).await.unwrap().unwrap()
}

#[tokio::test]
async fn the_report_learns_of_a_decision_when_it_takes_effect() {
    let world = by_policy().await;
    claimed(&world, NOW.plus_s(5)).await;
    say(&world, "anna", Asked::new(Decision::Approve), NOW.plus_s(9)).await.unwrap();
    assert_eq!(people(&world), None, "it can still be taken back");
    in_effect(&world, NOW.plus_s(40)).await;
    let people = people(&world).unwrap();
    assert_eq!((people.decision, people.replaced), (Some(Decision::Approve), false));
    let [word] = &people.words[..] else { panic!("{people:?}") };
    assert_eq!((word.by.as_str(), word.decision), ("anna", Decision::Approve));
    assert_eq!((word.since, word.at), (Some(NOW.plus_s(5)), NOW.plus_s(9)));
}

#[tokio::test]
async fn a_review_that_nobody_decides_has_no_decision_in_the_report() {
    let world = by_policy().await;
    in_effect(&world, NOW.plus_s(8 * 86_400)).await;
    let people = people(&world).unwrap();
    assert_eq!((people.decision, people.words.len()), (None, 0));
}

#[tokio::test]
async fn every_single_fault_leaves_the_word_of_one_clean_run() {
    let prepare = async || {
        let world = by_policy().await;
        approve(&world, "anna").await.unwrap();
        world.faults.clear();
        world
    };
    let act = async |world: &World| {
        let id = review_id();
        take_effect(&world.table, (&world.flow, &world.queue), &id, NOW.plus_s(40)).await
    };
    every_fault(prepare, act, World::listing).await;
}

#[tokio::test]
async fn a_claim_that_is_renewed_began_when_it_began() {
    let world = asked("").await;
    for at in [3, 60] {
        let held = claimed(&world, NOW.plus_s(at)).await.claim.unwrap();
        assert_eq!((held.since, held.until), (Some(NOW.plus_s(3)), NOW.plus_s(at + CLAIM_S)));
    }
}

#[tokio::test]
async fn what_was_shown_before_it_was_claimed_began_then() {
    let world = by_policy().await;
    let asked = |shown| Asked { shown: Some(shown), ..Asked::new(Decision::Approve) };
    let seen = |at| async move {
        let world = by_policy().await;
        say(&world, "anna", asked(at), NOW.plus_s(9)).await.unwrap().votes[0].since
    };
    assert_eq!(seen(NOW.plus_s(4)).await, Some(NOW.plus_s(4)));
    // Nobody saw it before it was there, nor after they had decided.
    assert_eq!(seen(Time(NOW.0 - 5_000)).await, Some(NOW));
    assert_eq!(seen(NOW.plus_s(60)).await, Some(NOW.plus_s(9)));
    let bare = approve(&world, "bo").await.unwrap();
    assert_eq!(bare.votes[0].since, None);
}
