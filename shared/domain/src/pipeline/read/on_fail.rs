//! What a gate does with a `fail` instead of ending the job, before anything is known of the other steps.

use serde_json::{Map, Value};

use super::super::kinds::{Function, Kind};
use super::super::model::Then;
use super::super::problem::{Problems, child};
use super::fields::{known_fields, object, shown, usd, whole};
use super::step::ATTEMPTS_MOST;
use super::{SketchOnFail, asking};

/// The fields of `on_fail`.
const FIELDS: &[&str] = &["retry", "attempts", "budget_usd", "then", "reason", "model"];

pub(super) fn read(
    map: &Map<String, Value>,
    kind: Option<Kind>,
    pointer: &str,
    problems: &mut Problems,
) -> Option<SketchOnFail> {
    let value = map.get("on_fail")?;
    let place = child(pointer, "on_fail");
    if let Some(kind) = kind.filter(|kind| kind.function() != Function::Gate) {
        let detail = format!("{} gives no verdict, so on_fail means nothing here", kind.as_str());
        problems.add(&place, detail, "move it to the gate; for lost attempts there is retry");
        return None;
    }
    let example = "{ retry: generate, attempts: 2, budget_usd: 0.20 }";
    let map = object(value, &place, "on_fail", example, problems)?;
    known_fields(map, &place, "on_fail", FIELDS, problems);
    for (field, what) in
        [("retry", "the step to go back to"), ("attempts", "how often, such as attempts: 2")]
    {
        if !map.contains_key(field) {
            let detail = format!("on_fail has no {field}");
            problems.add(&child(&place, field), detail, format!("add {what}"));
        }
    }
    let retry = map.get("retry").and_then(|value| {
        if !value.is_string() {
            let detail = format!("on_fail.retry is {}", shown(value));
            problems.add(&child(&place, "retry"), detail, "use the bare name of a lane step");
        }
        value.as_str().map(str::to_owned)
    });
    let attempts = whole(map, &place, "attempts", 1..=ATTEMPTS_MOST, problems);
    let budget_micros = map
        .get("budget_usd")
        .and_then(|value| usd(value, &child(&place, "budget_usd"), "on_fail.budget_usd", problems));
    let then = asking::word(map, &place, "then", &Then::NAMES, problems).unwrap_or_default();
    let reason = map.get("reason").is_some_and(|value| {
        if !value.is_boolean() {
            let detail = format!("on_fail.reason is {}", shown(value));
            problems.add(&child(&place, "reason"), detail, "use true or false");
        }
        value == true
    });
    let model = map.get("model").and_then(|value| {
        let name = value.as_str().filter(|name| asking::is_model(name));
        if name.is_none() {
            let fix = "use VENDOR/MODEL, or the bare name of a model on your own hosts";
            problems.add(
                &child(&place, "model"),
                format!("on_fail.model is {}", shown(value)),
                fix,
            );
        }
        name.map(str::to_owned)
    });
    Some(SketchOnFail { retry, attempts, budget_micros, then, reason, model })
}
