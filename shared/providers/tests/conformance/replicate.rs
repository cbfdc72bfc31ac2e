//! Replicate's adapter against its double.

use domain::money::MicroUsd;
use domain::vendor::{Answer, Class, Outcome};
use doubles::conformance::{Bench, Contract, Tells, order};
use doubles::faults::Fault;
use doubles::spec::{Kept, holds};
use providers::desk::Key;
use providers::replicate::Replicate;
use serde_json::{Value, json};

fn problem(status: u16, title: &str, detail: &str) -> Fault {
    let body = json!({ "title": title, "detail": detail, "status": status });
    Fault::Instead(status, Vec::new(), body)
}

fn contract() -> Contract {
    let tune = format!("acme/hero:{}", "0123456789abcdef".repeat(4));
    let throttled = "Request was throttled. Your rate limit resets in ~25s.";
    let wide = json!({ "prompt": "a lighthouse at dusk", "width": 1024, "height": 576 });
    let waves = json!({ "prompt": "waves", "seconds": 8 });
    Contract {
        vendor: Box::new(Replicate),
        routes: doubles::replicate::routes,
        base: "/v1",
        key: Key { secret: "r8_0123456789".into(), webhook: doubles::replicate::SECRET.into() },
        orders: vec![
            order("image.generate", "black-forest-labs/flux-schnell", wide.clone(), &[]),
            order("image.generate", "black-forest-labs/flux-1.1-pro", wide.clone(), &[]),
            order("image.generate", &tune, wide.clone(), &[]),
            order("image.generate", "deployments/acme/hero", wide, &[]),
            order("image.edit", KONTEXT, json!({ "prompt": "at night" }), &["image"]),
            order("image.remove_background", "bria/remove-background", json!({}), &["image"]),
            order("image.upscale", "topazlabs/image-upscale", json!({ "factor": 2 }), &["image"]),
            order("video.generate", "minimax/hailuo-02", waves, &[]),
            order("audio.generate", SOUNDS, json!({ "prompt": "rain", "seconds": 5 }), &[]),
            order("audio.speak", "minimax/speech-02-turbo", json!({ "text": "hello" }), &[]),
        ],
        refusals: vec![
            (problem(401, "Unauthenticated", "no"), Class::Credentials),
            (problem(402, "Insufficient credit", "no"), Class::Quota),
            (problem(404, "Not Found", "no"), Class::Elsewhere),
            (problem(422, "Invalid version or not permitted", "no"), Class::Elsewhere),
            (problem(422, "Input validation failed", "- input: prompt"), Class::Invalid),
            (problem(400, "Bad", "no"), Class::Invalid),
            (problem(413, "Too large", "no"), Class::Invalid),
            (problem(429, "Throttled", throttled), Class::Later(25)),
            (Fault::Instead(429, vec![("retry-after", "7".into())], json!({})), Class::Later(7)),
        ],
        start_needs: vec!["/id"],
        check_needs: vec!["/status", "/output"],
        status: Some("/status"),
        cancels: true,
        finds: true,
        tells: Tells::Signed,
        expires: Some("expired"),
    }
}

const KONTEXT: &str = "black-forest-labs/flux-kontext-pro";
const SOUNDS: &str = "stability-ai/stable-audio-2.5";

doubles::conformance!(clauses, contract);

/// How work ends that meets this whim of Replicate's.
async fn with(whim: &'static str) -> Answer {
    let bench = Bench::open(contract).await;
    bench.double.shop.order_whim(whim);
    let start = bench.start(&bench.order).await;
    bench.end(&bench.order, start).await
}

#[tokio::test]
async fn what_ends_without_an_output_says_why() {
    let flagged = "replicate failed: The input or output was flagged as sensitive. (E005)";
    for (whim, class, why, usd) in [
        ("content", Class::Content, flagged, None),
        ("broken", Class::Elsewhere, "replicate failed: CUDA out of memory", None),
        ("removed", Class::Later(1), "replicate removed the output before it was fetched", None),
        (
            "aborted",
            Class::Elsewhere,
            "replicate did not begin before the deadline",
            Some(MicroUsd(0)),
        ),
    ] {
        let answer = with(whim).await;
        let Outcome::Failed { refusal, usd: told } = answer.outcome else { panic!("{answer:?}") };
        assert_eq!((refusal.class, refusal.reason.as_str(), told), (class, why, usd), "{whim}");
    }
}

#[tokio::test]
async fn a_prediction_without_an_output_is_drift() {
    let answer = with("empty").await;
    let why = Outcome::Unknown("replicate is done and brings no output".into());
    assert_eq!((answer.outcome, answer.drift.unwrap().field.as_str()), (why, "output"));
}

