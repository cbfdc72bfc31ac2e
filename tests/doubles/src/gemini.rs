//! Google's Gemini pictures: `/v1beta/models/{model}:generateContent`, and the same under `/v1`.

use crate::Shop;
use crate::books::Work;
use crate::made;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

/// A model: millionths of a dollar for a million tokens in, words out and pictures out; tokens of a picture
/// of `1K`, `2K` and `4K`.
type Model = (&'static str, [i64; 3], [i64; 3]);

const MODELS: [Model; 3] = [
    ("gemini-2.5-flash-image", [300_000, 2_500_000, 30_000_000], [1290, 0, 0]),
    ("gemini-3.1-flash-image", [500_000, 3_000_000, 60_000_000], [1120, 1680, 2520]),
    ("gemini-3-pro-image", [2_000_000, 12_000_000, 120_000_000], [1120, 1120, 2000]),
];

const RATIOS: [(&str, (u32, u32)); 10] = [
    ("1:1", (1024, 1024)),
    ("2:3", (848, 1264)),
    ("3:2", (1264, 848)),
    ("3:4", (896, 1200)),
    ("4:3", (1200, 896)),
    ("4:5", (928, 1152)),
    ("5:4", (1152, 928)),
    ("9:16", (768, 1376)),
    ("16:9", (1376, 768)),
    ("21:9", (1584, 672)),
];

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/v1beta/models/{call}", post(generate))
        .route("/v1/models/{call}", post(generate))
        .layer(DefaultBodyLimit::disable())
        .with_state(shop)
}

/// An error as it words them.
pub fn error(status: u16, word: &str, message: &str, details: Value) -> Response {
    let code = StatusCode::from_u16(status).expect("it answers with statuses that exist");
    let mut error = json!({ "code": status, "message": message, "status": word });
    if details.as_array().is_some_and(|details| !details.is_empty()) {
        error["details"] = details;
    }
    (code, Json(json!({ "error": error }))).into_response()
}

/// How it answers to too many calls, of a minute or of a day.
pub fn exhausted(quota: &str, delay: &str) -> Value {
    let google = |name: &str| format!("type.googleapis.com/google.rpc.{name}");
    json!({ "error": {
        "code": 429,
        "message": "You exceeded your current quota, please check your plan and billing details.",
        "status": "RESOURCE_EXHAUSTED",
        "details": [
            { "@type": google("QuotaFailure"), "violations": [{ "quotaId": quota }] },
            { "@type": google("RetryInfo"), "retryDelay": delay },
        ],
    }})
}

fn invalid(message: &str) -> Response {
    error(400, "INVALID_ARGUMENT", message, json!([]))
}

fn stranger(headers: &HeaderMap) -> Option<Response> {
    let key = headers.get("x-goog-api-key").and_then(|value| value.to_str().ok());
    match key {
        Some(key) if key.starts_with("AIza") => None,
        Some(_) => {
            let message = "API key not valid. Please pass a valid API key.";
            let info = "type.googleapis.com/google.rpc.ErrorInfo";
            let details = json!([{ "@type": info, "reason": "API_KEY_INVALID" }]);
            Some(error(400, "INVALID_ARGUMENT", message, details))
        }
        None => {
            let message = "Method doesn't allow unregistered callers.";
            Some(error(403, "PERMISSION_DENIED", message, json!([])))
        }
    }
}

/// A field by either of the names that its JSON takes.
fn field<'a>(value: &'a Value, camel: &str, snake: &str) -> &'a Value {
    value.get(camel).or_else(|| value.get(snake)).unwrap_or(&Value::Null)
}

/// The words of a request, and how many pictures it brings; what is wrong with it otherwise.
fn read(body: &Value) -> Result<(String, i64), String> {
    let Some(contents) = body["contents"].as_array().filter(|contents| !contents.is_empty()) else {
        return Err("* GenerateContentRequest.contents: contents is not specified".into());
    };
    let (mut words, mut pictures) = (String::new(), 0);
    for part in contents.iter().filter_map(|content| content["parts"].as_array()).flatten() {
        let inline = field(part, "inlineData", "inline_data");
        match (part["text"].as_str(), inline["data"].as_str()) {
            (Some(text), _) => words.push_str(text),
            (None, Some(data)) => {
                let bytes = BASE64.decode(data).map_err(|_| "Base64 decoding failed")?;
                let mime = field(inline, "mimeType", "mime_type").as_str().unwrap_or_default();
                if !mime.starts_with("image/") || made::png_size(&bytes).is_none() {
                    return Err("Unable to process input image.".into());
                }
                pictures += 1;
            }
            (None, None) => {
                return Err("required oneof field 'data' must have one initialized field".into());
            }
        }
    }
    match words.is_empty() {
        true => Err("Prompt is empty".into()),
        false => Ok((words, pictures)),
    }
}

