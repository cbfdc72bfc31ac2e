//! The lanes that there are: that of our own hosts, and one for each vendor that is set up.

use super::{GPU, LaneView};
use crate::error::Result;
use crate::ports::Table;
use crate::record::AttemptRecord;
use crate::store::{Query, sort_key};
use std::collections::BTreeMap;

/// The partition that names the lanes of vendors; each sort key is one.
pub const LANES: &str = "LANES";

/// The names of all lanes: our own hosts' first.
pub async fn lane_names(table: &dyn Table) -> Result<Vec<String>> {
    let named = table.query(&Query::partition(LANES)).await?;
    let vendors = named.iter().map(|item| sort_key(item).to_owned());
    Ok(std::iter::once(GPU.to_owned()).chain(vendors).collect())
}

/// All lanes, as they were read one after the other.
#[derive(Clone, Debug, Default)]
pub struct AllLanes(pub BTreeMap<String, LaneView>);

impl AllLanes {
    /// Reads every lane.
    pub async fn read(table: &dyn Table) -> Result<Self> {
        let mut lanes = BTreeMap::new();
        for name in lane_names(table).await? {
            let view = LaneView::read(table, &name).await?;
            lanes.insert(name, view);
        }
        Ok(Self(lanes))
    }

    /// Whether an attempt holds the slot that it was given.
    pub fn hold(&self, attempt: &AttemptRecord) -> bool {
        let lane = self.0.get(&attempt.work.lane);
        let slot = lane.and_then(|lane| lane.slots.get(&attempt.slot));
        slot.and_then(|slot| slot.attempt.as_deref()) == Some(attempt.id.as_str())
    }
}
