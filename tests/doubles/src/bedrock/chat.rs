//! `Converse`: words, pictures, and one tool that is used where it is asked for.

use super::{error, invalid};
use crate::books::Work;
use crate::chat::filled;
use crate::{Shop, made};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

/// Millionths of a dollar for a million tokens in and out.
const RATES: [(&str, [i64; 2]); 4] = [
    ("anthropic.claude-3-5-sonnet-20241022-v2:0", [3_000_000, 15_000_000]),
    ("anthropic.claude-3-haiku-20240307-v1:0", [250_000, 1_250_000]),
    ("amazon.nova-pro-v1:0", [800_000, 3_200_000]),
    ("amazon.nova-lite-v1:0", [60_000, 240_000]),
];

pub(super) async fn converse(
    State(shop): State<Shop>,
    Path(model): Path<String>,
    body: Bytes,
) -> Response {
    let Some((_, [given, answered])) = RATES.iter().find(|(name, _)| *name == model) else {
        return error(404, "ResourceNotFoundException", "No such model.");
    };
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(content) = asked["messages"][0]["content"].as_array() else {
        return invalid("messages: required");
    };
    let (mut words, mut pictures) = (String::new(), 0_i64);
    for part in content {
        let bytes = part["image"]["source"]["bytes"].as_str();
        match (part["text"].as_str(), bytes.and_then(|bytes| BASE64.decode(bytes).ok())) {
            (Some(text), _) => words.push_str(text),
            (None, Some(bytes)) if made::png_size(&bytes).is_some() => pictures += 1,
            _ => return invalid("content: a text or a picture"),
        }
    }
    let tool = &asked["toolConfig"]["tools"][0]["toolSpec"];
    let schema = &tool["inputSchema"]["json"];
    let (tokens_in, tokens_out) = (words.len() as i64 / 4 + 1 + 800 * pictures, 40);
    let micros = (tokens_in * given + tokens_out * answered + 999_999) / 1_000_000;
    let filtered = shop.whim("filtered");
    let work = Work { key: words, model, status: "done".into(), micros, ..Work::default() };
    shop.write(|books| books.accept("words", work));
    let (content, stop) = match (filtered, schema.is_object()) {
        (true, _) => (json!([{ "text": "" }]), "content_filtered"),
        (_, true) => {
            let input = filled(schema);
            let used = json!({ "toolUseId": "tooluse_1", "name": tool["name"], "input": input });
            (json!([{ "toolUse": used }]), "tool_use")
        }
        (_, false) => (json!([{ "text": "A tin stands on a shelf." }]), "end_turn"),
    };
    let usage = json!({
        "inputTokens": tokens_in, "outputTokens": tokens_out, "totalTokens": tokens_in + tokens_out,
    });
    Json(json!({
        "output": { "message": { "role": "assistant", "content": content } },
        "stopReason": stop, "usage": usage, "metrics": { "latencyMs": 12 },
    }))
    .into_response()
}
