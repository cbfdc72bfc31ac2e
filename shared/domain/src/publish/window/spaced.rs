//! The times that are taken at a target, so that two windows keep their distance.

use super::opens::SPACING_MOST;
use super::record::WindowRecord;
use crate::error::{Error, Result};
use crate::id::TenantId;
use crate::ports::Table;
use crate::store::{Condition, Key, Write, from_item};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most times that are taken at one target at once.
const MOST: usize = 2000;

/// The times that are taken at one target of a tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spaced {
    #[serde(default)]
    rev: u64,
    /// By publication.
    taken: BTreeMap<String, Time>,
    #[serde(skip)]
    key: Option<Key>,
}

impl Spaced {
    /// Reads them.
    pub async fn read(table: &dyn Table, tenant: &TenantId, place: &str) -> Result<Self> {
        let key = Key::new(format!("SPACED#{tenant}"), place);
        let item = table.get(std::slice::from_ref(&key)).await?.pop().flatten();
        let mut read: Self = item.as_ref().map(from_item).transpose()?.unwrap_or_default();
        read.key = Some(key);
        Ok(read)
    }

    /// The times of all but this one.
    pub fn others(&self, id: &str) -> Vec<Time> {
        self.taken.iter().filter(|(known, _)| *known != id).map(|(_, time)| *time).collect()
    }

    /// The write that takes the time of a window, or gives it back; on the condition that nobody took one meanwhile.
    pub fn take(mut self, window: &WindowRecord, at: Option<Time>, now: Time) -> Result<Write> {
        let old = self.rev;
        let passed = Time(now.0 - i64::from(SPACING_MOST) * 1000);
        self.taken.retain(|_, time| passed < *time);
        match at {
            Some(at) => self.taken.insert(window.id(), at),
            None => self.taken.remove(&window.id()),
        };
        if MOST < self.taken.len() {
            return Err(Error::Again(format!("{} times are taken at {}", MOST, window.place())));
        }
        self.rev += 1;
        let Some(key) = self.key.clone() else {
            return Err(Error::Fault("times that were not read".into()));
        };
        let write = Write::put(key, &self)?;
        Ok(match old {
            0 => write.when(Condition::Absent),
            rev => write.when_is("rev", rev),
        })
    }
}
