//! Requests and answers of the HTTP API, in API Gateway's payload format 2.0.

use crate::trace::Trace;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::problem::{ProblemDocument, ProblemType};
use domain::{Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A request.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct HttpRequest {
    /// Such as `GET`.
    pub method: String,
    /// The path as it came, with the stage's name in front unless that is `$default`.
    pub path: String,
    /// The route that matched, such as `GET /v1/jobs/{id}`.
    pub route: String,
    /// What the route's braces matched, decoded.
    pub parameters: BTreeMap<String, String>,
    /// The query, decoded; a name that came twice has its values joined by a comma.
    pub query: BTreeMap<String, String>,
    /// The headers, by names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, byte for byte: signatures are over these.
    pub body: Vec<u8>,
}

/// Bodies and keys stay out of logs.
impl std::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}, {} bytes", self.method, self.path, self.body.len())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    route_key: String,
    raw_path: String,
    #[serde(default)]
    path_parameters: Option<BTreeMap<String, String>>,
    #[serde(default)]
    query_string_parameters: Option<BTreeMap<String, String>>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    cookies: Vec<String>,
    request_context: Context,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
struct Context {
    http: Line,
}

#[derive(Deserialize)]
struct Line {
    method: String,
}

impl HttpRequest {
    /// Whether an event is a request.
    pub(crate) fn is_one(event: &Value) -> bool {
        event["requestContext"]["http"].is_object()
    }

    /// Reads API Gateway's event.
    pub fn parse(event: Value) -> Result<Self> {
        let invalid = |cause: String| Error::Invalid(format!("http request: {cause}"));
        let payload: Payload =
            serde_json::from_value(event).map_err(|cause| invalid(cause.to_string()))?;
        let body = payload.body.unwrap_or_default();
        let body = if payload.is_base64_encoded {
            BASE64.decode(body).map_err(|cause| invalid(cause.to_string()))?
        } else {
            body.into_bytes()
        };
        let lower = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
        let mut headers: BTreeMap<_, _> = payload.headers.into_iter().map(lower).collect();
        if !payload.cookies.is_empty() {
            headers.insert("cookie".into(), payload.cookies.join("; "));
        }
        Ok(Self {
            method: payload.request_context.http.method,
            path: payload.raw_path,
            route: payload.route_key,
            parameters: payload.path_parameters.unwrap_or_default(),
            query: payload.query_string_parameters.unwrap_or_default(),
            headers,
            body,
        })
    }

    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// What `Authorization: Bearer` carries.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// The trace that all log lines of this request carry.
    pub fn instance(&self) -> String {
        let trace = self.header("traceparent").and_then(Trace::parse);
        trace.map_or_else(|| "unknown".into(), |trace| trace.trace_id)
    }

    /// What a part of the path is; empty if the route has no such part.
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body)
            .map_err(|cause| Error::Invalid(format!("the body does not parse: {cause}")))
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HttpResponse {
    /// The status.
    #[serde(rename = "statusCode")]
    pub status: u16,
    /// The headers, by names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Cookies to be set, each with its attributes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cookies: Vec<String>,
    /// The body.
    pub body: String,
}

impl HttpResponse {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: BTreeMap::new(), cookies: Vec::new(), body: String::new() }
    }

    /// The same with one more cookie.
    pub fn cookie(mut self, cookie: String) -> Self {
        self.cookies.push(cookie);
        self
    }

    /// An answer in JSON.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body).unwrap_or_default();
        Self { body, ..Self::empty(status) }.with("content-type", "application/json")
    }

    /// A problem document (RFC 9457) as it stands.
    pub fn problem(status: u16, document: &Value) -> Self {
        Self::json(status, document).with("content-type", "application/problem+json")
    }

    /// The same with a header.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.to_ascii_lowercase(), value.into());
        self
    }
}

impl HttpResponse {
    /// A handler's failure as its caller over HTTP sees it: what to do next, and nothing of our insides.
    pub fn failure(error: &Error, instance: &str) -> Self {
        let document = match error {
            Error::Again(_) => {
                let detail = "a store did not answer in time, or another request was faster";
                ProblemDocument::new(ProblemType::TryAgain, detail)
            }
            Error::Invalid(why) => ProblemDocument::new(ProblemType::MalformedBody, why),
            Error::Fault(_) => {
                let detail = "the request was read, and we failed to carry it out";
                ProblemDocument::new(ProblemType::Internal, detail)
            }
        };
        Self::refusal(&document, instance)
    }

