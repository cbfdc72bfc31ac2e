//! Each template: well-formed, and all that it names there and something that can be written.

use super::super::graph;
use super::super::problem::Problems;
use super::super::read::{Draft, Sketch};
use super::super::reference::Reference;
use super::super::suggest::nearest;
use super::super::template::{self, Name, Slip};
use super::super::types::{PortType, Type};
use super::{params, references};

/// What the words of a template may come from.
const WRITABLE: [PortType; 3] = [PortType::Text, PortType::Number, PortType::Json];
/// Where a text is looked for that could stand instead.
const TEXT: Type = Type::Text { most: u32::MAX };

pub(super) fn check(
    step: &Sketch,
    text: &str,
    pointer: &str,
    draft: &Draft,
    problems: &mut Problems,
) {
    if let Some(inner) = params::word(text) {
        return params::no_reference(inner, pointer, draft, problems);
    }
    match template::names(text) {
        Err(slip) => report(text, slip, pointer, problems),
        Ok(names) => {
            for name in names {
                named(step, name, pointer, draft, problems);
            }
        }
    }
}

fn report(text: &str, slip: Slip, pointer: &str, problems: &mut Problems) {
    let place = match text.trim_end().contains('\n') {
        true => format!("in line {} of the template, ", slip.line),
        false => String::new(),
    };
    problems.add_edge(pointer, format!("{place}{}", slip.detail), slip.fix);
}

fn named(step: &Sketch, name: Name, pointer: &str, draft: &Draft, problems: &mut Problems) {
    let head = name.head.clone();
    if step.foreach.as_ref().is_some_and(|foreach| foreach.name == head) {
        return;
    }
    let port = match graph::named(name, step.fan()) {
        // It may be what the item is called, had that been readable.
        None if step.broken => return,
        None => return bare(&head, pointer, draft, problems),
        Some(Reference::Label(_)) => return,
        Some(Reference::Input(input)) => match draft.inputs.get(&input) {
            Some(known) => (format!("inputs.{input}"), known.as_ref().map(|it| it.kind.into())),
            None => return references::unknown_input(&input, pointer, draft, problems),
        },
        Some(Reference::Port { step: of, port }) => match draft.step(&of).map(|from| from.kind) {
            None => return references::unknown_step(&of, TEXT, (step, draft), pointer, problems),
            Some(None) => return,
            Some(Some(kind)) => match kind.output(&port) {
                Some(_) if many(step, &of, draft) => {
                    let detail =
                        format!("{of} gives a text for each item, and the template takes one");
                    let fix = format!("give {} the same foreach", step.name);
                    return problems.add_edge(pointer, detail, fix);
                }
                Some(ty) => (format!("{of}.{port}"), Some(ty)),
                None => return references::unknown_port(&of, kind, &port, pointer, problems),
            },
        },
    };
    // An input of no known type was reported where it is declared; a verdict is not for readers.
    let (name, Some(ty)) = port else { return };
    let verdict = ty == PortType::Json && head != "inputs";
    if !WRITABLE.contains(&ty) || verdict {
        let detail = format!("the template writes {name}, which is {}", ty.as_str());
        problems.add_edge(pointer, detail, "name a text, a number or a part of a json input");
    }
}

/// Whether a step gives more than one text to this one.
fn many(step: &Sketch, of: &str, draft: &Draft) -> bool {
    let foreach = draft.step(of).and_then(|from| from.foreach.as_ref());
    foreach.is_some() && foreach != step.foreach.as_ref()
}

/// A first word without a second one.
fn bare(head: &str, pointer: &str, draft: &Draft, problems: &mut Problems) {
    let steps = || draft.steps.iter().map(|step| step.name.as_str());
    let fix = if head == "inputs" {
        "name the input: inputs.NAME".into()
    } else if draft.inputs.contains_key(head) {
        format!("did you mean inputs.{head}?")
    } else if let Some(known) = nearest(head, steps()) {
        let port = draft.step(known).and_then(|step| step.kind);
        let port = port.map_or("text", |kind| kind.spec().outputs[0].name);
        format!("did you mean {known}.{port}?")
    } else {
        "use inputs.NAME, labels.NAME or the text of a step, STEP.text".into()
    };
    problems.add_edge(pointer, format!("the template names {head}, which is nothing"), fix);
}
