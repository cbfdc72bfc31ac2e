//! What was said between an adapter and a double, and whether it is what the vendor's own schemas say.

use crate::parts::Parts;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex};

/// Where exchanges are kept.
#[derive(Clone, Debug, Default)]
pub struct Kept(Arc<Mutex<Vec<Exchange>>>);

/// A request, and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Method and path.
    pub call: String,
    /// The body of the request; a form as an object, in which files are only named.
    pub request: Value,
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer; null where it is no JSON.
    pub answer: Value,
}

impl Kept {
    /// What was kept.
    pub fn all(&self) -> Vec<Exchange> {
        self.0.lock().expect("no test panics while it holds it").clone()
    }

    pub(crate) async fn run(self, request: Request, next: Next) -> Response {
        let call = format!("{} {}", request.method(), request.uri().path());
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let again = || Request::from_parts(parts.clone(), Body::from(bytes.clone()));
        let said = match serde_json::from_slice(&bytes) {
            Ok(said) => said,
            Err(_) => Parts::of(again()).await.map(form).unwrap_or_default(),
        };
        let (head, body) = next.run(again()).await.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let answer = serde_json::from_slice(&bytes).unwrap_or_default();
        let exchange = Exchange { call, request: said, status: head.status.as_u16(), answer };
        self.0.lock().expect("no test panics while it holds it").push(exchange);
        Response::from_parts(head, Body::from(bytes))
    }
}

/// A form as an object: a field that comes several times is a list.
fn form(parts: Parts) -> Value {
    let mut object = Map::new();
    for part in parts.0 {
        let value = match part.file.is_empty() {
            true => String::from_utf8_lossy(&part.bytes).into_owned(),
            false => format!("<{} bytes of {}>", part.bytes.len(), part.media_type),
        };
        match part.name.strip_suffix("[]") {
            Some(name) => {
                let list = object.entry(name).or_insert(json!([]));
                list.as_array_mut().expect("a field is a list or none").push(value.into());
            }
            None => {
                object.insert(part.name, value.into());
            }
        }
    }
    object.into()
}

/// Panics unless a value is what a schema of an OpenAPI document says, such as `ErrorResponse`.
#[track_caller]
pub fn holds(document: &Value, schema: &str, value: &Value) {
    let pointer = format!("#/components/schemas/{schema}");
    let whole = json!({ "$ref": pointer, "components": document["components"] });
    let validator = jsonschema::validator_for(&whole).expect("the document has this schema");
    let wrong: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{schema}: {wrong:#?}\nin {value:#}");
}
