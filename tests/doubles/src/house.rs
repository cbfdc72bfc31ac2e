//! A scorer of one's own: verifies the signature, and scores what it is shown.
//!
//! Whims: `flagged`, `nonsense` (no score).

use crate::Shop;
use crate::books::Work;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use domain::notify::signature::Secret;
use serde_json::{Value, json};

/// The secret that it knows.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/v1/{scorer}", post(score))
        .layer(DefaultBodyLimit::disable())
        .with_state(shop)
}

fn error(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).expect("it answers with statuses that exist");
    (status, Json(json!({ "error": message }))).into_response()
}

fn signed(headers: &HeaderMap, body: &[u8]) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(id), Some(sent), Some(given)) =
        (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"))
    else {
        return false;
    };
    let secret = Secret::parse(SECRET).expect("it is one");
    let sent: i64 = sent.parse().unwrap_or_default();
    given == secret.sign(id, sent, body)
}

async fn score(
    State(shop): State<Shop>,
    Path(scorer): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !signed(&headers, &body) {
        return error(401, "the signature is not ours");
    }
    if scorer.starts_with("gone") {
        return error(404, "no such scorer");
    }
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let images = asked["images"].as_array().map_or(0, Vec::len);
    let text = asked["text"].as_str().unwrap_or_default();
    if images == 0 && text.is_empty() {
        return error(422, "there is nothing to score");
    }
    let key = asked["attempt"].as_str().unwrap_or_default().to_owned();
    let micros = 500;
    let work = Work { key, model: scorer, status: "done".into(), micros, ..Work::default() };
    shop.write(|books| books.accept("score", work));
    if shop.whim("nonsense") {
        return Json(json!({ "score": "very good" })).into_response();
    }
    let flagged = shop.whim("flagged");
    Json(json!({
        "score": 0.9, "reason": "as we like it", "flagged": flagged, "usd": 0.0005, "model": "house-3",
    }))
    .into_response()
}
