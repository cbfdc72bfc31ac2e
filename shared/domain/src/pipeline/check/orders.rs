//! Orders for print: what is ordered was made for paper, and it is said where the prints go.

use serde_json::Value;

use super::super::kinds::Kind;
use super::super::problem::{Problems, child};
use super::super::read::Sketch;
use super::super::reference::Reference;
use super::{Graph, target, use_pointer};

/// What a publish says of an order beside its target.
const SAID: [&str; 2] = ["copies", "ship_to"];

pub(super) fn check(graph: &Graph<'_>, problems: &mut Problems) {
    for place in 0..graph.needs.len() {
        let step = graph.step(place);
        if step.kind != Some(Kind::Publish) {
            continue;
        }
        let target = step.with.get("target").and_then(|target| target.get("kind")?.as_str());
        match target {
            Some("print-partner") => order(graph, place, problems),
            Some(kind) if target::is_target(kind) => idle(step, kind, problems),
            _ => {}
        }
    }
}

fn order(graph: &Graph<'_>, place: usize, problems: &mut Problems) {
    let step = graph.step(place);
    if !step.with.contains_key("ship_to") {
        let pointer = child(&child(&step.pointer, "with"), "ship_to");
        let detail = format!("{} does not say where the prints go", step.name);
        let fix =
            "add ship_to: \"{{ inputs.NAME }}\", an input of type json, or the address itself";
        problems.add(&pointer, detail, fix);
    }
    for used in graph.uses_of(place, "assets") {
        let other = match &used.reference {
            Reference::Input(_) => true,
            // Not a picture, which is reported where it stands.
            Reference::Label(_) => false,
            // A step of unknown kind is reported where it stands.
            Reference::Port { .. } => graph
                .source(used)
                .and_then(|source| graph.step(source).kind)
                .is_some_and(|kind| kind != Kind::Print),
        };
        if other {
            let detail = format!("{} was not made for paper", used.reference);
            let fix = "order what an image.print step gives: a printer needs its size and bleed";
            problems.add(&use_pointer(step, used), detail, fix);
        }
    }
}

fn idle(step: &Sketch, kind: &str, problems: &mut Problems) {
    let said = |name: &&str| step.with.get(*name).is_some_and(|value| *value != Value::Null);
    for name in SAID.into_iter().filter(said) {
        let pointer = child(&child(&step.pointer, "with"), name);
        let detail = format!("{name} means nothing for a target of kind {kind}");
        problems.add(&pointer, detail, "take it out");
    }
}
