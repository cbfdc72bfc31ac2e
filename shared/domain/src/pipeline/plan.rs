//! A pipeline as waves: what runs together, in which order, by which function.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::graph;
use super::kinds::Function;
use super::model::Pipeline;

/// Most steps of one wave: the state machine's inline map takes no more, nor does one transaction.
pub const WAVE_MOST: usize = 40;

/// In which order a pipeline's steps run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// One after the other.
    pub waves: Vec<Wave>,
    /// Of each step, the steps it waits for directly.
    pub needs: BTreeMap<String, Vec<String>>,
}

/// Steps that one task state of the machine runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wave {
    /// Who runs them.
    #[serde(rename = "fn")]
    pub function: Function,
    /// In the order of their items.
    pub steps: Vec<String>,
}

impl Wave {
    /// How many calls it makes: one per step, except that gates and publishes share one.
    pub fn width(&self) -> usize {
        if self.function.fans_out() { self.steps.len() } else { 1 }
    }
}

/// What the state machine is told of a wave: nothing but who and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Width {
    /// Who runs it.
    #[serde(rename = "fn")]
    pub function: Function,
    /// How many calls.
    pub n: usize,
}

impl Pipeline {
    /// Its plan; the same pipeline always gives the same one.
    ///
    /// Each wave takes all steps of one function whose needs are met. Of several functions,
    /// gates go first (a verdict may save everything after it), then lanes, then steps, then
    /// publishing; waiting lets work of a kind gather in fewer waves.
    pub fn plan(&self) -> Plan {
        let nodes: Vec<_> = self.steps.iter().map(graph::Node::from).collect();
        let needs = graph::needs(&nodes);
        let mut waves: Vec<Wave> = Vec::new();
        let mut done = vec![false; self.steps.len()];
        while done.contains(&false) {
            let ready: Vec<usize> = (0..self.steps.len())
                .filter(|&step| !done[step] && needs[step].iter().all(|&need| done[need]))
                .collect();
            let function = |step: &usize| self.steps[*step].kind.function();
            // Only a cycle leaves nothing ready, and a checked pipeline has none.
            let Some(next) = ready.iter().map(function).min() else { break };
            let taken: Vec<usize> =
                ready.into_iter().filter(|step| function(step) == next).take(WAVE_MOST).collect();
            for &step in &taken {
                done[step] = true;
            }
            let steps = taken.iter().map(|&step| self.steps[step].name.clone()).collect();
            waves.push(Wave { function: next, steps });
        }
        let named = |step: usize| {
            let mut before: Vec<usize> = needs[step].iter().copied().collect();
            before.sort_unstable();
            before.into_iter().map(|need| self.steps[need].name.clone()).collect()
        };
        let needs = (0..self.steps.len())
            .map(|step| (self.steps[step].name.clone(), named(step)))
            .collect();
        Plan { waves, needs }
    }
}

impl Plan {
    /// What the state machine is started with.
    pub fn widths(&self) -> Vec<Width> {
        self.waves.iter().map(|wave| Width { function: wave.function, n: wave.width() }).collect()
    }

    /// The wave that runs a step.
    pub fn wave_of(&self, step: &str) -> Option<usize> {
        self.waves.iter().position(|wave| wave.steps.iter().any(|name| name == step))
    }

    /// The place of a step within its wave; 0 where the wave is one call.
    pub fn item_of(&self, step: &str) -> Option<usize> {
        let wave = &self.waves[self.wave_of(step)?];
        let place = wave.steps.iter().position(|name| name == step)?;
        Some(if wave.function.fans_out() { place } else { 0 })
    }

    /// The step that one call of a wave runs; of gates and publishes, see [`Plan::steps_of`].
    pub fn step_at(&self, wave: usize, item: usize) -> Option<&str> {
        self.waves.get(wave)?.steps.get(item).map(String::as_str)
    }

    /// All steps of a wave; none past the end.
    pub fn steps_of(&self, wave: usize) -> &[String] {
        self.waves.get(wave).map_or(&[], |wave| &wave.steps)
    }

    /// A step and all that waits for it, directly or not, in the plan's order.
    pub fn downstream(&self, step: &str) -> Vec<String> {
        let mut reached = vec![step.to_owned()];
        for name in self.order() {
            if self.direct(name).iter().any(|need| reached.contains(need)) {
                reached.push(name.to_owned());
            }
        }
        self.in_order(&reached)
    }

    /// A step and all that it waits for, directly or not, in the plan's order.
    pub fn upstream(&self, step: &str) -> Vec<String> {
        let mut reached = vec![step.to_owned()];
        let mut next = 0;
        while next < reached.len() {
            for need in self.direct(&reached[next]).to_vec() {
                if !reached.contains(&need) {
                    reached.push(need);
                }
            }
            next += 1;
        }
        self.in_order(&reached)
    }

    fn direct(&self, step: &str) -> &[String] {
        self.needs.get(step).map_or(&[], Vec::as_slice)
    }

    fn order(&self) -> impl Iterator<Item = &str> {
        self.waves.iter().flat_map(|wave| &wave.steps).map(String::as_str)
    }

    fn in_order(&self, names: &[String]) -> Vec<String> {
        self.order().filter(|name| names.iter().any(|n| n == name)).map(str::to_owned).collect()
    }
}
