//! fal's queue, as its contract says: signed webhooks, failures that are `COMPLETED`, addresses without subpaths.
//!
//! Whims of the next work: `content`, `nsfw`, `broken`, `empty`, `astray`, `nginx`; of the next file: `expired`.

use crate::books::Work;
use crate::conformance::now;
use crate::queue::{Stage, answer, asked, by_itself, file, header, tell};
use crate::{Shop, made};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The first seed of RFC 8032.
const SEED: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
    0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];

/// Work that is over.
const OVER: &[&str] = &["COMPLETED"];

/// The routes of fal's queue, of its keys and of its files.
pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/.well-known/jwks.json", get(keys))
        .route("/v1/models/requests/by-endpoint", get(list))
        .route("/files/{name}", get(output))
        .fallback(queue)
        .with_state(shop)
}

fn pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&SEED).expect("a seed has 32 bytes")
}

async fn keys() -> Response {
    let x = BASE64.encode(pair().public_key().as_ref());
    answer(200, json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "x": x }] }))
}

/// What a model needs, and what it costs in millionths of a dollar; none where there is no such model.
fn offer(model: &str, input: &Value) -> Option<(&'static [&'static str], i64)> {
    let (width, height) = size(model, input);
    let megapixels = i64::from((width * height).div_ceil(1_000_000));
    let seconds = input["duration"].as_str().and_then(|text| text.parse().ok()).unwrap_or(6);
    let text = input["prompt"].as_str().unwrap_or_default().chars().count() as i64;
    Some(match model {
        "fal-ai/flux/schnell" => (&["prompt"], 3_000 * megapixels),
        "fal-ai/flux/dev" => (&["prompt"], 25_000 * megapixels),
        "fal-ai/flux-pro/v1.1" => (&["prompt"], 40_000 * megapixels),
        "fal-ai/flux-lora" => (&["prompt", "loras"], 35_000 * megapixels),
        "fal-ai/flux-pro/kontext" => (&["prompt", "image_url"], 40_000),
        "fal-ai/bria/background/remove" => (&["image_url"], 18_000),
        "fal-ai/clarity-upscaler" => (&["image_url"], 30_000 * megapixels),
        "fal-ai/esrgan" => (&["image_url"], 1_110 * 3),
        "fal-ai/minimax/hailuo-02/standard/text-to-video" => (&["prompt"], 45_000 * seconds),
        "fal-ai/minimax/hailuo-02/standard/image-to-video" => {
            (&["prompt", "image_url"], 45_000 * seconds)
        }
        "fal-ai/stable-audio" => (&["prompt"], 20_000),
        "fal-ai/kokoro/american-english" => (&["prompt"], 20 * text.max(1)),
        "fal-ai/demucs" => (&["audio_url"], 700 * 20),
        _ => return None,
    })
}

fn size(model: &str, input: &Value) -> (u32, u32) {
    let factor = input["upscale_factor"].as_u64().or(input["scale"].as_u64()).unwrap_or(2) as u32;
    match model {
        "fal-ai/clarity-upscaler" | "fal-ai/esrgan" => {
            let side = |name: &str| input[name].as_u64().unwrap_or(64) as u32 * factor;
            (side("width"), side("height"))
        }
        _ => {
            let side = |name: &str| input["image_size"][name].as_u64().map(|side| side as u32);
            (side("width").unwrap_or(1024), side("height").unwrap_or(768))
        }
    }
}

