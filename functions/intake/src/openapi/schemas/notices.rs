//! Webhooks, their secrets, deliveries and news.

use super::{anything, count, list, object, one_of, or_null, schema, text};
use domain::notify::{DeliveryState, signature};
use serde_json::{Value, json};

pub(super) fn schemas() -> Value {
    let strings = |about: &str| json!({ "type": "array", "items": { "type": "string" }, "description": about });
    let url = json!({ "type": "string", "format": "uri", "maxLength": 2000, "description": "HTTPS, at a public address." });
    let events = strings("Types of events, or `job.*`, `review.*`, `publication.*`, `*`.");
    let own = json!({ "url": url, "events": events, "gone": { "type": "boolean", "description": "It answered 410 and hears no more." } });
    let mut put = own.clone();
    put["updated_at"] = schema("Time");
    let wanted = json!({ "url": url, "events": or_null(events) });
    json!({
        "WebhookRequest": object("Where news goes, and which; ends of jobs and reviews where none is said.", wanted, &["events"]),
        "JobWebhook": object("Where the news of this job goes.", own, &[]),
        "Webhook": object("Where a tenant's news goes.", put, &[]),
        "WebhookDeleted": object("What became of it.", json!({
            "deleted": { "type": "boolean", "description": "Whether there was one." },
        }), &[]),
        "WebhookSecrets": object("What signs now, the newest first.", json!({
            "secrets": strings("Each begins with `whsec_`."),
            "previous_until": or_null(json!({ "type": "string", "format": "date-time", "description": "Until when the second one signs." })),
        }), &[]),
        "Rotation": object("How to rotate.", json!({
            "overlap_s": or_null(json!({ "type": "integer", "minimum": 0, "maximum": signature::OVERLAP_MOST_S, "description": "For how long the present secret signs beside the new one; a day where none is said." })),
        }), &["overlap_s"]),
        "DeliveryId": { "type": "string", "pattern": "^j[0-9a-hjkmnp-tv-z]{26}\\.[0-9]{8}$", "description": "Job and number of the event; what `webhook-id` says." },
        "Delivery": object("One event on its way to one webhook.", json!({
            "id": schema("DeliveryId"),
            "job": schema("JobId"),
            "n": count("The number of the event in the job's log."),
            "type": text("The type of the event."),
            "url": text("Where to."),
            "state": one_of("Where it stands.", DeliveryState::ALL.map(DeliveryState::as_str)),
            "tries": count("How often it was posted."),
            "next_at": schema("Time"),
            "created_at": schema("Time"),
            "updated_at": schema("Time"),
            "status": count("What the receiver last answered."),
            "error": text("What went wrong last."),
        }), &["next_at", "status", "error"]),
        "Deliveries": object("One page of deliveries.", json!({
            "deliveries": list("Delivery"),
            "next": or_null(text("The `cursor` of the next page; null on the last one.")),
        }), &[]),
        "DeliveriesRetried": object("What one call sent again.", json!({
            "retried": count("How many."),
            "more": { "type": "boolean", "description": "Whether there may be more." },
        }), &[]),
        "NewsEvent": object("One event, as a webhook would get it.", json!({
            "id": schema("DeliveryId"),
            "type": text("The type of the event."),
            "timestamp": schema("Time"),
            "data": anything("Tenant, job, number and what else there is to say."),
        }), &[]),
        "News": object("A part of a tenant's news.", json!({
            "events": list("NewsEvent"),
            "next": text("Where to go on: `after` of the next call."),
        }), &[]),
    })
}
