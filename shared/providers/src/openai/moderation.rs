//! OpenAI's moderation: words and pictures in categories, each with a share. It costs nothing.
//!
//! One request takes one picture; of several looks the worst counts.

use crate::compatible::{limits, refusal};
use crate::desk::{Desk, found};
use crate::opinion::{Opinion, shown};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::money::MicroUsd;
use domain::vendor::{Answer, Class, How, Model, Order, Outcome, Price, Sizes};
use serde_json::{Value, json};
use std::time::Duration;

/// Its model.
pub(super) const OMNI: Model = Model {
    vendor: "openai",
    model: "omni-moderation-latest",
    kind: "content.moderate",
    sizes: Sizes::Input,
    formats: &["application/json"],
    transparent: false,
    seeded: false,
    seconds: None,
    price: Price::Each([0; 3]),
    how: How::Waiting,
    output_life_s: None,
    typical_s: 2,
    rank: 80,
    as_of: "2026-11-20",
    source: "OpenAI's documentation: moderation is free of charge",
};

/// How long one look may take.
const LONGEST: Duration = Duration::from_secs(60);
/// Most pictures of one order.
const PICTURES_MOST: usize = 10;

/// Looks at the words and at each picture.
pub(super) async fn look(desk: &Desk<'_>, order: &Order) -> Answer {
    let (text, pictures) = (order.text("text"), shown(order));
    if text.is_empty() && pictures.is_empty() {
        return Outcome::refused(Class::Invalid, "there is nothing to look at").into();
    }
    if PICTURES_MOST < pictures.len() {
        let why = format!("it is asked about at most {PICTURES_MOST} pictures at once");
        return Outcome::refused(Class::Invalid, why).into();
    }
    let words = (!text.is_empty()).then(|| json!({ "type": "text", "text": text }));
    let mut inputs: Vec<Vec<Value>> = Vec::new();
    for input in pictures {
        let data = match desk.bytes(input).await {
            Ok(bytes) => BASE64.encode(bytes),
            Err(answer) => return answer,
        };
        let url = format!("data:{};base64,{data}", input.media_type);
        inputs.push(vec![json!({ "type": "image_url", "image_url": { "url": url } })]);
    }
    match (inputs.first_mut(), words) {
        (Some(first), Some(words)) => first.insert(0, words),
        (None, Some(words)) => inputs.push(vec![words]),
        _ => {}
    }
    let (mut opinion, mut model, mut told) = (Opinion::default(), None, None);
    for input in inputs {
        let body = json!({ "model": order.model, "input": input });
        let request = super::post(desk, order, "/moderations");
        let request = request.map(|request| request.timeout(LONGEST).json(&body));
        let reply = match desk.order(request).await {
            Ok(reply) => reply,
            Err(answer) => return answer,
        };
        told = limits(&reply).or(told);
        if !(200..=299).contains(&reply.status) {
            return Answer { limits: told, ..Answer::from(refusal(&reply)) };
        }
        let body = reply.json();
        if let Err(field) = read(&body, &mut opinion) {
            let why = Outcome::Unknown("it answered without a result".into());
            return Answer::from(why).drifted(field, found(&body));
        }
        model = body["model"].as_str().map(str::to_owned).or(model);
    }
    Answer { limits: told, ..opinion.done(order, model, MicroUsd(0)) }
}

/// One result into the opinion; or the field that is not there.
fn read(body: &Value, opinion: &mut Opinion) -> Result<(), &'static str> {
    let result = &body["results"][0];
    let scores = result["category_scores"].as_object();
    let scores = scores.filter(|scores| !scores.is_empty());
    let scores = scores.ok_or("results[0].category_scores")?;
    opinion.flagged |= result["flagged"].as_bool().ok_or("results[0].flagged")?;
    for (name, share) in scores {
        let share = share.as_f64().filter(|share| (0.0..=1.0).contains(share));
        opinion.note(name, share.ok_or("results[0].category_scores")?);
    }
    Ok(())
}
