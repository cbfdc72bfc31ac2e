//! Words from any endpoint that speaks OpenAI's chat completions: OpenAI itself, vLLM, Ollama, OpenRouter and others.
//!
//! Where the endpoint is, only the operator knows; a `model` may name a fine-tune or LoRA that is served there.

pub(crate) mod fit;

use crate::compatible::{limits, refusal};
use crate::desk::{Desk, Reply, found, reason};
use crate::vendor::Vendor;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::money::MicroUsd;
use domain::vendor::{
    Answer, Class, Done, How, Media, Model, Order, Outcome, Price, Refusal, Sizes, Source,
};
use fit::Form;
use reqwest::{Method, RequestBuilder};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// As long as a call may take.
const WAIT_MOST_S: u32 = 600;

/// Whatever the endpoint serves.
const ANY: Model = Model {
    vendor: "chat",
    model: "*",
    kind: "text.generate",
    sizes: Sizes::None,
    formats: &["text/plain", "application/json"],
    transparent: false,
    seeded: false,
    seconds: None,
    price: Price::Tokens(2_500_000, 10_000_000),
    how: How::Waiting,
    output_life_s: None,
    typical_s: 8,
    rank: 50,
    as_of: "2026-11-20",
    source: "no list: a usual price, used where the endpoint says no cost; what runs is the operator's",
};

const fn listed(model: &'static str, given: i64, answered: i64, rank: u8) -> Model {
    Model {
        model,
        price: Price::Tokens(given, answered),
        rank,
        source: "OpenAI's price list for a million tokens; not looked up again",
        ..ANY
    }
}

const MODELS: &[Model] = &[
    listed("gpt-5", 1_250_000, 10_000_000, 92),
    listed("gpt-5-mini", 250_000, 2_000_000, 82),
    listed("gpt-4.1", 2_000_000, 8_000_000, 84),
    listed("gpt-4.1-mini", 400_000, 1_600_000, 74),
    ANY,
];

/// An endpoint that speaks OpenAI's chat completions. Without a key it is called without one.
#[derive(Debug)]
pub struct Chat;

#[async_trait]
impl Vendor for Chat {
    fn name(&self) -> &'static str {
        "chat"
    }

    fn base(&self) -> &'static str {
        ""
    }

    fn models(&self) -> &'static [Model] {
        MODELS
    }

    async fn start(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        if order.kind != "text.generate" {
            return Outcome::refused(Class::Elsewhere, "chat writes words only").into();
        }
        let form = match Form::of(order.params.get("schema")) {
            Ok(form) => form,
            Err(why) => return Outcome::refused(Class::Invalid, why).into(),
        };
        let body = match body(desk, order, form.as_ref()).await {
            Ok(body) => body,
            Err(answer) => return answer,
        };
        match desk.order(request(desk, order, &body)).await {
            Ok(reply) => answer(order, form.as_ref(), &reply),
            Err(answer) => answer,
        }
    }
}

fn request(desk: &Desk<'_>, order: &Order, body: &Value) -> Result<RequestBuilder, String> {
    let wait = Duration::from_secs(order.deadline_s.min(WAIT_MOST_S).into());
    let request = desk.request(Method::POST, "/chat/completions")?.timeout(wait).json(body);
    Ok(match desk.key.secret.as_str() {
        "" => request,
        secret => request.bearer_auth(secret),
    })
}

async fn body(desk: &Desk<'_>, order: &Order, form: Option<&Form>) -> Result<Value, Answer> {
    let mut body = Map::new();
    body.insert("model".into(), order.model.clone().into());
    let mut messages = Vec::new();
    if !order.text("system").is_empty() {
        messages.push(json!({ "role": "system", "content": order.text("system") }));
    }
    messages.push(json!({ "role": "user", "content": question(desk, order).await? }));
    body.insert("messages".into(), messages.into());
    for (name, sent) in [
        ("temperature", "temperature"),
        ("top_p", "top_p"),
        ("max_tokens", longest(&order.model)),
        ("seed", "seed"),
    ] {
        if let Some(value) = order.params.get(name).filter(|value| value.is_number()) {
            body.insert(sent.into(), value.clone());
        }
    }
    if let Some(form) = form {
        body.insert("response_format".into(), form.asked());
    }
    Ok(body.into())
}

/// Under which name a model takes the length of the longest answer: those that think refuse the old one,
/// and of the others not all know the new one.
fn longest(model: &str) -> &'static str {
    let thinks = ["gpt-5", "o1", "o3", "o4"].iter().any(|name| model.starts_with(name));
    if thinks { "max_completion_tokens" } else { "max_tokens" }
}

