//! Trials of triggers: the job that would be made, or why there would be none.

use super::hooks::{self, signed};
use super::triggers::{picture, with_triggers};
use super::*;

fn trial(name: &str, event: &str) -> HttpRequest {
    request("POST", &format!("/v1/triggers/{name}/test")).text("application/json", event)
}

async fn tried(world: &World, name: &str, event: &str) -> Value {
    let before = world.listing();
    let answer = send(world, trial(name, event)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(world.listing(), before, "a trial makes nothing");
    json_of(&answer)
}

const UPLOAD: &str = include_str!("../../../../events/s3-object-created.json");
const ENTRY: &str = include_str!("../../../../events/cms-entry-published.json");
const HOOK: &str = include_str!("../../../../events/webhook.json");
const TICK: &str = include_str!("../../../../events/schedule.json");

#[tokio::test]
async fn an_event_that_would_make_a_job_shows_it_whole() {
    let world = with_triggers().await;
    let answer = tried(&world, "product-photo", UPLOAD).await;
    assert_eq!(answer["matches"], true);
    let job = &answer["job"];
    assert_eq!((&job["pipeline"], &job["version"]), (&json!("product-photo"), &json!(1)));
    assert_eq!(
        job["inputs"]["photo"]["upload"],
        "product-photo/0a1b2c3d4e5f60718293a4b5c6d7e8f9.jpg"
    );
    assert_eq!(job["labels"], json!({ "trigger": "product-photo" }));
    let key = "galley-uploads/uploads/acme/product-photo/0a1b2c3d4e5f60718293a4b5c6d7e8f9.jpg";
    assert_eq!(job["dedupe"], format!("{key}/b1946ac92492d2347c6235b4d2611184"));
    assert_eq!(tried(&world, "cms-entry", ENTRY).await["matches"], true);
    assert!(!picture().is_empty());
}

#[tokio::test]
async fn an_event_that_would_make_none_says_why_field_by_field() {
    let world = with_triggers().await;
    let answer = tried(&world, "cms-entry", UPLOAD).await;
    assert_eq!((&answer["matches"], &answer["job"]), (&json!(false), &Value::Null));
    assert_eq!(
        answer["misses"][0]["detail"],
        "aws.s3 tells of Galley's own work; no trigger hears it"
    );
    let other = ENTRY.replace("cms.example", "cms.other").replace("entry.published", "entry.saved");
    let answer = tried(&world, "cms-entry", &other).await;
    assert_eq!(
        answer["misses"],
        json!([
            { "pointer": "/detail-type", "detail": "it is \"entry.saved\"; wanted: \"entry.published\"" },
            { "pointer": "/source", "detail": "it is \"cms.other\"; wanted: \"cms.example\"" },
        ])
    );
    let without = ENTRY.replace("upload_key", "key");
    let answer = tried(&world, "cms-entry", &without).await;
    assert_eq!(answer["problem"], "input photo: the event has no detail.entry.picture.upload_key");
}

#[tokio::test]
async fn an_event_that_made_its_job_shows_which() {
    let world = with_triggers().await;
    deliver(&world, &Stopped::at(NOW), super::triggers::upload()).await.unwrap();
    let answer = tried(&world, "product-photo", UPLOAD).await;
    let list = json_of(&send(&world, request("GET", "/v1/jobs")).await);
    assert_eq!(answer["made_before"], list["jobs"][0]["id"]);
}

#[tokio::test]
async fn a_webhook_is_tried_as_it_came_or_by_its_body_alone() {
    let world = world().await;
    hooks::with_hook(&world, "cms", "0123456789abcdef").await;
    let answer = tried(&world, "cms", r#"{"title": "a red kite"}"#).await;
    assert_eq!(
        (&answer["signature"], &answer["job"]["inputs"]["prompt"]),
        (&Value::Null, &json!("a red kite"))
    );
    let answer = tried(&world, "cms", HOOK).await;
    assert_eq!(answer["job"]["dedupe"], "msg_2Lh9KRb0pzN4LePd3XiA4v12Axj");
    assert_eq!(
        answer["signature"],
        "webhook-timestamp is 73414302 s away from our clock; 300 are allowed"
    );
    let real = signed("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "m1", NOW, r#"{"title": "x"}"#);
    let event = json!({
        "version": "2.0", "routeKey": "POST /v1/hooks/{id}", "rawPath": real.path, "headers": real.headers,
        "requestContext": { "http": { "method": "POST" } }, "body": r#"{"title": "x"}"#,
    });
    assert_eq!(tried(&world, "cms", &event.to_string()).await["signature"], "valid");
}

#[tokio::test]
async fn a_schedule_is_tried_at_a_time_or_at_its_next_one() {
    let world = world().await;
    let document = json!({
        "on": { "schedule": { "cron": "30 7 * * mon-fri", "timezone": "Europe/Berlin" } },
        "pipeline": "hero-image", "inputs": { "prompt": "{{ event.detail.weekday }}" },
    });
    send(&world, request("PUT", "/v1/triggers/daily").body(&document)).await;
    let next = tried(&world, "daily", "").await;
    assert_eq!(next["job"]["dedupe"], "2023-11-15T06:30:00.000Z");
    assert_eq!(next["job"]["inputs"]["prompt"], "Wednesday");
    let sample = tried(&world, "daily", TICK).await;
    assert_eq!(
        (&sample["matches"], &sample["job"]["inputs"]["prompt"]),
        (&json!(true), &json!("Friday"))
    );
    let sunday = tried(&world, "daily", r#"{"time": "2026-03-15T06:30:00Z"}"#).await;
    assert_eq!(
        sunday["misses"][0]["detail"],
        "the schedule is not due at 2026-03-15T06:30:00.000Z; the next time is 2026-03-16T06:30:00.000Z"
    );
}

#[tokio::test]
async fn what_is_no_event_is_told_so() {
    let world = with_triggers().await;
    for (body, expected) in [
        (
            "{}",
            "422 invalid-body\n: the body is no event of EventBridge — send one with source, detail-type and detail, such as events/s3-object-created.json",
        ),
        (
            "x",
            "400 malformed-body\n: the body is not JSON: expected value at line 1 column 1 — send an event as JSON",
        ),
    ] {
        let answer = send(&world, trial("cms-entry", body)).await;
        assert_eq!(super::malformed::read(&answer), expected);
    }
}
