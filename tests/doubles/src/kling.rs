//! Kling, as its contract says: tokens of one's own making, codes beside statuses, `succeed`, unsigned callbacks.
//!
//! Whims of the next work: `content`, `empty`, `coded` (a refusal with status 200); of the next file: `expired`.

use crate::books::Work;
use crate::conformance::now;
use crate::queue::{Stage, answer, asked, by_itself, file, header, tell};
use crate::{Shop, made};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::sign::verify_hex;
use serde_json::{Value, json};

/// The access key and the secret key that it knows, joined by a colon.
pub const KEY: &str = "access-0123456789:secret-0123456789";

/// Work that is over.
const OVER: &[&str] = &["succeed", "failed"];

/// What a unit costs, in millionths of a dollar.
const UNIT: f64 = 140_000.0;

/// The routes of Kling's API, and of its files.
pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/v1/{medium}/{what}", post(create))
        .route("/v1/{medium}/{what}/{id}", get(task))
        .route("/files/{name}", get(output))
        .with_state(shop)
}

fn refuse(status: u16, code: u32, message: &str) -> Response {
    answer(status, json!({ "code": code, "message": message, "request_id": "r-1" }))
}

/// Writes a call down; what it is refused with, where it is.
fn enter(shop: &Shop, call: String, headers: &HeaderMap) -> Option<Response> {
    shop.write(|books| books.calls.push(call));
    let Some(token) = header(headers, "authorization").strip_prefix("Bearer ") else {
        return Some(refuse(401, 1001, "Authorization is empty"));
    };
    let invalid = || Some(refuse(401, 1002, "Authorization is not valid"));
    let Some((message, signature)) = token.rsplit_once('.') else { return invalid() };
    let signature = BASE64.decode(signature).unwrap_or_default();
    let signature: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    let (access, secret) = KEY.split_once(':').unwrap_or_default();
    let parts: Vec<Value> = message
        .split('.')
        .filter_map(|part| serde_json::from_slice(&BASE64.decode(part).ok()?).ok())
        .collect();
    let [head, claims] = &parts[..] else { return invalid() };
    let ours = head["alg"] == "HS256" && claims["iss"] == access;
    if !ours || !verify_hex(secret, message.as_bytes(), &signature) {
        return invalid();
    }
    let time = |name: &str| claims[name].as_i64().unwrap_or_default();
    match now().unix_s() {
        now if now < time("nbf") => Some(refuse(401, 1003, "Authorization is not active yet")),
        now if time("exp") <= now => Some(refuse(401, 1004, "Authorization is expired")),
        _ => None,
    }
}

/// What a model costs at an endpoint, in units; none where it is not there.
fn offer(what: &str, body: &Value) -> Option<f64> {
    let tens = if body["duration"] == "10" { 2.0 } else { 1.0 };
    let film = matches!(what, "text2video" | "image2video");
    match (body["model_name"].as_str()?, body["mode"].as_str().unwrap_or("std")) {
        ("kling-v1-6", "std") if film => Some(2.0 * tens),
        ("kling-v1-6", "pro") if film => Some(3.5 * tens),
        ("kling-v2-5-turbo", "pro") if film => Some(2.5 * tens),
        ("kling-v2", _) if what == "generations" => Some(0.1),
        _ => None,
    }
}

