//! A document into a draft: every field looked at, whatever is wrong with its neighbours.

mod asking;
mod fields;
mod foreach;
mod inputs;
mod on_fail;
mod policy;
mod review;
mod step;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub(super) use asking::Asking;
pub(super) use fields::micros;
pub(crate) use fields::{better, is_name, known_fields, object, shown, text};
pub(crate) use review::read as review;
pub(super) use step::read as step;

use crate::label::Labels;
use crate::review::Rules;

use super::document::Document;
use super::graph::Fan;
use super::kinds::Kind;
use super::mandate::MANDATED;
use super::model::{Foreach, Input, OnError, Then};
use super::problem::{Marks, Problems, child};
use fields::usd;

/// Most steps of a pipeline.
pub(super) const STEPS_MOST: usize = 100;
/// Most inputs of a pipeline.
pub(super) const INPUTS_MOST: usize = 100;

/// The fields of a document.
pub(super) const FIELDS: &[&str] =
    &["name", "description", "labels", "inputs", "budget_usd", "steps"];

#[cfg(test)]
pub(super) use {inputs::FIELDS as INPUT_FIELDS, step::FIELDS as STEP_FIELDS};

/// The bounds of a document, also for its schema.
pub(super) mod limits {
    pub(in super::super) use super::super::items::ITEMS_MOST;
    pub(in super::super) use super::super::mandate::GATES_MOST;
    pub(in super::super) use super::asking::{
        BECAUSE_MOST, FORMATS, MEGAPIXELS_MOST, MODEL_MOST, MODELS_MOST,
    };
    pub(in super::super) use super::fields::USD_MOST;
    pub(in super::super) use super::inputs::TEXT_MOST;
    pub(in super::super) use super::policy::WHEN_MOST;
    pub(in super::super) use super::step::{ATTEMPTS_MOST, CANDIDATES, DEADLINE_MOST};
    pub(in super::super) use super::{INPUTS_MOST, STEPS_MOST};
}

/// What could be read of a pipeline.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) labels: Labels,
    /// `None` where the input is there but its type could not be told.
    pub(super) inputs: BTreeMap<String, Option<Input>>,
    pub(super) budget_micros: Option<i64>,
    pub(super) steps: Vec<Sketch>,
}

/// What could be read of a step.
#[derive(Debug)]
pub(super) struct Sketch {
    pub(super) name: String,
    pub(super) pointer: String,
    pub(super) kind: Option<Kind>,
    pub(super) with: Map<String, Value>,
    pub(super) after: Vec<String>,
    pub(super) deadline_s: Option<u32>,
    pub(super) lane: Option<String>,
    pub(super) attempts: Option<u32>,
    pub(super) on_fail: Option<SketchOnFail>,
    pub(super) review: Option<Rules>,
    pub(super) when: Option<String>,
    pub(super) on_error: OnError,
    pub(super) foreach: Option<Foreach>,
    pub(super) asking: Asking,
    pub(super) best_of: Option<u32>,
    /// What it waits for could not be read in full.
    pub(super) broken: bool,
}

/// What could be read of a gate's `on_fail`.
#[derive(Debug)]
pub(super) struct SketchOnFail {
    pub(super) retry: Option<String>,
    pub(super) attempts: Option<u32>,
    /// `None` where it is not given: then the pipeline's budget holds.
    pub(super) budget_micros: Option<i64>,
    pub(super) then: Then,
    pub(super) reason: bool,
    pub(super) model: Option<String>,
}

impl Sketch {
    /// What names mean in its parameters, where it is fanned.
    pub(super) fn fan(&self) -> Option<Fan<'_>> {
        self.foreach.as_ref().map(Foreach::fan)
    }

    /// The least that an attempt of it costs, of all its candidates together.
    pub(super) fn floor_micros(&self) -> Option<i64> {
        Some(self.kind?.spec().floor_micros * i64::from(self.best_of.unwrap_or(1)))
    }
}

impl Draft {
    pub(super) fn step(&self, name: &str) -> Option<&Sketch> {
        self.steps.iter().find(|step| step.name == name)
    }
}

