//! Copies in other jobs: who was given an asset of this one, or something made from it.

use super::Erasing;
use crate::error::Result;
use crate::id::{AssetId, JobId, TenantId};
use crate::record::{AssetRecord, JobRecord, job_pk};
use crate::store::{From, Query, from_item, sort_key};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Jobs that are read at once.
const JOBS: u32 = 100;

/// The inputs of a tenant's later jobs that are copies of these assets, by job, the earliest first.
///
/// Reads all of the tenant's jobs after `job`: erasing is rare, and must find them all.
pub async fn copies(
    erasing: &Erasing<'_>,
    tenant: &TenantId,
    job: &JobId,
    assets: &BTreeSet<AssetId>,
) -> Result<BTreeMap<JobId, BTreeSet<AssetId>>> {
    let mut found = BTreeMap::new();
    let mut after = Some(job.to_string());
    loop {
        let from = From::Jobs { tenant: tenant.to_string(), after: after.clone() };
        let page = Query { from, backwards: false, limit: JOBS };
        let page = erasing.table.query(&page).await?;
        for item in &page {
            let other: JobRecord = from_item(item)?;
            after = Some(other.sk_job.clone());
            if other.inputs.values().any(is_asset) {
                let taken = taken(erasing, &other.id, assets).await?;
                if !taken.is_empty() {
                    found.insert(other.id, taken);
                }
            }
        }
        if page.len() < JOBS as usize {
            return Ok(found);
        }
    }
}

fn is_asset(value: &Value) -> bool {
    value.as_str().is_some_and(|text| AssetId::parse(text).is_ok())
}

async fn taken(
    erasing: &Erasing<'_>,
    job: &JobId,
    assets: &BTreeSet<AssetId>,
) -> Result<BTreeSet<AssetId>> {
    let mut taken = BTreeSet::new();
    for item in erasing.records(&job_pk(job), &format!("ASSET#{job}.inputs.")).await? {
        debug_assert!(sort_key(&item).starts_with("ASSET#"));
        let asset: AssetRecord = from_item(&item)?;
        if asset.made_from.iter().any(|id| assets.contains(id)) {
            taken.insert(asset.id);
        }
    }
    Ok(taken)
}
