//! Work that nobody uses, and inputs that nobody reads.

use super::super::kinds::{Function, Kind};
use super::super::model::Foreach;
use super::super::problem::{Problems, child};
use super::super::read::{Sketch, is_name};
use super::super::reference::Reference;
use super::super::when;
use super::Graph;
use crate::chunk;

pub(super) fn check(graph: &Graph<'_>, problems: &mut Problems) {
    let told: Vec<when::Named> = graph
        .draft
        .steps
        .iter()
        .filter_map(|step| step.when.as_deref())
        .flat_map(when::named)
        .collect();
    let used = |name: &str| {
        // A condition uses what it looks at.
        if told.iter().any(|named| named.head == name) {
            return true;
        }
        graph.uses.iter().enumerate().any(|(user, uses)| {
            // What stands in for another is used, if not every time.
            if graph.step(user).on_error.stand_in() == Some(name) {
                return true;
            }
            // What a step takes from itself is a circle, not a use.
            graph.step(user).name != name
                && uses.iter().any(
                    |used| matches!(&used.reference, Reference::Port { step, .. } if step == name),
                )
        })
    };
    // A reference that could not be read may have been the one that uses it.
    if graph.broken.contains(&true) {
        return;
    }
    for (place, step) in graph.draft.steps.iter().enumerate() {
        let what = match graph.function(place) {
            Some(Function::Lane) => "is paid for nothing: nobody uses its",
            Some(Function::Step) => "works for nothing: nobody uses its",
            _ => continue,
        };
        // A video, a sound or words may be what the job is for.
        let whole = |kind| chunk::playable(kind) || kind == Kind::Write;
        if used(&step.name) || step.kind.is_some_and(whole) {
            continue;
        }
        let port = step.kind.map_or("image", |kind| kind.spec().outputs[0].name);
        let fix = format!(
            "gate or publish {{{{ {}.{port} }}}}, use it in another step, or take {} out",
            step.name, step.name
        );
        problems.add(&step.pointer, format!("{} {what} {port}", step.name), fix);
    }
    for name in graph.draft.inputs.keys().filter(|name| is_name(name, '_', 40)) {
        let read = graph
            .uses
            .iter()
            .flatten()
            .any(|used| matches!(&used.reference, Reference::Input(input) if input == name));
        let listed = |step: &Sketch| step.foreach.as_ref().and_then(Foreach::input) == Some(name);
        let seen = told.iter().any(|named| {
            named.head == "inputs" && named.fields.first().is_none_or(|field| field == name)
        });
        if !read && !seen && !graph.draft.steps.iter().any(listed) {
            let fix = format!("use it as \"{{{{ inputs.{name} }}}}\", or take it out");
            problems.add(&child("/inputs", name), format!("no step uses the input {name}"), fix);
        }
    }
}
