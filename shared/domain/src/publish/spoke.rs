//! What a target of posts is asked, and what it can answer.
//!
//! Three verbs. [`Spoke::start`] does *one* thing that cannot be taken back, and comes back: what it learned is
//! written on the ledger before it is asked again. So whoever dies loses at most one answer, and
//! [`Spoke::check`] finds out what became of that, before anything is sent again.

use super::{SignedIn, Wrote};
use crate::id::TenantId;
use crate::ports::Refusal;
use crate::post::{Able, Form};
use crate::sign::sha256;
use crate::time::Time;
use crate::vendor::Drift;
use async_trait::async_trait;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

/// What a tenant lent us of a target: whose account it is, and what opens it.
#[derive(Clone, PartialEq)]
pub struct Grant {
    /// Whose connection it is.
    pub tenant: TenantId,
    /// The connection's name.
    pub connection: String,
    /// What is no secret: `site`, `author`, `publication`, `organisation` …
    pub settings: Map<String, Value>,
    /// What is: `password`, `key`, `token`, `refresh_token` …
    pub secret: Map<String, Value>,
    /// When what opens it stops doing so, where that is known.
    pub expires_at: Option<Time>,
}

impl Grant {
    /// A setting.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).and_then(Value::as_str)
    }

    /// A secret.
    pub fn secret(&self, name: &str) -> Option<&str> {
        self.secret.get(name).and_then(Value::as_str)
    }
}

/// A secret is not printed.
impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("tenant", &self.tenant)
            .field("connection", &self.connection)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// One post on its way to one target. All of it but `progress` and `at` is the same each time.
#[derive(Clone, Debug, PartialEq)]
pub struct Sending {
    /// The publication's id: letters, digits and `_`. The idempotency key of what is published.
    pub id: String,
    /// What is sent.
    pub form: Form,
    /// The bytes of [`Form::media`], one for one, already made to fit.
    pub files: Vec<File>,
    /// The target's settings in the pipeline: `status`, `visibility` …
    pub settings: Map<String, Value>,
    /// When it was first asked for.
    pub since: Time,
    /// When it is asked for now.
    pub at: Time,
    /// What earlier verbs left to be remembered; null at first.
    pub progress: Value,
}

impl Sending {
    /// A text among the target's settings.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).and_then(Value::as_str)
    }

    /// The id as a UUID, the same each time: of the post itself with `""`, of its parts with their names.
    pub fn uuid(&self, part: &str) -> String {
        let hash = sha256(format!("{}/{part}", self.id).as_bytes());
        // Version 8: of a kind of our own.
        let (a, b, c, d) = (&hash[..8], &hash[8..12], &hash[13..16], &hash[17..20]);
        format!("{a}-{b}-8{c}-8{d}-{}", &hash[20..32])
    }

    /// The id as a record key of the AT Protocol (a TID), the same each time, for each piece of a thread.
    /// The time of the first asking is in it, the rest is taken from the id.
    pub fn tid(&self, piece: usize) -> String {
        const LETTERS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
        let hash = sha256(self.id.as_bytes());
        let part = |from: usize, to: usize| u64::from_str_radix(&hash[from..to], 16).unwrap_or(0);
        let ms = u64::try_from(self.since.0).unwrap_or(0);
        // Microseconds in 53 bits, then ten bits that tell writers apart.
        let micros = (ms * 1000 + (part(0, 4) % 900) + piece as u64) & ((1 << 53) - 1);
        let number = (micros << 10) | (part(4, 8) & 0x3ff);
        let letter = |at: u32| char::from(LETTERS[((number >> (5 * at)) & 31) as usize]);
        (0..13).rev().map(letter).collect()
    }

    /// What an earlier verb left to be remembered under a name.
    pub fn known(&self, name: &str) -> Option<&Value> {
        self.progress.get(name).filter(|value| !value.is_null())
    }
}

/// Bytes that go with a post.
#[derive(Clone, PartialEq)]
pub struct File {
    /// A file name that a person can read.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// The bytes. Empty where the target is told an address instead.
    pub bytes: Vec<u8>,
    /// Their SHA-256, in hexadecimal.
    pub sha256: String,
    /// Their width in pixels.
    pub width: Option<u32>,
    /// Their height in pixels.
    pub height: Option<u32>,
    /// Where they can be read by everybody, for good, where that is so.
    pub url: Option<String>,
}

/// Bytes are not printed.
impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({}, {} bytes)", self.name, self.bytes.len())
    }
}

/// What is known after a verb.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// What became of it.
    pub went: Went,
    /// What must be remembered, in place of what was; none leaves it as it is. No secret may be in it.
    pub progress: Option<Value>,
    /// What an answer lacked of what its contract promises, or said of its end (`Sunset`, `Deprecation`).
    pub drift: Vec<Drift>,
    /// After how many seconds it may be asked again, where it says so.
    pub wait_s: Option<u32>,
    /// What is about to be written into an entry, or was: on record before anything else is asked.
    pub wrote: Option<Box<Wrote>>,
    /// Whether the grant opens nothing any more: then the connection is paused, and its owner told.
    pub grant_over: bool,
}

impl Told {
    /// This became of it.
    pub fn new(went: Went) -> Self {
        Self {
            went,
            progress: None,
            drift: Vec::new(),
            wait_s: None,
            wrote: None,
            grant_over: false,
        }
    }

