//! What fal's models take, give and cost.

use super::object;
use crate::mark;
use domain::gpu::Input;
use domain::money::MicroUsd;
use domain::vendor::{How, Model, Order, Price, Sizes};
use serde_json::{Value, json};

const PICTURE: Model = Model {
    vendor: "fal",
    model: "",
    kind: "image.generate",
    sizes: Sizes::Sides(256, 2048),
    formats: &["image/png", "image/jpeg"],
    transparent: false,
    seeded: true,
    seconds: None,
    price: Price::Megapixel(25_000),
    how: How::Told(10),
    output_life_s: Some(24 * 3600),
    typical_s: 6,
    rank: 60,
    as_of: "2026-11-20",
    source: "fal.ai model pages, list prices",
};
const CHANGED: Model = Model { sizes: Sizes::Input, seeded: false, ..PICTURE };
const FILM: Model = Model {
    kind: "video.generate",
    sizes: Sizes::Exact(&[(1366, 768)]),
    formats: &["video/mp4"],
    seeded: false,
    seconds: Some((6, 10)),
    price: Price::Clip(&[(6, 270_000), (10, 450_000)]),
    how: How::Told(30),
    typical_s: 120,
    ..PICTURE
};
const SOUND: Model = Model {
    kind: "audio.generate",
    sizes: Sizes::None,
    formats: &["audio/wav"],
    seeded: false,
    ..PICTURE
};

/// What fal offers of what Galley asks for.
pub(super) const MODELS: &[Model] = &[
    Model {
        model: "fal-ai/flux/schnell",
        price: Price::Megapixel(3_000),
        typical_s: 2,
        rank: 45,
        ..PICTURE
    },
    Model { model: "fal-ai/flux/dev", ..PICTURE },
    Model { model: "fal-ai/flux-pro/v1.1", price: Price::Megapixel(40_000), rank: 75, ..PICTURE },
    // Any other that takes a prompt, such as `fal-ai/flux-lora:` and the address of a LoRA's weights.
    Model { model: "*", price: Price::Megapixel(35_000), rank: 50, ..PICTURE },
    Model {
        model: "fal-ai/flux-pro/kontext",
        kind: "image.edit",
        price: Price::Each([40_000; 3]),
        seeded: true,
        rank: 75,
        ..CHANGED
    },
    Model {
        model: "fal-ai/bria/background/remove",
        kind: "image.remove_background",
        formats: &["image/png"],
        transparent: true,
        price: Price::Each([18_000; 3]),
        ..CHANGED
    },
    Model {
        model: "fal-ai/clarity-upscaler",
        kind: "image.upscale",
        price: Price::Megapixel(30_000),
        typical_s: 30,
        ..CHANGED
    },
    Model {
        model: "fal-ai/esrgan",
        kind: "image.upscale",
        price: Price::Work(1_110),
        rank: 40,
        ..CHANGED
    },
    // With a first picture the same family films on from it.
    Model { model: "fal-ai/minimax/hailuo-02/standard/text-to-video", ..FILM },
    Model {
        model: "fal-ai/stable-audio",
        seconds: Some((1, 47)),
        price: Price::Each([20_000; 3]),
        typical_s: 15,
        ..SOUND
    },
    Model {
        model: "fal-ai/kokoro/american-english",
        kind: "audio.speak",
        price: Price::Characters(20_000),
        ..SOUND
    },
    Model {
        model: "fal-ai/demucs",
        kind: "audio.separate",
        price: Price::Work(700),
        typical_s: 30,
        ..SOUND
    },
];

/// The lengths of clips that the filming models make, in seconds.
const LENGTHS: [u64; 2] = [6, 10];

/// The path of an order's model, and the weights that its name ends with.
pub(super) fn address(order: &Order) -> (String, Option<&str>) {
    let (path, weights) = match order.model.split_once(':') {
        Some((path, weights)) => (path, Some(weights)),
        None => (order.model.as_str(), None),
    };
    match order.inputs.contains_key("image") {
        true => (path.replace("/text-to-video", "/image-to-video"), weights),
        false => (path.to_owned(), weights),
    }
}

