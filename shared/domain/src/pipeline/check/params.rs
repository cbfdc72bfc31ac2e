//! Each parameter: known, given, of the right type, a reference where it must be one.

use serde_json::Value;

use super::super::kinds::{Kind, POST, Param, WINDOW};
use super::super::literal;
use super::super::problem::{Problems, child};
use super::super::read::{Draft, STEPS_MOST, Sketch, shown};
use super::super::reference::{self, Reference, inside};
use super::super::suggest::{did_you_mean, nearest};
use super::super::template::is_template;
use super::super::types::Type;
use super::{foreach, layers, references, target, templates};

pub(super) fn check(step: &Sketch, draft: &Draft, problems: &mut Problems) {
    let place = child(&step.pointer, "with");
    for (name, value) in &step.with {
        let pointer = param_place(&place, name);
        let Some(kind) = step.kind else {
            // Of an unknown kind only the references can be judged.
            braced(value, &pointer, draft, problems);
            continue;
        };
        let Some(param) = kind.param(name) else {
            let words: Vec<&str> = kind.spec().params.iter().map(|param| param.name).collect();
            let detail = format!("{} has no parameter {name}", kind.as_str());
            problems.add_edge(&pointer, detail, did_you_mean(name, words.iter().copied()));
            continue;
        };
        value_fits(step, param, value, &pointer, draft, problems);
    }
    let params = step.kind.map_or(&[][..], |kind| kind.spec().params);
    // One who wrote `fatcor` is told of `fatcor`, not of `factor` too.
    let misspelt: Vec<&str> = step
        .with
        .keys()
        .filter(|name| params.iter().all(|param| param.name != name.as_str()))
        .filter_map(|name| nearest(name, params.iter().map(|param| param.name)))
        .collect();
    let given = |name: &str| step.with.contains_key(name) || misspelt.contains(&name);
    let spared = |name: &str| match name {
        "assets" => posts(step),
        "target" => given("targets"),
        _ => false,
    };
    let needed = params.iter().filter(|param| param.required && !given(param.name));
    for param in needed.filter(|param| !spared(param.name)) {
        missing(step, param, &place, draft, problems);
    }
}

/// Where a parameter stands: a field of a post stands below `post`, one of a window below `window`.
pub(super) fn param_place(place: &str, name: &str) -> String {
    match (name.strip_prefix(POST), name.strip_prefix(WINDOW)) {
        (Some(field), _) => child(&child(place, "post"), field),
        (_, Some(field)) => child(&child(place, "window"), field),
        _ => child(place, name),
    }
}

/// Whether a step publishes a post.
pub(super) fn posts(step: &Sketch) -> bool {
    step.with.keys().any(|name| name.starts_with(POST))
}

fn missing(step: &Sketch, param: &Param, place: &str, draft: &Draft, problems: &mut Problems) {
    let kind = step.kind.map_or("", Kind::as_str);
    let fix = if param.ty.needs_reference() {
        format!("add {}: \"{}\"", param.name, references::example(param.ty, step, draft))
    } else if param.ty == Type::Target {
        "add target: { kind: s3 } or { kind: webhook, url: https://… }".into()
    } else {
        format!("add {}: {}", param.name, param.ty.describe())
    };
    problems.add_edge(&child(place, param.name), format!("{kind} needs {}", param.name), fix);
}

pub(super) fn value_fits(
    step: &Sketch,
    param: &Param,
    value: &Value,
    pointer: &str,
    draft: &Draft,
    problems: &mut Problems,
) {
    if let (Some(foreach), Some(text)) = (&step.foreach, value.as_str())
        && let Some(field) = reference::item(text, &foreach.name)
    {
        return foreach::item_fits(foreach, field, param, pointer, problems);
    }
    if let Some(reference) = Reference::of(value) {
        return references::check(step, param, &reference, pointer, draft, problems);
    }
    if let (true, Value::Array(items)) = (param.ty.takes_many(), value) {
        if items.is_empty() {
            let detail = format!("{} is an empty list", param.name);
            let fix = format!("add \"{}\"", references::example(param.ty, step, draft));
            problems.add_edge(pointer, detail, fix);
        }
        if items.len() > STEPS_MOST {
            let detail = format!("{} has {} entries", param.name, items.len());
            return problems.add_edge(pointer, detail, format!("keep to {STEPS_MOST}"));
        }
        for (index, item) in items.iter().enumerate() {
            let place = child(pointer, &index.to_string());
            match Reference::of(item) {
                Some(reference) => {
                    references::check(step, param, &reference, &place, draft, problems);
                }
                None => not_a_reference(step, param, item, &place, draft, problems),
            }
        }
        return;
    }
    if let Type::Records { fields, most } = param.ty {
        return layers::check(step, (param.name, fields, most), value, pointer, draft, problems);
    }
    if param.ty.needs_reference() {
        return not_a_reference(step, param, value, pointer, draft, problems);
    }
    if let (Type::Texts { each, .. }, Value::Array(items)) = (param.ty, value) {
        // Those without values are looked at with the list.
        let most = Type::Text { most: each };
        for (index, item) in items.iter().enumerate() {
            let place = child(pointer, &index.to_string());
            let one = Param { ty: most, ..*param };
            if item.as_str().is_some_and(is_template) {
                value_fits(step, &one, item, &place, draft, problems);
            }
        }
    } else if let (Type::Text { .. }, Value::String(text)) = (param.ty, value)
        && is_template(text)
    {
        return templates::check(step, text, pointer, draft, problems);
    } else if braced(value, pointer, draft, problems) {
        return;
    }
    match param.ty {
        Type::Target => target::check(value, posts(step), pointer, problems),
        Type::Targets => target::list(value, posts(step), pointer, problems),
        ty => literal::check(ty, param.name, value, pointer, problems),
    }
}

