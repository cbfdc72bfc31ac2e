//! The double of Stability AI, v2beta.
//!
//! Whims: `blurred` (filtered after it was made, and charged), `unmarked` (no word on filtering), `flagged` (refused
//! for its words), `broken` (half a sound), `gone` (the result is expired).

use crate::books::Work;
use crate::parts::Parts;
use crate::refused::Refused;
use crate::{Output, Shop, made};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

/// One credit, in millionths of a dollar.
const CREDIT: i64 = 10_000;

/// By when accepted work is done, in checks.
const CHECKS: u32 = 2;

const RATIOS: [&str; 9] = ["16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"];

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/v2beta/stable-image/{area}/{service}", post(make))
        .route("/v2beta/audio/{area}/{service}", post(make))
        .route("/v2beta/results/{id}", get(result))
        .route("/v2beta/audio/results/{id}", get(result))
        .layer(DefaultBodyLimit::disable())
        .with_state(shop)
}

fn refuse(status: u16, name: &str, error: impl Into<String>) -> Refused {
    let body =
        json!({ "id": "4212a4b66fbe1cedca4bf2133d35dca5", "name": name, "errors": [error.into()] });
    Refused::new(status, &body)
}

fn known(headers: &HeaderMap) -> Result<(), Refused> {
    let key = headers.get("authorization").and_then(|value| value.to_str().ok());
    match key {
        Some(key) if key.starts_with("Bearer sk-") => Ok(()),
        _ => Err(refuse(401, "unauthorized", "missing or invalid api key")),
    }
}

/// What a service is: its model's name, its credits, whether it answers later, the formats it gives.
struct Service {
    model: &'static str,
    credits: i64,
    later: bool,
    formats: &'static [&'static str],
    seconds: f64,
}

fn service(area: &str, service: &str) -> Option<Service> {
    let pictures: &[&str] = &["png", "jpeg", "webp"];
    let sounds: &[&str] = &["mp3", "wav"];
    let (model, credits, later, formats, seconds) = match (area, service) {
        ("generate", "core") => ("core", 3, false, pictures, 0.0),
        ("generate", "ultra") => ("ultra", 8, false, pictures, 0.0),
        ("edit", "remove-background") => ("cutout", 5, false, &["png", "webp"][..], 0.0),
        ("upscale", "fast") => ("fast", 2, false, pictures, 0.0),
        ("upscale", "creative") => ("creative", 60, true, pictures, 0.0),
        ("stable-audio-2", "text-to-audio") => ("audio-2.5", 20, false, sounds, 190.0),
        ("stable-audio", "text-to-audio") => ("audio-3", 26, true, sounds, 380.0),
        _ => return None,
    };
    Some(Service { model, credits, later, formats, seconds })
}

/// Demands what the contract demands of a form.
fn valid(service: &Service, parts: &Parts) -> Result<(), Refused> {
    let bad = |error: &str| Err(refuse(400, "bad_request", error));
    let format = parts.text("output_format");
    if !format.is_empty() && !service.formats.contains(&format) {
        return bad("output_format: must be one of the listed formats");
    }
    let words = parts.text("prompt").chars().count();
    if !matches!(service.model, "cutout" | "fast") && !(1..=10_000).contains(&words) {
        return bad("prompt: required, 1 to 10000 characters");
    }
    let ratio = parts.text("aspect_ratio");
    if !ratio.is_empty() && !RATIOS.contains(&ratio) {
        return bad("aspect_ratio: must be one of the listed ratios");
    }
    if !parts.text("seed").is_empty()
        && !parts.text("seed").parse::<u64>().is_ok_and(|seed| seed <= 4_294_967_294)
    {
        return bad("seed: must be between 0 and 4294967294");
    }
    if 0.0 < service.seconds {
        let seconds = parts.number("duration").unwrap_or(service.seconds);
        if !(1.0..=service.seconds).contains(&seconds) {
            return bad("duration: out of range");
        }
        return match parts.text("model").ends_with(service.model) {
            true => Ok(()),
            false => bad("model: not served here"),
        };
    }
    if matches!(service.model, "core" | "ultra") {
        return Ok(());
    }
    let size = parts.file("image").and_then(made::png_size);
    let Some((width, height)) = size else { return bad("image: required, a picture") };
    let most = if service.model == "fast" { 1_048_576 } else { 9_437_184 };
    match 64 <= width.min(height) && width * height <= most {
        true => Ok(()),
        false => Err(refuse(413, "payload_too_large", "image: too small or too large")),
    }
}

