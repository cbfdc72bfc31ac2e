//! The capability table as callers see it, and how each model stands now.

use super::choose::Because;
use super::standing::Standing;
use super::{Effort, How, Model, Models, Price, Sizes};
use crate::lane::{HostRecord, LaneView};
use crate::money::MicroUsd;
use crate::time::Time;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What is said of a model that nobody pays for.
const DOUBLE: &str = "a double at a local address: nothing is bought, the price is the vendor's";

/// The rows, with how the lanes of their vendors stand.
pub fn models_json(models: &Models, lanes: &BTreeMap<String, LaneView>, now: Time) -> Vec<Value> {
    let nobody = LaneView::default();
    let lane = |row: &Model| lanes.get(row.vendor).unwrap_or(&nobody);
    models.rows().iter().map(|row| model_json(row, lane(row), now)).collect()
}

fn model_json(row: &Model, lane: &LaneView, now: Time) -> Value {
    let standing = Standing::of(lane, row.kind, row.typical_s, now);
    let (state, detail) = match (&standing.hold, standing.open_until(row.model, now)) {
        _ if !standing.ready => ("not_set_up", Some(Because::NotSetUp)),
        (Some(why), _) => ("on_hold", Some(Because::Held(why.clone()))),
        (None, Some(until)) => ("resting", Some(Because::Open(until))),
        (None, None) => ("ready", None),
    };
    let double = lane.hosts.values().any(HostRecord::is_double).then(|| DOUBLE.to_owned());
    let detail = detail.map(|detail| detail.to_string()).or(double);
    let how = match row.how {
        How::Waiting => "waiting",
        How::Checked(_) => "checked",
        How::Told(_) => "told",
    };
    json!({
        "model": row.name(), "vendor": row.vendor, "kind": row.kind, "sizes": sizes_json(row.sizes),
        "formats": row.formats, "transparent": row.transparent, "seeded": row.seeded,
        "seconds": row.seconds.map(|(least, most)| json!({ "least": least, "most": most })),
        "price": price_json(row.price), "how": how, "output_life_s": row.output_life_s,
        "typical_s": row.typical_s, "rank": standing.ranks.get(row.model).copied().unwrap_or(row.rank),
        "as_of": row.as_of, "old": row.old(now), "source": row.source,
        "state": state, "detail": detail,
    })
}

fn sizes_json(sizes: Sizes) -> Value {
    match sizes {
        Sizes::Exact(sizes) => {
            let size = |(width, height): &(u32, u32)| json!({ "width": width, "height": height });
            json!({ "exact": sizes.iter().map(size).collect::<Vec<_>>() })
        }
        Sizes::Sides(least, most) => json!({ "side_least": least, "side_most": most }),
        Sizes::Pixels(most) => json!({ "pixels_most": most }),
        Sizes::Input => json!({ "as": "input" }),
        Sizes::None => json!({ "as": "none" }),
    }
}

fn price_json(price: Price) -> Value {
    let usd = |micros: i64| MicroUsd(micros).usd();
    let efforts = |prices: &[i64; 3]| -> Value {
        let priced = Effort::NAMES.iter().zip(prices);
        priced
            .map(|((name, _), price)| ((*name).to_owned(), usd(*price).into()))
            .collect::<Map<_, _>>()
            .into()
    };
    let per = |what: &str, micros: i64| json!({ "per": what, "usd": usd(micros) });
    match price {
        Price::Each(prices) => json!({ "per": "output", "by_effort": efforts(&prices) }),
        Price::Sized(steps) => {
            let step = |(most, prices): &(u32, [i64; 3])| json!({ "pixels_most": most, "by_effort": efforts(prices) });
            json!({ "per": "output", "by_size": steps.iter().map(step).collect::<Vec<_>>() })
        }
        Price::Megapixel(each) => per("megapixel", each),
        Price::Clip(rows) => {
            let row =
                |(most, price): &(u32, i64)| json!({ "seconds_most": most, "usd": usd(*price) });
            json!({ "per": "output", "by_length": rows.iter().map(row).collect::<Vec<_>>() })
        }
        Price::Second(each) => per("second", each),
        Price::Work(each) => per("second_of_work", each),
        Price::Characters(each) => per("thousand_characters", each),
        Price::Tokens(given, answered) => json!({
            "per": "million_tokens", "usd_in": usd(given), "usd_out": usd(answered),
        }),
    }
}
