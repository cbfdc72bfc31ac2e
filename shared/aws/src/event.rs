//! What may wake a function that listens to more than one source.

use crate::http::{HttpRequest, HttpResponse};
use domain::Result;
use serde::Serialize;
use serde_json::{Map, Value};

/// An event, told apart by its shape.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A request of the HTTP API.
    Http(HttpRequest),
    /// An event of EventBridge: an upload, a schedule's tick, an execution's end.
    EventBridge {
        /// Its id; the same when it is delivered again.
        id: String,
        /// Who sent it, such as `aws.s3`.
        source: String,
        /// What kind it is, such as `Object Created`.
        detail_type: String,
        /// When it happened, in RFC 3339.
        time: String,
        /// What happened.
        detail: Value,
        /// What else its envelope says: account, region, resources.
        rest: Map<String, Value>,
        /// The trace that this invocation begins or continues.
        traceparent: String,
    },
    /// A connection of the WebSocket API opens, says something, or is gone.
    Talk(Talk),
    /// Anything else: a call of the state machine.
    Other(Value),
}

/// What API Gateway tells of a WebSocket connection.
#[derive(Clone, PartialEq, Eq)]
pub struct Talk {
    /// `$connect`, `$disconnect`, or the route of what was said.
    pub route: String,
    /// The connection.
    pub connection: String,
    /// The request's id, which the logs have too.
    pub request: String,
    /// What was said.
    pub text: String,
}

/// What was said stays out of logs: it may hold a token.
impl std::fmt::Debug for Talk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}, {} bytes", self.route, self.connection, self.text.len())
    }
}

impl Talk {
    fn parse(event: &Value) -> Option<Self> {
        let context = |name: &str| event["requestContext"][name].as_str().map(str::to_owned);
        Some(Self {
            connection: context("connectionId")?,
            route: context("routeKey")?,
            request: context("requestId").unwrap_or_default(),
            text: event["body"].as_str().unwrap_or_default().to_owned(),
        })
    }
}

impl Event {
    /// Tells an event by its shape.
    pub fn parse(event: Value) -> Result<Self> {
        if HttpRequest::is_one(&event) {
            return HttpRequest::parse(event).map(Self::Http);
        }
        if let Some(talk) = Talk::parse(&event) {
            return Ok(Self::Talk(talk));
        }
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        if event["detail-type"].is_string() && event["source"].is_string() {
            return Ok(Self::EventBridge {
                id: text("id"),
                source: text("source"),
                detail_type: text("detail-type"),
                time: text("time"),
                detail: event["detail"].clone(),
                rest: rest(&event),
                traceparent: text("traceparent"),
            });
        }
        Ok(Self::Other(event))
    }
}

/// What [`Event::EventBridge`] has no field for.
fn rest(event: &Value) -> Map<String, Value> {
    let fields = event.as_object().into_iter().flatten();
    let known = ["id", "source", "detail-type", "time", "detail", "traceparent"];
    let others = fields.filter(|(name, _)| !known.contains(&name.as_str()));
    others.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// What a function answers to an [`Event`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Reply {
    /// To a request.
    Http(HttpResponse),
    /// To anything else.
    Value(Value),
}

impl From<HttpResponse> for Reply {
    fn from(response: HttpResponse) -> Self {
        Self::Http(response)
    }
}

impl From<Value> for Reply {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl From<()> for Reply {
    fn from((): ()) -> Self {
        Self::Value(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_request_is_told_by_its_context() {
        let event = json!({
            "version": "2.0", "routeKey": "GET /v1/jobs", "rawPath": "/v1/jobs",
            "requestContext": { "http": { "method": "GET" } }
        });
        assert!(matches!(Event::parse(event), Ok(Event::Http(request)) if request.method == "GET"));
    }

    #[test]
    fn an_event_of_eventbridge_is_told_by_its_envelope() {
        let event = json!({
            "id": "e1", "source": "aws.states", "time": "2026-01-01T00:00:00Z",
            "detail-type": "Step Functions Execution Status Change", "detail": { "status": "FAILED" }
        });
        let Ok(Event::EventBridge { id, source, detail, .. }) = Event::parse(event) else {
            panic!("not an event of EventBridge")
        };
        assert_eq!((id.as_str(), source.as_str()), ("e1", "aws.states"));
        assert_eq!(detail["status"], "FAILED");
    }

    #[test]
    fn a_connection_is_told_by_its_id_and_what_it_says_is_not_printed() {
        let event = json!({
            "requestContext": { "connectionId": "c1=", "routeKey": "$default", "requestId": "r1" },
            "body": "{\"token\": \"jt_secret\"}", "isBase64Encoded": false
        });
        let Ok(Event::Talk(talk)) = Event::parse(event) else { panic!("not a connection") };
        assert_eq!((talk.route.as_str(), talk.text.len()), ("$default", 22));
        assert_eq!(format!("{talk:?}"), "$default of c1=, 22 bytes");
    }

    #[test]
    fn anything_else_is_left_as_it_is() {
        let call = json!({ "job": "j1", "run": 1 });
        assert_eq!(Event::parse(call.clone()), Ok(Event::Other(call)));
    }

    #[test]
    fn a_reply_is_written_without_a_wrapper() {
        let reply = Reply::from(HttpResponse::empty(204));
        assert_eq!(serde_json::to_value(reply).unwrap()["statusCode"], 204);
        assert_eq!(serde_json::to_value(Reply::from(())).unwrap(), Value::Null);
    }
}
