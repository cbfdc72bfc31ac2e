//! The Lambda loop: the only file that knows the runtime.

use crate::clock;
use crate::env::StartError;
use crate::event::{Event, Reply};
use crate::http::{HttpRequest, HttpResponse};
use crate::log;
use crate::message::SqsMessage;
use crate::queue::SqsQueue;
use crate::trace::Trace;
use domain::{Error, Result, Time, schema};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tracing::Instrument;

mod outbox;

pub use outbox::serve_outbox;

/// A message, other than the first, that would begin with less than this left goes back to the queue, in milliseconds.
///
/// A function that is killed leaves all its messages hidden until their visibility ends.
const ROOM_MS: i64 = 10_000;

/// Serves calls of the state machine: JSON in, JSON out, errors under names that it can match.
///
/// The input's `traceparent` is replaced by that of this call, so that whatever the handler hands on
/// continues the trace from here.
pub async fn serve<I, O>(handle: impl AsyncFn(I) -> Result<O>) -> Result<(), StartError>
where
    I: DeserializeOwned,
    O: Serialize,
{
    run(async |event, _| answer(&handle, event).await).await
}

/// Serves a function that listens to HTTP and to other events as well.
///
/// A request is always answered: a handler's error becomes a problem document. To other callers it
/// is an error under its name, as with [`serve`].
pub async fn serve_events<R: Into<Reply>>(
    handle: impl AsyncFn(Event) -> Result<R>,
) -> Result<(), StartError> {
    run(async |event, _| reply(&handle, event).await).await
}

/// Serves a queue: one message after the other, each succeeding or failing by itself.
///
/// The event source mapping must say `ReportBatchItemFailures`. Every failed message goes back to
/// the queue, also one that can never work: after as many deliveries as the queue allows it lies
/// with the dead letters, where the alarm is and where nothing is lost.
pub async fn serve_queue<I: DeserializeOwned>(
    handle: impl AsyncFn(I) -> Result<()>,
) -> Result<(), StartError> {
    let each = async |record: &Value| message(&handle, record).await;
    run(async |event, deadline| batch(&each, event, deadline).await).await
}

