//! Reading one field, and saying so in one way when it cannot be read.

use serde_json::{Map, Value};

use super::super::problem::{Problems, child};
use super::super::suggest::did_you_mean;

/// Most dollars of any budget.
pub(in super::super) const USD_MOST: f64 = 10_000.0;

/// A value in a sentence: itself if short, else what it is.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "empty".into(),
        Value::Array(items) if items.is_empty() => "an empty list".into(),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "a mapping".into(),
        Value::String(text) if text.chars().count() > 60 => {
            format!("a text of {} characters", text.chars().count())
        }
        other => other.to_string(),
    }
}

/// Reports fields that do not exist, with the one that was perhaps meant.
pub(crate) fn known_fields(
    map: &Map<String, Value>,
    pointer: &str,
    owner: &str,
    known: &[&str],
    problems: &mut Problems,
) {
    for field in map.keys().filter(|field| !known.contains(&field.as_str())) {
        let fix = did_you_mean(field, known.iter().copied());
        problems.add(&child(pointer, field), format!("{owner} has no field {field}"), fix);
    }
}

/// The value as a mapping.
pub(crate) fn object<'a>(
    value: &'a Value,
    pointer: &str,
    field: &str,
    example: &str,
    problems: &mut Problems,
) -> Option<&'a Map<String, Value>> {
    let map = value.as_object();
    if map.is_none() {
        let fix = format!("make it a mapping, such as {example}");
        problems.add(pointer, format!("{field} is {}", shown(value)), fix);
    }
    map
}

/// An optional text of at most `most` characters.
pub(crate) fn text(
    map: &Map<String, Value>,
    pointer: &str,
    field: &str,
    most: usize,
    problems: &mut Problems,
) -> Option<String> {
    let value = map.get(field)?;
    match value.as_str() {
        Some(text) if text.chars().count() <= most => Some(text.into()),
        _ => {
            let fix = format!("use a text of at most {most} characters");
            problems.add(&child(pointer, field), format!("{field} is {}", shown(value)), fix);
            None
        }
    }
}

/// An optional whole number within bounds.
pub(crate) fn whole(
    map: &Map<String, Value>,
    pointer: &str,
    field: &str,
    bounds: std::ops::RangeInclusive<u32>,
    problems: &mut Problems,
) -> Option<u32> {
    let value = map.get(field)?;
    let number = value.as_u64().and_then(|n| u32::try_from(n).ok()).filter(|n| bounds.contains(n));
    if number.is_none() {
        let fix = format!("use a whole number from {} to {}", bounds.start(), bounds.end());
        problems.add(&child(pointer, field), format!("{field} is {}", shown(value)), fix);
    }
    number
}

/// Dollars as whole millionths.
pub(super) fn usd(
    value: &Value,
    pointer: &str,
    field: &str,
    problems: &mut Problems,
) -> Option<i64> {
    let Some(number) = value.as_f64().filter(|usd| (0.0..=USD_MOST).contains(usd)) else {
        let fix = format!("use a number of dollars from 0 to {USD_MOST}, such as 0.50");
        problems.add(pointer, format!("{field} is {}", shown(value)), fix);
        return None;
    };
    let micros = (number * 1e6).round();
    if (number * 1e6 - micros).abs() > 1e-3 {
        let fix = "use at most 6 decimals: a millionth of a dollar is the smallest amount";
        problems.add(pointer, format!("{field} is {number}"), fix);
        return None;
    }
    Some(micros as i64)
}

/// Millionths as dollars, in a sentence.
pub(in super::super) fn micros(micros: i64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    let text = text.trim_end_matches('0');
    text.strip_suffix('.').unwrap_or(text).into()
}

/// What a step or input with an ill-formed name could be called.
pub(crate) fn better(name: &str) -> String {
    let rule = "a lower-case letter, then at most 39 of a-z, 0-9 and _";
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let near: String = name.chars().map(word).collect();
    if name.is_ascii() && is_name(&near, '_', 40) {
        format!("call it {near}: {rule}")
    } else {
        format!("use {rule}")
    }
}

/// A lower-case letter, then letters, digits and one kind of joiner.
pub(crate) fn is_name(name: &str, joiner: char, most: usize) -> bool {
    name.len() <= most
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joiner)
}
