//! A pipeline that passed every check: what is stored, planned and run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::gate::policy::{Asks, Pinned};
use crate::label::Labels;
use crate::review::Rules;
use crate::vendor::Effort;

use super::asking::{Cache, Choose, Class, OnUnknown};
use super::candidates::Candidate;
use super::graph;
use super::kinds::{Kind, POST, WINDOW};
use super::mandate::Mandated;

/// A checked pipeline, defaults filled in.
///
/// Its serde form is for storing it; what people write is read by [`Pipeline::parse`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    /// What it is called under `/v1/pipelines`.
    pub name: String,
    /// What it is for, in its author's words; may be empty.
    #[serde(default)]
    pub description: String,
    /// What every job of it is marked with, unless the job says otherwise.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: Labels,
    /// What a job must give.
    pub inputs: BTreeMap<String, Input>,
    /// What one run may spend, in millionths of a dollar.
    pub budget_micros: i64,
    /// Whether something is published that none of its own gates judges: its tenant's do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unjudged: bool,
    /// The steps in the order of the document.
    pub steps: Vec<Step>,
}

impl Pipeline {
    /// The step of that name.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }
}

/// One typed input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: InputType,
    /// What it is for; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Taken when a job does not give it; without one the input is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Most characters of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// Least value of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Greatest value of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

/// What an input may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputType {
    /// A string.
    Text,
    /// `{"asset": ID}` or `{"upload": ID}` of a still picture.
    Image,
    /// `{"asset": ID}` or `{"upload": ID}` of a moving picture.
    Video,
    /// `{"asset": ID}` or `{"upload": ID}` of a sound.
    Audio,
    /// Any JSON value.
    Json,
    /// A JSON number.
    Number,
}

impl InputType {
    /// All of them, as they are written.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("text", Self::Text),
        ("image", Self::Image),
        ("video", Self::Video),
        ("audio", Self::Audio),
        ("json", Self::Json),
        ("number", Self::Number),
    ];

    /// What a job gives for it, for a hint.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Json => "any JSON value",
            Self::Image | Self::Video | Self::Audio => "{\"upload\": ID} or {\"asset\": ID}",
        }
    }

    /// As it is written in a document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Json => "json",
            Self::Number => "number",
        }
    }
}

/// The parameter that holds several targets, and what each of them is called.
pub(super) const TARGETS: &str = "targets";
/// The parameter that holds the one target.
pub(super) const TARGET: &str = "target";

/// One node of the graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Unique in its pipeline.
    pub name: String,
    /// What it does.
    pub kind: Kind,
    /// Its parameters: literals and references, defaults filled in.
    pub with: Map<String, Value>,
    /// Steps it waits for without taking anything from them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// Seconds until it is given up, waiting included.
    pub deadline_s: u32,
    /// The lane it queues in; none for what runs without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lane: Option<String>,
    /// How often it may be attempted.
    pub retry: Retry,
    /// Where a gate's `fail` sends the flow back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_fail: Option<OnFail>,
    /// What a gate asks of the people who decide where it says `review`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Rules>,
    /// The condition under which it is done, in CEL; none where it always is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What becomes of the job when it fails.
    #[serde(default, skip_serializing_if = "OnError::is_fail")]
    pub on_error: OnError,
    /// The list for each item of which it is done, in a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreach: Option<Foreach>,
    /// The models that may do it, where more than one may: `vendor/model`, or a model of one's own hosts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// By what one of them is chosen.
    #[serde(default, skip_serializing_if = "Choose::is_first")]
    pub choose: Choose,
    /// What a model must be able to do; without `models`, any that can may do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// How good it has to be.
    #[serde(default, skip_serializing_if = "Effort::is_standard")]
    pub effort: Effort,
    /// What becomes of it when nobody knows whether a vendor took an attempt.
    #[serde(default, skip_serializing_if = "OnUnknown::is_wait")]
    pub on_unknown: OnUnknown,
    /// Whether an earlier result of the same work is taken; none where a seed decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<Cache>,
    /// How many candidates are made of it, the best of which goes on, in a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_of: Option<u32>,
    /// Which of several candidates it makes, in a job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Candidate>,
    /// The item that it is done for, in a job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Each>,
    /// That its tenant's mandate put it in, in a job; never so in a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandated: Option<Mandated>,
    /// The policy that a gate is judged by, in a job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<Box<Pinned>>,
    /// That it asks somebody about a criterion of a gate, in a job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<Asks>,
}

