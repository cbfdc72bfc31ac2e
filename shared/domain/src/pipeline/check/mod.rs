//! What must hold between the parts of a draft before anything may be paid.

mod asking;
mod best_of;
mod budget;
mod cycles;
mod foreach;
mod gated;
mod layers;
mod on_error;
mod on_fail;
mod orders;
mod params;
mod post;
mod references;
mod rules;
mod target;
mod templates;
mod unused;
mod window;

use std::collections::BTreeSet;

use super::graph::{self, Node, Use};
use super::kinds::{Function, Kind};
use super::problem::{Problems, child};
use super::read::{Draft, STEPS_MOST, Sketch};
use super::reference::Reference;
use super::when;

/// Everything that can be said of a draft; gives whether something is published that no gate of it judges,
/// which is a problem unless its tenant has a mandate.
pub(super) fn check(draft: &Draft, mandate: bool, problems: &mut Problems) -> bool {
    let mut unjudged = false;
    // Already reported, and some of what follows takes the square of the number of steps.
    if draft.steps.len() > STEPS_MOST {
        return unjudged;
    }
    let mut graph = Graph::of(draft);
    for (place, step) in draft.steps.iter().enumerate() {
        let before = problems.edges();
        params::check(step, draft, problems);
        asking::check(step, problems);
        references::check_after(step, draft, problems);
        on_error::check(step, draft, problems);
        foreach::check(step, draft, problems);
        when::check(step, step.fan().map(|fan| fan.item), draft, problems);
        rules::check(step, problems);
        graph.broken[place] = step.broken || before < problems.edges();
    }
    unused::check(&graph, problems);
    orders::check(&graph, problems);
    post::check(&graph, problems);
    window::check(&graph, problems);
    // Walking back along a cycle says nothing, and the cycle is already reported.
    if cycles::check(&graph, problems) {
        unjudged = gated::check(&graph, mandate, problems);
        on_fail::check(&graph, problems);
        best_of::check(&graph, problems);
    }
    budget::check(draft, problems);
    unjudged
}

/// What can be said of a gate alone.
pub(super) fn gate(step: &Sketch, draft: &Draft, problems: &mut Problems) {
    params::check(step, draft, problems);
    on_error::check(step, draft, problems);
    rules::check(step, problems);
}

/// The draft with its edges.
struct Graph<'a> {
    draft: &'a Draft,
    uses: Vec<Vec<Use>>,
    needs: Vec<BTreeSet<usize>>,
    /// Steps of which an edge is unknown, and so what follows from it.
    broken: Vec<bool>,
}

impl<'a> Graph<'a> {
    fn of(draft: &'a Draft) -> Self {
        let nodes: Vec<Node<'_>> = draft
            .steps
            .iter()
            .map(|step| Node {
                name: &step.name,
                with: &step.with,
                after: &step.after,
                fan: step.fan(),
                stand_in: step.on_error.stand_in(),
                when: step.when.as_deref(),
                each: None,
                candidate: None,
                asks: None,
            })
            .collect();
        let uses = |step: &Sketch| graph::uses(&step.with, step.fan());
        let uses = draft.steps.iter().map(uses).collect();
        Self { draft, uses, needs: graph::needs(&nodes), broken: vec![false; nodes.len()] }
    }

    fn step(&self, place: usize) -> &'a Sketch {
        &self.draft.steps[place]
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.draft.steps.iter().position(|step| step.name == name)
    }

    /// The step and all that it waits for, directly or not.
    fn upstream(&self, step: usize) -> BTreeSet<usize> {
        let mut reached = BTreeSet::from([step]);
        let mut next = vec![step];
        while let Some(step) = next.pop() {
            next.extend(self.needs[step].iter().copied().filter(|need| reached.insert(*need)));
        }
        reached
    }

    /// The step and all whose outputs go into its own; who merely waits is not among them.
    fn made_from(&self, step: usize) -> BTreeSet<usize> {
        let mut reached = BTreeSet::from([step]);
        let mut next = vec![step];
        while let Some(step) = next.pop() {
            let sources = self.uses[step].iter().filter_map(|used| self.source(used));
            next.extend(sources.filter(|source| reached.insert(*source)));
        }
        reached
    }

    /// Whether all that the step waits for is known, near and far.
    fn is_whole(&self, step: usize) -> bool {
        self.upstream(step).iter().all(|step| !self.broken[*step])
    }

    fn function(&self, step: usize) -> Option<Function> {
        self.step(step).kind.map(Kind::function)
    }

    /// References of one parameter.
    fn uses_of(&self, step: usize, param: &str) -> impl Iterator<Item = &Use> {
        self.uses[step].iter().filter(move |used| used.param == param)
    }

    /// References to what a step publishes.
    fn published(&self, step: usize) -> impl Iterator<Item = &Use> {
        let asset = |used: &&Use| match used.param.as_str() {
            "assets" => true,
            "post.media" => used.field.as_deref() == Some("asset"),
            _ => false,
        };
        self.uses[step].iter().filter(asset)
    }

    /// References to what a gate judges.
    fn judged(&self, gate: usize) -> impl Iterator<Item = &Use> {
        let judged = ["images", "audio", "video"];
        self.uses[gate].iter().filter(move |used| judged.contains(&used.param.as_str()))
    }

    /// The step whose output is used, if it is one.
    fn source(&self, used: &Use) -> Option<usize> {
        match &used.reference {
            Reference::Port { step, .. } => self.place(step),
            Reference::Input(_) | Reference::Label(_) => None,
        }
    }
}

/// Where a use stands in the document.
fn use_pointer(step: &Sketch, used: &Use) -> String {
    let param = params::param_place(&child(&step.pointer, "with"), &used.param);
    let item = used.item.map_or(param.clone(), |item| child(&param, &item.to_string()));
    used.field.as_ref().map_or(item.clone(), |field| child(&item, field))
}