/// Serves a queue as [`serve_queue`] does, and whatever else comes as [`serve_events`] does.
///
/// The handler holds its message itself, for as long as it wants to; one that failed comes again soon.
pub async fn serve_held_and_events<I: DeserializeOwned, R: Into<Reply>>(
    queue: &SqsQueue,
    handle: impl AsyncFn(I, &SqsMessage<'_>) -> Result<()>,
    event: impl AsyncFn(Event) -> Result<R>,
) -> Result<(), StartError> {
    let each = async |record: &Value| held(queue, &handle, record).await;
    run(async |input, deadline| match input["Records"].is_array() {
        true => batch(&each, input, deadline).await,
        false => reply(&event, input).await,
    })
    .await
}

async fn held<I: DeserializeOwned>(
    queue: &SqsQueue,
    handle: &impl AsyncFn(I, &SqsMessage<'_>) -> Result<()>,
    record: &Value,
) -> Result<()> {
    let held = queue.message(record);
    let done = message(&async |input| handle(input, &held).await, record).await;
    if done.is_err() {
        // Where that fails too it comes again later, when the queue shows it by itself.
        let _ = held.come_again().await;
    }
    done
}

async fn run(invoke: impl AsyncFn(Value, Time) -> Result<Value>) -> Result<(), StartError> {
    log::start();
    let invoke = &invoke;
    let service = service_fn(async move |event: LambdaEvent<Value>| {
        let deadline = Time(i64::try_from(event.context.deadline).unwrap_or(i64::MAX));
        let span = tracing::info_span!("invocation", request_id = event.context.request_id);
        // Boxed, as is the loop itself: the compiler gives up on futures nested too deep.
        let work = Box::pin(invoke(event.payload, deadline));
        async { work.await.map_err(|error| diagnostic(&error)) }.instrument(span).await
    });
    Box::pin(lambda_runtime::run(service))
        .await
        .map_err(|cause| StartError::Runtime(cause.to_string()))
}

/// Gives the state machine a name it can match, instead of a Rust type path.
fn diagnostic(error: &Error) -> Diagnostic {
    Diagnostic { error_type: error.name().into(), error_message: error.to_string() }
}

/// One line per failure, at the edge that handles it.
fn logged<T>(result: Result<T>) -> Result<T> {
    match &result {
        Err(error @ Error::Fault(_)) => tracing::error!(error = error.name(), "{error}"),
        Err(error) => tracing::warn!(error = error.name(), "{error}"),
        Ok(_) => {}
    }
    result
}

async fn answer<I, O>(handle: &impl AsyncFn(I) -> Result<O>, mut input: Value) -> Result<Value>
where
    I: DeserializeOwned,
    O: Serialize,
{
    let span = entered(&mut input);
    let work = async {
        let output = handle(parse(input)?).await?;
        let output = serde_json::to_value(output);
        output.map_err(|cause| Error::Fault(format!("answer: {cause}")))
    };
    let told = async {
        let output = logged(work.await)?;
        tracing::info!("done: {output}");
        Ok(output)
    };
    told.instrument(span).await
}

async fn reply<R: Into<Reply>>(
    handle: &impl AsyncFn(Event) -> Result<R>,
    mut event: Value,
) -> Result<Value> {
    let request = HttpRequest::is_one(&event);
    let span = if request { entered(&mut event["headers"]) } else { entered(&mut event) };
    let route = event["routeKey"].as_str().unwrap_or_default().to_owned();
    let trace = event["headers"]["traceparent"].as_str().and_then(Trace::parse);
    let instance = trace.map_or_else(|| "unknown".into(), |trace| trace.trace_id);
    let work = async { Ok(handle(Event::parse(event)?).await?.into()) };
    let told = async {
        let reply = logged(work.await)?;
        match &reply {
            // Bodies are for their callers only: they may hold tokens, addresses and prompts.
            Reply::Http(response) => tracing::info!("{route}: {}", response.status),
            Reply::Value(value) => tracing::info!("done: {value}"),
        }
        Ok(reply)
    };
    let reply = match told.instrument(span).await {
        Err(error) if request => Reply::Http(HttpResponse::failure(&error, &instance)),
        reply => reply?,
    };
    serde_json::to_value(reply).map_err(|cause| Error::Fault(format!("answer: {cause}")))
}

async fn batch(
    each: &impl AsyncFn(&Value) -> Result<()>,
    event: Value,
    deadline: Time,
) -> Result<Value> {
    let Some(records) = event["Records"].as_array() else {
        return logged(Err(Error::Invalid("the event has no records".into())));
    };
    let mut failures = Vec::new();
    for (at, record) in records.iter().enumerate() {
        let id = record["messageId"].as_str().unwrap_or_default();
        let done = if 0 < at && deadline.since_ms(clock::now()) < ROOM_MS {
            logged(Err(Error::Again(format!("no time left for message {id}"))))
        } else {
            each(record).await
        };
        if done.is_err() {
            failures.push(json!({ "itemIdentifier": id }));
        }
    }
    Ok(json!({ "batchItemFailures": failures }))
}

async fn message<I>(handle: &impl AsyncFn(I) -> Result<()>, record: &Value) -> Result<()>
where
    I: DeserializeOwned,
{
    match serde_json::from_str::<Value>(record["body"].as_str().unwrap_or_default()) {
        Ok(input) => {
            // What a later release sent goes back to its queue.
            logged(schema::readable(input.get(schema::FIELD), "message"))?;
            answer(handle, input).await.map(drop)
        }
        Err(cause) => logged(Err(Error::Invalid(format!("message does not parse: {cause}")))),
    }
}

/// The runtime would report a bad payload under its own type path; we call it `Invalid`.
fn parse<I: DeserializeOwned>(input: Value) -> Result<I> {
    serde_json::from_value(input)
        .map_err(|cause| Error::Invalid(format!("input does not parse: {cause}")))
}

/// Continues the caller's trace: its `traceparent` gives way to ours, and the log lines say both.
fn entered(carrier: &mut Value) -> tracing::Span {
    let trace = Trace::continued(carrier["traceparent"].as_str(), clock::random());
    let text = |name: &str| carrier[name].as_str();
    let span = tracing::info_span!(
        "call",
        job = text("job"),
        step = text("step"),
        attempt = text("attempt"),
        tenant = text("tenant"),
        trace_id = trace.trace_id,
        span_id = trace.span_id,
        parent_id = trace.parent_id,
    );
    if let Value::Object(carrier) = carrier {
        carrier.insert("traceparent".into(), trace.to_string().into());
    }
    span
}

#[cfg(test)]
mod tests;
