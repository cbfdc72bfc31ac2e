//! The report on gates, as callers meet it.

use super::people::{as_person, with};
use super::policies::named;
use super::*;
use domain::gate::report::KEPT_S;
use domain::person::Role;
use domain::store::{Key, Write};

/// A policy of `acme`, and one verdict by it that somebody overrode.
async fn judged() -> World {
    let world = world().await;
    with(&world, "ed", &[Role::Editor], &[]);
    let put = request("PUT", "/v1/policies/brand").text("application/yaml", &named("brand"));
    assert_eq!(send(&world, as_person(put, "ed")).await.status, 201);
    keep(&world, domain::Time(NOW.0 - 3_600_000));
    world
}

fn keep(world: &World, at: domain::Time) {
    let id = format!("{}.good.1", JobId::new(at, [1; 10]));
    let row = json!({
        "id": id, "at": at, "version": 1, "verdict": "pass", "sampled": true, "score": 1.0,
        "criteria": { "sharp": { "said": "pass", "score": 1.0, "by": "technical 1" } },
        "made_by": ["fal/flux"], "expires_at": at.plus_s(KEPT_S).unix_s(),
        "people": { "decision": "reject", "words": [
            { "by": "anna", "decision": "reject", "at": at.plus_s(9), "since": at.plus_s(8) },
        ] },
    });
    let key = Key::new("VERDICTS#acme#brand", format!("{:015}#{id}", at.0));
    world.table.plant(Write::put(key, &row).unwrap());
}

async fn report(world: &World, query: &str) -> Value {
    let answer = send(world, request("GET", &format!("/v1/gates/report{query}"))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    json_of(&answer)
}

#[tokio::test]
async fn a_verdict_is_held_against_what_people_said() {
    let world = judged().await;
    let all = report(&world, "").await;
    assert_eq!(all, report(&world, "?policy=brand").await);
    let brand = &all["reports"][0];
    assert_eq!((&brand["policy"], &brand["verdicts"]), (&json!("brand"), &json!(1)));
    let version = &brand["versions"][0];
    assert_eq!(version["sampled"], json!({ "asked": 1, "decided": 1, "refused": 1 }));
    assert_eq!(version["agreement"]["false_passes"], 1);
    assert_eq!(version["criteria"][0]["agreement"]["false_passes"], 1);
    let anna = json!({ "person": "anna", "decisions": 1, "median_s": 1.0, "fast": 1 });
    assert_eq!(brand["people"], json!([anna]));
    assert_eq!(brand["models"][0]["model"], "fal/flux");
}

#[tokio::test]
async fn a_policy_that_judged_nothing_has_an_empty_report_of_its_own() {
    let world = judged().await;
    let put = request("PUT", "/v1/policies/other").text("application/yaml", &named("other"));
    assert_eq!(send(&world, as_person(put, "ed")).await.status, 201);
    assert_eq!(report(&world, "").await["reports"].as_array().unwrap().len(), 1);
    let other = report(&world, "?policy=other").await;
    assert_eq!(
        (&other["reports"][0]["verdicts"], &other["reports"][0]["versions"]),
        (&json!(0), &json!([]))
    );
}

#[tokio::test]
async fn what_was_before_the_days_that_are_asked_for_is_not_counted() {
    let world = judged().await;
    keep(&world, domain::Time(NOW.0 - 3 * 86_400_000));
    assert_eq!(report(&world, "?days=2").await["reports"][0]["verdicts"], 1);
    assert_eq!(report(&world, "?days=4").await["reports"][0]["verdicts"], 2);
}

#[tokio::test]
async fn anothers_verdicts_are_not_seen() {
    let world = judged().await;
    let beta = request("GET", "/v1/gates/report").by("beta");
    let answer = send(&world, beta).await;
    assert_eq!((answer.status, json_of(&answer)["reports"].clone()), (200, json!([])));
}
