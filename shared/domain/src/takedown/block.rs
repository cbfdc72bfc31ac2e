//! Bytes that are never published again: known by their hash, for the tenant whose they are.

use crate::error::Result;
use crate::id::{AssetId, JobId, TenantId};
use crate::ports::Table;
use crate::publish::{NotCleared, lineage};
use crate::record::AssetRecord;
use crate::store::{Condition, Key, Write, from_item};
use crate::time::Time;
use crate::view::JobView;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// How many records one read brings.
const READ_MOST: usize = 100;

/// That bytes are blocked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// The take-down that blocks them.
    pub takedown: String,
    /// The asset that was taken down.
    pub asset: AssetId,
    /// When.
    pub at: Time,
}

impl Block {
    /// Where the block of a hash lies.
    pub fn key(tenant: &TenantId, sha256: &str) -> Key {
        Key::new(format!("BLOCKED#{tenant}"), sha256)
    }
}

/// Where it is kept which jobs published what comes of these bytes.
pub(super) fn went_pk(tenant: &TenantId) -> String {
    format!("WENT#{tenant}")
}

fn went(tenant: &TenantId, sha256: &str, job: &JobId) -> Key {
    Key::new(went_pk(tenant), format!("{sha256}#{job}"))
}

/// What goes with a ledger entry of assets that are about to be sent: that none of the bytes that they came from is
/// blocked, and by which bytes the job is found when they are.
pub fn guards(view: &JobView, assets: &[&AssetRecord]) -> Result<Vec<Write>> {
    let tenant = &view.job.tenant;
    let mut all: BTreeMap<&str, bool> = BTreeMap::new();
    for asset in assets {
        for of in lineage(view, asset) {
            // What the job made on the way is found by the job.
            let found = of.id == asset.id || brought(view, of);
            *all.entry(&of.sha256).or_default() |= found;
        }
    }
    let mut writes = Vec::new();
    for (sha256, found) in all {
        writes.push(Write::check(Block::key(tenant, sha256)).when(Condition::Absent));
        if found {
            writes.push(Write::put(went(tenant, sha256, &view.job.id), &json!({}))?);
        }
    }
    Ok(writes)
}

/// Whether other jobs may have the same bytes by more than chance.
fn brought(view: &JobView, asset: &AssetRecord) -> bool {
    asset.step == "inputs" || asset.upload.is_some() || asset.edited.is_some() || view.job.reused
}

/// The first of these assets that was taken down, or made from what was.
pub async fn blocked(
    table: &dyn Table,
    view: &JobView,
    assets: &[&AssetRecord],
) -> Result<Option<NotCleared>> {
    let mut of: BTreeMap<&str, &AssetRecord> = BTreeMap::new();
    for asset in assets {
        for part in lineage(view, asset) {
            of.entry(&part.sha256).or_insert(asset);
        }
    }
    for some in of.iter().collect::<Vec<_>>().chunks(READ_MOST) {
        let keys: Vec<_> =
            some.iter().map(|(sha256, _)| Block::key(&view.job.tenant, sha256)).collect();
        for (item, (_, asset)) in table.get(&keys).await?.iter().zip(some) {
            if let Some(item) = item {
                let block: Block = from_item(item)?;
                return Ok(Some(NotCleared::TakenDown(asset.id.clone(), block.asset)));
            }
        }
    }
    Ok(None)
}

/// The writes that block these bytes.
pub(super) fn block(
    tenant: &TenantId,
    (takedown, asset): (&str, &AssetId),
    hashes: &BTreeSet<String>,
    now: Time,
) -> Result<Vec<Write>> {
    let block = Block { takedown: takedown.to_owned(), asset: asset.clone(), at: now };
    hashes.iter().map(|sha256| Write::put(Block::key(tenant, sha256), &block)).collect()
}
