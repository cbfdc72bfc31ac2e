//! Google's Gemini pictures: made and edited while the call waits; an answer may hold none and is paid for.

use crate::desk::{Desk, Reply, found, reason, segment};
use crate::shape::{nearest, ratio};
use crate::vendor::Vendor;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::money::MicroUsd;
use domain::vendor::{
    Answer, Class, Done, How, Media, Model, Order, Outcome, Price, Refusal, Sizes, Source,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::time::Duration;

/// As long as a call may take.
const WAIT_MOST_S: u32 = 300;

/// How long to wait where nobody says.
const PAUSE_S: u32 = 15;

type Size = (u32, u32);

const RATIOS: &[&str] = &["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"];

/// What the first generation makes, in the order of the ratios.
const SIZES_2: [Size; 10] = [
    (1024, 1024),
    (832, 1248),
    (1248, 832),
    (864, 1184),
    (1184, 864),
    (896, 1152),
    (1152, 896),
    (768, 1344),
    (1344, 768),
    (1536, 672),
];

/// What the third generation makes as `1K`.
const SIZES_3: [Size; 10] = [
    (1024, 1024),
    (848, 1264),
    (1264, 848),
    (896, 1200),
    (1200, 896),
    (928, 1152),
    (1152, 928),
    (768, 1376),
    (1376, 768),
    (1584, 672),
];

/// The same as `1K`, `2K` and `4K`.
const SIZES_3_ALL: [Size; 30] = {
    let mut all = [(0, 0); 30];
    let mut at = 0;
    while at < 30 {
        let (size, times) = (SIZES_3[at % 10], 1 << (at / 10));
        all[at] = (size.0 * times, size.1 * times);
        at += 1;
    }
    all
};

/// The most pixels of a `1K`; a `2K` has four times as many.
const ONE_K: u32 = 1_100_000;

const fn model(
    model: &'static str,
    kind: &'static str,
    sizes: &'static [Size],
    price: Price,
) -> Model {
    Model {
        vendor: "gemini",
        model,
        kind,
        sizes: Sizes::Exact(sizes),
        formats: &["image/png"],
        transparent: false,
        seeded: false,
        seconds: None,
        price,
        how: How::Waiting,
        output_life_s: None,
        typical_s: 12,
        rank: 75,
        as_of: "2026-11-20",
        source: "Gemini API price list: tokens of a picture by its size; not looked up again",
    }
}

const PRICE_2_5: Price = Price::Each([38_700; 3]);
const PRICE_3_1: Price =
    Price::Sized(&[(ONE_K, [67_200; 3]), (ONE_K * 4, [100_800; 3]), (ONE_K * 16, [151_200; 3])]);
const PRICE_3_PRO: Price = Price::Sized(&[(ONE_K * 4, [134_400; 3]), (ONE_K * 16, [240_000; 3])]);

const FLASH_2_5: Model = model("gemini-2.5-flash-image", "image.generate", &SIZES_2, PRICE_2_5);
const FLASH_3_1: Model = Model {
    rank: 85,
    ..model("gemini-3.1-flash-image", "image.generate", &SIZES_3_ALL, PRICE_3_1)
};
const PRO_3: Model = Model {
    rank: 93,
    typical_s: 30,
    ..model("gemini-3-pro-image", "image.generate", &SIZES_3_ALL, PRICE_3_PRO)
};

const MODELS: &[Model] = &[
    PRO_3,
    FLASH_3_1,
    FLASH_2_5,
    Model { kind: "image.edit", ..PRO_3 },
    Model { kind: "image.edit", ..FLASH_3_1 },
    Model { kind: "image.edit", ..FLASH_2_5 },
];

/// Millionths of a dollar for a million tokens: anything in, words out, pictures out.
fn rates(model: &str) -> Option<[i64; 3]> {
    let table = [
        ("gemini-2.5-flash-image", [300_000, 2_500_000, 30_000_000]),
        ("gemini-3.1-flash-image", [500_000, 3_000_000, 60_000_000]),
        ("gemini-3-pro-image", [2_000_000, 12_000_000, 120_000_000]),
    ];
    table.into_iter().find(|(name, _)| model.starts_with(name)).map(|(_, rates)| rates)
}

/// Google's Gemini pictures.
#[derive(Debug)]
pub struct Gemini;

#[async_trait]
impl Vendor for Gemini {
    fn name(&self) -> &'static str {
        "gemini"
    }

    fn base(&self) -> &'static str {
        "https://generativelanguage.googleapis.com/v1beta"
    }

    fn models(&self) -> &'static [Model] {
        MODELS
    }

    async fn start(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        let elsewhere = |why: &str| Outcome::refused(Class::Elsewhere, why).into();
        if !matches!(order.kind.as_str(), "image.generate" | "image.edit") {
            return elsewhere("gemini makes pictures here");
        }
        if order.inputs.contains_key("mask") {
            return elsewhere("gemini takes no mask");
        }
        let body = match body(desk, order).await {
            Ok(body) => body,
            Err(answer) => return answer,
        };
        match desk.order(request(desk, order, &body)).await {
            Ok(reply) => answer(order, &reply),
            Err(answer) => answer,
        }
    }
}

