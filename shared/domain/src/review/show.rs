//! What callers see of a review. Never its token.

use super::open::NOBODY;
use super::record::ReviewRecord;
use crate::time::Time;
use serde_json::{Value, json};

/// A review as the API shows it.
pub fn review_json(review: &ReviewRecord) -> Value {
    let at = |time: Time| time.rfc3339();
    let votes = review.votes.iter().map(|vote| {
        json!({ "by": vote.by, "decision": vote.decision, "at": at(vote.at), "entry": vote.entry })
    });
    let mut answer = json!({
        "id": review.id, "state": review.state, "job": review.id.job(), "gate": review.id.gate(),
        "round": review.id.round(), "run": review.run, "pipeline": review.pipeline,
        "subjects": review.subjects, "verdict": review.verdict,
        "approvals": { "wanted": review.rules.approvals, "given": review.approvals() },
        "groups": review.groups, "self_approval": review.rules.self_approval,
        "submitted_by": review.submitted_by, "reviewers": review.reviewers,
        "votes": votes.collect::<Vec<_>>(),
        "opened_at": at(review.opened_at), "expires_at": at(review.expires_at),
        "on_expiry": review.rules.on_expiry,
        "links": {
            "self": format!("/v1/reviews/{}", review.id),
            "job": format!("/v1/jobs/{}", review.id.job()),
            "audit": format!("/v1/jobs/{}/audit", review.id.job()),
        },
    });
    if let Some(escalate_at) = review.escalate_at {
        answer["escalate_at"] = json!(at(escalate_at));
    }
    if let Some(claim) = &review.claim {
        answer["claim"] = json!({ "by": claim.by, "until": at(claim.until) });
    }
    if let Some(decided) = &review.decided {
        answer["decided"] = json!({
            "decision": decided.decision, "by": decided.by, "at": at(decided.at),
            "effect_at": at(decided.effect_at), "note": decided.note,
        });
    }
    if let Some(edited) = &review.edited {
        answer["edit"] = json!({
            "subject": edited.subject, "by": edited.change.by, "alt": edited.change.alt,
            "caption": edited.change.caption, "focal": edited.change.focal,
            "replacement": edited.replacement.as_ref().map(|asset| &asset.id),
        });
    }
    if let Some(closed) = review.closed_at {
        answer["closed_at"] = json!(at(closed));
    }
    if review.reviewers == 0 && review.state.waits() {
        answer["warning"] = json!(NOBODY);
    }
    answer
}
