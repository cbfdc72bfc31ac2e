//! What is known to be bad never goes out, however it came into a job: its bytes are looked up where they may have been brought.

use super::cleared::{NotCleared, lineage};
use crate::error::Result;
use crate::gate::plant;
use crate::ports::Table;
use crate::record::AssetRecord;
use crate::view::JobView;
use std::collections::BTreeMap;

/// The first of these assets that is a plant of its tenant, or made from one.
///
/// Nothing is read where the job made all of it itself: bytes that were planted since are on record with the job that
/// made them.
pub async fn planted(
    table: &dyn Table,
    view: &JobView,
    assets: &[&AssetRecord],
) -> Result<Option<NotCleared>> {
    let mut brought: BTreeMap<&str, &AssetRecord> = BTreeMap::new();
    for asset in assets {
        for of in lineage(view, asset) {
            let from_outside = of.step == "inputs" || of.upload.is_some() || of.edited.is_some();
            if from_outside || view.job.reused {
                brought.entry(&of.sha256).or_insert(asset);
            }
        }
    }
    for some in brought.iter().collect::<Vec<_>>().chunks(READ_MOST) {
        let keys: Vec<_> =
            some.iter().map(|(sha256, _)| plant::key(&view.job.tenant, sha256)).collect();
        let found = table.get(&keys).await?;
        if let Some(at) = found.iter().position(Option::is_some) {
            return Ok(Some(NotCleared::Planted(some[at].1.id.clone())));
        }
    }
    Ok(None)
}

/// How many records one read brings.
const READ_MOST: usize = 100;
