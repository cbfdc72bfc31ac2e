//! The log as Server-Sent Events: a bounded hold, which `EventSource` resumes by itself from the last event it saw.

use crate::answer::echo;
use aws::http::{HttpRequest, HttpResponse};
use domain::problem::ProblemDocument;
use serde_json::Value;

/// How soon the next request should come, in milliseconds.
const RETRY_MS: u32 = 500;

/// Whether the caller reads a stream.
pub(super) fn asked(request: &HttpRequest) -> bool {
    let accept = request.header("accept").unwrap_or_default();
    accept
        .split(',')
        .filter_map(|range| range.split(';').next())
        .any(|range| range.trim().eq_ignore_ascii_case("text/event-stream"))
}

/// The event that the caller saw last: what `EventSource` says when it resumes.
pub(super) fn last_seen(request: &HttpRequest, most: u64) -> Result<Option<u64>, ProblemDocument> {
    let Some(text) = request.header("last-event-id") else { return Ok(None) };
    let number = text.trim().parse().ok().filter(|number| *number <= most);
    number.map(Some).ok_or_else(|| {
        let detail =
            format!("it is {:?} — send the number of an event, or leave it out", echo(text));
        ProblemDocument::header("Last-Event-ID", detail)
    })
}

/// What came since. Nothing, once the job has ended: `EventSource` takes a 204 for the end.
pub(super) fn answer(events: &[Value], terminal: bool) -> HttpResponse {
    if events.is_empty() && terminal {
        return HttpResponse::empty(204).with("cache-control", "no-store");
    }
    let mut body = format!("retry: {RETRY_MS}\n\n");
    for event in events {
        // JSON has no line breaks of its own.
        body.push_str(&format!("id: {}\ndata: {event}\n\n", event["n"]));
    }
    HttpResponse { body, ..HttpResponse::empty(200) }
        .with("content-type", "text/event-stream")
        .with("cache-control", "no-store")
}
