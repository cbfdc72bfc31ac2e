//! Lanes, and what waiting work waits for.

use super::{count, list, object, one_of, or_null, text};
use serde_json::{Value, json};

const WHY: [&str; 9] = [
    "slots",
    "not_before",
    "cap",
    "rate",
    "on_hold",
    "no_host",
    "quarantined",
    "resting",
    "same_work",
];

pub(super) fn schemas() -> Value {
    json!({
        "WaitingFor": object("What it waits for.", json!({
            "lane": text("A lane."),
            "review": text("A review: people are asked."),
            "why": one_of("Why it is not started now.", WHY),
            "detail": text("The same, as people read it."),
            "position": number_or_unknown("integer", "How many starts until it has started, its own counted."),
            "estimate_s": number_or_unknown("number", "In how many seconds it will probably start; unknown where fewer than five renders of a sort that matters were seen."),
            "slots": count("Slots of the lane."),
            "busy": count("Those that are taken."),
        }), &["lane", "review", "why", "detail", "position", "estimate_s", "slots", "busy"]),
        "Lanes": object("All lanes.", json!({ "lanes": list("Lane") }), &[]),
        "Lane": object("A pool of slots.", json!({
            "lane": text("Its name."),
            "hold": or_null(text("Why nothing new starts; null where it does.")),
            "hosts": count("Hosts that take work."),
            "slots": count("Slots of all hosts on record."),
            "busy": count("Those that are taken."),
            "models": texts("Models that the hosts have; `*` for any."),
            "kinds": texts("Kinds of steps that the hosts do."),
            "rate": or_null(object("How many renders may start; null where only slots limit that.", json!({
                "starts": count("So many."), "per_s": count("In so many seconds."),
            }), &[])),
            "waiting": count("How many items wait, of all tenants."),
            "oldest_wait_s": seconds("For how long the oldest of them has waited."),
            "typical": { "type": "array", "description": "What renders take, of which at least five were seen.", "items":
                object("One sort of work.", json!({
                    "kind": text("The kind of step."), "model": text("The model; `-` for the host's own choice."),
                    "renders": count("How many were seen."), "seconds": seconds("What they hold a slot for, the latest counted most."),
                }), &[]) },
            "yours": object("Of the caller.", json!({
                "waiting": count("Items that wait."), "running": count("Slots that are held."),
            }), &[]),
        }), &[]),
    })
}

fn number_or_unknown(kind: &str, about: &str) -> Value {
    json!({ "description": about, "oneOf": [{ "type": kind, "minimum": 0 }, { "type": "string", "enum": ["unknown"] }] })
}

fn seconds(about: &str) -> Value {
    json!({ "type": "number", "minimum": 0, "description": about })
}

fn texts(about: &str) -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "description": about })
}
