//! Who may stand in for a step that failed: one that gives the same.

use super::super::kinds::{Function, Kind};
use super::super::problem::{Problems, child};
use super::super::read::{Draft, Sketch};
use super::super::suggest::did_you_mean;

pub(super) fn check(step: &Sketch, draft: &Draft, problems: &mut Problems) {
    let Some(name) = step.on_error.stand_in() else { return };
    let place = child(&child(&step.pointer, "on_error"), "use");
    let same = |kind: Kind| step.kind.is_some_and(|own| lacks(own, kind).is_none());
    let fits: Vec<&str> = draft
        .steps
        .iter()
        .filter(|other| other.name != step.name && other.kind.is_some_and(same))
        .map(|other| other.name.as_str())
        .collect();
    let fix = match fits.as_slice() {
        [] => "write skip, or add a step that gives the same".into(),
        _ => did_you_mean(name, fits.iter().copied()),
    };
    if let Some(what) = step.kind.and_then(alone) {
        return problems.add_edge(&place, format!("{} {what}", step.name), "write skip, or fail");
    }
    // The circle of one is told with the others.
    if name == step.name {
        return;
    }
    let Some(other) = draft.step(name) else {
        return problems.add_edge(&place, format!("on_error uses {name}, which is no step"), fix);
    };
    if let (Some(own), Some(kind)) = (step.kind, other.kind)
        && let Some(port) = lacks(own, kind)
    {
        let detail = format!(
            "{name} ({}) cannot stand in for {}: it gives no {port}",
            kind.as_str(),
            step.name
        );
        problems.add_edge(&place, detail, fix);
    }
}

/// Why nothing can stand in for a step of this kind.
fn alone(kind: Kind) -> Option<&'static str> {
    match kind.function() {
        Function::Gate => Some("is a gate: no other verdict can stand in for its own"),
        Function::Publish => Some("gives nothing that another step could give instead"),
        Function::Lane | Function::Step => None,
    }
}

/// What one kind gives and another does not.
fn lacks(own: Kind, other: Kind) -> Option<&'static str> {
    let outputs = own.spec().outputs.iter();
    let mut lacking = outputs.filter(|output| other.output(output.name) != Some(output.ty));
    lacking.next().map(|output| output.name)
}
