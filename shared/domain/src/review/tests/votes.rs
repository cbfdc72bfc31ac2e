//! Who may decide, how many must, and what becomes of those who come too late.

use super::*;
use crate::fakes::Polite;
use futures_util::future::join_all;

#[tokio::test]
async fn one_approval_is_enough_where_nothing_else_is_asked() {
    let world = asked("").await;
    let decided = approve(&world, "anna").await.unwrap();
    assert_eq!(decided.state, ReviewState::Decided);
    assert_eq!(decided.decided.unwrap().effect_at, NOW.plus_s(30));
    assert_eq!(whole(&world).await, 1);
}

#[tokio::test]
async fn two_of_many_must_approve_where_two_are_asked_and_one_no_is_enough() {
    let two = ", review: { approvals: 2 }";
    let world = asked(two).await;
    assert_eq!(approve(&world, "anna").await.unwrap().state, ReviewState::Open);
    assert_eq!(approve(&world, "anna").await.unwrap().approvals(), 1, "she counts once");
    assert_eq!(approve(&world, "ben").await.unwrap().state, ReviewState::Decided);
    let world = asked(two).await;
    approve(&world, "anna").await.unwrap();
    let no = say(&world, "ben", Asked::new(Decision::Reject), NOW).await.unwrap();
    assert_eq!(no.decided.unwrap().decision, Some(Decision::Reject));
}

#[tokio::test]
async fn twenty_who_decide_at_once_come_to_exactly_one_outcome() {
    for wanted in [1, 3, 10] {
        let world = asked(&format!(", review: {{ approvals: {wanted} }}")).await;
        let tables: Vec<Polite<'_>> = (0..20).map(|pace| Polite(&world, pace % 5)).collect();
        let all = tables.iter().enumerate().map(async |(n, table)| {
            let decision = if n % 7 == 6 { Decision::Reject } else { Decision::Approve };
            let who = person(&format!("p{n}"));
            decide(&desk(&world, table), &who, &review_id(), &Asked::new(decision), SALT, NOW).await
        });
        let answers: Vec<_> = join_all(all).await.into_iter().map(Result::unwrap).collect();
        let taken = answers.iter().filter(|answer| answer.is_ok()).count();
        let review = review(&world).await;
        assert_eq!(review.state, ReviewState::Decided, "{wanted}");
        assert_eq!(review.votes.len(), taken, "{wanted}: each that was taken counts, once");
        let late = answers.iter().filter_map(|answer| answer.as_ref().err());
        assert!(late.clone().all(|why| matches!(why, Refusal::Over(ReviewState::Decided, _))));
        assert_eq!(late.count(), 20 - taken);
        assert_eq!(whole(&world).await, taken);
        let decided = review.decided.unwrap();
        let outcome = decided.decision.unwrap();
        let rejected = review.votes.iter().any(|vote| vote.decision == Decision::Reject);
        assert_eq!(outcome == Decision::Reject, rejected);
        assert!(rejected || decided.by.len() == wanted);
    }
}

#[tokio::test]
async fn who_submitted_the_job_cannot_approve_it_unless_that_is_allowed() {
    let world = asked("").await;
    let ed = PersonId::parse("ed").unwrap();
    assert_eq!(approve(&world, "ed").await, Err(Refusal::OwnJob(ed)));
    let no = say(&world, "ed", Asked::new(Decision::Reject), NOW).await;
    assert!(no.is_ok(), "but may reject it");
    let world = asked(", review: { self_approval: true }").await;
    assert!(approve(&world, "ed").await.is_ok());
}

