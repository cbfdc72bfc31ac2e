//! Take-downs, and what targets count, as the description has them.

use super::build::{Operation, operation, schema};
use super::schemas::{anything, list, object, or_null, text};
use domain::problem::ProblemType as P;
use serde_json::{Value, json};

const AT: &str = "2026-03-13T15:05:02.123Z";
const JOB: &str = "j01hf7yat0041040g2081040g21";
const ID: &str = "tkd_5f2b9c0d1e7a4b3c8d6e5f4a3b";

pub(super) fn asked() -> Operation {
    let given = json!({ "asset": format!("{JOB}.generate.1.0"), "reason": "shows a person who did not agree" });
    operation("takeDown", "publications", "Take down whatever was published of an asset")
        .about("Its bytes, and all that was made from them, are blocked at once, in every job of the tenant: by their hashes, so other bytes that only look alike are not. Then each target is asked to take back what it has. The same asset again is the same take-down, and what is still public is asked once more.")
        .json_body(schema("TakedownRequest"), given)
        .answer(200, "It was asked for before, and looks once more.", schema("Takedown"), shown())
        .answer(202, "It is on record; GET it to see what became of it.", schema("Takedown"), shown())
        .sends(200, &["Location"])
        .sends(202, &["Location"])
        .problems(&[P::InvalidBody])
}

pub(super) fn read() -> Operation {
    operation("readTakedown", "publications", "How a take-down stands, place by place").answer(
        200,
        "The take-down.",
        schema("Takedown"),
        shown(),
    )
}

pub(super) fn metrics() -> Operation {
    let shown = json!({
        "id": format!("{JOB}.announce~bluesky"), "target": "bluesky", "counted": true,
        "readings": [{ "after": "1h", "at": AT, "counts": { "likes": 12, "reposts": 3 } }],
        "next_at": AT, "error": null,
    });
    operation("readMetrics", "publications", "What a target counts of a publication")
        .about("Read an hour, a day and a week after it was there, where the target tells figures.")
        .answer(200, "The readings.", schema("Metrics"), shown)
}

fn shown() -> Value {
    json!({
        "id": ID, "asset": format!("{JOB}.generate.1.0"),
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "reason": "shows a person who did not agree", "by": "ana", "state": "left", "blocked": 5,
        "places": [{
            "job": JOB, "step": "announce~bluesky", "asset": null, "target": "bluesky", "connection": "brand",
            "location": "https://bsky.app/profile/brand.example.com/post/3l", "state": "gone", "detail": null, "tries": 1, "at": AT,
        }],
        "asked_at": AT, "updated_at": AT,
    })
}

pub(super) fn schemas() -> Value {
    let state = |names: &[&str]| json!({ "type": "string", "enum": names });
    json!({
        "TakedownRequest": object("What is to go.", json!({
            "asset": text("The asset."),
            "reason": text("Why, in 1 to 500 characters. It stays on record."),
        }), &[]),
        "TakedownPlace": object("One publication of it.", json!({
            "job": schema("JobId"),
            "step": text("The step that published it."),
            "asset": or_null(text("The asset, where it went by itself; null where it went with a post.")),
            "target": text("The kind of target."),
            "connection": or_null(text("Whose account it went to.")),
            "location": or_null(text("Where it was seen.")),
            "state": state(&["waiting", "gone", "cannot", "failed"]),
            "detail": or_null(text("Why, and what to do by hand.")),
            "tries": { "type": "integer", "description": "How often it was asked." },
            "at": schema("Time"),
        }), &[]),
        "Takedown": object("A take-down. `working`: places are still asked; `left`: some have to be cleared by hand; `done`: nothing of it is public, as far as we know.", json!({
            "id": text("Its id."),
            "asset": text("The asset."),
            "sha256": text("The SHA-256 of its bytes."),
            "reason": text("Why."),
            "by": text("Who asked for it."),
            "state": state(&["working", "left", "done"]),
            "blocked": { "type": "integer", "description": "How many hashes are blocked by it." },
            "places": list("TakedownPlace"),
            "asked_at": schema("Time"),
            "updated_at": schema("Time"),
        }), &[]),
        "Metrics": object("What a target counts.", json!({
            "id": text("The publication."),
            "target": text("The kind of target."),
            "counted": { "type": "boolean", "description": "Whether the target tells figures." },
            "readings": { "type": "array", "description": "What was read.", "items": object("One reading.", json!({
                "after": state(&["1h", "1d", "7d"]),
                "at": schema("Time"),
                "counts": anything("Figures, by the target's own names."),
            }), &[]) },
            "next_at": or_null(text("When they are read next.")),
            "error": or_null(text("Why there are none, or why the last reading failed.")),
        }), &[]),
    })
}
