//! Triggers: data that turns an upload, an event, a webhook or a schedule into a job.
//!
//! All of them lie in one partition, so that one query reads them. What they match and what they make of
//! it is decided here without any I/O; `store`, `make` and `due` ask the ports.

mod check;
mod cms;
mod cron;
mod due;
mod entry;
mod fire;
mod make;
mod mapping;
mod pattern;
mod schedule;
mod scheme;
mod store;
mod webhook;

pub use check::{FIELDS, check_trigger};
pub use cron::Cron;
pub use due::{Due, fire_due, occurrence};
pub use entry::{Entry, tells};
pub use fire::{Fired, Match, Occurrence, matching};
pub use make::{Made, Making, Prepared, Ready, make, prepare};
pub use pattern::{Matcher, Miss, OWN, Pattern, is_own};
pub use schedule::{Calendar, Schedule};
pub use scheme::Scheme;
pub use store::{Stored, all, get, of, put, remove, rotate};
pub use webhook::{Encoding, Hook, HookSecret, Signed, Webhook, at_address};

use crate::id::TenantId;
use crate::label::Labels;
use crate::store::Key;
use crate::time::Time;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Pattern → pipeline, input mapping, labels, dedupe key.
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
    /// Of each input, a literal, a text with `{{ event.… }}` in it, or `{"upload_key": …}` for a picture.
    pub inputs: BTreeMap<String, Value>,
    /// The labels of its jobs: texts, with paths in them or without.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: Labels,
    /// Paths that together tell one occurrence from the next; none for the usual choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dedupe: Vec<String>,
    /// When it was first stored.
    pub created_at: Time,
    /// When it was last stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Time>,
    /// How often it was written: of two writers at once, the second looks again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub revision: u32,
    /// What the sender of its webhook needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<Hook>,
    /// A secret that came with the document; it is kept in `hook`.
    #[serde(skip)]
    pub given: Option<String>,
    /// When its schedule began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// Hash of the due index; only schedules have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_pk: Option<String>,
    /// When the schedule is due next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Time>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
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
    #[serde(deserialize_with = "heard")]
    EventBridge {
        /// Which events, in EventBridge's pattern language.
        pattern: Value,
    },
    /// A signed request of somebody else's system.
    Webhook(Webhook),
    /// A time.
    Schedule(Schedule),
}

/// A pattern; or the two fields that were all there was once.
#[derive(Deserialize)]
#[serde(untagged)]
enum Heard {
    Pattern { pattern: Value },
    Fields { source: String, detail_type: String },
}

fn heard<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
    Ok(match Heard::deserialize(from)? {
        Heard::Pattern { pattern } => pattern,
        Heard::Fields { source, detail_type } => {
            json!({ "source": [source], "detail-type": [detail_type] })
        }
    })
}

/// The partition of all triggers.
pub const TRIGGERS: &str = "TRIGGERS";
/// The one value of the due index's hash that schedules have.
pub const SCHEDULES: &str = "SCHEDULES";

/// Where a trigger lies.
pub fn key(tenant: &TenantId, name: &str) -> Key {
    Key::new(TRIGGERS, format!("{tenant}#{name}"))
}

impl TriggerRecord {
    /// Its schedule as a calendar; none where it has none.
    pub fn calendar(&self) -> Option<Calendar> {
        let On::Schedule(schedule) = &self.on else { return None };
        schedule.calendar(self.since.unwrap_or(self.created_at)).ok()
    }

    /// The document that describes it: without what only its sender may know.
    pub fn document(&self) -> Value {
        let mut document = json!({
            "name": self.name, "on": self.on, "pipeline": self.pipeline, "inputs": self.inputs,
        });
        if !self.labels.is_empty() {
            document["labels"] = json!(self.labels);
        }
        if !self.dedupe.is_empty() {
            document["dedupe"] = json!(self.dedupe);
        }
        document
    }

    /// As its tenant sees it; `url` is an address at the same API.
    pub fn json(&self, now: Time) -> Value {
        let mut json = json!({
            "name": self.name, "trigger": self.document(),
            "created_at": self.created_at.rfc3339(),
            "updated_at": self.updated_at.unwrap_or(self.created_at).rfc3339(),
        });
        if let (Some(hook), Some(address)) = (&self.hook, self.address()) {
            json["url"] = json!(format!("/v1/hooks/{address}"));
            let valid = hook.secrets.iter().filter(|secret| secret.valid(now));
            let shown = |secret: &HookSecret| {
                let mut shown = Map::new();
                shown.insert("created_at".into(), secret.created_at.rfc3339().into());
                if let Some(until) = secret.valid_until {
                    shown.insert("valid_until".into(), until.rfc3339().into());
                }
                Value::Object(shown)
            };
            json["secrets"] = valid.map(shown).collect();
        }
        if let Some(due) = self.due_at {
            json["next_at"] = due.rfc3339().into();
        }
        json
    }
}

#[cfg(test)]
mod tests;
