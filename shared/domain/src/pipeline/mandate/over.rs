//! The one place where a mandate is put over a job's pipeline: before each publish, on what it publishes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::expand::{BYTES_MOST, STEPS_MOST};
use super::super::kinds::Function;
use super::super::model::{Each, Pipeline, Step};
use super::super::problem::Problem;
use super::super::reference::of_item;
use super::{InForce, MANDATED, Mandate, Mandated};

/// A job's pipeline with its tenant's gates in it: nothing else is accepted, and nothing else makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Gated {
    pub(crate) pipeline: Pipeline,
    pub(crate) mandate: Option<InForce>,
}

impl Gated {
    /// The pipeline.
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// The same with what its gates need beside them.
    pub(crate) fn with_steps(mut self, change: impl FnOnce(Vec<Step>) -> Vec<Step>) -> Self {
        self.pipeline.steps = change(self.pipeline.steps);
        self
    }

    /// Whether the job is still one that can be run.
    pub(crate) fn fits(&self) -> Result<(), Vec<Problem>> {
        fits(&self.pipeline)
    }
}

/// Publishes that take the same assets at the same time: one verdict does for all of them.
struct Group {
    /// The first of them, as the job has it.
    first: Step,
    /// The first of them, as the document calls it.
    name: String,
    members: BTreeSet<String>,
}

impl Group {
    fn of(publish: &Step) -> Self {
        let name = publish.each.as_ref().map_or(&publish.name, |each| &each.step).clone();
        let members = BTreeSet::from([publish.name.clone()]);
        Self { first: publish.clone(), name, members }
    }

    /// Whether a gate's turn, and what it judges, would be the same for this publish.
    fn takes(&self, publish: &Step) -> bool {
        let of = |step: &Step| {
            // Wherever a post goes, it is the same post.
            let each = step.each.clone().filter(|_| !step.aimed());
            let each = each.map(|each| Each { step: String::new(), ..each });
            let words = step.with.get("post.body").cloned();
            (step.published(), words, step.after.clone(), step.when.clone(), each)
        };
        of(&self.first) == of(publish)
    }

    /// A gate of the mandate for these publishes.
    fn gate(&self, gate: &Step, mandate: &str, alone: bool) -> Step {
        let own = match alone {
            true => format!("{MANDATED}{}", gate.name),
            false => format!("{MANDATED}{}-{}", gate.name, self.name),
        };
        let each = self.first.each.clone().filter(|_| !self.first.aimed());
        let each = each.map(|each| Each { step: own.clone(), ..each });
        let mut with = gate.with.clone();
        with.insert("images".into(), self.first.published().unwrap_or(Value::Null));
        if let Some(words) = self.first.with.get("post.body")
            && gate.kind.param("prompt").is_some()
        {
            with.insert("prompt".into(), words.clone());
        }
        Step {
            name: each.as_ref().map_or(own.clone(), |each| of_item(&own, &each.item)),
            with,
            // Its turn comes when theirs would, on the same conditions: so it sees what they would send.
            after: self.first.after.clone(),
            when: self.first.when.clone(),
            each,
            mandated: Some(Mandated { gate: gate.name.clone(), mandate: mandate.to_owned() }),
            ..gate.clone()
        }
    }
}

impl Mandate {
    /// Puts the gates over a job's pipeline, in place of those of an earlier mandate.
    ///
    /// The problem is one where it cannot be: there would be too many steps, or nothing that judges.
    pub fn over(&self, pipeline: Pipeline) -> Result<Gated, Vec<Problem>> {
        let mut pipeline = bare(pipeline);
        if self.is_empty() && pipeline.unjudged {
            let detail = format!(
                "{} publishes what none of its gates judges, and its tenant has no mandatory gates any more",
                pipeline.name
            );
            return Err(vec![Problem::new("/pipeline", detail, "add a gate to it")]);
        }
        if self.is_empty() {
            return Ok(Gated { pipeline, mandate: None });
        }
        let groups = groups(&pipeline);
        let alone = groups.iter().map(|group| &group.name).collect::<BTreeSet<_>>().len() < 2;
        let mut steps = Vec::with_capacity(pipeline.steps.len());
        for mut step in std::mem::take(&mut pipeline.steps) {
            if let Some(group) = groups.iter().find(|group| group.members.contains(&step.name)) {
                let gates = self.gates.iter().map(|gate| group.gate(gate, &self.digest, alone));
                let gates: Vec<Step> = gates.collect();
                step.after.extend(gates.iter().map(|gate| gate.name.clone()));
                if group.first.name == step.name {
                    steps.extend(gates);
                }
            }
            steps.push(step);
        }
        pipeline.steps = steps;
        fits(&pipeline)?;
        Ok(Gated { pipeline, mandate: self.in_force() })
    }
}

/// The pipeline without what any mandate put in.
fn bare(mut pipeline: Pipeline) -> Pipeline {
    let mandated: BTreeSet<String> = pipeline
        .steps
        .iter()
        .filter(|step| step.mandated.is_some())
        .map(|step| step.name.clone())
        .collect();
    let asks = |step: &Step| step.asks.as_ref().is_some_and(|asks| mandated.contains(&asks.gate));
    let (put_in, own): (Vec<Step>, Vec<Step>) =
        pipeline.steps.into_iter().partition(|step| step.mandated.is_some() || asks(step));
    let put_in: BTreeSet<String> = put_in.into_iter().map(|step| step.name).collect();
    pipeline.steps = own;
    pipeline.steps.iter_mut().for_each(|step| step.after.retain(|name| !put_in.contains(name)));
    pipeline
}

fn groups(pipeline: &Pipeline) -> Vec<Group> {
    let publishes = |step: &&Step| step.kind.function() == Function::Publish;
    let mut groups: Vec<Group> = Vec::new();
    for publish in pipeline.steps.iter().filter(publishes) {
        match groups.iter_mut().find(|group| group.takes(publish)) {
            Some(group) => {
                group.members.insert(publish.name.clone());
            }
            None => groups.push(Group::of(publish)),
        }
    }
    groups
}

/// Whether the job is still one that can be run.
fn fits(pipeline: &Pipeline) -> Result<(), Vec<Problem>> {
    let of_gates = |step: &&Step| step.mandated.is_some() || step.asks.is_some();
    let put_in = pipeline.steps.iter().filter(of_gates).count();
    let steps = pipeline.steps.len();
    let bytes = serde_json::to_vec(pipeline).map_or(usize::MAX, |text| text.len());
    let detail = if STEPS_MOST < steps {
        format!(
            "the job would have {steps} steps, {put_in} of them its tenant's gates, and {STEPS_MOST} are the most"
        )
    } else if BYTES_MOST < bytes {
        format!(
            "the job's steps have {bytes} bytes with its tenant's gates, and {BYTES_MOST} are the most"
        )
    } else {
        return Ok(());
    };
    Err(vec![Problem::new("/pipeline", detail, "give fewer items, or publish in fewer steps")])
}
