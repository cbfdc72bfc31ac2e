//! Plants, as the description has them.

use super::build::{Operation, operation, schema};
use super::schemas::{count, list as list_of, object, or_null, text};
use domain::problem::ProblemType as P;
use serde_json::{Value, json};

const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

pub(super) fn add() -> Operation {
    operation("addPlant", "policies", "Add a picture that is known to be bad")
        .about("The policy's `plant` slips it in among what is judged. It is never published, by whatever job. The same picture again replaces what was said of it.")
        .json_body(
            object("A picture, by upload or by asset.", json!({
                "upload": text("An upload of the tenant's."),
                "asset": text("An asset of one of its jobs, such as one that was rejected. That job publishes it no more."),
                "why": text("What is wrong with it."),
                "prompt": text("The words that it seems to be made from."),
            }), &["upload", "asset", "prompt"]),
            json!({ "upload": "direct/0123456789abcdef.png", "why": "six fingers", "prompt": "a hand" }),
        )
        .answer(201, "It is added.", schema("Plant"), example())
        .problems(&[P::InvalidBody])
}

pub(super) fn list() -> Operation {
    operation("listPlants", "policies", "The pictures that a policy may plant").answer(
        200,
        "All of them.",
        schema("Plants"),
        json!({ "plants": [example()] }),
    )
}

pub(super) fn remove() -> Operation {
    operation("removePlant", "policies", "Take a plant out")
        .about("Jobs that it was planted as stay, and publish nothing.")
        .part("id", schema("Sha256"), "The SHA-256 of its bytes.")
        .answer(
            200,
            "It is gone.",
            schema("PlantRemoved"),
            json!({ "id": SHA256, "deleted": true }),
        )
}

fn example() -> Value {
    json!({
        "id": SHA256, "policy": "brand", "why": "six fingers", "prompt": "a hand",
        "media_type": "image/png", "bytes": 123_456, "by": "ed", "at": "2026-11-20T06:00:00.000Z",
    })
}

pub(super) fn schemas() -> Value {
    json!({
        "Plant": object("A picture that is known to be bad.", json!({
            "id": schema("Sha256"),
            "policy": schema("Name"),
            "why": text("What is wrong with it."),
            "prompt": or_null(text("The words that it seems to be made from.")),
            "media_type": text("Its media type."),
            "bytes": count("Its size."),
            "by": text("Who added it."),
            "at": schema("Time"),
        }), &[]),
        "Plants": object("Pictures that are known to be bad.", json!({ "plants": list_of("Plant") }), &[]),
        "PlantRemoved": object("A plant is gone.", json!({
            "id": schema("Sha256"),
            "deleted": { "const": true },
        }), &[]),
    })
}
