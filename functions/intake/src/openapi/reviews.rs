//! What the routes of reviews and audit chains take and answer.

use super::build::{Operation, operation, schema};
use domain::problem::ProblemType as P;
use serde_json::{Value, json};

const JOB: &str = "j01hf7yat0041040g2081040g21";
const AT: &str = "2026-03-13T15:05:02.123Z";

pub(super) fn list() -> Operation {
    operation("listReviews", "reviews", "What people are asked, or decided")
        .about("Those that wait, the longest first; with `state=closed` those that are over, the latest first. It may be a second late.")
        .query("state", json!({ "type": "string", "enum": ["open", "closed"], "default": "open" }), "Which.")
        .query("limit", json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 20 }), "How many at most.")
        .query("cursor", json!({ "type": "string" }), "`next` of the page before.")
        .answer(200, "One page.", schema("Reviews"), json!({ "reviews": [review()], "next": null }))
}

pub(super) fn read() -> Operation {
    operation("readReview", "reviews", "A review as it stands").answer(
        200,
        "The review.",
        schema("Review"),
        review(),
    )
}

pub(super) fn claim() -> Operation {
    acts("claimReview", "Hold a review")
        .about("For a quarter of an hour nobody else can decide it.")
}

pub(super) fn release() -> Operation {
    acts("releaseReview", "Let a review go")
}

pub(super) fn decide() -> Operation {
    acts("decideReview", "Approve, reject, regenerate or edit")
        .about(
            "`approve` lets exactly the bytes go on that are shown; `reject` ends the job, or leaves the gate's part out where the pipeline can do without; \
             `regenerate` goes back to the step that made them, and its `note` is added to the prompt; `edit` puts an `upload` in the place of a `subject`, \
             or corrects its `alt`, `caption` and `focal` point. It takes effect half a minute later, and can be undone until then. \
             Said twice by the same person, it counts once.",
        )
        .json_body(schema("DecisionRequest"), json!({ "decision": "regenerate", "note": "brighter, and no hat" }))
        .problems(&[P::InvalidBody])
}

pub(super) fn undo() -> Operation {
    acts("undoReview", "Take a decision back")
        .about("As long as it is not in effect. The review is open again.")
}

pub(super) fn audit() -> Operation {
    operation("readAudit", "reviews", "Who decided what about a job, sealed by hashes")
        .about("The entries as they are stored, and whether they are whole. `galley audit verify` computes the hashes itself.")
        .answer(200, "The chain.", schema("Audit"), json!({
            "job": JOB, "erased": false, "verified": true, "flaws": [], "unreadable": [],
            "head": { "n": 1, "hash": "ab".repeat(32) },
            "entries": [{
                "n": 1, "at": 1_773_414_302_123_i64, "what": "review.approve", "who": "anna",
                "to": format!("{JOB}.good.1"), "prev": "", "hash": "ab".repeat(32),
            }],
            "said": [],
        }))
}

pub(super) fn link() -> Operation {
    operation("linkReview", "reviews", "A link by which one person decides, once")
        .about("For mail and chat. Looking at it changes nothing: its page asks before it acts. Whoever holds it decides in the person's name, so it is made by operators only.")
        .json_body(schema("LinkRequest"), json!({ "person": "anna", "valid_s": 86_400 }))
        .answer(201, "The link, below this API's address.", schema("ReviewLink"), json!({
            "path": "/review/eyJ…", "person": "anna", "expires_at": AT,
        }))
        .problems(&[P::InvalidBody])
}

pub(super) fn show_link() -> Operation {
    operation("showLink", "reviews", "The page of a link")
        .part("token", json!({ "type": "string" }), "What the link says, signed.")
        .answer_of(200, "What is asked, with a form.", html())
}

pub(super) fn act_on_link() -> Operation {
    operation("actOnLink", "reviews", "Decide by a link, as its page does")
        .part("token", json!({ "type": "string" }), "What the link says, signed.")
        .answer_of(200, "It was decided.", html())
        .answer_of(409, "It was used before, or the review is over.", html())
        .problems(&[P::InvalidBody])
}

fn html() -> Value {
    json!({ "text/html": { "schema": { "type": "string" } } })
}

fn acts(id: &'static str, summary: &'static str) -> Operation {
    operation(id, "reviews", summary)
        .answer(200, "The review as it stands now.", schema("Review"), review())
        .problems(&[P::ReviewRefused])
}

fn review() -> Value {
    let asset = format!("{JOB}.generate.1.0");
    json!({
        "id": format!("{JOB}.good.1"), "state": "open", "job": JOB, "gate": "good", "round": 1,
        "run": 1, "pipeline": "hero-image",
        "subjects": [{ "asset": asset, "sha256": "ab".repeat(32) }],
        "verdict": { "verdict": "review", "reasons": ["nobody judged what the pictures show, and accept_unjudged is not set"] },
        "approvals": { "wanted": 1, "given": 0 }, "groups": ["brand"], "self_approval": false,
        "submitted_by": null, "reviewers": 2, "votes": [], "on_expiry": "reject",
        "opened_at": AT, "expires_at": AT,
        "links": {
            "self": format!("/v1/reviews/{JOB}.good.1"), "job": format!("/v1/jobs/{JOB}"),
            "audit": format!("/v1/jobs/{JOB}/audit"),
        },
    })
}
