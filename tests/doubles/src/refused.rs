//! A refusal of a double's, which ends whatever it was about to do.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// The answer that refuses.
#[derive(Debug)]
pub(crate) struct Refused(Box<Response>);

impl Refused {
    /// A refusal of this status, with this body.
    pub(crate) fn new(status: u16, body: &Value) -> Self {
        let status = StatusCode::from_u16(status).expect("a status that exists");
        Self(Box::new((status, Json(body)).into_response()))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}
