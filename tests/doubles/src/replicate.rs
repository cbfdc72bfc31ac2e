//! Replicate, as its contract says: problem documents, Standard Webhooks, outputs that are removed after an hour.
//!
//! Whims of the next work: `content`, `broken`, `removed`, `aborted`, `empty`, `at_once`; of the next file: `expired`.

use crate::books::Work;
use crate::conformance::now;
use crate::queue::{Stage, asked, by_itself, file, header, tell};
use crate::{Shop, made};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::notify::signature::Secret;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What webhooks are signed with.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Work that is over.
const OVER: &[&str] = &["succeeded", "failed", "canceled", "aborted"];

/// So many predictions are on a page.
const PAGE: usize = 100;

/// What the hardware of models costs that are not official, in millionths of a dollar a second, and how long they work.
const WORK: (i64, f64) = (1_525, 12.5);

/// The routes of Replicate's API, below `/v1`, and of its files.
pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/v1/predictions", post(create).get(list))
        .route("/v1/deployments/{owner}/{name}/predictions", post(deployed))
        .route("/v1/predictions/{id}", get(read))
        .route("/v1/predictions/{id}/cancel", post(cancel))
        .route("/v1/webhooks/default/secret", get(secret))
        .route("/files/{name}", get(output))
        .with_state(shop)
}

fn problem(status: u16, title: &str, detail: &str) -> Response {
    let body = json!({ "title": title, "detail": detail, "status": status }).to_string();
    let status = StatusCode::from_u16(status).expect("it is one");
    (status, [("content-type", "application/problem+json")], body).into_response()
}

/// Writes a call down; what it is refused with, where it is.
fn enter(shop: &Shop, call: String, headers: &HeaderMap) -> Option<Response> {
    shop.write(|books| books.calls.push(call));
    match header(headers, "authorization").strip_prefix("Bearer r8_") {
        Some(rest) if !rest.is_empty() => None,
        _ => Some(problem(401, "Unauthenticated", "You did not pass a valid authentication token")),
    }
}

/// What an official model needs, and what it costs in millionths of a dollar.
fn offer(model: &str, input: &Value) -> Option<(&'static [&'static str], i64)> {
    let seconds = input["duration"].as_i64().unwrap_or(6);
    let characters = input["text"].as_str().unwrap_or_default().chars().count() as i64;
    Some(match model {
        "black-forest-labs/flux-schnell" => (&["prompt"], 3_000),
        "black-forest-labs/flux-1.1-pro" => (&["prompt"], 40_000),
        "black-forest-labs/flux-kontext-pro" => (&["prompt", "input_image"], 40_000),
        "bria/remove-background" => (&["image"], 18_000),
        "topazlabs/image-upscale" => (&["image"], 50_000),
        "minimax/hailuo-02" => (&["prompt"], 45_000 * seconds),
        "stability-ai/stable-audio-2.5" => (&["prompt"], 200_000),
        "minimax/speech-02-turbo" => (&["text"], 60 * characters.max(1)),
        // A version of anybody's, with or without whose it is.
        _ if is_version(model.rsplit(':').next()?) => (&["prompt"], 0),
        _ => return None,
    })
}

fn is_version(text: &str) -> bool {
    text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit())
}

async fn create(State(shop): State<Shop>, headers: HeaderMap, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(model) = body["version"].as_str() else {
        return match enter(&shop, "POST /v1/predictions".into(), &headers) {
            None => problem(422, "Input validation failed", "- version is required"),
            Some(response) => response,
        };
    };
    accept(&shop, "POST /v1/predictions", model, &headers, &body)
}

