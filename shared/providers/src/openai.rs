//! OpenAI's pictures, made and edited while the call waits; and its moderation.

mod moderation;

use crate::compatible::{limits, refusal};
use crate::desk::{Desk, Reply, found};
use crate::form::Form;
use crate::shape::nearest;
use crate::vendor::Vendor;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::money::MicroUsd;
use domain::vendor::{
    Answer, Class, Done, Effort, How, Media, Model, Order, Outcome, Price, Sizes, Source,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::time::Duration;

/// As long as its own client waits.
const WAIT_MOST_S: u32 = 600;

const SIZES: &[(u32, u32)] = &[(1024, 1024), (1536, 1024), (1024, 1536)];

/// Those, and what screens have: it makes any with sides that 16 divides.
const SIZES_2: &[(u32, u32)] = &[
    (1024, 1024),
    (1536, 1024),
    (1024, 1536),
    (1536, 864),
    (864, 1536),
    (2048, 1152),
    (1152, 2048),
    (2560, 1440),
    (1440, 2560),
    (1920, 1920),
];

const fn model(
    model: &'static str,
    kind: &'static str,
    price: Price,
    rank: u8,
    typical_s: u32,
) -> Model {
    Model {
        vendor: "openai",
        model,
        kind,
        sizes: Sizes::Exact(SIZES),
        formats: &["image/png", "image/jpeg", "image/webp"],
        transparent: true,
        seeded: false,
        seconds: None,
        price,
        how: How::Waiting,
        output_life_s: None,
        typical_s,
        rank,
        as_of: "2026-11-20",
        source: "OpenAI's price list for pictures by quality and size; not looked up again",
    }
}

const PRICE: Price = Price::Sized(&[
    (1024 * 1024, [11_000, 42_000, 167_000]),
    (1536 * 1024, [16_000, 63_000, 250_000]),
]);
const PRICE_MINI: Price =
    Price::Sized(&[(1024 * 1024, [2_000, 8_500, 33_000]), (1536 * 1024, [3_300, 12_700, 50_000])]);
const PRICE_1_5: Price = Price::Sized(&[
    (1024 * 1024, [9_000, 34_000, 133_000]),
    (1536 * 1024, [13_000, 50_000, 200_000]),
]);
const PRICE_2: Price = Price::Sized(&[
    (1024 * 1024, [8_000, 32_000, 125_000]),
    (1536 * 864, [10_000, 40_000, 158_000]),
    (1536 * 1024, [12_000, 47_500, 187_000]),
    (2048 * 1152, [18_000, 71_000, 281_000]),
    (2560 * 1440, [29_000, 111_000, 439_000]),
]);

const MODELS: &[Model] = &[
    Model {
        sizes: Sizes::Exact(SIZES_2),
        ..model("gpt-image-2", "image.generate", PRICE_2, 95, 45)
    },
    model("gpt-image-1.5", "image.generate", PRICE_1_5, 90, 30),
    model("gpt-image-1", "image.generate", PRICE, 80, 40),
    model("gpt-image-1-mini", "image.generate", PRICE_MINI, 65, 20),
    Model { sizes: Sizes::Exact(SIZES_2), ..model("gpt-image-2", "image.edit", PRICE_2, 95, 50) },
    model("gpt-image-1.5", "image.edit", PRICE_1_5, 90, 35),
    model("gpt-image-1", "image.edit", PRICE, 80, 45),
    model("gpt-image-1-mini", "image.edit", PRICE_MINI, 65, 25),
    moderation::OMNI,
];

/// Millionths of a dollar for a million tokens: text in, pictures in, pictures out.
fn rates(model: &str) -> Option<[i64; 3]> {
    // The longest names first: `gpt-image-1-mini` begins like `gpt-image-1`.
    let table = [
        ("gpt-image-1-mini", [2_000_000, 2_500_000, 8_000_000]),
        ("gpt-image-1.5", [5_000_000, 8_000_000, 32_000_000]),
        ("gpt-image-1", [5_000_000, 10_000_000, 40_000_000]),
        ("gpt-image-2", [5_000_000, 8_000_000, 30_000_000]),
    ];
    table.into_iter().find(|(name, _)| model.starts_with(name)).map(|(_, rates)| rates)
}

/// OpenAI's pictures. The key may be followed by a colon and the organization to bill.
#[derive(Debug)]
pub struct OpenAi;

#[async_trait]
impl Vendor for OpenAi {
    fn name(&self) -> &'static str {
        "openai"
    }

    fn base(&self) -> &'static str {
        "https://api.openai.com/v1"
    }

    fn models(&self) -> &'static [Model] {
        MODELS
    }

    async fn start(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        let request = match order.kind.as_str() {
            "image.generate" => generate(desk, order),
            "image.edit" => match edit(desk, order).await {
                Ok(request) => request,
                Err(answer) => return answer,
            },
            "content.moderate" => return moderation::look(desk, order).await,
            "video.generate" => {
                let why = "its Videos API was shut down on 2026-09-24";
                return Outcome::refused(Class::Elsewhere, why).into();
            }
            kind => {
                let why = format!("openai has no {kind}");
                return Outcome::refused(Class::Elsewhere, why).into();
            }
        };
        match desk.order(request).await {
            Ok(reply) => answer(order, &reply),
            Err(answer) => answer,
        }
    }
}

