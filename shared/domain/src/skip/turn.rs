//! What is to be done with a step when its turn comes: make it, or go on without it.

use crate::error::{Error, Result};
use crate::pipeline::{Function, Step};
use crate::record::{Skipped, StepRecord};
use crate::skip::Ending;
use crate::state::StepState;
use crate::view::JobView;

/// What is to be done with a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// Make it.
    Make,
    /// Go on without it, or end the job: its condition is false or cannot be told, or it lacks what it needs.
    Not(Ending),
}

/// Decides on a step whose needs are met, for this run.
pub fn turn(view: &JobView, step: &str, run: u32) -> Result<Turn> {
    let definition = view.definition(step)?;
    let skip = |reason: String, error| {
        Ok(Turn::Not(Ending::skipped(view, step, Skipped { run, reason, error })))
    };
    match view.holds(definition) {
        Ok(true) => {}
        Ok(false) => {
            let when = definition.when.as_deref().unwrap_or_default();
            return skip(format!("when: {when}"), false);
        }
        Err(why) => {
            let error = format!("the condition cannot be told: {why}");
            return Ok(Turn::Not(Ending::failed(view, step, StepState::Failed, &error)));
        }
    }
    let mut closed = definition.after.iter().filter_map(|name| closed(view, name));
    // A gate of one item closes the way of that item; who takes all of them goes on with the others.
    if let Some(gate) = closed.find(|gate| !view.of_other_items(definition, &gate.name)) {
        return skip(format!("comes after {}, which did not pass", gate.name), by_error(gate));
    }
    match definition.without(&|name| view.gone(definition, name)) {
        Ok(_) => Ok(Turn::Make),
        Err(name) => match view.skipped(&name) {
            Some(record) => skip(format!("needs {name}, which was skipped"), by_error(record)),
            None => skip(format!("needs {name}, which did not pass its gate"), true),
        },
    }
}

/// The record of a gate that was skipped, by its own choice or because it did not pass.
fn closed<'a>(view: &'a JobView, name: &str) -> Option<&'a StepRecord> {
    view.skipped(name).filter(|_| view.is_gate(name))
}

fn by_error(record: &StepRecord) -> bool {
    record.skipped.as_ref().is_none_or(|skipped| skipped.error)
}

impl JobView {
    /// A step as the pipeline has it.
    pub fn definition(&self, step: &str) -> Result<&Step> {
        let missing = || Error::Fault(format!("{} has no step {step:?}", self.job.pipeline));
        self.pipeline.step(step).ok_or_else(missing)
    }

    /// The record of a step, if the job goes on without it.
    pub fn skipped(&self, step: &str) -> Option<&StepRecord> {
        self.steps.get(step).filter(|record| record.state == StepState::Skipped)
    }

    /// Whether a step takes nothing from another: that was skipped, or is of an item whose gate, which this
    /// step comes after, did not pass.
    pub fn gone(&self, of: &Step, name: &str) -> bool {
        let same = |gate: &Step, other: &Step| match (&gate.each, &other.each) {
            (Some(gate), Some(other)) => gate.same_item(other),
            _ => false,
        };
        let shut = of.after.iter().filter(|gate| closed(self, gate).is_some());
        let mut shut = shut.filter(|gate| self.of_other_items(of, gate));
        let step = self.pipeline.step(name);
        self.skipped(name).is_some()
            || shut.any(|gate| self.pipeline.step(gate).zip(step).is_some_and(|(g, s)| same(g, s)))
    }

    /// Whether a gate is for one item, and a step that comes after it for none.
    pub(crate) fn of_other_items(&self, step: &Step, gate: &str) -> bool {
        step.each.is_none() && self.pipeline.step(gate).is_some_and(|gate| gate.each.is_some())
    }

    /// Whether a step is a gate.
    pub fn is_gate(&self, step: &str) -> bool {
        self.pipeline.step(step).is_some_and(|step| step.kind.function() == Function::Gate)
    }

    /// Whether what became of a step still holds in this run.
    ///
    /// What was skipped, or replaced by another's outputs, is decided anew by each run. What was made of
    /// something that was made again since is made again too, and what its tenant's gate said under another
    /// mandate is not what is asked now. A run for one step keeps what was skipped, too.
    pub fn settled(&self, step: &str, run: u32) -> bool {
        let Some(record) = self.steps.get(step) else { return false };
        let newer = |name: &String| {
            let source = self.steps.get(name);
            source.is_some_and(|s| s.state == StepState::Succeeded && record.round < s.round)
        };
        let definition = self.pipeline.step(step);
        // A run for one step leaves all others as they are.
        let left = |one: &String| run == self.job.run && one != step;
        let left = self.job.only.as_ref().is_some_and(left);
        let stale = || !left && definition.is_some_and(|step| step.takes_from().iter().any(newer));
        let mandated = definition.and_then(|step| step.mandated.as_ref());
        if mandated.is_some_and(|it| record.skipped.is_none() && !it.gave(record.verdict.as_ref()))
        {
            return false;
        }
        // Where the best one was chosen, nobody waits for one that was not made.
        let candidate = definition.and_then(|step| step.candidate.as_ref());
        let chosen = candidate.is_some_and(|candidate| self.settled(&candidate.gate, run));
        if chosen && record.state == StepState::Skipped {
            return !stale();
        }
        match record.state {
            StepState::Succeeded | StepState::Skipped => match &record.skipped {
                Some(skipped) => left || skipped.run == run,
                None => !stale(),
            },
            _ => false,
        }
    }
}
