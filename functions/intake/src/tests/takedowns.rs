//! Take-downs over the API: on record, blocked and audited before the answer; and what targets count.

use super::*;
use domain::audit::Chain;
use domain::person::Role;
use domain::publish::CountsRecord;
use domain::store::Write;
use domain::takedown::{Block, PUBLISHED, Takedown, TakedownState};
use std::collections::{BTreeMap, BTreeSet};

/// A take-down of acme's.
pub(super) fn plant(world: &World, job: &JobId) {
    let takedown = Takedown {
        id: "tkd_acme".into(),
        tenant: tenant("acme"),
        asset: domain::id::AssetId::new(job, "generate", "1", 0),
        sha256: "00".into(),
        reason: "a likeness".into(),
        by: "rita".into(),
        state: TakedownState::Done,
        places: Vec::new(),
        sealed: BTreeSet::new(),
        blocked: 1,
        rev: 1,
        looks: 1,
        busy_until: None,
        asked_at: NOW,
        updated_at: NOW,
        due_pk: None,
        due_at: None,
    };
    world.table.plant(takedown.instead_of(None).unwrap());
}

/// A world with a job that brought a picture.
async fn with_picture() -> (World, JobId) {
    let (world, job) = super::strangers::inhabited().await;
    (world, job)
}

fn ask(asset: &str, reason: &str) -> HttpRequest {
    request("POST", "/v1/takedowns").body(&json!({ "asset": asset, "reason": reason }))
}

#[tokio::test]
async fn a_take_down_is_on_record_blocked_and_audited_before_anybody_is_asked() {
    let (world, job) = with_picture().await;
    let asset = format!("{job}.inputs.photo.0");
    let answer = send(&world, ask(&asset, "shows a person who did not agree")).await;
    let body = json_of(&answer);
    assert_eq!((answer.status, &body["state"]), (202, &json!("working")), "{body}");
    let id = body["id"].as_str().unwrap();
    assert_eq!(answer.headers["location"], format!("/v1/takedowns/{id}"));
    let block = Block::key(&tenant("acme"), body["sha256"].as_str().unwrap());
    assert_eq!(world.table.peek(&block).unwrap()["takedown"], *id);
    let kept = Chain::Job(job.clone()).read(&world.table).await.unwrap();
    let entry = kept.entries.last().unwrap();
    assert_eq!((entry.what.as_str(), entry.to.as_str()), ("asset.takedown", asset.as_str()));
    assert_eq!(world.publisher.asked(), [json!({ "takedown": id, "tenant": "acme" })]);
    let known = Takedown::read(&world.table, &tenant("acme"), id).await.unwrap().unwrap();
    assert_eq!((known.due_pk.as_deref(), known.due_at), (Some(PUBLISHED), Some(NOW)));
    // Once more is the same one, and the first reason stays.
    let again = send(&world, ask(&asset, "another reason")).await;
    assert_eq!((again.status, &json_of(&again)["id"]), (200, &json!(id)));
    assert_eq!(json_of(&again)["reason"], "shows a person who did not agree");
    let read = send(&world, request("GET", &format!("/v1/takedowns/{id}"))).await;
    assert_eq!(json_of(&read)["asset"], *asset);
}

#[tokio::test]
async fn what_is_asked_for_must_be_ones_own_and_have_a_reason() {
    let (world, job) = with_picture().await;
    let answer = send(&world, ask(&format!("{job}.inputs.photo.9"), " ")).await;
    let told = super::malformed::read(&answer);
    let expected = format!(
        "422 invalid-body\n/asset: there is no asset \"{job}.inputs.photo.9\" — name an asset of one of your jobs\n/reason: reason is \" \" — say why, in 1 to 500 characters"
    );
    assert_eq!(told, expected);
    assert!(world.publisher.asked().is_empty());
}

#[tokio::test]
async fn editors_and_operators_take_down_and_reviewers_do_not() {
    let (world, job) = with_picture().await;
    let asset = format!("{job}.inputs.photo.0");
    for (name, role, status) in [("rev", Role::Reviewer, 403), ("ed", Role::Editor, 202)] {
        super::people::of(&world, "acme", name, &[role], &[]);
        let asked = super::people::as_person(ask(&asset, "a likeness"), name);
        let answer = send(&world, asked).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.body);
    }
}

#[tokio::test]
async fn what_a_target_counts_is_shown_with_when_it_is_read_next() {
    let (world, job) = with_picture().await;
    let path = format!("/v1/publications/{job}.publish/metrics");
    let none = json_of(&send(&world, request("GET", &path)).await);
    assert_eq!((&none["counted"], &none["readings"]), (&json!(true), &json!([])));
    let counts = CountsRecord::fresh("publish", "bluesky", NOW).unwrap();
    let counts = counts.told(BTreeMap::from([("likes".to_owned(), 12)]), NOW.plus_s(3600));
    let write = Write::put(CountsRecord::key(&job, "publish"), &counts).unwrap();
    world.table.plant(write);
    let shown = json_of(&send(&world, request("GET", &path)).await);
    assert_eq!(shown["readings"][0]["counts"], json!({ "likes": 12 }));
    assert_eq!(shown["next_at"], NOW.plus_s(24 * 3600).rfc3339());
}
