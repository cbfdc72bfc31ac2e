//! What is known after a call to a vendor.

use crate::money::MicroUsd;
use crate::vendor::Handle;
use serde::{Deserialize, Serialize};

/// A vendor's answer: what is known of the work, and what the answer told besides.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What is known of the work.
    pub outcome: Outcome,
    /// What the contract promises and the answer lacked.
    pub drift: Option<Drift>,
    /// What the vendor's headers tell of its limits.
    pub limits: Option<Limits>,
}

/// What is known of work that was asked for. It goes on the ledger before anything else happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The vendor has it, and is not done.
    Accepted {
        /// By what it is found again.
        handle: Handle,
        /// How much of it is done, from 0 to 1, where the vendor says so.
        fraction: Option<f64>,
    },
    /// It is done, and this is it.
    Done(Done),
    /// Certain that nothing was accepted, and nothing is owed.
    Refused(Refusal),
    /// It was accepted, and ended without outputs.
    Failed {
        /// Why.
        refusal: Refusal,
        /// What the vendor says that it takes for it all the same.
        usd: Option<MicroUsd>,
    },
    /// It may have been accepted: to be found out, never asked for again blindly.
    Unknown(String),
}

/// What a vendor made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
    /// The outputs.
    pub media: Vec<Media>,
    /// What it costs, where the answer tells; the quote counts where it does not.
    pub usd: Option<MicroUsd>,
    /// The model that served, where the answer tells.
    pub model: Option<String>,
    /// By what it is found again, where the answer tells: of vendors that answer at once.
    pub id: Option<String>,
}

/// One output, wherever its bytes are yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Media {
    /// The port it belongs to.
    pub port: String,
    /// Where its bytes are.
    pub source: Source,
}

/// Where bytes are that are not in custody yet.
#[derive(Clone, PartialEq)]
pub enum Source {
    /// In the answer.
    Bytes(Vec<u8>),
    /// At an address of the vendor's, for a while.
    Url(String),
}

/// Bytes are not printed, and an address may hold a signature.
impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Url(url) => write!(f, "Url({})", url.split('?').next().unwrap_or_default()),
        }
    }
}

/// A refusal, or an end without outputs: its class says what the next move is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the next move is.
    pub class: Class,
    /// What a person should know. Never a prompt, never a secret.
    pub reason: String,
}

/// What to do after a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Ask the same vendor again, so many seconds later at the earliest.
    Later(u32),
    /// Ask another: this one is at fault, does not have it, or is retired.
    Elsewhere,
    /// Ask another: what we may spend there is used up, until a person acts.
    Quota,
    /// Ask another: our credentials are not taken, until a person acts.
    Credentials,
    /// Give up: it refuses what is asked for, and so might others; shopping around is no answer.
    Content,
    /// Give up: the request itself is at fault.
    Invalid,
}

/// Something that the contract promises and an answer lacked, or a word that the contract does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// The field, as a path such as `data[0].b64_json`.
    pub field: String,
    /// What was there instead, shortened, with all long texts left out.
    pub found: String,
}

/// What a vendor's headers tell: so much more may be asked before `reset_s` seconds are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// How many more calls it takes.
    pub remaining: u32,
    /// When it takes as many as ever, in seconds from now.
    pub reset_s: u32,
}

impl Outcome {
    /// Certain that nothing was accepted.
    pub fn refused(class: Class, reason: impl Into<String>) -> Self {
        Self::Refused(Refusal { class, reason: reason.into() })
    }

    /// It was accepted, and ended without outputs; what it costs is not told.
    pub fn failed(class: Class, reason: impl Into<String>) -> Self {
        Self::Failed { refusal: Refusal { class, reason: reason.into() }, usd: None }
    }

    /// The vendor has it; how far it is, is not told.
    pub fn accepted(handle: Handle) -> Self {
        Self::Accepted { handle, fraction: None }
    }

    /// It is done, with one output.
    pub fn done(port: &str, source: Source) -> Self {
        let media = vec![Media { port: port.to_owned(), source }];
        Self::Done(Done { media, ..Done::default() })
    }
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, drift: None, limits: None }
    }
}

impl Answer {
    /// The same, with what the contract promises and the answer lacked.
    #[must_use]
    pub fn drifted(mut self, field: impl Into<String>, found: impl Into<String>) -> Self {
        self.drift = Some(Drift { field: field.into(), found: found.into() });
        self
    }
}
