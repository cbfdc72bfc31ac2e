//! What an attempt is about: all that whoever does it has to know.

use super::Stored;
use crate::id::{AttemptId, TenantId};
use crate::money::MicroUsd;
use crate::reuse::Led;
use crate::spend::Marks;
use crate::time::Time;
use crate::vendor::{Ask, Maker};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// All that a call for a lane step needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// The attempt that it becomes.
    pub attempt: AttemptId,
    /// Who pays.
    pub tenant: TenantId,
    /// What its spend is told apart by; none in what an older release wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
    /// What its job may cost; none in what an older release wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<MicroUsd>,
    /// The round it was asked for in.
    pub round: u32,
    /// The lane it waits in.
    pub lane: String,
    /// What to do, such as `image.generate`.
    pub kind: String,
    /// How to do it.
    pub params: Map<String, Value>,
    /// What to do it with, by port.
    pub inputs: BTreeMap<String, Stored>,
    /// The outputs by port, with the media type wanted.
    pub outputs: BTreeMap<String, String>,
    /// Whether previews are wanted.
    #[serde(default)]
    pub preview: bool,
    /// The last attempt number that may be made in this round.
    pub last_attempt: u32,
    /// When it was asked for.
    pub enqueued_at: Time,
    /// When it may start at the earliest.
    pub not_before: Time,
    /// Its tenant's tier.
    #[serde(default)]
    pub tier: String,
    /// Its head start in seconds; below zero where it is put back.
    #[serde(default)]
    pub head_start_s: i32,
    /// How many slots of the lane its tenant may hold at once; none where it has no cap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slots_most: Option<u32>,
    /// When its result is of no use any more.
    pub deadline_at: Time,
    /// How long a host may be without progress.
    pub stall_s: u32,
    /// What is asked of a vendor; none where our own hosts do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Ask>,
    /// Who may do it where that comes to nothing, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Maker>,
    /// The result for others that it makes, where it may be used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reuse: Option<Led>,
    /// Hosts that should not get it again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub avoid: Vec<String>,
    /// The trace it belongs to.
    pub traceparent: String,
    /// The number of an event of the job known to exist: saves a read.
    #[serde(default)]
    pub event: u64,
}

impl Work {
    /// The model that does it, as pipelines name it; `-` where the host decides.
    pub fn model(&self) -> String {
        match &self.ask {
            Some(ask) => format!("{}/{}", self.lane, ask.model),
            None => {
                let named = self.params.get("model").and_then(Value::as_str);
                named.unwrap_or("-").to_owned()
            }
        }
    }
}
