//! Whether a value that stands in the document, or that a job gives, is what is asked for.

use serde_json::Value;

use super::kinds::Param;
use super::model::{Input, InputType};
use super::problem::{Problems, child};
use super::read::shown;
use super::suggest::{did_you_mean, nearest, one_of};
use super::types::Type;

/// Most bytes of a JSON input.
const JSON_MOST: usize = 64 * 1024;

/// Reports everything wrong with a literal given for the parameter `name`.
pub(crate) fn check(ty: Type, name: &str, value: &Value, pointer: &str, problems: &mut Problems) {
    let fits = match ty {
        Type::Text { most } => return text(name, value, most, pointer, problems),
        Type::Integer { min, max } => whole(value).is_some_and(|n| (min..=max).contains(&n)),
        Type::Even { min, max } => {
            whole(value).is_some_and(|n| n % 2 == 0 && (min..=max).contains(&n))
        }
        Type::IntegerOf(values) => whole(value).is_some_and(|n| values.contains(&n)),
        Type::Number { min, max } => value.as_f64().is_some_and(|n| (min..=max).contains(&n)),
        Type::Boolean => value.is_boolean(),
        Type::Object => value.is_object(),
        Type::Choice(words) => return choice(name, value, words, pointer, problems),
        Type::Choices(_) | Type::Integers { .. } | Type::Texts { .. } => {
            return list(ty, name, value, pointer, problems);
        }
        Type::Color => value.as_str().is_some_and(is_color),
        Type::Aspect => value.as_str().is_some_and(is_aspect),
        Type::Lut => is_lut(value),
        Type::Record(fields) => return record(fields, name, value, pointer, problems),
        // Their rules are elsewhere: pictures and sounds are references, targets and layers have fields of their own.
        Type::Target | Type::Targets | Type::Records { .. } => true,
        ty => ty.needs_reference(),
    };
    if !fits {
        let detail = format!("{name} is {}", shown(value));
        problems.add(pointer, detail, format!("use {}", ty.describe()));
    }
}

fn text(name: &str, value: &Value, most: u32, pointer: &str, problems: &mut Problems) {
    match value.as_str() {
        Some(text) if text.trim().is_empty() => {
            problems.add(pointer, format!("{name} is an empty text"), "write something");
        }
        Some(text) => {
            let length = text.chars().count();
            if length > most as usize {
                let detail = format!("{name} has {length} characters");
                problems.add(pointer, detail, format!("shorten it to {most}"));
            }
        }
        None if value.is_number() || value.is_boolean() => {
            let detail = format!("{name} is {value}, which is no text");
            problems.add(pointer, detail, format!("put it in quotes: \"{value}\""));
        }
        None => {
            problems.add(pointer, format!("{name} is {}, not a text", shown(value)), "use a text");
        }
    }
}

fn choice(name: &str, value: &Value, words: &[&str], pointer: &str, problems: &mut Problems) {
    if value.as_str().is_some_and(|word| words.contains(&word)) {
        return;
    }
    let fix = match value.as_str().and_then(|word| meant(word, words)) {
        Some(word) => format!("did you mean {word}?"),
        None => format!("use {}", one_of(words)),
    };
    problems.add(pointer, format!("{name} is {}", shown(value)), fix);
}

fn meant<'a>(word: &str, words: &[&'a str]) -> Option<&'a str> {
    let word = if word.eq_ignore_ascii_case("jpg") { "jpeg" } else { word };
    nearest(word, words.iter().copied())
}

fn list(ty: Type, name: &str, value: &Value, pointer: &str, problems: &mut Problems) {
    let most = match ty {
        Type::Choices(words) => words.len(),
        Type::Integers { most, .. } | Type::Texts { most, .. } => most,
        _ => usize::MAX,
    };
    let Some(items) = value.as_array().filter(|items| !items.is_empty()) else {
        let detail = format!("{name} is {}", shown(value));
        return problems.add(pointer, detail, format!("use {}", ty.describe()));
    };
    if items.len() > most {
        let detail = format!("{name} has {} entries", items.len());
        problems.add(pointer, detail, format!("keep to {most}"));
    }
    let entry = format!("an entry of {name}");
    for (index, item) in items.iter().enumerate() {
        let place = child(pointer, &index.to_string());
        if items[..index].contains(item) {
            let detail = format!("{name} names {} twice", shown(item));
            problems.add(&place, detail, "name it once");
        }
        let ty = match ty {
            Type::Choices(words) => Type::Choice(words),
            Type::Integers { min, max, .. } => Type::Integer { min, max },
            _ => Type::Text { most: if let Type::Texts { each, .. } = ty { each } else { 0 } },
        };
        check(ty, &entry, item, &place, problems);
    }
}

