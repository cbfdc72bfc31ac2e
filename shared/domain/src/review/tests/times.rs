//! What time does to a review.

use super::*;
use crate::state::JobState;
use crate::stuck::Stuck;

#[tokio::test]
async fn a_review_that_nobody_decides_rejects_the_job_and_never_approves_it() {
    let world = asked(", review: { expires_s: 60 }").await;
    waits(&world).await;
    let late = approve_at(&world, NOW.plus_s(60)).await;
    assert!(matches!(late, Err(Refusal::Over(ReviewState::Open, None))), "{late:?}");
    let found = sweep(&world, NOW.plus_s(61)).await;
    assert_eq!(found, [Stuck::ReviewOverdue]);
    assert_eq!(told(&world).unwrap(), json!({ "end": "rejected" }));
    let view = view(&world).await;
    assert_eq!(view.job.reason.as_deref(), Some("safe: nobody decided in time"));
    assert_eq!(sweep(&world, NOW.plus_s(62)).await, []);
    assert_eq!(whole(&world).await, 1);
}

#[tokio::test]
async fn a_review_may_let_its_job_expire_instead() {
    let world = asked(", review: { expires_s: 60, on_expiry: expire }").await;
    waits(&world).await;
    sweep(&world, NOW.plus_s(61)).await;
    assert_eq!(told(&world).unwrap(), json!({ "end": "expired" }));
}

#[tokio::test]
async fn others_are_asked_when_nobody_has_decided_for_a_while() {
    let rules = ", review: { groups: [brand], escalate: { after_s: 60, groups: [leads] } }";
    let world = asked(rules).await;
    let mut lead = person("lee");
    lead.groups.insert("leads".into());
    let desk = desk(&world, &world.table);
    let asked = Asked::new(Decision::Approve);
    let early = decide(&desk, &lead, &review_id(), &asked, SALT, NOW).await.unwrap();
    assert!(matches!(early, Err(Refusal::Group(..))));
    assert_eq!(sweep(&world, NOW.plus_s(61)).await, [], "that is no fault");
    let kinds: Vec<String> = events(&world).await;
    assert_eq!(kinds.last().unwrap(), "review.escalated");
    let late = decide(&desk, &lead, &review_id(), &asked, SALT, NOW.plus_s(62)).await.unwrap();
    assert_eq!(late.unwrap().state, ReviewState::Decided);
}

#[tokio::test]
async fn a_decision_whose_message_was_lost_takes_effect_by_the_sweep() {
    let world = asked("").await;
    waits(&world).await;
    approve(&world, "anna").await.unwrap();
    assert_eq!(sweep(&world, NOW.plus_s(31)).await, [], "it was just due");
    assert_eq!(told(&world).unwrap(), json!({ "ok": true }));
    let world = asked("").await;
    waits(&world).await;
    approve(&world, "anna").await.unwrap();
    assert_eq!(sweep(&world, NOW.plus_s(100)).await, [Stuck::ReviewOverdue]);
    assert_eq!(told(&world).unwrap(), json!({ "ok": true }));
}

#[tokio::test]
async fn a_message_that_comes_early_comes_again() {
    let world = asked("").await;
    approve(&world, "anna").await.unwrap();
    in_effect(&world, NOW.plus_s(10)).await;
    assert_eq!(review(&world).await.state, ReviewState::Decided);
}

#[tokio::test]
async fn cancelling_a_job_withdraws_its_reviews_and_tells_who_waits() {
    let world = asked("").await;
    waits(&world).await;
    let canceled =
        crate::job::cancel(&world.table, &world.flow, &world.queue, &job(), NOW.plus_s(1)).await;
    assert_eq!(canceled.unwrap(), JobState::Canceling);
    assert_eq!(told(&world).unwrap(), json!({ "end": "canceled" }));
    let review = review(&world).await;
    assert_eq!((review.state, review.due_at), (ReviewState::Withdrawn, None));
    let late = approve(&world, "anna").await;
    assert_eq!(late, Err(Refusal::Over(ReviewState::Withdrawn, None)));
    assert_eq!(list(&world.table, &review.tenant, (true, None), 10).await.unwrap(), []);
}

async fn approve_at(world: &World, at: Time) -> Result<ReviewRecord, Refusal> {
    say(world, "anna", Asked::new(Decision::Approve), at).await
}

async fn sweep(world: &World, at: Time) -> Vec<Stuck> {
    let found = crate::sweep::sweep(&world.lanes(), at).await.unwrap();
    found.into_iter().map(|finding| finding.stuck).collect()
}

async fn events(world: &World) -> Vec<String> {
    let events = crate::event::read(&world.table, &job(), 0, 100).await.unwrap();
    events.into_iter().map(|event| event.kind).collect()
}

#[tokio::test]
async fn the_end_of_a_review_that_nothing_waits_for_is_no_change_of_its_job() {
    let world = asked(", review: { expires_s: 60 }").await;
    // Its gate was begun anew meanwhile.
    let gate = Write::set(StepRecord::key(&job(), "safe"), json!({ "state": StepState::Pending }));
    world.table.write(vec![gate]).await.unwrap();
    let before = view(&world).await.job;
    assert_eq!(sweep(&world, NOW.plus_s(61)).await, [Stuck::ReviewOverdue]);
    let after = view(&world).await;
    assert_eq!((after.job.updated_at, after.job.state), (before.updated_at, before.state));
    assert_eq!(after.reviews[0].state, ReviewState::Withdrawn);
}