/// Whether a model's path can be part of an address: nothing in it may lead elsewhere.
pub(super) fn is_path(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_part = |part: &str| part.chars().all(plain) && !part.starts_with('.');
    2 <= path.split('/').count() && path.split('/').all(|part| !part.is_empty() && is_part(part))
}

/// What a model is sent: the models of a kind take much the same.
pub(super) fn input(order: &Order) -> Value {
    let (model, weights) = address(order);
    let param = |name: &str| order.params.get(name).cloned().unwrap_or_default();
    let input = |port: &str| order.inputs.get(port).map_or(Value::Null, url);
    let format = match order.output().1 {
        "image/jpeg" => "jpeg",
        _ => "png",
    };
    let made = order.size().map(|wish| row(order).map_or(wish, |row| row.sizes.made(wish)));
    let size = made.map(|(width, height)| json!({ "width": width, "height": height }));
    match order.kind.as_str() {
        "image.generate" => object(vec![
            ("prompt", param("prompt")),
            ("negative_prompt", param("negative_prompt")),
            ("image_size", size.unwrap_or_default()),
            ("num_images", 1.into()),
            ("seed", mark::seed(order).into()),
            ("output_format", format.into()),
            ("loras", weights.map_or(Value::Null, |path| json!([{ "path": path, "scale": 1 }]))),
        ]),
        "image.edit" => object(vec![
            ("prompt", param("prompt")),
            ("image_url", input("image")),
            ("mask_url", input("mask")),
            ("num_images", 1.into()),
            ("seed", mark::seed(order).into()),
            ("output_format", format.into()),
        ]),
        "image.upscale" => {
            let factor = if model.contains("esrgan") { "scale" } else { "upscale_factor" };
            object(vec![("image_url", input("image")), (factor, param("factor"))])
        }
        "video.generate" => object(vec![
            ("prompt", param("prompt")),
            ("duration", length(order).to_string().into()),
            ("image_url", input("image")),
        ]),
        "audio.generate" => {
            object(vec![("prompt", param("prompt")), ("seconds_total", param("seconds"))])
        }
        "audio.speak" => object(vec![("prompt", param("text")), ("voice", param("voice"))]),
        "audio.separate" => object(vec![("audio_url", input("audio"))]),
        _ => object(vec![("image_url", input("image"))]),
    }
}

fn url(input: &Input) -> Value {
    input.url.as_str().into()
}

/// The shortest clip that is as long as the one that is wished for.
fn length(order: &Order) -> u64 {
    let wish = order.number("seconds").unwrap_or(0);
    LENGTHS.into_iter().find(|length| wish <= *length).unwrap_or(LENGTHS[1])
}

/// What work costs by the size of what came of it; the quote counts otherwise.
pub(super) fn cost(order: &Order, result: &Value) -> Option<MicroUsd> {
    let model = row(order)?;
    let picture = ["/images/0", "/image"].iter().find_map(|place| result.pointer(place));
    match model.price {
        Price::Megapixel(micros) => {
            let pixels = picture?["width"].as_u64()?.checked_mul(picture?["height"].as_u64()?)?;
            Some(MicroUsd(micros.checked_mul(pixels.div_ceil(1_000_000) as i64)?))
        }
        _ => None,
    }
}

/// The row of an order's model.
fn row(order: &Order) -> Option<&'static Model> {
    let of_kind = || MODELS.iter().filter(|row| row.kind == order.kind);
    of_kind()
        .find(|row| row.model == order.model)
        .or_else(|| of_kind().find(|row| row.model == "*"))
}

/// Where results hold the address of a port's output: a stem lies by its own name.
pub(super) fn places(order: &Order, port: &str) -> Vec<String> {
    let stem = order.text("stem");
    if !stem.is_empty() {
        return vec![format!("/{stem}/url")];
    }
    let mut places = vec![format!("/{port}/url"), format!("/{port}s/0/url")];
    if port == "audio" {
        places.extend(["/audio_file/url".into(), "/vocals/url".into()]);
    }
    places
}
