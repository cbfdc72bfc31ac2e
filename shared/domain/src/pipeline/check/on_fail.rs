//! Where a gate may send the flow back to, and whether its budget can pay for that.

use std::collections::BTreeSet;

use super::super::kinds::Function;
use super::super::problem::{Problems, child};
use super::super::read::{SketchOnFail, micros};
use super::super::suggest::{nearest, one_of};
use super::Graph;

pub(super) fn check(graph: &Graph<'_>, problems: &mut Problems) {
    for gate in 0..graph.needs.len() {
        if let Some(on_fail) = &graph.step(gate).on_fail {
            let place = child(&graph.step(gate).pointer, "on_fail");
            let back = target(graph, gate, on_fail, &place, problems);
            money(graph, gate, back, on_fail, &place, problems);
            if let Some(back) = back.filter(|_| on_fail.reason) {
                told(graph, back, &place, problems);
            }
        }
    }
}

/// The step to go back to, if it is one that would give another asset to judge.
fn target(
    graph: &Graph<'_>,
    gate: usize,
    on_fail: &SketchOnFail,
    place: &str,
    problems: &mut Problems,
) -> Option<usize> {
    let name = on_fail.retry.as_deref()?;
    if !graph.is_whole(gate) {
        return None;
    }
    let place = child(place, "retry");
    let mut sources = BTreeSet::new();
    for used in graph.judged(gate) {
        sources.extend(graph.source(used).map(|step| graph.made_from(step)).unwrap_or_default());
    }
    let lanes: Vec<&str> = sources
        .iter()
        .filter(|step| graph.function(**step) == Some(Function::Lane))
        .map(|step| graph.step(*step).name.as_str())
        .collect();
    let fix = match (nearest(name, lanes.iter().copied()), lanes.as_slice()) {
        (Some(lane), _) if lane != name => format!("did you mean {lane}?"),
        (_, []) => "take on_fail out: no lane step makes what this gate judges".into(),
        _ => format!("use {}", one_of(&lanes)),
    };
    let gate = &graph.step(gate).name;
    let Some(back) = graph.place(name) else {
        problems.add(&place, format!("on_fail goes back to {name}, which is no step"), fix);
        return None;
    };
    let detail = match graph.function(back) {
        None => return None,
        Some(Function::Lane) if sources.contains(&back) => return Some(back),
        Some(Function::Lane) => {
            format!("{name} does not lead to what {gate} judges: another try would change nothing")
        }
        Some(_) => format!("{name} is no lane step: another try would give the same"),
    };
    problems.add(&place, detail, fix);
    None
}

/// Reasons are told with the prompt.
fn told(graph: &Graph<'_>, back: usize, place: &str, problems: &mut Problems) {
    let step = graph.step(back);
    if !step.with.contains_key("prompt") {
        let detail = format!("{} has no prompt that a reason could be added to", step.name);
        let fix = "take reason out, or go back to a step with a prompt";
        problems.add(&child(place, "reason"), detail, fix);
    }
}

fn money(
    graph: &Graph<'_>,
    gate: usize,
    back: Option<usize>,
    on_fail: &SketchOnFail,
    place: &str,
    problems: &mut Problems,
) {
    let Some(budget) = on_fail.budget_micros else { return };
    let place = child(place, "budget_usd");
    if let Some(all) = graph.draft.budget_micros.filter(|all| budget > *all) {
        let detail = format!(
            "repeating may cost ${}, more than the whole run's ${}",
            micros(budget),
            micros(all)
        );
        problems.add(&place, detail, format!("use at most {}", micros(all)));
    }
    let Some(back) = back else { return };
    let floor: i64 = graph
        .upstream(gate)
        .into_iter()
        .filter(|step| graph.upstream(*step).contains(&back))
        .filter_map(|step| graph.step(step).floor_micros())
        .sum();
    if budget < floor {
        let detail = format!(
            "${} cannot pay for one way from {} back to {}: at least ${}",
            micros(budget),
            graph.step(back).name,
            graph.step(gate).name,
            micros(floor)
        );
        problems.add(&place, detail, format!("use at least {}", micros(floor)));
    }
}
