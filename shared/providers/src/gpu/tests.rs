//! Hosts that behave, and hosts that do not.

use super::testing::{Act, Host};
use super::*;
use domain::gpu::{News, ReportTo};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use tokio::io::AsyncWriteExt;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn attempt() -> AttemptId {
    AttemptId::parse("j01hf0000000000000000000000.generate.1").unwrap()
}

fn render() -> Render {
    Render {
        attempt: attempt(),
        kind: "image.generate".into(),
        params: Map::from_iter([("prompt".to_owned(), Value::from("a hero"))]),
        inputs: BTreeMap::new(),
        outputs: Vec::new(),
        preview: None,
        chunks: None,
        report: ReportTo {
            url: "http://api".into(),
            secret: "s".into(),
            context: "c".into(),
            ending: false,
        },
        stall_s: 60,
        deadline_s: 300,
        traceparent: TRACE.into(),
    }
}

/// Hosts on this machine; the key is `old` until somebody refuses it.
fn hosts() -> HttpHosts {
    with_key(async |refused: Option<String>| Ok(refused.map_or("old", |_| "new").to_owned()))
}

fn with_key<F, R>(key: F) -> HttpHosts
where
    F: Fn(Option<String>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<String>> + Send + 'static,
{
    // Any port of this machine: the list is tested by itself.
    let mut hosts = HttpHosts::new(key, Allowed::default());
    hosts.allowed = Allowed::new((1024..=u16::MAX).map(|port| format!("127.0.0.1:{port}")));
    hosts
}

fn answer(status: u16) -> Act {
    Act::Answer(status, String::new())
}

async fn started(act: Act) -> Started {
    let host = Host::new(&[act]).await;
    let started = hosts().start(&host.address, &render()).await;
    assert_eq!(host.seen().len(), 1, "one call, and no other");
    started
}

#[tokio::test]
async fn a_host_gets_the_render_its_key_and_the_trace() {
    let host = Host::new(&[answer(202)]).await;
    assert_eq!(hosts().start(&host.address, &render()).await, Started::Accepted);
    let seen = &host.seen()[0];
    let line = "put /v1/renders/j01hf0000000000000000000000.generate.1 http/1.1";
    assert_eq!(seen.head.lines().next(), Some(line));
    assert!(seen.head.contains("authorization: bearer old\r\n"));
    assert!(seen.head.contains(&format!("traceparent: {TRACE}\r\n")));
    let body: Value = serde_json::from_str(&seen.body).unwrap();
    assert_eq!(body["params"]["prompt"], "a hero");
}

#[tokio::test]
async fn a_host_that_knows_the_render_attaches() {
    assert_eq!(started(answer(200)).await, Started::Accepted);
}

#[tokio::test]
async fn a_host_without_room_is_asked_later() {
    for status in [409, 503] {
        assert!(matches!(started(answer(status)).await, Started::Refused(Refusal::Later, _)));
    }
}

#[tokio::test]
async fn a_request_at_fault_is_given_up_with_the_hosts_reason() {
    let body = json!({ "detail": "width is too large", "input": "a hero" }).to_string();
    let Started::Refused(Refusal::Never, why) = started(Act::Answer(422, body)).await else {
        panic!("it was not refused for good")
    };
    assert!(why.ends_with(" answered 422: width is too large"), "{why}");
}

#[tokio::test]
async fn a_host_that_is_not_one_of_ours_sends_us_elsewhere() {
    for status in [404, 405] {
        assert!(matches!(started(answer(status)).await, Started::Refused(Refusal::Elsewhere, _)));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let away =
        Act::Raw("HTTP/1.1 307 x\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n");
    assert!(matches!(started(away).await, Started::Refused(Refusal::Elsewhere, _)));
}

#[tokio::test]
async fn a_server_error_leaves_the_outcome_unknown() {
    for status in [500, 502, 504] {
        assert!(matches!(started(answer(status)).await, Started::Unknown(_)));
    }
}

#[tokio::test]
async fn a_connection_cut_before_or_within_the_head_leaves_the_outcome_unknown() {
    assert!(matches!(started(Act::Raw("")).await, Started::Unknown(_)));
    assert!(matches!(started(Act::Raw("HTTP/1.1 20")).await, Started::Unknown(_)));
    assert!(matches!(started(Act::Raw("no http at all\r\n\r\n")).await, Started::Unknown(_)));
}

#[tokio::test]
async fn a_connection_cut_after_the_head_does_not_undo_the_acceptance() {
    let cut = Act::Raw("HTTP/1.1 202 x\r\ncontent-length: 99\r\n\r\n{");
    assert_eq!(started(cut).await, Started::Accepted);
}

#[tokio::test]
async fn a_host_that_hangs_leaves_the_outcome_unknown() {
    let host = Host::new(&[Act::Hang]).await;
    let impatient = HttpHosts::within(
        async |_: Option<String>| Ok("key".to_owned()),
        hosts().allowed,
        Duration::from_millis(300),
    );
    let started = impatient.start(&host.address, &render()).await;
    let Started::Unknown(why) = started else { panic!("something is known") };
    assert!(why.contains("timed out"), "{why}");
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_took_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let started = hosts().start(&address, &render()).await;
    assert!(matches!(started, Started::Refused(Refusal::Elsewhere, _)), "{started:?}");
}

#[tokio::test]
async fn a_failed_handshake_took_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let plain = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 x\r\n\r\n").await.unwrap();
    };
    let render = render();
    let hosts = hosts();
    let (started, ()) = tokio::join!(hosts.start(&address, &render), plain);
    assert!(matches!(started, Started::Refused(Refusal::Elsewhere, _)), "{started:?}");
}

