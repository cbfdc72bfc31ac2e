//! ElevenLabs: speech, noises and voices taken out of noise. It answers with the sound itself, which may break off
//! though its status was 200; speech is kept in its history, where a lost answer is found.

use crate::desk::{Desk, Reply, found, reason, segment};
use crate::form::Form;
use crate::sound;
use crate::vendor::Vendor;
use async_trait::async_trait;
use domain::Time;
use domain::money::MicroUsd;
use domain::sign::verify_hex;
use domain::vendor::{
    Answer, Class, Done, Handle, Heard, How, Limits, Media, Model, Order, Outcome, Price, Sizes,
    Source, Webhook,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// ElevenLabs.
#[derive(Debug)]
pub struct ElevenLabs;

/// How long an answer may take that is the sound.
const LONGEST: Duration = Duration::from_secs(240);

/// The voice of those who name none.
const VOICE: &str = "JBFqnCBsd6RMkjVDRZzb";

/// What one of its credits costs, in millionths of a dollar.
const CREDIT: i64 = 100;

/// How far back a lost answer is looked for in its history, in seconds.
const BACK_S: i64 = 7200;

/// How old a webhook may be, in seconds.
const TOLERANCE_S: i64 = 30 * 60;

const SPEECH: Model = Model {
    vendor: "elevenlabs",
    model: "eleven_multilingual_v2",
    kind: "audio.speak",
    sizes: Sizes::None,
    formats: &["audio/mpeg", "audio/wav"],
    transparent: false,
    seeded: true,
    seconds: None,
    price: Price::Characters(100_000),
    how: How::Waiting,
    output_life_s: None,
    typical_s: 6,
    rank: 70,
    as_of: "2026-11-20",
    source: "list price of its API, elevenlabs.io/pricing/api",
};

const MODELS: &[Model] = &[
    SPEECH,
    Model { model: "eleven_v3", typical_s: 10, rank: 80, ..SPEECH },
    Model {
        model: "eleven_flash_v2_5",
        price: Price::Characters(50_000),
        typical_s: 2,
        rank: 55,
        ..SPEECH
    },
    Model {
        model: "eleven_text_to_sound_v2",
        kind: "audio.generate",
        formats: &["audio/mpeg"],
        seeded: false,
        seconds: Some((1, 30)),
        price: Price::Each([120_000; 3]),
        rank: 65,
        ..SPEECH
    },
    Model {
        model: "voice-isolator",
        kind: "audio.separate",
        formats: &["audio/mpeg"],
        seeded: false,
        price: Price::Second(2_000),
        typical_s: 20,
        rank: 60,
        ..SPEECH
    },
];

#[async_trait]
impl Vendor for ElevenLabs {
    fn name(&self) -> &'static str {
        "elevenlabs"
    }

    fn base(&self) -> &'static str {
        "https://api.elevenlabs.io/v1"
    }

    fn models(&self) -> &'static [Model] {
        MODELS
    }

    async fn start(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        let request = match request(desk, order).await {
            Ok(request) => request,
            Err(answer) => return answer,
        };
        match desk.order(request.map(|request| request.timeout(LONGEST))).await {
            Ok(reply) => started(order, reply),
            Err(answer) => answer,
        }
    }

    /// Speech that is in the history can be had again.
    async fn check(&self, desk: &Desk<'_>, order: &Order, handle: &Handle) -> Answer {
        fetch(desk, order, &Item { id: handle.id.clone(), credits: None }).await
    }

    /// Speech is in the history: the same words by the same voice, of late. One of them is the one.
    async fn find(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        if order.kind != "audio.speak" {
            return Outcome::Unknown("elevenlabs keeps a history of speech only".into()).into();
        }
        let since = desk.now.unix_s() - BACK_S - i64::from(order.deadline_s);
        let (voice, model) = (segment(voice(order)), segment(&order.model));
        let path = format!(
            "/history?page_size=1000&voice_id={voice}&model_id={model}&date_after_unix={since}"
        );
        let request = desk.request(Method::GET, &path).map(|request| signed(request, desk));
        let reply = match desk.ask(request).await {
            Ok(reply) if reply.status == 200 => reply,
            Ok(reply) => return Outcome::Unknown(said(&reply)).into(),
            Err(answer) => return answer,
        };
        match same(order, &reply.json()) {
            Ok(item) => fetch(desk, order, &item).await,
            Err(answer) => *answer,
        }
    }

    async fn hear(&self, desk: &Desk<'_>, webhook: &Webhook, now: Time) -> Heard {
        // Nothing that we ask for is told of; but who sent it is found out all the same.
        match genuine(&desk.key.webhook, webhook, now) {
            Ok(()) => Heard::Nothing,
            Err(why) => Heard::Forged(why.into()),
        }
    }
}

