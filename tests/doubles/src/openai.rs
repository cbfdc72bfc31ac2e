//! OpenAI's pictures: `/v1/images/generations` and `/v1/images/edits`; its Videos API is gone.

mod moderation;

use crate::Shop;
use crate::books::Work;
use crate::made;
use crate::parts::Parts;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

/// Millionths of a dollar for a million tokens: text in, pictures in, pictures out.
const MODELS: [(&str, [i64; 3]); 4] = [
    ("gpt-image-2", [5_000_000, 8_000_000, 30_000_000]),
    ("gpt-image-1.5", [5_000_000, 8_000_000, 32_000_000]),
    ("gpt-image-1", [5_000_000, 10_000_000, 40_000_000]),
    ("gpt-image-1-mini", [2_000_000, 2_500_000, 8_000_000]),
];

/// How many calls it takes a minute.
const LIMIT: usize = 50;

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/v1/images/generations", post(generate))
        .route("/v1/images/edits", post(edit))
        .route("/v1/moderations", post(moderation::look))
        .route("/v1/videos", any(gone))
        .route("/v1/videos/{*rest}", any(gone))
        .layer(DefaultBodyLimit::disable())
        .with_state(shop)
}

/// The word in a prompt that its moderation blocks.
pub const BLOCKED: &str = "gore";

/// An error as it words them.
pub fn error(status: u16, kind: &str, code: &str, param: Option<&str>, message: &str) -> Response {
    let code = Some(code).filter(|code| !code.is_empty());
    let error = json!({ "message": message, "type": kind, "param": param, "code": code });
    let status = StatusCode::from_u16(status).expect("it answers with statuses that exist");
    (status, Json(json!({ "error": error }))).into_response()
}

/// Where there is no key that it takes, the answer to that.
pub fn stranger(headers: &HeaderMap) -> Option<Response> {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok());
    let message = match given.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(key) if key.starts_with("sk-") && 8 < key.len() => return None,
        Some(_) => "Incorrect API key provided.",
        None => "You didn't provide an API key.",
    };
    Some(error(401, "invalid_request_error", "invalid_api_key", None, message))
}

/// How its moderation answers.
pub fn blocked() -> Response {
    let message = "Your request was rejected by the safety system.";
    error(400, "image_generation_user_error", "moderation_blocked", None, message)
}

/// How it answers where nothing may be spent any more.
pub fn spent() -> Response {
    let message = "You exceeded your current quota, please check your plan and billing details.";
    error(429, "insufficient_quota", "insufficient_quota", None, message)
}

async fn gone(request: Request) -> Response {
    let message = format!("Invalid URL ({} {})", request.method(), request.uri().path());
    error(404, "invalid_request_error", "", None, &message)
}

/// Remembers who is billed, where a call says so.
fn organized(shop: &Shop, headers: &HeaderMap) {
    if let Some(name) = headers.get("openai-organization").and_then(|name| name.to_str().ok()) {
        shop.write(|books| books.notes.insert("organization".into(), name.into()));
    }
}

async fn generate(State(shop): State<Shop>, headers: HeaderMap, body: Json<Value>) -> Response {
    if let Some(answer) = stranger(&headers) {
        return answer;
    }
    organized(&shop, &headers);
    let Some(fields) = body.0.as_object() else {
        return error(400, "invalid_request_error", "", None, "The body must be a JSON object.");
    };
    wrong(fields, &[]).unwrap_or_else(|| draw(&shop, fields, 0))
}

async fn edit(State(shop): State<Shop>, request: Request) -> Response {
    if let Some(answer) = stranger(request.headers()) {
        return answer;
    }
    organized(&shop, request.headers());
    let Some(parts) = Parts::of(request).await else {
        let message = "The body must be a form, or JSON.";
        return error(400, "invalid_request_error", "", None, message);
    };
    let (mut fields, mut pictures) = (Map::new(), Vec::new());
    for part in parts.0 {
        let png = made::png_size(&part.bytes);
        match part.name.as_str() {
            "image" | "image[]" if png.is_some() => pictures.push(png),
            "mask" if png.is_some() => {
                fields.insert("mask".into(), true.into());
            }
            "image" | "image[]" | "mask" => {
                let message = "Invalid image file or mode.";
                return error(
                    400,
                    "image_generation_user_error",
                    "invalid_image_file",
                    None,
                    message,
                );
            }
            name => {
                let text = String::from_utf8_lossy(&part.bytes).into_owned();
                fields.insert(name.into(), text.into());
            }
        }
    }
    if pictures.is_empty() || 16 < pictures.len() {
        let message = "Missing required parameter: 'image'.";
        return error(
            400,
            "invalid_request_error",
            "missing_required_parameter",
            Some("image"),
            message,
        );
    }
    let allowed = ["mask", "input_fidelity"];
    wrong(&fields, &allowed).unwrap_or_else(|| draw(&shop, &fields, pictures.len()))
}

