//! One step: what it says of itself, before anything is known of the others.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::super::kinds::{Function, Kind, POST, WINDOW};
use super::super::problem::{Problems, child};
use super::super::suggest::nearest;
use super::fields::{is_name, known_fields, object, shown, whole};
use super::{STEPS_MOST, Sketch, asking, foreach, on_fail, policy};
use crate::review::Rules;

/// The fields of a step.
pub(in super::super) const FIELDS: &[&str] = &[
    "kind",
    "with",
    "after",
    "deadline_s",
    "lane",
    "retry",
    "on_fail",
    "review",
    "when",
    "on_error",
    "foreach",
    "models",
    "choose",
    "class",
    "effort",
    "on_unknown",
    "cache",
    "best_of",
];
/// Most seconds of a deadline: a day.
pub(in super::super) const DEADLINE_MOST: u32 = 86_400;
/// Most attempts of a step, and most times a gate may send the flow back.
pub(in super::super) const ATTEMPTS_MOST: u32 = 10;
/// How many candidates the best may be taken of.
pub(in super::super) const CANDIDATES: RangeInclusive<u32> = 2..=8;

pub(in super::super) fn read(
    name: &str,
    pointer: String,
    value: &Value,
    problems: &mut Problems,
) -> Sketch {
    let empty = Map::new();
    let example = "{ kind: image.resize, with: { … } }";
    let called = format!("step {name}");
    let map = object(value, &pointer, &called, example, problems);
    let broken = map.is_none();
    let map = map.unwrap_or(&empty);
    known_fields(map, &pointer, "a step", FIELDS, problems);
    let before = problems.edges();
    let kind = if broken { None } else { kind(name, map, &pointer, problems) };
    let (mut with, after) = (with(map, &pointer, problems), after(map, &pointer, problems));
    if kind == Some(Kind::Publish) {
        flatten(&mut with, &pointer, problems);
    }
    let foreach = foreach::read(map, &pointer, problems);
    let on_error = policy::on_error(map, &pointer, problems);
    Sketch {
        name: name.into(),
        kind,
        with,
        after,
        broken: kind.is_none() || before < problems.edges(),
        deadline_s: whole(map, &pointer, "deadline_s", 1..=DEADLINE_MOST, problems),
        lane: lane(map, kind, &pointer, problems),
        attempts: retry(map, kind, &pointer, problems),
        on_fail: on_fail::read(map, kind, &pointer, problems),
        review: gate_review(map, kind, &pointer, problems),
        when: policy::when(map, &pointer, problems),
        on_error,
        foreach,
        asking: asking::read(map, kind, &pointer, problems),
        best_of: best_of(map, kind, &pointer, problems),
        pointer,
    }
}

fn kind(
    name: &str,
    map: &Map<String, Value>,
    pointer: &str,
    problems: &mut Problems,
) -> Option<Kind> {
    let place = child(pointer, "kind");
    let words = Kind::ALL.map(Kind::as_str);
    let Some(value) = map.get("kind") else {
        let fix = format!("add kind: one of {}", words.join(", "));
        problems.add(&place, format!("step {name} has no kind"), fix);
        return None;
    };
    let kind = value.as_str().and_then(Kind::named);
    if kind.is_none() {
        // `upscale` for `image.upscale` is no typing error, but as easy to mend.
        let word = value.as_str().unwrap_or_default();
        let meant = words
            .into_iter()
            .find(|known| known.split_once('.').is_some_and(|(_, last)| last == word))
            .or_else(|| nearest(word, words));
        let fix = match meant {
            Some(known) => format!("did you mean {known}?"),
            None => format!("use one of {}", words.join(", ")),
        };
        problems.add(&place, format!("there is no kind {}", shown(value)), fix);
    }
    kind
}

fn with(map: &Map<String, Value>, pointer: &str, problems: &mut Problems) -> Map<String, Value> {
    match map.get("with") {
        None | Some(Value::Null) => Map::new(),
        Some(value) => {
            let Some(map) = value.as_object() else {
                let fix = "make it a mapping, such as { image: \"{{ generate.image }}\" }";
                let place = child(pointer, "with");
                problems.add_edge(&place, format!("with is {}", shown(value)), fix);
                return Map::new();
            };
            map.clone()
        }
    }
}