    /// It is to be seen there.
    pub fn done(url: impl Into<String>, id: impl Into<String>) -> Self {
        Self::new(Went::Done(Place { url: url.into(), id: id.into() }))
    }

    /// It is certain that nothing happened.
    pub fn refused(refusal: Refusal, why: impl Into<String>) -> Self {
        Self::new(Went::Refused(refusal, why.into()))
    }

    /// It may have happened.
    pub fn unknown(why: impl Into<String>) -> Self {
        Self::new(Went::Unknown(why.into()))
    }

    /// The grant opens nothing any more; nothing happened.
    pub fn grant_over(why: impl Into<String>) -> Self {
        Self { grant_over: true, ..Self::refused(Refusal::Later, why) }
    }

    /// With what must be remembered.
    pub fn knowing(mut self, progress: Value) -> Self {
        self.progress = Some(progress);
        self
    }

    /// With what is about to be written into an entry, or was.
    pub fn wrote(mut self, wrote: Wrote) -> Self {
        self.wrote = Some(Box::new(wrote));
        self
    }

    /// To be asked again after so many seconds.
    pub fn after_s(mut self, seconds: u32) -> Self {
        self.wait_s = Some(seconds);
        self
    }

    /// With what was otherwise than promised.
    pub fn drifted(mut self, drift: impl IntoIterator<Item = Drift>) -> Self {
        self.drift.extend(drift);
        self
    }
}

/// What became of a verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Went {
    /// One thing is done, more is to be done: `start` is asked again, once this is on the ledger.
    /// From `check`: what was begun is not there, or only so far; `start` may go on from the progress.
    On,
    /// The target works on it: `check` is asked later.
    Working,
    /// All of it is there, and nobody sees it yet: `finalize` is asked next.
    Ready,
    /// It is there for whoever may see it.
    Done(Place),
    /// Certain that what was asked did not happen. `Later`: it may be asked again. `Elsewhere` means as much as
    /// `Never` here, and that our side of it (an account, a grant, a plan) is at fault.
    Refused(Refusal, String),
    /// It may have happened: `check` is asked before anything else.
    Unknown(String),
}

/// Where something is to be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Its address.
    pub url: String,
    /// Its id there.
    pub id: String,
}

/// What a target says of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probed {
    /// The grant opens it: whose account it is, as people know it.
    Open(String),
    /// It does not.
    Shut(String),
    /// It could not be asked.
    Unknown(String),
}

/// What became of a grant that was to be renewed.
#[derive(Clone, PartialEq)]
pub enum Renewed {
    /// It is good as it is.
    Good,
    /// These are its secrets from now on. They are stored before they are used.
    With(Map<String, Value>, Option<Time>),
    /// It is over: its owner has to connect again.
    Over(String),
    /// It could not be asked.
    Unknown(String),
}

/// Secrets are not printed.
impl fmt::Debug for Renewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => f.write_str("Good"),
            Self::With(_, expires_at) => write!(f, "With(…, {expires_at:?})"),
            Self::Over(why) => write!(f, "Over({why:?})"),
            Self::Unknown(why) => write!(f, "Unknown({why:?})"),
        }
    }
}

/// What a target counts of something published: views, likes, reposts … by its own names.
pub type Counts = BTreeMap<String, u64>;

/// A target of posts. Each verb may be asked twice, at the same time, by two of us.
#[async_trait]
pub trait Spoke: Send + Sync {
    /// What it can carry and do: its row of the table.
    fn able(&self) -> &'static Able;

    /// Does the next *one* thing towards the post being there: uploads one file, makes one entry, sends one piece.
    async fn start(&self, grant: &Grant, sending: &Sending) -> Told;

    /// Finds out what is there, and sends nothing. By slug, key, record key or marker.
    async fn check(&self, grant: &Grant, sending: &Sending) -> Told;

    /// Makes visible what is ready.
    async fn finalize(&self, _grant: &Grant, _sending: &Sending) -> Told {
        Told::refused(Refusal::Never, "there is nothing to make visible")
    }

    /// Changes what is there into what is sent now.
    async fn update(&self, _grant: &Grant, _sending: &Sending) -> Told {
        Told::refused(Refusal::Never, "what is published there cannot be changed")
    }

    /// Takes back what is there, known by its progress and its place. `Done` where it is gone, however.
    async fn unpublish(&self, _grant: &Grant, _progress: &Value, _place: &Place) -> Told {
        Told::refused(Refusal::Never, "what is published there cannot be taken back")
    }

    /// What it counts of something published; an error says why it tells nothing.
    async fn metrics(
        &self,
        _grant: &Grant,
        _progress: &Value,
        _place: &Place,
    ) -> Result<Counts, String> {
        Err("it tells no figures".into())
    }

    /// Whose account a grant opens. Changes nothing there.
    async fn probe(&self, grant: &Grant) -> Probed;

    /// Takes what somebody brought back who signed in at the target, for what opens their account from now on.
    async fn redeem(&self, _grant: &Grant, _signed_in: &SignedIn, _now: Time) -> Renewed {
        Renewed::Over("nobody signs in there: give what opens the account".into())
    }

    /// Renews a grant that is over, or soon will be.
    async fn renew(&self, _grant: &Grant, _now: Time) -> Renewed {
        Renewed::Good
    }
}

#[cfg(test)]
mod tests;
