//! What GPU hosts say.

use super::{count, object, one_of, text};
use serde_json::{Value, json};

pub(super) fn schemas() -> Value {
    let strings = |about: &str| json!({ "type": "array", "items": { "type": "string" }, "description": about });
    json!({
        "Nothing": { "type": "object", "description": "There is nothing to say.", "properties": {} },
        "ReportAnswer": object("Whether the host should go on.", json!({
            "continue": { "type": "boolean", "description": "False: stop the render." },
        }), &[]),
        "Report": object("What happened to a render. Signed over its bytes.", json!({
            "v": { "const": 1 },
            "attempt": text("The attempt it is about, as in the address."),
            "seq": count("Its number among the attempt's reports, from 1."),
            "context": text("What came with the render, handed back."),
            "kind": one_of("What happened.", ["alive", "progress", "preview", "chunk", "ending", "succeeded", "failed", "canceled"]),
            "fraction": { "type": "number", "minimum": 0, "maximum": 1, "description": "How much of it is done." },
            "slot_seconds": { "type": "number", "minimum": 0, "description": "How long the slot has been held." },
            "outputs": { "type": "array", "description": "Of a success: what lies at its place.", "items":
                object("One output.", json!({
                    "name": text("The port."), "media_type": text("As the host says."),
                    "sha256": text("In hexadecimal."), "bytes": count("Its size."),
                    "width": count("In pixels."), "height": count("In pixels."),
                    "seconds": { "type": "number", "minimum": 0, "description": "How long it plays." },
                }), &["width", "height", "seconds"]) },
            "chunk": object("Of a piece of a video or sound: what lies at its place.", json!({
                "number": count("Its number, from 0."),
                "part": one_of("`init` starts a player and is number 0; `media` is played after it.", ["init", "media"]),
                "media_type": text("As the place was signed for."),
                "seconds": { "type": "number", "minimum": 0, "description": "How long it plays; 0 of the one that starts a player." },
                "sha256": text("In hexadecimal."), "bytes": count("Its size."),
            }), &["sha256"]),
            "error": object("Of a failure: why.", json!({
                "code": text("A short name, such as `out_of_memory`."), "message": text("What a person should know."),
                "retryable": { "type": "boolean", "description": "Whether another attempt may succeed." },
            }), &[]),
            "at": text("When, as the host's clock has it."),
        }), &["v", "context", "fraction", "slot_seconds", "outputs", "chunk", "error", "at"]),
        "Announcement": object("What a host says of itself.", json!({
            "host": { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$", "description": "The name in the address." },
            "address": text("Where Galley reaches it."),
            "slots": { "type": "integer", "minimum": 1, "maximum": 64, "description": "How many renders it runs at once." },
            "models": strings("The models it has; `*` for any."),
            "kinds": strings("The kinds of steps it does."),
            "usd_per_slot_second": { "type": "number", "minimum": 0, "description": "What a second in one of its slots costs." },
            "state": one_of("Whether it takes work.", ["ready", "draining"]),
            "renew_s": { "type": "integer", "minimum": 1, "maximum": 3600, "description": "How often it will renew." },
            "boot": text("Tells one process from the next."),
        }), &["boot"]),
    })
}
