//! Nothing is published that no gate has judged.

use std::collections::BTreeSet;

use super::super::graph::Use;
use super::super::kinds::{Function, Kind};
use super::super::problem::{Problems, child};
use super::super::reference::Reference;
use super::{Graph, use_pointer};

pub(super) fn check(graph: &Graph<'_>, problems: &mut Problems) {
    for publish in 0..graph.needs.len() {
        if graph.step(publish).kind != Some(Kind::Publish) {
            continue;
        }
        let gates = |step: &usize| graph.function(*step) == Some(Function::Gate);
        let judged = (0..graph.needs.len()).filter(gates).all(|gate| !graph.broken[gate]);
        // With an edge unknown on either side, nobody can say what is missing.
        if !judged || !graph.is_whole(publish) {
            continue;
        }
        let before = graph.upstream(publish);
        for used in graph.uses_of(publish, "assets") {
            let Some(path) = path(graph, used) else { continue };
            let judges: Vec<usize> = gates_of(graph, &path);
            if !judges.iter().any(|gate| before.contains(gate)) {
                report(graph, publish, used, &judges, problems);
            }
        }
    }
}

/// The asset and what it is made from by deterministic steps: a verdict on any covers it.
///
/// `None` where a step of unknown kind is on the way: what it does cannot be judged.
fn path(graph: &Graph<'_>, used: &Use) -> Option<Vec<Reference>> {
    let mut path = Vec::new();
    let mut next = vec![used.clone()];
    let mut seen = BTreeSet::new();
    while let Some(used) = next.pop() {
        path.push(used.reference.clone());
        let Some(step) = graph.source(&used) else {
            if matches!(used.reference, Reference::Port { .. }) {
                return None;
            }
            continue;
        };
        let spec = graph.step(step).kind?.spec();
        if spec.deterministic && seen.insert(step) {
            next.extend(graph.uses[step].iter().cloned());
        }
    }
    Some(path)
}

fn gates_of(graph: &Graph<'_>, path: &[Reference]) -> Vec<usize> {
    (0..graph.needs.len())
        .filter(|&step| graph.function(step) == Some(Function::Gate))
        .filter(|&gate| graph.uses_of(gate, "images").any(|used| path.contains(&used.reference)))
        .collect()
}

fn report(
    graph: &Graph<'_>,
    publish: usize,
    used: &Use,
    judges: &[usize],
    problems: &mut Problems,
) {
    let step = graph.step(publish);
    match judges.first() {
        // Judged, but the verdict may come too late.
        Some(&gate) => {
            let gate = &graph.step(gate).name;
            let detail = format!("{} does not wait for {gate}, the gate of its assets", step.name);
            let after: Vec<&str> = step.after.iter().chain([gate]).map(String::as_str).collect();
            let fix = format!("write after: [{}]", after.join(", "));
            problems.add(&child(&step.pointer, "after"), detail, fix);
        }
        None => {
            let asset = &used.reference;
            let detail = format!("{asset} would be published without a verdict");
            let fix = format!(
                "add a gate with images: \"{asset}\" (or what it is resized or converted from) \
                 and name that gate under {}'s after",
                step.name
            );
            problems.add(&use_pointer(step, used), detail, fix);
        }
    }
}