fn record(
    fields: &'static [Param],
    name: &str,
    value: &Value,
    pointer: &str,
    problems: &mut Problems,
) {
    let Some(map) = value.as_object() else {
        let fix = format!("use {}", Type::Record(fields).describe());
        return problems.add(pointer, format!("{name} is {}", shown(value)), fix);
    };
    for (field, value) in map {
        let place = child(pointer, field);
        match fields.iter().find(|known| known.name == field) {
            Some(known) => check(known.ty, &format!("{name}.{field}"), value, &place, problems),
            None => {
                let fix = did_you_mean(field, fields.iter().map(|known| known.name));
                problems.add(&place, format!("{name} has no field {field}"), fix);
            }
        }
    }
    for field in fields.iter().filter(|field| field.required && !map.contains_key(field.name)) {
        let fix = format!("add {}: {}", field.name, field.ty.describe());
        problems.add(&child(pointer, field.name), format!("{name} has no {}", field.name), fix);
    }
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| {
        matches!(digits.len(), 3 | 6 | 8) && digits.chars().all(|c| c.is_ascii_hexdigit())
    })
}

fn is_aspect(text: &str) -> bool {
    let side = |side: &str| side.parse::<u32>().is_ok_and(|side| (1..=10_000).contains(&side));
    text.split_once(':').is_some_and(|(across, down)| side(across) && side(down))
}

/// The text is read when it is used; what is certainly no 3D table is told before.
fn is_lut(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("LUT_3D_SIZE"),
        Value::Object(map) => {
            let size = map.get("size").and_then(Value::as_u64).filter(|n| (2..=65).contains(n));
            let table = map.get("table").and_then(Value::as_array);
            size.zip(table).is_some_and(|(size, table)| {
                map.len() == 2
                    && table.len() as u64 == size.pow(3) * 3
                    && table.iter().all(Value::is_number)
            })
        }
        _ => false,
    }
}

/// A whole number, also where it is written `2.0`.
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let number = value.as_f64()?;
        (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
    })
}

/// What is wrong with a value for an input, and what would be right.
pub(super) fn input_misfit(input: &Input, value: &Value) -> Option<(String, String)> {
    let is = format!("is {}", shown(value));
    match input.kind {
        InputType::Text => {
            let Some(text) = value.as_str() else { return Some((is, "give a text".into())) };
            let (length, most) = (text.chars().count(), input.max_length.unwrap_or(u32::MAX));
            (length > most as usize)
                .then(|| (format!("has {length} characters"), format!("shorten it to {most}")))
        }
        InputType::Number => {
            let Some(number) = value.as_f64() else { return Some((is, "give a number".into())) };
            let (min, max) = (input.min, input.max);
            let fits = min.is_none_or(|min| min <= number) && max.is_none_or(|max| number <= max);
            let bounds = match (min, max) {
                (Some(min), Some(max)) => format!("give a number from {min} to {max}"),
                (Some(min), None) => format!("give at least {min}"),
                (None, max) => format!("give at most {}", max.unwrap_or(f64::MAX)),
            };
            (!fits).then_some((is, bounds))
        }
        InputType::Json => {
            let bytes = value.to_string().len();
            let fix = format!("keep it within {JSON_MOST} bytes");
            (bytes > JSON_MOST).then(|| (format!("has {bytes} bytes as JSON"), fix))
        }
        InputType::Image | InputType::Video | InputType::Audio => {
            let named = value.as_object().filter(|map| map.len() == 1).is_some_and(|map| {
                ["asset", "upload"].into_iter().any(|field| {
                    map.get(field).and_then(Value::as_str).is_some_and(|id| !id.is_empty())
                })
            });
            let fix = "give {\"upload\": ID} or {\"asset\": ID}";
            (!named).then(|| (is, fix.into()))
        }
    }
}
