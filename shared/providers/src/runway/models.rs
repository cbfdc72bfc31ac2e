//! What Runway's models take, give and cost.

use crate::desk::Desk;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::gpu::Input;
use domain::vendor::{Answer, Class, How, Model, Order, Outcome, Price, Sizes};
use serde_json::{Value, json};

const PICTURE: Model = Model {
    vendor: "runway",
    model: "",
    kind: "image.generate",
    sizes: Sizes::Exact(PICTURES),
    formats: &["image/png"],
    transparent: false,
    seeded: true,
    seconds: None,
    price: Price::Sized(&[(921_600, [50_000; 3]), (u32::MAX, [80_000; 3])]),
    how: How::Checked(5),
    output_life_s: Some(24 * 3600),
    typical_s: 25,
    rank: 72,
    as_of: "2026-11-20",
    source: "docs.dev.runwayml.com, list prices; a credit is a cent",
};
const FILM: Model = Model {
    kind: "video.generate",
    sizes: Sizes::Exact(FILMS),
    formats: &["video/mp4"],
    seconds: Some((2, 10)),
    price: Price::Second(120_000),
    typical_s: 90,
    rank: 85,
    ..PICTURE
};
const SOUND: Model = Model {
    kind: "audio.generate",
    sizes: Sizes::None,
    formats: &["audio/mpeg", "audio/wav"],
    seeded: false,
    typical_s: 10,
    rank: 65,
    ..PICTURE
};

/// The sizes of pictures: up to 720 lines, and up to 1080.
const PICTURES: &[(u32, u32)] = &[
    (1280, 720),
    (720, 1280),
    (720, 720),
    (960, 720),
    (720, 960),
    (1024, 1024),
    (1360, 768),
    (1440, 1080),
    (1080, 1440),
    (1808, 768),
    (1920, 1080),
    (1080, 1920),
    (2112, 912),
];
const FILMS: &[(u32, u32)] = &[(1280, 720), (720, 1280)];

/// What Runway does of what Galley asks for.
pub(super) const MODELS: &[Model] = &[
    Model { model: "gen4_image", ..PICTURE },
    Model {
        model: "gen4_image_turbo",
        kind: "image.edit",
        price: Price::Each([20_000; 3]),
        typical_s: 10,
        ..PICTURE
    },
    Model {
        model: "magnific_precision_upscaler_v2",
        kind: "image.upscale",
        sizes: Sizes::Input,
        seeded: false,
        price: Price::Each([100_000; 3]),
        typical_s: 40,
        ..PICTURE
    },
    Model { model: "gen4.5", ..FILM },
    // Films on from a first picture only.
    Model { model: "gen4_turbo", price: Price::Second(50_000), typical_s: 40, rank: 75, ..FILM },
    Model {
        model: "eleven_text_to_sound_v2",
        seconds: Some((1, 30)),
        price: Price::Clip(SIXES),
        ..SOUND
    },
    Model {
        model: "eleven_multilingual_v2",
        kind: "audio.speak",
        price: Price::Characters(200_000),
        ..SOUND
    },
    Model {
        model: "eleven_voice_isolation",
        kind: "audio.separate",
        price: Price::Clip(SIXES),
        ..SOUND
    },
];

/// A credit for each six seconds that are begun.
const SIXES: &[(u32, i64)] = &[(6, 10_000), (12, 20_000), (18, 30_000), (24, 40_000), (30, 50_000)];

/// The voice that speaks where no other is asked for.
const VOICE: &str = "Maya";

/// The longest address that Runway takes.
const URL_MOST: usize = 2048;

/// The largest file that it takes in the request itself, in characters of its text.
const DATA_MOST: usize = 5 << 20;

/// What is said to a model, whatever the kind calls it.
pub(super) fn prompt(order: &Order) -> &str {
    order.text(if order.kind == "audio.speak" { "text" } else { "prompt" })
}

/// The path and the body of an order, or why it cannot be asked for.
pub(super) async fn request(
    desk: &Desk<'_>,
    order: &Order,
) -> Result<(&'static str, Value), Answer> {
    let mut body = json!({ "model": order.model });
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            body[name] = value;
        }
    };
    let seed = order.params.get("seed").cloned().unwrap_or_default();
    let path = match order.kind.as_str() {
        "image.generate" | "image.edit" => {
            put("promptText", prompt(order).into());
            put("ratio", ratio(order, PICTURES).into());
            put("seed", seed);
            if let Some(image) = order.inputs.get("image") {
                put(
                    "referenceImages",
                    json!([{ "uri": uri(desk, Some(image)).await?, "tag": "image" }]),
                );
            }
            "/v1/text_to_image"
        }
        "video.generate" => {
            put("promptText", prompt(order).into());
            put("ratio", ratio(order, FILMS).into());
            put("duration", order.number("seconds").unwrap_or(5).clamp(2, 10).into());
            put("seed", seed);
            match order.inputs.get("image") {
                Some(image) => {
                    put("promptImage", uri(desk, Some(image)).await?.into());
                    "/v1/image_to_video"
                }
                None if order.model == "gen4_turbo" => {
                    return Err(elsewhere("runway's gen4_turbo films only from a picture"));
                }
                None => "/v1/text_to_video",
            }
        }
        "image.upscale" => {
            put("imageUri", uri(desk, order.inputs.get("image")).await?.into());
            put("scaleFactor", order.number("factor").unwrap_or(2).into());
            "/v1/image_upscale"
        }
        "audio.generate" => {
            put("promptText", prompt(order).into());
            put("duration", order.params.get("seconds").cloned().unwrap_or_default());
            "/v1/sound_effect"
        }
        "audio.speak" => {
            let voice = Some(order.text("voice")).filter(|voice| !voice.is_empty());
            put("promptText", prompt(order).into());
            put("voice", json!({ "type": "runway-preset", "presetId": voice.unwrap_or(VOICE) }));
            "/v1/text_to_speech"
        }
        "audio.separate" => {
            if !matches!(order.text("stem"), "" | "vocals") {
                return Err(elsewhere("runway separates nothing but voices"));
            }
            put("audioUri", uri(desk, order.inputs.get("audio")).await?.into());
            "/v1/voice_isolation"
        }
        kind => return Err(elsewhere(&format!("runway does no {kind}"))),
    };
    Ok((path, body))
}

fn elsewhere(why: &str) -> Answer {
    Outcome::refused(Class::Elsewhere, why).into()
}

/// The size in Runway's writing, such as `1280:720`.
fn ratio(order: &Order, sizes: &'static [(u32, u32)]) -> String {
    let (width, height) = Sizes::Exact(sizes).made(order.size().unwrap_or((1280, 720)));
    format!("{width}:{height}")
}

/// How an input is handed over: by its address where Runway takes it, else as it is.
async fn uri(desk: &Desk<'_>, input: Option<&Input>) -> Result<String, Answer> {
    let Some(input) = input else {
        return Err(Outcome::refused(Class::Invalid, "runway: there is no input").into());
    };
    if input.url.starts_with("https://") && input.url.len() <= URL_MOST {
        return Ok(input.url.clone());
    }
    let bytes = desk.bytes(input).await?;
    let data = format!("data:{};base64,{}", input.media_type, BASE64.encode(bytes));
    match data.len() <= DATA_MOST {
        true => Ok(data),
        false => Err(elsewhere("runway takes no input as large as this one")),
    }
}
