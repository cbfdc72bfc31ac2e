//! What the ledger of publications says, and the one table of the ways between its states.

use super::{Outcome, Post};
use crate::error::Result;
use crate::event::Event;
use crate::ports::Refusal;
use crate::record::PublicationRecord;
use crate::record::PublicationState::{self, Done, Failed, Started, Unknown};
use crate::store::{Condition, Write};
use crate::time::Time;
use serde_json::json;

/// How often a target is asked to take an asset: as often as the state machine calls.
pub const TRIES_MOST: u32 = 4;

/// The states that may become this one.
fn before(state: PublicationState) -> &'static [PublicationState] {
    match state {
        // A failure is final for its run; a retry of the job tries again.
        Started => &[Started, Unknown, Failed],
        Unknown => &[Started, Unknown],
        // A late "it is there" is true whatever was thought before.
        Done => &[Started, Unknown, Failed],
        Failed => &[Started, Unknown],
    }
}

/// Whether a publication may go from one state to another.
pub fn may_become(from: PublicationState, to: PublicationState) -> bool {
    before(to).contains(&from)
}

/// A change of one publication with the event that reports it, if one does.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The change.
    pub write: Write,
    /// What it is reported by.
    pub event: Option<Event>,
}

/// Puts a publication on the ledger before its target is asked, or once more before it is asked again.
pub fn started(
    post: &Post,
    target: &str,
    old: Option<&PublicationRecord>,
    now: Time,
) -> Result<(PublicationRecord, Write)> {
    let fresh = old.is_none_or(|old| old.state == Failed);
    let new = PublicationRecord {
        step: post.step.clone(),
        target: target.to_owned(),
        asset: post.asset.id.clone(),
        sha256: post.asset.sha256.clone(),
        state: Started,
        location: None,
        error: None,
        taken_down: None,
        tries: old.filter(|_| !fresh).map_or(1, |old| old.tries + 1),
        started_at: old.filter(|_| !fresh).map_or(now, |old| old.started_at),
        updated_at: now,
    };
    let write = Write::put(PublicationRecord::key(&post.job, &post.step, &post.asset.id), &new)?;
    let write = match old {
        Some(old) => write.when_is("state", old.state).when_is("tries", old.tries),
        None => write.when(Condition::Absent),
    };
    Ok((new, write))
}

/// What an outcome means for the step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The asset is there.
    There(String),
    /// It has to be looked at or sent again.
    Again(String),
    /// It will not be there.
    Never(String),
}

/// What becomes of a publication after its target was asked.
pub fn finding(
    post: &Post,
    record: &PublicationRecord,
    outcome: &Outcome,
    now: Time,
) -> (Finding, Fact) {
    let last = TRIES_MOST <= record.tries;
    let (state, finding) = match outcome {
        Outcome::Done(location) => (Done, Finding::There(location.clone())),
        Outcome::Refused(Refusal::Later, why) if !last => (Started, Finding::Again(why.clone())),
        Outcome::Refused(_, why) => (Failed, Finding::Never(why.clone())),
        Outcome::Accepted => (Unknown, Finding::Again("the target still works on it".into())),
        Outcome::Unknown(why) if !last => (Unknown, Finding::Again(why.clone())),
        Outcome::Unknown(why) => (Unknown, Finding::Never(why.clone())),
    };
    let fields = match &finding {
        Finding::There(location) => {
            json!({ "state": state, "location": location, "error": null, "updated_at": now })
        }
        Finding::Again(why) | Finding::Never(why) => {
            json!({ "state": state, "error": why, "updated_at": now })
        }
    };
    let key = PublicationRecord::key(&post.job, &record.step, &record.asset);
    let write = Write::set(key, fields).when_in("state", before(state));
    let told = |kind: &str| {
        Event::new(now, kind)
            .step(&record.step)
            .with("target", &record.target)
            .with("asset", &record.asset)
    };
    let event = match &finding {
        Finding::There(location) => Some(told("publication.done").with("location", location)),
        Finding::Never(why) => Some(told("publication.failed").with("error", why)),
        Finding::Again(_) => None,
    };
    (finding, Fact { write, event })
}
