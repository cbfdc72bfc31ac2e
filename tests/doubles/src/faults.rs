//! What can be wrong with any vendor's answer.

use crate::spec::Kept;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// Faults that are ordered.
#[derive(Debug, Default)]
pub struct Faults {
    /// Of the next answers.
    pub next: VecDeque<Fault>,
    /// Of the next answers to calls that begin so, such as `POST /wp-json/wp/v2/posts`.
    pub on: VecDeque<(String, Fault)>,
    /// Where all is kept that is said and has no fault.
    pub kept: Option<Kept>,
    /// Of the vendor's own.
    pub whims: BTreeSet<&'static str>,
}

impl Faults {
    /// The fault that this call meets, which is over then.
    pub(crate) fn met(&mut self, call: &str) -> Option<Fault> {
        let of_call = self.on.iter().position(|(begins, _)| call.starts_with(begins.as_str()));
        match of_call {
            Some(place) => self.on.remove(place).map(|(_, fault)| fault),
            None => self.next.pop_front().or_else(|| self.kept.clone().map(Fault::Kept)),
        }
    }
}

/// A fault of one answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// None: this answer is as it should be.
    None,
    /// None, and what is said is kept here.
    Kept(Kept),
    /// Nothing is done; this status, these headers, this body.
    Instead(u16, Vec<(&'static str, String)>, Value),
    /// It is done, and answered with this status and body.
    DoneBut(u16, Value),
    /// It is done, and answered so much later.
    Slow(Duration),
    /// It is done; the JSON answer lacks what lies at this pointer, such as `/data/0/b64_json`.
    Without(String),
    /// It is done; the JSON answer has another value at this pointer.
    With(String, Value),
    /// It is done; the answer has a header more.
    Also(&'static str, String),
    /// It is done; the body ends after so many bytes, with its connection.
    CutAfter(usize),
}

impl Fault {
    pub(crate) async fn apply(self, request: Request, next: Next) -> Response {
        match self {
            Self::None => next.run(request).await,
            Self::Kept(kept) => kept.run(request, next).await,
            Self::Instead(status, headers, body) => answer(status, headers, &body),
            Self::DoneBut(status, body) => {
                next.run(request).await;
                answer(status, Vec::new(), &body)
            }
            Self::Slow(time) => {
                let response = next.run(request).await;
                tokio::time::sleep(time).await;
                response
            }
            Self::Without(pointer) => {
                edited(next.run(request).await, |body| remove(body, &pointer)).await
            }
            Self::With(pointer, value) => {
                edited(next.run(request).await, |body| {
                    if let Some(place) = body.pointer_mut(&pointer) {
                        *place = value;
                    }
                })
                .await
            }
            Self::Also(name, value) => {
                let mut response = next.run(request).await;
                head(&mut response, name, &value);
                response
            }
            Self::CutAfter(length) => {
                let (mut parts, body) = next.run(request).await.into_parts();
                let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
                parts.headers.insert("content-length", HeaderValue::from(bytes.len()));
                let part = bytes.slice(..length.min(bytes.len()));
                // A body that errs ends its connection.
                let chunks = [Ok(part), Err(std::io::Error::other("cut"))];
                let body = Body::from_stream(futures_util::stream::iter(chunks));
                Response::from_parts(parts, body)
            }
        }
    }
}

fn answer(status: u16, headers: Vec<(&'static str, String)>, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).expect("tests name statuses that exist");
    let mut response = (status, axum::Json(body.clone())).into_response();
    for (name, value) in headers {
        head(&mut response, name, &value);
    }
    response
}

fn head(response: &mut Response, name: &'static str, value: &str) {
    let value = HeaderValue::from_str(value).expect("tests name headers that can be sent");
    response.headers_mut().insert(HeaderName::from_static(name), value);
}

async fn edited(response: Response, edit: impl FnOnce(&mut Value)) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    edit(&mut value);
    parts.headers.remove("content-length");
    Response::from_parts(parts, Body::from(value.to_string()))
}

/// Takes out what lies at a pointer.
fn remove(body: &mut Value, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    match body.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            fields.remove(name);
        }
        Some(Value::Array(items)) => {
            if let Ok(index) = name.parse::<usize>()
                && index < items.len()
            {
                items.remove(index);
            }
        }
        _ => {}
    }
}
