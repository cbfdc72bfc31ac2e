//! Nothing is published that no gate has judged: one of the pipeline, or of its tenant.

use std::collections::{BTreeMap, BTreeSet};

use super::super::graph::Use;
use super::super::kinds::{Function, Kind};
use super::super::problem::{Problems, child};
use super::super::read::Sketch;
use super::super::reference::Reference;
use super::super::types::PortType;
use super::{Graph, params, use_pointer};

/// Gives whether something is published that only gates of its tenant judge.
pub(super) fn check(graph: &Graph<'_>, mandate: bool, problems: &mut Problems) -> bool {
    let mut unjudged = false;
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
        let mut nothing = true;
        for used in graph.published(publish) {
            nothing = false;
            if covered(graph, used, &before, &mut BTreeMap::new()) == Some(false) {
                let Some(path) = path(graph, used) else { continue };
                let late = |gate: &usize| !before.contains(gate);
                let judges: Vec<usize> = gates_of(graph, &path).into_iter().filter(late).collect();
                // One that comes too late is a slip whoever else judges.
                if judges.is_empty() && mandate {
                    unjudged = true;
                    continue;
                }
                report(graph, publish, used, &judges, problems);
            }
        }
        let post = params::posts(graph.step(publish));
        let gate = |step: &usize| graph.function(*step) == Some(Function::Gate);
        if nothing && post && !before.iter().any(gate) {
            if mandate {
                unjudged = true;
                continue;
            }
            words(graph.step(publish), problems);
        }
    }
    unjudged
}

/// Whether a gate before the publish judges this, or all the pictures that it follows from.
///
/// `None` where a step of unknown kind is on the way: what it does cannot be judged.
fn covered(
    graph: &Graph<'_>,
    used: &Use,
    before: &BTreeSet<usize>,
    known: &mut BTreeMap<usize, Option<bool>>,
) -> Option<bool> {
    if gates_of(graph, std::slice::from_ref(&used.reference)).iter().any(|g| before.contains(g)) {
        return Some(true);
    }
    let Some(step) = graph.source(used) else {
        return matches!(used.reference, Reference::Input(_)).then_some(false);
    };
    if let Some(known) = known.get(&step) {
        return *known;
    }
    let whole = sources(graph, step).map(|sources| {
        let all = sources.iter().map(|source| covered(graph, source, before, known));
        let all: Option<Vec<bool>> = all.collect();
        all.map(|all| !all.is_empty() && all.into_iter().all(|one| one))
    });
    let mut whole = whole.flatten();
    // What stands in for it must be covered too.
    if let (Some(true), Some(name), Reference::Port { port, .. }) =
        (whole, graph.step(step).on_error.stand_in(), &used.reference)
    {
        let reference = Reference::Port { step: name.to_owned(), port: port.clone() };
        whole = covered(graph, &Use { reference, ..used.clone() }, before, known);
    }
    known.insert(step, whole);
    whole
}

/// The pictures that a step's output follows from; none where more goes into it than pictures.
///
/// `None` for a step of unknown kind.
fn sources<'a>(graph: &'a Graph<'_>, step: usize) -> Option<Vec<&'a Use>> {
    let kind = graph.step(step).kind?;
    let uses = &graph.uses[step];
    if !kind.spec().deterministic || uses.iter().any(Use::adds) {
        return Some(Vec::new());
    }
    let picture = |used: &&Use| used.param(kind).is_some_and(|param| param.ty.needs_reference());
    Some(uses.iter().filter(picture).collect())
}

/// The asset and what it is made from by deterministic steps.
fn path(graph: &Graph<'_>, used: &Use) -> Option<Vec<Reference>> {
    let mut path = Vec::new();
    let mut next = vec![used];
    let mut seen = BTreeSet::new();
    while let Some(used) = next.pop() {
        path.push(used.reference.clone());
        if let Some(step) = graph.source(used)
            && seen.insert(step)
        {
            next.extend(sources(graph, step)?);
        }
    }
    Some(path)
}

fn gates_of(graph: &Graph<'_>, path: &[Reference]) -> Vec<usize> {
    (0..graph.needs.len())
        .filter(|&step| graph.function(step) == Some(Function::Gate))
        .filter(|&gate| graph.judged(gate).any(|used| path.contains(&used.reference)))
        .collect()
}

/// The parameter by which a gate judges what comes out there.
fn judging(graph: &Graph<'_>, used: &Use) -> &'static str {
    let port = match &used.reference {
        Reference::Port { port, .. } => {
            let from = graph.source(used).and_then(|step| graph.step(step).kind);
            from.and_then(|kind| kind.output(port))
        }
        Reference::Input(name) => {
            let input = graph.draft.inputs.get(name).and_then(Option::as_ref);
            input.map(|input| PortType::from(input.kind))
        }
        Reference::Label(_) => None,
    };
    match port {
        Some(PortType::Video) => "video",
        Some(PortType::Audio) => "audio",
        _ => "images",
    }
}

/// A post of words alone: some gate has to come before it.
fn words(step: &Sketch, problems: &mut Problems) {
    let pointer = child(&child(&step.pointer, "with"), "post");
    let detail = format!("{} would publish words that no gate has judged", step.name);
    let fix = format!(
        "add a gate.moderation with its words as prompt, and name that gate under {}'s after",
        step.name
    );
    problems.add(&pointer, detail, fix);
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
            let judging = judging(graph, used);
            let fix = format!(
                "add a gate with {judging}: \"{asset}\" (or what it is resized or converted from) \
                 and name that gate under {}'s after",
                step.name
            );
            problems.add(&use_pointer(step, used), detail, fix);
        }
    }
}
