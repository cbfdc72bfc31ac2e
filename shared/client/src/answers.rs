//! What the API answers: jobs, their steps, assets and events.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How an ended job ended, as far as a caller has to tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Everything was made, passed its gates and was published.
    Succeeded,
    /// A gate did not let it pass.
    Rejected,
    /// It failed, was canceled, expired, or ended in a way this client does not know.
    Other,
}

/// One request for one pipeline version.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Job {
    /// The job's id.
    pub id: String,
    /// `running`, `succeeded`, …; a newer Galley may know more of them.
    pub state: String,
    /// True once nothing will happen any more, unless somebody retries it.
    pub terminal: bool,
    /// Whether `retry` would be accepted.
    #[serde(default)]
    pub retryable: bool,
    /// The pipeline's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    /// The pipeline's version; none for a document the job carried itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Which run this is: 1, and one more with each retry.
    #[serde(default)]
    pub run: u64,
    /// When it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When it last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// Why it ended as it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it went on without because of errors; a success with any is not whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub degraded: Vec<Degraded>,
    /// What it has cost so far.
    #[serde(default)]
    pub cost: Cost,
    /// Its steps, in the order of the plan.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What its steps made.
    #[serde(default)]
    pub assets: Vec<Asset>,
    /// Where its assets were published.
    #[serde(default)]
    pub publications: Vec<Publication>,
    /// A token that reads this one job; given once, on submission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Paths of what can be done with it.
    #[serde(default)]
    pub links: Links,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Job {
    /// How the job ended; none while it has not.
    pub fn ending(&self) -> Option<Ending> {
        self.terminal.then_some(match self.state.as_str() {
            "succeeded" => Ending::Succeeded,
            "rejected" => Ending::Rejected,
            _ => Ending::Other,
        })
    }

    /// `hero-image@3`, or `inline` for a document without a name.
    pub fn pipeline_at_version(&self) -> String {
        match (&self.pipeline, self.version) {
            (Some(name), Some(version)) => format!("{name}@{version}"),
            (Some(name), None) => name.clone(),
            (None, _) => "inline".into(),
        }
    }
}

/// A step that a job went on without, or with another one's outputs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Degraded {
    /// The step.
    pub step: String,
    /// What happened to it.
    #[serde(default)]
    pub reason: String,
}

/// What a job has cost.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Cost {
    /// US dollars, to a millionth.
    #[serde(default)]
    pub usd: f64,
    /// How many attempts were paid for.
    #[serde(default)]
    pub attempts: u64,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One node of the job's pipeline and how far it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Step {
    /// The step's name in the pipeline.
    pub name: String,
    /// `image.generate`, `gate.quality`, …
    #[serde(default)]
    pub kind: String,
    /// `waiting`, `running`, `succeeded`, …
    #[serde(default)]
    pub state: String,
    /// Every try, the latest last.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// Ids of the assets it made.
    #[serde(default)]
    pub outputs: Vec<String>,
    /// A gate's verdict, with scores and reasons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Value>,
    /// What it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<Value>,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One try of a step at one host.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Attempt {
    /// The attempt's id.
    pub id: String,
    /// `running`, `succeeded`, `failed`, …
    #[serde(default)]
    pub state: String,
    /// Where it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// US dollars; unknown until it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd: Option<f64>,
    /// When it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Bytes in custody, with what is known of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Asset {
    /// The asset's id.
    pub id: String,
    /// The step that made it.
    #[serde(default)]
    pub step: String,
    /// The port of the step.
    #[serde(default)]
    pub port: String,
    /// SHA-256 of the bytes, in hex.
    #[serde(default)]
    pub sha256: String,
    /// `image/webp`, …
    #[serde(default)]
    pub media_type: String,
    /// Size in bytes.
    #[serde(default)]
    pub bytes: u64,
    /// Width in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// A presigned URL, good for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One publishing of a step's assets at one target.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Publication {
    /// The publishing step.
    #[serde(default)]
    pub step: String,
    /// The target, by name or in full.
    #[serde(default)]
    pub target: Value,
    /// `started`, `done`, …
    #[serde(default)]
    pub state: String,
    /// Where the result is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Paths of what can be done with a job.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Links(
    /// `self`, `events`, `cancel`, `retry` to their paths.
    pub BTreeMap<String, Value>,
);

/// A page of the caller's jobs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Jobs {
    /// The jobs, newest first.
    pub jobs: Vec<Job>,
    /// The cursor of the next page; none on the last one.
    #[serde(default)]
    pub next: Option<String>,
}

/// One numbered entry of a job's log.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Event {
    /// Its number: 1, 2, … without gaps.
    pub n: u64,
    /// When it happened.
    #[serde(default)]
    pub at: String,
    /// `step.started`, `gate.verdict`, `job.succeeded`, …
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The step it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The attempt it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<Value>,
    /// What belongs to its type.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A page of a job's log.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Events {
    /// Entries after the number asked for, in order.
    pub events: Vec<Event>,
    /// The number of the last entry there is.
    #[serde(default)]
    pub last: u64,
    /// Whether the job has ended.
    #[serde(default)]
    pub terminal: bool,
}

/// What a job is watched with over a WebSocket, or by a page.
#[derive(Clone, Serialize, Deserialize)]
pub struct WatchToken {
    /// Good for some minutes, and for one job.
    pub token: String,
    /// Address of the WebSocket API.
    pub stream: String,
}

/// The caller's stored pipelines.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Pipelines {
    /// The newest version of each.
    pub pipelines: Vec<PipelineVersion>,
}

/// A stored pipeline version.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PipelineVersion {
    /// The pipeline's name.
    pub name: String,
    /// Its version; the same document again keeps its version.
    pub version: u64,
    /// SHA-256 of the document.
    #[serde(default)]
    pub sha256: String,
    /// What it makes, in its author's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When this version was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Where to put bytes that a job will take as input.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Upload {
    /// The upload's id.
    pub upload: String,
    /// The presigned URL to PUT to.
    pub url: String,
    /// Headers that are part of the signature and must be sent.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Until when the URL is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Value>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(state: &str, terminal: bool, expected: Option<Ending>) {
        let job: Job =
            serde_json::from_value(json!({"id": "j", "state": state, "terminal": terminal}))
                .unwrap();
        assert_eq!(job.ending(), expected, "{state} {terminal}");
    }

    #[test]
    fn only_terminal_says_that_a_job_has_ended() {
        check("succeeded", true, Some(Ending::Succeeded));
        check("succeeded", false, None);
        check("rejected", true, Some(Ending::Rejected));
        check("failed", true, Some(Ending::Other));
        check("archived-in-2031", true, Some(Ending::Other));
        check("reviewing-in-2031", false, None);
    }

    #[test]
    fn unknown_fields_are_kept() {
        let text =
            json!({"n": 3, "at": "t", "type": "step.sung", "data": {"key": "C"}, "pitch": 440});
        let event: Event = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(serde_json::to_value(event).unwrap(), text);
    }
}
