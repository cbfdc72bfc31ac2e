//! Steps of which several candidates are made, the best of which goes on: written out when a job is accepted.
//!
//! The first candidate keeps the step's name, the others have a number behind it. What takes from the step takes from
//! the first: the gate that chooses puts there what the best one made.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::graph::{self, Node, Use};
use super::kinds::{Function, Kind};
use super::model::{OnError, Pipeline, Step};
use super::reference::{Reference, of_item};

/// That a step makes one of several candidates, of which a gate keeps the best.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The first of them: it has what the best one made, once that is chosen.
    pub of: String,
    /// Which one it is, from 1.
    pub number: u32,
    /// How many there are.
    pub most: u32,
    /// The gate that chooses.
    pub gate: String,
    /// Whether the job goes on where none of them is made.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

impl Candidate {
    /// Whether it is another one of the same step.
    pub fn beside(&self, other: &Self) -> bool {
        self.of == other.of
    }

    /// The next number of a seed for it: of all candidates of all rounds, no two have the same.
    pub fn variation(&self, regenerations: u32) -> u32 {
        regenerations.saturating_mul(self.most).saturating_add(self.number - 1)
    }
}

impl Kind {
    /// Whether another try of the same gives something else.
    pub fn varies(self) -> bool {
        self.function() == Function::Lane && self.param("seed").is_some()
    }

    /// Whether a gate says how good something is, and not only whether it is good enough.
    pub(super) fn scores(self) -> bool {
        matches!(self, Self::Quality | Self::Policy)
    }
}

/// The name of a candidate of a step.
pub(crate) fn name_of(step: &str, number: u32) -> String {
    match number {
        1 => step.to_owned(),
        more => of_item(step, &more.to_string()),
    }
}

/// Whether a parameter takes the very output of a step.
pub(super) fn takes(used: &Use, step: &str) -> bool {
    !used.template && matches!(&used.reference, Reference::Port { step: from, .. } if from == step)
}

/// The gate that chooses among the candidates of a step.
fn chooser<'p>(pipeline: &'p Pipeline, step: &str) -> Option<&'p Step> {
    let looks = |gate: &&Step| {
        let uses = graph::uses(&gate.with, gate.fan());
        gate.kind.scores() && uses.iter().any(|used| takes(used, step))
    };
    pipeline.steps.iter().find(looks)
}

/// The pipeline with a step for each candidate.
pub(super) fn written_out(pipeline: Pipeline) -> Pipeline {
    let of = |step: &Step| {
        let most = step.best_of?;
        let gate = chooser(&pipeline, &step.name)?.name.clone();
        let optional = step.on_error == OnError::Skip;
        Some(Candidate { of: step.name.clone(), number: 1, most, gate, optional })
    };
    let steps = pipeline.steps.iter().flat_map(|step| match of(step) {
        None => vec![Step { best_of: None, ..step.clone() }],
        Some(first) => (1..=first.most)
            .map(|number| Step {
                name: name_of(&step.name, number),
                // One may fail: only where all do, there is nothing to choose from.
                on_error: OnError::Skip,
                best_of: None,
                candidate: Some(Candidate { number, ..first.clone() }),
                ..step.clone()
            })
            .collect(),
    });
    let steps = steps.collect();
    Pipeline { steps, ..pipeline }
}

/// The parameters of a gate as they are when it looks at another candidate.
pub(crate) fn looking_at(with: &Map<String, Value>, of: &str, name: &str) -> Map<String, Value> {
    let renamed = |value: &Value| match Reference::of(value) {
        Some(Reference::Port { step, port }) if step == of => {
            Reference::Port { step: name.into(), port }.to_string().into()
        }
        _ => value.clone(),
    };
    let one = |value: &Value| match value {
        Value::Array(items) => items.iter().map(renamed).collect(),
        value => renamed(value),
    };
    with.iter().map(|(name, value)| (name.clone(), one(value))).collect()
}

impl Pipeline {
    /// The candidates among which a gate chooses, in the order of their numbers; none where it judges one thing.
    pub fn candidates(&self, gate: &str) -> Vec<(&Step, &Candidate)> {
        let candidates =
            self.steps.iter().filter_map(|step| Some((step, step.candidate.as_ref()?)));
        candidates.filter(|(_, candidate)| candidate.gate == gate).collect()
    }

    /// A step with the other candidates for its place; the step alone where there are none.
    pub fn beside(&self, name: &str) -> Vec<&str> {
        let candidate = self.step(name).and_then(|step| step.candidate.as_ref());
        let Some(candidate) = candidate else {
            return self.step(name).map(|step| step.name.as_str()).into_iter().collect();
        };
        let of = |step: &&Step| step.candidate.as_ref().is_some_and(|it| it.beside(candidate));
        self.steps.iter().filter(of).map(|step| step.name.as_str()).collect()
    }
}

/// Adds what follows from choosing: a gate waits for all candidates, and who takes the best waits for the gate.
pub(super) fn wait(nodes: &[Node<'_>], needs: &mut [std::collections::BTreeSet<usize>]) {
    for (at, node) in nodes.iter().enumerate() {
        let Some(candidate) = node.candidate else { continue };
        let gate = nodes.iter().position(|other| other.name == candidate.gate);
        let Some(gate) = gate.filter(|gate| *gate != at) else { continue };
        needs[gate].insert(at);
        for (other, waits) in needs.iter_mut().enumerate() {
            let looks = other == gate || nodes[other].asks == Some(candidate.gate.as_str());
            let beside = nodes[other].candidate.is_some_and(|it| it.beside(candidate));
            if waits.contains(&at) && !looks && !beside {
                waits.insert(gate);
            }
        }
    }
}
