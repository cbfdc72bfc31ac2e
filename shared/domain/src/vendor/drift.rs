//! Drift: what a vendor's answers lacked of what its contract promises, on record until a person looks.

use super::Drift;
use crate::error::Result;
use crate::id::{AttemptId, JobId};
use crate::ports::Table;
use crate::store::{Key, Query, Write, sort_key};
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// The partition of all drift.
const DRIFT: &str = "DRIFT";
/// How long drift stays on record, in seconds.
const KEPT_S: u32 = 90 * 86_400;

/// What was seen of one field of one vendor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drifted {
    /// The vendor.
    pub vendor: String,
    /// The field, as a path.
    pub field: String,
    /// What was there instead, the last time.
    pub found: String,
    /// How often.
    pub count: u64,
    /// The attempt that met it last.
    pub attempt: AttemptId,
    /// When that was.
    pub at: Time,
}

impl Drift {
    /// Counts it, met by what is published at a target.
    pub async fn keep_of_target(
        &self,
        table: &dyn Table,
        target: &str,
        (job, step): (&JobId, &str),
        now: Time,
    ) -> Result<()> {
        self.keep(table, target, &AttemptId::new(job, step, 1), now).await
    }

    /// Counts it, with what was found the last time.
    pub(super) async fn keep(
        &self,
        table: &dyn Table,
        vendor: &str,
        attempt: &AttemptId,
        now: Time,
    ) -> Result<()> {
        let key = Key::new(DRIFT, format!("{vendor}#{}", self.field));
        let upsert = Write::count(key)
            .also("vendor", vendor)
            .also("field", &self.field)
            .also("found", &self.found)
            .also("attempt", attempt)
            .also("at", now)
            .also("expires_at", now.plus_s(KEPT_S).unix_s())
            .plus("count", 1);
        table.write(vec![upsert]).await.map(drop)
    }
}

impl Drifted {
    /// Forgets what is on record of a vendor: whoever looked has seen it.
    pub async fn forget(table: &dyn Table, vendor: &str) -> Result<usize> {
        let of = |known: &Self| known.vendor == vendor;
        let known: Vec<_> = Self::all(table).await?.into_iter().filter(of).collect();
        for Self { vendor, field, .. } in &known {
            let key = Key::new(DRIFT, format!("{vendor}#{field}"));
            table.write(vec![Write::forget(key)]).await?;
        }
        Ok(known.len())
    }

    /// All drift on record, by vendor and field.
    pub async fn all(table: &dyn Table) -> Result<Vec<Self>> {
        let items = table.query(&Query::partition(DRIFT)).await?;
        let known = items.iter().filter(|item| sort_key(item).contains('#'));
        known.map(crate::store::from_item).collect()
    }
}
