//! What Seedance's models take, give and cost.

use crate::mark;
use domain::money::MicroUsd;
use domain::vendor::shape::ratio;
use domain::vendor::{How, Model, Order, Price, Sizes};
use serde_json::{Value, json};

const FILM: Model = Model {
    vendor: "ark",
    model: "",
    kind: "video.generate",
    // What 720p is in each shape.
    sizes: Sizes::Exact(&[
        (1248, 704),
        (704, 1248),
        (960, 960),
        (1120, 832),
        (832, 1120),
        (1504, 640),
    ]),
    formats: &["video/mp4"],
    transparent: false,
    seeded: true,
    seconds: Some((2, 12)),
    price: Price::Second(51_480),
    how: How::Told(20),
    output_life_s: Some(24 * 3600),
    typical_s: 70,
    rank: 84,
    as_of: "2026-11-20",
    source: "docs.byteplus.com ModelArk pricing, list prices by the token",
};

/// What Ark does of what Galley asks for.
pub(super) const MODELS: &[Model] = &[
    Model { model: PRO, ..FILM },
    Model {
        model: "seedance-1-0-pro-fast-251015",
        price: Price::Second(20_592),
        typical_s: 30,
        rank: 76,
        ..FILM
    },
];

const PRO: &str = "seedance-1-0-pro-250528";

/// Tokens that a second of 720p takes: width by height by 24 pictures, by 1024.
const TOKENS_S: i64 = 20_592;

/// The shapes of films.
const RATIOS: &[&str] = &["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"];

/// The least and the most that Ark takes for the time after which a task expires, in seconds.
const EXPIRES_S: (u32, u32) = (3600, 259_200);

/// What a model is sent.
pub(super) fn input(order: &Order) -> Value {
    let mut content = vec![json!({ "type": "text", "text": order.text("prompt") })];
    let mut body = json!({
        "model": order.model,
        "resolution": "720p",
        "duration": order.number("seconds").unwrap_or(5).clamp(2, 12),
        "seed": mark::seed(order),
        "watermark": false,
        "execution_expires_after": order.deadline_s.clamp(EXPIRES_S.0, EXPIRES_S.1),
    });
    match (order.inputs.get("image"), order.size()) {
        (Some(image), _) => {
            let url = json!({ "url": image.url });
            content.push(json!({ "type": "image_url", "image_url": url, "role": "first_frame" }));
            body["ratio"] = "adaptive".into();
        }
        (None, Some(wish)) => body["ratio"] = ratio(RATIOS, wish).into(),
        (None, None) => {}
    }
    body["content"] = content.into();
    if let Some(webhook) = &order.webhook {
        body["callback_url"] = webhook.as_str().into();
    }
    body
}

/// What so many tokens cost.
pub(super) fn cost(model: &str, tokens: &Value) -> Option<MicroUsd> {
    let row = MODELS.iter().find(|row| row.model == model)?;
    match row.price {
        Price::Second(micros) => {
            let tokens = tokens.as_i64()?;
            Some(MicroUsd(tokens.checked_mul(micros)? / TOKENS_S))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_costs_what_its_tokens_cost() {
        // 2.50 dollars a million.
        assert_eq!(cost(PRO, &json!(1_000_000)), Some(MicroUsd(2_500_000)));
        assert_eq!(cost(PRO, &json!(5 * TOKENS_S)), Some(MicroUsd(5 * 51_480)));
        assert_eq!(cost(PRO, &Value::Null), None);
        assert_eq!(cost("other", &json!(1)), None);
    }
}
