//! Erasing: bytes, prompts and copies made from them go; a tombstone says what was there, when it went and why.
//!
//! The intent is on record before anything goes, so whoever dies in the midst of it is followed by the
//! sweep. Some days later the same places are emptied once more: a host that was given up may still have
//! put something there.

mod copies;
mod intent;
mod job;
mod keep;
mod scrub;
mod tenant;

pub use copies::copies;
pub use job::{erase_job, resume};
pub use keep::{KeepRecord, Retention, keep};
pub use tenant::{close, erase_tenant};

use crate::error::Result;
use crate::id::{JobId, TenantId};
use crate::ports::{Bucket, Eraser, Extent, Table};
use crate::record::JobRecord;
use crate::store::{From, Item, Query, Write, from_item, sort_key};
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
/// Records that are read at once.
const PAGE: u32 = 500;
/// Jobs that are read at once.
const JOBS: u32 = 100;

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

    /// All records of a partition whose keys begin so, however many.
    async fn records(&self, pk: &str, prefix: &str) -> Result<Vec<Item>> {
        let mut all: Vec<Item> = Vec::new();
        loop {
            let after = all.last().map(|item| sort_key(item).to_owned());
            let from = From::Partition { pk: pk.into(), prefix: prefix.into(), after };
            let page = self.table.query(&Query { from, backwards: false, limit: PAGE }).await?;
            let more = page.len() == PAGE as usize;
            all.extend(page);
            if !more {
                return Ok(all);
            }
        }
    }

    /// A tenant's jobs, those beyond this one or all of them, the earliest first, however many.
    async fn jobs(&self, tenant: &TenantId, beyond: Option<&JobId>) -> Result<Vec<JobRecord>> {
        let mut all: Vec<JobRecord> = Vec::new();
        loop {
            let last = all.last().map(|job| job.sk_job.clone());
            let after = last.or_else(|| beyond.map(JobId::to_string));
            let from = From::Jobs { tenant: tenant.to_string(), after };
            let page = self.table.query(&Query { from, backwards: false, limit: JOBS }).await?;
            for item in &page {
                all.push(from_item(item)?);
            }
            if page.len() < JOBS as usize {
                return Ok(all);
            }
        }
    }
}
