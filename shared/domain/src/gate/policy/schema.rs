//! The format of policies as a JSON Schema, made from the tables by which documents are checked.

use super::Evaluator;
use super::read::{
    ABOUT_MOST, CRITERIA_MOST, FAIL_AT, NAME_MOST, OWNER_MOST, PASS_AT, WEIGHT_MOST,
};
use super::rigour::PLANT_MOST;
use super::rule::{DEFAULT_RULE, RULE_MOST};
use crate::ordered::ordered;
use crate::pipeline::{params_schema, review_schema};
use serde_json::{Map, Value, json};

/// The schema of a policy, JSON Schema 2020-12.
pub fn policy_schema() -> Value {
    let named = Evaluator::ALL
        .map(|evaluator| json!({ "const": evaluator.as_str(), "description": about(evaluator) }));
    let rules = Evaluator::ALL.map(|evaluator| {
        let with = json!({ "$ref": format!("#/$defs/{}", evaluator.as_str()) });
        let mut properties = json!({ "with": with });
        if !evaluator.scores() {
            properties["pass_at"] = json!(false);
            properties["fail_at"] = json!(false);
        }
        let required: &[&str] =
            if evaluator.params().iter().any(|param| param.required) { &["with"] } else { &[] };
        json!({
            "if": {
                "required": ["evaluator"],
                "properties": { "evaluator": { "const": evaluator.as_str() } },
            },
            "then": { "properties": properties, "required": required },
        })
    });
    let criterion = json!({
        "type": "object", "required": ["evaluator"], "additionalProperties": false,
        "properties": {
            "evaluator": { "oneOf": named, "description": "What scores it." },
            "with": { "description": "What the evaluator is told." },
            "weight": { "type": "number", "minimum": 0, "maximum": WEIGHT_MOST, "default": 1, "description": "What its score weighs in the mean." },
            "pass_at": { "type": "number", "minimum": 0, "maximum": 1, "default": PASS_AT, "description": "From this score on it passes." },
            "fail_at": { "type": "number", "minimum": 0, "maximum": 1, "default": FAIL_AT, "description": "Below this score it fails." },
            "on_error": { "enum": ["review", "fail"], "default": "review", "description": "What the verdict is at least where nobody answers." },
        },
        "allOf": rules,
    });
    let mut defs: Map<String, Value> = Evaluator::ALL
        .into_iter()
        .map(|evaluator| {
            let owner = match evaluator {
                Evaluator::Technical => "gate.quality",
                other => other.as_str(),
            };
            (evaluator.as_str().to_owned(), params_schema(owner, &evaluator.params()))
        })
        .collect();
    defs.insert("criterion".into(), criterion);
    ordered(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A policy of Galley: what gates look at, and what follows",
        "type": "object", "required": ["name", "owner", "criteria"], "additionalProperties": false,
        "properties": {
            "name": { "type": "string", "pattern": "^[a-z][a-z0-9-]{0,63}$", "description": "What it is called under /v1/policies." },
            "description": { "type": "string", "maxLength": ABOUT_MOST, "description": "What it is for." },
            "owner": { "type": "string", "pattern": "\\S", "maxLength": OWNER_MOST, "description": "Who answers for it." },
            "criteria": {
                "type": "object", "minProperties": 1, "maxProperties": CRITERIA_MOST,
                "description": "What is looked at, by name.",
                "propertyNames": { "pattern": format!("^[a-z][a-z0-9_]{{0,{}}}$", NAME_MOST - 1) },
                "additionalProperties": { "$ref": "#/$defs/criterion" },
            },
            "verdict": {
                "type": "string", "pattern": "\\S", "maxLength": RULE_MOST, "default": DEFAULT_RULE,
                "description": "The rule, in CEL, over scores, score, passed, doubtful, failed and unanswered: 'pass', 'review' or 'fail'.",
            },
            "review": review_schema(),
            "plant": {
                "description": "How many pictures that are known to be bad are slipped in among what it judges, each day.", "default": 0,
                "anyOf": [
                    { "type": "integer", "minimum": 0, "maximum": PLANT_MOST },
                    { "type": "string", "pattern": "^ *(1?[0-9]|2[0-4]) *per day *$" },
                ],
            },
            "sample": {
                "description": "The share of its passes that people look at all the same, unannounced: 2 % or 0.02.", "default": 0,
                "anyOf": [
                    { "type": "number", "minimum": 0, "maximum": 1 },
                    { "type": "string", "pattern": "^ *(100(\\.0+)?|[0-9]{1,2}(\\.[0-9]+)?) *% *$" },
                ],
            },
        },
        "$defs": defs,
    }))
}

fn about(evaluator: Evaluator) -> &'static str {
    match evaluator {
        Evaluator::Technical => "Measures pictures, without any model.",
        Evaluator::Copies => {
            "Finds copies of pictures that were rejected, published or are protected."
        }
        Evaluator::Terms => "Looks for words, those of the tenant's lists among them.",
        Evaluator::Moderation => "Asks a vendor's classifier of what is harmful.",
        Evaluator::Judge => "Asks a chat model that sees, with a rubric.",
        Evaluator::Endpoint => "Asks a scorer of your own, over HTTPS.",
    }
}
