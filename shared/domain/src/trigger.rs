//! Triggers: data that turns an upload or an event into a job.
//!
//! All of them lie in one partition, so that one query reads them. What they match and what they make of
//! it is decided here without any I/O.

mod check;
mod fire;

pub use check::check_trigger;
pub use fire::{Fired, Match, Occurrence, matching};

use crate::error::Result;
use crate::id::TenantId;
use crate::ports::Table;
use crate::store::{Key, Query, Write, from_item};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Pattern → pipeline, input mapping, dedupe key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TriggerRecord {
    /// Whose jobs it makes.
    pub tenant: TenantId,
    /// Its name, unique among its tenant's.
    pub name: String,
    /// What it waits for.
    pub on: On,
    /// Which stored pipeline it runs: `name` or `name@version`.
    pub pipeline: String,
    /// Of each input, a literal, `{{ event.… }}`, or `{"upload_key": "{{ event.… }}"}` for a picture.
    pub inputs: BTreeMap<String, Value>,
    /// Paths that together tell one occurrence from the next; none for the usual choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dedupe: Vec<String>,
    /// When it was stored.
    pub created_at: Time,
}

/// What a trigger waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum On {
    /// A finished upload.
    S3 {
        /// How its key begins: always below `uploads/TENANT/TRIGGER/`.
        prefix: String,
        /// How its key ends, whatever the case; anything where none is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        suffix: Option<String>,
    },
    /// An event on the bus, as a content management system sends it.
    EventBridge {
        /// Who sends it, such as `cms.example`.
        source: String,
        /// What kind it is, such as `entry.published`.
        detail_type: String,
    },
}

/// The partition of all triggers.
pub const TRIGGERS: &str = "TRIGGERS";
/// Most triggers that are read for an event.
const MOST: u32 = 1000;

/// Where a trigger lies.
pub fn key(tenant: &TenantId, name: &str) -> Key {
    Key::new(TRIGGERS, format!("{tenant}#{name}"))
}

/// Stores a trigger that [`check_trigger`] gave, in place of one of that name.
pub async fn put(table: &dyn Table, trigger: &TriggerRecord) -> Result<()> {
    table.write(vec![Write::put(key(&trigger.tenant, &trigger.name), trigger)?]).await.map(drop)
}

/// Takes a trigger out; false where there is none.
pub async fn remove(table: &dyn Table, tenant: &TenantId, name: &str) -> Result<bool> {
    let written = table.write(vec![Write::delete(key(tenant, name))]).await?;
    Ok(written == crate::store::Written::Done)
}

/// All triggers of all tenants.
pub async fn all(table: &dyn Table) -> Result<Vec<TriggerRecord>> {
    let items = table.query(&Query::partition(TRIGGERS).limit(MOST)).await?;
    items.iter().map(from_item).collect()
}

/// A path into an event, `{{ event.detail.object.key }}`: the names after `event`.
fn path(text: &str) -> Option<Vec<&str>> {
    let inside = text.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let names: Vec<&str> = inside.strip_prefix("event.")?.split('.').collect();
    let fits = |name: &&str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
    };
    names.iter().all(fits).then_some(names)
}

#[cfg(test)]
mod tests;
