//! What models at Replicate take, give and cost.

use crate::mark;
use domain::gpu::Input;
use domain::money::MicroUsd;
use domain::vendor::{How, Model, Order, Price, Sizes};
use serde_json::{Map, Value, json};

const PICTURE: Model = Model {
    vendor: "replicate",
    model: "",
    kind: "image.generate",
    sizes: Sizes::Sides(256, 1440),
    formats: &["image/png", "image/jpeg", "image/webp"],
    transparent: false,
    seeded: true,
    seconds: None,
    price: Price::Each([40_000; 3]),
    how: How::Told(10),
    output_life_s: Some(3600),
    typical_s: 8,
    rank: 70,
    as_of: "2026-11-20",
    source: "replicate.com/pricing and model pages, list prices",
};
const CHANGED: Model = Model { sizes: Sizes::Input, seeded: false, ..PICTURE };
const SOUND: Model =
    Model { sizes: Sizes::None, formats: &["audio/wav", "audio/mpeg"], rank: 60, ..PICTURE };

/// What FLUX.1 [schnell] makes, by its names for the shapes.
const SHAPES: &[(u32, u32)] =
    &[(1024, 1024), (1344, 768), (768, 1344), (1216, 832), (832, 1216), (1536, 640), (640, 1536)];
const RATIOS: &[&str] = &["1:1", "16:9", "9:16", "3:2", "2:3", "21:9", "9:21"];

/// What models at Replicate do of what Galley asks for.
pub(super) const MODELS: &[Model] = &[
    Model {
        model: "black-forest-labs/flux-schnell",
        sizes: Sizes::Exact(SHAPES),
        price: Price::Each([3_000; 3]),
        typical_s: 2,
        rank: 45,
        ..PICTURE
    },
    Model { model: "black-forest-labs/flux-1.1-pro", ..PICTURE },
    // Anybody's own: a fine-tune as `owner/name:version`, a deployment as `deployments/owner/name`.
    Model { model: "*", price: Price::Work(1_525), typical_s: 15, rank: 50, ..PICTURE },
    Model {
        model: "black-forest-labs/flux-kontext-pro",
        kind: "image.edit",
        seeded: true,
        ..CHANGED
    },
    Model {
        model: "bria/remove-background",
        kind: "image.remove_background",
        formats: &["image/png"],
        transparent: true,
        price: Price::Each([18_000; 3]),
        rank: 65,
        ..CHANGED
    },
    Model {
        model: "topazlabs/image-upscale",
        kind: "image.upscale",
        formats: &["image/png", "image/jpeg"],
        price: Price::Each([50_000; 3]),
        typical_s: 30,
        rank: 80,
        ..CHANGED
    },
    Model {
        model: "minimax/hailuo-02",
        kind: "video.generate",
        sizes: Sizes::Exact(&[(1366, 768)]),
        formats: &["video/mp4"],
        seeded: false,
        seconds: Some((6, 10)),
        price: Price::Clip(&[(6, 270_000), (10, 450_000)]),
        how: How::Told(30),
        typical_s: 150,
        rank: 60,
        ..PICTURE
    },
    Model {
        model: "stability-ai/stable-audio-2.5",
        kind: "audio.generate",
        seconds: Some((1, 190)),
        price: Price::Each([200_000; 3]),
        typical_s: 15,
        ..SOUND
    },
    Model {
        model: "minimax/speech-02-turbo",
        kind: "audio.speak",
        seeded: false,
        price: Price::Characters(60_000),
        ..SOUND
    },
];

/// The lengths of clips that the filming model makes, in seconds.
const LENGTHS: [u64; 2] = [6, 10];

/// What a model is sent: those of a kind take much the same.
pub(super) fn input(order: &Order) -> Value {
    let mut input = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            input.insert(name.to_owned(), value);
        }
    };
    let param = |name: &str| order.params.get(name).cloned().unwrap_or_default();
    let file = |port: &str| order.inputs.get(port).map_or(Value::Null, url);
    let format = match order.output().1 {
        "image/jpeg" => "jpg",
        "image/webp" => "webp",
        _ => "png",
    };
    match order.kind.as_str() {
        "image.generate" => {
            put("prompt", param("prompt"));
            put("negative_prompt", param("negative_prompt"));
            // Anybody's own model may refuse what it does not know: only what was asked for is said to it.
            let own = row(order).is_none_or(|row| row.model == "*");
            put("seed", if own { param("seed") } else { mark::seed(order).into() });
            put("output_format", if own { Value::Null } else { format.into() });
            match (row(order).map(|row| row.sizes), order.size()) {
                (Some(Sizes::Exact(_)), Some(wish)) => {
                    let ratio = domain::vendor::shape::ratio(RATIOS, wish);
                    put("aspect_ratio", ratio.into());
                }
                (Some(sizes), Some(wish)) => {
                    let (width, height) = sizes.made(wish);
                    put("aspect_ratio", "custom".into());
                    put("width", width.into());
                    put("height", height.into());
                }
                _ => {}
            }
        }
        "image.edit" => {
            put("prompt", param("prompt"));
            put("input_image", file("image"));
            put("mask", file("mask"));
            put("seed", mark::seed(order).into());
            put("output_format", format.into());
        }
        "image.upscale" => {
            put("image", file("image"));
            put("output_format", format.into());
            put("upscale_factor", order.number("factor").map(|by| format!("{by}x")).into());
        }
        "video.generate" => {
            put("prompt", param("prompt"));
            put("duration", length(order).into());
            put("resolution", "768p".into());
            put("first_frame_image", file("image"));
        }
        "audio.generate" => {
            put("prompt", param("prompt"));
            put("duration", param("seconds"));
            put("seed", mark::seed(order).into());
        }
        "audio.speak" => {
            put("text", param("text"));
            put("voice_id", param("voice"));
        }
        _ => put("image", file("image")),
    }
    json!(input)
}

fn url(input: &Input) -> Value {
    input.url.as_str().into()
}

/// The shortest clip that is as long as the one that is wished for.
fn length(order: &Order) -> u64 {
    let wish = order.number("seconds").unwrap_or(0);
    LENGTHS.into_iter().find(|length| wish <= *length).unwrap_or(LENGTHS[1])
}

/// The row of an order's model.
fn row(order: &Order) -> Option<&'static Model> {
    let of_kind = || MODELS.iter().filter(|row| row.kind == order.kind);
    of_kind()
        .find(|row| row.model == order.model)
        .or_else(|| of_kind().find(|row| row.model == "*"))
}

/// What a prediction costs by the time that it took; the quote counts otherwise.
pub(super) fn cost(order: &Order, prediction: &Value) -> Option<MicroUsd> {
    let worked_s = prediction["metrics"]["predict_time"].as_f64();
    match row(order)?.price {
        Price::Work(micros) => Some(MicroUsd((worked_s? * micros as f64).ceil() as i64)),
        _ => None,
    }
}