/// The fields of a post and of a window as parameters of their own: each is checked, resolved and judged as they are.
fn flatten(with: &mut Map<String, Value>, pointer: &str, problems: &mut Problems) {
    let post = "{ title: \"{{ inputs.title }}\", body: \"{{ words.text }}\" }";
    let window = "{ at: 2026-12-01T09:00, zone: Europe/Berlin }";
    for (name, prefix, example) in [("post", POST, post), ("window", WINDOW, window)] {
        match with.remove(name) {
            None => {}
            Some(Value::Object(fields)) if !fields.is_empty() => {
                let fields = fields.into_iter();
                with.extend(fields.map(|(name, value)| (format!("{prefix}{name}"), value)));
            }
            Some(other) => {
                let place = child(&child(pointer, "with"), name);
                let fix = format!("make it a mapping, such as {example}");
                problems.add_edge(&place, format!("{name} is {}", shown(&other)), fix);
            }
        }
    }
}

fn after(map: &Map<String, Value>, pointer: &str, problems: &mut Problems) -> Vec<String> {
    let Some(value) = map.get("after") else { return Vec::new() };
    let place = child(pointer, "after");
    let Some(items) = value.as_array() else {
        let fix = "make it a list of step names, such as [safe, good]";
        problems.add_edge(&place, format!("after is {}", shown(value)), fix);
        return Vec::new();
    };
    let mut names: Vec<String> = Vec::new();
    if items.len() > STEPS_MOST {
        let detail = format!("after has {} entries", items.len());
        problems.add_edge(&place, detail, format!("keep to {STEPS_MOST}"));
        return names;
    }
    for (index, item) in items.iter().enumerate() {
        let place = child(&place, &index.to_string());
        match item.as_str() {
            Some(name) if names.iter().any(|known| known == name) => {
                problems.add(&place, format!("after names {name} twice"), "name it once");
            }
            Some(name) => names.push(name.into()),
            None => {
                let detail = format!("an entry of after is {}", shown(item));
                problems.add_edge(&place, detail, "use the bare name of a step");
            }
        }
    }
    names
}

fn lane(
    map: &Map<String, Value>,
    kind: Option<Kind>,
    pointer: &str,
    problems: &mut Problems,
) -> Option<String> {
    let value = map.get("lane")?;
    let place = child(pointer, "lane");
    if let Some(kind) = kind.filter(|kind| kind.function() != Function::Lane) {
        let detail = format!("{} runs without a lane", kind.as_str());
        problems.add(&place, detail, "take lane out");
        return None;
    }
    let name = value.as_str().filter(|name| is_name(name, '-', 40));
    if name.is_none() {
        let fix = "use a lane's name: a lower-case letter, then a-z, 0-9 and -, such as gpu";
        problems.add(&place, format!("lane is {}", shown(value)), fix);
    }
    name.map(str::to_owned)
}

fn retry(
    map: &Map<String, Value>,
    kind: Option<Kind>,
    pointer: &str,
    problems: &mut Problems,
) -> Option<u32> {
    let value = map.get("retry")?;
    let place = child(pointer, "retry");
    let fixed = |kind: &Kind| matches!(kind.function(), Function::Gate | Function::Step);
    if let Some(kind) = kind.filter(fixed) {
        let detail = format!("{} makes no attempts that could be counted", kind.as_str());
        problems.add(&place, detail, "take retry out: lane steps and publish have it");
        return None;
    }
    let map = object(value, &place, "retry", "{ attempts: 3 }", problems)?;
    known_fields(map, &place, "retry", &["attempts"], problems);
    if !map.contains_key("attempts") {
        let fix = "add attempts, the first one included, such as attempts: 3";
        problems.add(&child(&place, "attempts"), "retry does not say how often", fix);
    }
    whole(map, &place, "attempts", 1..=ATTEMPTS_MOST, problems)
}

fn best_of(
    map: &Map<String, Value>,
    kind: Option<Kind>,
    pointer: &str,
    problems: &mut Problems,
) -> Option<u32> {
    map.get("best_of")?;
    if let Some(kind) = kind.filter(|kind| !kind.varies()) {
        let detail =
            format!("{} gives nothing that one of several could be best of", kind.as_str());
        let fix = "move it to a step that makes something from a prompt";
        problems.add(&child(pointer, "best_of"), detail, fix);
        return None;
    }
    whole(map, pointer, "best_of", CANDIDATES, problems)
}

fn gate_review(
    map: &Map<String, Value>,
    kind: Option<Kind>,
    pointer: &str,
    problems: &mut Problems,
) -> Option<Rules> {
    let value = map.get("review")?;
    let place = child(pointer, "review");
    if let Some(kind) = kind.filter(|kind| kind.function() != Function::Gate) {
        let detail = format!("{} gives no verdict, so review means nothing here", kind.as_str());
        problems.add(&place, detail, "move it to the gate that people are to decide on");
        return None;
    }
    super::review(value, &place, problems)
}