/// The requests of a model that were begun, a hundred a page at most: what waits is not listed.
async fn list(
    State(shop): State<Shop>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    if let Some(refused) = enter(&shop, "GET /v1/models/requests/by-endpoint", &headers) {
        return refused;
    }
    let books = shop.books();
    let text = |name: &str| query.get(name).cloned().unwrap_or_default();
    let (from, limit) = (text("cursor").parse().unwrap_or(0), text("limit").parse().unwrap_or(50));
    let begun = |work: &&Work| work.status != "IN_QUEUE" && work.model == text("endpoint_id");
    let all: Vec<_> = books.work.iter().rev().filter(begun).collect();
    let time = now().rfc3339();
    let shown = |work: &Work| {
        let input = books.notes.get(&format!("input {}", work.id)).cloned().unwrap_or_default();
        let mut item = json!({
            "request_id": work.id, "endpoint_id": work.model, "started_at": time, "sent_at": time,
            "ended_at": (work.status == "COMPLETED").then_some(&time),
        });
        if text("expand") == "payloads" {
            item["json_input"] = serde_json::from_str(&input).unwrap_or_default();
        }
        item
    };
    let items: Vec<_> = all.iter().skip(from).take(limit).map(|work| shown(work)).collect();
    let next = (from + limit < all.len()).then(|| (from + limit).to_string());
    answer(200, json!({ "has_more": next.is_some(), "next_cursor": next, "items": items }))
}

/// Writes a call down; what it is refused with, where it is.
fn enter(shop: &Shop, call: &str, headers: &HeaderMap) -> Option<Response> {
    shop.write(|books| books.calls.push(call.to_owned()));
    let key = header(headers, "authorization").strip_prefix("Key ").unwrap_or_default();
    let parts = key.split(':').filter(|part| !part.is_empty()).count();
    (parts != 2).then(|| answer(401, json!({ "detail": "Authentication is required" })))
}

/// Everything that is at no address of its own: all models are.
async fn queue(
    State(shop): State<Shop>,
    method: Method,
    uri: Uri,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(refused) = enter(&shop, &format!("{method} {}", uri.path()), &headers) {
        return refused;
    }
    let path = uri.path().trim_matches('/');
    match path.split_once("/requests/") {
        None if method == Method::POST => submit(&shop, path, &query, &headers, &body).await,
        None => answer(405, json!({ "detail": "Method Not Allowed" })),
        Some((app, rest)) => {
            let (id, what) = rest.split_once('/').unwrap_or((rest, ""));
            let work = shop.write(|books| books.work(id).cloned());
            // The subpath of the model is no part of where its requests are.
            let of_app = |work: &Work| work.model.splitn(3, '/').take(2).eq(app.split('/'));
            let Some(work) = work.filter(of_app) else {
                return answer(
                    404,
                    json!({ "detail": "Request not found", "status": "NOT_FOUND" }),
                );
            };
            match (method, what) {
                (Method::GET, "status") => status(&shop, &work.id),
                (Method::GET, "") => result(&shop, &work),
                (Method::PUT, "cancel") => cancel(&shop, &work),
                _ => answer(405, json!({ "detail": "Method Not Allowed" })),
            }
        }
    }
}

fn invalid(field: &str, kind: &str, message: &str) -> Response {
    let detail = json!([{ "loc": ["body", field], "msg": message, "type": kind }]);
    answer(422, json!({ "detail": detail }))
}

