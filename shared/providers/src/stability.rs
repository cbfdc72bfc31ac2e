//! Stability AI, v2beta: every request is a form. Most answers are the output itself; the creative upscale and the
//! newest sounds are accepted, and asked for by their id.

use crate::desk::{Desk, Reply, reason, segment};
use crate::form::Form;
use crate::shape::ratio;
use crate::sound;
use crate::vendor::Vendor;
use async_trait::async_trait;
use domain::money::MicroUsd;
use domain::sniff;
use domain::vendor::{
    Answer, Class, Done, Handle, How, Media, Model, Order, Outcome, Price, Refusal, Sizes, Source,
};
use reqwest::{Method, RequestBuilder};
use std::time::Duration;

/// Stability AI.
#[derive(Debug)]
pub struct Stability;

/// How long an answer may take that is the output.
const LONGEST: Duration = Duration::from_secs(180);

/// How long it keeps us out once we asked too often, in seconds.
const TIME_OUT_S: u32 = 60;

/// What it can be asked to make a picture of.
const RATIOS: [&str; 9] = ["16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"];

/// The creative upscale takes no picture without words.
const SHARP: &str = "the same picture, sharp and rich in detail";

/// One credit, in millionths of a dollar.
const CREDIT: i64 = 10_000;

const fn credits(number: i64) -> Price {
    Price::Each([number * CREDIT; 3])
}

const PICTURE: Model = Model {
    vendor: "stability",
    model: "",
    kind: "image.generate",
    sizes: Sizes::Input,
    formats: &["image/png", "image/jpeg", "image/webp"],
    transparent: false,
    seeded: true,
    seconds: None,
    price: credits(0),
    how: How::Waiting,
    output_life_s: None,
    typical_s: 8,
    rank: 50,
    as_of: "2026-11-20",
    source: "list price in credits of 1 cent, platform.stability.ai/pricing",
};

const SOUND: Model = Model {
    kind: "audio.generate",
    sizes: Sizes::None,
    formats: &["audio/mpeg", "audio/wav"],
    ..PICTURE
};

/// A day, in seconds.
const DAY_S: Option<u32> = Some(86_400);

const MODELS: &[Model] = &[
    Model {
        model: "stable-image-core",
        sizes: Sizes::Pixels(1_572_864),
        price: credits(3),
        rank: 55,
        ..PICTURE
    },
    Model {
        model: "stable-image-ultra",
        sizes: Sizes::Pixels(1_048_576),
        price: credits(8),
        typical_s: 12,
        rank: 70,
        ..PICTURE
    },
    Model {
        model: "remove-background",
        kind: "image.remove_background",
        formats: &["image/png", "image/webp"],
        transparent: true,
        price: credits(5),
        ..PICTURE
    },
    Model {
        model: "upscale-fast",
        kind: "image.upscale",
        price: credits(2),
        typical_s: 2,
        rank: 40,
        ..PICTURE
    },
    Model {
        model: "upscale-creative",
        kind: "image.upscale",
        price: credits(60),
        how: How::Checked(10),
        output_life_s: DAY_S,
        typical_s: 60,
        rank: 75,
        ..PICTURE
    },
    Model {
        model: "stable-audio-2.5",
        seconds: Some((1, 190)),
        price: credits(20),
        typical_s: 20,
        rank: 55,
        ..SOUND
    },
    Model {
        model: "stable-audio-3",
        seconds: Some((1, 380)),
        price: credits(26),
        how: How::Checked(10),
        output_life_s: DAY_S,
        typical_s: 30,
        rank: 65,
        ..SOUND
    },
];

#[async_trait]
impl Vendor for Stability {
    fn name(&self) -> &'static str {
        "stability"
    }

    fn base(&self) -> &'static str {
        "https://api.stability.ai"
    }

    fn models(&self) -> &'static [Model] {
        MODELS
    }

    async fn start(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        match begun(desk, order).await {
            Ok(reply) => started(order, reply),
            Err(answer) => answer,
        }
    }

    async fn check(&self, desk: &Desk<'_>, order: &Order, handle: &Handle) -> Answer {
        let (results, accept) = match sounds(order) {
            true => ("/v2beta/audio/results", "audio/*"),
            false => ("/v2beta/results", "image/*"),
        };
        let path = format!("{results}/{}", segment(&handle.id));
        let request = desk.request(Method::GET, &path);
        match desk.ask(request.map(|request| signed(request, desk, accept))).await {
            Ok(reply) => checked(order, handle, reply),
            Err(answer) => answer,
        }
    }
}