#[tokio::test]
async fn work_of_another_attempt_is_never_taken_for_ours() {
    let bench = Bench::open(contract).await;
    bench.accepted().await;
    let none = Outcome::Unknown("replicate lists no prediction that is known to be ours".into());
    let job = bench.order.attempt.job();
    let mut other = bench.order.clone();
    other.attempt = domain::id::AttemptId::new(&job, "make", 2);
    let found = bench.contract.vendor.find(&bench.desk(), &other).await;
    assert_eq!(found.outcome, none, "the next attempt");
    // A seed that somebody chose may have been chosen by others.
    let mut chosen = bench.order.clone();
    chosen.params.insert("seed".into(), 7.into());
    bench.start(&chosen).await;
    let found = bench.contract.vendor.find(&bench.desk(), &chosen).await;
    assert_eq!(found.outcome, none, "a chosen seed");
}

#[tokio::test]
async fn a_prediction_that_is_over_at_once_is_taken_as_it_comes() {
    let bench = Bench::open(contract).await;
    bench.double.shop.order_whim("at_once");
    let answer = bench.start(&bench.order).await;
    let Outcome::Done(done) = answer.outcome else { panic!("{answer:?}") };
    assert_eq!(done.id, Some(bench.double.shop.books().work[0].id.clone()));
    assert_eq!(done.media.len(), 1);
}

#[tokio::test]
async fn anybodys_own_model_is_told_only_what_was_asked_for() {
    let bench = Bench::open(contract).await;
    let kept = Kept::default();
    bench.double.shop.fault(Fault::Kept(kept.clone()));
    bench.start(&bench.contract.orders[2]).await;
    let size = json!({ "aspect_ratio": "custom", "width": 1024, "height": 576 });
    let mut input = size.as_object().unwrap().clone();
    input.insert("prompt".into(), "a lighthouse at dusk".into());
    assert_eq!(kept.all()[0].request["input"], json!(input));
}

#[tokio::test]
async fn ours_is_known_by_its_webhook_whatever_its_seed() {
    let bench = Bench::open(contract).await;
    let told = |number: u32| {
        let mut order = bench.order.clone();
        order.attempt = domain::id::AttemptId::new(&order.attempt.job(), "make", number);
        order.params.insert("seed".into(), 7.into());
        order.webhook = Some(format!("http://127.0.0.1:9/hook/{number}"));
        order
    };
    let mut ids = Vec::new();
    for number in 1..=2 {
        let Outcome::Accepted { handle, .. } = bench.start(&told(number)).await.outcome else {
            panic!("it is accepted")
        };
        ids.push(handle.id);
    }
    let found = bench.contract.vendor.find(&bench.desk(), &told(1)).await;
    let Outcome::Accepted { handle, .. } = found.outcome else { panic!("{found:?}") };
    assert_eq!(handle.id, ids[0], "not the later one of another attempt");
}

#[tokio::test]
async fn ours_is_found_on_a_later_page() {
    let bench = Bench::open(contract).await;
    let handle = bench.accepted().await;
    let job = bench.order.attempt.job();
    for number in 2..103 {
        let mut other = bench.order.clone();
        other.attempt = domain::id::AttemptId::new(&job, "make", number);
        bench.start(&other).await;
    }
    let found = bench.contract.vendor.find(&bench.desk(), &bench.order).await;
    let Outcome::Accepted { handle: found, .. } = found.outcome else { panic!("{found:?}") };
    assert_eq!(found.id, handle.id);
}

#[tokio::test]
async fn what_is_said_is_what_its_schemas_say() {
    let document: Value = serde_json::from_str(include_str!("../specs/replicate.json")).unwrap();
    let bench = Bench::open(contract).await;
    let kept = Kept::default();
    for order in &bench.contract.orders {
        let mut order = order.clone();
        order.webhook = Some("http://127.0.0.1:9/hook".into());
        bench.double.shop.fault(Fault::Kept(kept.clone()));
        let start = bench.start(&order).await;
        for _ in 0..3 {
            bench.double.shop.fault(Fault::Kept(kept.clone()));
        }
        bench.end(&order, start).await;
    }
    bench.double.shop.fault(Fault::Kept(kept.clone()));
    bench.contract.vendor.find(&bench.desk(), &bench.order).await;
    for exchange in kept.all() {
        match exchange.call.as_str() {
            "POST /v1/predictions" => {
                holds(&document, "schemas_version_prediction_request", &exchange.request);
            }
            call if call.starts_with("POST") => {
                holds(&document, "schemas_prediction_request", &exchange.request);
            }
            _ => {}
        }
        match exchange.call.as_str() {
            "GET /v1/predictions" => {
                holds(&document, "schemas_paginated_prediction_response", &exchange.answer);
            }
            _ => holds(&document, "schemas_prediction_response", &exchange.answer),
        }
    }
    assert_eq!(kept.all().len(), 41);
}
