//! The double of ElevenLabs: speech, noises, voices without noise, and the history of speech.
//!
//! Whims: `cut` (half a sound, at 200), `short` (a whole one, but too short), `busy` (too many at once), `spent` (no credits left, which is a 401).

use crate::books::Work;
use crate::conformance::now;
use crate::parts::Parts;
use crate::refused::Refused;
use crate::{Output, Shop, made};
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a character costs, in millionths of a dollar.
const CHARACTER: i64 = 100;

/// Most characters of one request.
const CHARACTERS_MOST: usize = 10_000;

const FORMATS: [&str; 4] = ["mp3_44100_128", "mp3_22050_32", "wav_24000", "wav_44100"];

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/v1/text-to-speech/{voice}", post(speak))
        .route("/v1/sound-generation", post(generate))
        .route("/v1/audio-isolation", post(isolate))
        .route("/v1/history", get(history))
        .route("/v1/history/{item}/audio", get(again))
        .layer(DefaultBodyLimit::disable())
        .with_state(shop)
}

type Asked = Query<BTreeMap<String, String>>;

fn refuse(status: u16, word: &str, message: &str) -> Refused {
    Refused::new(status, &json!({ "detail": { "status": word, "message": message } }))
}

/// What is wrong with a field.
fn invalid(field: &str, message: &str) -> Refused {
    let detail = json!([{ "loc": ["body", field], "msg": message, "type": "value_error" }]);
    Refused::new(422, &json!({ "detail": detail }))
}

/// Who may ask, and whether there is room and credit.
fn known(shop: &Shop, headers: &HeaderMap) -> Result<(), Refused> {
    let key = headers.get("xi-api-key").and_then(|value| value.to_str().ok());
    if !key.is_some_and(|key| key.starts_with("sk_")) {
        return Err(refuse(401, "invalid_api_key", "Invalid API key"));
    }
    if shop.whim("spent") {
        return Err(refuse(401, "quota_exceeded", "You have 0 credits remaining."));
    }
    if shop.whim("busy") {
        return Err(refuse(429, "too_many_concurrent_requests", "Too many at once."));
    }
    Ok(())
}

fn format(query: &BTreeMap<String, String>, formats: &[&str]) -> Result<&'static str, Refused> {
    let format = query.get("output_format").map_or("mp3_44100_128", String::as_str);
    match formats.contains(&format) {
        true if format.starts_with("wav") => Ok("audio/wav"),
        true => Ok("audio/mpeg"),
        false => Err(invalid("output_format", "Input should be one of the listed formats")),
    }
}

async fn speak(
    State(shop): State<Shop>,
    Path(voice): Path<String>,
    Query(query): Asked,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Refused> {
    known(&shop, &headers)?;
    let media_type = format(&query, &FORMATS)?;
    let text = body["text"].as_str().ok_or_else(|| invalid("text", "Field required"))?;
    if voice.len() != 20 || !voice.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(refuse(400, "voice_not_found", "A voice of this id was not found."));
    }
    if CHARACTERS_MOST < text.chars().count() {
        return Err(refuse(400, "max_character_limit_exceeded", "The text is too long."));
    }
    let model = body["model_id"].as_str().unwrap_or("eleven_multilingual_v2");
    if model == "eleven_multilingual_v2" && !body["language_code"].is_null() {
        return Err(refuse(400, "unsupported_language", "This model takes no language_code."));
    }
    let characters = text.chars().count() as i64;
    let cost = if model.contains("flash") { (characters + 1) / 2 } else { characters };
    // About as fast as one reads aloud.
    let seconds = (characters as f64 / 15.0).max(1.0);
    let sound = match media_type {
        "audio/wav" => made::wav(seconds.ceil() as u32),
        _ => made::mp3(text, seconds),
    };
    let work = Work { key: text.into(), model: model.into(), ..Work::default() };
    Ok(done(&shop, work, cost * CHARACTER, Some(cost), Some(voice), (media_type.into(), sound)))
}

