//! What a caller asks for: a pipeline with its inputs.
use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::webhooks::Webhook;

/// The pipeline of a job.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Pipeline {
    /// A stored one: `hero-image`, or `hero-image@3` for that version.
    Stored(String),
    /// A document the job carries itself.
    Inline(Value),
}

/// A request for a job.
#[derive(Debug, Clone, Serialize)]
pub struct Submission {
    /// What to run.
    pub pipeline: Pipeline,
    /// The pipeline's inputs by name.
    pub inputs: Map<String, Value>,
    /// The caller's own notes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Where the news of this job goes, in place of the tenant's own webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// When the job may begin at the earliest, such as `2026-11-21T06:00:00Z`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<String>,
    /// What makes a repetition harmless; a random one is drawn when there is none.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
    /// How long the API may hold the answer for the job to end, 20 s at most.
    #[serde(skip)]
    pub wait: Duration,
}

impl Submission {
    /// A request for a run of `pipeline`, with nothing else said.
    pub fn of(pipeline: Pipeline) -> Self {
        Self {
            pipeline,
            inputs: Map::new(),
            labels: BTreeMap::new(),
            webhook: None,
            not_before: None,
            idempotency_key: None,
            wait: Duration::ZERO,
        }
    }
}

/// A pipeline document as its author wrote it.
#[derive(Debug, Clone)]
pub enum Document {
    /// JSON text.
    Json(String),
    /// YAML text.
    Yaml(String),
}

impl Document {
    /// The content type and the text.
    pub(crate) fn body(&self) -> (&'static str, Vec<u8>) {
        match self {
            Self::Json(text) => ("application/json", text.clone().into_bytes()),
            Self::Yaml(text) => ("application/yaml", text.clone().into_bytes()),
        }
    }
}

/// A fresh key for a submission: 128 random bits in hex.
///
/// # Panics
/// When the system has no entropy to give; a key that is not unique could answer with another's job.
pub fn idempotency_key() -> String {
    let high = getrandom::u64().expect("the system gives entropy");
    let low = getrandom::u64().expect("the system gives entropy");
    format!("{high:016x}{low:016x}")
}
