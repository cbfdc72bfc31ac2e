//! A policy as people write it: everything that is wrong with it told at once, each with its place.

use super::rigour;
use super::rule::{self, DEFAULT_RULE, RULE_MOST};
use super::{Criterion, Evaluator, OnTrouble, Policy};
use crate::catalog;
use crate::pipeline::kinds::Param;
use crate::pipeline::{
    Marks, Problem, Problems, better, check_literal, child, did_you_mean, is_name, known_fields,
    object, read_document, read_review, shown, text,
};
use crate::review::Rules;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The fields of a policy, and of a criterion.
pub(super) const FIELDS: &[&str] =
    &["name", "description", "owner", "criteria", "verdict", "review", "sample", "plant"];
pub(super) const OF_CRITERION: &[&str] =
    &["evaluator", "with", "weight", "pass_at", "fail_at", "on_error"];
/// Most criteria of a policy.
pub(super) const CRITERIA_MOST: usize = 20;
/// Most characters of a criterion's name.
pub(super) const NAME_MOST: usize = 24;
/// Most characters of an owner, and of a description.
pub(super) const OWNER_MOST: usize = 200;
pub(super) const ABOUT_MOST: usize = 2_000;
/// Greatest weight.
pub(super) const WEIGHT_MOST: f64 = 100.0;
/// Most bytes of a policy: it lies in the plan of each job that is judged by it.
const BYTES_MOST: usize = 24 * 1024;
pub(super) const PASS_AT: f64 = 0.8;
pub(super) const FAIL_AT: f64 = 0.4;

const EXAMPLE: &str = "sharp: { evaluator: technical, with: { sharpness_min: 17 } }";

impl Policy {
    /// Reads a YAML or JSON document, or tells all that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let Some(document) = read_document(text, &mut problems) else {
            return Err(problems.finish(&Marks::new()));
        };
        match policy(&document.value, &mut problems) {
            Some(policy) if problems.is_empty() => Ok(policy),
            _ => Err(problems.finish(&document.marks)),
        }
    }
}

fn policy(root: &Value, problems: &mut Problems) -> Option<Policy> {
    let example = format!("name: brand, owner: …, criteria: {{ {EXAMPLE} }}");
    let root = object(root, "", "the document", &example, problems)?;
    known_fields(root, "", "the document", FIELDS, problems);
    let name = name(root, problems);
    let owner = owner(root, problems);
    let description = text(root, "", "description", ABOUT_MOST, problems).unwrap_or_default();
    let (criteria, whole) = criteria(root, problems);
    let verdict = verdict(root, problems);
    if let (Some(verdict), true) = (&verdict, whole) {
        rule::check(verdict, &criteria, problems);
    }
    let review = root.get("review").map(|value| read_review(value, "/review", problems));
    let review = review.unwrap_or_else(|| Some(Rules::default()))?;
    let (sample, plant) = (rigour::sample(root, problems), rigour::plant(root, problems));
    let (name, owner, verdict) = (name?, owner?, verdict?);
    let policy = Policy { name, description, owner, criteria, verdict, review, sample, plant };
    let bytes = policy.document().to_string().len();
    if BYTES_MOST < bytes {
        let fix = format!("keep it within {BYTES_MOST}: shorten rubrics and lists of terms");
        problems.add("", format!("the policy has {bytes} bytes"), fix);
    }
    Some(policy)
}

fn name(root: &Map<String, Value>, problems: &mut Problems) -> Option<String> {
    let fix = "use a small letter, then at most 63 of a-z, 0-9 and -, such as brand";
    match root.get("name") {
        Some(Value::String(name)) if catalog::is_name(name) => return Some(name.clone()),
        Some(other) => problems.add("/name", format!("the name is {}", shown(other)), fix),
        None => problems.add("/name", "the name is missing", fix),
    }
    None
}

fn owner(root: &Map<String, Value>, problems: &mut Problems) -> Option<String> {
    let fix = "say who answers for it, such as owner: design@example.com";
    match root.get("owner").map(|value| (value, value.as_str().map(str::trim))) {
        Some((_, Some(owner))) if (1..=OWNER_MOST).contains(&owner.chars().count()) => {
            return Some(owner.to_owned());
        }
        Some((other, _)) => problems.add("/owner", format!("the owner is {}", shown(other)), fix),
        None => problems.add("/owner", "the owner is missing", fix),
    }
    None
}

