//! A step: its own fields, and the parameters that its kind has.

use serde_json::{Value, json};

use super::super::kinds::{Function, Kind};
use super::super::read::limits;
use super::{asking, usd, words};
use crate::review::Rules;

/// The schema of a step of any kind.
pub(super) fn schema() -> Value {
    let kinds = Kind::ALL.map(
        |kind| json!({ "const": kind.as_str(), "description": words::of_kind(kind.as_str()) }),
    );
    let mut rules: Vec<Value> = Kind::ALL.into_iter().map(of_kind).collect();
    let named = |function: &[Function]| -> Vec<&str> {
        let fits = |kind: &Kind| function.contains(&kind.function());
        Kind::ALL.into_iter().filter(fits).map(Kind::as_str).collect()
    };
    for (field, functions) in [
        ("lane", &[Function::Lane][..]),
        ("retry", &[Function::Lane, Function::Publish]),
        ("on_fail", &[Function::Gate]),
        ("review", &[Function::Gate]),
        ("models", &[Function::Lane]),
        ("choose", &[Function::Lane]),
        ("class", &[Function::Lane]),
        ("effort", &[Function::Lane]),
        ("on_unknown", &[Function::Lane]),
        ("cache", &[Function::Lane]),
    ] {
        rules.push(json!({
            "if": { "required": [field] },
            "then": { "properties": { "kind": { "enum": named(functions) } } },
        }));
    }
    let varies: Vec<&str> =
        Kind::ALL.into_iter().filter(|kind| kind.varies()).map(Kind::as_str).collect();
    rules.push(json!({
        "if": { "required": ["best_of"] },
        "then": { "properties": { "kind": { "enum": varies } } },
    }));
    json!({
        "type": "object", "required": ["kind"], "additionalProperties": false,
        "properties": fields(json!({ "oneOf": kinds, "description": "What it does." })),
        "allOf": rules,
    })
}

/// What a step can say of itself.
pub(super) fn fields(kind: Value) -> Value {
    let mut fields = own(kind);
    if let (Value::Object(fields), Value::Object(asking)) = (&mut fields, asking::fields()) {
        fields.extend(asking);
    }
    fields
}

fn own(kind: Value) -> Value {
    let attempts = |about: &str| json!({ "type": "integer", "minimum": 1, "maximum": limits::ATTEMPTS_MOST, "description": about });
    json!({
        "kind": kind,
        "with": { "type": ["object", "null"], "description": "Its parameters." },
        "after": {
            "type": "array", "maxItems": limits::STEPS_MOST, "uniqueItems": true,
            "items": { "type": "string" },
            "description": "Steps that it waits for without taking anything from them.",
        },
        "deadline_s": {
            "type": "integer", "minimum": 1, "maximum": limits::DEADLINE_MOST,
            "description": "Seconds until it is given up, waiting included.",
        },
        "lane": {
            "type": "string", "pattern": "^[a-z][a-z0-9-]{0,39}$", "default": "gpu",
            "description": "The lane it queues in.",
        },
        "retry": {
            "type": "object", "required": ["attempts"], "additionalProperties": false,
            "description": "How often it may be attempted.",
            "properties": { "attempts": attempts("The first attempt included.") },
        },
        "on_fail": {
            "type": "object", "required": ["retry", "attempts"], "additionalProperties": false,
            "description": "Where a gate's fail sends the flow back to, instead of ending the job.",
            "properties": {
                "retry": { "type": "string", "description": "The lane step to go back to." },
                "attempts": attempts("How often it may send the flow back."),
                "budget_usd": usd("What those repetitions may cost together."),
                "then": {
                    "enum": ["fail", "review"], "default": "fail",
                    "description": "What becomes of the best try when attempts or money are used up: the gate fails, or people decide.",
                },
                "reason": {
                    "type": "boolean", "default": false,
                    "description": "Whether the prompt of the next try says why this one was refused.",
                },
                "model": {
                    "type": "string", "minLength": 1, "maxLength": limits::MODEL_MOST,
                    "description": "The model that makes further tries, as in models; without it, the step's own.",
                },
            },
        },
        "review": review(),
        "when": {
            "type": "string", "minLength": 1, "maxLength": limits::WHEN_MOST,
            "description": "A condition in CEL; without it, or where it is true, the step is done.",
        },
        "foreach": {
            "type": "object", "minProperties": 1, "maxProperties": 1,
            "description": "What an item is called, and the list of them: the step is done for each.",
            "propertyNames": { "pattern": "^[a-z][a-z0-9_]{0,39}$" },
            "additionalProperties": {
                "anyOf": [
                    { "$ref": "#/$defs/reference" },
                    {
                        "type": "array", "minItems": 1, "maxItems": limits::ITEMS_MOST,
                        "items": {
                            "anyOf": [
                                { "type": "string" },
                                { "type": "object", "required": ["key"], "properties": { "key": { "type": "string" } } },
                            ],
                        },
                    },
                ],
            },
        },
        "best_of": {
            "type": "integer",
            "minimum": limits::CANDIDATES.start(), "maximum": limits::CANDIDATES.end(),
            "description": "How many candidates are made at once; the gate that looks at them keeps the best.",
        },
        "on_error": {
            "description": "What becomes of the job when the step fails.",
            "oneOf": [
                { "enum": ["fail", "skip"] },
                {
                    "type": "object", "required": ["use"], "additionalProperties": false,
                    "properties": { "use": { "type": "string", "description": "The step whose outputs are taken instead." } },
                },
            ],
        },
    })
}

