//! A post on its way to one target: what it says, and what the ledger says of it.

use super::Fact;
use super::ledger::TRIES_MOST;
use super::spoke::{Place, Told};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::id::JobId;
use crate::pipeline::Kind;
use crate::pipeline::kinds::POST;
use crate::post::{Content, Focal, Form};
use crate::provenance;
use crate::record::PublicationState::{self, Done, Failed, Started, Unknown};
use crate::record::{AssetRecord, Gone, PostingRecord};
use crate::store::{Condition, Write};
use crate::takedown::PUBLISHED;
use crate::time::Time;
use crate::view::JobView;
use serde_json::{Map, Value, json};

/// So many seconds after it was begun it is looked up what became of a posting that nobody said anything of.
pub const LEFT_S: u32 = 600;
/// How long it is looked for, in seconds, where nobody can tell: a day.
const LOOKED_S: u32 = 24 * 3600;

/// A post for one target, as a step has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Posting {
    /// The post.
    pub content: Content,
    /// The kind of target.
    pub kind: String,
    /// Whose account it is.
    pub connection: Option<String>,
    /// The target's settings, what only it knows among them.
    pub settings: Map<String, Value>,
    /// Whether a model made something of it.
    pub ai: bool,
}

/// The post of a step, from its parameters with all references replaced.
pub fn post_of(view: &JobView, step: &str, parameters: &Map<String, Value>) -> Result<Posting> {
    let fault = |why: String| Error::Fault(format!("the post of {step}: {why}"));
    let fields = parameters
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(POST)?.to_owned(), value.clone())));
    let mut fields: Map<String, Value> = fields.filter(|(_, value)| !value.is_null()).collect();
    if let Some(Value::Array(media)) = fields.get_mut("media") {
        // What was skipped left no asset behind.
        media.retain(|medium| medium.get("asset").is_some_and(Value::is_string));
    }
    let mut content: Content =
        serde_json::from_value(Value::Object(fields)).map_err(|cause| fault(cause.to_string()))?;
    let mut ai = view.plan.upstream(step).iter().any(|before| {
        let of = |step: &crate::pipeline::Step| step.kind == Kind::Write && step.asks.is_none();
        view.pipeline.step(before).is_some_and(of)
    });
    for medium in &mut content.media {
        let asset = view.asset(medium.asset.as_str())?;
        ai |= provenance::source(view, asset).is_some_and(provenance::SourceType::ai);
        // What people wrote beside it has the last word.
        if let Some(edit) = &asset.edited {
            medium.alt = edit.alt.clone().unwrap_or_else(|| std::mem::take(&mut medium.alt));
            medium.caption = edit.caption.clone().or_else(|| medium.caption.take());
            if let Some(focal) = &edit.focal {
                medium.focal = Focal { x: focal.x, y: focal.y };
            }
        }
    }
    let target = parameters.get("target").and_then(Value::as_object).cloned().unwrap_or_default();
    let word = |name: &str| target.get(name).and_then(Value::as_str).map(str::to_owned);
    let (kind, connection) = (word("kind").unwrap_or_default(), word("connection"));
    let options = target.get("options").and_then(Value::as_object).cloned().unwrap_or_default();
    let own = target
        .into_iter()
        .filter(|(name, _)| !["kind", "connection", "options"].contains(&name.as_str()));
    Ok(Posting {
        content,
        kind,
        connection,
        settings: options.into_iter().chain(own).collect(),
        ai,
    })
}

impl Posting {
    /// The assets of its media, in their order.
    pub fn assets<'v>(&self, view: &'v JobView) -> Result<Vec<&'v AssetRecord>> {
        self.content.media.iter().map(|medium| view.asset(medium.asset.as_str())).collect()
    }
}

/// Puts a posting on the ledger before its target is asked, or once more before it is asked again.
pub fn begun(
    (job, step): (&JobId, &str),
    (posting, media): (&Posting, &[Gone]),
    old: Option<&PostingRecord>,
    (now, busy_until): (Time, Time),
) -> Result<(PostingRecord, Write)> {
    let fresh = old.is_none_or(|old| old.state == Failed);
    let before = old.cloned();
    let new = PostingRecord {
        step: step.to_owned(),
        target: posting.kind.clone(),
        connection: posting.connection.clone(),
        state: Started,
        media: media.to_vec(),
        progress: before.as_ref().map(|old| old.progress.clone()).unwrap_or_default(),
        location: None,
        remote: None,
        error: None,
        changed: Vec::new(),
        disclosed: None,
        taken_down: None,
        tries: before.as_ref().filter(|_| !fresh).map_or(1, |old| old.tries + 1),
        rev: before.as_ref().map_or(1, |old| old.rev + 1),
        busy_until: Some(busy_until),
        due_pk: Some(PUBLISHED.into()),
        due_at: Some(now.plus_s(LEFT_S)),
        // The keys that it has at its target come from this, so it never changes.
        started_at: before.as_ref().map_or(now, |old| old.started_at),
        updated_at: now,
    };
    let write = fenced(job, &new, old)?;
    Ok((new, write))
}

