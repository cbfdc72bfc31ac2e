//! A scorer of one's own, behind an HTTPS address that only the operator knows: one route for each model.
//!
//! `POST BASE/MODEL`, signed as Standard Webhooks are: `webhook-id`, `webhook-timestamp` and `webhook-signature` over the
//! body as it came. It answers `{"score": 0.83, "reason": "…"}`, and may add `"flagged": true`, `"usd"` and `"model"`.
//! The key is the secret, `whsec_…`; the base is the address.

use crate::desk::{Desk, Reply, found, reason, segment};
use crate::opinion::shown;
use crate::vendor::Vendor;
use async_trait::async_trait;
use domain::money::MicroUsd;
use domain::notify::signature::Secret;
use domain::vendor::{
    Answer, Class, Done, How, Media, Model, Order, Outcome, Price, Sizes, Source,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::time::Duration;

/// Scorers of one's own.
#[derive(Debug)]
pub struct House;

/// As long as a call may take.
const WAIT_MOST_S: u32 = 600;
/// After so long it may be asked again, where it does not say.
const PAUSE_S: u32 = 10;

const ANY: Model = Model {
    vendor: "house",
    model: "*",
    kind: "content.score",
    sizes: Sizes::Input,
    formats: &["application/json"],
    transparent: false,
    seeded: false,
    seconds: None,
    price: Price::Each([0; 3]),
    how: How::Waiting,
    output_life_s: None,
    typical_s: 5,
    rank: 50,
    as_of: "2026-11-20",
    source: "one's own; what it costs it says itself",
};

#[async_trait]
impl Vendor for House {
    fn name(&self) -> &'static str {
        "house"
    }

    fn base(&self) -> &'static str {
        ""
    }

    fn models(&self) -> &'static [Model] {
        &[ANY]
    }

    async fn start(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        if order.kind != "content.score" {
            return Outcome::refused(Class::Elsewhere, "house only scores").into();
        }
        match desk.order(request(desk, order)).await {
            Ok(reply) if reply.status == 200 => scored(order, &reply.json()),
            Ok(reply) => refusal(&reply).into(),
            Err(answer) => answer,
        }
    }
}

fn request(desk: &Desk<'_>, order: &Order) -> Result<RequestBuilder, String> {
    let secret = Secret::parse(&desk.key.secret)
        .ok_or("our key for house is no secret: it begins with whsec_")?;
    let images: Vec<Value> = shown(order)
        .into_iter()
        .map(|input| json!({ "url": input.url, "sha256": input.sha256, "media_type": input.media_type }))
        .collect();
    let body = json!({
        "attempt": order.attempt,
        "criterion": order.text("criterion"),
        "text": order.text("text"),
        "images": images,
        "settings": order.params.get("settings").cloned().unwrap_or_else(|| json!({})),
        "deadline_s": order.deadline_s,
    });
    let body = body.to_string().into_bytes();
    let (id, sent) = (order.attempt.as_str(), desk.now.unix_s());
    let signature = secret.sign(id, sent, &body);
    let wait = Duration::from_secs(order.deadline_s.min(WAIT_MOST_S).into());
    let request = desk.request(Method::POST, &format!("/{}", segment(&order.model)))?;
    Ok(request
        .timeout(wait)
        .header("content-type", "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", sent.to_string())
        .header("webhook-signature", signature)
        .body(body))
}

/// Its word in the form that gates read. What is no number from 0 to 1 is none.
fn scored(order: &Order, body: &Value) -> Answer {
    let usd = body["usd"].as_f64().filter(|usd| (0.0..=100.0).contains(usd));
    let usd = usd.map(|usd| MicroUsd((usd * 1e6).round() as i64));
    let score = body["score"].as_f64().filter(|score| (0.0..=1.0).contains(score));
    let Some(score) = score else {
        let why = Outcome::Unknown("it answered without a score from 0 to 1".into());
        return Answer::from(why).drifted("score", found(&body["score"]));
    };
    let why: String = body["reason"].as_str().unwrap_or_default().chars().take(500).collect();
    let said = json!({ "score": score, "reason": why, "flagged": body["flagged"] == json!(true) });
    let source = Source::Bytes(said.to_string().into_bytes());
    let media = vec![Media { port: order.output().0.to_owned(), source }];
    let model = body["model"].as_str().map(str::to_owned);
    Outcome::Done(Done { media, usd: Some(usd.unwrap_or_default()), model, id: None }).into()
}

/// The table of refusals: its own word for what it does not take.
fn refusal(reply: &Reply) -> Outcome {
    let body = reply.json();
    let said = body["error"].as_str().or(body["detail"].as_str());
    let said = reason(said.unwrap_or("no reason given"));
    let class = match reply.status {
        400 | 413 | 415 | 422 => Class::Invalid,
        401 | 403 => Class::Credentials,
        402 => Class::Quota,
        404 | 405 | 410 => Class::Elsewhere,
        429 => Class::Later(reply.retry_after().unwrap_or(PAUSE_S)),
        status => return Outcome::Unknown(format!("it answered {status}")),
    };
    Outcome::refused(class, said)
}