/// Reads the whole document.
pub(super) fn draft(document: &Document, problems: &mut Problems) -> Draft {
    let mut draft = Draft::default();
    let Value::Object(root) = &document.value else {
        let detail = match &document.value {
            Value::Null => "the document is empty".into(),
            other => format!("the document is {}", shown(other)),
        };
        problems.add("", detail, "start with name, inputs, budget_usd and steps");
        return draft;
    };
    known_fields(root, "", "a pipeline", FIELDS, problems);
    draft.name = name(root, problems);
    draft.description = fields::text(root, "", "description", 2_000, problems).unwrap_or_default();
    draft.labels = labels(root, problems);
    match root.get("inputs") {
        None | Some(Value::Null) => {}
        Some(value) => {
            let example = "prompt: { type: text }";
            if let Some(map) = object(value, "/inputs", "inputs", example, problems) {
                inputs::read(map, &mut draft, problems);
            }
        }
    }
    draft.budget_micros = match root.get("budget_usd") {
        Some(value) => usd(value, "/budget_usd", "budget_usd", problems),
        None => {
            let fix = "add what one run may spend, such as budget_usd: 0.50";
            problems.add("/budget_usd", "budget_usd is missing", fix);
            None
        }
    };
    let example = "generate: { kind: image.generate, with: { … } }";
    match root.get("steps") {
        None => problems.add("/steps", "steps is missing", format!("add steps, such as {example}")),
        Some(value) => {
            if let Some(map) = object(value, "/steps", "steps", example, problems) {
                steps(map, &document.marks, &mut draft, problems);
            }
        }
    }
    draft
}

fn name(root: &Map<String, Value>, problems: &mut Problems) -> String {
    let Some(value) = root.get("name") else {
        problems.add("/name", "name is missing", "add one, such as name: hero-image");
        return String::new();
    };
    match value.as_str() {
        Some(name) if is_name(name, '-', 64) => name.into(),
        _ => {
            let fix = "use a lower-case letter, then at most 63 of a-z, 0-9 and -";
            problems.add("/name", format!("the pipeline's name is {}", shown(value)), fix);
            String::new()
        }
    }
}

fn labels(root: &Map<String, Value>, problems: &mut Problems) -> Labels {
    let Some(value) = root.get("labels") else { return Labels::new() };
    let Some(map) = object(value, "/labels", "labels", "{ campaign: spring }", problems) else {
        return Labels::new();
    };
    let (labels, wrong) = crate::label::read(map, "/labels");
    wrong.into_iter().for_each(|problem| {
        problems.add(&problem.pointer, problem.detail, problem.fix);
    });
    labels
}

fn steps(map: &Map<String, Value>, marks: &Marks, draft: &mut Draft, problems: &mut Problems) {
    if map.is_empty() {
        problems.add(
            "/steps",
            "there are no steps",
            "add at least one step and what it is gated by",
        );
    }
    if map.len() > STEPS_MOST {
        let detail = format!("there are {} steps", map.len());
        problems.add("/steps", detail, format!("keep to {STEPS_MOST}, or split the pipeline"));
    }
    let mut names: Vec<(&String, String)> =
        map.keys().map(|name| (name, child("/steps", name))).collect();
    // The order of the text, where there is a text.
    names.sort_by_key(|(_, pointer)| marks.get(pointer).copied());
    for (name, pointer) in names {
        if name == "inputs" {
            let fix = "call it something else: {{ inputs.… }} means the pipeline's inputs";
            problems.add(&pointer, "a step is called inputs", fix);
        } else if name == "labels" {
            let fix = "call it something else: {{ labels.… }} means the job's labels";
            problems.add(&pointer, "a step is called labels", fix);
        } else if name.starts_with(MANDATED) {
            let fix = format!(
                "call it something else: names that begin with {MANDATED} are those of its tenant's gates"
            );
            problems.add(&pointer, format!("a step is called {name}"), fix);
        } else if !is_name(name, '_', 40) {
            problems.add(&pointer, format!("the step's name is {name:?}"), fields::better(name));
        }
        draft.steps.push(step::read(name, pointer, &map[name], problems));
    }
}
