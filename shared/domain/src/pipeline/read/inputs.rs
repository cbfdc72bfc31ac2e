//! The declared inputs.

use serde_json::{Map, Value};

use super::super::literal;
use super::super::model::{Input, InputType};
use super::super::problem::{Problems, child};
use super::super::suggest::{nearest, one_of};
use super::fields::{better, is_name, known_fields, shown, text, whole};
use super::{Draft, INPUTS_MOST};

/// The fields of an input.
pub(in super::super) const FIELDS: &[&str] =
    &["type", "description", "default", "max_length", "min", "max"];
/// Most characters of a text that names no `max_length`.
pub(in super::super) const TEXT_MOST: u32 = 20_000;

pub(super) fn read(map: &Map<String, Value>, draft: &mut Draft, problems: &mut Problems) {
    if map.len() > INPUTS_MOST {
        let detail = format!("there are {} inputs", map.len());
        problems.add("/inputs", detail, format!("keep to {INPUTS_MOST}; json holds many values"));
    }
    for (name, value) in map {
        let pointer = child("/inputs", name);
        if !is_name(name, '_', 40) {
            problems.add(&pointer, format!("the input's name is {name:?}"), better(name));
        }
        draft.inputs.insert(name.clone(), input(name, value, &pointer, problems));
    }
}

fn input(name: &str, value: &Value, pointer: &str, problems: &mut Problems) -> Option<Input> {
    let Some(map) = value.as_object() else {
        // `prompt: text` is what people write first.
        let fix = match value.as_str().and_then(type_named) {
            Some(kind) => format!("write {name}: {{ type: {} }}", kind.as_str()),
            None => format!("write {name}: {{ type: text }}, or another type"),
        };
        problems.add(pointer, format!("input {name} is {}", shown(value)), fix);
        return None;
    };
    known_fields(map, pointer, "an input", FIELDS, problems);
    let kind = kind(name, map, pointer, problems)?;
    let mut input = Input {
        kind,
        description: text(map, pointer, "description", 2_000, problems).unwrap_or_default(),
        default: None,
        max_length: whole(map, pointer, "max_length", 1..=TEXT_MOST, problems),
        min: bound(map, pointer, "min", problems),
        max: bound(map, pointer, "max", problems),
    };
    belongs(map, "max_length", InputType::Text, kind, pointer, problems);
    belongs(map, "min", InputType::Number, kind, pointer, problems);
    belongs(map, "max", InputType::Number, kind, pointer, problems);
    if kind == InputType::Text && input.max_length.is_none() {
        input.max_length = Some(TEXT_MOST);
    }
    if let (Some(min), Some(max)) = (input.min, input.max)
        && min > max
    {
        let detail = format!("min {min} is greater than max {max}");
        problems.add(&child(pointer, "min"), detail, "swap them, or leave one out");
    }
    if let Some(default) = map.get("default") {
        default_fits(&input, name, default, pointer, problems);
        input.default = Some(default.clone());
    }
    Some(input)
}

fn kind(
    name: &str,
    map: &Map<String, Value>,
    pointer: &str,
    problems: &mut Problems,
) -> Option<InputType> {
    let words = InputType::NAMES.map(|(word, _)| word);
    let Some(value) = map.get("type") else {
        let detail = format!("input {name} has no type");
        problems.add(&child(pointer, "type"), detail, format!("add type: {}", one_of(&words)));
        return None;
    };
    let kind = value.as_str().and_then(type_named);
    if kind.is_none() {
        let meant = value.as_str().and_then(|word| match word {
            "string" | "str" => Some("text"),
            "int" | "integer" | "float" => Some("number"),
            "object" | "array" => Some("json"),
            word => nearest(word, words),
        });
        let fix = match meant {
            Some(word) => format!("did you mean {word}?"),
            None => format!("use {}", one_of(&words)),
        };
        problems.add(&child(pointer, "type"), format!("the type is {}", shown(value)), fix);
    }
    kind
}

fn type_named(word: &str) -> Option<InputType> {
    InputType::NAMES.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind)
}

fn bound(
    map: &Map<String, Value>,
    pointer: &str,
    field: &str,
    problems: &mut Problems,
) -> Option<f64> {
    let value = map.get(field)?;
    if !value.is_number() {
        let place = child(pointer, field);
        problems.add(&place, format!("{field} is {}", shown(value)), "use a number");
    }
    value.as_f64()
}

/// A bound of another type's inputs would silently hold nobody.
fn belongs(
    map: &Map<String, Value>,
    field: &str,
    owner: InputType,
    kind: InputType,
    pointer: &str,
    problems: &mut Problems,
) {
    if map.contains_key(field) && kind != owner {
        let detail = format!("{field} does not apply to an input of type {}", kind.as_str());
        let fix = format!("take it out, or make the type {}", owner.as_str());
        problems.add(&child(pointer, field), detail, fix);
    }
}

fn default_fits(
    input: &Input,
    name: &str,
    default: &Value,
    pointer: &str,
    problems: &mut Problems,
) {
    let place = child(pointer, "default");
    if matches!(input.kind, InputType::Image | InputType::Video | InputType::Audio) {
        let detail = format!("input {name} is of type {} and has a default", input.kind.as_str());
        problems.add(&place, detail, "take the default out: media belongs to a job");
    } else if let Some((detail, fix)) = literal::input_misfit(input, default) {
        problems.add(&place, format!("the default {detail}"), fix);
    }
}