fn not_a_reference(
    step: &Sketch,
    param: &Param,
    value: &Value,
    pointer: &str,
    draft: &Draft,
    problems: &mut Problems,
) {
    if braced(value, pointer, draft, problems) {
        return;
    }
    let detail = format!("{} is {}, but only a reference can go here", param.name, shown(value));
    let fix = format!("write \"{}\"", references::example(param.ty, step, draft));
    problems.add_edge(pointer, detail, fix);
}

/// Reports references and templates that cannot stand here; says whether there were any.
fn braced(value: &Value, pointer: &str, draft: &Draft, problems: &mut Problems) -> bool {
    match value {
        Value::String(text) if is_template(text) => {
            braces(text, pointer, draft, problems);
            true
        }
        Value::Array(items) => items.iter().enumerate().fold(false, |found, (index, item)| {
            braced(item, &child(pointer, &index.to_string()), draft, problems) || found
        }),
        Value::Object(fields) => fields.iter().fold(false, |found, (name, value)| {
            braced(value, &child(pointer, name), draft, problems) || found
        }),
        _ => false,
    }
}

fn braces(text: &str, pointer: &str, draft: &Draft, problems: &mut Problems) {
    if let Some(reference) = Reference::parse(text) {
        let depth = pointer.split('/').count();
        // Below `/steps/NAME/with/PARAM` only lists of pictures and texts take references.
        if depth > 5 {
            let detail = format!("{reference} stands inside a list or mapping");
            let fix = "write the value out: only whole parameters and lists of images or texts take references";
            problems.add_edge(pointer, detail, fix);
        }
    } else if let Some(slip) = word(text) {
        no_reference(slip, pointer, draft, problems);
    } else {
        let detail =
            format!("a template gives text, and none is taken here: {}", shown(&text.into()));
        let fix = "use the whole value, \"{{ STEP.PORT }}\" or \"{{ inputs.NAME }}\", and nothing around it";
        problems.add_edge(pointer, detail, fix);
    }
}

/// The words of a whole string that looks like a reference and is none.
pub(super) fn word(text: &str) -> Option<&str> {
    let words = |inner: &&str| inner.chars().all(|c| c.is_alphanumeric() || "._- ".contains(c));
    inside(text).filter(words).filter(|_| Reference::parse(text).is_none())
}

pub(super) fn no_reference(inner: &str, pointer: &str, draft: &Draft, problems: &mut Problems) {
    let detail = format!("{{{{ {inner} }}}} is not a reference");
    problems.add_edge(pointer, detail, meant(inner, draft));
}

/// The usual slips: no port, no `inputs.`, a `steps.` in front, one level too many.
fn meant(inner: &str, draft: &Draft) -> String {
    let words: Vec<&str> = inner.split('.').map(str::trim).collect();
    match words.as_slice() {
        [word] if draft.inputs.contains_key(*word) => format!("write {{{{ inputs.{word} }}}}"),
        [word] => match draft.step(word).and_then(|step| step.kind) {
            Some(kind) => format!("write {{{{ {word}.{} }}}}", kind.spec().outputs[0].name),
            None => "write {{ inputs.NAME }} or {{ STEP.PORT }}".into(),
        },
        ["steps", rest @ ..] if rest.len() == 2 => format!("write {{{{ {} }}}}", rest.join(".")),
        [step, port, ..] if words.len() > 2 => {
            format!("write {{{{ {step}.{port} }}}}: there is nothing to reach below a port")
        }
        _ => "use small letters, digits and _ : {{ inputs.NAME }} or {{ STEP.PORT }}".into(),
    }
}
