//! Stability AI: answers that are the output, and work that is accepted; a blurred picture is none.

use domain::money::MicroUsd;
use domain::vendor::{Class, Outcome};
use doubles::conformance::{Bench, Contract, Tells, order};
use doubles::faults::Fault;
use providers::desk::Key;
use providers::stability::Stability;
use serde_json::{Value, json};

fn refusal(status: u16, name: &str, class: Class) -> (Fault, Class) {
    let body = json!({ "id": "x", "name": name, "errors": ["no"] });
    (Fault::Instead(status, Vec::new(), body), class)
}

fn at_once() -> Contract {
    let paint = json!({ "prompt": "a tin of paint", "width": 1600, "height": 900, "seed": 9 });
    let sound = json!({ "prompt": "rain on a roof", "seconds": 3 });
    Contract {
        vendor: Box::new(Stability),
        routes: doubles::stability::routes,
        base: "",
        key: Key { secret: "sk-double-of-stability".into(), webhook: String::new() },
        orders: vec![
            order("image.generate", "stable-image-core", paint.clone(), &[]),
            order("image.generate", "stable-image-ultra", paint, &[]),
            order("image.remove_background", "remove-background", json!({}), &["image"]),
            order("image.upscale", "upscale-fast", json!({ "scale": 4 }), &["image"]),
            order("audio.generate", "stable-audio-2.5", sound, &[]),
        ],
        refusals: vec![
            refusal(400, "bad_request", Class::Invalid),
            refusal(401, "unauthorized", Class::Credentials),
            refusal(402, "payment_required", Class::Quota),
            refusal(403, "content_moderation", Class::Content),
            refusal(404, "not_found", Class::Elsewhere),
            refusal(413, "payload_too_large", Class::Invalid),
            refusal(429, "rate_limit_exceeded", Class::Later(60)),
        ],
        start_needs: vec![],
        check_needs: vec![],
        status: None,
        cancels: false,
        finds: false,
        tells: Tells::Never,
        expires: None,
    }
}

fn later() -> Contract {
    let sound = json!({ "prompt": "rain on a roof", "seconds": 3 });
    Contract {
        orders: vec![
            order(
                "image.upscale",
                "upscale-creative",
                json!({ "prompt": "sharp tin" }),
                &["image"],
            ),
            order("audio.generate", "stable-audio-3", sound, &[]),
        ],
        start_needs: vec!["/id"],
        status: Some("/status"),
        ..at_once()
    }
}

doubles::conformance!(stability, at_once);
doubles::conformance!(stability_later, later);

/// How the first order ends under a whim of the vendor's.
async fn ends(contract: fn() -> Contract, whim: &'static str) -> (Bench, domain::vendor::Answer) {
    let bench = Bench::open(contract).await;
    bench.double.shop.order_whim(whim);
    let start = bench.start(&bench.order).await;
    let answer = bench.end(&bench.order, start).await;
    (bench, answer)
}

#[tokio::test]
async fn a_blurred_picture_is_charged_and_is_no_output() {
    for (contract, micros) in [(at_once as fn() -> Contract, 30_000), (later, 600_000)] {
        let (bench, answer) = ends(contract, "blurred").await;
        let Outcome::Failed { refusal, usd } = answer.outcome else { panic!("{answer:?}") };
        assert_eq!(refusal.class, Class::Content);
        assert_eq!(refusal.reason, "what it made was filtered for its content");
        assert_eq!(usd, Some(MicroUsd(micros)));
        assert_eq!(bench.double.shop.books().billed(), micros);
    }
}

#[tokio::test]
async fn a_picture_of_which_is_not_said_whether_it_was_blurred_is_not_taken() {
    let bench = Bench::open(at_once).await;
    bench.double.shop.order_whim("unmarked");
    let answer = bench.start(&bench.order).await;
    let why = "whether the output was filtered is not said";
    assert_eq!(answer.outcome, Outcome::Unknown(why.into()));
    assert_eq!(answer.drift.unwrap().field, "finish-reason");
}

#[tokio::test]
async fn words_that_are_flagged_are_refused_and_cost_nothing() {
    let (bench, answer) = ends(at_once, "flagged").await;
    let Outcome::Refused(refusal) = answer.outcome else { panic!("{answer:?}") };
    assert_eq!(refusal.class, Class::Content);
    assert_eq!(bench.double.shop.books().billed(), 0);
}

#[tokio::test]
async fn half_a_sound_is_none() {
    let bench = Bench::open(at_once).await;
    let sound = bench.contract.orders.last().unwrap();
    bench.double.shop.order_whim("broken");
    let answer = bench.start(sound).await;
    let why = "47900 of 48000 bytes of sound came";
    assert_eq!(answer.outcome, Outcome::Unknown(why.into()));
    assert_eq!(answer.drift.unwrap().field, "body");
}

#[tokio::test]
async fn a_result_that_is_expired_is_over() {
    let bench = Bench::open(later).await;
    let handle = bench.accepted().await;
    bench.double.shop.order_whim("gone");
    let answer = bench.check(&bench.order, &handle).await;
    let why = "stability 404: not_found id: the generation either does not exist or has expired";
    assert_eq!(answer.outcome, Outcome::failed(Class::Invalid, why));
}

#[tokio::test]
async fn the_shape_that_is_wished_for_is_the_nearest_that_there_is() {
    let bench = Bench::open(at_once).await;
    let answer = bench.start(&bench.order).await;
    let Outcome::Done(done) = answer.outcome else { panic!("{answer:?}") };
    let domain::vendor::Source::Bytes(bytes) = &done.media[0].source else { panic!("{done:?}") };
    // 16:9, about a million pixels.
    assert_eq!(doubles::made::png_size(bytes), Some((1344, 768)));
    assert_eq!(done.usd, Some(MicroUsd(30_000)));
}

#[tokio::test]
async fn the_double_refuses_what_the_contract_does() {
    let bench = Bench::open(at_once).await;
    let base = bench.double.base();
    let client = reqwest::Client::new();
    let url = format!("{base}/v2beta/stable-image/generate/core");
    let no_key = client.post(&url).send().await.unwrap();
    assert_eq!(no_key.status(), 401);
    let no_form = client.post(&url).bearer_auth("sk-x").json(&json!({ "prompt": "a" }));
    let no_form = no_form.send().await.unwrap();
    assert_eq!(no_form.status(), 400);
    let body: Value = no_form.json().await.unwrap();
    assert_eq!(body["errors"][0], "content-type: must be a form");
}
