//! A tenant's gates: as gates of a pipeline are, without what they judge and when.

use serde_json::{Map, Value, json};

use super::super::kinds::{Function, Kind};
use super::{WORD, params, step, words};
use crate::ordered::ordered;

/// The schema of a mandate, JSON Schema 2020-12.
pub fn mandate_schema() -> Value {
    let kinds: Vec<Kind> =
        Kind::ALL.into_iter().filter(|kind| kind.function() == Function::Gate).collect();
    let named = kinds.iter().map(
        |kind| json!({ "const": kind.as_str(), "description": words::of_kind(kind.as_str()) }),
    );
    let rules = kinds.iter().map(|kind| {
        let with = json!({ "$ref": format!("#/$defs/{}", kind.as_str()) });
        json!({
            "if": { "required": ["kind"], "properties": { "kind": { "const": kind.as_str() } } },
            "then": { "properties": { "with": with } },
        })
    });
    let of_steps = step::fields(Value::Null);
    let gate = json!({
        "type": "object", "required": ["kind"], "additionalProperties": false,
        "properties": {
            "kind": { "oneOf": named.collect::<Vec<_>>(), "description": "What it judges by." },
            "with": of_steps["with"],
            "deadline_s": of_steps["deadline_s"],
            "on_error": {
                "enum": ["fail", "skip"], "default": "fail",
                "description": "Whether the job ends when it does not pass, or goes on without what it judged.",
            },
        },
        "allOf": rules.collect::<Vec<_>>(),
    });
    let mut defs: Map<String, Value> = kinds
        .iter()
        .map(|kind| (kind.as_str().to_owned(), params::of_mandate(kind.spec())))
        .collect();
    defs.insert("gate".into(), gate);
    ordered(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Gates that no pipeline of a tenant can leave out",
        "type": "object", "required": ["gates"], "additionalProperties": false,
        "properties": { "gates": {
            "type": "object", "minProperties": 1, "maxProperties": super::limits::GATES_MOST,
            "description": "The gates by name; each publish waits for tenant-NAME.",
            "propertyNames": { "pattern": WORD },
            "additionalProperties": { "$ref": "#/$defs/gate" },
        } },
        "$defs": defs,
    }))
}
