//! A tenant's own gates, which none of its pipelines can leave out.
//!
//! They are written like the gates of a pipeline, without what they judge: each publish of each job gets
//! all of them, on exactly what it publishes. What publishes asks for their verdicts once more, by bytes.

mod over;
mod read;

pub(super) use read::{GATES_MOST, NOT_SAID};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::model::Step;

pub use over::Gated;

/// How the names of steps begin that a mandate puts in; no document can have such a name.
pub const MANDATED: &str = "tenant-";

/// A tenant's mandatory gates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mandate {
    /// The gates, without what they judge.
    pub gates: Vec<Step>,
    /// What tells this mandate from any other.
    pub digest: String,
}

/// The mandate that a run of a job is under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    /// Which one.
    pub digest: String,
    /// Its gates, as the tenant calls them.
    pub gates: Vec<String>,
}

/// That a step was put in by a mandate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mandated {
    /// The gate, as the tenant calls it.
    pub gate: String,
    /// The digest of the mandate.
    pub mandate: String,
}

impl Mandate {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.gates.is_empty()
    }

    /// What a job's record says of it; none where nothing is asked.
    pub fn in_force(&self) -> Option<InForce> {
        let gates = self.gates.iter().map(|gate| gate.name.clone()).collect();
        (!self.is_empty()).then(|| InForce { digest: self.digest.clone(), gates })
    }
}

impl Mandated {
    /// Whether a verdict was given under this very mandate.
    pub fn gave(&self, verdict: Option<&Value>) -> bool {
        let under = verdict.and_then(|verdict| verdict.get("mandate")?.as_str());
        under == Some(self.mandate.as_str())
    }
}
