//! Taking a decision back, as long as nothing has heard of it.

use super::decide::{found, written};
use super::record::{ReviewRecord, ReviewState};
use super::refusal::Refusal;
use super::{Answered, Desk, RACES};
use crate::audit::{Act, Chain};
use crate::error::Error;
use crate::event::Event;
use crate::id::ReviewId;
use crate::person::{Person, Role};
use crate::time::Time;

/// Takes a person's decision back; the review is open again. Where they decided nothing, nothing changes.
pub async fn undo(
    desk: &Desk<'_>,
    person: &Person,
    id: &ReviewId,
    salt: [u8; 16],
    now: Time,
) -> Answered {
    for _ in 0..RACES {
        let (view, before) = match found(desk, person, id).await? {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if !person.has(Role::Reviewer) {
            return Ok(Err(Refusal::Role(person.id.clone(), Role::Reviewer)));
        }
        if !before.state.waits() {
            return Ok(Err(match before.closed_at {
                Some(at) if before.state == ReviewState::Closed => Refusal::TooLate(at),
                _ => Refusal::Over(before.state, None),
            }));
        }
        let Some(vote) = before.votes.iter().find(|vote| vote.by == person.id) else {
            return Ok(Ok(before));
        };
        let due = before.decided.as_ref().map(|decided| decided.effect_at).filter(|at| *at <= now);
        if let Some(at) = due {
            return Ok(Err(Refusal::TooLate(at)));
        }
        let mut review = ReviewRecord { decided: None, ..before.clone() };
        review.votes.retain(|vote| vote.by != person.id);
        if review.edited.as_ref().is_some_and(|edited| edited.change.by == person.id) {
            // What others approved of it goes with it.
            review.votes.clear();
            review.edited = None;
            review.subjects = judged(&before);
        }
        let review = review.placed(ReviewState::Open, now);
        let act = Act::new("review.undo", &person.id, id)
            .shown(&before.subjects)
            .fact("of", vote.entry)
            .fact("decision", vote.decision);
        let link = Chain::Job(id.job()).link(view.job.audit.as_ref(), act, salt, now)?;
        let event = Event::new(now, "gate.decision")
            .step(id.gate())
            .with("review", id)
            .with("by", &person.id)
            .with("decision", "undo")
            .with("state", review.state)
            .with("audit", &link.head);
        if written(desk, &view, (&before, &review), link, event, now).await? {
            return Ok(Ok(review));
        }
    }
    Err(Error::Again(format!("review {id} is contended")))
}

/// What was shown before anything was edited: what the gate judged.
fn judged(review: &ReviewRecord) -> Vec<crate::gate::Subject> {
    let subjects = review.verdict.get("subjects").cloned().unwrap_or_default();
    serde_json::from_value(subjects).unwrap_or_default()
}