/// The refusal of a field that no model knows, or of a value that none takes.
fn wrong(fields: &Map<String, Value>, more: &[&str]) -> Option<Response> {
    const VALUES: &[(&str, &[&str])] = &[
        ("quality", &["low", "medium", "high", "auto"]),
        ("output_format", &["png", "jpeg", "webp"]),
        ("background", &["transparent", "opaque", "auto"]),
        ("moderation", &["low", "auto"]),
    ];
    const OTHERS: &[&str] = &["prompt", "model", "n", "size", "output_compression", "user"];
    let invalid = |code: &str, name: &str, message: String| {
        Some(error(400, "invalid_request_error", code, Some(name), &message))
    };
    for (name, value) in fields {
        let values = VALUES.iter().find(|(field, _)| field == name);
        match values {
            Some((_, values)) if !values.iter().any(|word| value == word) => {
                return invalid("invalid_value", name, format!("Invalid value for '{name}'."));
            }
            None if !OTHERS.contains(&name.as_str()) && !more.contains(&name.as_str()) => {
                let message = format!("Unknown parameter: '{name}'.");
                return invalid("unknown_parameter", name, message);
            }
            _ => {}
        }
    }
    let prompt = fields.get("prompt").and_then(Value::as_str).unwrap_or_default();
    if prompt.is_empty() || 32_000 < prompt.chars().count() {
        let message = "Invalid 'prompt': string with a length between 1 and 32000.".into();
        return invalid("invalid_value", "prompt", message);
    }
    let is = |name: &str, value: &str| fields.get(name).is_some_and(|at| at == value);
    if is("background", "transparent") && is("output_format", "jpeg") {
        let message = "Transparent background is not supported for JPEG output format.".into();
        return invalid("invalid_value", "background", message);
    }
    None
}

/// Width and height that are made for this `size`, if the model makes them.
fn measure(model: &str, size: &str) -> Option<(u32, u32)> {
    let (width, height) = match size {
        "auto" => (1024, 1024),
        size => {
            let (width, height) = size.split_once('x')?;
            (width.parse::<u32>().ok()?, height.parse::<u32>().ok()?)
        }
    };
    let usual = [(1024, 1024), (1536, 1024), (1024, 1536)].contains(&(width, height));
    let any = model == "gpt-image-2"
        && width % 16 == 0
        && height % 16 == 0
        && width <= height * 3
        && height <= width * 3
        && (1..=3840 * 2160).contains(&(width * height));
    (usual || any).then_some((width, height))
}

/// Draws, bills by tokens, and answers.
fn draw(shop: &Shop, fields: &Map<String, Value>, pictures: usize) -> Response {
    let text = |name: &str, usual: &str| {
        fields.get(name).and_then(Value::as_str).unwrap_or(usual).to_owned()
    };
    let (prompt, model) = (text("prompt", ""), text("model", "gpt-image-1.5"));
    let Some((_, rates)) = MODELS.iter().find(|(name, _)| *name == model) else {
        let message = format!("The model '{model}' does not exist.");
        return error(404, "invalid_request_error", "model_not_found", Some("model"), &message);
    };
    let Some((width, height)) = measure(&model, &text("size", "auto")) else {
        let message = "Invalid value for 'size'.";
        return error(400, "invalid_request_error", "invalid_value", Some("size"), message);
    };
    if prompt.contains(BLOCKED) || shop.whim("blocked") {
        return blocked();
    }
    if shop.whim("spent") {
        return spent();
    }
    let quality = text("quality", "auto").replace("auto", "high");
    let square: i64 = match quality.as_str() {
        "low" => 272,
        "medium" => 1056,
        _ => 4160,
    };
    let out = square * i64::from(width * height) / (1024 * 1024);
    let (words, seen) = ((prompt.len() / 4 + 1) as i64, 323 * pictures as i64);
    let tokens = [words, seen, out];
    let micros =
        tokens.iter().zip(rates).map(|(count, rate)| count * rate).sum::<i64>() / 1_000_000;
    let work =
        Work { key: prompt.clone(), model, status: "done".into(), micros, ..Work::default() };
    let id = shop.write(|books| books.accept("req_", work));
    let background = text("background", "opaque").replace("auto", "opaque");
    let bytes = match background.as_str() {
        "transparent" => made::cutout(&prompt, width, height),
        _ => {
            let media_type = format!("image/{}", text("output_format", "png"));
            made::picture(&prompt, width, height, &media_type)
        }
    };
    let body = json!({
        "created": 1_790_000_000,
        "data": [{ "b64_json": BASE64.encode(bytes) }],
        "background": background,
        "output_format": text("output_format", "png"),
        "size": format!("{width}x{height}"),
        "quality": quality,
        "usage": {
            "input_tokens": words + seen,
            "output_tokens": out,
            "total_tokens": words + seen + out,
            "input_tokens_details": { "text_tokens": words, "image_tokens": seen },
        },
    });
    let left = LIMIT.saturating_sub(shop.books().work.len());
    let mut response = Json(body).into_response();
    for (name, value) in [
        ("x-request-id", id),
        ("openai-processing-ms", "41".into()),
        ("x-ratelimit-limit-requests", LIMIT.to_string()),
        ("x-ratelimit-remaining-requests", left.to_string()),
        ("x-ratelimit-reset-requests", "1m0s".into()),
    ] {
        let value = HeaderValue::from_str(&value).expect("it is made of digits and letters");
        response.headers_mut().insert(name, value);
    }
    response
}
