//! Copies in other jobs: who was given an asset of this one, or something made from it.

use super::Erasing;
use crate::error::Result;
use crate::id::{AssetId, JobId, TenantId};
use crate::record::{AssetRecord, job_pk};
use crate::store::{from_item, sort_key};
use crate::whole;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The inputs and given results of a tenant's other jobs that are copies of these assets, by job, the earliest first.
///
/// Reads all of the tenant's jobs: erasing is rare, and must find them all. Who was given a result may have been accepted
/// before whoever made it.
pub async fn copies(
    erasing: &Erasing<'_>,
    tenant: &TenantId,
    job: &JobId,
    assets: &BTreeSet<AssetId>,
) -> Result<BTreeMap<JobId, BTreeSet<AssetId>>> {
    let mut found = BTreeMap::new();
    let others = whole::jobs(erasing.table, tenant, None).await?;
    for other in others.into_iter().filter(|other| other.id != *job) {
        // Of one whose texts are gone, its inputs say nothing any more; the records of its assets do.
        if other.erased.is_some() || other.reused || other.inputs.values().any(is_asset) {
            let taken = taken(erasing, &other.id, assets).await?;
            if !taken.is_empty() {
                found.insert(other.id, taken);
            }
        }
    }
    Ok(found)
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
    for item in whole::records(erasing.table, &job_pk(job), &format!("ASSET#{job}.")).await? {
        debug_assert!(sort_key(&item).starts_with("ASSET#"));
        let asset: AssetRecord = from_item(&item)?;
        if asset.made_from.iter().any(|id| assets.contains(id)) {
            taken.insert(asset.id);
        }
    }
    Ok(taken)
}