async fn generate(
    State(shop): State<Shop>,
    Query(query): Asked,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Refused> {
    known(&shop, &headers)?;
    format(&query, &FORMATS[..2])?;
    let text = body["text"].as_str().ok_or_else(|| invalid("text", "Field required"))?;
    let seconds = body["duration_seconds"].as_f64().unwrap_or(4.0);
    if !(0.5..=30.0).contains(&seconds) {
        return Err(invalid("duration_seconds", "Input should be between 0.5 and 30"));
    }
    let work = Work { key: text.into(), model: "sfx".into(), ..Work::default() };
    let cost = (seconds * 40.0) as i64;
    let played = if shop.whim("short") { seconds / 2.0 } else { seconds };
    let sound = ("audio/mpeg".into(), made::mp3(text, played));
    Ok(done(&shop, work, 120_000, Some(cost), None, sound))
}

async fn isolate(State(shop): State<Shop>, request: Request) -> Result<Response, Refused> {
    known(&shop, request.headers())?;
    let parts = Parts::of(request).await;
    let audio = parts.as_ref().and_then(|parts| parts.file("audio"));
    let audio = audio.ok_or_else(|| invalid("audio", "Field required"))?;
    let work = Work { key: audio.len().to_string(), model: "isolation".into(), ..Work::default() };
    Ok(done(&shop, work, 2_000, None, None, ("audio/mpeg".into(), made::mp3("voice", 1.0))))
}

/// Writes in the books, and sends the sound.
fn done(
    shop: &Shop,
    work: Work,
    micros: i64,
    cost: Option<i64>,
    voice: Option<String>,
    sound: Output,
) -> Response {
    let work = Work { status: "done".into(), micros, ..work };
    let id = shop.write(|books| {
        let id = books.accept("hist", work);
        if let Some(voice) = &voice {
            books.notes.insert(id.clone(), voice.clone());
        }
        id
    });
    shop.keep(&id, sound.clone());
    let (media_type, mut bytes) = sound;
    if shop.whim("cut") {
        bytes.truncate(bytes.len() / 2);
    }
    let mut response = ([("content-type", media_type)], bytes).into_response();
    let mut say = |name: &'static str, value: String| {
        response.headers_mut().insert(name, value.parse().expect("it can be sent"));
    };
    say("request-id", format!("req-{id}"));
    say("current-concurrent-requests", "1".into());
    say("maximum-concurrent-requests", "5".into());
    if let Some(cost) = cost {
        say("character-cost", cost.to_string());
    }
    if voice.is_some() {
        say("history-item-id", id);
    }
    response
}

async fn history(
    State(shop): State<Shop>,
    Query(query): Asked,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    known(&shop, &headers)?;
    let books = shop.books();
    let at = now().unix_s();
    let wanted = |name: &str, value: &str| query.get(name).is_none_or(|wanted| wanted == value);
    let since = query.get("date_after_unix").and_then(|since| since.parse().ok());
    let items = books.work.iter().rev().filter_map(|work| {
        let voice = books.notes.get(&work.id)?;
        let wanted = wanted("voice_id", voice) && wanted("model_id", &work.model);
        (wanted && since.is_none_or(|since: i64| since <= at)).then(|| {
            json!({
                "history_item_id": work.id, "request_id": format!("req-{}", work.id),
                "voice_id": voice, "model_id": work.model, "text": work.key, "date_unix": at,
                "character_count_change_from": 1000,
                "character_count_change_to": 1000 + work.micros / CHARACTER,
                "content_type": "audio/mpeg", "state": "created", "source": "TTS",
            })
        })
    });
    let items: Vec<Value> = items.collect();
    let last = items.last().map(|item| item["history_item_id"].clone());
    let body = json!({ "history": items, "last_history_item_id": last, "has_more": false });
    Ok(Json(body).into_response())
}

async fn again(
    State(shop): State<Shop>,
    Path(item): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    known(&shop, &headers)?;
    let (media_type, bytes) =
        shop.kept(&item).ok_or_else(|| refuse(400, "history_item_not_found", "No such item."))?;
    Ok(([("content-type", media_type)], bytes).into_response())
}