fn verdict(root: &Map<String, Value>, problems: &mut Problems) -> Option<String> {
    let Some(value) = root.get("verdict") else { return Some(DEFAULT_RULE.to_owned()) };
    let rule = value.as_str().map(str::trim);
    let rule = rule.filter(|rule| (1..=RULE_MOST).contains(&rule.chars().count()));
    if rule.is_none() {
        let fix = format!(
            "use a rule in CEL of at most {RULE_MOST} characters, such as \"{DEFAULT_RULE}\""
        );
        problems.add("/verdict", format!("verdict is {}", shown(value)), fix);
    }
    rule.map(str::to_owned)
}

/// The criteria that could be read, and whether that is all of them.
fn criteria(
    root: &Map<String, Value>,
    problems: &mut Problems,
) -> (BTreeMap<String, Criterion>, bool) {
    let mut read = BTreeMap::new();
    let at = "/criteria";
    let Some(value) = root.get("criteria") else {
        problems.add(at, "criteria is missing", format!("add criteria, such as {EXAMPLE}"));
        return (read, false);
    };
    let example = format!("{{ {EXAMPLE} }}");
    let Some(map) = object(value, at, "criteria", &example, problems) else {
        return (read, false);
    };
    if !(1..=CRITERIA_MOST).contains(&map.len()) {
        let detail = format!("there are {} criteria", map.len());
        problems.add(at, detail, format!("name 1 to {CRITERIA_MOST}"));
    }
    let before = problems.count();
    for (name, value) in map {
        let place = child(at, name);
        if !is_name(name, '_', NAME_MOST) {
            let fix = match name.len() <= NAME_MOST {
                true => better(name),
                false => format!("use at most {NAME_MOST} characters"),
            };
            problems.add(&place, format!("the criterion's name is {name:?}"), fix);
        }
        if let Some(criterion) = criterion(name, value, &place, problems) {
            read.insert(name.clone(), criterion);
        }
    }
    (read, before == problems.count())
}

fn criterion(name: &str, value: &Value, at: &str, problems: &mut Problems) -> Option<Criterion> {
    let called = format!("criterion {name}");
    let map = object(value, at, &called, "{ evaluator: technical }", problems)?;
    known_fields(map, at, "a criterion", OF_CRITERION, problems);
    let evaluator = evaluator(name, map, at, problems)?;
    let with = with(evaluator, map, at, problems);
    let weight = number(map, at, "weight", (0.0, WEIGHT_MOST), 1.0, problems);
    let given = |field: &&&str| map.contains_key(**field) && !evaluator.scores();
    for field in ["pass_at", "fail_at"].iter().filter(given) {
        let detail = format!("{} says pass or fail itself", evaluator.as_str());
        problems.add(&child(at, field), detail, format!("take {field} out"));
    }
    let pass_at = number(map, at, "pass_at", (0.0, 1.0), PASS_AT, problems);
    let usual = FAIL_AT.min(pass_at);
    let fail_at = number(map, at, "fail_at", (0.0, 1.0), usual, problems);
    if pass_at < fail_at {
        let detail = format!("{name} fails below {fail_at} and passes from {pass_at} on");
        problems.add(&child(at, "fail_at"), detail, "make it at most pass_at");
    }
    let on_error = match map.get("on_error").map(|value| (value, value.as_str())) {
        None | Some((_, Some("review"))) => OnTrouble::Review,
        Some((_, Some("fail"))) => OnTrouble::Fail,
        Some((other, _)) => {
            let detail = format!("on_error is {}", shown(other));
            let fix = "use review or fail: what nobody answered never passes";
            problems.add(&child(at, "on_error"), detail, fix);
            OnTrouble::Review
        }
    };
    Some(Criterion { evaluator, with, weight, pass_at, fail_at, on_error })
}