async fn make(
    State(shop): State<Shop>,
    Path((area, name)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Refused> {
    known(request.headers())?;
    let service =
        service(&area, &name).ok_or_else(|| refuse(404, "not_found", "no such service"))?;
    let form = Parts::of(request).await;
    let parts = form.ok_or_else(|| refuse(400, "bad_request", "content-type: must be a form"))?;
    valid(&service, &parts)?;
    if shop.whim("flagged") {
        let why = "Your request was flagged by our content moderation system, as a result your \
                   request was denied and you were not charged.";
        return Err(refuse(403, "content_moderation", why));
    }
    let micros = service.credits * CREDIT;
    let output = output(&service, &parts);
    let work = Work {
        key: parts.text("prompt").into(),
        model: service.model.into(),
        status: if service.later { "in-progress" } else { "done" }.into(),
        micros: if service.later { 0 } else { micros },
        ..Work::default()
    };
    let id = shop.write(|books| books.accept(&"0".repeat(60), work));
    if service.later {
        shop.keep(&id, output);
        let status = if 0.0 < service.seconds { StatusCode::ACCEPTED } else { StatusCode::OK };
        return Ok((status, Json(json!({ "id": id }))).into_response());
    }
    Ok(sent(&shop, output))
}

/// The output in its media type.
fn output(service: &Service, parts: &Parts) -> Output {
    let words = parts.text("prompt");
    if 0.0 < service.seconds {
        let seconds = parts.number("duration").unwrap_or(5.0);
        return match parts.text("output_format") {
            "wav" => ("audio/wav".into(), made::wav(seconds as u32)),
            _ => ("audio/mpeg".into(), made::mp3(words, seconds)),
        };
    }
    let size = parts.file("image").and_then(made::png_size).unwrap_or((64, 64));
    let bytes = match service.model {
        "core" | "ultra" => {
            let ratio = parts.text("aspect_ratio").split_once(':').unwrap_or(("1", "1"));
            let side = |part: &str| part.parse::<f64>().unwrap_or(1.0);
            let (wide, high) = (side(ratio.0), side(ratio.1));
            let unit = (1_000_000.0 / (wide * high)).sqrt();
            let near = |part: f64| ((part * unit / 64.0).round() as u32) * 64;
            made::png(words, near(wide), near(high))
        }
        "cutout" => made::cutout(words, size.0, size.1),
        _ => made::png(words, size.0 * 4, size.1 * 4),
    };
    // Whatever was asked for: what a double can make is PNG.
    ("image/png".into(), bytes)
}

/// An answer that is an output.
fn sent(shop: &Shop, (media_type, mut bytes): Output) -> Response {
    let finish = if shop.whim("blurred") { "CONTENT_FILTERED" } else { "SUCCESS" };
    if shop.whim("broken") {
        bytes.truncate(bytes.len() - 100);
    }
    let headers = [
        ("content-type", media_type.as_str()),
        ("x-request-id", "4212a4b66fbe1cedca4bf2133d35dca5"),
        ("seed", "343940597"),
        ("finish-reason", finish),
    ];
    let mut response = (headers, bytes).into_response();
    if shop.whim("unmarked") {
        response.headers_mut().remove("finish-reason");
    }
    response
}

async fn result(
    State(shop): State<Shop>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    known(&headers)?;
    let gone =
        || refuse(404, "not_found", "id: the generation either does not exist or has expired");
    let checks = shop.write(|books| {
        let work = books.work(&id)?;
        work.checks += 1;
        if CHECKS <= work.checks {
            work.status = "done".into();
            let credits = if work.model == "creative" { 60 } else { 26 };
            work.micros = credits * CREDIT;
        }
        Some(work.checks)
    });
    let (Some(checks), false) = (checks, shop.whim("gone")) else { return Err(gone()) };
    if checks < CHECKS {
        let body = json!({ "id": id, "status": "in-progress" });
        return Ok((StatusCode::ACCEPTED, Json(body)).into_response());
    }
    shop.kept(&id).map(|output| sent(&shop, output)).ok_or_else(gone)
}