impl Step {
    /// Whether its output follows from its pictures alone, so that verdicts on all of them cover it.
    ///
    /// Words and colour tables that are drawn from references were judged by nobody: then only
    /// a verdict on the output itself covers it.
    pub fn follows_from_its_pictures(&self) -> bool {
        let uses = graph::uses(&self.with, self.fan());
        self.kind.spec().deterministic && !uses.iter().any(graph::Use::adds)
    }

    /// Whether it publishes one post at several targets: in a job it is a step for each of them.
    pub fn aims(&self) -> bool {
        self.with.contains_key(TARGETS)
    }

    /// Whether it publishes a post.
    pub fn posts(&self) -> bool {
        self.with.keys().any(|name| name.starts_with(POST))
    }

    /// Whether it waits for a window.
    pub fn waits(&self) -> bool {
        self.with.keys().any(|name| name.starts_with(WINDOW))
    }

    /// Whether it is one of several targets of a post, in a job.
    pub fn aimed(&self) -> bool {
        self.posts() && self.each.as_ref().is_some_and(|each| each.name == TARGET)
    }

    /// References to what it publishes, and nothing where that is words alone.
    pub(super) fn published(&self) -> Option<Value> {
        if let Some(assets) = self.with.get("assets") {
            return Some(assets.clone());
        }
        let media = self.with.get("post.media")?.as_array()?;
        Some(media.iter().filter_map(|medium| medium.get("asset").cloned()).collect())
    }

    /// The same step, done by this model alone.
    pub fn by(&self, model: &str) -> Self {
        Self { models: vec![model.to_owned()], choose: Choose::First, ..self.clone() }
    }
}

/// A step that is done for each item of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Foreach {
    /// What the item is called in its parameters.
    pub name: String,
    /// The list, or a reference to an input that holds one.
    pub list: Value,
}

/// One item of a list, and the step that is done for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Each {
    /// The step as the document calls it.
    pub step: String,
    /// The item's name, the last part of the step's.
    pub item: String,
    /// What the item is called in its parameters.
    pub name: String,
    /// The item.
    pub value: Value,
    /// The input that it comes from; none where the document holds the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The steps of the same item that its templates name, by their names in the document.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<String, String>,
}

/// How often a step may be attempted within one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// The first attempt included.
    pub attempts: u32,
}

/// What becomes of the job when a step fails or its deadline passes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The job ends.
    #[default]
    Fail,
    /// The job goes on without the step, degraded.
    Skip,
    /// The job goes on with the outputs of this step in place of its own, degraded.
    Use(String),
}

impl OnError {
    /// Whether the job ends.
    pub fn is_fail(&self) -> bool {
        *self == Self::Fail
    }

    /// The step that stands in.
    pub fn stand_in(&self) -> Option<&str> {
        match self {
            Self::Use(step) => Some(step),
            Self::Fail | Self::Skip => None,
        }
    }
}

/// What a gate does with a `fail` instead of ending the job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnFail {
    /// The lane step to go back to.
    pub retry: String,
    /// How often this gate may send the flow back within one run.
    pub attempts: u32,
    /// What those repetitions may cost together, in millionths of a dollar.
    pub budget_micros: i64,
    /// What becomes of the best try when no other is left.
    #[serde(default, skip_serializing_if = "Then::is_fail")]
    pub then: Then,
    /// Whether the next try is told why this one was refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reason: bool,
    /// The model that makes further tries; none where the step's own does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// What becomes of a gate's `fail` when its attempts or its money are used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Then {
    /// The gate fails.
    #[default]
    Fail,
    /// People decide on the best try.
    Review,
}

impl Then {
    /// All of them, as they are written.
    pub const NAMES: [(&'static str, Self); 2] = [("fail", Self::Fail), ("review", Self::Review)];

    /// Whether the gate fails.
    pub fn is_fail(&self) -> bool {
        *self == Self::Fail
    }
}