async fn create(
    State(shop): State<Shop>,
    Path((medium, what)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(response) = enter(&shop, format!("POST /v1/{medium}/{what}"), &headers) {
        return response;
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(units) = offer(&what, &body) else {
        return refuse(404, 1203, "The requested resource does not exist, such as the model");
    };
    let lacks = |field: &str| body[field].as_str().is_none_or(str::is_empty);
    if lacks("prompt") || (what == "image2video" && lacks("image")) {
        return refuse(400, 1200, "Invalid request parameters");
    }
    if body["image"].as_str().is_some_and(|image| image.starts_with("data:")) {
        return refuse(400, 1201, "image must be a URL or Base64 without a prefix");
    }
    if shop.whim("coded") {
        return refuse(200, 1301, "Triggered the content security policy of the platform");
    }
    let own = body["external_task_id"].as_str().unwrap_or_default().to_owned();
    if !own.is_empty() && shop.books().work.iter().any(|work| work.key == own) {
        return refuse(400, 1201, "external_task_id is not unique");
    }
    let webhook = body["callback_url"].as_str().unwrap_or_default().to_owned();
    let fate = ["content", "empty"].into_iter().find(|whim| shop.whim(whim)).unwrap_or_default();
    let work = Work {
        key: own,
        model: body["model_name"].as_str().unwrap_or_default().into(),
        status: "submitted".into(),
        webhook: webhook.clone(),
        ..Work::default()
    };
    let id = shop.write(|books| {
        let id = books.accept("82149763240923", work);
        books.notes.insert(format!("fate {id}"), fate.into());
        books.notes.insert(format!("units {id}"), units.to_string());
        books.notes.insert(format!("what {id}"), what);
        id
    });
    let (ender, ended) = (shop.clone(), id.clone());
    by_itself(&webhook, move || turn(&ender, &ended, Stage::Over));
    let mut shown = shown(&shop, &id);
    // A task that was just made tells less of itself.
    for later in ["task_status_msg", "task_result", "final_unit_deduction"] {
        shown.as_object_mut().map(|shown| shown.remove(later));
    }
    let body = json!({ "code": 0, "message": "SUCCEED", "request_id": "r-1", "data": shown });
    answer(200, body)
}

async fn task(
    State(shop): State<Shop>,
    Path((medium, what, id)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    if let Some(response) = enter(&shop, format!("GET /v1/{medium}/{what}/{id}"), &headers) {
        return response;
    }
    let books = shop.books();
    // By its own id or by the caller's, and only where it was made.
    let known = books.work.iter().find(|work| work.id == id || (!id.is_empty() && work.key == id));
    let known = known.filter(|work| books.notes.get(&format!("what {}", work.id)) == Some(&what));
    let Some(stage) = known.and_then(|work| asked(&shop, &work.id, OVER)) else {
        return refuse(404, 1203, "The requested resource does not exist");
    };
    let id = known.map(|work| work.id.clone()).unwrap_or_default();
    turn(&shop, &id, stage);
    let data = shown(&shop, &id);
    answer(200, json!({ "code": 0, "message": "SUCCEED", "request_id": "r-1", "data": data }))
}

/// Brings work to a stage: bills it at its end, and tells each change.
fn turn(shop: &Shop, id: &str, stage: Stage) {
    let note = |what: &str| shop.books().notes.get(&format!("{what} {id}")).cloned();
    let failed = note("fate").as_deref() == Some("content");
    let units: f64 = note("units").and_then(|units| units.parse().ok()).unwrap_or(0.0);
    let status = match stage {
        Stage::Waiting => "submitted",
        Stage::Working => "processing",
        Stage::Over if failed => "failed",
        Stage::Over => "succeed",
    };
    let webhook = shop.write(|books| {
        let work = books.work(id).filter(|work| !OVER.contains(&work.status.as_str()))?;
        let changed = work.status != status;
        work.status = status.into();
        if status == "succeed" {
            work.micros = (units * UNIT).round() as i64;
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
    let time = now().0;
    let mut shown = json!({
        "task_id": id,
        "task_status": work.status,
        "task_status_msg": "",
        "task_info": { "external_task_id": work.key },
        "created_at": time,
        "updated_at": time,
    });
    match work.status.as_str() {
        "succeed" => {
            let at = |end: &str| format!("{}/files/{id}.{end}", shop.address());
            shown["final_unit_deduction"] = note("units").into();
            shown["task_result"] = match (note("fate").as_str(), note("what").as_str()) {
                ("empty", _) => json!({}),
                (_, "generations") => json!({ "images": [{ "index": 0, "url": at("png") }] }),
                _ => json!({ "videos": [{ "id": "v1", "url": at("mp4"), "duration": "5" }] }),
            };
        }
        "failed" => {
            shown["final_unit_deduction"] = "0".into();
            shown["task_status_msg"] = "Failure to pass the risk control system".into();
        }
        _ => {}
    }
    shown
}

/// A file, by a name whose end says what it is.
async fn output(State(shop): State<Shop>, Path(name): Path<String>) -> Response {
    match name.rsplit_once('.') {
        Some((stem, "png")) => file(&shop, "image/png", made::png(stem, 1360, 768)),
        Some((_, "mp4")) => file(&shop, "video/mp4", made::mp4(5)),
        _ => answer(404, json!({})),
    }
}
