//! `galley models`: what vendors can do, and for how much.
use client::Model;

use crate::{
    failure::{Exit, Failure},
    paint::{self, DIM, WARN, note, paint, plain},
    session::Session,
    show,
};

/// Show the models of all vendors, with their prices
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley models
  galley models --kind image.generate
  galley models --vendor openai --json | jq '.models[] | {model, kind, price, as_of, source}'

A step names them: `with: { model: VENDOR/MODEL }`, or several under `models:`. A bare name is a model on
hosts of your own. VENDOR/* stands for models of your own there.")]
pub(crate) struct Args {
    /// Only those that do such steps
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Only those of this vendor
    #[arg(long, value_name = "VENDOR")]
    vendor: Option<String>,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let found = client.models(args.kind.as_deref(), args.vendor.as_deref()).await?;
    if session.json {
        paint::json(&found)?;
        return Ok(Exit::Succeeded);
    }
    table(&found.models).iter().try_for_each(|line| paint::line(line))?;
    if found.models.is_empty() {
        note("no vendor does that");
    }
    Ok(Exit::Succeeded)
}

fn table(models: &[Model]) -> Vec<String> {
    let widest = |of: &dyn Fn(&Model) -> String, head: &str| {
        models.iter().map(|model| of(model).chars().count()).fold(head.len(), usize::max)
    };
    let names = widest(&|model| plain(&model.model), "MODEL");
    let kinds = widest(&|model| plain(&model.kind), "KIND");
    let prices = widest(&price, "PRICE");
    let row = |model: &str, kind: &str, price: &str, takes: &str, as_of: &str| {
        format!("{model:names$}  {kind:kinds$}  {price:prices$}  {takes:>6}  {as_of:10}")
    };
    let mut lines = Vec::new();
    if !models.is_empty() {
        lines.push(paint(DIM, &row("MODEL", "KIND", "PRICE", "TAKES", "AS OF")));
    }
    for model in models {
        let (name, kind) = (plain(&model.model), plain(&model.kind));
        let takes = format!("{:.0} s", model.typical_s);
        let mut line = row(&name, &kind, &price(model), &takes, &plain(&model.as_of));
        if model.old {
            line += &paint(WARN, "  old price");
        }
        if let Some(detail) = &model.detail {
            line += &paint(DIM, &format!("  {}", plain(detail)));
        }
        lines.push(line);
    }
    lines
}

/// A price in a few words.
fn price(model: &Model) -> String {
    let usd = |value: &serde_json::Value| value.as_f64().map_or("?".into(), show::usd);
    let efforts = |prices: &serde_json::Value| {
        let (low, high) = (usd(&prices["draft"]), usd(&prices["final"]));
        if low == high { low } else { format!("{low}–{high}") }
    };
    let price = &model.price;
    match price["per"].as_str().unwrap_or_default() {
        "output" if price["by_effort"].is_object() => {
            format!("{} each", efforts(&price["by_effort"]))
        }
        "output" if price["by_length"].is_array() => {
            let rows = price["by_length"].as_array().map(Vec::as_slice).unwrap_or_default();
            let of = |row: Option<&serde_json::Value>| usd(&row.unwrap_or(&price["usd"])["usd"]);
            format!("{}–{} each", of(rows.first()), of(rows.last()))
        }
        "output" => {
            let sizes = price["by_size"].as_array().map(Vec::as_slice).unwrap_or_default();
            let (first, last) = (sizes.first(), sizes.last());
            let of = |size: Option<&serde_json::Value>, effort: &str| {
                size.map_or("?".into(), |size| usd(&size["by_effort"][effort]))
            };
            format!("{}–{} each", of(first, "draft"), of(last, "final"))
        }
        "million_tokens" => {
            format!("{} in, {} out per 1M tokens", usd(&price["usd_in"]), usd(&price["usd_out"]))
        }
        per => format!("{} per {}", usd(&price["usd"]), plain(&per.replace('_', " "))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_tells_the_price_its_day_and_what_keeps_it() {
        let models = json!([
            {
                "model": "brio/vivid-2", "kind": "image.generate", "typical_s": 6, "rank": 90,
                "price": { "per": "output", "by_effort": { "draft": 0.01, "standard": 0.04, "final": 0.16 } },
                "as_of": "2026-11-01", "old": false, "state": "ready", "detail": null,
            },
            {
                "model": "aster/reel", "kind": "video.generate", "typical_s": 60, "rank": 50,
                "price": { "per": "second_of_work", "usd": 0.05 }, "as_of": "2026-07-01", "old": true,
                "state": "not_set_up", "detail": "there is no key",
            },
        ]);
        let models: Vec<Model> = serde_json::from_value(models).unwrap();
        let shown = anstream::adapter::strip_str(&table(&models).join("\n")).to_string();
        let expected = "\
MODEL         KIND            PRICE                      TAKES  AS OF     \n\
brio/vivid-2  image.generate  $0.01–$0.16 each             6 s  2026-11-01\n\
aster/reel    video.generate  $0.05 per second of work    60 s  2026-07-01  old price  there is no key";
        assert_eq!(shown, expected);
    }

    #[test]
    fn prices_of_tokens_sizes_and_clips_are_told_in_a_few_words() {
        let model = |price| -> Model {
            serde_json::from_value(json!({ "model": "a/b", "kind": "k", "price": price })).unwrap()
        };
        let tokens = model(json!({ "per": "million_tokens", "usd_in": 0.25, "usd_out": 2.0 }));
        assert_eq!(price(&tokens), "$0.25 in, $2.00 out per 1M tokens");
        let size = |most: u32, usd: f64| json!({ "pixels_most": most, "by_effort": { "draft": usd, "standard": usd, "final": usd * 4.0 } });
        let sized = model(json!({ "per": "output", "by_size": [size(1, 0.01), size(2, 0.02)] }));
        assert_eq!(price(&sized), "$0.01–$0.08 each");
        let clip = |most: u32, usd: f64| json!({ "seconds_most": most, "usd": usd });
        let clips = model(json!({ "per": "output", "by_length": [clip(5, 0.35), clip(10, 0.7)] }));
        assert_eq!(price(&clips), "$0.35–$0.70 each");
    }
}