async fn submit(
    shop: &Shop,
    model: &str,
    query: &BTreeMap<String, String>,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let mut input: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some((width, height)) = picture(&input["image_url"]).await {
        input["width"] = width.into();
        input["height"] = height.into();
    }
    let Some((needs, micros)) = offer(model, &input) else {
        return answer(404, json!({ "detail": format!("Application '{model}' not found") }));
    };
    if !input.is_object() {
        return invalid("", "type_error.dict", "value is not a valid dict");
    }
    if let Some(field) = needs.iter().find(|field| input[**field].is_null()) {
        return invalid(field, "value_error.missing", "field required");
    }
    let timeout = header(headers, "x-fal-request-timeout");
    if !timeout.is_empty() && !timeout.parse::<f64>().is_ok_and(|timeout| 1.0 < timeout) {
        return answer(400, json!({ "detail": "Invalid timeout", "error_type": "bad_request" }));
    }
    let webhook = query.get("fal_webhook").cloned().unwrap_or_default();
    let work = Work {
        key: webhook.clone(),
        model: model.into(),
        status: "IN_QUEUE".into(),
        webhook: webhook.clone(),
        ..Work::default()
    };
    let fate = ["content", "nsfw", "broken", "empty"].into_iter().find(|whim| shop.whim(whim));
    let id = shop.write(|books| {
        let id = books.accept("764cabcf-b745-4b3e-ae38-00000000", work);
        books.notes.insert(format!("input {id}"), input.to_string());
        books.notes.insert(format!("fate {id}"), fate.unwrap_or_default().into());
        books.notes.insert(format!("price {id}"), micros.to_string());
        id
    });
    let (ender, ended) = (shop.clone(), id.clone());
    by_itself(&webhook, move || end(&ender, &ended));
    let app = model.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
    let at = |host: &str, rest: &str| format!("{host}/{app}/requests/{id}{rest}");
    let home = shop.address();
    let host = if shop.whim("astray") { "https://elsewhere.example" } else { home.as_str() };
    let urls = json!({
        "status": "IN_QUEUE",
        "request_id": id,
        "gateway_request_id": id,
        "response_url": at(host, ""),
        "status_url": at(host, "/status"),
        "cancel_url": at(host, "/cancel"),
        "queue_position": 0,
    });
    answer(200, urls)
}

/// Width and height of the picture at an address, if it is one.
async fn picture(url: &Value) -> Option<(u32, u32)> {
    let bytes = reqwest::get(url.as_str()?).await.ok()?.bytes().await.ok()?;
    made::png_size(&bytes)
}

fn status(shop: &Shop, id: &str) -> Response {
    if shop.whim("nginx") {
        let page = "<html><center><h1>502 Bad Gateway</h1></center><center>nginx</center></html>";
        return (reqwest::StatusCode::BAD_GATEWAY, page).into_response();
    }
    match asked(shop, id, OVER) {
        Some(Stage::Waiting) => answer(202, json!({ "status": "IN_QUEUE", "queue_position": 1 })),
        Some(Stage::Working) => {
            shop.write(|books| {
                if let Some(work) = books.work(id) {
                    work.status = "IN_PROGRESS".into();
                }
            });
            answer(202, json!({ "status": "IN_PROGRESS", "logs": [] }))
        }
        _ => {
            end(shop, id);
            let mut status =
                json!({ "status": "COMPLETED", "logs": [], "metrics": { "inference_time": 1.2 } });
            let (code, body) = outcome(shop, id);
            if code != 200 {
                status["error"] = format!("Invalid status code: {code}").into();
                status["error_type"] = body["error_type"].clone();
            }
            answer(200, status)
        }
    }
}

fn result(shop: &Shop, work: &Work) -> Response {
    match work.status.as_str() {
        "COMPLETED" => {
            let (code, body) = outcome(shop, &work.id);
            answer(code, body)
        }
        _ => answer(400, json!({ "detail": "Request is still in progress" })),
    }
}

fn cancel(shop: &Shop, work: &Work) -> Response {
    if work.status == "COMPLETED" && !work.canceled {
        return answer(400, json!({ "status": "ALREADY_COMPLETED" }));
    }
    shop.write(|books| {
        if let Some(work) = books.work(&work.id) {
            work.canceled = true;
        }
    });
    answer(202, json!({ "status": "CANCELLATION_REQUESTED" }))
}