/// What is remembered between two verbs.
pub fn went(
    job: &JobId,
    old: &PostingRecord,
    told: &Told,
    (now, busy_until): (Time, Time),
) -> Result<(PostingRecord, Write)> {
    let unknown = matches!(told.went, super::Went::Unknown(_));
    let new = PostingRecord {
        state: if unknown { Unknown } else { Started },
        progress: told.progress.clone().unwrap_or_else(|| old.progress.clone()),
        rev: old.rev + 1,
        busy_until: Some(busy_until),
        updated_at: now,
        ..old.clone()
    };
    let write = fenced(job, &new, Some(old))?;
    Ok((new, write))
}

/// What became of a posting, for this call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It is there.
    There(Place),
    /// It is not there, or nobody knows, and it is asked again.
    Again {
        /// Why.
        why: String,
        /// Whether it may be there.
        unknown: bool,
    },
    /// It will not be there.
    Never(String),
}

/// What is left of a posting when a call is done with it, and the event that tells of it.
pub fn ended(
    job: &JobId,
    old: &PostingRecord,
    form: Option<&Form>,
    end: &End,
    now: Time,
) -> Result<Fact> {
    let last = TRIES_MOST <= old.tries;
    let state: PublicationState = match end {
        End::There(_) => Done,
        End::Never(_) => Failed,
        End::Again { unknown: true, .. } => Unknown,
        End::Again { .. } if last => Failed,
        End::Again { .. } => Started,
    };
    let mut new = PostingRecord {
        state,
        rev: old.rev + 1,
        busy_until: None,
        updated_at: now,
        error: None,
        ..old.clone()
    };
    if matches!(state, Done | Failed) {
        (new.due_pk, new.due_at) = (None, None);
    }
    match end {
        End::There(place) => {
            new.location = Some(place.url.clone());
            new.remote = Some(place.id.clone());
        }
        End::Again { why, .. } | End::Never(why) => new.error = Some(why.clone()),
    }
    if let Some(form) = form {
        new.changed.clone_from(&form.changed);
        new.disclosed = match &form.disclosed {
            disclosed if disclosed.flag => Some("flag".into()),
            disclosed if disclosed.text.is_some() => Some("text".into()),
            _ => None,
        };
    }
    let told = |kind: &str| {
        Event::new(now, kind)
            .step(&old.step)
            .with("target", &old.target)
            .with("publication", PostingRecord::public_id(job, &old.step))
    };
    let event = match state {
        Done => Some(told("publication.done").with("location", &new.location)),
        Failed => Some(told("publication.failed").with("error", &new.error)),
        Unknown if last => Some(told("publication.failed").with("error", &new.error)),
        Started | Unknown => None,
    };
    Ok(Fact { write: fenced(job, &new, Some(old))?, event })
}

/// A posting that is looked up again later, for a day; `why` nobody can tell what became of it, where somebody asked.
pub fn looked(job: &JobId, old: &PostingRecord, why: Option<&str>, now: Time) -> Result<Write> {
    let again = why.is_none() || now < old.updated_at.plus_s(LOOKED_S);
    let new = PostingRecord {
        rev: old.rev + 1,
        due_pk: again.then(|| PUBLISHED.into()),
        due_at: again.then(|| now.plus_s(LEFT_S)),
        error: why.map(str::to_owned).or_else(|| old.error.clone()),
        ..old.clone()
    };
    fenced(job, &new, Some(old))
}

fn fenced(job: &JobId, new: &PostingRecord, old: Option<&PostingRecord>) -> Result<Write> {
    let write = Write::put(PostingRecord::key(job, &new.step), new)?;
    Ok(match old {
        Some(old) => write.when_is("rev", old.rev),
        None => write.when(Condition::Absent),
    })
}

/// What callers see of a posting.
pub fn shown(job: &JobId, posting: &PostingRecord) -> Value {
    json!({
        "id": PostingRecord::public_id(job, &posting.step), "job": job, "step": posting.step,
        "target": posting.target, "connection": posting.connection, "state": posting.state,
        "location": posting.location, "remote": posting.remote, "error": posting.error,
        "media": posting.media, "changed": posting.changed, "disclosed": posting.disclosed,
        "taken_down": posting.taken_down.as_ref().map(|gone| json!({ "at": gone.at.rfc3339(), "reason": gone.reason })),
        "tries": posting.tries, "started_at": posting.started_at.rfc3339(),
        "updated_at": posting.updated_at.rfc3339(),
    })
}