fn request(desk: &Desk<'_>, order: &Order, body: &Value) -> Result<RequestBuilder, String> {
    let path = format!("/models/{}:generateContent", segment(&order.model));
    let wait = Duration::from_secs(order.deadline_s.min(WAIT_MOST_S).into());
    let request = desk.request(Method::POST, &path)?.timeout(wait);
    Ok(request.header("x-goog-api-key", &desk.key.secret).json(body))
}

async fn body(desk: &Desk<'_>, order: &Order) -> Result<Value, Answer> {
    let mut prompt = order.text("prompt").to_owned();
    if !order.text("negative_prompt").is_empty() {
        prompt = format!("{prompt}\n\nAvoid: {}", order.text("negative_prompt"));
    }
    let mut parts = vec![json!({ "text": prompt })];
    for input in order.inputs.values() {
        let data = BASE64.encode(desk.bytes(input).await?);
        parts.push(json!({ "inlineData": { "mimeType": input.media_type, "data": data } }));
    }
    let mut config = json!({ "responseModalities": ["IMAGE"] });
    if let Some(image) = shape(order) {
        config["imageConfig"] = image;
    }
    let contents = json!([{ "role": "user", "parts": parts }]);
    Ok(json!({ "contents": contents, "generationConfig": config }))
}

/// The shape and the size that are asked for; none where what is edited keeps its own.
fn shape(order: &Order) -> Option<Value> {
    let wish = match order.size() {
        Some(wish) => wish,
        None if order.kind == "image.edit" => return None,
        None => (1024, 1024),
    };
    let row = MODELS.iter().find(|row| order.model.starts_with(row.model))?;
    let Sizes::Exact(sizes) = row.sizes else { return None };
    let made = nearest(sizes, wish)?;
    let mut image = json!({ "aspectRatio": ratio(RATIOS, made)? });
    // The first generation makes one size, and refuses to be told.
    if 10 < sizes.len() {
        let size = match made.0 * made.1 / ONE_K {
            0 => "1K",
            1..=3 => "2K",
            _ => "4K",
        };
        image["imageSize"] = size.into();
    }
    Some(image)
}

fn answer(order: &Order, reply: &Reply) -> Answer {
    let body = reply.json();
    match reply.status {
        200..=299 => made(order, &body),
        _ => refusal(reply, &body["error"]).into(),
    }
}

/// What was made, or why nothing was; the tokens are paid for either way.
fn made(order: &Order, body: &Value) -> Answer {
    let candidate = &body["candidates"][0];
    let parts = candidate["content"]["parts"].as_array().map(Vec::as_slice).unwrap_or_default();
    // A model that thinks shows its sketches too.
    let shown = parts.iter().filter(|part| part["thought"] != true);
    let pictures: Vec<&Value> = shown.filter_map(|part| part.get("inlineData")).collect();
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let usd = usd(&order.model, &body["usageMetadata"], !pictures.is_empty());
    if let Some(picture) = pictures.last() {
        let Some(bytes) = picture["data"].as_str().and_then(|data| BASE64.decode(data).ok()) else {
            let why = Outcome::Unknown("it answered with a picture that has no bytes".into());
            let field = "candidates[0].content.parts[].inlineData.data";
            return Answer::from(why).drifted(field, found(body));
        };
        let media = vec![Media { port: order.output().0.to_owned(), source: Source::Bytes(bytes) }];
        let (model, id) = (text("modelVersion"), text("responseId"));
        return Outcome::Done(Done { media, usd, model, id }).into();
    }
    let (field, word, class) =
        match (&candidate["finishReason"], &body["promptFeedback"]["blockReason"]) {
            (Value::String(word), _) => ("candidates[0].finishReason", word, finished(word)),
            (_, Value::String(word)) => ("promptFeedback.blockReason", word, blocked(word)),
            _ => {
                let why =
                    Outcome::Unknown("it answered neither with a picture nor with a reason".into());
                return Answer::from(why).drifted("candidates", found(body));
            }
        };
    // What it says instead may repeat the prompt.
    let words =
        if parts.iter().any(|part| part["text"].is_string()) { " and with words" } else { "" };
    let reason = reason(&format!("it answered without a picture{words}: {word}"));
    let refusal = Refusal { class: class.unwrap_or(Class::Elsewhere), reason };
    let answer = Answer::from(Outcome::Failed { refusal, usd });
    match class {
        Some(_) => answer,
        None => answer.drifted(field, crate::desk::reason(word)),
    }
}