/// Ends work, once: bills it, and tells.
fn end(shop: &Shop, id: &str) {
    let (code, body) = outcome(shop, id);
    let ended = shop.write(|books| {
        let price = books.notes.get(&format!("price {id}")).and_then(|price| price.parse().ok());
        let work = books.work(id).filter(|work| work.status != "COMPLETED")?;
        work.status = "COMPLETED".into();
        work.micros = if code == 200 { price.unwrap_or(0) } else { 0 };
        Some(work.webhook.clone())
    });
    let Some(webhook) = ended else { return };
    let mut told = json!({ "request_id": id, "gateway_request_id": id, "payload": body });
    match code {
        200 => (told["status"], told["error"]) = ("OK".into(), Value::Null),
        code => {
            (told["status"], told["error"]) =
                ("ERROR".into(), format!("Invalid status code: {code}").into());
        }
    }
    let body = told.to_string();
    let (user, time) = ("user_1", now().unix_s().to_string());
    let hash = hex(&Sha256::digest(body.as_bytes()));
    let signature = hex(pair().sign([id, user, &time, &hash].join("\n").as_bytes()).as_ref());
    let headers = vec![
        ("x-fal-webhook-request-id", id.to_owned()),
        ("x-fal-webhook-user-id", user.into()),
        ("x-fal-webhook-timestamp", time),
        ("x-fal-webhook-signature", signature),
    ];
    tell(webhook, headers, body);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The status and body of a request's result.
fn outcome(shop: &Shop, id: &str) -> (u16, Value) {
    let books = shop.books();
    let note = |what: &str| books.notes.get(&format!("{what} {id}")).cloned().unwrap_or_default();
    let Some(work) = books.work.iter().find(|work| work.id == id) else {
        return (404, json!({ "detail": "Request not found" }));
    };
    if work.canceled {
        let detail = json!({ "detail": "Request was cancelled", "error_type": "client_cancelled" });
        return (499, detail);
    }
    let flagged = "The content could not be processed because it was flagged by a content checker.";
    match note("fate").as_str() {
        "content" => {
            let loc = json!(["body", "prompt"]);
            let detail =
                json!([{ "loc": loc, "msg": flagged, "type": "content_policy_violation" }]);
            return (422, json!({ "detail": detail }));
        }
        "broken" => {
            let detail = json!({ "detail": "Runner died", "error_type": "runner_server_error" });
            return (500, detail);
        }
        "empty" => return (200, json!({ "images": [], "has_nsfw_concepts": [] })),
        _ => {}
    }
    let input: Value = serde_json::from_str(&note("input")).unwrap_or_default();
    let (width, height) = size(&work.model, &input);
    let at = |end: &str| format!("{}/files/{id}-{width}x{height}.{end}", shop.address());
    let picture = json!({
        "url": at("png"), "content_type": "image/png", "file_name": "output.png",
        "file_size": 1234, "width": width, "height": height,
    });
    let body = match work.model.as_str() {
        model if model.contains("video") => json!({ "video": { "url": at("mp4") } }),
        "fal-ai/stable-audio" => json!({ "audio_file": { "url": at("wav") } }),
        "fal-ai/demucs" => {
            let stems = ["vocals", "drums", "bass", "other"];
            stems.into_iter().map(|stem| (stem.to_owned(), json!({ "url": at("wav") }))).collect()
        }
        model if model.contains("kokoro") => json!({ "audio": { "url": at("wav") } }),
        model if model.contains("bria") || model.contains("esrgan") => json!({ "image": picture }),
        model if model.contains("upscaler") => json!({ "image": picture, "seed": 1 }),
        _ => json!({
            "images": [picture],
            "seed": 1,
            "has_nsfw_concepts": [note("fate") == "nsfw"],
            "timings": { "inference": 1.2 },
        }),
    };
    (200, body)
}

/// A file, by a name that says what it is: `id-640x480.png`.
async fn output(State(shop): State<Shop>, Path(name): Path<String>) -> Response {
    let (stem, end) = name.rsplit_once('.').unwrap_or((&name, ""));
    let size = stem.rsplit_once('-').and_then(|(_, size)| size.split_once('x'));
    let side = |text: &str| text.parse().unwrap_or(64);
    let (width, height) = size.map_or((64, 64), |(width, height)| (side(width), side(height)));
    match end {
        "png" => file(&shop, "image/png", made::png(stem, width, height)),
        "mp4" => file(&shop, "video/mp4", made::mp4(6)),
        "wav" => file(&shop, "audio/wav", made::wav(2)),
        _ => answer(404, json!({ "detail": "Not Found" })),
    }
}
