//! The double of an app of Modal web functions: `paint`, `sing` and `write` answer at once, `film` takes longer.
//!
//! Whims: `json` (outputs in JSON), `empty` (no output), `relative` and `abroad` (where the result is said to be),
//! `nowhere` (it is not said), `spawned` (a function that works in the background), `gone` (the result is expired).

use crate::books::Work;
use crate::{Shop, made};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// By when accepted work is done, in checks.
const CHECKS: u32 = 2;

/// What a call costs, in millionths of a dollar.
const MICROS: i64 = 5_000;

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/{function}", post(call).get(result))
        .layer(DefaultBodyLimit::disable())
        .with_state(shop)
}

/// What the proxy says to those who bring no token.
fn stranger(headers: &HeaderMap) -> Option<Response> {
    let has = |name: &str| headers.get(name).is_some_and(|value| !value.is_empty());
    let refused = "modal-http: missing credentials for proxy authorization";
    (!has("modal-key") || !has("modal-secret"))
        .then(|| (StatusCode::UNAUTHORIZED, refused).into_response())
}

async fn call(
    State(shop): State<Shop>,
    Path(function): Path<String>,
    headers: HeaderMap,
    Json(told): Json<Value>,
) -> Response {
    if let Some(refused) = stranger(&headers) {
        return refused;
    }
    let prompt = told["params"]["prompt"].as_str().unwrap_or_default();
    let Some(output) = output(&function, prompt) else {
        return (StatusCode::NOT_FOUND, "modal-http: invalid function call").into_response();
    };
    let whole = ["attempt", "kind", "outputs"].iter().all(|field| !told[field].is_null());
    if !whole || prompt.is_empty() {
        let body = json!({ "detail": [{ "loc": ["body"], "msg": "Field required" }] });
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response();
    }
    let long = function == "film";
    let work = Work {
        key: told["attempt"].as_str().unwrap_or_default().into(),
        model: function.clone(),
        status: if long { "running" } else { "done" }.into(),
        micros: if long { 0 } else { MICROS },
        ..Work::default()
    };
    let id = shop.write(|books| books.accept("fc-01JD", work));
    if !long {
        return sent(&shop, output);
    }
    shop.keep(&id, output);
    let place = format!("/{function}?__modal_function_call_id={id}");
    let place = match (shop.whim("relative"), shop.whim("abroad")) {
        (true, _) => place,
        (_, true) => format!("https://elsewhere.example{place}"),
        _ => format!("{}{place}", shop.address()),
    };
    match (shop.whim("nowhere"), shop.whim("spawned")) {
        (true, _) => (StatusCode::SEE_OTHER, "see other").into_response(),
        (_, true) => (StatusCode::ACCEPTED, [("location", place)], "see other").into_response(),
        _ => (StatusCode::SEE_OTHER, [("location", place)], "see other page").into_response(),
    }
}

fn output(function: &str, prompt: &str) -> Option<(String, Vec<u8>)> {
    match function {
        "paint" | "film" => Some(("image/png".into(), made::png(prompt, 512, 512))),
        "sing" => Some(("audio/wav".into(), made::wav(2))),
        "write" => Some(("text/plain; charset=utf-8".into(), format!("On {prompt}.").into())),
        _ => None,
    }
}

fn sent(shop: &Shop, (media_type, bytes): (String, Vec<u8>)) -> Response {
    if shop.whim("empty") {
        return [("content-type", media_type)].into_response();
    }
    if shop.whim("json") {
        let output = json!({ "base64": BASE64.encode(bytes) });
        let body = json!({ "outputs": { "image": output }, "usd": 0.005, "model": "flux-1" });
        return Json(body).into_response();
    }
    ([("content-type", media_type)], bytes).into_response()
}

async fn result(
    State(shop): State<Shop>,
    Path(function): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    if let Some(refused) = stranger(&headers) {
        return refused;
    }
    let id = query.get("__modal_function_call_id").cloned().unwrap_or_default();
    let checks = shop.write(|books| {
        let work = books.work(&id)?;
        work.checks += 1;
        if CHECKS <= work.checks {
            work.status = "done".into();
            work.micros = MICROS;
        }
        Some(work.checks)
    });
    let (Some(checks), false) = (checks, shop.whim("gone")) else {
        return (StatusCode::NOT_FOUND, "modal-http: invalid function call").into_response();
    };
    if checks < CHECKS {
        let place = format!("{}/{function}?__modal_function_call_id={id}", shop.address());
        return (StatusCode::SEE_OTHER, [("location", place)]).into_response();
    }
    shop.kept(&id).map_or_else(|| StatusCode::GONE.into_response(), |output| sent(&shop, output))
}
