//! Where a publish step publishes.

use serde_json::{Value, json};

/// The schema of a target of any kind.
pub(super) fn schema() -> Value {
    let kinds = [("s3", s3()), ("webhook", webhook()), ("print-partner", partner())];
    let names: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
    let rules = kinds.iter().map(|(name, fields)| {
        let mut properties = fields.clone();
        properties["kind"] = json!({ "const": name });
        let mut then = json!({ "properties": properties, "additionalProperties": false });
        match *name {
            "webhook" => then["required"] = json!(["url"]),
            "print-partner" => then["required"] = json!(["url", "product"]),
            _ => {}
        }
        let named = json!({ "required": ["kind"], "properties": { "kind": { "const": name } } });
        json!({ "if": named, "then": then })
    });
    json!({
        "type": "object", "required": ["kind"], "allOf": rules.collect::<Vec<_>>(),
        "properties": { "kind": { "enum": names, "description": "What kind of place it is." } },
    })
}

/// The fields of `s3`.
pub(in super::super) fn s3() -> Value {
    json!({
        "prefix": {
            "type": "string", "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]([A-Za-z0-9_.-]*[A-Za-z0-9_-])?(/[A-Za-z0-9_-]([A-Za-z0-9_.-]*[A-Za-z0-9_-])?)*$",
            "description": "The path below which the files lie.",
        },
        "name_by": { "enum": ["key", "hash"], "description": "A stable name, or one that follows the bytes." },
        "cache_control": { "type": "string", "description": "The files' Cache-Control." },
        "latest": { "type": "boolean", "description": "Whether a latest.json shows the newest job's files." },
    })
}

/// The fields of `webhook`.
pub(in super::super) fn webhook() -> Value {
    json!({
        "url": {
            "type": "string", "maxLength": 2_000, "pattern": "^https://[^/?#@:\\s][^#@\\s]*$",
            "description": "Where each asset is posted, signed.",
        },
    })
}

/// The fields of `print-partner`.
pub(in super::super) fn partner() -> Value {
    json!({
        "url": {
            "type": "string", "maxLength": 2_000, "pattern": "^https://[^/?#@:\\s][^#@?\\s]*$",
            "description": "What /orders is put behind.",
        },
        "product": {
            "type": "string", "pattern": "^[A-Za-z0-9._/-]{1,100}$",
            "description": "The partner's own name of what is printed.",
        },
    })
}
