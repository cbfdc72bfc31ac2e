//! What was spent.

use super::{count, object, or_null, text};
use serde_json::{Value, json};

pub(super) fn schemas() -> Value {
    let day = |about: &str| json!({ "type": "string", "format": "date", "description": about });
    let mut on = sum();
    on["day"] = day("The day.");
    let mut of = sum();
    of["value"] =
        text("A pipeline's name, a model's or a label's value; `total` where all is one.");
    of["days"] = json!({
        "type": "array", "description": "The days on which there was something.",
        "items": object("One day.", on, &[]),
    });
    json!({
        "Sum": object("Jobs, attempts and money.", sum(), &[]),
        "Spend": object("What was spent in a period.", json!({
            "by": text("What it is told apart by."),
            "from": day("The first day."),
            "to": day("The last day, included."),
            "values": { "type": "array", "items": object("One value.", of, &[]) },
            "total": super::schema("Sum"),
            "next": or_null(text("The `cursor` of the next page; null on the last one.")),
        }), &[]),
    })
}

/// Sums may be negative: a correction counts on its own day.
fn sum() -> Value {
    json!({
        "jobs": count("How many were accepted."),
        "attempts": count("How many ended."),
        "usd": { "type": "number", "description": "What they cost, in US dollars." },
        "micro_usd": { "type": "integer", "description": "The same in millionths, exact." },
    })
}
