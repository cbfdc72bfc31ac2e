//! Which models may do a step, and how one of them is chosen.

use serde_json::{Map, Value};

use super::super::asking::{Cache, Choose, Class, OnUnknown};
use super::super::kinds::{Function, Kind};
use super::super::problem::{Problems, child};
use super::super::suggest::did_you_mean;
use super::fields::{known_fields, object, shown};
use crate::reuse::{NEAR_BITS, NEAR_MOST};
use crate::vendor::Effort;

/// The fields of a step that say so.
pub(in super::super) const FIELDS: [&str; 6] =
    ["models", "choose", "class", "effort", "on_unknown", "cache"];
/// The fields of a class.
pub(in super::super) const CLASS_FIELDS: &[&str] =
    &["min_megapixels", "transparent", "format", "seeded"];
/// Most models of a step.
pub(in super::super) const MODELS_MOST: usize = 20;
/// Most characters of a model's name.
pub(in super::super) const MODEL_MOST: usize = 100;
/// Most megapixels that a class can ask for.
pub(in super::super) const MEGAPIXELS_MOST: f64 = 100.0;
/// Most characters of a reason.
pub(in super::super) const BECAUSE_MOST: usize = 500;
/// The formats that a class can ask for.
pub(in super::super) const FORMATS: &[&str] =
    &["png", "jpeg", "webp", "avif", "mp4", "webm", "mpeg", "wav", "flac", "ogg", "json", "plain"];

/// What could be read of it.
#[derive(Debug, Default)]
pub(in super::super) struct Asking {
    pub(in super::super) models: Vec<String>,
    pub(in super::super) choose: Option<Choose>,
    pub(in super::super) class: Option<Class>,
    pub(in super::super) effort: Effort,
    pub(in super::super) on_unknown: OnUnknown,
    pub(in super::super) cache: Option<Cache>,
}

pub(super) fn read(
    map: &Map<String, Value>,
    kind: Option<Kind>,
    pointer: &str,
    problems: &mut Problems,
) -> Asking {
    if let Some(kind) = kind.filter(|kind| kind.function() != Function::Lane) {
        for field in FIELDS.into_iter().filter(|field| map.contains_key(*field)) {
            let detail = format!("{} asks no model, so {field} means nothing here", kind.as_str());
            problems.add(&child(pointer, field), detail, format!("take {field} out"));
        }
        return Asking::default();
    }
    Asking {
        models: models(map, pointer, problems),
        choose: word(map, pointer, "choose", &Choose::NAMES, problems),
        class: class(map, pointer, problems),
        effort: word(map, pointer, "effort", &Effort::NAMES, problems).unwrap_or_default(),
        on_unknown: on_unknown(map, pointer, problems),
        cache: cache(map, pointer, problems),
    }
}

