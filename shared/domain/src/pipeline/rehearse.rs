//! The texts of one job, written before anything is paid: what does not fit is told to who asked.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::label;

use super::expand;
use super::graph;
use super::kinds::{Kind, Param};
use super::literal;
use super::model::{Pipeline, Step};
use super::problem::{Problem, Problems, child};
use super::reference::{self, Reference};
use super::resolve::{Scope, Unresolved};
use super::types::Type;

/// A pipeline as one job runs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// The job's inputs, defaults filled in.
    pub inputs: Map<String, Value>,
}

/// What the steps write, by step and port; none of a port whose text could not be written.
type Texts = BTreeMap<(String, String), Value>;

impl Pipeline {
    /// The pipeline for a job with these inputs and labels, or all that is wrong with them.
    pub fn bound(
        &self,
        given: &Value,
        labels: &BTreeMap<String, String>,
    ) -> Result<Bound, Vec<Problem>> {
        let inputs = self.bind(given)?;
        let mut problems = Problems::default();
        let Some(pipeline) = expand::expand(self, &inputs, &mut problems) else {
            return Err(problems.finish(&Default::default()));
        };
        let labels = &label::merged(&self.labels, labels);
        rehearse(&pipeline, &inputs, labels, &mut problems);
        match problems.is_empty() {
            true => Ok(Bound { pipeline, inputs }),
            false => Err(problems.finish(&Default::default())),
        }
    }
}

/// Writes every text that follows from inputs and labels, and looks whether it suits where it goes.
fn rehearse(
    pipeline: &Pipeline,
    inputs: &Map<String, Value>,
    labels: &BTreeMap<String, String>,
    problems: &mut Problems,
) {
    let mut texts = Texts::new();
    let order = pipeline.plan().waves.into_iter().flat_map(|wave| wave.steps);
    for step in order.filter_map(|name| pipeline.step(&name)) {
        let outputs =
            |step: &str, port: &str| texts.get(&(step.to_owned(), port.to_owned())).cloned();
        let scope = Scope { inputs, labels, each: step.each.as_ref(), outputs: &outputs };
        let mut own = None;
        for (param, value) in places(step) {
            let given = write(step, param, value, &scope, problems);
            if step.kind == Kind::Template && param.name == "text" {
                own = given;
            }
        }
        if let Some(own) = own {
            texts.insert((step.name.clone(), "text".into()), own);
        }
    }
}

/// Where a step takes words or numbers, with what stands there.
fn places(step: &Step) -> Vec<(Param, &Value)> {
    let mut found = Vec::new();
    for (name, value) in &step.with {
        let Some(param) = step.kind.param(name) else { continue };
        match (param.ty, value) {
            (Type::Texts { each, .. }, Value::Array(items)) => {
                let one = Param { ty: Type::Text { most: each }, ..*param };
                found.extend(items.iter().map(|item| (one, item)));
            }
            (Type::Records { fields, .. }, Value::Array(items)) => {
                for (name, value) in items.iter().filter_map(Value::as_object).flatten() {
                    let field = fields.iter().find(|field| field.name == name);
                    found.extend(field.map(|field| (*field, value)));
                }
            }
            _ => found.push((*param, value)),
        }
    }
    let literal = |ty: Type| matches!(ty, Type::Target | Type::Targets);
    found.retain(|(param, _)| !param.ty.needs_reference() && !literal(param.ty));
    found
}

/// What stands there, written out; none where it is not known yet, or wrong and reported.
fn write(
    step: &Step,
    param: Param,
    value: &Value,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<Value> {
    let (references, template) = graph::references(value, step.fan());
    let names_item = |text| step.each.as_ref().and_then(|each| reference::item(text, &each.name));
    let of_item = value.as_str().and_then(names_item).is_some();
    // What a render will give is not known, nor is what could not be written.
    let unknown = |reference: &Reference| match reference {
        Reference::Port { step, port } => (scope.outputs)(step, port).is_none(),
        Reference::Input(_) | Reference::Label(_) => false,
    };
    if references.iter().any(unknown) {
        return None;
    }
    let place = format!("{} of {}", param.name, step.name);
    let pointer = culprit(&references);
    let written = match scope.value(param.name, value) {
        None => return Some(value.clone()),
        Some(Ok(written)) => written,
        Some(Err(Unresolved::Missing { reference, .. })) => {
            let detail = format!("{place} takes {reference}, which the job has not");
            let fix = match of_item {
                true => "give it with each item",
                false => "add the label, or use a template with a default",
            };
            problems.add(&pointer, detail, fix);
            return None;
        }
        Some(Err(Unresolved::Template { why, .. })) => {
            let detail = format!("the template for {place} gives no text: {why}");
            problems.add(&pointer, detail, "give what it names, and no more than it may hold");
            return None;
        }
    };
    // An input that is taken as it is was looked at when it was bound.
    if template || of_item || !matches!(references.as_slice(), [Reference::Input(_)]) {
        let before = problems.count();
        literal::check(param.ty, &place, &written, &pointer, problems);
        if before < problems.count() {
            return None;
        }
    }
    Some(written)
}

/// The one input or label that all comes from, else whichever there are.
fn culprit(references: &[Reference]) -> String {
    let inputs = || references.iter().filter(|one| matches!(one, Reference::Input(_)));
    match (inputs().collect::<Vec<_>>().as_slice(), references) {
        ([Reference::Input(name)], _) => child("/inputs", name),
        ([], [Reference::Label(name)]) if !name.is_empty() => child("/labels", name),
        ([], [Reference::Label(_), ..]) => "/labels".into(),
        _ => "/inputs".into(),
    }
}
