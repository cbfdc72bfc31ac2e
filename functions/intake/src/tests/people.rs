//! People with personal keys: what their roles open, and what is refused with the role that is missing.

use super::*;
use domain::id::{PersonId, ReviewId};
use domain::person::{PersonRecord, PersonalKey, Role};
use domain::review::ReviewRecord;
use domain::store::from_item;
use std::collections::BTreeSet;

fn key_of(of: &str, name: &str) -> PersonalKey {
    PersonalKey::new(&tenant(of), &PersonId::parse(name).unwrap(), SECRET)
}

/// A person's key for tenant `acme`.
pub(crate) fn personal(name: &str) -> PersonalKey {
    key_of("acme", name)
}

/// A review of a job of `acme`, in that state.
pub(crate) fn review(world: &World, job: &JobId, state: &str) {
    let id = ReviewId::new(job, "good", 1);
    let review = json!({
        "id": id, "tenant": "acme", "pipeline": "hero-image", "run": 1, "wave": 3, "state": state,
        "version": 1, "subjects": [], "verdict": { "verdict": "review" }, "rules": {},
        "decided": { "decision": "approve", "by": ["ben"], "at": NOW, "effect_at": NOW },
        "opened_at": NOW, "expires_at": NOW.plus_s(60), "tenant_jobs": "acme#reviews",
        "sk_job": format!("{:013}#{id}", NOW.0),
    });
    world.table.plant(Write::put(ReviewRecord::key(&id), &review).unwrap());
}

/// The key of the examples' reviewer.
pub(crate) fn anna() -> String {
    personal("anna").reveal().to_owned()
}

/// Puts a person of `acme` on record.
pub(crate) fn with(world: &World, name: &str, roles: &[Role], groups: &[&str]) {
    of(world, "acme", name, roles, groups);
}

/// Puts a person of a tenant on record.
pub(crate) fn of(world: &World, whose: &str, name: &str, roles: &[Role], groups: &[&str]) {
    let record = PersonRecord {
        id: PersonId::parse(name).unwrap(),
        name: name.into(),
        roles: roles.iter().copied().collect(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect::<BTreeSet<_>>(),
        key_sha256: key_of(whose, name).sha256(),
        created_at: NOW,
    };
    world.table.plant(record.put(&tenant(whose)).unwrap());
}

/// A request of a person instead of their tenant.
pub(crate) fn as_person(request: HttpRequest, name: &str) -> HttpRequest {
    as_person_of(request, "acme", name)
}

/// A request of a person of a tenant.
pub(crate) fn as_person_of(request: HttpRequest, whose: &str, name: &str) -> HttpRequest {
    request.with("authorization", &format!("Bearer {}", key_of(whose, name).reveal()))
}

#[tokio::test]
async fn a_person_looks_at_all_of_their_tenants_and_changes_it_with_the_role_for_it() {
    let world = world().await;
    with(&world, "anna", &[Role::Reviewer], &[]);
    with(&world, "ed", &[Role::Editor], &[]);
    let put = || {
        let put = request("PUT", "/v1/pipelines/product-photo");
        put.text("application/yaml", PHOTO)
    };
    let list = || request("GET", "/v1/pipelines");
    assert_eq!(send(&world, as_person(list(), "anna")).await.status, 200);
    let refused = send(&world, as_person(put(), "anna")).await;
    assert_eq!(refused.status, 403);
    let detail = "anna has not the role editor or operator, which this needs";
    assert_eq!(json_of(&refused)["detail"], detail);
    assert_eq!(send(&world, as_person(put(), "ed")).await.status, 200);
}

#[tokio::test]
async fn only_operators_see_secrets() {
    let world = world().await;
    with(&world, "ed", &[Role::Editor, Role::Reviewer], &[]);
    with(&world, "olga", &[Role::Operator], &[]);
    let secret = || request("GET", "/v1/webhook/secret");
    let refused = send(&world, as_person(secret(), "ed")).await;
    assert_eq!(json_of(&refused)["detail"], "ed has not the role operator, which this needs");
    assert_eq!(send(&world, as_person(secret(), "olga")).await.status, 200);
}

#[tokio::test]
async fn a_job_remembers_the_person_who_submitted_it() {
    let world = world().await;
    with(&world, "ed", &[Role::Editor], &[]);
    let asked = as_person(request("POST", "/v1/jobs").body(&hero()), "ed");
    let answer = json_of(&send(&world, asked).await);
    let id = JobId::parse(answer["id"].as_str().unwrap()).unwrap();
    let item = world.table.peek(&domain::record::JobRecord::key(&id)).unwrap();
    let job: domain::record::JobRecord = from_item(&item).unwrap();
    assert_eq!(job.submitted_by, Some(PersonId::parse("ed").unwrap()));
}

#[tokio::test]
async fn a_key_that_was_replaced_cut_or_forged_opens_nothing() {
    let world = world().await;
    with(&world, "anna", &[Role::Reviewer], &[]);
    let asked =
        |key: &str| request("GET", "/v1/jobs").with("authorization", &format!("Bearer {key}"));
    assert_eq!(send(&world, asked(&anna())).await.status, 200);
    let forged = anna().replace("07", "08");
    for (key, detail) in [
        (
            forged.as_str(),
            "Authorization: the personal key is unknown, or was replaced — use the one that your operator gave last",
        ),
        (&anna()[..20], "Authorization: the personal key is cut or misspelt"),
    ] {
        let answer = send(&world, asked(key)).await;
        assert_eq!((answer.status, json_of(&answer)["detail"].as_str()), (401, Some(detail)));
    }
}