    /// What is answered instead, with the headers that belong to its status.
    pub fn refusal(document: &ProblemDocument, instance: &str) -> Self {
        let answer = Self::problem(document.kind.status(), &document.json(instance));
        match document.kind.status() {
            401 => answer.with("www-authenticate", "Bearer realm=\"galley\", charset=\"UTF-8\""),
            503 => answer.with("retry-after", "1"),
            _ => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event() -> Value {
        json!({
            "version": "2.0",
            "routeKey": "POST /v1/reports/{attempt}",
            "rawPath": "/v1/reports/j1.generate.1",
            "rawQueryString": "wait=5",
            "headers": { "Authorization": "bearer gk_1", "content-type": "application/json" },
            "queryStringParameters": { "wait": "5" },
            "pathParameters": { "attempt": "j1.generate.1" },
            "requestContext": { "http": { "method": "POST", "path": "/v1/reports/j1.generate.1" } },
            "body": "eyJhIjoxfQ==",
            "isBase64Encoded": true
        })
    }

    #[test]
    fn a_request_is_read_from_the_gateways_event() {
        let request = HttpRequest::parse(event()).unwrap();
        assert_eq!(request.route, "POST /v1/reports/{attempt}");
        assert_eq!(request.method, "POST");
        assert_eq!(request.parameter("attempt"), "j1.generate.1");
        assert_eq!(request.parameter("absent"), "");
        assert_eq!(request.query["wait"], "5");
        assert_eq!(request.body, br#"{"a":1}"#);
        assert_eq!(request.json::<Value>().unwrap()["a"], 1);
        assert_eq!(request.bearer(), Some("gk_1"));
    }

    #[test]
    fn a_request_may_have_neither_body_nor_query() {
        let request = HttpRequest::parse(json!({
            "routeKey": "$default", "rawPath": "/", "headers": {},
            "requestContext": { "http": { "method": "GET" } }
        }));
        let request = request.unwrap();
        assert!(request.body.is_empty() && request.query.is_empty());
        assert_eq!(request.bearer(), None);
        assert!(matches!(request.json::<Value>(), Err(Error::Invalid(_))));
    }

    #[test]
    fn cookies_come_and_go_in_lists_of_their_own() {
        let mut with = event();
        with["cookies"] = json!(["a=1", "b=2"]);
        assert_eq!(HttpRequest::parse(with).unwrap().header("cookie"), Some("a=1; b=2"));
        assert_eq!(HttpRequest::parse(event()).unwrap().header("cookie"), None);
        let answer = serde_json::to_value(HttpResponse::empty(204).cookie("a=1; Path=/".into()));
        assert_eq!(answer.unwrap()["cookies"], json!(["a=1; Path=/"]));
    }

    #[test]
    fn a_request_is_printed_without_its_body_and_keys() {
        let request = HttpRequest::parse(event()).unwrap();
        assert_eq!(format!("{request:?}"), "POST /v1/reports/j1.generate.1, 7 bytes");
    }

    #[test]
    fn an_answer_is_what_the_gateway_expects() {
        let answer =
            HttpResponse::json(202, &json!({ "id": "j1" })).with("Location", "/v1/jobs/j1");
        assert_eq!(
            serde_json::to_value(answer).unwrap(),
            json!({
                "statusCode": 202,
                "headers": { "content-type": "application/json", "location": "/v1/jobs/j1" },
                "body": "{\"id\":\"j1\"}"
            })
        );
    }

    #[test]
    fn a_failure_tells_the_caller_what_to_do_and_nothing_of_our_insides() {
        let again = Error::Again("dynamodb get JOB#1: throttled".into());
        let again = HttpResponse::failure(&again, "t1");
        assert_eq!((again.status, again.headers["retry-after"].as_str()), (503, "1"));
        assert!(!again.body.contains("dynamodb") && again.body.contains("\"instance\":\"t1\""));
        let fault = HttpResponse::failure(&Error::Fault("arn:aws:iam::1".into()), "t1");
        assert!(fault.status == 500 && !fault.body.contains("arn"));
        let invalid = HttpResponse::failure(&Error::Invalid("limit is no number".into()), "t1");
        assert!(invalid.status == 400 && invalid.body.contains("limit is no number"));
        assert_eq!(invalid.headers["content-type"], "application/problem+json");
    }
}
