//! Triggers and the webhooks that set them off, as the description has them.

use super::build::{Operation, operation, schema};
use super::schemas::{anything, list, object, or_null, text};
use domain::problem::ProblemType as P;
use serde_json::{Value, json};

const AT: &str = "2026-03-13T15:05:02.123Z";
const JOB: &str = "j01hf7yat0041040g2081040g21";

pub(super) fn listed() -> Operation {
    let example = json!({ "triggers": [stored()] });
    operation("listTriggers", "triggers", "The tenant's triggers").answer(
        200,
        "All of them, by name.",
        schema("Triggers"),
        example,
    )
}

pub(super) fn put() -> Operation {
    let mut made = stored();
    made["secret"] = json!("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let media = json!({ "schema": schema("Trigger"), "example": document() });
    let types = ["application/json", "application/yaml", "application/x-yaml", "text/yaml"];
    let types = types.map(|name| (name, media.clone()));
    operation("putTrigger", "triggers", "Store a trigger")
        .about("In place of one of that name. A webhook without a secret of its own is given one, which is shown in this answer and never again; it stays what it is when the trigger is put again.")
        .body(&types)
        .answer(200, "It is in place of the one before.", schema("StoredTrigger"), stored())
        .answer(201, "There was none of that name.", schema("StoredTrigger"), made)
        .sends(200, &["Location"])
        .sends(201, &["Location"])
        .problems(&[P::InvalidTrigger, P::UnknownPipeline])
}

pub(super) fn read() -> Operation {
    operation("readTrigger", "triggers", "A trigger").answer(
        200,
        "The trigger, without its secrets.",
        schema("StoredTrigger"),
        stored(),
    )
}

pub(super) fn deleted() -> Operation {
    operation("deleteTrigger", "triggers", "Delete a trigger")
        .about("Jobs that it made go on.")
        .answer(
            200,
            "It is gone.",
            schema("TriggerDeleted"),
            json!({ "name": "cms", "deleted": true }),
        )
}

pub(super) fn tested() -> Operation {
    operation("testTrigger", "triggers", "Show the job that a trigger would make of an event")
        .about("Nothing is made. Send the event as it would come: EventBridge's envelope, the gateway's request or a webhook's body alone, the `time` of a schedule (or nothing for the next one).")
        .json_body(anything("An event."), json!({ "title": "A red kite" }))
        .answer(200, "What would come of it, and why not.", schema("TriggerTried"), tried())
        .problems(&[P::InvalidBody])
}

pub(super) fn rotated() -> Operation {
    let mut shown = stored();
    shown["secret"] = json!("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    operation("rotateTriggerSecret", "triggers", "Give a trigger's webhook another secret")
        .about("Those before stay valid for a day. Without a body, a secret is made.")
        .json_body(schema("SecretRequest"), json!({ "secret": null }))
        .answer(200, "The new secret, shown this once.", schema("StoredTrigger"), shown)
        .problems(&[P::InvalidBody, P::InvalidTrigger])
}

pub(super) fn taken() -> Operation {
    let answer = json!({ "matches": true, "misses": [], "job": JOB });
    operation("takeWebhook", "triggers", "Send an event to a trigger's webhook")
        .about("Signed as the trigger says: by Standard Webhooks, or by an HMAC-SHA256 of the body in a header of the sender's choice. The same event again is the same job.")
        .part("id", text("The last part of the trigger's `url`."), "The last part of the trigger's `url`.")
        .json_body(anything("Whatever the sender has to say."), json!({ "title": "A red kite" }))
        .answer(200, "It was here before, or the trigger waits for others.", schema("HookAnswer"), answer.clone())
        .answer(202, "A job is made of it.", schema("HookAnswer"), answer)
        .problems(&[P::UnknownPipeline, P::InvalidInputs])
}

fn document() -> Value {
    json!({
        "name": "cms", "on": { "webhook": {} }, "pipeline": "hero-image@3",
        "inputs": { "prompt": "{{ event.detail.title }}" }, "labels": { "campaign": "spring" },
        "dedupe": ["{{ event.detail.id }}"],
    })
}

fn stored() -> Value {
    json!({
        "name": "cms", "trigger": document(), "created_at": AT, "updated_at": AT,
        "url": "/v1/hooks/acme.cms.0123456789abcdef01234567", "secrets": [{ "created_at": AT }],
    })
}

fn tried() -> Value {
    json!({
        "matches": true, "misses": [], "signature": null, "made_before": null, "problem": null,
        "event": { "source": "webhook", "detail": { "title": "A red kite" } },
        "job": {
            "pipeline": "hero-image", "version": 3, "inputs": { "prompt": "A red kite" },
            "labels": { "campaign": "spring", "trigger": "cms" }, "dedupe": "e1",
        },
    })
}

pub(super) fn schemas() -> Value {
    let maybe = |known: Value| json!({ "oneOf": [known, { "type": "null" }] });
    json!({
        "Trigger": anything("A trigger's document: name, on, pipeline, inputs, labels, dedupe."),
        "StoredTrigger": object("A trigger.", json!({
            "name": schema("Name"),
            "trigger": schema("Trigger"),
            "created_at": schema("Time"),
            "updated_at": schema("Time"),
            "url": text("Where its webhook is sent to, at this API."),
            "secrets": { "type": "array", "description": "The valid secrets of its webhook, the newest first, but for what they are.", "items":
                object("One secret.", json!({ "created_at": schema("Time"), "valid_until": schema("Time") }), &["valid_until"]) },
            "secret": text("A secret that was just made: it is never shown again."),
            "next_at": schema("Time"),
        }), &["url", "secrets", "secret", "next_at"]),
        "Triggers": object("A tenant's triggers.", json!({ "triggers": list("StoredTrigger") }), &[]),
        "TriggerDeleted": object("What is gone.", json!({ "name": schema("Name"), "deleted": { "const": true } }), &[]),
        "SecretRequest": object("A secret of the sender's.", json!({
            "secret": or_null(text("`whsec_` and base64 for Standard Webhooks, any text of 16 characters and more otherwise.")),
        }), &["secret"]),
        "Miss": object("A field of an event that is not as wanted.", json!({
            "pointer": text("Where in the event."), "detail": text("What it is, and what was wanted."),
        }), &[]),
        "TriggerTried": object("What would come of an event.", json!({
            "matches": { "type": "boolean", "description": "Whether the trigger waits for it." },
            "misses": list("Miss"),
            "signature": or_null(text("`valid`, or why not; null where the event came without one.")),
            "event": anything("The event as paths and patterns see it."),
            "job": or_null(object("The job that would be made.", json!({
                "pipeline": text("Its pipeline."),
                "version": or_null(json!({ "type": "integer", "description": "The version of it." })),
                "inputs": anything("Its inputs; pictures are not looked at."),
                "labels": schema("Labels"),
                "dedupe": text("What tells this event from the next one."),
            }), &[])),
            "made_before": maybe(schema("JobId")),
            "problem": or_null(text("Why no job could be made of it.")),
        }), &[]),
        "HookAnswer": object("What came of a webhook.", json!({
            "matches": { "type": "boolean", "description": "Whether the trigger waits for it." },
            "misses": list("Miss"),
            "job": maybe(schema("JobId")),
        }), &[]),
    })
}