async fn deployed(
    State(shop): State<Shop>,
    Path((owner, name)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let version = format!("{owner}/{name}:{}", "d".repeat(64));
    accept(&shop, "POST /v1/deployments", &version, &headers, &body)
}

fn accept(shop: &Shop, call: &str, model: &str, headers: &HeaderMap, body: &Value) -> Response {
    if let Some(response) = enter(shop, call.into(), headers) {
        return response;
    }
    let input = &body["input"];
    let Some((needs, micros)) = offer(model, input) else {
        let detail = "The specified version does not exist (or perhaps you don't have permission)";
        return problem(422, "Invalid version or not permitted", detail);
    };
    if let Some(field) = needs.iter().find(|field| input[**field].is_null()) {
        return problem(422, "Input validation failed", &format!("- input: {field} is required"));
    }
    let after = header(headers, "cancel-after");
    if !after.is_empty() && !after.parse().is_ok_and(|seconds: u32| 5 <= seconds) {
        return problem(422, "Invalid header", "Cancel-After must be at least 5 seconds");
    }
    let webhook = body["webhook"].as_str().unwrap_or_default().to_owned();
    let work = Work {
        key: input["seed"].to_string(),
        model: model.into(),
        status: "starting".into(),
        webhook: webhook.clone(),
        ..Work::default()
    };
    let whims = ["content", "broken", "removed", "aborted", "empty"];
    let fate = whims.into_iter().find(|whim| shop.whim(whim)).unwrap_or_default();
    let id = shop.write(|books| {
        let id = books.accept("gm3qorzdhgbfurvjtvhg6d", work);
        books.notes.insert(format!("input {id}"), input.to_string());
        books.notes.insert(format!("fate {id}"), fate.into());
        books.notes.insert(format!("price {id}"), micros.to_string());
        books.notes.insert(format!("created {id}"), now().rfc3339());
        id
    });
    let (ender, ended) = (shop.clone(), id.clone());
    by_itself(&webhook, move || end(&ender, &ended));
    let at_once = shop.whim("at_once");
    if at_once {
        end(shop, &id);
    }
    let status = if at_once { StatusCode::CREATED } else { StatusCode::ACCEPTED };
    (status, axum::Json(shown(shop, &id))).into_response()
}

async fn list(
    State(shop): State<Shop>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    if let Some(response) = enter(&shop, "GET /v1/predictions".into(), &headers) {
        return response;
    }
    let after = query.get("created_after").cloned().unwrap_or_default();
    let from: usize = query.get("cursor").and_then(|at| at.parse().ok()).unwrap_or(0);
    let books = shop.books();
    let created = |id: &str| books.notes.get(&format!("created {id}")).cloned().unwrap_or_default();
    let all: Vec<_> = books.work.iter().rev().filter(|work| after <= created(&work.id)).collect();
    let page = all.iter().skip(from).take(PAGE).map(|work| shown(&shop, &work.id));
    let results: Vec<_> = page.collect();
    let next = (from + PAGE < all.len())
        .then(|| format!("{}/v1/predictions?cursor={}", shop.address(), from + PAGE));
    axum::Json(json!({ "next": next, "previous": null, "results": results })).into_response()
}

async fn read(State(shop): State<Shop>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Some(response) = enter(&shop, format!("GET /v1/predictions/{id}"), &headers) {
        return response;
    }
    match asked(&shop, &id, OVER) {
        None => return problem(404, "Not Found", "Prediction not found"),
        Some(Stage::Waiting) => {}
        Some(Stage::Working) => shop.write(|books| {
            if let Some(work) = books.work(&id) {
                work.status = "processing".into();
            }
        }),
        Some(Stage::Over) => end(&shop, &id),
    }
    axum::Json(shown(&shop, &id)).into_response()
}

async fn cancel(State(shop): State<Shop>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Some(response) = enter(&shop, format!("POST /v1/predictions/{id}/cancel"), &headers) {
        return response;
    }
    let known = shop.write(|books| {
        let work = books.work(&id)?;
        work.canceled = true;
        Some(())
    });
    match known {
        None => problem(404, "Not Found", "Prediction not found"),
        Some(()) => {
            end(&shop, &id);
            axum::Json(shown(&shop, &id)).into_response()
        }
    }
}

async fn secret(State(shop): State<Shop>, headers: HeaderMap) -> Response {
    match enter(&shop, "GET /v1/webhooks/default/secret".into(), &headers) {
        None => axum::Json(json!({ "key": SECRET })).into_response(),
        Some(response) => response,
    }
}

/// Ends work, once: bills it, and tells.
fn end(shop: &Shop, id: &str) {
    let ended = shop.write(|books| {
        let fate = books.notes.get(&format!("fate {id}")).cloned().unwrap_or_default();
        let price = books.notes.get(&format!("price {id}")).and_then(|price| price.parse().ok());
        let work = books.work(id).filter(|work| !OVER.contains(&work.status.as_str()))?;
        let status = match fate.as_str() {
            _ if work.canceled => "canceled",
            "content" | "broken" => "failed",
            "aborted" => "aborted",
            _ => "succeeded",
        };
        work.status = status.into();
        // Official models have a price each; others cost the time that they worked, well or badly.
        work.micros = match (status, price.unwrap_or(0)) {
            ("succeeded" | "failed", 0) => (WORK.0 as f64 * WORK.1).ceil() as i64,
            ("succeeded", price) => price,
            _ => 0,
        };
        Some(work.webhook.clone())
    });
    let Some(webhook) = ended else { return };
    let body = shown(shop, id).to_string();
    let (message, time) = (format!("msg_{id}"), now().unix_s());
    let secret = Secret::parse(SECRET).expect("it is a secret");
    let headers = vec![
        ("webhook-id", message.clone()),
        ("webhook-timestamp", time.to_string()),
        ("webhook-signature", secret.sign(&message, time, body.as_bytes())),
    ];
    tell(webhook, headers, body);
}

/// A prediction as the API shows it.
fn shown(shop: &Shop, id: &str) -> Value {
    let books = shop.books();
    let note = |what: &str| books.notes.get(&format!("{what} {id}")).cloned().unwrap_or_default();
    let work = books.work.iter().find(|work| work.id == id).cloned().unwrap_or_default();
    let at = |end: &str| format!("{}/files/{id}.{end}", shop.address());
    let (name, version) = match work.model.split_once(':') {
        Some((name, version)) => (name, version),
        None => (work.model.as_str(), "hidden"),
    };
    let (fate, over) = (note("fate"), OVER.contains(&work.status.as_str()));
    let removed = over && fate == "removed";
    let output = match name {
        _ if work.status != "succeeded" || removed || fate == "empty" => Value::Null,
        "black-forest-labs/flux-schnell" => json!([at("png")]),
        "minimax/hailuo-02" => at("mp4").into(),
        "stability-ai/stable-audio-2.5" | "minimax/speech-02-turbo" => at("wav").into(),
        _ => at("png").into(),
    };
    let error = match (work.status.as_str(), fate.as_str()) {
        ("failed", "content") => json!("The input or output was flagged as sensitive. (E005)"),
        ("failed", _) => json!("CUDA out of memory"),
        _ => Value::Null,
    };
    let url = |rest: &str| format!("{}/v1/predictions/{id}{rest}", shop.address());
    let mut shown = json!({
        "id": id,
        "model": name,
        "version": version,
        "input": serde_json::from_str::<Value>(&note("input")).unwrap_or_default(),
        "output": output,
        "data_removed": removed,
        "error": error,
        "status": work.status,
        "created_at": note("created"),
        "source": "api",
        "logs": "",
        "urls": { "web": url(""), "get": url(""), "cancel": url("/cancel") },
    });
    if !work.webhook.is_empty() {
        shown["webhook"] = work.webhook.as_str().into();
        shown["webhook_events_filter"] = json!(["completed"]);
    }
    if removed {
        shown["input"] = json!({});
    }
    if over && !matches!(work.status.as_str(), "aborted" | "canceled") {
        shown["completed_at"] = note("created").into();
        shown["metrics"] = json!({ "predict_time": WORK.1, "total_time": WORK.1 + 1.0 });
    }
    shown
}

/// A file, by a name whose end says what it is.
async fn output(State(shop): State<Shop>, Path(name): Path<String>) -> Response {
    match name.rsplit_once('.') {
        Some((stem, "png")) => file(&shop, "image/png", made::png(stem, 1024, 576)),
        Some((_, "mp4")) => file(&shop, "video/mp4", made::mp4(6)),
        Some((_, "wav")) => file(&shop, "audio/wav", made::wav(2)),
        _ => problem(404, "Not Found", "no such file"),
    }
}
