//! Where a publish step publishes.

use crate::post::Able;
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
    let assets = json!({
        "type": "object", "required": ["kind"], "allOf": rules.collect::<Vec<_>>(),
        "properties": { "kind": { "enum": names, "description": "What kind of place it is." } },
    });
    json!({ "anyOf": [assets, post()] })
}

/// The schema of a list of targets, all of them of posts.
pub(super) fn list() -> Value {
    json!({ "type": "array", "minItems": 1, "maxItems": 20, "items": schema() })
}

/// The schema of a target of a post.
fn post() -> Value {
    let kinds = Able::all().iter().map(|able| able.target);
    let kinds: Vec<&str> = kinds.filter(|kind| !["s3", "webhook"].contains(kind)).collect();
    json!({
        "type": "object", "required": ["kind"], "additionalProperties": false,
        "properties": {
            "kind": { "enum": kinds, "description": "What kind of place it is." },
            "connection": {
                "type": "string", "pattern": "^[a-z][a-z0-9-]{0,39}$",
                "description": "The connection that says whose account it is.",
            },
            "status": { "enum": ["publish", "draft"], "description": "Whether people see it, or those who edit." },
            "visibility": { "type": "string", "description": "Who sees it, as the target says it." },
            "text": { "enum": ["body", "summary", "title"], "description": "What a short text is made of." },
            "thread": { "type": "boolean", "description": "Whether a text that does not fit becomes a thread." },
            "options": { "type": "object", "description": "What only this target knows." },
            "prefix": { "type": "string", "maxLength": 200, "description": "The path below which files lie." },
        },
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