/// A sound out of the history.
async fn fetch(desk: &Desk<'_>, order: &Order, item: &Item) -> Answer {
    let path = format!("/history/{}/audio", segment(&item.id));
    let request = desk.request(Method::GET, &path).map(|request| signed(request, desk));
    match desk.ask(request.map(|request| request.timeout(LONGEST))).await {
        Ok(reply) if reply.status == 200 => made(order, reply, item.credits),
        Ok(reply) => Outcome::Unknown(said(&reply)).into(),
        Err(answer) => answer,
    }
}

fn signed(request: RequestBuilder, desk: &Desk<'_>) -> RequestBuilder {
    request.header("xi-api-key", &desk.key.secret)
}

fn voice(order: &Order) -> &str {
    Some(order.text("voice")).filter(|voice| !voice.is_empty()).unwrap_or(VOICE)
}

fn words(order: &Order) -> &str {
    Some(order.text("text")).filter(|text| !text.is_empty()).unwrap_or(order.text("prompt"))
}

async fn request(desk: &Desk<'_>, order: &Order) -> Result<Result<RequestBuilder, String>, Answer> {
    let post = |path: &str| desk.request(Method::POST, path).map(|request| signed(request, desk));
    match order.kind.as_str() {
        "audio.speak" => {
            let format = match order.output().1 {
                "audio/wav" => "wav_24000",
                _ => "mp3_44100_128",
            };
            let path = format!("/text-to-speech/{}?output_format={format}", segment(voice(order)));
            Ok(post(&path).map(|request| request.json(&speech(order))))
        }
        "audio.generate" => {
            let mut body = json!({ "text": words(order), "model_id": order.model });
            if let Some(seconds) = order.number("seconds") {
                body["duration_seconds"] = seconds.into();
            }
            let path = "/sound-generation?output_format=mp3_44100_128";
            Ok(post(path).map(|request| request.json(&body)))
        }
        "audio.separate" => {
            let input = order.inputs.get("audio").ok_or_else(|| {
                Answer::from(Outcome::refused(Class::Invalid, "it needs an input `audio`"))
            })?;
            let form = Form::default().file("audio", &input.media_type, desk.bytes(input).await?);
            Ok(post("/audio-isolation").map(|request| form.on(request)))
        }
        other => {
            let why = format!("elevenlabs does not do {other}");
            Err(Outcome::refused(Class::Elsewhere, why).into())
        }
    }
}

fn speech(order: &Order) -> Value {
    let mut body = Map::new();
    body.insert("text".into(), words(order).into());
    body.insert("model_id".into(), order.model.as_str().into());
    // This one tells the language from the words, and takes no hint.
    let language = order.text("language").split('-').next().unwrap_or_default();
    if !language.is_empty() && order.model != "eleven_multilingual_v2" {
        body.insert("language_code".into(), language.into());
    }
    if let Some(seed) = order.number("seed") {
        body.insert("seed".into(), (seed % 4_294_967_296).into());
    }
    body.into()
}

/// The table of answers to a start.
fn started(order: &Order, reply: Reply) -> Answer {
    let limits = limits(&reply);
    let answer = match reply.status {
        200 => made(order, reply, None),
        _ => refused(&reply).into(),
    };
    Answer { limits, ..answer }
}

/// The table of refusals: the word in `detail` counts more than the status.
fn refused(reply: &Reply) -> Outcome {
    let body = reply.json();
    let word = body["detail"]["status"].as_str().unwrap_or_default();
    let wait = |usual| Class::Later(reply.retry_after().unwrap_or(usual));
    let class = match (reply.status, word) {
        (400..=499, "quota_exceeded") | (402, _) => Class::Quota,
        (400..=499, "voice_not_found" | "max_character_limit_exceeded") => Class::Invalid,
        (401 | 403, _) => Class::Credentials,
        (404 | 405 | 410, _) => Class::Elsewhere,
        (429, "system_busy") => wait(10),
        (429, _) => wait(3),
        (400 | 413 | 422, _) => Class::Invalid,
        _ => return Outcome::Unknown(said(reply)),
    };
    Outcome::refused(class, said(reply))
}

