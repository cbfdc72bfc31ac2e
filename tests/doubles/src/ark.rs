//! Seedance at Ark, as its contract says: unsigned callbacks, and a `DELETE` that stops only what waits.
//!
//! Whims of the next work: `content`, `expires`, `empty`; of the next file: `expired`.

use crate::books::Work;
use crate::conformance::now;
use crate::queue::{Stage, answer, asked, by_itself, file, header, tell};
use crate::{Shop, made};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Work that is over.
const OVER: &[&str] = &["succeeded", "failed", "expired", "cancelled"];

/// The routes of Ark's tasks, below `/api/v3`, and of its files.
pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/api/v3/contents/generations/tasks", get(list).post(create))
        .route("/api/v3/contents/generations/tasks/{id}", get(read).delete(delete))
        .route("/files/{name}", get(output))
        .with_state(shop)
}

fn refuse(status: u16, code: &str, message: &str) -> Response {
    let kind = if status < 500 { "BadRequest" } else { "InternalServerError" };
    let error = json!({ "code": code, "message": message, "param": "", "type": kind });
    answer(status, json!({ "error": error }))
}

/// Writes a call down; what it is refused with, where it is.
fn enter(shop: &Shop, call: &str, headers: &HeaderMap) -> Option<Response> {
    shop.write(|books| books.calls.push(call.to_owned()));
    let key = header(headers, "authorization").strip_prefix("Bearer ").unwrap_or_default();
    key.is_empty().then(|| refuse(401, "AuthenticationError", "The API key is missing"))
}

/// What a million tokens of a model cost, in millionths of a dollar.
fn price(model: &str) -> Option<i64> {
    match model {
        "seedance-1-0-pro-250528" => Some(2_500_000),
        "seedance-1-0-pro-fast-251015" => Some(1_000_000),
        _ => None,
    }
}

/// Tokens of a film of 720p.
fn tokens(body: &Value) -> i64 {
    1248 * 704 * 24 * body["duration"].as_i64().unwrap_or(5) / 1024
}

