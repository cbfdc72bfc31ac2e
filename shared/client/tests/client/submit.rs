//! Submitting: one job whatever happens to the answers.
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::{
    api::{Api, Reply, job, log, page},
    galley::{galley, galley_in},
};

/// Loses or refuses the first answers, then accepts.
fn stumbling(first: fn(usize) -> Option<Reply>) -> Api {
    let calls = AtomicUsize::new(0);
    Api::new(move |_, _| {
        first(calls.fetch_add(1, Ordering::SeqCst)).unwrap_or(Reply::Json(202, job("accepted")))
    })
}

#[test]
fn a_lost_answer_is_asked_for_again_under_the_same_key() {
    let api = stumbling(|call| (call == 0).then_some(Reply::Lost));
    let ran = galley(&api, &["submit", "hero-image", "--input", "prompt=a lighthouse"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "j1\n"), "{}", ran.err);
    let seen = api.seen();
    assert_eq!(seen.len(), 2);
    let key = seen[0].header("idempotency-key").unwrap();
    assert!(key.len() >= 32, "{key}");
    assert_eq!(seen[1].header("idempotency-key"), Some(key));
    assert_eq!(seen[0].body, seen[1].body);
    assert_eq!(
        seen[0].json(),
        json!({"pipeline": "hero-image", "inputs": {"prompt": "a lighthouse"}})
    );
}

#[test]
fn throttling_and_a_broken_gateway_are_waited_out() {
    let api = stumbling(|call| match call {
        0 => Some(Reply::Later(429, 0)),
        1 => Some(Reply::Later(503, 0)),
        _ => None,
    });
    let ran = galley(&api, &["submit", "hero-image", "--key-id", "mine"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let keys: Vec<_> =
        api.seen().iter().map(|it| it.header("idempotency-key").unwrap().to_owned()).collect();
    assert_eq!(keys, ["mine", "mine", "mine"]);
}

#[test]
fn two_submissions_have_different_keys() {
    let api = stumbling(|_| None);
    galley(&api, &["submit", "hero-image"]);
    galley(&api, &["submit", "hero-image"]);
    let seen = api.seen();
    assert_ne!(seen[0].header("idempotency-key"), seen[1].header("idempotency-key"));
}

#[test]
fn a_refusal_is_not_repeated() {
    let api = Api::new(|_, _| Reply::Json(422, json!({"title": "no"})));
    assert_eq!(galley(&api, &["submit", "hero-image"]).code, 1);
    assert_eq!(api.seen().len(), 1);
}

#[test]
fn inputs_come_from_a_file_and_the_arguments_win() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("in.json"), r#"{"prompt":"from file","seed":1}"#).unwrap();
    std::fs::write(folder.path().join("p.txt"), "from text").unwrap();
    let api = stumbling(|_| None);
    let arguments = [
        "submit",
        "hero-image@2",
        "--inputs",
        "in.json",
        "--input",
        "seed:=7",
        "-i",
        "prompt=@p.txt",
        "--label",
        "sku=4711",
    ];
    let ran = galley_in(folder.path(), &api, &arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let expected = json!({
        "pipeline": "hero-image@2", "inputs": {"prompt": "from text", "seed": 7},
        "labels": {"sku": "4711"},
    });
    assert_eq!(api.seen()[0].json(), expected);
}

#[test]
fn media_is_uploaded_by_its_presigned_url_without_the_key() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("shoe.jpg"), b"jpeg bytes").unwrap();
    let api = Api::new(|request, own| match request.line().as_str() {
        "POST /v1/uploads" => Reply::Json(
            200,
            json!({"upload": "u1", "url": format!("{own}/bucket/u1?signature=x"),
                "headers": {"content-type": "image/jpeg", "x-amz-checksum": "c"},
                "expires_at": "2026-11-20T11:00:00Z"}),
        ),
        "POST /v1/jobs" => Reply::Json(202, job("accepted")),
        _ => Reply::Bytes(Vec::new()),
    });
    let ran =
        galley_in(folder.path(), &api, &["submit", "product-photo", "--input", "photo=@shoe.jpg"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.starts_with("uploading shoe.jpg, 10 B\n"), "{}", ran.err);
    let seen = api.seen();
    let lines = ["POST /v1/uploads", "PUT /bucket/u1?signature=x", "POST /v1/jobs"];
    assert_eq!(api.lines(), lines);
    assert_eq!(seen[0].json(), json!({"media_type": "image/jpeg", "bytes": 10}));
    assert_eq!(seen[0].header("authorization"), Some("Bearer gk_demo_secret"));
    assert_eq!(seen[1].body, b"jpeg bytes");
    assert_eq!(seen[1].header("authorization"), None);
    assert_eq!(seen[1].header("x-amz-checksum"), Some("c"));
    assert_eq!(seen[2].json()["inputs"], json!({"photo": {"upload": "u1"}}));
}

#[test]
fn waiting_goes_on_after_the_api_gives_up_holding() {
    let api = Api::new(|request, _| match request.line().as_str() {
        "POST /v1/jobs" => Reply::Json(202, job("running")),
        "GET /v1/jobs/j1" => Reply::Json(200, job("rejected")),
        _ => page(request, &log("rejected")),
    });
    let ran = galley(&api, &["submit", "hero-image", "--wait", "30"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert_eq!(api.seen()[0].header("prefer"), Some("wait=20"));
    assert!(ran.out.starts_with("rejected  hero-image@3  j1  $0.0123  42.5 s\n"), "{}", ran.out);
}

#[test]
fn a_job_that_has_not_ended_in_time_is_no_success() {
    let api = Api::new(|_, _| Reply::Json(202, job("running")));
    let ran = galley(&api, &["submit", "hero-image", "--wait", "1"]);
    assert_eq!(ran.code, 1);
    assert_eq!(api.seen()[0].header("prefer"), Some("wait=1"));
}