#[tokio::test]
async fn a_refused_key_is_read_again_once() {
    let host = Host::new(&[answer(401), answer(202)]).await;
    assert_eq!(hosts().start(&host.address, &render()).await, Started::Accepted);
    assert!(host.seen()[1].head.contains("authorization: bearer new\r\n"));

    let host = Host::new(&[answer(401), answer(401)]).await;
    let started = hosts().start(&host.address, &render()).await;
    assert!(matches!(started, Started::Refused(Refusal::Elsewhere, _)));
    assert_eq!(host.seen().len(), 2);
}

#[tokio::test]
async fn a_key_that_did_not_change_is_not_tried_twice() {
    let host = Host::new(&[answer(403)]).await;
    let hosts = with_key(async |_: Option<String>| Ok("same".to_owned()));
    let started = hosts.start(&host.address, &render()).await;
    assert!(matches!(started, Started::Refused(Refusal::Elsewhere, _)));
    assert_eq!(host.seen().len(), 1);
}

#[tokio::test]
async fn without_a_key_nothing_is_sent() {
    let host = Host::new(&[]).await;
    let hosts = with_key(async |_: Option<String>| Err(Error::Again("ssm is throttled".into())));
    let started = hosts.start(&host.address, &render()).await;
    assert_eq!(started, Started::Refused(Refusal::Later, "ssm is throttled".into()));
    assert!(host.seen().is_empty());
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_not_called() {
    let host = Host::new(&[]).await;
    let mut hosts = hosts();
    hosts.allowed = Allowed::new(["10.0.0.1:8000".to_owned()]);
    let started = hosts.start(&host.address, &render()).await;
    assert!(matches!(started, Started::Refused(Refusal::Elsewhere, _)));
    assert!(hosts.state(&host.address, &attempt()).await.is_err());
}

#[tokio::test]
async fn a_host_tells_what_it_knows_of_a_render() {
    let report = json!({ "attempt": attempt(), "seq": 3, "kind": "canceled" });
    let body =
        json!({ "attempt": attempt(), "state": "canceled", "progress": 0.5, "report": report });
    let host = Host::new(&[Act::Answer(200, body.to_string()), answer(404)]).await;
    let state = hosts().state(&host.address, &attempt()).await.unwrap().unwrap();
    assert_eq!(state.state, "canceled");
    assert_eq!(state.report.unwrap().news, News::Canceled);
    assert_eq!(hosts().state(&host.address, &attempt()).await, Ok(None));
}

#[tokio::test]
async fn a_report_that_was_never_sent_is_told_without_number_and_address() {
    let report = json!({
        "kind": "succeeded", "at": "2026-11-20T11:52:27.000+00:00", "fraction": 1.0,
        "slot_seconds": 1.1, "outputs": [{
            "name": "image", "media_type": "image/png", "sha256": "00", "bytes": 5, "width": 64, "height": 36,
        }],
    });
    let body =
        json!({ "attempt": attempt(), "state": "succeeded", "progress": 1.0, "report": report });
    let host = Host::new(&[Act::Answer(200, body.to_string())]).await;
    let state = hosts().state(&host.address, &attempt()).await.unwrap().unwrap();
    let report = state.report.unwrap();
    assert_eq!((report.attempt, report.slot_seconds), (attempt(), Some(1.1)));
    assert!(matches!(report.news, News::Succeeded { outputs } if outputs.len() == 1));
}

#[tokio::test]
async fn a_host_that_cannot_be_asked_is_no_host_that_knows_nothing() {
    let flood = Act::Answer(200, "x".repeat(STATE_LIMIT + 1));
    let acts = [answer(500), Act::Raw(""), Act::Answer(200, "{}".into()), flood];
    let host = Host::new(&acts).await;
    for expected in ["Again", "Again", "Fault", "Fault"] {
        let error = hosts().state(&host.address, &attempt()).await.unwrap_err();
        assert_eq!(error.name(), expected, "{error}");
    }
}

#[tokio::test]
async fn a_render_is_stopped_whether_the_host_still_knows_it_or_not() {
    let host = Host::new(&[answer(202), answer(404), answer(500)]).await;
    assert_eq!(hosts().cancel(&host.address, &attempt()).await, Ok(()));
    assert!(host.seen()[0].head.starts_with("post /v1/renders/"));
    assert!(host.seen()[0].head.lines().next().unwrap().contains(".generate.1/cancel "));
    assert_eq!(hosts().cancel(&host.address, &attempt()).await, Ok(()));
    let error = hosts().cancel(&host.address, &attempt()).await.unwrap_err();
    assert_eq!(error.name(), "Again");
}

#[test]
fn hosts_are_printed_without_their_key() {
    assert!(!format!("{:?}", hosts()).contains("old"));
}
