//! `/v1/moderations`: words and one picture; a word that is blocked, and a red picture, are flagged.
//!
//! Whims: `flagged` (whatever it is), `nonsense` (a result without scores).

use super::{BLOCKED, error, stranger};
use crate::books::Work;
use crate::{Shop, made};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

const CATEGORIES: [&str; 13] = [
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
];

fn invalid(message: &str) -> Response {
    error(400, "invalid_request_error", "invalid_value", Some("input"), message)
}

/// What is said, and how many pictures are shown.
fn read(input: &Value) -> Result<(String, usize), &'static str> {
    let parts = match input {
        Value::String(text) => return Ok((text.clone(), 0)),
        Value::Array(parts) if !parts.is_empty() => parts,
        _ => return Err("Invalid 'input'."),
    };
    let (mut text, mut pictures) = (String::new(), 0);
    for part in parts {
        match (part["type"].as_str(), part["text"].as_str(), part["image_url"]["url"].as_str()) {
            (Some("text"), Some(said), _) => text.push_str(said),
            (Some("image_url"), _, Some(url)) => {
                let data = url.split_once(";base64,").map(|(_, data)| data);
                let bytes = data.and_then(|data| BASE64.decode(data).ok());
                if bytes.and_then(|bytes| made::png_size(&bytes)).is_none() {
                    return Err("You uploaded an unsupported image.");
                }
                pictures += 1;
            }
            _ => return Err("Invalid 'input'."),
        }
    }
    if 1 < pictures {
        return Err("Too many images: at most 1 is allowed.");
    }
    Ok((text, pictures))
}

pub(super) async fn look(
    State(shop): State<Shop>,
    headers: HeaderMap,
    body: Json<Value>,
) -> Response {
    if let Some(answer) = stranger(&headers) {
        return answer;
    }
    let model = body["model"].as_str().unwrap_or_default();
    if !model.starts_with("omni-moderation") {
        return error(
            404,
            "invalid_request_error",
            "model_not_found",
            Some("model"),
            "No such model.",
        );
    }
    let (text, pictures) = match read(&body["input"]) {
        Ok(read) => read,
        Err(message) => return invalid(message),
    };
    let flagged = shop.whim("flagged") || text.contains(BLOCKED);
    let work = Work {
        key: text,
        model: model.to_owned(),
        status: "done".into(),
        micros: 0,
        ..Work::default()
    };
    let id = shop.write(|books| books.accept("modr-", work));
    if shop.whim("nonsense") {
        return Json(json!({ "id": id, "model": model, "results": [{ "flagged": "no" }] }))
            .into_response();
    }
    let each = |value: &dyn Fn(&str) -> Value| -> Map<String, Value> {
        CATEGORIES.iter().map(|name| ((*name).to_owned(), value(name))).collect()
    };
    let hit = |name: &str| flagged && name.starts_with("violence");
    let seen = if pictures == 0 { json!(["text"]) } else { json!(["text", "image"]) };
    let result = json!({
        "flagged": flagged,
        "categories": each(&|name| hit(name).into()),
        "category_scores": each(&|name| if hit(name) { json!(0.97) } else { json!(0.0125) }),
        "category_applied_input_types": each(&|_| seen.clone()),
    });
    Json(json!({ "id": id, "model": "omni-moderation-2024-09-26", "results": [result] }))
        .into_response()
}