/// A whole sound, and what it cost. Half a one is none: what is in the history is asked for there.
fn made(order: &Order, reply: Reply, credits: Option<i64>) -> Answer {
    let item = Some(reply.header("history-item-id").to_owned()).filter(|item| !item.is_empty());
    let broken = |wrong: String| {
        let outcome = match &item {
            Some(item) => Outcome::accepted(Handle::new(item)),
            None => Outcome::Unknown(wrong.clone()),
        };
        Answer::from(outcome).drifted("body", wrong)
    };
    let played = match sound::whole(&reply.body) {
        Ok(played) => played,
        Err(wrong) => return broken(wrong),
    };
    let wanted = order.number("seconds").filter(|_| order.kind == "audio.generate");
    if let (Some(played), Some(wanted)) = (played, wanted)
        && played < wanted as f64 * 0.9
    {
        return broken(format!("{played:.1} of {wanted} seconds of sound came"));
    }
    let credits = credits.or_else(|| reply.header("character-cost").parse().ok());
    let credits = credits.filter(|_| order.kind == "audio.speak");
    let media = Media { port: order.output().0.to_owned(), source: Source::Bytes(reply.body) };
    let usd = credits.map(|credits| MicroUsd(credits * CREDIT));
    Outcome::Done(Done { media: vec![media], usd, model: None, id: item }).into()
}

/// What it can do at once is a number of requests, not a rate: soon after, one of them is over.
fn limits(reply: &Reply) -> Option<Limits> {
    let number = |name: &str| reply.header(name).parse::<u32>().ok();
    let most = number("maximum-concurrent-requests")?;
    let remaining = most.saturating_sub(number("current-concurrent-requests")?);
    Some(Limits { remaining, reset_s: 2 })
}

/// An item of the history.
#[derive(Debug, PartialEq)]
struct Item {
    id: String,
    credits: Option<i64>,
}

/// The one item of the history that says these words.
fn same(order: &Order, body: &Value) -> Result<Item, Box<Answer>> {
    let Some(items) = body["history"].as_array() else {
        let answer = Answer::from(Outcome::Unknown("its history did not come".into()));
        return Err(answer.drifted("history", found(body)).into());
    };
    let ours = |item: &&Value| item["text"] == words(order) && item["state"] != "deleted";
    let ours: Vec<&Value> = items.iter().filter(ours).collect();
    let unknown = |why: &str| Box::new(Answer::from(Outcome::Unknown(why.into())));
    let item = match ours[..] {
        [item] => item,
        [] => return Err(unknown("its history does not have it, or not yet")),
        _ => return Err(unknown("its history has these words several times")),
    };
    let number = |name: &str| item[name].as_i64().unwrap_or_default();
    let credits = number("character_count_change_to") - number("character_count_change_from");
    match item["history_item_id"].as_str() {
        Some(id) => Ok(Item { id: id.to_owned(), credits: Some(credits) }),
        None => {
            let answer = unknown("an item of its history has no id");
            Err(answer.drifted("history[].history_item_id", found(item)).into())
        }
    }
}

/// Who sent a webhook: `t=…,v0=…`, an HMAC of the time and the body.
fn genuine(secret: &str, webhook: &Webhook, now: Time) -> Result<(), &'static str> {
    let header = webhook.header("elevenlabs-signature");
    let part = |name: &str| {
        let mut parts = header.split(',').filter_map(|part| part.trim().split_once('='));
        parts.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let (Some(time), Some(signature)) = (part("t"), part("v0")) else { return Err("not signed") };
    let at: i64 = time.parse().map_err(|_| "signed at no time")?;
    if TOLERANCE_S < (now.unix_s() - at).abs() {
        return Err("signed too long ago");
    }
    let message = [time.as_bytes(), b".", &webhook.body].concat();
    let same = !secret.is_empty() && verify_hex(secret, &message, signature);
    if same { Ok(()) } else { Err("signed by nobody we know") }
}

/// What an error says.
fn said(reply: &Reply) -> String {
    let body = reply.json();
    let detail = &body["detail"];
    let first = &detail[0];
    let word = detail["status"].as_str().or(first["type"].as_str()).unwrap_or_default();
    let says = detail["message"].as_str().or(first["msg"].as_str()).unwrap_or_default();
    reason(format!("elevenlabs {}: {word} {says}", reply.status).trim())
}
