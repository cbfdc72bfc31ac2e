//! What the loop does with events, without a runtime around it.

use super::*;
use crate::testing::{Wire, config};
use domain::ports::Message;
use serde::Deserialize;
use std::cell::RefCell;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[derive(Deserialize)]
struct Input {
    job: String,
    #[serde(default)]
    traceparent: String,
}

async fn known(input: Input) -> Result<Value> {
    match input.job.as_str() {
        "again" => Err(Error::Again("throttled".into())),
        "fault" => Err(Error::Fault("broken".into())),
        job => Ok(json!({ "job": job, "traceparent": input.traceparent })),
    }
}

fn later() -> Time {
    clock::now().plus_s(30)
}

fn batch_of(bodies: &[&str]) -> Value {
    let record =
        |(at, body): (usize, &&str)| json!({ "messageId": format!("m{at}"), "body": body });
    json!({ "Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>() })
}

#[tokio::test]
async fn a_call_continues_the_callers_trace() {
    let output = answer(&known, json!({ "job": "j1", "traceparent": PARENT })).await.unwrap();
    let handed_on = Trace::parse(output["traceparent"].as_str().unwrap()).unwrap();
    assert_eq!(handed_on.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_ne!(handed_on.span_id, "00f067aa0ba902b7");
}

#[tokio::test]
async fn an_input_that_does_not_parse_is_invalid() {
    let error = answer(&known, json!({ "jib": "j1" })).await.unwrap_err();
    assert_eq!(diagnostic(&error).error_type, "Invalid");
    assert!(error.to_string().contains("missing field `job`"));
}

#[tokio::test]
async fn a_handlers_error_keeps_its_name() {
    let error = answer(&known, json!({ "job": "again" })).await.unwrap_err();
    assert_eq!(diagnostic(&error).error_type, "Again");
}

#[tokio::test]
async fn only_failed_messages_go_back_to_the_queue() {
    let seen = RefCell::new(Vec::new());
    let handle = async |input: Input| {
        seen.borrow_mut().push(input.job.clone());
        known(input).await.map(drop)
    };
    let bodies = [
        r#"{"job":"j1","v":2}"#,
        "not json",
        r#"{"job":"again"}"#,
        r#"{"job":"j2"}"#,
        r#"{"job":"of a later release","v":3}"#,
    ];
    let each = async |record: &Value| message(&handle, record).await;
    let answer = batch(&each, batch_of(&bodies), later()).await.unwrap();
    let failed = ["m1", "m2", "m4"].map(|id| json!({ "itemIdentifier": id }));
    assert_eq!(answer, json!({ "batchItemFailures": failed }));
    assert_eq!(*seen.borrow(), ["j1", "again", "j2"]);
}

#[tokio::test]
async fn when_time_runs_out_the_rest_goes_back_untouched() {
    let seen = RefCell::new(Vec::new());
    let handle = async |input: Input| {
        seen.borrow_mut().push(input.job);
        Ok(())
    };
    let soon = Time(clock::now().0 + 1000);
    let bodies = [r#"{"job":"j1"}"#, r#"{"job":"j2"}"#];
    let each = async |record: &Value| message(&handle, record).await;
    let answer = batch(&each, batch_of(&bodies), soon).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "m1" }] }));
    assert_eq!(*seen.borrow(), ["j1"], "one message at least, however short the time");
}

fn calls(wire: &Wire) -> SqsQueue {
    let config = aws_sdk_sqs::config::Builder::from(&config(wire)).build();
    let client = aws_sdk_sqs::Client::from_conf(config);
    SqsQueue::new(client, "http://sqs/1/call", Vec::new())
}

#[tokio::test]
async fn a_message_that_failed_comes_again_soon_and_later_each_time_though_it_cannot_be_read() {
    let tries = [("1", 5), ("2", 10), ("4", 40), ("7", 300), ("999", 300)];
    let wire = tries.iter().fold(Wire::new(), |wire, _| wire.answers(json!({})));
    let queue = calls(&wire);
    for (at, (tries, _)) in tries.iter().enumerate() {
        let body = ["not json", r#"{"job":"again"}"#][at % 2];
        let attributes = json!({ "ApproximateReceiveCount": tries });
        let record = json!({ "receiptHandle": "r1", "body": body, "attributes": attributes });
        let handle = async |input: Input, _: &SqsMessage<'_>| known(input).await.map(drop);
        held(&queue, &handle, &record).await.unwrap_err();
    }
    let sent = wire.requests();
    let asked: Vec<_> = sent.iter().map(|sent| sent.body["VisibilityTimeout"].clone()).collect();
    assert_eq!(asked, tries.map(|(_, seconds)| json!(seconds)));
    assert_eq!(sent[0].body["ReceiptHandle"], "r1");
}

#[tokio::test]
async fn a_message_is_hidden_as_its_handler_says_and_not_again_once_it_is_done() {
    let wire = Wire::new().answers(json!({}));
    let queue = calls(&wire);
    let record = json!({ "receiptHandle": "r1", "body": r#"{"job":"j1"}"# });
    let handle = async |_: Input, message: &SqsMessage<'_>| message.hide(62).await;
    held(&queue, &handle, &record).await.unwrap();
    let [sent] = &wire.requests()[..] else { panic!("asked once") };
    assert_eq!(sent.operation(), "ChangeMessageVisibility");
    let asked =
        json!({ "QueueUrl": "http://sqs/1/call", "ReceiptHandle": "r1", "VisibilityTimeout": 62 });
    assert_eq!(sent.body, asked);
}

#[tokio::test]
async fn a_message_that_can_be_hidden_no_more_fails_by_what_failed_before() {
    let wire = Wire::new().fails(400, "ReceiptHandleIsInvalid");
    let queue = calls(&wire);
    let record = json!({ "receiptHandle": "r1", "body": r#"{"job":"fault"}"# });
    let handle = async |input: Input, _: &SqsMessage<'_>| known(input).await.map(drop);
    let error = held(&queue, &handle, &record).await.unwrap_err();
    assert_eq!(error, Error::Fault("broken".into()));
}

fn request(path: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path,
        "headers": { "traceparent": PARENT },
        "requestContext": { "http": { "method": "GET" } }
    })
}

async fn routes(event: Event) -> Result<Reply> {
    match event {
        Event::Http(request) if request.path == "/fault" => Err(Error::Fault("secret".into())),
        Event::Http(request) => {
            let traceparent = request.header("traceparent").unwrap_or_default();
            Ok(HttpResponse::json(200, &json!(traceparent)).into())
        }
        Event::Other(input) => known(parse(input)?).await.map(Reply::from),
        Event::EventBridge { .. } | Event::Talk(_) => Ok(().into()),
    }
}

#[tokio::test]
async fn a_request_is_answered_even_when_its_handler_fails() {
    let answer = reply(&routes, request("/fault")).await.unwrap();
    assert_eq!(answer["statusCode"], 500);
    assert!(!answer.to_string().contains("secret"));
}

#[tokio::test]
async fn a_requests_trace_is_continued_from_its_header() {
    let answer = reply(&routes, request("/")).await.unwrap();
    let traceparent: String = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert!(traceparent.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
    assert_ne!(traceparent, PARENT);
}

#[tokio::test]
async fn the_state_machine_sees_an_error_where_a_browser_sees_a_status() {
    let error = reply(&routes, json!({ "job": "fault" })).await.unwrap_err();
    assert_eq!(error.name(), "Fault");
    let answer = reply(&routes, json!({ "job": "j1" })).await.unwrap();
    assert_eq!(answer["job"], "j1");
}
