//! The shapes of requests and answers, under one name each.
//!
//! A field that an answer has and its shape has not fails the tests of intake.

mod hosts;
mod jobs;
mod lanes;
mod notices;
mod pipelines;
mod problems;
mod quotes;
mod reviews;
mod spend;

use super::build::schema;
use domain::label::{LABELS_MOST, VALUE_MOST};
use domain::upload;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Every shape, by its name.
pub(super) fn all() -> Value {
    let parts = [
        plain(),
        jobs::schemas(),
        pipelines::schemas(),
        problems::schemas(),
        hosts::schemas(),
        notices::schemas(),
        assets(),
        lanes::schemas(),
        quotes::schemas(),
        spend::schemas(),
        reviews::schemas(),
        super::policies::schemas(),
        super::gates::schemas(),
        super::plants::schemas(),
        super::publications::schemas(),
        super::takedowns::schemas(),
        super::triggers::schemas(),
    ];
    let named = parts.into_iter().flat_map(|part| match part {
        Value::Object(named) => named,
        _ => Map::new(),
    });
    Value::Object(named.collect())
}

/// An object that has all of these fields, but for the optional ones.
pub(super) fn object(about: &str, fields: Value, optional: &[&str]) -> Value {
    let names = fields.as_object().into_iter().flatten().map(|(name, _)| name);
    let required: BTreeSet<&String> =
        names.filter(|name| !optional.contains(&name.as_str())).collect();
    json!({ "type": "object", "description": about, "required": required, "properties": fields })
}

pub(super) fn list(of: &str) -> Value {
    json!({ "type": "array", "items": schema(of) })
}

pub(super) fn text(about: &str) -> Value {
    json!({ "type": "string", "description": about })
}

fn one_of(about: &str, names: impl IntoIterator<Item = &'static str>) -> Value {
    json!({ "type": "string", "description": about, "enum": names.into_iter().collect::<Vec<_>>() })
}

pub(super) fn or_null(mut schema: Value) -> Value {
    schema["type"] = json!([schema["type"], "null"]);
    schema
}

pub(super) fn count(about: &str) -> Value {
    json!({ "type": "integer", "minimum": 0, "description": about })
}

fn dollars(about: &str) -> Value {
    json!({ "type": "number", "minimum": 0, "description": about })
}

/// Anything at all, by any name.
pub(super) fn anything(about: &str) -> Value {
    json!({ "type": "object", "description": about, "additionalProperties": true })
}

fn plain() -> Value {
    json!({
        "JobId": {
            "type": "string", "pattern": "^j[0-9a-hjkmnp-tv-z]{26}$",
            "description": "Sorts by age.", "examples": ["j01hf7yat0041040g2081040g21"],
        },
        "AssetId": {
            "type": "string", "pattern": "^j[0-9a-hjkmnp-tv-z]{26}(\\.[^.]+){3}$",
            "description": "Job, step, port or attempt, and a number.",
        },
        "Name": {
            "type": "string", "pattern": "^[a-z][a-z0-9-]{0,63}$", "description": "A short name.",
            "examples": ["hero-image"],
        },
        "Time": { "type": "string", "format": "date-time", "description": "RFC 3339, in UTC." },
        "Sha256": { "type": "string", "pattern": "^[0-9a-f]{64}$", "description": "In hexadecimal." },
        "Labels": {
            "type": "object", "maxProperties": LABELS_MOST, "description": "The caller's own marks.",
            "propertyNames": { "pattern": "^[a-z][a-z0-9._-]{0,39}$" },
            "additionalProperties": { "type": "string", "minLength": 1, "maxLength": VALUE_MOST },
        },
        "GatewayMessage": object(
            "What the gateway itself says.", json!({ "message": text("In a few words.") }), &[],
        ),
        "ApiDescription": anything("An OpenAPI document."),
        "JsonSchema": anything("A JSON Schema."),
    })
}

fn assets() -> Value {
    let fields = json!({
        "id": schema("AssetId"),
        "step": text("The step that made it; `inputs` for what the caller brought."),
        "port": text("The port it came out of."),
        "sha256": schema("Sha256"),
        "media_type": text("Its media type, told from its bytes."),
        "bytes": count("Its size."),
        "width": or_null(count("In pixels.")),
        "height": or_null(count("In pixels.")),
        "seconds": { "type": "number", "minimum": 0, "description": "How long it plays, of a video or a sound." },
        "erased": schema("Tombstone"),
        "made_from": { "type": "array", "items": schema("AssetId"), "description": "What it was made from." },
        "created_at": schema("Time"),
        "text": text("Its words, of a text."),
        "edited": super::build::schema("HumanEdit"),
    });
    let mut located = fields.clone();
    located["url"] = json!({ "type": "string", "format": "uri", "description": "Its bytes: for GET, without a key." });
    located["url_expires_at"] = schema("Time");
    json!({
        "Tombstone": object("What is left where something was erased.", json!({
            "at": schema("Time"), "reason": text("Why."),
        }), &[]),
        "Asset": object("Bytes that do not change, with what is known of them.", fields, &["seconds", "erased", "text", "edited"]),
        "AssetWithUrl": object("The same, with an address from which its bytes can be had for a while.", located, &["seconds", "erased", "text", "edited"]),
        "HumanEdit": object("What a person did to it by hand.", json!({
            "by": text("Who."), "at": schema("Time"),
            "replaced": or_null(text("The asset whose place it took.")),
            "alt": or_null(text("Instead of the picture.")), "caption": or_null(text("Beside it.")),
            "focal": { "type": ["object", "null"], "additionalProperties": true, "description": "What must stay in view." },
        }), &[]),
        "UploadRequest": object("What will be uploaded.", json!({
            "media_type": one_of("What it is.", upload::MEDIA_TYPES),
            "bytes": { "type": "integer", "minimum": 1, "maximum": upload::BYTES_MOST, "description": "Its size." },
            "trigger": or_null(text("The trigger that it is meant for; none for a job that will name it.")),
        }), &["trigger"]),
        "Upload": object("A place for one upload.", json!({
            "upload": text("What a job's input names: `{\"upload\": …}`."),
            "url": { "type": "string", "format": "uri", "description": "For one PUT of the bytes, without a key." },
            "headers": {
                "type": "object", "additionalProperties": { "type": "string" },
                "description": "To be sent with the PUT, exactly so.",
            },
            "expires_at": schema("Time"),
        }), &[]),
    })
}