/// Width, height and which of its sizes a picture has.
fn measure(model: &Model, config: &Value) -> Result<(u32, u32, usize), String> {
    let image = field(config, "imageConfig", "image_config");
    let ratio = field(image, "aspectRatio", "aspect_ratio").as_str().unwrap_or("1:1");
    let Some((_, (width, height))) = RATIOS.iter().find(|(name, _)| *name == ratio) else {
        return Err(format!("aspect_ratio must be one of the supported ones, not {ratio}"));
    };
    let size = match field(image, "imageSize", "image_size").as_str() {
        None => 0,
        Some(_) if model.2[1] == 0 => {
            return Err("image_size is not supported by this model".into());
        }
        Some("1K") => 0,
        Some("2K") => 1,
        Some("4K") => 2,
        Some(other) => return Err(format!("image_size must be 1K, 2K or 4K, not {other}")),
    };
    Ok((width << size, height << size, size))
}

async fn generate(
    State(shop): State<Shop>,
    Path(call): Path<String>,
    headers: HeaderMap,
    body: Json<Value>,
) -> Response {
    if let Some(answer) = stranger(&headers) {
        return answer;
    }
    let name = call.strip_suffix(":generateContent").unwrap_or_default();
    let known = |model: &&Model| name.strip_suffix("-preview").unwrap_or(name) == model.0;
    let Some(model) = MODELS.iter().find(known) else {
        let message = format!("models/{name} is not found for API version v1beta");
        return error(404, "NOT_FOUND", &message, json!([]));
    };
    let config = field(&body, "generationConfig", "generation_config");
    let asked = read(&body).and_then(|read| Ok((read, measure(model, config)?)));
    let ((prompt, given), (width, height, size)) = match asked {
        Ok(asked) => asked,
        Err(message) => return invalid(&message),
    };
    if shop.whim("overloaded") {
        let message = "The model is overloaded. Please try again later.";
        return error(503, "UNAVAILABLE", message, json!([]));
    }
    let words = (prompt.len() / 4 + 1) as i64 + 258 * given;
    let part = |tokens: i64, rate: i64| tokens * rate / 1_000_000;
    let bill = |shown: i64, said: i64| {
        let micros = part(words, model.1[0]) + part(said, model.1[1]) + part(shown, model.1[2]);
        let work = Work { key: prompt.clone(), model: name.into(), micros, ..Work::default() };
        let id = shop.write(|books| books.accept("resp-", Work { status: "done".into(), ..work }));
        let mut usage = json!({
            "promptTokenCount": words,
            "candidatesTokenCount": shown + said,
            "totalTokenCount": words + shown + said,
        });
        if 0 < shown {
            let of = json!([{ "modality": "IMAGE", "tokenCount": shown }]);
            usage["candidatesTokensDetails"] = of;
        }
        json!({ "usageMetadata": usage, "modelVersion": name, "responseId": id })
    };
    let ended = |reason: &str| json!([{ "finishReason": reason, "index": 0 }]);
    let mut answer;
    if prompt.contains(crate::openai::BLOCKED) || shop.whim("prompt_blocked") {
        answer = bill(0, 0);
        answer["promptFeedback"] = json!({ "blockReason": "PROHIBITED_CONTENT" });
    } else if shop.whim("safety") {
        answer = bill(0, 0);
        answer["candidates"] = ended("IMAGE_SAFETY");
    } else if shop.whim("no_image") {
        answer = bill(0, 0);
        answer["candidates"] = ended("NO_IMAGE");
    } else if shop.whim("words") {
        answer = bill(0, 12);
        answer["candidates"] = ended("STOP");
        let parts = json!([{ "text": format!("Here is {prompt}.") }]);
        answer["candidates"][0]["content"] = json!({ "parts": parts, "role": "model" });
    } else {
        answer = bill(model.2[size], 0);
        answer["candidates"] = ended("STOP");
        let shown = |what: &str| {
            let data = BASE64.encode(made::png(what, width, height));
            json!({ "inlineData": { "mimeType": "image/png", "data": data } })
        };
        let mut parts = vec![shown(&prompt)];
        if model.0.contains("pro") {
            // It thinks, and shows a sketch before.
            let mut sketch = shown("a sketch");
            sketch["thought"] = true.into();
            parts.insert(0, sketch);
            parts.insert(0, json!({ "text": "**Considering a tin**", "thought": true }));
        }
        answer["candidates"][0]["content"] = json!({ "parts": parts, "role": "model" });
    }
    Json(answer).into_response()
}
