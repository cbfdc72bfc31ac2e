//! Reviews over the API: who may what, and what is answered.

use super::people::{as_person, review, with};
use super::*;
use domain::id::ReviewId;
use domain::person::Role;

async fn reviewed() -> (World, String) {
    let world = world().await;
    with(&world, "anna", &[Role::Reviewer], &[]);
    with(&world, "ed", &[Role::Editor], &[]);
    let job = submitted(&world, &hero(), "k1").await;
    review(&world, &job, "open");
    // As if its gate asked: what the record of the test says of a decision is none.
    let key = domain::review::ReviewRecord::key(&ReviewId::new(&job, "good", 1));
    alter(&world, key, json!({ "decided": null }));
    (world, format!("/v1/reviews/{job}.good.1"))
}

fn post(path: &str, body: &Value) -> HttpRequest {
    request("POST", path).body(body)
}

#[tokio::test]
async fn a_review_is_listed_shown_claimed_decided_and_taken_back() {
    let (world, path) = reviewed().await;
    let listed = json_of(&send(&world, request("GET", "/v1/reviews")).await);
    assert_eq!(listed["reviews"][0]["state"], "open");
    let shown = json_of(&send(&world, as_person(request("GET", &path), "anna")).await);
    assert_eq!((&shown["gate"], &shown["token"]), (&json!("good"), &Value::Null));
    let act = async |what: &str, body: Value| {
        json_of(&send(&world, as_person(post(&format!("{path}/{what}"), &body), "anna")).await)
    };
    assert_eq!(act("claim", json!({})).await["claim"]["by"], "anna");
    assert_eq!(act("release", json!({})).await["claim"], Value::Null);
    let decided = act("decide", json!({ "decision": "approve", "note": "fine" })).await;
    assert_eq!(
        (&decided["state"], &decided["decided"]["by"]),
        (&json!("decided"), &json!(["anna"]))
    );
    assert_eq!(act("undo", json!({})).await["state"], "open");
    let job = shown["job"].as_str().unwrap();
    let audit = json_of(&send(&world, request("GET", &format!("/v1/jobs/{job}/audit"))).await);
    assert_eq!(
        (&audit["verified"], &audit["entries"][1]["what"]),
        (&json!(true), &json!("review.undo"))
    );
    assert_eq!(audit["said"][0]["words"]["note"], "fine");
}

#[tokio::test]
async fn only_people_with_the_role_decide_and_a_tenants_key_is_no_person() {
    let (world, path) = reviewed().await;
    let ask = || post(&format!("{path}/decide"), &json!({ "decision": "approve" }));
    let refused = send(&world, as_person(ask(), "ed")).await;
    assert_eq!(json_of(&refused)["detail"], "ed has not the role reviewer, which this needs");
    let refused = send(&world, ask()).await;
    assert_eq!(refused.status, 403);
    let detail =
        "the key of acme is nobody's in person, and this needs a person with the role reviewer";
    assert_eq!(json_of(&refused)["detail"], detail);
}

#[tokio::test]
async fn a_decision_that_makes_no_sense_is_told_what_would() {
    let (world, path) = reviewed().await;
    for (body, detail) in [
        (
            json!({}),
            "/decision: the decision is missing — use one of approve, reject, regenerate, edit",
        ),
        (
            json!({ "decision": "maybe" }),
            "/decision: decision is \"maybe\" — use one of approve, reject, regenerate, edit",
        ),
        (
            json!({ "decision": "edit", "focal": 3 }),
            "/focal: focal is 3 — give shares of the picture, such as { \"x\": 0.5, \"y\": 0.3 }",
        ),
        (
            json!({ "decision": "regenerate" }),
            "a regenerate says in its note what is to be made otherwise — see what each decision needs in the description of this route",
        ),
    ] {
        let answer = send(&world, as_person(post(&format!("{path}/decide"), &body), "anna")).await;
        assert_eq!((answer.status, json_of(&answer)["detail"].as_str()), (422, Some(detail)));
    }
    let answer = send(&world, request("GET", "/v1/reviews?state=all")).await;
    assert_eq!(json_of(&answer)["detail"], "state: it is \"all\" — use open or closed");
}
