//! One publishing of one asset at one target, as it lies in the table.

use super::{Tombstone, job_pk};
use crate::id::{AssetId, JobId};
use crate::store::Key;
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// Where one publishing of one asset stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicationState {
    /// On the ledger; the target may have been asked.
    Started,
    /// The target may have taken it.
    Unknown,
    /// It is there.
    Done,
    /// The target refused it for good.
    Failed,
}

/// One publishing of one asset at one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicationRecord {
    /// The step that publishes.
    pub step: String,
    /// The kind of target.
    pub target: String,
    /// The asset.
    pub asset: AssetId,
    /// The SHA-256 of the bytes that were judged.
    pub sha256: String,
    /// Where it stands.
    pub state: PublicationState,
    /// Where it can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When and why it was taken down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_down: Option<Tombstone>,
    /// How often the target was asked.
    pub tries: u32,
    /// When it was first asked.
    pub started_at: Time,
    /// When its state last changed.
    pub updated_at: Time,
}

impl PublicationRecord {
    /// Where a publication lies.
    pub fn key(job: &JobId, step: &str, asset: &AssetId) -> Key {
        Key::new(job_pk(job), format!("PUBLICATION#{step}#{asset}"))
    }
}
