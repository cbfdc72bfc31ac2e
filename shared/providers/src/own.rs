//! What the operator's own code is told and answers, wherever it runs: the same words as a GPU host's.
//!
//! It answers with the bytes of its one output, or with JSON that names each of them:
//! `{"outputs": {"image": {"base64": "…"}}, "usd": 0.01, "model": "mine-2"}`, where an output may have a `url` instead.

use crate::desk::found;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::money::MicroUsd;
use domain::sniff;
use domain::vendor::{Answer, Done, Media, Model, Order, Outcome, Sizes, Source};
use serde_json::{Value, json};

/// What it can be: the operator's own code may do anything. Films take so many seconds as a rule.
pub(crate) const fn rows(picture: Model, film_s: u32) -> [Model; 9] {
    let sound = Model {
        kind: "audio.generate",
        sizes: Sizes::None,
        formats: &["audio/wav", "audio/mpeg"],
        seconds: Some((1, 600)),
        ..picture
    };
    [
        Model { ..picture },
        Model { kind: "image.edit", ..picture },
        Model { kind: "image.remove_background", sizes: Sizes::Input, ..picture },
        Model { kind: "image.upscale", sizes: Sizes::Input, ..picture },
        Model {
            kind: "video.generate",
            formats: &["video/mp4"],
            seconds: Some((1, 60)),
            typical_s: film_s,
            ..picture
        },
        Model { ..sound },
        Model { kind: "audio.speak", seconds: None, ..sound },
        Model { kind: "audio.separate", seconds: None, ..sound },
        Model {
            kind: "text.generate",
            sizes: Sizes::None,
            formats: &["text/plain", "application/json"],
            ..picture
        },
    ]
}

/// What it is told.
pub(crate) fn told(order: &Order) -> Value {
    json!({
        "attempt": order.attempt,
        "kind": order.kind,
        "effort": order.effort,
        "params": order.params,
        "inputs": order.inputs,
        "outputs": order.outputs,
        "deadline_s": order.deadline_s,
    })
}

/// What it made.
pub(crate) fn made(order: &Order, body: Vec<u8>) -> Answer {
    let unknown = |why: String| Answer::from(Outcome::Unknown(why));
    if body.is_empty() {
        return unknown("it is done, but nothing came".into()).drifted("body", "");
    }
    let json: Value = serde_json::from_slice(&body).unwrap_or_default();
    if json["outputs"].is_object() {
        return named(order, &json);
    }
    let (port, wanted) = order.output();
    // JSON is words, too.
    let medium = |media_type: &str| match media_type.split('/').next() {
        Some("application") | None => "text".to_owned(),
        Some(medium) => medium.to_owned(),
    };
    let came = sniff::media_type(&body).or_else(|| sniff::words(&body));
    if came.map(medium) != Some(medium(wanted)) {
        let came = came.unwrap_or("nothing that we know");
        let why = format!("it is done, but what came is {came}");
        return unknown(why).drifted("body", found(&json));
    }
    Outcome::done(port, Source::Bytes(body)).into()
}

/// Outputs that are named.
fn named(order: &Order, json: &Value) -> Answer {
    let mut done = Done {
        usd: json["usd"].as_f64().map(|usd| MicroUsd((usd * 1e6).round() as i64)),
        model: json["model"].as_str().map(str::to_owned),
        ..Done::default()
    };
    for port in order.outputs.keys() {
        let output = &json["outputs"][port];
        let bytes = output["base64"].as_str().and_then(|text| BASE64.decode(text).ok());
        let bytes = bytes.filter(|bytes| !bytes.is_empty()).map(Source::Bytes);
        let url = output["url"].as_str().map(|url| Source::Url(url.to_owned()));
        let Some(source) = bytes.or(url) else {
            let why = format!("it is done, but no output {port:?} came");
            let answer = Answer::from(Outcome::Unknown(why));
            return answer.drifted(format!("outputs.{port}"), found(json));
        };
        done.media.push(Media { port: port.clone(), source });
    }
    Outcome::Done(done).into()
}
