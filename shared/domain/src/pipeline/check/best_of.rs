//! Steps of which the best of several candidates goes on: exactly one gate with a score chooses, and can.

use std::collections::BTreeSet;

use super::super::candidates::takes;
use super::super::kinds::Kind;
use super::super::model::OnError;
use super::super::problem::{Problems, child};
use super::Graph;

pub(super) fn check(graph: &Graph<'_>, problems: &mut Problems) {
    let several: Vec<usize> =
        (0..graph.needs.len()).filter(|step| graph.step(*step).best_of.is_some()).collect();
    let mut choosers: BTreeSet<usize> = BTreeSet::new();
    for step in several {
        if !graph.is_whole(step) {
            continue;
        }
        if let Some(gate) = chooser(graph, step, problems)
            && !choosers.insert(gate)
        {
            let (gate, name) = (&graph.step(gate).name, &graph.step(step).name);
            let detail = format!(
                "{gate} would have to choose among the candidates of {name}, and of another step"
            );
            let fix = "give each its own gate.quality or gate.policy";
            problems.add(&place(graph, step), detail, fix);
        }
    }
}

fn place(graph: &Graph<'_>, step: usize) -> String {
    child(&graph.step(step).pointer, "best_of")
}

/// The gate that chooses, if there is one and it can.
fn chooser(graph: &Graph<'_>, step: usize, problems: &mut Problems) -> Option<usize> {
    let sketch = graph.step(step);
    let (name, at) = (&sketch.name, place(graph, step));
    if let OnError::Use(other) = &sketch.on_error {
        let detail = format!("{other} cannot stand in for the best of several");
        problems.add(&child(&sketch.pointer, "on_error"), detail, "use fail or skip");
        return None;
    }
    let looks = |gate: &usize| {
        let scores = graph.step(*gate).kind.is_some_and(Kind::scores);
        scores && graph.uses[*gate].iter().any(|used| takes(used, name))
    };
    let gates: Vec<usize> = (0..graph.needs.len()).filter(looks).collect();
    let gate = match gates.as_slice() {
        [gate] => *gate,
        [] => {
            if (0..graph.needs.len()).any(|step| graph.broken[step]) {
                return None;
            }
            let detail = format!(
                "nothing says which candidate of {name} is the best: no gate with a score looks at it"
            );
            let port = sketch.kind.and_then(|kind| kind.spec().outputs.first());
            let (param, port) = match port.map(|port| port.name) {
                Some(port @ ("audio" | "video")) => (port, port),
                Some("text") => ("prompt", "text"),
                _ => ("images", "image"),
            };
            let fix = format!(
                "add a gate.quality or gate.policy with {param}: \"{{{{ {name}.{port} }}}}\"; gate.moderation has no score"
            );
            problems.add(&at, detail, fix);
            return None;
        }
        many => {
            let names: Vec<&str> = many.iter().map(|g| graph.step(*g).name.as_str()).collect();
            let detail =
                format!("{} would both choose among the candidates of {name}", names.join(" and "));
            let fix = "let one of them look at what is made of the best one";
            problems.add(&at, detail, fix);
            return None;
        }
    };
    let judge = graph.step(gate);
    let chooses = format!("{} chooses among the candidates of {name}", judge.name);
    if judge.when.is_some() {
        let detail = format!("{chooses}, and is left out under a condition");
        problems.add(&child(&judge.pointer, "when"), detail, "take when out");
    }
    if judge.foreach != sketch.foreach {
        let detail = format!("{chooses}, and they are not done for the same items");
        problems.add(&child(&judge.pointer, "foreach"), detail, "give both the same foreach");
    }
    let later = |need: &&usize| **need != step && graph.upstream(**need).contains(&step);
    if let Some(late) = graph.needs[gate].iter().find(later) {
        let late = &graph.step(*late).name;
        let detail = format!("{chooses}, and waits for {late}, which is made of the best one");
        let fix = format!("let {} look at {name} alone, and another gate at {late}", judge.name);
        problems.add(&judge.pointer, detail, fix);
    }
    Some(gate)
}
