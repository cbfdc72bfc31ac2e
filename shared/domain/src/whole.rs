//! Reads that must find all there is, however many pages it takes.

use crate::error::Result;
use crate::id::{JobId, TenantId};
use crate::ports::Table;
use crate::record::JobRecord;
use crate::store::{From, Item, Query, from_item, sort_key};

/// Records that are read at once.
const PAGE: u32 = 500;
/// Jobs that are read at once.
const JOBS: u32 = 100;

/// All records of a partition whose keys begin so.
pub async fn records(table: &dyn Table, pk: &str, prefix: &str) -> Result<Vec<Item>> {
    let mut all: Vec<Item> = Vec::new();
    loop {
        let after = all.last().map(|item| sort_key(item).to_owned());
        let from = From::Partition { pk: pk.into(), prefix: prefix.into(), after };
        let page = table.query(&Query { from, backwards: false, limit: PAGE }).await?;
        let more = page.len() == PAGE as usize;
        all.extend(page);
        if !more {
            return Ok(all);
        }
    }
}

/// A tenant's jobs, those beyond this one or all of them, the earliest first.
pub async fn jobs(
    table: &dyn Table,
    tenant: &TenantId,
    beyond: Option<&JobId>,
) -> Result<Vec<JobRecord>> {
    let mut all: Vec<JobRecord> = Vec::new();
    loop {
        let last = all.last().map(|job| job.sk_job.clone());
        let after = last.or_else(|| beyond.map(JobId::to_string));
        let from = From::Jobs { tenant: tenant.to_string(), after };
        let page = table.query(&Query { from, backwards: false, limit: JOBS }).await?;
        for item in &page {
            all.push(from_item(item)?);
        }
        if page.len() < JOBS as usize {
            return Ok(all);
        }
    }
}
