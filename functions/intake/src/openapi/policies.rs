//! Policies, as the description has them.

use super::build::{Operation, operation, schema};
use super::schemas::{count, list, object, text};
use domain::problem::ProblemType as P;
use serde_json::{Value, json};

const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

pub(super) fn put() -> Operation {
    operation("putPolicy", "policies", "Store a policy")
        .about("A document that differs from the latest version becomes the next one. A job is judged by the version that was the latest when it was accepted.")
        .body(&types())
        .answer(200, "The latest version is the same.", schema("PolicyVersion"), version())
        .answer(201, "It is a new version.", schema("PolicyVersion"), version())
        .sends(200, &["Location"])
        .sends(201, &["Location"])
        .problems(&[P::InvalidPolicy])
}

pub(super) fn read() -> Operation {
    operation("readPolicy", "policies", "A stored policy")
        .query(
            "version",
            json!({ "type": "integer", "minimum": 1, "maximum": 999_999 }),
            "Which one; the latest where none is said.",
        )
        .answer(200, "The version.", schema("PolicyVersionWithDocument"), whole())
}

pub(super) fn listed() -> Operation {
    operation("listPolicies", "policies", "The stored policies").answer(
        200,
        "The latest version of each.",
        schema("Policies"),
        json!({ "policies": [version()] }),
    )
}

pub(super) fn checked() -> Operation {
    let example = json!({ "valid": true, "name": "brand", "sha256": SHA256, "policy": document() });
    operation("validatePolicy", "policies", "Check a policy without storing it")
        .body(&types())
        .answer(200, "It is valid.", schema("PolicyChecked"), example)
        .problems(&[P::InvalidPolicy])
}

fn types() -> [(&'static str, Value); 4] {
    let media = json!({ "schema": schema("Policy"), "example": document() });
    ["application/json", "application/yaml", "application/x-yaml", "text/yaml"]
        .map(|name| (name, media.clone()))
}

fn document() -> Value {
    json!({
        "name": "brand", "owner": "design@example.com",
        "criteria": { "sharp": { "evaluator": "technical", "with": { "sharpness_min": 17 } } },
        "verdict": "failed.size() > 0 ? 'fail' : 'pass'",
    })
}

fn version() -> Value {
    json!({
        "name": "brand", "version": 1, "sha256": SHA256, "owner": "design@example.com",
        "description": "What may carry our name.", "changed_by": "ed",
        "created_at": "2026-03-13T15:05:02.123Z",
    })
}

fn whole() -> Value {
    let mut whole = version();
    whole["policy"] = document();
    whole
}

pub(super) fn schemas() -> Value {
    let version = json!({
        "name": schema("Name"),
        "version": count("From 1; never changed once stored."),
        "sha256": schema("Sha256"),
        "owner": text("Who answers for it."),
        "description": text("What it is for; may be empty."),
        "changed_by": text("Who stored this version."),
        "created_at": schema("Time"),
    });
    let mut whole = version.clone();
    whole["policy"] = schema("Policy");
    json!({
        "Policy": {
            "type": "object", "required": ["name", "owner", "criteria"], "additionalProperties": true,
            "description": "A policy document: criteria, each with its evaluator, and the rule in CEL that makes a verdict of them. `galley policies schema` prints its format in full.",
            "properties": {
                "name": schema("Name"),
                "owner": text("Who answers for it."),
                "criteria": { "type": "object", "minProperties": 1, "additionalProperties": true, "description": "What is looked at, by name." },
            },
        },
        "PolicyVersion": object("A stored version.", version, &[]),
        "PolicyVersionWithDocument": object("A stored version, with its document.", whole, &[]),
        "Policies": object("The latest version of each stored policy.", json!({ "policies": list("PolicyVersion") }), &[]),
        "PolicyChecked": object("A valid document, with its defaults filled in.", json!({
            "valid": { "const": true },
            "name": schema("Name"),
            "sha256": schema("Sha256"),
            "policy": schema("Policy"),
        }), &[]),
    })
}
