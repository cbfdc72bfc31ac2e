//! Reviews over the API: who may what, and what is answered.

use super::people::{as_person, review, with};
use super::*;
use domain::id::ReviewId;
use domain::person::Role;
use domain::ports::Table;

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

/// A link for anna, as somebody's mail would have it.
async fn link(world: &World, path: &str) -> String {
    with(world, "olga", &[Role::Operator], &[]);
    let ask = post(&format!("{path}/link"), &json!({ "person": "anna" }));
    let made = send(world, as_person(ask, "olga")).await;
    assert_eq!(made.status, 201, "{}", made.body);
    json_of(&made)["path"].as_str().unwrap().to_owned()
}

fn click(path: &str, form: &str) -> HttpRequest {
    let form = request("POST", path).text("application/x-www-form-urlencoded", form);
    form.without("authorization")
}

#[tokio::test]
async fn a_link_asks_before_it_acts_and_acts_once() {
    let (world, path) = reviewed().await;
    let link = link(&world, &path).await;
    for _ in 0..3 {
        let page = send(&world, request("GET", &link).without("authorization")).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("<form method=\"post\">") && page.body.contains("anna decides"));
    }
    let open = json_of(&send(&world, request("GET", &path)).await);
    assert_eq!(open["state"], "open", "whoever only looks decides nothing");
    let done = send(&world, click(&link, "decision=approve&note=fine")).await;
    assert!(done.body.contains("Thank you: approve."), "{}", done.body);
    let decided = json_of(&send(&world, request("GET", &path)).await);
    assert_eq!(
        (&decided["state"], &decided["votes"][0]["by"]),
        (&json!("decided"), &json!("anna"))
    );
    let again = send(&world, click(&link, "decision=approve")).await;
    assert_eq!(again.status, 200, "the same once more is no other decision");
    send(&world, as_person(post(&format!("{path}/undo"), &json!({})), "anna")).await;
    let replayed = send(&world, click(&link, "decision=approve")).await;
    assert_eq!(replayed.status, 409);
    assert!(replayed.body.contains("the link was used before"), "{}", replayed.body);
}

#[tokio::test]
async fn a_forged_a_late_and_another_tenants_link_open_nothing() {
    let (world, path) = reviewed().await;
    let link = link(&world, &path).await;
    let forged = format!("{}x", &link[..link.len() - 1]);
    let other = domain::sign::SigningKey::new("another").seal("review", &"anything");
    for forged in [forged, format!("/review/{other}"), "/review/none".into()] {
        for asked in [request("GET", &forged), click(&forged, "decision=approve")] {
            let answer = send(&world, asked.without("authorization")).await;
            assert_eq!(answer.status, 404, "{forged}");
        }
    }
    let late = Stopped::at(NOW.plus_s(24 * 3600));
    let answer = send_at(&world, &late, click(&link, "decision=approve")).await;
    assert_eq!(answer.status, 404);
    world
        .table
        .write(vec![Write::forget(super::people::personal("anna").record_key())])
        .await
        .unwrap();
    let answer = send(&world, click(&link, "decision=approve")).await;
    assert!(answer.body.contains("This person decides no more."), "{}", answer.body);
}
