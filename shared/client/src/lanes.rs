//! The lanes, as their tenants see them.
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Client, Error, client::Again};

/// All lanes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Lanes {
    /// Each of them.
    #[serde(default)]
    pub lanes: Vec<Lane>,
}

/// A pool of slots.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Lane {
    /// Its name.
    pub lane: String,
    /// Why nothing new starts, if so.
    #[serde(default)]
    pub hold: Option<String>,
    /// Hosts that take work.
    #[serde(default)]
    pub hosts: u64,
    /// Slots of all hosts.
    #[serde(default)]
    pub slots: u64,
    /// Those that are taken.
    #[serde(default)]
    pub busy: u64,
    /// How many items wait, of all tenants.
    #[serde(default)]
    pub waiting: u64,
    /// For how many seconds the oldest of them has waited.
    #[serde(default)]
    pub oldest_wait_s: f64,
    /// What renders take.
    #[serde(default)]
    pub typical: Vec<Typical>,
    /// Of the caller.
    #[serde(default)]
    pub yours: Yours,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What one sort of work takes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Typical {
    /// The kind of step.
    pub kind: String,
    /// The model.
    pub model: String,
    /// How many renders were seen.
    #[serde(default)]
    pub renders: u64,
    /// Seconds in a slot.
    #[serde(default)]
    pub seconds: f64,
}

/// What the caller has in a lane.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Yours {
    /// Items that wait.
    #[serde(default)]
    pub waiting: u64,
    /// Slots that are held.
    #[serde(default)]
    pub running: u64,
}

impl Client {
    /// The lanes, and how much waits in them.
    pub async fn lanes(&self) -> Result<Lanes, Error> {
        self.send(self.call(Method::GET, &["lanes"], Again::Harmless)).await
    }
}
