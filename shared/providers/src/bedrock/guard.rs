//! Guardrails of Bedrock: `ApplyGuardrail` on words and pictures. A model is the guardrail's id, or `ID:VERSION`.

use super::{call, refused};
use crate::desk::{Desk, found, segment};
use crate::opinion::{Opinion, shown};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::money::MicroUsd;
use domain::vendor::{Answer, Class, Model, Order, Outcome, Price, Sizes};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// Any guardrail of the operator's.
pub(super) const GUARDRAIL: Model = Model {
    model: "*",
    kind: "content.moderate",
    sizes: Sizes::Input,
    formats: &["application/json"],
    seeded: false,
    price: Price::Each([1_000; 3]),
    typical_s: 2,
    rank: 70,
    source: "list price for 1,000 characters or a picture, aws.amazon.com/bedrock/pricing",
    ..super::CANVAS
};

/// How long one look may take.
const LONGEST: Duration = Duration::from_secs(60);

/// Looks at all of it at once.
pub(super) async fn look(desk: &Desk<'_>, order: &Order) -> Answer {
    let mut content = Vec::new();
    if !order.text("text").is_empty() {
        content.push(json!({ "text": { "text": order.text("text") } }));
    }
    for input in shown(order) {
        let Some(format @ ("png" | "jpeg")) = input.media_type.strip_prefix("image/") else {
            let why = format!("a guardrail looks at no {}", input.media_type);
            return Outcome::refused(Class::Invalid, why).into();
        };
        match desk.bytes(input).await {
            Ok(bytes) => content.push(json!({
                "image": { "format": format, "source": { "bytes": BASE64.encode(bytes) } },
            })),
            Err(answer) => return answer,
        }
    }
    if content.is_empty() {
        return Outcome::refused(Class::Invalid, "there is nothing to look at").into();
    }
    let looks = content.len() as i64;
    let (id, version) = order.model.split_once(':').unwrap_or((&order.model, "DRAFT"));
    let path = format!("/guardrail/{}/version/{}/apply", segment(id), segment(version));
    let body = json!({ "source": "OUTPUT", "content": content }).to_string().into_bytes();
    let request = call(desk, Method::POST, &path, body);
    let reply = match desk.order(request.map(|request| request.timeout(LONGEST))).await {
        Ok(reply) if reply.status == 200 => reply,
        Ok(reply) => return refused(&reply).into(),
        Err(answer) => return answer,
    };
    let body = reply.json();
    match read(&body) {
        Some(opinion) => opinion.done(order, None, MicroUsd(1_000 * looks)),
        None => Answer::from(Outcome::Unknown("it answered without an action".into()))
            .drifted("action", found(&body["action"])),
    }
}

/// What a guardrail found: words for how sure it is, and whether it stepped in.
fn read(body: &Value) -> Option<Opinion> {
    let mut opinion = Opinion::default();
    match body["action"].as_str()? {
        "NONE" => {}
        "GUARDRAIL_INTERVENED" => {
            opinion.flagged = true;
            opinion.note("intervened", 1.0);
        }
        _ => return None,
    }
    for assessment in body["assessments"].as_array().into_iter().flatten() {
        for filter in assessment["contentPolicy"]["filters"].as_array().into_iter().flatten() {
            let share = match filter["confidence"].as_str() {
                Some("NONE") => 0.0,
                Some("LOW") => 0.3,
                Some("MEDIUM") => 0.6,
                // What it does not know how to say counts as the worst.
                _ => 0.9,
            };
            let name = filter["type"].as_str().unwrap_or("filter").to_lowercase();
            opinion.note(&name, share);
        }
        for topic in assessment["topicPolicy"]["topics"].as_array().into_iter().flatten() {
            opinion.note(&format!("topic {}", topic["name"].as_str().unwrap_or_default()), 0.9);
        }
        let words = &assessment["wordPolicy"];
        for list in ["customWords", "managedWordLists"] {
            if words[list].as_array().is_some_and(|words| !words.is_empty()) {
                opinion.note("words", 0.9);
            }
        }
    }
    Some(opinion)
}
