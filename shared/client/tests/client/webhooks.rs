//! Webhooks, deliveries and listening, against a scripted API.
use std::sync::atomic::{AtomicUsize, Ordering};

use publishers::signature::Secret;
use serde_json::{Value, json};

use crate::{
    api::{Api, Reply},
    galley::galley,
};

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn delivery(n: u64, state: &str) -> Value {
    json!({"id": format!("j1.0000000{n}"), "job": "j1", "n": n, "type": "job.failed", "state": state,
           "url": "https://a.example", "tries": n, "updated_at": "2026-11-20T10:00:00Z",
           "error": "it answered 500"})
}

#[test]
fn a_webhook_is_put_with_its_events_and_shown() {
    let api = Api::new(|request, _| Reply::Json(200, request.json()));
    let put = ["webhook", "put", "https://a.example/hook", "--event", "job.*"];
    let ran = galley(&api, &put);
    assert_eq!((ran.code, ran.out.as_str()), (0, "https://a.example/hook  job.*\n"), "{}", ran.err);
    assert_eq!(api.lines(), ["PUT /v1/webhook"]);
    assert_eq!(api.seen()[0].json(), json!({"url": "https://a.example/hook", "events": ["job.*"]}));
    let gone = json!({"url": "https://a.example", "events": ["*"], "gone": true});
    let api = Api::new(move |_, _| Reply::Json(200, gone.clone()));
    assert!(galley(&api, &["webhook", "show"]).err.contains("it answered 410 and hears no more"));
}

#[test]
fn a_job_is_submitted_with_a_webhook_of_its_own() {
    let api = Api::new(|_, _| Reply::Json(202, crate::api::job("accepted")));
    galley(&api, &["submit", "hero", "--webhook", "https://a.example", "--event", "job.failed"]);
    let sent = api.seen()[0].json();
    assert_eq!(sent["webhook"], json!({"url": "https://a.example", "events": ["job.failed"]}));
}

#[test]
fn secrets_are_printed_one_per_line_and_a_leak_is_never_rotated_twice() {
    let told = json!({"secrets": ["whsec_b", "whsec_a"], "previous_until": "2026-11-21T10:00:00Z"});
    let api = Api::new(move |_, _| Reply::Json(200, told.clone()));
    let ran = galley(&api, &["webhook", "rotate"]);
    assert_eq!(ran.out, "whsec_b\nwhsec_a\n");
    assert!(ran.err.contains("both sign until 2026-11-21T10:00:00Z"), "{}", ran.err);
    let api = Api::new(|_, _| Reply::Lost);
    assert_eq!(galley(&api, &["webhook", "rotate", "--overlap", "0"]).code, 1);
    assert_eq!(api.lines().len(), 1, "a lost answer may have rotated");
}

#[test]
fn dead_deliveries_are_listed_and_sent_again_until_there_are_none() {
    let calls = AtomicUsize::new(0);
    let api = Api::new(move |request, _| match request.method.as_str() {
        "GET" => Reply::Json(200, json!({"deliveries": [delivery(2, "dead")], "next": null})),
        _ => {
            let more = calls.fetch_add(1, Ordering::SeqCst) == 0;
            Reply::Json(202, json!({"retried": if more { 100 } else { 3 }, "more": more}))
        }
    });
    let listed = galley(&api, &["deliveries", "list", "--state", "dead"]).out;
    let row = "j1.00000002  dead       job.failed         2 tries  ";
    assert!(listed.starts_with(row) && listed.ends_with("it answered 500\n"), "{listed}");
    assert!(galley(&api, &["deliveries", "retry", "--dead"]).err.starts_with("103 sent again"));
    let retry = "POST /v1/deliveries/retry?state=dead";
    assert_eq!(api.lines(), ["GET /v1/deliveries?state=dead", retry, retry]);
}

#[test]
fn a_listener_forwards_each_event_once_signed_and_goes_on_after_a_cut() {
    let hook = Api::new(|_, _| Reply::Json(204, json!({})));
    let calls = AtomicUsize::new(0);
    let event = |n: u64, kind: &str| {
        json!({"id": format!("j1.0000000{n}"), "type": kind, "timestamp": "2026-11-20T10:00:00.000Z",
               "data": {"job": "j1", "n": n}})
    };
    let api = Api::new(move |request, _| {
        if request.path.ends_with("/secret") {
            return Reply::Json(200, json!({"secrets": [SECRET]}));
        }
        match calls.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::Json(200, json!({"events": [], "next": "1"})),
            1 => Reply::Lost,
            2 => Reply::Json(200, json!({"events": [event(2, "job.failed")], "next": "2"})),
            // A little of what was read comes again.
            _ => Reply::Json(
                200,
                json!({"events": [event(2, "job.failed"), event(3, "publication.done"),
                                  event(4, "job.succeeded")], "next": "3"}),
            ),
        }
    });
    let url = format!("{}/hook", hook.url);
    let arguments = ["listen", "--forward", &url, "--events", "job.*,review.*", "--count", "2"];
    let ran = galley(&api, &arguments);
    let expected = "10:00:00  job.failed          j1  204\n10:00:00  job.succeeded       j1  204\n";
    assert_eq!((ran.code, ran.out.as_str()), (0, expected), "{}", ran.err);
    let posts = hook.seen();
    assert_eq!(posts.len(), 2);
    let time: i64 = posts[0].header("webhook-timestamp").unwrap().parse().unwrap();
    let signed = Secret::parse(SECRET).unwrap().sign("j1.00000002", time, &posts[0].body);
    assert_eq!(posts[0].header("webhook-signature"), Some(signed.as_str()));
    assert_eq!(posts[0].json()["data"], json!({"job": "j1", "n": 2}));
    let asked: Vec<_> = api.lines().into_iter().filter(|line| line.contains("/events")).collect();
    assert_eq!(asked[0], "GET /v1/events");
    assert!(asked[1..].iter().all(|line| line.contains("after=")), "{asked:?}");
}
