//! Connections and publications of posts, as the description has them.

use super::build::{Operation, operation, schema};
use super::schemas::{anything, list, object, or_null, text};
use domain::problem::ProblemType as P;
use serde_json::{Value, json};

const AT: &str = "2026-03-13T15:05:02.123Z";
const JOB: &str = "j01hf7yat0041040g2081040g21";

pub(super) fn listed() -> Operation {
    let example = json!({ "connections": [stored()] });
    operation("listConnections", "publications", "The tenant's connections").answer(
        200,
        "All of them, by name.",
        schema("Connections"),
        example,
    )
}

pub(super) fn put() -> Operation {
    let given = json!({
        "kind": "bluesky", "settings": { "site": "https://bsky.social", "identifier": "brand.example.com" },
        "secret": { "password": "abcd-efgh-ijkl-mnop" },
    });
    operation("putConnection", "publications", "Connect an account, or connect it again")
        .about("In place of one of that name. The secret goes into the parameter store and is shown by no answer; without one, that of the connection before stays.")
        .json_body(schema("ConnectionRequest"), given)
        .answer(200, "It is in place of the one before.", schema("Connection"), stored())
        .answer(201, "There was none of that name.", schema("Connection"), stored())
        .sends(200, &["Location"])
        .sends(201, &["Location"])
        .problems(&[P::InvalidBody])
}

pub(super) fn read() -> Operation {
    operation("readConnection", "publications", "A connection").answer(
        200,
        "The connection, without what opens it.",
        schema("Connection"),
        stored(),
    )
}

pub(super) fn deleted() -> Operation {
    operation("deleteConnection", "publications", "Disconnect an account")
        .about("What opens it is forgotten. What was published stays.")
        .answer(
            200,
            "It is gone.",
            schema("ConnectionDeleted"),
            json!({ "name": "brand", "deleted": true }),
        )
}

pub(super) fn previewed() -> Operation {
    let asked = json!({
        "post": { "title": "Tea", "body": "All of *it*.", "tags": ["tea"] },
        "targets": [{ "kind": "bluesky" }], "ai": false,
    });
    let form = json!({
        "target": "bluesky", "pieces": [{ "text": "All of it.\n\n#tea" }],
        "disclosed": { "ai": false, "flag": false },
    });
    let shown =
        json!({ "targets": [{ "target": { "kind": "bluesky" }, "form": form, "problems": [] }] });
    operation("previewPublication", "publications", "What each target would get of a post")
        .about("Nothing is sent. A medium is named by `asset`, or described by `shape`: media_type, width, height, bytes, seconds.")
        .json_body(schema("PreviewRequest"), asked)
        .answer(200, "The form of each target, with what was changed for it; or why it can have none.", schema("Preview"), shown)
        .problems(&[P::InvalidBody])
}

pub(super) fn publication() -> Operation {
    operation("readPublication", "publications", "What became of a post at one target").answer(
        200,
        "The publication.",
        schema("Posting"),
        posting(),
    )
}

pub(super) fn tested() -> Operation {
    let example = json!({ "opens": "yes", "said": "@brand.example.com", "connection": stored() });
    operation("testConnection", "publications", "Ask a target whether a connection opens an account")
        .about("Changes nothing there. What is over is renewed, where it can be; how the connection stands is put on record.")
        .answer(200, "What the target said.", schema("Tried"), example)
}

pub(super) fn scheduled() -> Operation {
    let time = || json!({ "type": "string" });
    operation("listPublications", "publications", "Publications that have a window, by time")
        .query("from", time(), "Those that open at this time or later; now where it is left out.")
        .query(
            "to",
            time(),
            "Those that open before this time; four weeks later where it is left out.",
        )
        .answer(
            200,
            "At most 500, the first to open first.",
            schema("Scheduled"),
            json!({ "publications": [{
                "id": format!("{JOB}.announce~bluesky"), "job": JOB, "step": "announce~bluesky",
                "pipeline": "announce-at", "target": "bluesky", "connection": "brand",
                "state": "scheduled", "opens_at": AT, "not_before": null, "by": null,
            }] }),
        )
}

pub(super) fn rescheduled() -> Operation {
    operation("reschedulePublication", "publications", "Move a publication to another time")
        .about(
            "Until its window opens. Hours do not bind whoever moves it; embargo and distance do.",
        )
        .json_body(schema("RescheduleRequest"), json!({ "at": AT }))
        .answer(200, "It opens then.", schema("Posting"), moved("scheduled"))
        .problems(&[P::InvalidBody, P::NotScheduled])
}

pub(super) fn canceled() -> Operation {
    operation("cancelPublication", "publications", "Take a publication out before it goes")
        .about("Until its window opens. Its job goes on without it.")
        .answer(200, "It is never sent.", schema("Posting"), moved("canceled"))
        .problems(&[P::NotScheduled])
}

fn moved(state: &str) -> Value {
    json!({
        "id": format!("{JOB}.announce~bluesky"), "job": JOB, "step": "announce~bluesky",
        "target": "bluesky", "connection": "brand", "state": state, "location": null,
        "remote": null, "error": null, "media": [], "changed": [], "disclosed": null, "tries": 0,
        "started_at": null, "updated_at": null, "opens_at": AT, "not_before": null, "moved_by": "ada",
    })
}

