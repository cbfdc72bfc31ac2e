//! Steps that wait for each other.

use std::collections::BTreeSet;

use super::super::problem::{Problems, child};
use super::super::when;
use super::{Graph, use_pointer};

/// Reports each circle by all its names; says whether there was none.
pub(super) fn check(graph: &Graph<'_>, problems: &mut Problems) -> bool {
    let mut left: BTreeSet<usize> = (0..graph.needs.len()).collect();
    let mut none = true;
    loop {
        peel(graph, &mut left);
        let Some(&start) = left.first() else { return none };
        none = false;
        let circle = circle(graph, &left, start);
        report(graph, &circle, problems);
        left.retain(|step| !circle.contains(step));
    }
}

/// Takes away all that no circle can go through.
fn peel(graph: &Graph<'_>, left: &mut BTreeSet<usize>) {
    loop {
        let before = left.len();
        let kept = left.clone();
        left.retain(|step| {
            let needs = graph.needs[*step].iter().any(|need| kept.contains(need));
            needs && kept.iter().any(|other| graph.needs[*other].contains(step))
        });
        if left.len() == before {
            return;
        }
    }
}

fn circle(graph: &Graph<'_>, left: &BTreeSet<usize>, start: usize) -> Vec<usize> {
    let mut path = vec![start];
    loop {
        let last = path[path.len() - 1];
        // Each step that is left needs one that is left.
        let Some(next) = graph.needs[last].iter().copied().find(|need| left.contains(need)) else {
            return path;
        };
        if let Some(at) = path.iter().position(|step| *step == next) {
            return path.split_off(at);
        }
        path.push(next);
    }
}

fn report(graph: &Graph<'_>, circle: &[usize], problems: &mut Problems) {
    let (first, second) = (circle[0], circle[1 % circle.len()]);
    let step = graph.step(first);
    let names = |steps: &[usize]| -> Vec<&str> {
        steps.iter().map(|&step| graph.step(step).name.as_str()).collect()
    };
    let mut path = names(circle);
    path.push(&step.name);
    let by_use = graph.uses[first].iter().find(|used| graph.source(used) == Some(second));
    let name = &graph.step(second).name;
    let seen = step.when.as_deref().map(when::named).unwrap_or_default();
    let other = match step.on_error.stand_in() == Some(name) {
        true => child(&child(&step.pointer, "on_error"), "use"),
        false if step.after.contains(name) => child(&step.pointer, "after"),
        false if seen.iter().any(|seen| seen.head == *name) => child(&step.pointer, "when"),
        false => child(&step.pointer, "after"),
    };
    let pointer = by_use.map_or(other, |used| use_pointer(step, used));
    let path = path.join(" → ");
    if circle.len() == 1 {
        let detail = format!("{} waits for itself: {path}", step.name);
        problems.add(&pointer, detail, "name another step here");
    } else {
        let detail = format!("steps wait for each other: {path}");
        let fix = "take out one of the references or after entries that close this circle";
        problems.add(&pointer, detail, fix);
    }
}
