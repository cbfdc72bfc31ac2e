//! Publishing targets that are not there: each keeps books of what appeared, how often, and with which alt text.

pub mod bluesky;
pub mod conformance;
pub mod contentful;
pub mod devto;
pub mod directus;
pub mod ghost;
pub mod hashnode;
pub mod linkedin;
pub mod mastodon;
mod oauth;
pub mod paragraph;
pub mod s3;
pub mod sanity;
pub mod strapi;
pub mod webhook;
pub mod wordpress;
pub mod x;

use crate::Shop;
use crate::books::{Books, Filed};
use crate::parts::Parts;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::sign::sha256;
use serde_json::Value;
use std::collections::BTreeMap;

/// A whole request, as targets look at it.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// Its method.
    pub method: String,
    /// Its path, without what follows a question mark.
    pub path: String,
    /// What follows the question mark.
    pub query: BTreeMap<String, String>,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// Its body as JSON; null where it is none.
    pub json: Value,
    /// Its body as a form of several parts; empty where it is none.
    pub parts: Parts,
}

/// What a target answers.
pub type Answer = Result<Response, Response>;

/// Lets a target answer all calls, and write each of them down.
pub fn serve(shop: Shop, answer: fn(&Shop, &Call) -> Answer) -> Router {
    let answer = async move |State(shop): State<Shop>, request: Request| {
        let call = Call::of(request).await;
        shop.write(|books| books.calls.push(format!("{} {}", call.method, call.path)));
        answer(&shop, &call).unwrap_or_else(|refused| refused)
    };
    // Films are larger than what bodies usually may be.
    Router::new().fallback(answer).layer(DefaultBodyLimit::disable()).with_state(shop)
}

impl Call {
    async fn of(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let again = Request::from_parts(parts.clone(), Body::from(body.clone()));
        Self {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: pairs(parts.uri.query().unwrap_or_default()),
            headers: parts.headers,
            json: serde_json::from_slice(&body).unwrap_or_default(),
            parts: Parts::of(again).await.unwrap_or_default(),
            body,
        }
    }

    /// Method and path, by which it is told what to do.
    pub fn at(&self) -> (&str, Vec<&str>) {
        (&self.method, self.path.split('/').filter(|part| !part.is_empty()).collect())
    }

    /// A header as text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// What follows `Bearer` in its credentials.
    pub fn bearer(&self) -> &str {
        self.header("authorization").strip_prefix("Bearer ").unwrap_or_default()
    }

    /// A part of its query; empty where there is none.
    pub fn asked(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    /// Its body as a form of pairs.
    pub fn form(&self) -> BTreeMap<String, String> {
        pairs(&String::from_utf8_lossy(&self.body))
    }
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://double/?{text}"));
    url.map(|url| url.query_pairs().into_owned().collect()).unwrap_or_default()
}

/// A JSON answer.
pub fn say(status: u16, body: Value) -> Response {
    (code(status), axum::Json(body)).into_response()
}

/// An answer without a body.
pub fn silent(status: u16) -> Response {
    code(status).into_response()
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).expect("targets answer with statuses that exist")
}

/// The same answer with a header.
pub fn with(mut response: Response, name: &'static str, value: &str) -> Response {
    let value = HeaderValue::from_str(value).expect("it can be sent in a header");
    response.headers_mut().insert(HeaderName::from_static(name), value);
    response
}

/// A text at a pointer; empty where there is none.
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Files bytes under the next id.
pub fn file(books: &mut Books, name: &str, media_type: &str, bytes: &[u8]) -> Filed {
    let filed = Filed {
        id: (books.files.len() + 11).to_string(),
        name: name.into(),
        media_type: media_type.into(),
        sha256: sha256(bytes),
        bytes: bytes.len(),
        alt: String::new(),
        ready: true,
    };
    books.files.push(filed.clone());
    filed
}

/// A name that nobody has: with `-2` and so on behind it where it is taken.
pub fn unused(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|n| format!("{name}-{n}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !is_taken(name)).unwrap_or_default()
}

/// A name as it stands in an address: small letters, digits and hyphens.
pub fn slug(text: &str) -> String {
    let plain = text.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    words.join("-")
}
