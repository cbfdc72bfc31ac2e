//! Runway, as its contract says: a version in each call, costs in credits, addresses that change with each look.
//!
//! Whims of the next work: `content`, `bad_output`, `empty`, `throttled`; of the next file: `expired`.

use crate::books::Work;
use crate::conformance::now;
use crate::queue::{Stage, answer, asked, file, header};
use crate::{Shop, made};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

/// Work that is over.
const OVER: &[&str] = &["SUCCEEDED", "FAILED"];

/// What a credit costs, in millionths of a dollar.
const CREDIT: i64 = 10_000;

/// The routes of Runway's API, and of its files.
pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/v1/tasks/{id}", get(task).delete(delete))
        .route("/v1/{what}", post(create))
        .route("/files/{name}", get(output))
        .with_state(shop)
}

/// Writes a call down; what it is refused with, where it is.
fn enter(shop: &Shop, call: String, headers: &HeaderMap) -> Option<Response> {
    shop.write(|books| books.calls.push(call));
    if !header(headers, "authorization").starts_with("Bearer key_") {
        return Some(answer(401, json!({ "error": "Unauthorized" })));
    }
    match header(headers, "x-runway-version") {
        "2024-11-06" => None,
        _ => Some(invalid("X-Runway-Version", "This version is not supported")),
    }
}

fn invalid(path: &str, message: &str) -> Response {
    let issue = json!({ "code": "invalid_type", "path": [path], "message": message });
    answer(400, json!({ "error": "Validation of body failed", "issues": [issue] }))
}

/// What a model needs at an endpoint, and what it costs in credits; none where it is not there.
fn offer(what: &str, body: &Value) -> Option<(&'static [&'static str], i64)> {
    let seconds = body["duration"].as_f64().unwrap_or(6.0).ceil() as i64;
    let text = body["promptText"].as_str().unwrap_or_default().chars().count() as i64;
    let small = |(width, height): (u32, u32)| width * height <= 1280 * 720;
    Some(match (what, body["model"].as_str()?) {
        ("text_to_image", "gen4_image") => {
            (&["promptText", "ratio"], if small(size(body)) { 5 } else { 8 })
        }
        ("text_to_image", "gen4_image_turbo") => (&["promptText", "ratio", "referenceImages"], 2),
        ("text_to_video", "gen4.5") => (&["promptText", "ratio", "duration"], 12 * seconds),
        ("image_to_video", "gen4.5") => {
            (&["promptText", "promptImage", "ratio", "duration"], 12 * seconds)
        }
        ("image_to_video", "gen4_turbo") => (&["promptImage", "ratio"], 5 * seconds),
        ("image_upscale", "magnific_precision_upscaler_v2") => (&["imageUri"], 10),
        ("sound_effect", "eleven_text_to_sound_v2") => {
            (&["promptText"], seconds.div_euclid(6) + i64::from(seconds % 6 != 0))
        }
        ("text_to_speech", "eleven_multilingual_v2") => (&["promptText", "voice"], text / 50 + 1),
        ("voice_isolation", "eleven_voice_isolation") => (&["audioUri"], 1),
        _ => return None,
    })
}

fn size(body: &Value) -> (u32, u32) {
    let ratio = body["ratio"].as_str().and_then(|ratio| ratio.split_once(':'));
    let side = |text: &str| text.parse().unwrap_or(720);
    ratio.map_or((1280, 720), |(width, height)| (side(width), side(height)))
}

/// Whether Runway takes an input like this.
fn is_asset(uri: &str) -> bool {
    (uri.starts_with("https://") && uri.len() <= 2048)
        || (uri.starts_with("data:") && uri.len() <= 5 << 20)
        || uri.starts_with("runway://")
}

