//! Reviews, decisions and audit chains.

use super::{anything, count, list, object, one_of, or_null, schema, text};
use domain::review::{Decision, ReviewState};
use serde_json::{Value, json};

pub(super) fn schemas() -> Value {
    let strings = |about: &str| json!({ "type": "array", "items": { "type": "string" }, "description": about });
    let at = || json!({ "type": "string", "format": "date-time" });
    let decision = || Decision::ALL.map(Decision::as_str);
    let focal = json!({
        "type": "object", "required": ["x", "y"], "additionalProperties": false,
        "description": "What must stay in view, in shares of the picture.",
        "properties": {
            "x": { "type": "number", "minimum": 0, "maximum": 1 },
            "y": { "type": "number", "minimum": 0, "maximum": 1 },
        },
    });
    let mut no_focal = focal.clone();
    no_focal["type"] = json!(["object", "null"]);
    json!({
        "ReviewId": {
            "type": "string", "pattern": "^j[0-9a-hjkmnp-tv-z]{26}\\.[^.]+\\.[0-9]+$",
            "description": "Job, gate and round.",
        },
        "Review": object("What people are asked about one gate's verdict.", json!({
            "id": schema("ReviewId"),
            "state": one_of("`decided` can be undone still; `withdrawn`: nothing depends on it.", ReviewState::ALL.map(ReviewState::as_str)),
            "job": schema("JobId"),
            "gate": text("The gate that asks."),
            "round": count("The round of its verdict."),
            "run": count("The run of the job."),
            "pipeline": text("The pipeline's name."),
            "subjects": { "type": "array", "description": "What is shown, by its bytes.", "items":
                object("One asset.", json!({ "asset": schema("AssetId"), "sha256": schema("Sha256") }), &[]) },
            "verdict": or_null(anything("What the gate said: scores, reasons, what judged.")),
            "approvals": object("How many must approve, and how many did.", json!({ "wanted": count("How many must."), "given": count("How many did.") }), &[]),
            "groups": strings("Who may decide; everybody with the role reviewer where there is none."),
            "self_approval": { "type": "boolean", "description": "Whether who submitted the job may approve it." },
            "submitted_by": or_null(text("The person who submitted the job.")),
            "reviewers": count("How many people with personal keys could decide when it was opened."),
            "warning": text("That nobody can decide it, as far as is known."),
            "votes": { "type": "array", "description": "The decisions so far.", "items": object("One person's.", json!({
                "by": text("Whose."), "decision": one_of("What.", decision()), "at": schema("Time"),
                "entry": count("The number of its entry in the audit chain."),
            }), &[]) },
            "claim": object("Who works on it.", json!({ "by": text("Who."), "until": schema("Time") }), &[]),
            "decided": object("What was decided.", json!({
                "decision": or_null(text("The decision; null where nobody decided in time.")),
                "by": strings("Who decided so."), "at": schema("Time"), "effect_at": schema("Time"),
                "note": or_null(text("What is to be made otherwise.")),
            }), &[]),
            "edit": object("What was changed by hand.", json!({
                "subject": schema("AssetId"), "by": text("Who."), "alt": or_null(text("Instead of the picture.")),
                "caption": or_null(text("Beside the picture.")), "focal": no_focal,
                "replacement": or_null(json!({ "type": "string", "description": "The asset that takes its place." })),
            }), &[]),
            "opened_at": schema("Time"), "expires_at": schema("Time"), "escalate_at": at(), "closed_at": at(),
            "on_expiry": one_of("What comes of it without a decision.", ["reject", "expire"]),
            "links": object("What can be asked of it.", json!({ "self": text("It."), "job": text("Its job."), "audit": text("Its job's audit chain.") }), &[]),
        }), &["warning", "claim", "decided", "edit", "escalate_at", "closed_at"]),
        "Reviews": object("One page of reviews.", json!({
            "reviews": list("Review"),
            "next": or_null(text("The `cursor` of the next page; null on the last one.")),
        }), &[]),
        "DecisionRequest": object("A person's decision.", json!({
            "decision": one_of("What.", decision()),
            "note": or_null(json!({ "type": "string", "maxLength": 2000, "description": "In their words; a regenerate needs one." })),
            "subject": or_null(text("For an edit: the asset it is about; the first that is shown where none is said.")),
            "upload": or_null(text("For an edit: what takes the asset's place, from POST /v1/uploads.")),
            "alt": or_null(json!({ "type": "string", "maxLength": 2000, "description": "For an edit." })),
            "caption": or_null(json!({ "type": "string", "maxLength": 2000, "description": "For an edit." })),
            "focal": no_focal,
        }), &["note", "subject", "upload", "alt", "caption", "focal"]),
        "LinkRequest": object("For whom.", json!({
            "person": text("A person with a personal key."),
            "valid_s": or_null(json!({ "type": "integer", "minimum": 60, "maximum": domain::review::LINK_MOST_S, "description": "For how many seconds; a day where it is not said, and never longer than the review." })),
        }), &["valid_s"]),
        "ReviewLink": object("A link for one decision.", json!({
            "path": text("Below this API's address."), "person": text("Who decides by it."), "expires_at": schema("Time"),
        }), &[]),
        "Audit": object("A job's audit chain, as it is stored.", json!({
            "job": schema("JobId"),
            "erased": { "type": "boolean", "description": "Whether what was said was erased." },
            "verified": { "type": "boolean", "description": "Whether every record is as it was written." },
            "flaws": { "type": "array", "items": object("A record that is not.", json!({ "record": text("Which."), "detail": text("What is wrong with it.") }), &[]) },
            "head": or_null(anything("Number and hash of the last entry, from the job's own record.")),
            "entries": { "type": "array", "items": anything("One entry: who, what, when, which bytes, the hash of the one before, and its own.") },
            "said": { "type": "array", "items": anything("What was said with an entry: notes, scores, reasons; with the salt of its hash.") },
            "unreadable": strings("Records of the chain that cannot be read."),
        }), &[]),
    })
}
