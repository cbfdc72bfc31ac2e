//! What jobs would cost, and which models there are.
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

use crate::{Client, Error, Submission, client::Again};

/// What a job would cost.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Quote {
    /// The pipeline.
    pub pipeline: String,
    /// Whether each step has a model that can do it.
    pub possible: bool,
    /// Whether the budget pays for the least.
    #[serde(default)]
    pub within_budget: bool,
    /// What one run may spend.
    #[serde(default)]
    pub budget_usd: f64,
    /// Each step once, by its cheapest model.
    #[serde(default)]
    pub least_usd: Option<f64>,
    /// Every attempt, by the dearest; never more than the budget.
    #[serde(default)]
    pub most_usd: Option<f64>,
    /// The steps that models do.
    #[serde(default)]
    pub steps: Vec<QuotedStep>,
    /// What should be known.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A step that a model does.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct QuotedStep {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// How good it has to be.
    #[serde(default)]
    pub effort: String,
    /// Who may do it, in the order in which they are asked.
    #[serde(default)]
    pub candidates: Vec<Candidate>,
    /// Who may not.
    #[serde(default)]
    pub passed_over: Vec<PassedOver>,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A model that may do a step.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Candidate {
    /// Its name.
    pub model: String,
    /// What an attempt will probably cost, by effort.
    #[serde(default)]
    pub usd: BTreeMap<String, Option<f64>>,
    /// How long it takes as a rule.
    #[serde(default)]
    pub typical_s: f64,
    /// How long work waits in its lane now.
    #[serde(default)]
    pub wait_s: Option<f64>,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A model that may not.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PassedOver {
    /// Its name.
    pub model: String,
    /// Why.
    pub why: String,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// The capability table.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Models {
    /// One kind of work of one model each.
    #[serde(default)]
    pub models: Vec<Model>,
}

/// One kind of work that one model does.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Model {
    /// VENDOR/MODEL.
    pub model: String,
    /// The kind of step.
    pub kind: String,
    /// What it costs.
    #[serde(default)]
    pub price: Value,
    /// How long it takes as a rule.
    #[serde(default)]
    pub typical_s: f64,
    /// How good it is thought to be.
    #[serde(default)]
    pub rank: u64,
    /// When this was so.
    #[serde(default)]
    pub as_of: String,
    /// Whether that is long ago.
    #[serde(default)]
    pub old: bool,
    /// Whether it can be asked now.
    #[serde(default)]
    pub state: String,
    /// Why not.
    #[serde(default)]
    pub detail: Option<String>,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Client {
    /// What a job would cost; none is made.
    pub async fn quote(&self, submission: &Submission) -> Result<Quote, Error> {
        self.send(self.call(Method::POST, &["quotes"], Again::Harmless).json(submission)).await
    }

    /// The models of all vendors, or some of them.
    pub async fn models(&self, kind: Option<&str>, vendor: Option<&str>) -> Result<Models, Error> {
        let call = self.call(Method::GET, &["models"], Again::Harmless);
        self.send(call.query("kind", kind).query("vendor", vendor)).await
    }
}