async fn create(State(shop): State<Shop>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(response) = enter(&shop, "POST tasks", &headers) {
        return response;
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let model = body["model"].as_str().unwrap_or_default();
    if price(model).is_none() {
        return refuse(404, "InvalidEndpointOrModel.NotFound", "The model does not exist");
    }
    let content = body["content"].as_array().cloned().unwrap_or_default();
    let says = content.iter().any(|part| part["type"] == "text" && part["text"].is_string());
    let shows = content.iter().filter(|part| part["type"] == "image_url");
    if !says || !shows.into_iter().all(|part| part["image_url"]["url"].is_string()) {
        return refuse(400, "InvalidParameter", "The parameter content is not valid");
    }
    let within = |name: &str, least: i64, most: i64| {
        body[name].is_null() || body[name].as_i64().is_some_and(|n| (least..=most).contains(&n))
    };
    if !within("duration", 2, 12)
        || !within("seed", -1, u32::MAX.into())
        || !within("execution_expires_after", 3600, 259_200)
    {
        return refuse(400, "InvalidParameter", "A parameter is out of its range");
    }
    let webhook = body["callback_url"].as_str().unwrap_or_default().to_owned();
    let whims = ["content", "expires", "empty"];
    let fate = whims.into_iter().find(|whim| shop.whim(whim)).unwrap_or_default();
    let work = Work {
        key: body["seed"].to_string(),
        model: model.into(),
        status: "queued".into(),
        webhook: webhook.clone(),
        ..Work::default()
    };
    let id = shop.write(|books| {
        let id = books.accept("cgt-20261120200000-", work);
        books.notes.insert(format!("fate {id}"), fate.into());
        books.notes.insert(format!("tokens {id}"), tokens(&body).to_string());
        id
    });
    let (ender, ended) = (shop.clone(), id.clone());
    by_itself(&webhook, move || turn(&ender, &ended, Stage::Over));
    answer(200, json!({ "id": id }))
}

async fn list(
    State(shop): State<Shop>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    if let Some(response) = enter(&shop, "GET tasks", &headers) {
        return response;
    }
    let number = |name: &str, or: usize| query.get(name).and_then(|n| n.parse().ok()).unwrap_or(or);
    let (page, size) = (number("page_num", 1).max(1), number("page_size", 10));
    let wanted = |name: &str, has: &str| query.get(name).is_none_or(|wanted| wanted == has);
    let books = shop.books();
    let all: Vec<_> = books
        .work
        .iter()
        .rev()
        .filter(|work| wanted("filter.model", &work.model) && wanted("filter.status", &work.status))
        .collect();
    let items = all.iter().skip((page - 1) * size).take(size).map(|work| shown(&shop, &work.id));
    let items: Vec<_> = items.collect();
    answer(200, json!({ "items": items, "total": all.len() }))
}

fn missing() -> Response {
    refuse(404, "ResourceNotFound", "The task does not exist")
}

async fn read(State(shop): State<Shop>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Some(response) = enter(&shop, &format!("GET tasks/{id}"), &headers) {
        return response;
    }
    let deleted = shop.books().notes.contains_key(&format!("deleted {id}"));
    match asked(&shop, &id, OVER).filter(|_| !deleted) {
        None => missing(),
        Some(stage) => {
            turn(&shop, &id, stage);
            answer(200, shown(&shop, &id))
        }
    }
}

async fn delete(State(shop): State<Shop>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Some(response) = enter(&shop, &format!("DELETE tasks/{id}"), &headers) {
        return response;
    }
    let status = shop.write(|books| books.work(&id).map(|work| work.status.clone()));
    match status.as_deref() {
        None => missing(),
        Some("queued") => {
            shop.write(|books| {
                if let Some(work) = books.work(&id) {
                    (work.canceled, work.status) = (true, "cancelled".into());
                }
            });
            answer(200, json!({}))
        }
        Some("running" | "cancelled") => {
            refuse(409, "InvalidAction", "The task cannot be deleted as it stands")
        }
        // What is over is not stopped: its record goes, with what it made.
        Some(_) => {
            shop.write(|books| books.notes.insert(format!("deleted {id}"), String::new()));
            answer(200, json!({}))
        }
    }
}

/// Brings work to a stage: bills it at its end, and tells each change.
fn turn(shop: &Shop, id: &str, stage: Stage) {
    let webhook = shop.write(|books| {
        let note =
            |what: &str| books.notes.get(&format!("{what} {id}")).cloned().unwrap_or_default();
        let (fate, tokens) = (note("fate"), note("tokens").parse::<i64>().unwrap_or(0));
        let status = match (stage, fate.as_str()) {
            (Stage::Waiting, _) => "queued",
            (Stage::Working, _) => "running",
            (Stage::Over, "content") => "failed",
            (Stage::Over, "expires") => "expired",
            (Stage::Over, _) => "succeeded",
        };
        let work = books.work(id).filter(|work| !OVER.contains(&work.status.as_str()))?;
        let changed = work.status != status;
        work.status = status.into();
        if status == "succeeded" {
            work.micros = tokens * price(&work.model).unwrap_or(0) / 1_000_000;
        }
        changed.then(|| work.webhook.clone())
    });
    if let Some(webhook) = webhook {
        tell(webhook, Vec::new(), shown(shop, id).to_string());
    }
}

/// A task as the API and its callbacks show it.
fn shown(shop: &Shop, id: &str) -> Value {
    let books = shop.books();
    let note = |what: &str| books.notes.get(&format!("{what} {id}")).cloned().unwrap_or_default();
    let work = books.work.iter().find(|work| work.id == id).cloned().unwrap_or_default();
    let (time, tokens) = (now().unix_s(), note("tokens").parse::<i64>().unwrap_or(0));
    let mut shown = json!({
        "id": id,
        "model": work.model,
        "status": work.status,
        "error": null,
        "created_at": time,
        "updated_at": time,
        "seed": work.key.parse::<i64>().unwrap_or(-1),
        "framespersecond": 24,
    });
    match work.status.as_str() {
        "succeeded" => {
            let url = format!("{}/files/{id}.mp4?X-Tos-Signature=s", shop.address());
            let content = json!({ "video_url": url });
            shown["content"] = if note("fate") == "empty" { json!({}) } else { content };
            shown["usage"] = json!({ "completion_tokens": tokens, "total_tokens": tokens });
        }
        "failed" => {
            let code = "OutputVideoSensitiveContentDetected";
            let message = "The output video may contain sensitive information.";
            shown["error"] = json!({ "code": code, "message": message });
        }
        _ => {}
    }
    shown
}

async fn output(State(shop): State<Shop>, Path(name): Path<String>) -> Response {
    match name.ends_with(".mp4") {
        true => file(&shop, "video/mp4", made::mp4(5)),
        false => missing(),
    }
}
