//! Under which condition a step is done, and what becomes of the job when it fails.

use serde_json::{Map, Value};

use super::super::model::OnError;
use super::super::problem::{Problems, child};
use super::super::suggest::did_you_mean;
use super::fields::{known_fields, shown};

/// Most characters of a condition.
pub(in super::super) const WHEN_MOST: usize = 500;

pub(super) fn when(
    map: &Map<String, Value>,
    pointer: &str,
    problems: &mut Problems,
) -> Option<String> {
    let value = map.get("when")?;
    let place = child(pointer, "when");
    match value.as_str() {
        Some(text) if (1..=WHEN_MOST).contains(&text.trim().chars().count()) => Some(text.into()),
        _ => {
            let fix = format!(
                "use a condition in CEL of at most {WHEN_MOST} characters, such as \"inputs.tall > 2\""
            );
            problems.add_edge(&place, format!("when is {}", shown(value)), fix);
            None
        }
    }
}

pub(super) fn on_error(
    map: &Map<String, Value>,
    pointer: &str,
    problems: &mut Problems,
) -> OnError {
    let Some(value) = map.get("on_error") else {
        // One item of many: the others go on without it.
        let targets = map.get("with").and_then(|with| with.get("targets"));
        return if map.contains_key("foreach") || targets.is_some() {
            OnError::Skip
        } else {
            OnError::Fail
        };
    };
    let place = child(pointer, "on_error");
    match value {
        Value::String(word) if word == "fail" => return OnError::Fail,
        Value::String(word) if word == "skip" => return OnError::Skip,
        Value::String(word) => {
            let fix = match word.as_str() {
                "use" => "write { use: STEP }".into(),
                word => did_you_mean(word, ["fail", "skip"]) + ", or { use: STEP }",
            };
            problems.add_edge(&place, format!("on_error is {}", shown(value)), fix);
        }
        Value::Object(fields) => {
            known_fields(fields, &place, "on_error", &["use"], problems);
            match fields.get("use") {
                Some(Value::String(step)) => return OnError::Use(step.clone()),
                Some(other) => {
                    let detail = format!("on_error.use is {}", shown(other));
                    problems.add_edge(&child(&place, "use"), detail, "use the bare name of a step");
                }
                None if !fields.is_empty() => {}
                None => {
                    let fix = "write { use: STEP }, or skip";
                    problems.add_edge(&place, "on_error names no step to use", fix);
                }
            }
        }
        other => {
            let fix = "write fail, skip or { use: STEP }";
            problems.add_edge(&place, format!("on_error is {}", shown(other)), fix);
        }
    }
    OnError::Fail
}
