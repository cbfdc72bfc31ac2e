//! What doubles of vendors with queues share: how work gets on, and how its end is told.

use crate::Shop;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use reqwest::StatusCode;
use std::time::Duration;

/// Work is done when it is asked about for this time.
const CHECKS: u32 = 3;

/// Work whose end is told ends by itself after this time, if nobody asks sooner.
const BY_ITSELF: Duration = Duration::from_millis(700);

/// How often an end is told to somebody who does not take it, and how long after each other.
const TELLS: u32 = 5;
const BETWEEN: Duration = Duration::from_millis(300);

/// How far work is that is asked about once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It waits.
    Waiting,
    /// It is worked on.
    Working,
    /// It is over.
    Over,
}

/// Counts a check of work that is not over; none where there is no such work.
pub(crate) fn asked(shop: &Shop, id: &str, over: &[&str]) -> Option<Stage> {
    shop.write(|books| {
        let work = books.work(id)?;
        work.checks += 1;
        let is_over = over.contains(&work.status.as_str()) || work.canceled;
        Some(match work.checks {
            _ if is_over => Stage::Over,
            1 => Stage::Waiting,
            checks if checks < CHECKS => Stage::Working,
            _ => Stage::Over,
        })
    })
}

/// Ends work a while later, where its end is to be told.
pub(crate) fn by_itself(webhook: &str, end: impl FnOnce() + Send + 'static) {
    if !webhook.is_empty() {
        tokio::spawn(async move {
            tokio::time::sleep(BY_ITSELF).await;
            end();
        });
    }
}

/// Posts a webhook, and again where nobody takes it.
pub(crate) fn tell(url: String, headers: Vec<(&'static str, String)>, body: String) {
    if url.is_empty() {
        return;
    }
    tokio::spawn(async move {
        let client = reqwest::Client::new();
        for _ in 0..TELLS {
            let mut post = client.post(&url).header("content-type", "application/json");
            for (name, value) in &headers {
                post = post.header(*name, value);
            }
            let taken = post.body(body.clone()).send().await;
            if taken.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(BETWEEN).await;
        }
    });
}

/// A header as text; empty where there is none.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// A JSON answer.
pub(crate) fn answer(status: u16, body: serde_json::Value) -> Response {
    let status = StatusCode::from_u16(status).expect("doubles answer with statuses that exist");
    (status, axum::Json(body)).into_response()
}

/// A file, unless its time is over.
pub(crate) fn file(shop: &Shop, media_type: &str, bytes: Vec<u8>) -> Response {
    if shop.whim("expired") {
        return answer(404, serde_json::json!({ "detail": "Not Found" }));
    }
    ([("content-type", media_type.to_owned())], bytes).into_response()
}
