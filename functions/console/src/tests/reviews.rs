//! The queue and the page of a review: seen, claimed, decided, taken back.

use super::pages::{HERO, asset, plant};
use super::{Desk, Seat};
use crate::person::Role;
use domain::fakes::NOW;
use domain::id::{PersonId, ReviewId};
use domain::review::{Decision, ReviewRecord, ReviewState, Rules};
use domain::store::{Write, from_item};
use serde_json::json;

/// A desk with a job that waits for people, one candidate, and what that was made from.
pub(super) async fn asked_for() -> (Desk, ReviewId) {
    let desk = Desk::new();
    let job = desk.world.job(1, HERO, json!({ "prompt": "a red kite" })).await;
    let source = asset(&job, "generate.1.image", None);
    let mut large = asset(&job, "large.1.image", None);
    large.made_from = vec![source.id.clone()];
    large.step = "large".into();
    plant(&desk, &[&source, &large]);
    let id = ReviewId::new(&job, "good", 1);
    let verdict = json!({
        "verdict": "review", "score": 0.6, "reasons": ["the sky is <odd>"], "subjects": [],
    });
    let review = json!({
        "id": id, "tenant": "acme", "pipeline": "hero-image", "run": 1, "wave": 3, "state": "open", "version": 1,
        "subjects": [{ "asset": large.id, "sha256": large.sha256 }], "verdict": verdict, "rules": Rules::default(),
        "reviewers": 1, "token": "the task's own", "opened_at": NOW, "expires_at": NOW.plus_s(600),
        "tenant_jobs": "acme#reviews", "sk_job": format!("{:013}#{id}", NOW.0),
    });
    desk.world.table.plant(Write::put(ReviewRecord::key(&id), &review).unwrap());
    (desk, id)
}

pub(super) fn record(desk: &Desk, id: &ReviewId) -> ReviewRecord {
    from_item(&desk.world.table.peek(&ReviewRecord::key(id)).unwrap()).unwrap()
}

pub(super) fn alter(desk: &Desk, id: &ReviewId, fields: serde_json::Value) {
    let mut item = desk.world.table.peek(&ReviewRecord::key(id)).unwrap();
    item.extend(fields.as_object().unwrap().clone());
    desk.world.table.plant(Write::put(ReviewRecord::key(id), &item).unwrap());
}

pub(super) async fn decide(desk: &Desk, seat: &Seat, id: &ReviewId, form: &[(&str, &str)]) -> u16 {
    desk.post(seat, &format!("reviews/{id}/decide"), form).await.status
}