fn post(desk: &Desk<'_>, order: &Order, path: &str) -> Result<RequestBuilder, String> {
    let (secret, organization) = desk.key.parts();
    let wait = Duration::from_secs(order.deadline_s.min(WAIT_MOST_S).into());
    let request = desk.request(Method::POST, path)?.bearer_auth(secret).timeout(wait);
    Ok(match organization {
        "" => request,
        organization => request.header("openai-organization", organization),
    })
}

/// The parameters that making and editing have in common.
fn fields(order: &Order) -> Vec<(&'static str, String)> {
    let transparent = order.params.get("transparent").and_then(Value::as_bool) == Some(true);
    let format = match order.output().1 {
        "image/webp" => "webp",
        // JPEG has no transparency.
        "image/jpeg" if !transparent => "jpeg",
        _ => "png",
    };
    let mut prompt = order.text("prompt").to_owned();
    if !order.text("negative_prompt").is_empty() {
        prompt = format!("{prompt}\n\nAvoid: {}", order.text("negative_prompt"));
    }
    let mut fields = vec![
        ("model", order.model.clone()),
        ("prompt", prompt),
        ("size", size(order)),
        ("quality", quality(order.effort).to_owned()),
        ("output_format", format.to_owned()),
    ];
    if transparent {
        fields.push(("background", "transparent".to_owned()));
    }
    fields
}

fn generate(desk: &Desk<'_>, order: &Order) -> Result<RequestBuilder, String> {
    let mut body: Value = fields(order).into_iter().map(|(k, v)| (k, Value::from(v))).collect();
    body["n"] = json!(1);
    Ok(post(desk, order, "/images/generations")?.json(&body))
}

async fn edit(desk: &Desk<'_>, order: &Order) -> Result<Result<RequestBuilder, String>, Answer> {
    let mut form = Form::default();
    for (name, value) in fields(order) {
        form = form.text(name, value);
    }
    let pictures = order.inputs.keys().filter(|port| *port != "mask").count();
    for (port, input) in &order.inputs {
        let name = match port.as_str() {
            "mask" => "mask",
            _ if pictures == 1 => "image",
            _ => "image[]",
        };
        form = form.file(name, &input.media_type, desk.bytes(input).await?);
    }
    Ok(post(desk, order, "/images/edits").map(|request| form.on(request)))
}

fn quality(effort: Effort) -> &'static str {
    match effort {
        Effort::Draft => "low",
        Effort::Standard => "medium",
        Effort::Final => "high",
    }
}

fn size(order: &Order) -> String {
    // A dated name begins with that of its model, and so does that of a smaller one: the longest is meant.
    let rows = MODELS.iter().filter(|row| row.kind == order.kind);
    let rows = rows.filter(|row| order.model.starts_with(row.model));
    let row = rows.max_by_key(|row| row.model.len());
    let sizes = match row.map(|row| row.sizes) {
        Some(Sizes::Exact(sizes)) => sizes,
        _ => SIZES,
    };
    let wish = match order.size() {
        Some(wish) => wish,
        // As what is edited.
        None if order.kind == "image.edit" => return "auto".to_owned(),
        None => sizes[0],
    };
    let (width, height) = nearest(sizes, wish).unwrap_or(sizes[0]);
    format!("{width}x{height}")
}

fn answer(order: &Order, reply: &Reply) -> Answer {
    let answer = match reply.status {
        200..=299 => made(order, reply),
        _ => refusal(reply).into(),
    };
    Answer { limits: limits(reply), ..answer }
}

/// What was made. An answer without it was paid for all the same.
fn made(order: &Order, reply: &Reply) -> Answer {
    let body = reply.json();
    let picture = &body["data"][0];
    let source = match (picture["b64_json"].as_str(), picture["url"].as_str()) {
        (Some(text), _) => BASE64.decode(text).ok().map(Source::Bytes),
        // Models before GPT's, and resellers.
        (None, Some(url)) => Some(Source::Url(url.to_owned())),
        (None, None) => None,
    };
    let Some(source) = source else {
        let why = Outcome::Unknown("it answered without a picture".into());
        return Answer::from(why).drifted("data[0].b64_json", found(&body));
    };
    let media = vec![Media { port: order.output().0.to_owned(), source }];
    let id = Some(reply.header("x-request-id").to_owned()).filter(|id| !id.is_empty());
    Outcome::Done(Done { media, usd: usd(&order.model, &body["usage"]), model: None, id }).into()
}

/// What the tokens cost; none where the answer or the price list says nothing of them.
fn usd(model: &str, usage: &Value) -> Option<MicroUsd> {
    let [text, picture, out] = rates(model)?;
    let details = &usage["input_tokens_details"];
    let tokens = [
        (details["text_tokens"].as_i64().or(usage["input_tokens"].as_i64())?, text),
        (details["image_tokens"].as_i64().unwrap_or(0), picture),
        (usage["output_tokens"].as_i64()?, out),
    ];
    let micros: i64 = tokens.iter().map(|(count, rate)| count * rate).sum();
    Some(MicroUsd((micros + 999_999) / 1_000_000))
}
