//! One publishing of one post at one target, as it lies in the table.

use super::{PublicationState, Tombstone, job_pk};
use crate::error::{Error, Result};
use crate::id::{AssetId, JobId};
use crate::post::Note;
use crate::sign::sha256;
use crate::store::{Item, Key};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One publishing of one post at one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PostingRecord {
    /// The step that publishes it there.
    pub step: String,
    /// The kind of target.
    pub target: String,
    /// Whose account it is; none where the target is our own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// Where it stands.
    pub state: PublicationState,
    /// The media that went with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Gone>,
    /// What the target's verbs left to be remembered.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub progress: Value,
    /// Where it can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Its id there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// Why it failed, or is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What is otherwise there than in the post.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Note>,
    /// Whether people are told there that a model made something of it: by a flag, in words, or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disclosed: Option<String>,
    /// When and why it was taken down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_down: Option<Tombstone>,
    /// How often the target was asked to take it.
    pub tries: u32,
    /// How often this record was written: whoever writes it has seen it as it was.
    pub rev: u32,
    /// Until when somebody is at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy_until: Option<Time>,
    /// Hash of the due index, while nobody knows yet what becomes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_pk: Option<String>,
    /// When it is looked up what became of it, if nobody said so by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Time>,
    /// When it was first asked for: the same each time.
    pub started_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

/// A medium that went with a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// The asset that was cleared.
    pub asset: AssetId,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// That of the bytes that were sent, where they were made to fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
}

const PREFIX: &str = "POSTING#";

/// The job and the step of the posting that a key of the due index names.
pub fn posting_of_due(item: &Item) -> Option<(JobId, String)> {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    let job = text("pk")?.strip_prefix("JOB#")?;
    Some((JobId::parse(job).ok()?, text("sk")?.strip_prefix(PREFIX)?.to_owned()))
}

impl PostingRecord {
    /// Where a posting lies.
    pub fn key(job: &JobId, step: &str) -> Key {
        Key::new(job_pk(job), format!("{PREFIX}{step}"))
    }

    /// By what targets know it: the same each time.
    pub fn own_id(job: &JobId, step: &str) -> String {
        format!("pub_{}", &sha256(format!("{job}/{step}").as_bytes())[..32])
    }

    /// By what callers ask for it.
    pub fn public_id(job: &JobId, step: &str) -> String {
        format!("{job}.{step}")
    }

    /// The job and the step that such an id names.
    pub fn parse_id(id: &str) -> Result<(JobId, String)> {
        let wrong = || Error::Invalid(format!("{id:?} is no publication"));
        let (job, step) = id.split_once('.').ok_or_else(wrong)?;
        Ok((JobId::parse(job).map_err(|_| wrong())?, step.to_owned()))
    }
}