#[tokio::test]
async fn a_review_is_seen_with_what_helps_to_decide_and_never_with_its_token() {
    let (desk, id) = asked_for().await;
    for role in Role::ALL {
        let seat = desk.seat("acme", &[role]);
        let queue = desk.get(&seat, "reviews").await;
        assert!(queue.body.contains(&format!("/console/reviews/{id}")), "{}", queue.body);
        let page = desk.get(&seat, &format!("reviews/{id}")).await;
        assert_eq!(page.status, 200);
        for part in [
            "the sky is &lt;odd&gt;",
            "60 %",
            "Before: generate image",
            "Candidate 1",
            "a red kite",
            "data-key=\"a\"",
        ] {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
        assert!(!page.body.contains("the task's own") && !queue.body.contains("the task"));
    }
    let other = desk.seat("beta", &Role::ALL);
    assert_eq!(desk.get(&other, &format!("reviews/{id}")).await.status, 404);
    assert!(!desk.get(&other, "reviews").await.body.contains("kite"));
    for act in ["claim", "release", "undo"] {
        assert_eq!(desk.post(&other, &format!("reviews/{id}/{act}"), &[]).await.status, 404);
    }
    assert_eq!(decide(&desk, &other, &id, &[("decision", "approve")]).await, 404);
    assert_eq!(record(&desk, &id).state, ReviewState::Open);
}

#[tokio::test]
async fn a_decision_can_be_taken_back_until_it_takes_effect() {
    let (desk, id) = asked_for().await;
    let seat = desk.seat("acme", &[Role::Reviewer]);
    let page = format!("reviews/{id}/decide");
    let answer = desk.post(&seat, &page, &[("decision", "approve"), ("note", "fine")]).await;
    assert_eq!(answer.headers["location"], format!("/console/reviews?done={id}"));
    let decided = record(&desk, &id).decided.unwrap();
    assert_eq!((decided.decision, decided.effect_at), (Some(Decision::Approve), NOW.plus_s(30)));
    assert_eq!(desk.world.queue.sent(), [(json!({ "review_due": id }), 30)]);
    let queue = desk.get(&seat, &format!("reviews?done={id}")).await.body;
    assert!(queue.contains("The review before") && queue.contains("data-key=\"u\""), "{queue}");
    assert_eq!(desk.post(&seat, &format!("reviews/{id}/undo"), &[]).await.status, 303);
    assert_eq!(record(&desk, &id).state, ReviewState::Open);
    assert_eq!(decide(&desk, &seat, &id, &[("decision", "reject")]).await, 303);
    let late = super::post(&format!("reviews/{id}/undo"), &[("csrf", &seat.csrf)]);
    let late = super::With::with(late, "cookie", &seat.cookie);
    assert_eq!(desk.send_at(late, NOW.plus_s(30)).await.status, 409);
}

#[tokio::test]
async fn who_may_not_decide_is_told_why_and_nothing_happens() {
    let (desk, id) = asked_for().await;
    let seat = desk.seat("acme", &[Role::Reviewer]);
    let editor = desk.seat("acme", &[Role::Editor]);
    let approve = [("decision", "approve")];
    assert_eq!(decide(&desk, &editor, &id, &approve).await, 403);
    assert_eq!(
        decide(&desk, &seat, &id, &[("decision", "regenerate")]).await,
        400,
        "it wants a note"
    );
    assert_eq!(decide(&desk, &seat, &id, &[("decision", "maybe")]).await, 400);
    assert_eq!(
        desk.send(super::With::with(
            super::post(&format!("reviews/{id}/decide"), &approve),
            "cookie",
            &seat.cookie
        ))
        .await
        .status,
        400,
        "no token"
    );
    let ben = PersonId::parse("ben").unwrap();
    alter(&desk, &id, json!({ "claim": { "by": ben, "until": NOW.plus_s(60) } }));
    assert_eq!(decide(&desk, &seat, &id, &approve).await, 409);
    let page = desk.get(&seat, &format!("reviews/{id}")).await.body;
    assert!(
        page.contains("ben works on it until") && page.contains("data-key=\"a\" disabled"),
        "{page}"
    );
    alter(&desk, &id, json!({ "claim": null, "submitted_by": "mia@example.com" }));
    assert_eq!(decide(&desk, &seat, &id, &approve).await, 409);
    assert!(
        desk.get(&seat, &format!("reviews/{id}")).await.body.contains("somebody else must approve")
    );
    alter(&desk, &id, json!({ "submitted_by": null, "groups": ["brand"] }));
    assert_eq!(decide(&desk, &seat, &id, &approve).await, 409);
    assert_eq!(record(&desk, &id).state, ReviewState::Open);
    assert!(desk.world.queue.sent().is_empty());
}

#[tokio::test]
async fn claiming_and_letting_go_are_two_clicks() {
    let (desk, id) = asked_for().await;
    let seat = desk.seat("acme", &[Role::Reviewer]);
    assert_eq!(desk.post(&seat, &format!("reviews/{id}/claim"), &[]).await.status, 303);
    assert_eq!(record(&desk, &id).claim.unwrap().by.as_str(), "mia@example.com");
    assert!(desk.get(&seat, &format!("reviews/{id}")).await.body.contains("Let it go"));
    assert_eq!(desk.post(&seat, &format!("reviews/{id}/release"), &[]).await.status, 303);
    assert_eq!(record(&desk, &id).claim, None);
}
