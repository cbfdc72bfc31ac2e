//! What is on record before anything of a job goes. It is only ever widened: a narrower request joins it.

use crate::error::Result;
use crate::id::{AssetId, JobId};
use crate::ports::Table;
use crate::record::{DUE, Tombstone, job_pk};
use crate::store::{Condition, Key, Write, from_item};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// After so many seconds the sweep goes on with what was begun.
const UNFINISHED_S: u32 = 300;

/// That something is to be erased; goes when it is certain that nothing comes after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Intent {
    /// When and why.
    pub tombstone: Tombstone,
    /// The assets; none for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets: Option<BTreeSet<AssetId>>,
    /// Whether all is gone, as far as it had come.
    pub done: bool,
    /// Hash of the due index.
    pub due_pk: String,
    /// When the sweep looks at it.
    pub due_at: Time,
}

impl Intent {
    /// What is asked for now.
    pub(super) fn new(assets: Option<BTreeSet<AssetId>>, reason: &str, now: Time) -> Self {
        let tombstone = Tombstone { at: now, reason: reason.to_owned() };
        let due_at = now.plus_s(UNFINISHED_S);
        Self { tombstone, assets, done: false, due_pk: DUE.into(), due_at }
    }

    /// Where a job's intent lies.
    pub(super) fn key(job: &JobId) -> Key {
        Key::new(job_pk(job), "ERASE")
    }

    /// What is on record of a job.
    pub(super) async fn read(table: &dyn Table, job: &JobId) -> Result<Option<Self>> {
        let items = table.get(&[Self::key(job)]).await?;
        items[0].as_ref().map(from_item).transpose()
    }

    /// This and what was asked for before. What covers this already keeps its time and reason.
    pub(super) fn over(mut self, before: Option<&Self>) -> Self {
        let Some(before) = before else { return self };
        if self.within(before) {
            self.tombstone = before.tombstone.clone();
        }
        self.assets = match (self.assets, &before.assets) {
            (Some(ours), Some(theirs)) => Some(ours.union(theirs).cloned().collect()),
            _ => None,
        };
        self
    }

    fn within(&self, other: &Self) -> bool {
        match (&self.assets, &other.assets) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(ours), Some(theirs)) => ours.is_subset(theirs),
        }
    }

    /// The write of a job's intent, on the condition that it is still what was read before.
    pub(super) fn replace(&self, job: &JobId, before: Option<&Self>) -> Result<Write> {
        match before {
            None => Write::create(Self::key(job), self),
            Some(before) => Ok(before.unchanged(Write::put(Self::key(job), self)?)),
        }
    }

    /// This change, on the condition that nobody asked for more, nor for the same again.
    pub(super) fn unchanged(&self, write: Write) -> Write {
        let write = write.when_is("done", self.done).when_is("due_at", self.due_at);
        match &self.assets {
            None => write.when(Condition::Without("assets")),
            Some(assets) => write.when_is("assets", assets),
        }
    }
}
