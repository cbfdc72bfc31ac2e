//! Words from chat models at Bedrock, by `Converse`: pictures may go along, and an answer in a form is a tool's input.

use super::{call, refused};
use crate::chat::fit::Form;
use crate::desk::{Desk, found, reason, segment};
use crate::opinion::shown;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::money::MicroUsd;
use domain::vendor::{
    Answer, Class, Done, Media, Model, Order, Outcome, Price, Refusal, Sizes, Source,
};
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::time::Duration;

const fn listed(model: &'static str, given: i64, answered: i64, rank: u8) -> Model {
    Model {
        model,
        kind: "text.generate",
        sizes: Sizes::None,
        formats: &["text/plain", "application/json"],
        seeded: false,
        price: Price::Tokens(given, answered),
        typical_s: 8,
        rank,
        source: "list price for a million tokens, aws.amazon.com/bedrock/pricing; not looked up again",
        ..super::CANVAS
    }
}

// Models that see.
pub(super) const SONNET: Model =
    listed("anthropic.claude-3-5-sonnet-20241022-v2:0", 3_000_000, 15_000_000, 84);
pub(super) const HAIKU: Model =
    listed("anthropic.claude-3-haiku-20240307-v1:0", 250_000, 1_250_000, 55);
pub(super) const NOVA: Model = listed("amazon.nova-pro-v1:0", 800_000, 3_200_000, 70);
pub(super) const NOVA_LITE: Model = listed("amazon.nova-lite-v1:0", 60_000, 240_000, 60);

/// The tool whose input is the answer.
const TOOL: &str = "answer";

/// Asks, and reads the answer.
pub(super) async fn ask(desk: &Desk<'_>, order: &Order) -> Answer {
    let form = match Form::of(order.params.get("schema")) {
        Ok(form) => form,
        Err(why) => return Outcome::refused(Class::Invalid, why).into(),
    };
    let body = match body(desk, order, form.as_ref()).await {
        Ok(body) => body.to_string().into_bytes(),
        Err(answer) => return answer,
    };
    let path = format!("/model/{}/converse", segment(&order.model));
    let wait = Duration::from_secs(order.deadline_s.min(600).into());
    let request = call(desk, Method::POST, &path, body);
    match desk.order(request.map(|request| request.timeout(wait))).await {
        Ok(reply) if reply.status == 200 => written(order, form.as_ref(), &reply.json()),
        Ok(reply) => refused(&reply).into(),
        Err(answer) => answer,
    }
}

async fn body(desk: &Desk<'_>, order: &Order, form: Option<&Form>) -> Result<Value, Answer> {
    let mut content = vec![json!({ "text": order.text("prompt") })];
    for input in shown(order) {
        let format = input.media_type.strip_prefix("image/").unwrap_or_default();
        if !["png", "jpeg", "gif", "webp"].contains(&format) {
            let why = format!("it is shown no {}", input.media_type);
            return Err(Outcome::refused(Class::Invalid, why).into());
        }
        let bytes = BASE64.encode(desk.bytes(input).await?);
        content.push(json!({ "image": { "format": format, "source": { "bytes": bytes } } }));
    }
    let mut body = json!({ "messages": [{ "role": "user", "content": content }] });
    if !order.text("system").is_empty() {
        body["system"] = json!([{ "text": order.text("system") }]);
    }
    let mut how = Map::new();
    for (name, sent) in
        [("temperature", "temperature"), ("top_p", "topP"), ("max_tokens", "maxTokens")]
    {
        if let Some(value) = order.params.get(name).filter(|value| value.is_number()) {
            how.insert(sent.into(), value.clone());
        }
    }
    if !how.is_empty() {
        body["inferenceConfig"] = how.into();
    }
    if let Some(form) = form {
        let schema = json!({ "json": form.schema() });
        body["toolConfig"] = json!({
            "tools": [{ "toolSpec": { "name": TOOL, "inputSchema": schema } }],
            "toolChoice": { "tool": { "name": TOOL } },
        });
    }
    Ok(body)
}

/// What was written, or why it is of no use; the tokens are paid for either way.
fn written(order: &Order, form: Option<&Form>, body: &Value) -> Answer {
    let usd = usd(&order.model, &body["usage"]);
    let failed = |class, why: &str| {
        Answer::from(Outcome::Failed { refusal: Refusal { class, reason: reason(why) }, usd })
    };
    match body["stopReason"].as_str() {
        Some("content_filtered" | "guardrail_intervened") => {
            return failed(Class::Content, "the answer was filtered");
        }
        Some("max_tokens") => {
            return failed(Class::Invalid, "the answer was cut off at its longest");
        }
        _ => {}
    }
    let Some(content) = body["output"]["message"]["content"].as_array() else {
        let why = Outcome::Unknown("it answered without words".into());
        return Answer::from(why).drifted("output.message.content", found(body));
    };
    let text = match form {
        Some(form) => {
            let tool = content.iter().find_map(|part| part["toolUse"]["input"].as_object());
            let said = tool.map(|input| Value::Object(input.clone()).to_string());
            let Some(said) = said.or_else(|| words(content)) else {
                return failed(Class::Elsewhere, "it answered with nothing");
            };
            match form.fits(&said) {
                Ok(fitting) => fitting,
                Err(wrong) => {
                    return failed(Class::Elsewhere, &format!("the answer does not fit: {wrong}"));
                }
            }
        }
        None => match words(content) {
            Some(text) => text,
            None => return failed(Class::Elsewhere, "it answered with nothing"),
        },
    };
    let media =
        vec![Media { port: order.output().0.to_owned(), source: Source::Bytes(text.into_bytes()) }];
    Outcome::Done(Done { media, usd, model: Some(order.model.clone()), id: None }).into()
}

fn words(content: &[Value]) -> Option<String> {
    let texts: Vec<&str> = content.iter().filter_map(|part| part["text"].as_str()).collect();
    Some(texts.concat()).filter(|text| !text.trim().is_empty())
}

fn usd(model: &str, usage: &Value) -> Option<MicroUsd> {
    let row = [SONNET, HAIKU, NOVA, NOVA_LITE].into_iter().find(|row| row.model == model)?;
    let Price::Tokens(given, answered) = row.price else { return None };
    let micros =
        usage["inputTokens"].as_i64()? * given + usage["outputTokens"].as_i64()? * answered;
    Some(MicroUsd((micros + 999_999) / 1_000_000))
}