/// One of a few words.
pub(super) fn word<T: Copy>(
    map: &Map<String, Value>,
    pointer: &str,
    field: &str,
    known: &[(&'static str, T)],
    problems: &mut Problems,
) -> Option<T> {
    let value = map.get(field)?;
    let written = value.as_str().unwrap_or_default();
    let found = known.iter().find(|(name, _)| *name == written).map(|(_, meant)| *meant);
    if found.is_none() {
        let fix = did_you_mean(written, known.iter().map(|(name, _)| *name));
        problems.add(&child(pointer, field), format!("{field} is {}", shown(value)), fix);
    }
    found
}

/// A word, or how near is near enough.
fn cache(map: &Map<String, Value>, pointer: &str, problems: &mut Problems) -> Option<Cache> {
    let value = map.get("cache")?;
    let place = child(pointer, "cache");
    let near = format!("{{ near: {NEAR_BITS} }}");
    match value {
        Value::String(_) => word(map, pointer, "cache", &Cache::NAMES, problems),
        Value::Object(fields) => {
            known_fields(fields, &place, "cache", &["near"], problems);
            let Some(bits) = fields.get("near") else {
                if fields.is_empty() {
                    problems.add(&place, "cache is empty", format!("write {near}"));
                }
                return None;
            };
            let found = bits.as_u64().filter(|bits| *bits <= NEAR_MOST.into());
            if found.is_none() {
                let detail = format!("cache.near is {}", shown(bits));
                let fix = format!("use a whole number of bits from 0 to {NEAR_MOST}");
                problems.add(&child(&place, "near"), detail, fix);
            }
            found.map(|bits| Cache::Near(bits as u32))
        }
        other => {
            let fix = format!("write on, off, near or {near}");
            problems.add(&place, format!("cache is {}", shown(other)), fix);
            None
        }
    }
}

fn models(map: &Map<String, Value>, pointer: &str, problems: &mut Problems) -> Vec<String> {
    let Some(value) = map.get("models") else { return Vec::new() };
    let place = child(pointer, "models");
    let example = "[openai/gpt-image-1-mini, sketch-1]";
    let Some(items) = value.as_array().filter(|items| !items.is_empty()) else {
        let fix = format!("make it a list of models, such as {example}");
        problems.add(&place, format!("models is {}", shown(value)), fix);
        return Vec::new();
    };
    if MODELS_MOST < items.len() {
        let detail = format!("models has {} entries", items.len());
        problems.add(&place, detail, format!("keep to {MODELS_MOST}"));
        return Vec::new();
    }
    let mut names: Vec<String> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let place = child(&place, &index.to_string());
        match item.as_str() {
            Some(name) if names.iter().any(|known| known == name) => {
                problems.add(&place, format!("models names {name} twice"), "name it once");
            }
            Some(name) if is_model(name) => names.push(name.into()),
            _ => {
                let detail = format!("an entry of models is {}", shown(item));
                let fix = "use VENDOR/MODEL, or the bare name of a model on your own hosts";
                problems.add(&place, detail, fix);
            }
        }
    }
    names
}

/// No spaces, no braces, nothing empty around a slash.
pub(super) fn is_model(name: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || "._-:@/+".contains(c);
    name.len() <= MODEL_MOST
        && name.chars().all(good)
        && name.split('/').all(|part| !part.is_empty())
}

fn class(map: &Map<String, Value>, pointer: &str, problems: &mut Problems) -> Option<Class> {
    let place = child(pointer, "class");
    let example = "{ min_megapixels: 1, transparent: true }";
    let fields = object(map.get("class")?, &place, "class", example, problems)?;
    known_fields(fields, &place, "a class", CLASS_FIELDS, problems);
    if fields.is_empty() {
        let fix = format!("say what a model must be able to do, such as {example}");
        problems.add(&place, "class is empty", fix);
    }
    let mut flag = |name: &str| {
        let Some(value) = fields.get(name) else { return false };
        if !value.is_boolean() {
            let detail = format!("class.{name} is {}", shown(value));
            problems.add(&child(&place, name), detail, "use true or false");
        }
        value == true
    };
    let (transparent, seeded) = (flag("transparent"), flag("seeded"));
    let bounds = 0.01..=MEGAPIXELS_MOST;
    let min_megapixels = fields.get("min_megapixels").and_then(|value| {
        let number = value.as_f64().filter(|number| bounds.contains(number));
        if number.is_none() {
            let detail = format!("class.min_megapixels is {}", shown(value));
            let fix = format!("use a number from {} to {}", bounds.start(), bounds.end());
            problems.add(&child(&place, "min_megapixels"), detail, fix);
        }
        number
    });
    let format = fields.get("format").and_then(|value| {
        let format = value.as_str().filter(|format| FORMATS.contains(format));
        if format.is_none() {
            let detail = format!("class.format is {}", shown(value));
            let fix = did_you_mean(value.as_str().unwrap_or_default(), FORMATS.iter().copied());
            problems.add(&child(&place, "format"), detail, fix);
        }
        format.map(str::to_owned)
    });
    Some(Class { min_megapixels, transparent, format, seeded })
}

fn on_unknown(map: &Map<String, Value>, pointer: &str, problems: &mut Problems) -> OnUnknown {
    let Some(value) = map.get("on_unknown") else { return OnUnknown::Wait };
    let place = child(pointer, "on_unknown");
    let resubmit = "{ resubmit: { because: WHY } }";
    match value {
        Value::String(word) if word == "wait" => return OnUnknown::Wait,
        Value::String(word) if word == "fail" => return OnUnknown::Fail,
        Value::String(word) if word == "resubmit" => {
            let detail = "on_unknown asks again though both attempts may have to be paid, and does not say why";
            problems.add(&place, detail, format!("write {resubmit}"));
        }
        Value::String(word) => {
            let fix = did_you_mean(word, OnUnknown::WORDS) + &format!(", or {resubmit}");
            problems.add(&place, format!("on_unknown is {}", shown(value)), fix);
        }
        Value::Object(fields) => {
            known_fields(fields, &place, "on_unknown", &["resubmit"], problems);
            let because = fields.get("resubmit").and_then(|resubmit| resubmit.get("because"));
            let because = because.and_then(Value::as_str).map(str::trim);
            match because.filter(|text| (1..=BECAUSE_MOST).contains(&text.chars().count())) {
                Some(because) => return OnUnknown::Resubmit { because: because.to_owned() },
                None if !fields.contains_key("resubmit") && !fields.is_empty() => {}
                None => {
                    let place = child(&place, "resubmit");
                    let detail = "on_unknown.resubmit does not say why both may be paid";
                    let fix = format!(
                        "write {resubmit}: at most {BECAUSE_MOST} characters, kept with the attempt"
                    );
                    problems.add(&place, detail, fix);
                }
            }
        }
        other => {
            let fix = format!("write wait, fail or {resubmit}");
            problems.add(&place, format!("on_unknown is {}", shown(other)), fix);
        }
    }
    OnUnknown::Wait
}