pub(super) fn retried() -> Operation {
    operation("retryPublication", "publications", "Publish a post once more at one target")
        .about("The job runs again for this target alone: nothing else of it is attempted, and what it lacks besides it goes on lacking. Only where the job has ended, and the target has it not.")
        .answer(202, "It runs again.", schema("Job"), super::examples::job())
        .sends(202, &["Location"])
        .problems(&[P::NotRetryable])
}

fn stored() -> Value {
    json!({
        "name": "brand", "kind": "bluesky", "settings": { "site": "https://bsky.social" },
        "state": "ok", "error": null, "expires_at": null, "rests_until": null, "connected_at": AT, "updated_at": AT,
    })
}

fn posting() -> Value {
    json!({
        "id": format!("{JOB}.announce~bluesky"), "job": JOB, "step": "announce~bluesky",
        "target": "bluesky", "connection": "brand", "state": "done",
        "location": "https://bsky.app/profile/brand.example.com/post/3l", "remote": "at://did:plc:x/app.bsky.feed.post/3l",
        "error": null, "media": [], "changed": [{ "pointer": "/tags/4", "what": "left out: there is no room for it" }],
        "disclosed": "text", "taken_down": null, "tries": 1, "started_at": AT, "updated_at": AT,
    })
}

pub(super) fn schemas() -> Value {
    let state = |names: &[&str]| json!({ "type": "string", "enum": names });
    json!({
        "ConnectionRequest": object("An account that is lent.", json!({
            "kind": text("The kind of target."),
            "settings": anything("What is no secret: the site, the author …"),
            "secret": anything("What opens it: password, token, key …"),
            "expires_at": or_null(text("When it stops doing so, where that is known.")),
        }), &["settings", "secret", "expires_at"]),
        "Connection": object("An account that is lent.", json!({
            "name": schema("Name"),
            "kind": text("The kind of target."),
            "settings": anything("What is no secret."),
            "state": state(&["ok", "expired"]),
            "error": or_null(text("What the target said when it said no.")),
            "expires_at": or_null(text("When it stops opening anything, where that is known.")),
            "rests_until": or_null(text("Until when its target takes nothing more; what waits goes on then.")),
            "connected_at": schema("Time"),
            "updated_at": schema("Time"),
        }), &[]),
        "Connections": object("A tenant's connections.", json!({ "connections": list("Connection") }), &[]),
        "ConnectionDeleted": object("What is gone.", json!({ "name": schema("Name"), "deleted": { "const": true } }), &[]),
        "Tried": object("What a target says of a connection.", json!({
            "opens": state(&["yes", "no", "unknown"]),
            "said": text("Whose account it is, or why it opens nothing."),
            "connection": schema("Connection"),
        }), &[]),
        "PreviewRequest": object("A post, and where it would go.", json!({
            "post": anything("The post, as a pipeline writes it."),
            "targets": { "type": "array", "items": anything("A target, as a pipeline writes it, or its kind."), "description": "Where it would go." },
            "ai": { "type": "boolean", "description": "Whether a model made something of it." },
        }), &["ai"]),
        "Preview": object("What each target would get.", json!({
            "targets": { "type": "array", "items": object("One target.", json!({
                "target": anything("The target."),
                "form": or_null(anything("What it would get; null where it can get nothing.")),
                "problems": { "type": "array", "items": anything("Why it can get nothing."), "description": "Why it can get nothing." },
            }), &[]) },
        }), &[]),
        "Posting": object("A post at one target.", json!({
            "id": text("Its id."),
            "job": schema("JobId"),
            "step": text("The step that publishes it."),
            "target": text("The kind of target."),
            "connection": or_null(text("Whose account it is.")),
            "state": state(&["scheduled", "opened", "canceled", "started", "unknown", "done", "failed"]),
            "location": or_null(text("Where it is seen.")),
            "remote": or_null(text("Its id there.")),
            "error": or_null(text("Why it failed, or is not known.")),
            "media": { "type": "array", "items": anything("An asset, its hash, and that of what was sent."), "description": "What went with it." },
            "changed": { "type": "array", "items": anything("A pointer into the post, and what became of it."), "description": "What is otherwise there." },
            "disclosed": or_null(text("How people are told that a model made something of it: flag or text.")),
            "taken_down": or_null(anything("When and why it was taken down.")),
            "tries": { "type": "integer", "description": "How often the target was asked to take it." },
            "started_at": or_null(text("When it was first asked for; null before its window opens.")),
            "updated_at": or_null(text("When that last changed; null before its window opens.")),
            "opens_at": text("When its window opens, where it has one."),
            "not_before": or_null(text("Before this it never opens, where it has a window.")),
            "moved_by": or_null(text("Who moved or canceled it last.")),
        }), &["opens_at", "not_before", "moved_by", "taken_down"]),
        "RescheduleRequest": object("Another time.", json!({
            "at": text("When it opens instead, with its offset."),
        }), &[]),
        "Scheduled": object("Publications by time.", json!({
            "publications": { "type": "array", "items": object("One of them.", json!({
                "id": text("Its id."),
                "job": schema("JobId"),
                "step": text("The step that publishes it."),
                "pipeline": text("The pipeline."),
                "target": text("The kind of target."),
                "connection": or_null(text("Whose account it is.")),
                "state": state(&["scheduled", "canceled", "started", "done", "failed"]),
                "opens_at": schema("Time"),
                "not_before": or_null(text("Before this it never opens.")),
                "by": or_null(text("Who moved or canceled it last.")),
            }), &[]), "description": "The first to open first." },
        }), &[]),
    })
}