async fn create(
    State(shop): State<Shop>,
    Path(what): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(response) = enter(&shop, format!("POST /v1/{what}"), &headers) {
        return response;
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some((needs, credits)) = offer(&what, &body) else {
        return invalid("model", "Invalid discriminator value");
    };
    if let Some(field) = needs.iter().find(|field| body[**field].is_null()) {
        return invalid(field, "Required");
    }
    if body["promptText"].as_str().is_some_and(|text| 1000 < text.encode_utf16().count()) {
        return invalid("promptText", "Too big");
    }
    let assets = [&body["promptImage"], &body["imageUri"], &body["audioUri"]];
    let assets = assets.into_iter().chain([&body["referenceImages"][0]["uri"]]);
    if !assets.filter_map(Value::as_str).all(is_asset) {
        return invalid("uri", "Only HTTPS URLs are allowed");
    }
    let whims = ["content", "bad_output", "empty", "throttled"];
    let fate = whims.into_iter().find(|whim| shop.whim(whim)).unwrap_or_default();
    let model = body["model"].as_str().unwrap_or_default().to_owned();
    let id = shop.write(|books| {
        let work = Work { model, status: "PENDING".into(), ..Work::default() };
        let id = books.accept("497f6eca-6276-4993-bfeb-53cbbbba", work);
        books.notes.insert(format!("fate {id}"), fate.into());
        books.notes.insert(format!("credits {id}"), credits.to_string());
        books.notes.insert(format!("what {id}"), what);
        books.notes.insert(format!("size {id}"), format!("{}x{}", size(&body).0, size(&body).1));
        books.notes.insert(format!("created {id}"), now().rfc3339());
        id
    });
    answer(200, json!({ "id": id, "estimatedCost": { "credits": credits } }))
}

async fn task(State(shop): State<Shop>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Some(response) = enter(&shop, format!("GET /v1/tasks/{id}"), &headers) {
        return response;
    }
    let gone = || answer(404, json!({ "error": "Not found" }));
    let deleted = shop.write(|books| books.work(&id).is_none_or(|work| work.canceled));
    let stage = if deleted { None } else { asked(&shop, &id, OVER) };
    let Some(stage) = stage else { return gone() };
    let books = shop.books();
    let note = |what: &str| books.notes.get(&format!("{what} {id}")).cloned().unwrap_or_default();
    let credits: i64 = note("credits").parse().unwrap_or(0);
    let fate = note("fate");
    let status = match (stage, fate.as_str()) {
        (Stage::Waiting, "throttled") => "THROTTLED",
        (Stage::Waiting, _) => "PENDING",
        (Stage::Working, _) => "RUNNING",
        (Stage::Over, "content" | "bad_output") => "FAILED",
        (Stage::Over, _) => "SUCCEEDED",
    };
    let checks = shop.write(|books| {
        let work = books.work(&id)?;
        work.status = status.into();
        if status == "SUCCEEDED" {
            work.micros = credits * CREDIT;
        }
        Some(work.checks)
    });
    let mut shown = json!({ "id": id, "createdAt": note("created"), "status": status });
    match status {
        "SUCCEEDED" => {
            let end = match note("what").as_str() {
                "text_to_image" | "image_upscale" => "png",
                "text_to_video" | "image_to_video" => "mp4",
                _ => "wav",
            };
            // Each look at a task signs its addresses anew.
            let name = format!("{id}-{}-{}.{end}", checks.unwrap_or(0), note("size"));
            let url = format!("{}/files/{name}?_jwt=signed", shop.address());
            shown["output"] = if fate == "empty" { json!([]) } else { json!([url]) };
            shown["cost"] = json!({ "credits": credits });
        }
        "FAILED" => {
            let (code, why) = match fate.as_str() {
                "content" => ("SAFETY.INPUT.TEXT", "Your input was flagged."),
                _ => ("INTERNAL.BAD_OUTPUT.CODE01", "An internal error occurred."),
            };
            shown["failure"] = why.into();
            shown["failureCode"] = code.into();
            shown["cost"] = json!({ "credits": 0 });
        }
        status => {
            shown["estimatedCost"] = json!({ "credits": credits });
            if status == "RUNNING" {
                shown["progress"] = json!(0.5);
            }
        }
    }
    answer(200, shown)
}

async fn delete(State(shop): State<Shop>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Some(response) = enter(&shop, format!("DELETE /v1/tasks/{id}"), &headers) {
        return response;
    }
    let deleted = shop.write(|books| {
        let work = books.work(&id).filter(|work| !work.canceled)?;
        work.canceled = true;
        Some(())
    });
    match deleted {
        Some(()) => StatusCode::NO_CONTENT.into_response(),
        None => answer(404, json!({ "error": "Not found" })),
    }
}

/// A file, by a name that says what it is: `id-3-1280x720.png`.
async fn output(State(shop): State<Shop>, Path(name): Path<String>) -> Response {
    let (stem, end) = name.rsplit_once('.').unwrap_or((&name, ""));
    let size = stem.rsplit_once('-').and_then(|(_, size)| size.split_once('x'));
    let side = |text: &str| text.parse().unwrap_or(64);
    let (width, height) = size.map_or((64, 64), |(width, height)| (side(width), side(height)));
    match end {
        "png" => file(&shop, "image/png", made::png(stem, width, height)),
        "mp4" => file(&shop, "video/mp4", made::mp4(5)),
        "wav" => file(&shop, "audio/wav", made::wav(2)),
        _ => answer(404, json!({ "error": "Not found" })),
    }
}