fn sounds(order: &Order) -> bool {
    order.kind.starts_with("audio.")
}

fn signed(request: RequestBuilder, desk: &Desk<'_>, accept: &str) -> RequestBuilder {
    request.bearer_auth(&desk.key.secret).header("accept", accept).timeout(LONGEST)
}

async fn begun(desk: &Desk<'_>, order: &Order) -> Result<Reply, Answer> {
    let (path, accept) = match order.model.as_str() {
        "stable-image-core" => ("/v2beta/stable-image/generate/core", "image/*"),
        "stable-image-ultra" => ("/v2beta/stable-image/generate/ultra", "image/*"),
        "remove-background" => ("/v2beta/stable-image/edit/remove-background", "image/*"),
        "upscale-fast" => ("/v2beta/stable-image/upscale/fast", "image/*"),
        "upscale-creative" => ("/v2beta/stable-image/upscale/creative", "application/json"),
        "stable-audio-2.5" => ("/v2beta/audio/stable-audio-2/text-to-audio", "audio/*"),
        "stable-audio-3" => ("/v2beta/audio/stable-audio/text-to-audio", "application/json"),
        other => {
            let why = format!("stability has no model {other:?}");
            return Err(Outcome::refused(Class::Elsewhere, why).into());
        }
    };
    let form = form(desk, order).await?;
    let request = desk.request(Method::POST, path);
    desk.order(request.map(|request| form.on(signed(request, desk, accept)))).await
}

async fn form(desk: &Desk<'_>, order: &Order) -> Result<Form, Answer> {
    let wanted = order.output().1;
    let format = match wanted {
        "audio/mpeg" => "mp3",
        "audio/wav" => "wav",
        "image/jpeg" => "jpeg",
        "image/webp" => "webp",
        // What else is wanted is made of this one.
        _ if sounds(order) => "mp3",
        _ => "png",
    };
    let mut form = Form::default().text("output_format", format);
    let prompt = Some(order.text("prompt")).filter(|prompt| !prompt.is_empty());
    let negative = Some(order.text("negative_prompt")).filter(|prompt| !prompt.is_empty());
    // The largest number that it takes; others are mapped to one that it does.
    let seed = order.number("seed").map(|seed| seed % 4_294_967_295);
    match order.model.as_str() {
        "remove-background" | "upscale-fast" => {}
        "upscale-creative" => form = form.text("prompt", prompt.unwrap_or(SHARP)),
        _ => form = form.some("prompt", prompt),
    }
    match order.kind.as_str() {
        "image.generate" => {
            let ratio = order.size().and_then(|size| ratio(&RATIOS, size));
            form = form.some("negative_prompt", negative).some("aspect_ratio", ratio);
            form = form.some("seed", seed);
        }
        "audio.generate" => {
            form = form.text("model", &order.model).some("duration", order.number("seconds"));
            form = form.some("seed", seed);
        }
        _ => {
            let input = order.inputs.get("image").ok_or_else(|| {
                Answer::from(Outcome::refused(Class::Invalid, "it needs an input `image`"))
            })?;
            form = form.file("image", &input.media_type, desk.bytes(input).await?);
        }
    }
    Ok(form)
}

/// The table of answers to a start.
fn started(order: &Order, reply: Reply) -> Answer {
    if !(200..300).contains(&reply.status) {
        return refused(&reply);
    }
    let body = reply.json();
    match body["id"].as_str() {
        Some(id) if !id.is_empty() => Outcome::accepted(Handle::new(id)).into(),
        _ if body.is_object() => {
            let answer = Answer::from(Outcome::Unknown("accepted, but no id came".into()));
            answer.drifted("id", crate::desk::found(&body))
        }
        _ => made(order, reply),
    }
}

/// The table of refusals. Nothing was accepted, and nothing is charged, unless it failed in the middle.
fn refused(reply: &Reply) -> Answer {
    let said = said(reply);
    let class = match (reply.status, reply.json()["name"].as_str()) {
        (400 | 413 | 422, _) => Class::Invalid,
        (401, _) => Class::Credentials,
        (402, _) => Class::Quota,
        (403, Some("content_moderation")) => Class::Content,
        (403, _) => Class::Credentials,
        (404 | 405 | 410, _) => Class::Elsewhere,
        (429, _) => Class::Later(reply.retry_after().unwrap_or(TIME_OUT_S)),
        _ => return Outcome::Unknown(said).into(),
    };
    Outcome::refused(class, said).into()
}

