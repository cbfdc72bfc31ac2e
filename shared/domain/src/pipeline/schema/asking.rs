//! Which models may do a step, and how one of them is chosen.

use serde_json::{Value, json};

use super::super::asking::{Cache, Choose, OnUnknown};
use super::super::read::limits;
use crate::reuse::NEAR_MOST;
use crate::vendor::Effort;

/// The fields of a step that say so.
pub(super) fn fields() -> Value {
    let chosen = Choose::NAMES.map(|(name, _)| name);
    let efforts = Effort::NAMES.map(|(name, _)| name);
    json!({
        "models": {
            "type": "array", "minItems": 1, "maxItems": limits::MODELS_MOST, "uniqueItems": true,
            "items": {
                "type": "string", "maxLength": limits::MODEL_MOST,
                "pattern": "^[A-Za-z0-9._:@+-]+(/[A-Za-z0-9._:@+-]+)*$",
            },
            "description": "The models that may do it: VENDOR/MODEL, or a model of your own hosts.",
        },
        "choose": {
            "enum": chosen,
            "description": "By what one of them is chosen: first, as they are written, unless only class is given; then cheapest.",
        },
        "class": class(),
        "effort": {
            "enum": efforts, "default": "standard",
            "description": "How good it has to be, and so how dear it may be.",
        },
        "cache": {
            "description": "Which earlier results are taken; unsaid, those of the same work where a seed is set.",
            "oneOf": [
                { "enum": Cache::NAMES.map(|(name, _)| name) },
                {
                    "type": "object", "required": ["near"], "additionalProperties": false,
                    "properties": { "near": {
                        "type": "integer", "minimum": 0, "maximum": NEAR_MOST,
                        "description": "By how many of 64 bits the perceptual hashes of pictures that go in may differ.",
                    } },
                },
            ],
        },
        "on_unknown": {
            "description": "What becomes of it when nobody knows whether a vendor took an attempt.",
            "default": "wait",
            "oneOf": [
                { "enum": OnUnknown::WORDS },
                {
                    "type": "object", "required": ["resubmit"], "additionalProperties": false,
                    "properties": { "resubmit": {
                        "type": "object", "required": ["because"],
                        "properties": { "because": {
                            "type": "string", "pattern": "\\S", "maxLength": limits::BECAUSE_MOST,
                            "description": "Why it is asked for again though both may have to be paid.",
                        } },
                    } },
                },
            ],
        },
    })
}

fn class() -> Value {
    json!({
        "type": "object", "minProperties": 1, "additionalProperties": false,
        "description": "What a model must be able to do; without models, any vendor's that can may do it.",
        "properties": {
            "min_megapixels": {
                "type": "number", "minimum": 0.01, "maximum": limits::MEGAPIXELS_MOST,
                "description": "Millions of pixels at least.",
            },
            "transparent": { "type": "boolean", "description": "Whether backgrounds are transparent." },
            "format": { "enum": limits::FORMATS, "description": "The format that it gives." },
            "seeded": { "type": "boolean", "description": "Whether the same seed gives the same." },
        },
    })
}