#[tokio::test]
async fn only_reviewers_of_the_groups_decide() {
    let world = asked(", review: { groups: [brand] }").await;
    let refused = approve(&world, "anna").await.unwrap_err();
    assert_eq!(refused.to_string(), "anna belongs to none of the groups that decide this: brand");
    let table = desk(&world, &world.table);
    let mut editor = person("ed");
    editor.roles = [Role::Editor].into();
    let asked = Asked::new(Decision::Approve);
    let refused = decide(&table, &editor, &review_id(), &asked, SALT, NOW).await.unwrap();
    assert_eq!(refused.unwrap_err().to_string(), "ed has not the role reviewer, which this needs");
    let mut anna = person("anna");
    anna.groups.insert("brand".into());
    assert!(decide(&table, &anna, &review_id(), &asked, SALT, NOW).await.unwrap().is_ok());
}

#[tokio::test]
async fn another_tenants_review_is_none() {
    let world = asked("").await;
    let mut other = person("anna");
    other.tenant = TenantId::parse("beta").unwrap();
    let desk = desk(&world, &world.table);
    let asked = Asked::new(Decision::Approve);
    let refused = decide(&desk, &other, &review_id(), &asked, SALT, NOW).await.unwrap();
    assert_eq!(refused, Err(Refusal::Unknown));
    assert_eq!(claim(&desk, &other, &review_id(), NOW).await.unwrap(), Err(Refusal::Unknown));
    assert_eq!(undo(&desk, &other, &review_id(), SALT, NOW).await.unwrap(), Err(Refusal::Unknown));
    assert_eq!(read(&world.table, &other.tenant, &review_id()).await.unwrap(), None);
    assert_eq!(list(&world.table, &other.tenant, (true, None), 10).await.unwrap(), []);
}

#[tokio::test]
async fn who_claims_a_review_has_it_to_themselves_for_a_while() {
    let world = asked("").await;
    let desk = desk(&world, &world.table);
    claim(&desk, &person("anna"), &review_id(), NOW).await.unwrap().unwrap();
    let until = NOW.plus_s(CLAIM_S);
    let held = Refusal::Claimed(PersonId::parse("anna").unwrap(), until);
    assert_eq!(claim(&desk, &person("ben"), &review_id(), NOW).await.unwrap(), Err(held.clone()));
    assert_eq!(approve(&world, "ben").await, Err(held));
    release(&desk, &person("anna"), &review_id(), NOW).await.unwrap().unwrap();
    claim(&desk, &person("ben"), &review_id(), NOW).await.unwrap().unwrap();
    let later = say(&world, "anna", Asked::new(Decision::Approve), until).await;
    assert!(later.is_ok(), "a claim does not hold for ever");
}

#[tokio::test]
async fn a_decision_can_be_taken_back_until_it_is_in_effect() {
    let world = asked("").await;
    let desk = desk(&world, &world.table);
    let back = async |who: &str, at| undo(&desk, &person(who), &review_id(), SALT, at).await;
    approve(&world, "anna").await.unwrap();
    let open = back("anna", NOW.plus_s(29)).await.unwrap().unwrap();
    assert_eq!((open.state, open.votes.len(), open.decided), (ReviewState::Open, 0, None));
    in_effect(&world, NOW.plus_s(30)).await;
    assert_eq!(review(&world).await.state, ReviewState::Open, "the message finds nothing to do");
    let no = say(&world, "anna", Asked::new(Decision::Reject), NOW.plus_s(40)).await;
    assert!(no.is_ok(), "she may decide otherwise now");
    let late = back("anna", NOW.plus_s(70)).await.unwrap();
    assert_eq!(late, Err(Refusal::TooLate(NOW.plus_s(70))));
    assert_eq!(whole(&world).await, 3);
}

#[tokio::test]
async fn a_decision_that_says_too_little_is_refused() {
    let world = asked("").await;
    let none = say(&world, "anna", Asked::new(Decision::Regenerate), NOW).await.unwrap_err();
    let why = "a regenerate says in its note what is to be made otherwise";
    assert_eq!(none.to_string(), why);
    let none = say(&world, "anna", Asked::new(Decision::Edit), NOW).await.unwrap_err();
    let why = "an edit says what is edited: an upload, or alt, caption or focal";
    assert_eq!(none.to_string(), why);
}
