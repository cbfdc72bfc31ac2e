//! Pipelines: documents, their stored versions, and what a check of one says.

use super::{anything, count, list, object, or_null, schema, text};
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
        "Pipeline": anything("A pipeline document: name, inputs, budget, steps."),
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
