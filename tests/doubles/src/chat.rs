//! An endpoint that speaks OpenAI's chat completions: `/v1/chat/completions`.
//!
//! It answers any model but those whose names begin with `gone`. Asked as a judge it obeys what it is shown; whim
//! `harsh`: it thinks little of it.

mod fill;
mod judge;

use crate::Shop;
use crate::books::Work;
use crate::made;
use crate::openai::{BLOCKED, error, stranger};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

/// Millionths of a dollar for a million tokens in and out.
const RATES: [(&str, [i64; 2]); 4] = [
    ("gpt-5", [1_250_000, 10_000_000]),
    ("gpt-5-mini", [250_000, 2_000_000]),
    ("gpt-4.1", [2_000_000, 8_000_000]),
    ("gpt-4.1-mini", [400_000, 1_600_000]),
];

/// What it takes for all other models.
const OTHERS: [i64; 2] = [2_500_000, 10_000_000];

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(complete))
        .layer(DefaultBodyLimit::disable())
        .with_state(shop)
}

fn invalid(code: &str, param: &str, message: &str) -> Response {
    error(400, "invalid_request_error", code, Some(param), message)
}

/// All words of the messages, and how many pictures are shown; what is wrong with them otherwise.
fn read(body: &Value) -> Result<(String, usize), String> {
    let messages = body["messages"].as_array().filter(|messages| !messages.is_empty());
    let (mut words, mut pictures) = (String::new(), 0);
    for message in messages.ok_or("Invalid 'messages': empty array.")? {
        if !["system", "user", "assistant"].iter().any(|role| message["role"] == *role) {
            return Err("Invalid value for 'messages[].role'.".into());
        }
        let parts = match &message["content"] {
            Value::String(text) => vec![json!({ "type": "text", "text": text })],
            Value::Array(parts) => parts.clone(),
            _ => return Err("Invalid type for 'messages[].content'.".into()),
        };
        for part in parts {
            match (part["type"].as_str(), part["text"].as_str(), part["image_url"]["url"].as_str())
            {
                (Some("text"), Some(text), _) => words.push_str(text),
                (Some("image_url"), _, Some(url)) => {
                    let data = url.strip_prefix("data:image/png;base64,");
                    let bytes = data.and_then(|data| BASE64.decode(data).ok());
                    if bytes.and_then(|bytes| made::png_size(&bytes)).is_none() {
                        return Err("You uploaded an unsupported image.".into());
                    }
                    pictures += 1;
                }
                _ => return Err("Invalid value for 'messages[].content[].type'.".into()),
            }
        }
    }
    Ok((words, pictures))
}

/// What is wrong with the parameters.
fn wrong(body: &Value) -> Option<Response> {
    let model = body["model"].as_str().unwrap_or_default();
    if model.is_empty() {
        return Some(invalid(
            "missing_required_parameter",
            "model",
            "you must provide a model parameter",
        ));
    }
    if model.starts_with("gone") {
        let message =
            format!("The model '{model}' does not exist or you do not have access to it.");
        let code = "model_not_found";
        return Some(error(404, "invalid_request_error", code, Some("model"), &message));
    }
    if model.starts_with("gpt-5") && !body["max_tokens"].is_null() {
        let message = "Unsupported parameter: 'max_tokens' is not supported with this model. \
                       Use 'max_completion_tokens' instead.";
        return Some(invalid("unsupported_parameter", "max_tokens", message));
    }
    for (name, most) in [("temperature", 2.0), ("top_p", 1.0)] {
        if body[name].as_f64().is_some_and(|value| !(0.0..=most).contains(&value)) {
            return Some(invalid("decimal_above_max_value", name, &format!("Invalid '{name}'.")));
        }
    }
    let form = &body["response_format"]["json_schema"];
    if form["strict"] == true
        && let Some(why) = fill::loose(&form["schema"])
    {
        let message = format!("Invalid schema for response_format 'answer': {why}");
        return Some(invalid("invalid_value", "response_format", &message));
    }
    None
}

/// The words of one role.
fn said(body: &Value, role: &str) -> String {
    let messages = body["messages"].as_array().into_iter().flatten();
    let of = messages.filter(|message| message["role"] == role);
    let texts = of.flat_map(|message| match &message["content"] {
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        text => text.as_str().into_iter().collect::<Vec<_>>(),
    });
    texts.collect()
}

/// The simplest value that fits a schema.
pub(crate) fn filled(schema: &Value) -> Value {
    fill::filled(schema, schema)
}

async fn complete(State(shop): State<Shop>, headers: HeaderMap, body: Json<Value>) -> Response {
    if let Some(answer) = stranger(&headers).or_else(|| wrong(&body)) {
        return answer;
    }
    let (words, pictures) = match read(&body) {
        Ok(read) => read,
        Err(message) => return invalid("invalid_value", "messages", &message),
    };
    let model = body["model"].as_str().unwrap_or_default();
    let schema = &body["response_format"]["json_schema"]["schema"];
    let mut text = match schema.is_null() {
        true => format!("Here is what there is to say of it, in {} words.", words.len() / 5),
        false => {
            let of = |role: &str| said(&body, role);
            let usual = shop.whim("harsh").then_some(0.1);
            let judged = judge::judged(&of("system"), &of("user"), usual);
            judged.unwrap_or_else(|| fill::filled(schema, schema)).to_string()
        }
    };
    let mut ended = "stop";
    let mut message = json!({ "role": "assistant", "content": null, "refusal": null });
    if shop.whim("fenced") {
        text = format!("```json\n{text}\n```");
    }
    if shop.whim("misfit") {
        text = "{\"unasked\": true}".into();
    }
    let most = body["max_tokens"].as_u64().or(body["max_completion_tokens"].as_u64());
    let mut answered = text.len().div_ceil(4);
    if let Some(most) = most.map(|most| most as usize).filter(|most| *most < answered) {
        ended = "length";
        answered = most;
        text = text.chars().take(most * 4).collect();
    }
    message["content"] = text.into();
    if words.contains(BLOCKED) || shop.whim("refusal") {
        message["content"] = Value::Null;
        message["refusal"] = "I'm sorry, I can't assist with that.".into();
    }
    if shop.whim("filtered") {
        ended = "content_filter";
    }
    let given = words.len() / 4 + 85 * pictures + 4;
    let rates = RATES.iter().find(|(name, _)| *name == model).map_or(OTHERS, |(_, rates)| *rates);
    let micros = (given as i64 * rates[0] + answered as i64 * rates[1]) / 1_000_000;
    let work = Work { key: words, model: model.into(), micros: micros.max(1), ..Work::default() };
    let id = shop.write(|books| books.accept("chatcmpl-", Work { status: "done".into(), ..work }));
    let mut response = Json(json!({
        "id": id,
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": model,
        "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": ended }],
        "usage": {
            "prompt_tokens": given,
            "completion_tokens": answered,
            "total_tokens": given + answered,
        },
    }))
    .into_response();
    for (name, value) in
        [("x-ratelimit-remaining-requests", "59"), ("x-ratelimit-reset-requests", "1s")]
    {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
