//! Pipelines: documents, their stored versions, and what a check of one says.

use super::{count, list, object, or_null, schema, text};
use serde_json::{Value, json};

pub(super) fn schemas() -> Value {
    let version = json!({
        "name": schema("Name"),
        "version": count("From 1; never changed once stored."),
        "sha256": schema("Sha256"),
        "description": or_null(text("What its author says of it.")),
        "created_at": schema("Time"),
    });
    let mut whole = version.clone();
    whole["pipeline"] = schema("Pipeline");
    json!({
        "Pipeline": document(),
        "PipelineVersion": object("A stored version.", version, &[]),
        "PipelineVersionWithDocument": object("A stored version, with its document.", whole, &[]),
        "Pipelines": object("The latest version of each stored pipeline.", json!({ "pipelines": list("PipelineVersion") }), &[]),
        "PipelineStored": object("What was stored, or was there already.", json!({
            "name": schema("Name"), "version": count("The version."), "sha256": schema("Sha256"),
        }), &[]),
        "PipelineChecked": object("A valid document, and the order in which its steps would run.", json!({
            "valid": { "const": true },
            "name": schema("Name"),
            "waves": { "type": "array", "description": "What runs together, one after the other.", "items":
                object("One wave.", json!({
                    "fn": text("Who runs it."),
                    "steps": { "type": "array", "items": { "type": "string" } },
                }), &[]) },
        }), &[]),
    })
}

/// The document as a whole; what it may say in detail lies at an address of its own, for it is long.
fn document() -> Value {
    json!({
        "type": "object", "required": ["name", "budget_usd", "steps"],
        "description": "A pipeline document. Its format in full is the JSON Schema at /pipeline.schema.json.",
        "externalDocs": { "url": "./pipeline.schema.json", "description": "JSON Schema 2020-12, for editors and generators." },
        "properties": {
            "name": schema("Name"),
            "description": text("What it is for."),
            "inputs": { "type": ["object", "null"], "additionalProperties": true, "description": "What a job must give, by name." },
            "budget_usd": { "type": "number", "exclusiveMinimum": 0, "description": "What one run may spend, failed attempts included." },
            "steps": { "type": "object", "minProperties": 1, "additionalProperties": true, "description": "The steps by name." },
        },
    })
}