fn evaluator(
    name: &str,
    map: &Map<String, Value>,
    at: &str,
    problems: &mut Problems,
) -> Option<Evaluator> {
    let place = child(at, "evaluator");
    let words = Evaluator::ALL.map(Evaluator::as_str);
    let Some(value) = map.get("evaluator") else {
        let fix = format!("add evaluator: one of {}", words.join(", "));
        problems.add(&place, format!("criterion {name} has no evaluator"), fix);
        return None;
    };
    let known = value.as_str().and_then(Evaluator::named);
    if known.is_none() {
        let fix = did_you_mean(value.as_str().unwrap_or_default(), words);
        problems.add(&place, format!("there is no evaluator {}", shown(value)), fix);
    }
    known
}

fn with(
    evaluator: Evaluator,
    map: &Map<String, Value>,
    at: &str,
    problems: &mut Problems,
) -> Map<String, Value> {
    let place = child(at, "with");
    let none = Map::new();
    let given = match map.get("with") {
        None | Some(Value::Null) => &none,
        Some(value) => {
            object(value, &place, "with", "{ sharpness_min: 17 }", problems).unwrap_or(&none)
        }
    };
    let params = evaluator.params();
    let find = |name: &str| params.iter().find(|param| param.name == name);
    for (name, value) in given {
        let pointer = child(&place, name);
        match find(name) {
            Some(param) => check_literal(param.ty, name, value, &pointer, problems),
            None => {
                let detail = format!("{} has no parameter {name}", evaluator.as_str());
                let fix = match params.is_empty() {
                    true => "take it out".to_owned(),
                    false => did_you_mean(name, params.iter().map(|param| param.name)),
                };
                problems.add(&pointer, detail, fix);
            }
        }
    }
    given.iter().for_each(|(name, value)| braces(value, &child(&place, name), problems));
    let mut with = given.clone();
    for param in &params {
        if param.required && !given.contains_key(param.name) {
            let detail = format!("{} needs {}", evaluator.as_str(), param.name);
            let fix = format!("add {}: {}", param.name, example(param));
            problems.add(&child(&place, param.name), detail, fix);
        } else if let (Some(value), false) = (param.default_value(), given.contains_key(param.name))
        {
            with.insert(param.name.to_owned(), value);
        }
    }
    bounds(evaluator, &with, &place, problems);
    with
}

/// The same policy judges the jobs of all pipelines: nothing of one of them can be filled in.
fn braces(value: &Value, at: &str, problems: &mut Problems) {
    match value {
        Value::String(text) if text.contains("{{") || text.contains("{%") => {
            let detail = "it has braces, and pipelines differ in what they could mean";
            problems.add(at, detail, "write the value out");
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, item)| braces(item, &child(at, &index.to_string()), problems)),
        Value::Object(fields) => {
            fields.iter().for_each(|(name, item)| braces(item, &child(at, name), problems));
        }
        _ => {}
    }
}

fn example(param: &Param) -> String {
    match param.name {
        "model" => "VENDOR/MODEL, as GET /v1/models lists them".into(),
        "rubric" => "what a good one is like, in words".into(),
        _ => param.ty.describe(),
    }
}

/// What two parameters say together, and what is more than a type.
fn bounds(evaluator: Evaluator, with: &Map<String, Value>, place: &str, problems: &mut Problems) {
    let whole = |name: &str| with.get(name).and_then(Value::as_u64);
    if let (Evaluator::Copies, Some(same), Some(near)) =
        (evaluator, whole("distance"), whole("near"))
        && near < same
    {
        let detail = format!("near is {near} and distance {same}");
        problems.add(&child(place, "near"), detail, "make it at least distance");
    }
    let model = with.get("model").and_then(Value::as_str);
    if let Some(model) = model.filter(|model| evaluator.asks() && !model.contains('/')) {
        let detail = format!("model is {:?}", model.chars().take(60).collect::<String>());
        let fix = "name vendor and model, such as chat/gpt-5-mini";
        problems.add(&child(place, "model"), detail, fix);
    }
}

fn number(
    map: &Map<String, Value>,
    at: &str,
    field: &str,
    (least, most): (f64, f64),
    usual: f64,
    problems: &mut Problems,
) -> f64 {
    let Some(value) = map.get(field) else { return usual };
    let number = value.as_f64().filter(|number| (least..=most).contains(number));
    if number.is_none() {
        let detail = format!("{field} is {}", shown(value));
        problems.add(&child(at, field), detail, format!("use a number from {least} to {most}"));
    }
    number.unwrap_or(usual)
}
