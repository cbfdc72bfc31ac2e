//! Steps that are done for each item of a list: the list is there, and who goes back or stands in is one step.

use super::super::items;
use super::super::kinds::Param;
use super::super::literal;
use super::super::model::{Foreach, InputType};
use super::super::problem::{Problems, child};
use super::super::read::{Draft, Sketch};
use super::super::types::Type;
use super::references;

pub(super) fn check(step: &Sketch, draft: &Draft, problems: &mut Problems) {
    if let Some(foreach) = &step.foreach {
        let place = child(&child(&step.pointer, "foreach"), &foreach.name);
        list(foreach, &place, draft, problems);
        if draft.step(&foreach.name).is_some() {
            let detail = format!("foreach calls its item {}, as a step is called", foreach.name);
            problems.add_edge(&place, detail, "call one of the two something else");
        }
    }
    let back = step.on_fail.as_ref().and_then(|on_fail| on_fail.retry.as_deref());
    one(step, back, "on_fail/retry", "goes back to", draft, problems);
    one(step, step.on_error.stand_in(), "on_error/use", "is replaced by", draft, problems);
}

fn list(foreach: &Foreach, place: &str, draft: &Draft, problems: &mut Problems) {
    let Some(name) = foreach.input() else { return };
    let Some(input) = draft.inputs.get(name) else {
        return references::unknown_input(name, place, draft, problems);
    };
    let Some(input) = input else { return };
    if input.kind != InputType::Json {
        let detail = format!(
            "the list of foreach is {{{{ inputs.{name} }}}}, which is {}",
            input.kind.as_str()
        );
        return problems.add_edge(place, detail, format!("make {name} an input of type json"));
    }
    if let Some(Err(wrong)) = input.default.as_ref().map(items::items) {
        let place = wrong.below(&child(&child("/inputs", name), "default"));
        problems.add(&place, format!("{name}, the list of a foreach, {}", wrong.detail), wrong.fix);
    }
}

/// Who goes back or stands in must be one step, not one for each item.
fn one(
    step: &Sketch,
    name: Option<&str>,
    field: &str,
    what: &str,
    draft: &Draft,
    problems: &mut Problems,
) {
    let Some(other) = name.and_then(|name| draft.step(name)) else { return };
    if let Some(foreach) = other.foreach.as_ref().filter(|_| other.foreach != step.foreach) {
        let (name, other, item) = (&step.name, &other.name, &foreach.name);
        let detail = format!("{name} {what} {other}, which is done for each {item}");
        let place = format!("{}/{field}", step.pointer);
        problems.add_edge(&place, detail, format!("give {name} the same foreach"));
    }
}

/// An item, or a field of it, as a whole parameter.
pub(super) fn item_fits(
    foreach: &Foreach,
    field: Option<&str>,
    param: &Param,
    pointer: &str,
    problems: &mut Problems,
) {
    let written = match field {
        Some(field) => format!("{}.{field}", foreach.name),
        None => foreach.name.clone(),
    };
    if param.ty.needs_reference()
        || matches!(param.ty, Type::Target | Type::Targets | Type::Records { .. })
    {
        let detail = format!("{} is taken from {{{{ {written} }}}}", param.name);
        let fix = match param.ty {
            Type::Target | Type::Targets => {
                "write the target out: where assets go is part of what is reviewed"
            }
            _ => "pictures come from steps and inputs of type image",
        };
        return problems.add_edge(pointer, detail, fix);
    }
    // Those of an input are looked at when a job gives them.
    for item in items::items(&foreach.list).into_iter().flatten() {
        let value = field.map_or(Some(item.value), |field| item.value.get(field));
        let role = format!("{written} of {}", item.name);
        match value {
            Some(value) => literal::check(param.ty, &role, value, pointer, problems),
            None => {
                let detail = format!("the item {} has no field {}", item.name, field.unwrap_or(""));
                problems.add(pointer, detail, "give it to every item of the list");
            }
        }
    }
}
