//! Erasing: bytes, prompts and copies made from them go; a tombstone says what was there, when it went and why.
//!
//! The intent is on record before anything goes, so whoever dies in the midst of it is followed by the
//! sweep. Some days later the same places are emptied once more: a host that was given up may still have
//! put something there.

mod copies;
mod intent;
mod job;
mod keep;
mod posts;
mod scrub;
mod tenant;

pub use copies::copies;
pub use job::{ask_job, erase_job, resume};
pub use keep::{KeepRecord, Retention, keep};
pub use tenant::{close, erase_tenant};

use crate::error::Result;
use crate::ports::{Bucket, Eraser, Extent, Table};
use crate::store::Write;
use serde::Serialize;

/// What erasing needs of the world.
#[derive(Clone, Copy)]
pub struct Erasing<'a> {
    /// Where the records are.
    pub table: &'a dyn Table,
    /// Where the bytes are.
    pub eraser: &'a dyn Eraser,
}

/// What went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Jobs without texts now.
    pub jobs: u64,
    /// Assets without bytes now.
    pub assets: u64,
    /// Versions of objects that went.
    pub objects: u64,
    /// What is out of reach: who was sent a copy.
    pub left: Vec<String>,
}

impl Erased {
    /// Adds what else went.
    pub fn and(&mut self, other: Self) {
        self.jobs += other.jobs;
        self.assets += other.assets;
        self.objects += other.objects;
        self.left.extend(other.left);
    }
}

/// Most changes in one transaction.
const BATCH: usize = 25;

impl Erasing<'_> {
    async fn below(&self, bucket: Bucket, prefix: impl Into<String>) -> Result<u64> {
        self.eraser.erase(bucket, &Extent::Below(prefix.into())).await
    }

    async fn object(&self, bucket: Bucket, key: impl Into<String>) -> Result<u64> {
        self.eraser.erase(bucket, &Extent::Key(key.into())).await
    }

    /// Writes what depends on nothing but that the records are there.
    async fn write(&self, writes: Vec<Write>) -> Result<()> {
        for batch in writes.chunks(BATCH) {
            self.table.write(batch.to_vec()).await?;
        }
        Ok(())
    }
}
