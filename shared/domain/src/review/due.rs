//! What time does to reviews: they are escalated, they expire, and a decision that nobody heard of takes effect.

use super::RACES;
use super::effect::{take_effect, withdraw};
use super::record::{Decided, ReviewRecord, ReviewState};
use crate::audit::{Act, Chain};
use crate::error::{Error, Result};
use crate::event::{Committed, Event, commit, last_number};
use crate::id::ReviewId;
use crate::lane::outcome;
use crate::ports::{Flow, Queue, Table};
use crate::record::JobRecord;
use crate::state::JobState;
use crate::store::Write;
use crate::stuck::{Finding, Stuck};
use crate::time::Time;
use crate::view::JobView;
use serde_json::json;

/// So many seconds after its time, a decision that is not in effect is a finding.
const LATE_S: u32 = 60;
/// Who acts where a rule does.
const RULE: &str = "galley";

/// Looks at a review whose time has come: by its message, or by the sweep. Returns what hung.
pub async fn due(
    table: &dyn Table,
    (flow, queue): (&dyn Flow, &dyn Queue),
    id: &ReviewId,
    now: Time,
) -> Result<Option<Finding>> {
    for _ in 0..RACES {
        let Some(view) = JobView::read(table, &id.job()).await? else { return Ok(None) };
        let Some(review) = view.reviews.iter().find(|review| review.id == *id) else {
            return Ok(None);
        };
        match (review.state, &review.decided) {
            (ReviewState::Open, _) if !view.job.state.open() || view.job.run != review.run => {
                if withdraw(table, review, now).await? {
                    return Ok(None);
                }
            }
            (ReviewState::Open, _) if review.expires_at <= now => {
                if expire(table, &view, review, now).await? {
                    take_effect(table, (flow, queue), id, now).await?;
                    return Ok(overdue(review, now));
                }
            }
            (ReviewState::Open, _) if review.escalate_at.is_some_and(|at| at <= now) => {
                if escalate(table, &view, review, now).await? {
                    return Ok(None);
                }
            }
            (ReviewState::Decided, Some(_)) => {
                take_effect(table, (flow, queue), id, now).await?;
                return Ok(overdue(review, now));
            }
            (ReviewState::Closed, _) => {
                take_effect(table, (flow, queue), id, now).await?;
                return Ok(None);
            }
            _ => return Ok(None),
        }
    }
    Err(Error::Again(format!("review {id} is contended")))
}

/// What hangs of a review: nobody decided in time, or nothing came of a decision.
pub(crate) fn overdue(review: &ReviewRecord, now: Time) -> Option<Finding> {
    let gate = review.id.gate();
    let detail = match (review.state, &review.decided) {
        (ReviewState::Open, _) if review.expires_at <= now => {
            format!("{gate} was decided by nobody in time")
        }
        (ReviewState::Decided, Some(decided)) if decided.effect_at.plus_s(LATE_S) <= now => {
            format!("{gate} was decided, and the job has not heard of it")
        }
        _ => return None,
    };
    Some(Finding { stuck: Stuck::ReviewOverdue, at: review.id.job().to_string(), detail })
}

async fn expire(
    table: &dyn Table,
    view: &JobView,
    before: &ReviewRecord,
    now: Time,
) -> Result<bool> {
    let mut review = before.clone();
    review.claim = None;
    review.decided =
        Some(Decided { decision: None, by: Vec::new(), at: now, effect_at: now, note: None });
    let review = review.placed(ReviewState::Decided, now);
    let act = Act::new("review.expire", RULE, &review.id)
        .shown(&review.subjects)
        .fact("approvals", review.approvals())
        .fact("wanted", review.rules.approvals)
        .fact("on_expiry", review.rules.on_expiry);
    let event = Event::new(now, "review.expired").with("on_expiry", review.rules.on_expiry);
    changed(table, view, (before, &review), (act, event), now).await
}

async fn escalate(
    table: &dyn Table,
    view: &JobView,
    before: &ReviewRecord,
    now: Time,
) -> Result<bool> {
    let mut review = before.clone();
    let more = before.rules.escalate.as_ref().map(|to| to.groups.clone()).unwrap_or_default();
    // No group at all means everybody: that is never narrowed.
    if !review.groups.is_empty() {
        review.groups.extend(more.iter().cloned());
    }
    review.escalate_at = None;
    let review = review.placed(ReviewState::Open, now);
    let act = Act::new("review.escalate", RULE, &review.id).fact("groups", &review.groups);
    let event = Event::new(now, "review.escalated").with("groups", more);
    changed(table, view, (before, &review), (act, event), now).await
}

/// Writes what a rule did, with its audit entry and its event; false where somebody else was faster.
async fn changed(
    table: &dyn Table,
    view: &JobView,
    (before, review): (&ReviewRecord, &ReviewRecord),
    (act, event): (Act, Event),
    now: Time,
) -> Result<bool> {
    let job = &view.job.id;
    let link = Chain::Job(job.clone()).link(view.job.audit.as_ref(), act, [0; 16], now)?;
    let event = event.step(review.id.gate()).with("review", &review.id).with("audit", &link.head);
    // Nobody did anything to the job: what hangs in it is told by when somebody last did.
    let of_job = Write::set(JobRecord::key(job), json!({}));
    let of_job = of_job.when_in("state", &JobState::OPEN).when_is("run", view.job.run);
    let mut writes = vec![review.replace(before)?, link.head_in(of_job)];
    writes.extend(link.writes);
    let last = last_number(table, job).await?;
    let done = commit(table, job, last, writes, &[event]).await?;
    Ok(matches!(done, Committed::Done(_)))
}

/// Withdraws all reviews of a job that is over or is being canceled, and tells who waits for them.
pub async fn withdraw_all(
    table: &dyn Table,
    flow: &dyn Flow,
    view: &JobView,
    now: Time,
) -> Result<()> {
    for review in &view.reviews {
        if review.state.waits() && !withdraw(table, review, now).await? {
            let id = &review.id;
            return Err(Error::Again(format!("review {id} was changed; cancel it again")));
        }
        // Told once more where it was told before: a twin may have died in between.
        if let Some(token) = review.token.as_ref().filter(|_| review.run == view.job.run) {
            flow.complete(token, &outcome::end(JobState::Canceled)).await?;
        }
    }
    Ok(())
}
