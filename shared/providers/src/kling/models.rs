//! What Kling's models take, give and cost.

use domain::vendor::shape::ratio;
use domain::vendor::{How, Model, Order, Price, Sizes};
use serde_json::{Value, json};

const FILM: Model = Model {
    vendor: "kling",
    model: "",
    kind: "video.generate",
    sizes: Sizes::Exact(&[(1280, 720), (720, 1280), (960, 960)]),
    formats: &["video/mp4"],
    transparent: false,
    seeded: false,
    seconds: Some((5, 10)),
    price: Price::Clip(&[(5, 280_000), (10, 560_000)]),
    how: How::Told(20),
    output_life_s: Some(30 * 24 * 3600),
    typical_s: 150,
    rank: 65,
    as_of: "2026-11-20",
    source: "klingai.com developer pricing, list prices; a unit is 14 cents",
};

/// What Kling does of what Galley asks for.
pub(super) const MODELS: &[Model] = &[
    Model { model: "kling-v1-6", ..FILM },
    Model {
        model: "kling-v2-5-turbo",
        price: Price::Clip(&[(5, 350_000), (10, 700_000)]),
        rank: 82,
        ..FILM
    },
    Model {
        model: "kling-v2",
        kind: "image.generate",
        sizes: Sizes::Exact(&[
            (1360, 768),
            (768, 1360),
            (1024, 1024),
            (1184, 880),
            (880, 1184),
            (1248, 832),
            (832, 1248),
        ]),
        formats: &["image/png"],
        seconds: None,
        price: Price::Each([14_000; 3]),
        how: How::Told(10),
        typical_s: 25,
        rank: 60,
        ..FILM
    },
];

/// The shapes of films and of pictures.
const FILMS: &[&str] = &["16:9", "9:16", "1:1"];
const PICTURES: &[&str] = &["16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3"];

/// Where tasks like this are made and asked about.
pub(super) fn path(order: &Order) -> &'static str {
    match (order.kind.as_str(), order.inputs.contains_key("image")) {
        ("video.generate", true) => "/v1/videos/image2video",
        ("video.generate", false) => "/v1/videos/text2video",
        _ => "/v1/images/generations",
    }
}

/// What a model is sent.
pub(super) fn input(order: &Order) -> Value {
    let mut body = json!({ "model_name": order.model, "prompt": order.text("prompt") });
    let film = order.kind == "video.generate";
    if !order.text("negative_prompt").is_empty() {
        body["negative_prompt"] = order.text("negative_prompt").into();
    }
    if let Some(wish) = order.size() {
        body["aspect_ratio"] = ratio(if film { FILMS } else { PICTURES }, wish).into();
    }
    if let Some(image) = order.inputs.get("image") {
        // A film has the shape of its first picture.
        body["image"] = image.url.as_str().into();
        body.as_object_mut().map(|body| body.remove("aspect_ratio"));
    }
    if film {
        let long = 5 < order.number("seconds").unwrap_or(5);
        body["duration"] = if long { "10" } else { "5" }.into();
        body["mode"] = if order.model == "kling-v1-6" { "std" } else { "pro" }.into();
    } else {
        body["n"] = 1.into();
    }
    body
}
