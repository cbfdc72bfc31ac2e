//! Each reference: to something that exists, of a type that fits.

use super::super::kinds::{Kind, Param};
use super::super::problem::{Problems, child};
use super::super::read::{Draft, Sketch, is_name};
use super::super::reference::Reference;
use super::super::suggest::{did_you_mean, nearest};
use super::super::types::{PortType, Type};

pub(super) fn check(
    step: &Sketch,
    param: &Param,
    reference: &Reference,
    pointer: &str,
    draft: &Draft,
    problems: &mut Problems,
) {
    let port = match reference {
        Reference::Input(name) => match draft.inputs.get(name) {
            Some(input) => input.as_ref().map(|input| PortType::from(input.kind)),
            None => return unknown_input(name, pointer, draft, problems),
        },
        Reference::Label(_) => Some(PortType::Text),
        Reference::Port { step: name, port } => match draft.step(name) {
            Some(from) => match from.kind {
                Some(kind) => match kind.output(port) {
                    Some(ty) => match taken(step, from, ty) {
                        // Many where one is taken, or what nobody takes many of.
                        None => return not_of_all(step, from, reference, pointer, problems),
                        Some(many) if many != ty && !param.ty.accepts(many) => {
                            return not_of_all(step, from, reference, pointer, problems);
                        }
                        known => known,
                    },
                    None => return unknown_port(name, kind, port, pointer, problems),
                },
                None => None,
            },
            None => return unknown_step(name, param.ty, (step, draft), pointer, problems),
        },
    };
    // What is of no known type was reported where it is declared.
    let Some(port) = port.filter(|port| !param.ty.accepts(*port)) else { return };
    if matches!(param.ty, Type::Target | Type::Targets) {
        let fix = "write the target out: where assets go is part of what is reviewed";
        return problems.add(pointer, format!("the target is taken from {reference}"), fix);
    }
    if matches!(param.ty, Type::Records { .. }) {
        let fix = "write the list out: the fields of its entries take references";
        let detail = format!("{} is taken whole from {reference}", param.name);
        return problems.add_edge(pointer, detail, fix);
    }
    let detail = format!(
        "{} takes {}, but {reference} is {}",
        param.name,
        param.ty.describe(),
        port.as_str()
    );
    problems.add_edge(pointer, detail, fitting(param.ty, step, draft));
}

/// What a step takes from another one: all that it gives, where that one is done for each item of a list.
fn taken(step: &Sketch, from: &Sketch, ty: PortType) -> Option<PortType> {
    match from.foreach.is_none() || from.foreach == step.foreach {
        true => Some(ty),
        false => ty.of_all_items(),
    }
}

fn not_of_all(
    step: &Sketch,
    from: &Sketch,
    reference: &Reference,
    pointer: &str,
    problems: &mut Problems,
) {
    let item = from.foreach.as_ref().map_or("item", |foreach| foreach.name.as_str());
    let detail = format!("{reference} is given once for each {item}, and {} takes one", step.name);
    problems.add_edge(pointer, detail, format!("give {} the same foreach", step.name));
}

/// What could stand here instead.
fn fitting(ty: Type, step: &Sketch, draft: &Draft) -> String {
    match candidate(ty, step, draft) {
        Some(reference) => format!("use {reference}, for one"),
        None => format!("write it out, or declare an input of type {} for it", ty.input()),
    }
}

/// A reference that would fit, for a hint.
pub(super) fn example(ty: Type, step: &Sketch, draft: &Draft) -> String {
    candidate(ty, step, draft).map_or("{{ STEP.image }}".into(), |found| found.to_string())
}

/// The nearest step above that gives what is wanted, else an input.
fn candidate(ty: Type, step: &Sketch, draft: &Draft) -> Option<Reference> {
    let above = draft.steps.iter().take_while(|other| other.name != step.name);
    let fits = |other: &Sketch, given| taken(step, other, given).is_some_and(|all| ty.accepts(all));
    let of_step = above.filter_map(|other| {
        if other.name == "inputs" || !is_name(&other.name, '_', 40) {
            return None;
        }
        let outputs = other.kind?.spec().outputs;
        let port = outputs.iter().find(|output| fits(other, output.ty))?.name;
        Some(Reference::Port { step: other.name.clone(), port: port.into() })
    });
    of_step.last().or_else(|| {
        let fits = |kind| ty.accepts(PortType::from(kind));
        let mut inputs = draft.inputs.iter();
        inputs
            .find(|(_, input)| input.as_ref().is_some_and(|input| fits(input.kind)))
            .map(|(name, _)| Reference::Input(name.clone()))
    })
}

pub(super) fn unknown_input(name: &str, pointer: &str, draft: &Draft, problems: &mut Problems) {
    let fix = match nearest(name, draft.inputs.keys().map(String::as_str)) {
        Some(known) => format!("did you mean {{{{ inputs.{known} }}}}?"),
        None => format!("declare {name} under inputs, with its type"),
    };
    problems.add_edge(pointer, format!("there is no input {name}"), fix);
}

pub(super) fn unknown_step(
    name: &str,
    ty: Type,
    (step, draft): (&Sketch, &Draft),
    pointer: &str,
    problems: &mut Problems,
) {
    let names = draft.steps.iter().map(|step| step.name.as_str());
    let fix = if draft.inputs.contains_key(name) {
        format!("did you mean the input, {{{{ inputs.{name} }}}}?")
    } else if name == "input" {
        "did you mean inputs?".into()
    } else if let Some(known) = nearest(name, names) {
        format!("did you mean {known}?")
    } else {
        fitting(ty, step, draft)
    };
    problems.add_edge(pointer, format!("there is no step {name}"), fix);
}

pub(super) fn unknown_port(
    name: &str,
    kind: Kind,
    port: &str,
    pointer: &str,
    problems: &mut Problems,
) {
    let ports: Vec<&str> = kind.spec().outputs.iter().map(|output| output.name).collect();
    let detail = format!("{name} ({}) has no port {port}", kind.as_str());
    problems.add_edge(pointer, detail, did_you_mean(port, ports.iter().copied()));
}

/// The names under `after`.
pub(super) fn check_after(step: &Sketch, draft: &Draft, problems: &mut Problems) {
    for (index, name) in step.after.iter().enumerate() {
        if draft.step(name).is_none() {
            let pointer = child(&child(&step.pointer, "after"), &index.to_string());
            let names: Vec<&str> = draft
                .steps
                .iter()
                .map(|other| other.name.as_str())
                .filter(|other| *other != step.name)
                .collect();
            let fix = did_you_mean(name, names.iter().copied());
            problems.add_edge(&pointer, format!("after names {name}, which is no step"), fix);
        }
    }
}
