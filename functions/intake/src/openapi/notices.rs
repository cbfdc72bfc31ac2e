//! What the routes of webhooks, deliveries and news take and answer.

use super::build::{Operation, operation, schema};
use domain::notify::DeliveryState;
use domain::problem::ProblemType as P;
use serde_json::{Value, json};

const JOB: &str = "j01hf7yat0041040g2081040g21";
const AT: &str = "2026-03-13T15:05:02.123Z";

pub(super) fn put() -> Operation {
    operation("putWebhook", "webhooks", "Say where your news goes")
        .about("For all jobs that bring no webhook of their own. One that answered 410 is there again.")
        .json_body(
            schema("WebhookRequest"),
            json!({ "url": "https://hooks.example.com/galley", "events": ["job.*"] }),
        )
        .answer(200, "It is stored.", schema("Webhook"), webhook())
        .problems(&[P::InvalidBody])
}

pub(super) fn read() -> Operation {
    operation("readWebhook", "webhooks", "Where your news goes").answer(
        200,
        "The webhook.",
        schema("Webhook"),
        webhook(),
    )
}

pub(super) fn delete() -> Operation {
    operation("deleteWebhook", "webhooks", "Have no webhook any more")
        .about("Deliveries that are on their way go on.")
        .answer(200, "There is none.", schema("WebhookDeleted"), json!({ "deleted": true }))
}

pub(super) fn secret() -> Operation {
    operation("readWebhookSecret", "webhooks", "What your webhooks are signed with")
        .about("Standard Webhooks: any of its libraries verifies with any of these.")
        .answer(200, "The secrets.", schema("WebhookSecrets"), secrets())
}

pub(super) fn rotate() -> Operation {
    operation("rotateWebhookSecret", "webhooks", "Sign with a new secret")
        .about(
            "For a day, or for `overlap_s`, both the new secret and the one before sign; a repeated call in that time \
             changes nothing. With `overlap_s` of 0 the new one is the only one at once.",
        )
        .optional_json_body(schema("Rotation"), json!({ "overlap_s": 86_400 }))
        .answer(200, "The secrets that sign now.", schema("WebhookSecrets"), secrets())
        .problems(&[P::InvalidBody])
}

pub(super) fn list() -> Operation {
    let states: Vec<&str> = DeliveryState::ALL.iter().map(|state| state.as_str()).collect();
    operation("listDeliveries", "webhooks", "Your deliveries, those of the newest jobs first")
        .query("state", json!({ "type": "string", "enum": states }), "Only those in this state.")
        .query(
            "limit",
            json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 20 }),
            "The most of one page.",
        )
        .query("cursor", json!({ "type": "string" }), "`next` of the page before.")
        .answer(
            200,
            "A page. A rare state may find fewer than `limit` and still have a `next`.",
            schema("Deliveries"),
            json!({ "deliveries": [delivery("dead")], "next": null }),
        )
}

pub(super) fn retry() -> Operation {
    operation("retryDelivery", "webhooks", "Send a delivery again")
        .part("id", schema("DeliveryId"), "The delivery's id.")
        .about("From its first try, to where your webhook is now. One that is on its way is left alone.")
        .answer(202, "It is on its way.", schema("Delivery"), delivery("pending"))
}

pub(super) fn retry_dead() -> Operation {
    operation("retryDeliveries", "webhooks", "Send all dead deliveries again")
        .query(
            "state",
            json!({ "type": "string", "enum": ["dead"] }),
            "Dead ones; there is no other choice.",
        )
        .answer(
            202,
            "They are on their way; call again while there are more.",
            schema("DeliveriesRetried"),
            json!({ "retried": 3, "more": false }),
        )
}

pub(super) fn news(wait: Value) -> Operation {
    let event = json!({
        "id": format!("{JOB}.00000012"), "type": "job.succeeded", "timestamp": AT,
        "data": { "job": JOB, "n": 12 },
    });
    operation("readNews", "webhooks", "All your news, as webhooks would get them")
        .about(
            "Kept for an hour, and only while somebody asks: begin without `after`, go on with `next`. What lies a \
             little before `after` may come again; tell it by its `id`.",
        )
        .query("after", json!({ "type": "string" }), "`next` of the answer before.")
        .query(
            "limit",
            json!({ "type": "integer", "minimum": 1, "maximum": 500, "default": 100 }),
            "The most of one answer.",
        )
        .header("Prefer", wait, "`wait=20`: hold the answer until there is news, at most 20 seconds.")
        .answer(
            200,
            "The news.",
            schema("News"),
            json!({ "events": [event], "next": format!("1700000000000#{JOB}.00000012") }),
        )
        .sends(200, &["Preference-Applied"])
        .problems(&[P::InvalidHeader])
}

fn webhook() -> Value {
    json!({
        "url": "https://hooks.example.com/galley", "events": ["job.*"], "gone": false,
        "updated_at": AT,
    })
}

fn secrets() -> Value {
    json!({ "secrets": ["whsec_bmV3", "whsec_b2xk"], "previous_until": AT })
}

fn delivery(state: &str) -> Value {
    json!({
        "id": format!("{JOB}.00000012"), "job": JOB, "n": 12, "type": "job.succeeded",
        "url": "https://hooks.example.com/galley", "state": state, "tries": 12,
        "created_at": AT, "updated_at": AT, "status": 500, "error": "it answered 500",
    })
}