/// What the end of an answer without a picture means; none where the contract does not know the word.
fn finished(word: &str) -> Option<Class> {
    Some(match word {
        "SAFETY"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "RECITATION"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => Class::Content,
        "LANGUAGE" => Class::Invalid,
        // It may well be in the mood next time, but it has to be paid again: another may have more to show.
        "STOP"
        | "MAX_TOKENS"
        | "OTHER"
        | "IMAGE_OTHER"
        | "NO_IMAGE"
        | "MALFORMED_FUNCTION_CALL"
        | "FINISH_REASON_UNSPECIFIED" => Class::Elsewhere,
        _ => return None,
    })
}

/// What it means that a prompt was blocked; none where the contract does not know the word.
fn blocked(word: &str) -> Option<Class> {
    let known = [
        "SAFETY",
        "OTHER",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "IMAGE_SAFETY",
        "MODEL_ARMOR",
        "JAILBREAK",
        "BLOCK_REASON_UNSPECIFIED",
    ];
    known.contains(&word).then_some(Class::Content)
}

/// What an error means. Its own errors are never billed, whatever their status; a gateway's say nothing.
fn refusal(reply: &Reply, error: &Value) -> Outcome {
    let (word, message) = (error["status"].as_str(), error["message"].as_str());
    let why = match reason(message.unwrap_or_default()) {
        why if why.is_empty() => format!("it answered {}", reply.status),
        why => why,
    };
    let refused = |class| Outcome::refused(class, why.clone());
    let key = || {
        let why = format!("our key is not taken ({})", reply.status);
        Outcome::refused(Class::Credentials, why)
    };
    let details = || error["details"].as_array().into_iter().flatten();
    match (reply.status, word) {
        (400..=499, _) if details().any(|detail| detail["reason"] == "API_KEY_INVALID") => key(),
        (401 | 403, _) => key(),
        // Such as: not in this country, not without billing.
        (400, Some("FAILED_PRECONDITION")) => refused(Class::Credentials),
        (404 | 410, _) => refused(Class::Elsewhere),
        (429, _) if spent(error) => refused(Class::Quota),
        (429, _) => refused(Class::Later(pause(reply, error))),
        (408 | 499, None) => Outcome::Unknown(why),
        (400..=499, _) => refused(Class::Invalid),
        (500..=599, Some("UNAVAILABLE" | "INTERNAL" | "RESOURCE_EXHAUSTED")) => {
            refused(Class::Later(pause(reply, error)))
        }
        // It took too long for what is asked.
        (500..=599, Some("DEADLINE_EXCEEDED")) => refused(Class::Elsewhere),
        (status, _) => Outcome::Unknown(format!("it answered {status}")),
    }
}

/// Whether a limit is meant that no short pause helps against: of a day, or of money.
fn spent(error: &Value) -> bool {
    let violations = error["details"].as_array().into_iter().flatten();
    let violations = violations.filter_map(|detail| detail["violations"].as_array()).flatten();
    let mut ids = violations.filter_map(|violation| violation["quotaId"].as_str());
    let message = error["message"].as_str().unwrap_or_default();
    ids.any(|id| id.contains("PerDay")) || message.contains("credits are depleted")
}

/// After how many seconds to come again: `RetryInfo` says it as `34s` or `34.07s`.
fn pause(reply: &Reply, error: &Value) -> u32 {
    let details = error["details"].as_array().into_iter().flatten();
    let mut delays = details.filter_map(|detail| detail["retryDelay"].as_str());
    let told = delays.find_map(|delay| delay.strip_suffix('s')?.parse::<f64>().ok());
    let told = told.map(|seconds| seconds.ceil() as u32);
    told.or(reply.retry_after()).unwrap_or(PAUSE_S).clamp(1, 3600)
}

/// What the tokens cost; none where the answer or the price list says nothing of them.
fn usd(model: &str, usage: &Value, picture: bool) -> Option<MicroUsd> {
    let [given, words, pictures] = rates(model)?;
    let count = |name: &str| usage[name].as_i64();
    let answered = count("candidatesTokenCount").unwrap_or(0);
    let details = usage["candidatesTokensDetails"].as_array().into_iter().flatten();
    let seen =
        details.filter(|of| of["modality"] == "IMAGE").filter_map(|of| of["tokenCount"].as_i64());
    let seen = match usage["candidatesTokensDetails"].is_array() {
        true => seen.sum(),
        false if picture => answered,
        false => 0,
    };
    let thought = count("thoughtsTokenCount").unwrap_or(0);
    let micros =
        count("promptTokenCount")? * given + (answered - seen + thought) * words + seen * pictures;
    Some(MicroUsd((micros + 999_999) / 1_000_000))
}

#[cfg(test)]
mod tests;
