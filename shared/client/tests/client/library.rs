//! The library on its own: bounds of trying again, and what a lost answer means.
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use client::{Client, Error, Pipeline, Retry, Submission};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::api::{Api, Reply, job, log, page};

fn client(api: &Api) -> Client {
    let retry =
        Retry { attempts: 3, base: Duration::from_millis(1), ceiling: Duration::from_millis(5) };
    Client::new(&api.url, "gk_demo_secret").unwrap().with_retry(retry)
}

#[tokio::test]
async fn trying_again_is_bounded() {
    let api = Api::new(|_, _| Reply::Lost);
    let submission = Submission::of(Pipeline::Stored("hero-image".into()));
    let error = client(&api).submit(&submission).await.unwrap_err();
    assert!(matches!(error, Error::NoAnswer { sent: true, .. }), "{error}");
    assert_eq!(api.seen().len(), 3);
}

#[tokio::test]
async fn a_lost_answer_to_retry_is_looked_up_and_never_repeated() {
    let ran = AtomicUsize::new(0);
    let api = Api::new(move |request, _| {
        let mut job = job("failed");
        if request.method == "POST" {
            ran.store(1, Ordering::SeqCst);
            return Reply::Lost;
        }
        job["run"] = (1 + ran.load(Ordering::SeqCst)).into();
        Reply::Json(200, job)
    });
    assert_eq!(client(&api).retry("j1").await.unwrap().run, 2);
    assert_eq!(api.lines(), ["GET /v1/jobs/j1", "POST /v1/jobs/j1/retry", "GET /v1/jobs/j1"]);
}

#[tokio::test]
async fn a_retry_that_did_not_happen_is_an_error() {
    let api = Api::new(|request, _| match request.method.as_str() {
        "POST" => Reply::Later(503, 0),
        _ => Reply::Json(200, job("failed")),
    });
    assert_eq!(client(&api).retry("j1").await.unwrap_err().status(), Some(503));
    assert_eq!(api.lines().iter().filter(|line| line.starts_with("POST")).count(), 1);
}

#[tokio::test]
async fn a_watch_goes_on_after_an_error_where_it_was() {
    let calls = AtomicUsize::new(0);
    let api = Api::new(move |request, _| match calls.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::Json(200, serde_json::json!({"events": &log("succeeded")[..2], "last": 2})),
        1..=3 => Reply::Lost,
        _ => page(request, &log("succeeded")),
    });
    let client = client(&api);
    let mut watch = client.watch("j1", 0);
    assert_eq!(watch.next().await.unwrap().unwrap().n, 1);
    assert_eq!(watch.next().await.unwrap().unwrap().n, 2);
    assert!(watch.next().await.unwrap_err().passes());
    assert_eq!(watch.next().await.unwrap().unwrap().n, 3);
    assert_eq!(watch.after(), 3);
}

/// A WebSocket API that says these messages, one list per connection, and then hangs up.
async fn sockets(says: Vec<Vec<Value>>) -> (String, tokio::task::JoinHandle<Vec<Value>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("ws://{}", listener.local_addr().unwrap());
    let heard = tokio::spawn(async move {
        let mut heard = Vec::new();
        for messages in says {
            let (stream, _) = listener.accept().await.unwrap();
            let mut page = tokio_tungstenite::accept_async(stream).await.unwrap();
            let asked = page.next().await.unwrap().unwrap();
            heard.push(serde_json::from_str(asked.to_text().unwrap()).unwrap());
            for message in messages {
                page.send(Message::text(message.to_string())).await.unwrap();
            }
            page.close(None).await.unwrap();
        }
        heard
    });
    (address, heard)
}

#[tokio::test]
async fn a_watch_over_sockets_goes_on_where_one_broke_and_asks_for_the_end_once() {
    let log = log("succeeded");
    let events = |range: std::ops::Range<usize>, terminal: bool| json!({ "type": "events", "job": "j1", "events": log[range], "terminal": terminal });
    let subscribed = json!({ "type": "subscribed", "job": "j1" });
    let first = vec![subscribed.clone(), json!({ "type": "news to us" }), events(0..2, false)];
    let (address, heard) = sockets(vec![first, vec![subscribed, events(2..5, true)]]).await;
    let whole = log.clone();
    let api = Api::whole(move |request, _| match request.path.ends_with("/token") {
        true => Reply::Json(200, json!({ "token": "jt_x", "stream": address })),
        false if request.path.ends_with("after=2") => {
            Reply::Json(200, json!({ "events": [], "last": 2 }))
        }
        false => page(request, &whole),
    });
    let client = client(&api);
    let mut watch = client.watch("j1", 0);
    let mut numbers = Vec::new();
    while let Some(event) = watch.next().await.unwrap() {
        numbers.push(event.n);
    }
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    let subscribe =
        |after: u64| json!({ "action": "subscribe", "job": "j1", "token": "jt_x", "after": after });
    assert_eq!(heard.await.unwrap(), [subscribe(0), subscribe(2)]);
    let asked: Vec<_> = api.lines().into_iter().filter(|line| line.contains("events")).collect();
    assert_eq!(asked.len(), 2, "after the cut and at the end only: {asked:?}");
}

#[tokio::test]
async fn an_answer_that_is_no_job_is_told_as_such() {
    let api = Api::new(|_, _| Reply::Bytes(b"<html>".into()));
    assert!(matches!(client(&api).job("j1").await, Err(Error::Garbled { .. })));
}

#[test]
fn an_address_has_to_be_one_and_the_key_is_not_printed() {
    assert!(matches!(Client::new("localhost:4566", "k"), Err(Error::Address(..))));
    assert!(matches!(Client::new("not an address", "k"), Err(Error::Address(..))));
    let client = Client::new("https://api.example/stage", "gk_secret").unwrap();
    assert_eq!(format!("{client:?}"), "Client { base: \"https://api.example/stage\", .. }");
}
