//! What models there are, and what a job would cost.

use super::{anything, count, dollars, list, object, one_of, or_null, text};
use domain::vendor::Effort;
use serde_json::{Value, json};

pub(super) fn schemas() -> Value {
    let flag = |about: &str| json!({ "type": "boolean", "description": about });
    let seconds = |about: &str| json!({ "type": "number", "minimum": 0, "description": about });
    let day = |about: &str| json!({ "type": "string", "format": "date", "description": about });
    let words = |about: &str| json!({ "type": "array", "items": { "type": "string" }, "description": about });
    let efforts = |about: &str| {
        let each =
            |(name, _): (&str, Effort)| (name.to_owned(), or_null(dollars("In US dollars.")));
        let fields: serde_json::Map<String, Value> = Effort::NAMES.into_iter().map(each).collect();
        object(about, fields.into(), &[])
    };
    let per = [
        "output",
        "megapixel",
        "second",
        "second_of_work",
        "thousand_characters",
        "million_tokens",
    ];
    json!({
        "Models": object("All models of all vendors.", json!({ "models": list("Model") }), &[]),
        "Model": object("One kind of work that one model does.", json!({
            "model": text("As pipelines name it: VENDOR/MODEL; `VENDOR/*` for models of your own there."),
            "vendor": text("Whose it is; also its lane's name."),
            "kind": text("The kind of step."),
            "sizes": anything("`exact` sizes; or `side_least` and `side_most`; or `pixels_most`; or `as` its input, or none."),
            "formats": words("Media types that it gives."),
            "transparent": flag("Whether its pictures can have a transparent background."),
            "seeded": flag("Whether the same seed gives the same."),
            "seconds": or_null(object("What it makes, where it plays.", json!({
                "least": count("Seconds."), "most": count("Seconds."),
            }), &[])),
            "price": object("What it costs.", json!({
                "per": one_of("Of what it is the price.", per),
                "usd": dollars("In US dollars."),
                "usd_in": dollars("Of what is asked."),
                "usd_out": dollars("Of what is answered."),
                "by_effort": efforts("For each effort."),
                "by_size": { "type": "array", "description": "By the pixels that are made: the first that holds them.", "items":
                    object("One size.", json!({
                        "pixels_most": count("Up to so many."), "by_effort": efforts("For each effort."),
                    }), &[]) },
                "by_length": { "type": "array", "description": "By the seconds that are made: the first that is as long.", "items":
                    object("One length.", json!({
                        "seconds_most": count("Up to so many."), "usd": dollars("In US dollars."),
                    }), &[]) },
            }), &["usd", "usd_in", "usd_out", "by_effort", "by_size", "by_length"]),
            "how": one_of("Whether it answers when it is done, is asked again, or tells the end.", ["waiting", "checked", "told"]),
            "output_life_s": or_null(count("For how long its vendor keeps what it made; null where it comes with the answer.")),
            "typical_s": seconds("How long it takes as a rule."),
            "rank": count("How good it is thought to be, 0 to 100; your operator's own ranking where there is one."),
            "as_of": day("When this was so."),
            "old": flag("Whether that is more than 90 days ago."),
            "source": text("Where it is said."),
            "state": one_of("Whether it can be asked now.", ["ready", "not_set_up", "on_hold", "resting"]),
            "detail": or_null(text("Why not; null where it can.")),
        }), &[]),
        "Quote": object("What a job would cost.", json!({
            "pipeline": text("The pipeline."),
            "version": or_null(count("Its version; null of a document that came with the request.")),
            "possible": flag("Whether each step has a model that can do it."),
            "within_budget": flag("Whether the budget, and what is left of the tenant's, pay for the least."),
            "tenants_budget": or_null(object("The tenant's budget of which least is left; null where it has none.", json!({
                "period": one_of("For how long it is, in UTC.", ["day", "month"]),
                "usd": dollars("What may be spent in it."),
                "left_usd": dollars("What is neither spent nor under way."),
            }), &[])),
            "budget_usd": dollars("What one run may spend."),
            "least_usd": or_null(dollars("Each step once, by its cheapest model; steps under a condition count as nothing.")),
            "most_usd": or_null(dollars("Each step as often as it may be attempted, by its dearest; never more than the budget.")),
            "steps": list("QuotedStep"),
            "notes": words("What should be known, such as prices that are old."),
        }), &[]),
        "QuotedStep": object("A step that a model does.", json!({
            "name": text("Its name."),
            "kind": text("Its kind."),
            "choose": text("By what one of its models is chosen."),
            "effort": one_of("How good it has to be.", Effort::NAMES.map(|(name, _)| name)),
            "attempts": count("How often it may be attempted."),
            "conditional": flag("Whether it may be left out."),
            "candidates": { "type": "array", "description": "Who may do it now, in the order in which they are asked.", "items":
                object("A model.", json!({
                    "model": text("Its name."),
                    "lane": text("The lane in which it is asked."),
                    "vendor": or_null(text("Whose it is; null of your own hosts.")),
                    "usd": efforts("What an attempt will probably cost, by effort; null while no host of your own that has a price does it."),
                    "typical_s": seconds("How long it takes as a rule."),
                    "wait_s": or_null(seconds("How long work waits in its lane now; null where nobody knows.")),
                    "as_of": or_null(day("When its price was so.")),
                    "old": flag("Whether that is more than 90 days ago."),
                }), &[]) },
            "passed_over": { "type": "array", "description": "Who may not, and why.", "items":
                object("A model.", json!({
                    "model": text("Its name."), "why": text("Why."),
                    "passes": flag("Whether that passes by itself."),
                }), &[]) },
        }), &[]),
    })
}