/// What a gate asks of the people who decide.
pub(crate) fn review() -> Value {
    let groups = |about: &str| {
        json!({
            "type": "array", "maxItems": Rules::GROUPS_MOST, "uniqueItems": true,
            "items": { "type": "string", "pattern": "^[a-z][a-z0-9-]{0,39}$" }, "description": about,
        })
    };
    let seconds = |about: &str| {
        json!({
            "type": "integer", "minimum": Rules::SECONDS_LEAST, "maximum": Rules::SECONDS_MOST,
            "description": about,
        })
    };
    json!({
        "type": "object", "additionalProperties": false,
        "description": "What is asked of the people who decide where the gate says review.",
        "properties": {
            "approvals": {
                "type": "integer", "minimum": 1, "maximum": Rules::APPROVALS_MOST, "default": 1,
                "description": "How many people must approve.",
            },
            "groups": groups("The groups one of which they belong to; without any, everybody with the role reviewer may decide."),
            "self_approval": {
                "type": "boolean", "default": false,
                "description": "Whether who submitted the job may approve it.",
            },
            "expires_s": seconds("After how many seconds it is over without a decision: a week where it is not said."),
            "on_expiry": {
                "enum": ["reject", "expire"], "default": "reject",
                "description": "What comes of it then: as if somebody rejected it, or the job expires. Never an approval.",
            },
            "escalate": {
                "type": "object", "required": ["after_s", "groups"], "additionalProperties": false,
                "description": "Who may decide, too, when nobody has for a while.",
                "properties": {
                    "after_s": seconds("After how many seconds."),
                    "groups": groups("The groups that are asked then, besides those before."),
                },
            },
        },
    })
}

/// A step of this kind has these parameters.
fn of_kind(kind: Kind) -> Value {
    let spec = kind.spec();
    let with = json!({ "$ref": format!("#/$defs/{}", spec.name) });
    let mut then = json!({ "properties": { "with": with } });
    if spec.params.iter().any(|param| param.required) {
        then["required"] = json!(["with"]);
        then["properties"]["with"] = json!({ "allOf": [with, { "type": "object" }] });
    }
    json!({
        "if": { "required": ["kind"], "properties": { "kind": { "const": spec.name } } },
        "then": then,
    })
}