/// The table of answers to a check.
fn checked(order: &Order, handle: &Handle, reply: Reply) -> Answer {
    let body = reply.json();
    let working = || Answer::from(Outcome::accepted(handle.clone()));
    match (reply.status, body["status"].as_str()) {
        (202, Some("in-progress")) => working(),
        (202, _) | (200, Some(_)) => working().drifted("status", crate::desk::found(&body)),
        (200, None) => made(order, reply),
        (403, _) if body["name"] == "content_moderation" => {
            Outcome::failed(Class::Content, said(&reply)).into()
        }
        // It is over and gone: to have it made elsewhere would pay for it twice.
        (404, _) => Outcome::failed(Class::Invalid, said(&reply)).into(),
        _ => reply.untold(said(&reply)),
    }
}

/// A whole output. A picture is only taken if a header says that it was not blurred.
fn made(order: &Order, reply: Reply) -> Answer {
    let finish = reply.header("finish-reason");
    match finish {
        "SUCCESS" => {}
        "CONTENT_FILTERED" => {
            let reason = "what it made was filtered for its content".into();
            let refusal = Refusal { class: Class::Content, reason };
            // It was made, blurred, and is charged.
            return Outcome::Failed { refusal, usd: price(order) }.into();
        }
        "" if sounds(order) => {}
        _ => {
            let why = "whether the output was filtered is not said".to_owned();
            return Answer::from(Outcome::Unknown(why)).drifted("finish-reason", reason(finish));
        }
    }
    let wrong = match sounds(order) {
        true => sound::whole(&reply.body).err(),
        false => (!sniff::media_type(&reply.body).unwrap_or_default().starts_with("image/"))
            .then(|| "what came is no picture".to_owned()),
    };
    if let Some(wrong) = wrong {
        let found = reason(reply.header("content-type"));
        return Answer::from(Outcome::Unknown(wrong)).drifted("body", found);
    }
    let media = Media { port: order.output().0.to_owned(), source: Source::Bytes(reply.body) };
    // The id of a request finds nothing again.
    Outcome::Done(Done { media: vec![media], usd: price(order), ..Done::default() }).into()
}

/// What the work costs: the credits of its model, since answers do not tell.
fn price(order: &Order) -> Option<MicroUsd> {
    let model = MODELS.iter().find(|model| model.model == order.model);
    model.and_then(|model| model.each(order.effort))
}

/// What an error says.
fn said(reply: &Reply) -> String {
    let body = reply.json();
    let errors = body["errors"].as_array().into_iter().flatten().filter_map(|at| at.as_str());
    let errors = errors.collect::<Vec<_>>().join("; ");
    reason(
        format!("stability {}: {} {errors}", reply.status, body["name"].as_str().unwrap_or(""))
            .trim(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn reply(status: u16, body: &Value) -> Reply {
        Reply { status, headers: Default::default(), body: body.to_string().into_bytes() }
    }

    #[test]
    fn each_refusal_says_what_the_next_move_is() {
        let cases = [
            (400, "bad_request", Class::Invalid),
            (401, "unauthorized", Class::Credentials),
            (402, "payment_required", Class::Quota),
            (403, "content_moderation", Class::Content),
            (403, "forbidden", Class::Credentials),
            (404, "not_found", Class::Elsewhere),
            (413, "payload_too_large", Class::Invalid),
            (422, "bad_request", Class::Invalid),
            (429, "rate_limit_exceeded", Class::Later(60)),
        ];
        for (status, name, class) in cases {
            let body =
                json!({ "id": "a1", "name": name, "errors": ["seed: too large", "and more"] });
            let answer = refused(&reply(status, &body));
            let said = format!("stability {status}: {name} seed: too large; and more");
            assert_eq!(answer.outcome, Outcome::refused(class, said));
        }
        let broken = refused(&reply(500, &json!({ "name": "internal_error", "errors": [] })));
        assert_eq!(broken.outcome, Outcome::Unknown("stability 500: internal_error".into()));
        let page = refused(&reply(502, &json!("<html>")));
        assert_eq!(page.outcome, Outcome::Unknown("stability 502:".into()));
    }

    #[test]
    fn a_time_out_says_itself_how_long_it_is() {
        let mut reply = reply(429, &json!({ "name": "rate_limit_exceeded" }));
        reply.headers.insert("retry-after", "12".parse().unwrap());
        let Outcome::Refused(refusal) = refused(&reply).outcome else { panic!() };
        assert_eq!(refusal.class, Class::Later(12));
    }
}