/// The prompt, and the pictures that are shown with it; a plain text where there are none, because not
/// every endpoint takes parts.
async fn question(desk: &Desk<'_>, order: &Order) -> Result<Value, Answer> {
    let prompt = order.text("prompt");
    if order.inputs.is_empty() {
        return Ok(prompt.into());
    }
    let mut parts = vec![json!({ "type": "text", "text": prompt })];
    let mut shown: Vec<_> = order.inputs.iter().collect();
    // In the order that they were given in: the tenth comes after the second.
    shown.sort_by_key(|(port, _)| (port.len(), port.as_str()));
    for (_, input) in shown {
        let data = BASE64.encode(desk.bytes(input).await?);
        let url = format!("data:{};base64,{data}", input.media_type);
        parts.push(json!({ "type": "image_url", "image_url": { "url": url } }));
    }
    Ok(parts.into())
}

fn answer(order: &Order, form: Option<&Form>, reply: &Reply) -> Answer {
    let answer = match reply.status {
        200..=299 => written(order, form, &reply.json()),
        _ => refusal(reply).into(),
    };
    Answer { limits: limits(reply), ..answer }
}

/// What was written, or why it is of no use; the tokens are paid for either way.
fn written(order: &Order, form: Option<&Form>, body: &Value) -> Answer {
    let usd = usd(&order.model, &body["usage"]);
    let failed = |class, why: &str| {
        Answer::from(Outcome::Failed { refusal: Refusal { class, reason: reason(why) }, usd })
    };
    let choice = &body["choices"][0];
    let message = &choice["message"];
    if let (Some(error), true) = (body["error"].as_object(), choice.is_null()) {
        let said = error.get("message").and_then(Value::as_str).unwrap_or("an error");
        return failed(Class::Elsewhere, &format!("it answered 200 and an error: {said}"));
    }
    let ended = choice["finish_reason"].as_str();
    match ended {
        // The refusal itself may repeat the prompt.
        _ if message["refusal"].as_str().is_some_and(|text| !text.is_empty()) => {
            return failed(Class::Content, "the model refuses to answer");
        }
        Some("content_filter") => return failed(Class::Content, "the answer was filtered"),
        Some("length") => {
            let most = order.number("max_tokens").map(|most| format!(" of {most} tokens"));
            let most = most.unwrap_or_default();
            let why = format!("the answer was cut off at its longest{most} (finish_reason length)");
            return failed(Class::Invalid, &why);
        }
        Some("tool_calls" | "function_call") => {
            return failed(Class::Elsewhere, "it calls for tools instead of answering");
        }
        _ => {}
    }
    let Some(text) = text(&message["content"]) else {
        let why = Outcome::Unknown("it answered without words".into());
        return Answer::from(why).drifted("choices[0].message.content", found(body));
    };
    if text.trim().is_empty() {
        return failed(Class::Elsewhere, "it answered with nothing");
    }
    let text = match form.map(|form| (form, form.fits(&text))) {
        None => text,
        Some((_, Ok(fitting))) => fitting,
        Some((form, Err(wrong))) => {
            let answer = failed(Class::Elsewhere, &format!("the answer does not fit: {wrong}"));
            // It promised.
            return match form.is_strict() {
                true => answer.drifted("choices[0].message.content", wrong),
                false => answer,
            };
        }
    };
    let media =
        vec![Media { port: order.output().0.to_owned(), source: Source::Bytes(text.into_bytes()) }];
    let said = |name: &str| body[name].as_str().map(str::to_owned);
    let done = Done { media, usd, model: said("model"), id: said("id") };
    let answer = Answer::from(Outcome::Done(done));
    match ended {
        Some("stop") => answer,
        _ => answer.drifted("choices[0].finish_reason", found(&choice["finish_reason"])),
    }
}

/// The words of an answer: a text, or a list of parts, some of which are.
fn text(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let texts: Vec<&str> = parts.iter().filter_map(|part| part["text"].as_str()).collect();
            (!texts.is_empty()).then(|| texts.concat())
        }
        _ => None,
    }
}

/// What it cost: as the endpoint says, in dollars, or what the tokens cost.
fn usd(model: &str, usage: &Value) -> Option<MicroUsd> {
    if let Some(cost) = usage["cost"].as_f64() {
        return Some(MicroUsd((cost * 1e6).round() as i64));
    }
    let row = MODELS.iter().find(|row| row.model == model).unwrap_or(&ANY);
    let Price::Tokens(given, answered) = row.price else { return None };
    let micros =
        usage["prompt_tokens"].as_i64()? * given + usage["completion_tokens"].as_i64()? * answered;
    Some(MicroUsd((micros + 999_999) / 1_000_000))
}

#[cfg(test)]
mod tests;
