//! A person's decision: one conditional transaction with its entry in the audit chain and its event.

use super::ask::{Asked, Decision};
use super::edit::{self, WORDS_MOST};
use super::hold::may;
use super::link::{used, used_up};
use super::make::affordable;
use super::record::{Decided, ReviewRecord, ReviewState, Vote};
use super::refusal::Refusal;
use super::{Answered, Desk, NOTE_MOST, RACES};
use crate::audit::{Act, Chain, Link};
use crate::error::{Error, Result};
use crate::event::{Committed, Event, commit, last_number};
use crate::id::ReviewId;
use crate::person::Person;
use crate::record::JobRecord;
use crate::state::JobState;
use crate::store::Write;
use crate::time::Time;
use crate::view::JobView;
use serde_json::{Value, json};

/// Decides, in a person's name. Safe to repeat: the same decision of the same person is one.
///
/// `salt` is random: it hides the words in the audit chain. Where enough people decided, the decision takes effect
/// after `desk.undo_s` seconds.
pub async fn decide(
    desk: &Desk<'_>,
    person: &Person,
    id: &ReviewId,
    asked: &Asked,
    salt: [u8; 16],
    now: Time,
) -> Answered {
    if let Err(refusal) = complete(asked) {
        return Ok(Err(refusal));
    }
    for _ in 0..RACES {
        let (view, before) = match found(desk, person, id).await? {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Some(vote) = before.votes.iter().find(|vote| vote.by == person.id) {
            if vote.decision == asked.decision {
                // Said before; whoever took it in may have died before the message.
                later(desk, &before).await?;
                return Ok(Ok(before));
            }
            if before.state.waits() {
                return Ok(Err(Refusal::Voted(person.id.clone(), vote.decision)));
            }
        }
        if let Some(nonce) = &asked.link
            && used(desk.table, id, nonce).await?
        {
            return Ok(Err(Refusal::LinkUsed));
        }
        if let Err(refusal) = allowed(&view, &before, person, asked.decision, now) {
            return Ok(Err(refusal));
        }
        let mut review = before.clone();
        if asked.decision == Decision::Edit {
            let of = (&view, &before);
            match edit::take(desk.objects, of, asked, (&person.id, now)).await? {
                Ok(edited) => {
                    // Earlier approvals were of other bytes.
                    if edited.replacement.is_some() {
                        review.votes.retain(|vote| vote.decision == Decision::Reject);
                    }
                    review.subjects = edited.shown(&before.subjects);
                    review.edited = Some(edited);
                }
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        let chain = Chain::Job(id.job());
        let link = chain.link(view.job.audit.as_ref(), act(&review, person, asked), salt, now)?;
        let mut link = link;
        if let Some(nonce) = &asked.link {
            link.writes.push(used_up(id, nonce, now)?);
        }
        let entry = link.head.n;
        let since = before.seen_by(&person.id, asked.shown, now);
        let (by, decision) = (person.id.clone(), asked.decision);
        review.votes.push(Vote { by, decision, at: now, entry, since });
        review.claim = None;
        let review = tallied(review, asked, desk.undo_s, now);
        let event = Event::new(now, "gate.decision")
            .step(id.gate())
            .with("review", id)
            .with("by", &person.id)
            .with("decision", asked.decision)
            .with("state", review.state)
            .with("audit", &link.head);
        if written(desk, &view, (&before, &review), link, event, now).await? {
            later(desk, &review).await?;
            return Ok(Ok(review));
        }
    }
    Err(Error::Again(format!("review {id} is contended")))
}

/// The review with its job, if it is this person's tenant's.
pub(super) async fn found(
    desk: &Desk<'_>,
    person: &Person,
    id: &ReviewId,
) -> Result<std::result::Result<(JobView, ReviewRecord), Refusal>> {
    let view = JobView::read(desk.table, &id.job()).await?;
    let view = view.filter(|view| view.job.tenant == person.tenant);
    let found = view.and_then(|view| {
        let review = view.reviews.iter().find(|review| review.id == *id)?.clone();
        Some((view, review))
    });
    Ok(found.ok_or(Refusal::Unknown))
}

/// Writes a review's change with its audit entry and its event; false where somebody else was faster.
pub(super) async fn written(
    desk: &Desk<'_>,
    view: &JobView,
    (before, review): (&ReviewRecord, &ReviewRecord),
    link: Link,
    event: Event,
    now: Time,
) -> Result<bool> {
    let job = &view.job.id;
    let of_job = Write::set(JobRecord::key(job), json!({ "updated_at": now }));
    let of_job = of_job.when_in("state", &JobState::OPEN).when_is("run", view.job.run);
    let mut writes = vec![review.replace(before)?, link.head_in(of_job)];
    writes.extend(link.writes);
    let last = last_number(desk.table, job).await?;
    let done = commit(desk.table, job, last, writes, &[event]).await?;
    Ok(matches!(done, Committed::Done(_)))
}

/// Whether it says what its decision needs, within bounds.
fn complete(asked: &Asked) -> Result<(), Refusal> {
    let long =
        |text: &Option<String>, most| text.as_ref().is_some_and(|t| most < t.chars().count());
    if long(&asked.note, NOTE_MOST) {
        return Err(Refusal::Incomplete("the note has more than 2000 characters"));
    }
    if long(&asked.alt, WORDS_MOST) || long(&asked.caption, WORDS_MOST) {
        return Err(Refusal::Incomplete("alt and caption have 2000 characters at most"));
    }
    let share = |share: f64| (0.0..=1.0).contains(&share);
    if asked.focal.is_some_and(|focal| !share(focal.x) || !share(focal.y)) {
        return Err(Refusal::Incomplete("focal is given in shares of the picture, from 0 to 1"));
    }
    let edits = asked.upload.is_some() || asked.corrects() || asked.subject.is_some();
    if edits && asked.decision != Decision::Edit {
        return Err(Refusal::Incomplete(
            "only an edit names a subject, an upload, alt, caption or focal",
        ));
    }
    let note = asked.note.as_ref().is_some_and(|note| !note.trim().is_empty());
    if asked.decision == Decision::Regenerate && !note {
        return Err(Refusal::Incomplete(
            "a regenerate says in its note what is to be made otherwise",
        ));
    }
    Ok(())
}

fn allowed(
    view: &JobView,
    review: &ReviewRecord,
    person: &Person,
    decision: Decision,
    now: Time,
) -> Result<(), Refusal> {
    may(review, person, now)?;
    if !view.job.state.open() || view.job.run != review.run {
        return Err(Refusal::JobOver);
    }
    let for_it = matches!(decision, Decision::Approve | Decision::Edit);
    let own = review.submitted_by.as_ref() == Some(&person.id);
    if for_it && own && !review.rules.self_approval {
        return Err(Refusal::OwnJob(person.id.clone()));
    }
    if decision == Decision::Regenerate {
        affordable(view, review)?;
    }
    Ok(())
}

/// What the audit chain keeps of a decision: the bytes that were shown, and what was known of them.
fn act(review: &ReviewRecord, person: &Person, asked: &Asked) -> Act {
    let verdict = |field: &str| review.verdict.get(field).cloned().unwrap_or(Value::Null);
    let replaced = review.edited.as_ref().filter(|_| asked.decision == Decision::Edit);
    let act = Act::new(&format!("review.{}", asked.decision), &person.id, &review.id)
        .shown(&review.subjects)
        .fact("gate_said", verdict("verdict"))
        .fact("wanted", review.rules.approvals)
        .fact("by_link", asked.link.is_some())
        .said("note", &asked.note)
        .said("scores", verdict("scores"))
        .said("reasons", verdict("reasons"))
        .said("evaluators", verdict("evaluators"))
        .said("alt", &asked.alt)
        .said("caption", &asked.caption)
        .said("focal", asked.focal);
    match replaced.and_then(|edited| edited.replacement.as_ref().map(|new| (edited, new))) {
        Some((edited, new)) => act.fact("replaced", &edited.subject).fact("by", &new.id),
        None => act,
    }
}

/// The review with what its votes come to.
fn tallied(mut review: ReviewRecord, asked: &Asked, undo_s: u32, now: Time) -> ReviewRecord {
    let enough = match asked.decision {
        // One "no" is enough.
        Decision::Reject | Decision::Regenerate => true,
        Decision::Approve | Decision::Edit => review.rules.approvals as usize <= review.approvals(),
    };
    if !enough {
        return review;
    }
    let edited = review.edited.is_some();
    let decision = match asked.decision {
        Decision::Approve if edited => Decision::Edit,
        decision => decision,
    };
    let same = |vote: &&Vote| match decision {
        Decision::Approve | Decision::Edit => {
            matches!(vote.decision, Decision::Approve | Decision::Edit)
        }
        no => vote.decision == no,
    };
    let by = review.votes.iter().filter(same).map(|vote| vote.by.clone()).collect();
    let note = asked.note.clone().filter(|_| decision == Decision::Regenerate);
    let effect_at = now.plus_s(undo_s);
    review.decided = Some(Decided { decision: Some(decision), by, at: now, effect_at, note });
    review.placed(ReviewState::Decided, now)
}

/// Sends the message by which a decision takes effect.
pub(super) async fn later(desk: &Desk<'_>, review: &ReviewRecord) -> Result<()> {
    match review.state {
        ReviewState::Decided => {
            desk.queue.send(&json!({ "review_due": review.id }), desk.undo_s).await
        }
        _ => Ok(()),
    }
}
