//! The format as a JSON Schema, made from the tables by which documents are checked: for editors, and for who writes
//! documents by program. What needs the whole graph (references, cycles, gates) only the checks can tell.

mod asking;
mod mandate;
mod params;
mod step;
mod target;
mod words;

use serde_json::{Map, Value, json};

use super::kinds::Kind;
use super::model::InputType;
use super::read::limits;
use crate::label;
use crate::ordered::ordered;

pub use mandate::mandate_schema;
pub(crate) use params::params_schema;
pub(crate) use step::review as review_schema;

/// Where a reference, and a text with one in it, can stand for a value.
const TEMPLATE: &str = "\\{\\{[\\s\\S]*\\}\\}";

/// The schema of a document, JSON Schema 2020-12.
pub fn schema() -> Value {
    let mut defs = Map::from_iter([
        ("template".to_owned(), template()),
        ("reference".to_owned(), reference()),
        ("usd".to_owned(), usd("An amount in US dollars, of six decimals at most.")),
        ("input".to_owned(), input()),
        ("step".to_owned(), step::schema()),
    ]);
    for kind in Kind::ALL {
        let spec = kind.spec();
        defs.insert(spec.name.to_owned(), params::of(spec));
    }
    ordered(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A pipeline of Galley",
        "type": "object",
        "required": ["name", "budget_usd", "steps"],
        "additionalProperties": false,
        "properties": document(),
        "$defs": defs,
    }))
}

fn document() -> Value {
    json!({
        "name": {
            "type": "string", "pattern": "^[a-z][a-z0-9-]{0,63}$",
            "description": "What it is called under /v1/pipelines.",
        },
        "description": { "type": "string", "maxLength": 2_000, "description": "What it is for." },
        "labels": labels(),
        "inputs": {
            "type": ["object", "null"], "maxProperties": limits::INPUTS_MOST,
            "description": "What a job must give, by name.",
            "propertyNames": { "pattern": WORD },
            "additionalProperties": { "$ref": "#/$defs/input" },
        },
        "budget_usd": usd("What one run may spend, failed attempts included."),
        "steps": {
            "type": "object", "minProperties": 1, "maxProperties": limits::STEPS_MOST,
            "description": "The steps by name; their references to each other make the graph.",
            "propertyNames": { "pattern": WORD, "not": { "enum": ["inputs", "labels"] } },
            "additionalProperties": { "$ref": "#/$defs/step" },
        },
    })
}

/// Names of inputs and steps.
const WORD: &str = "^[a-z][a-z0-9_]{0,39}$";

fn labels() -> Value {
    json!({
        "type": "object", "maxProperties": label::LABELS_MOST,
        "description": "What every job is marked with, unless it says otherwise.",
        "propertyNames": { "pattern": format!("^[a-z][a-z0-9._-]{{0,{}}}$", label::NAME_MOST - 1) },
        "additionalProperties": { "type": "string", "pattern": "\\S", "maxLength": label::VALUE_MOST },
    })
}

fn usd(about: &str) -> Value {
    json!({ "type": "number", "minimum": 0, "maximum": limits::USD_MOST, "description": about })
}

fn template() -> Value {
    json!({
        "type": "string", "pattern": TEMPLATE,
        "description": "A reference, {{ inputs.NAME }}, {{ labels.NAME }} or {{ STEP.PORT }}; or a text with such values among its words.",
    })
}

fn reference() -> Value {
    json!({
        "type": "string", "pattern": format!("^\\s*{TEMPLATE}\\s*$"),
        "description": "Only a reference can go here: {{ inputs.NAME }} or {{ STEP.PORT }}.",
    })
}

fn input() -> Value {
    let types: Vec<&str> = InputType::NAMES.iter().map(|(name, _)| *name).collect();
    let only = |field: &str, of: &str| {
        json!({
            "if": { "required": [field] },
            "then": { "properties": { "type": { "const": of } } },
        })
    };
    json!({
        "type": "object", "required": ["type"], "additionalProperties": false,
        "properties": {
            "type": { "enum": types, "description": "What it holds." },
            "description": { "type": "string", "maxLength": 2_000, "description": "What it is for." },
            "default": { "description": "Taken when a job does not give it; without one the input is required." },
            "max_length": {
                "type": "integer", "minimum": 1, "maximum": limits::TEXT_MOST,
                "description": "Most characters of a text.",
            },
            "min": { "type": "number", "description": "Least value of a number." },
            "max": { "type": "number", "description": "Greatest value of a number." },
        },
        "allOf": [only("max_length", "text"), only("min", "number"), only("max", "number")],
    })
}
