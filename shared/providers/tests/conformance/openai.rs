//! OpenAI's pictures against their double, and both against OpenAI's own schemas.

use domain::money::MicroUsd;
use domain::vendor::{Class, Done, Effort, Limits, Model, Order, Outcome, Source};
use doubles::conformance::{Bench, Contract, Tells, order};
use doubles::faults::Fault;
use doubles::made::png_size;
use doubles::spec::{Kept, holds};
use providers::desk::Key;
use providers::openai::OpenAi;
use providers::vendor::Vendor;
use serde_json::{Value, json};

fn error(code: &str) -> Value {
    json!({ "error": { "message": "No.", "type": "x", "param": null, "code": code } })
}

fn fault(status: u16, code: &str) -> Fault {
    Fault::Instead(status, Vec::new(), error(code))
}

fn generate(params: Value) -> Order {
    order("image.generate", "gpt-image-1.5", params, &[])
}

fn contract() -> Contract {
    let wait = vec![("retry-after", "20".to_owned())];
    Contract {
        vendor: Box::new(OpenAi),
        routes: doubles::openai::routes,
        base: "/v1",
        key: Key { secret: "sk-proj-0123456789".into(), webhook: String::new() },
        orders: vec![
            generate(json!({ "prompt": "a tin on a shelf", "width": 1024, "height": 1024 })),
            order("image.edit", "gpt-image-1", json!({ "prompt": "less rust" }), &["image"]),
        ],
        refusals: vec![
            (Fault::Instead(429, wait, error("rate_limit_exceeded")), Class::Later(20)),
            (fault(429, "insufficient_quota"), Class::Quota),
            (fault(400, "billing_hard_limit_reached"), Class::Quota),
            (fault(400, "moderation_blocked"), Class::Content),
            (fault(400, "invalid_value"), Class::Invalid),
            (fault(401, "invalid_api_key"), Class::Credentials),
            (fault(403, "unsupported_country_region_territory"), Class::Credentials),
            (fault(404, "model_not_found"), Class::Elsewhere),
            (fault(410, "model_deprecated"), Class::Elsewhere),
        ],
        start_needs: vec!["/data", "/data/0", "/data/0/b64_json"],
        check_needs: Vec::new(),
        status: None,
        cancels: false,
        finds: false,
        tells: Tells::Never,
        expires: None,
    }
}

doubles::conformance!(clauses, contract);

async fn done(bench: &Bench, order: &Order) -> Done {
    match bench.start(order).await.outcome {
        Outcome::Done(done) => done,
        other => panic!("{other:?}"),
    }
}

fn bytes(done: &Done) -> &[u8] {
    match &done.media[0].source {
        Source::Bytes(bytes) => bytes,
        Source::Url(url) => panic!("it is at {url}"),
    }
}

#[tokio::test]
async fn the_size_is_the_nearest_that_the_model_makes() {
    let bench = Bench::open(contract).await;
    for (width, height, made) in
        [(1024, 1024, (1024, 1024)), (1920, 1080, (1536, 1024)), (400, 700, (1024, 1536))]
    {
        let order = generate(json!({ "prompt": "a tin", "width": width, "height": height }));
        assert_eq!(png_size(bytes(&done(&bench, &order).await)), Some(made));
    }
    let wide = json!({ "prompt": "a tin", "width": 1920, "height": 1080 });
    let wide = order("image.generate", "gpt-image-2", wide, &[]);
    assert_eq!(png_size(bytes(&done(&bench, &wide).await)), Some((2048, 1152)));
}

#[tokio::test]
async fn each_effort_costs_what_the_list_says_to_the_cent() {
    let bench = Bench::open(contract).await;
    let cent = 10_000;
    let paints = |row: &&Model| row.kind.starts_with("image.");
    for row in OpenAi.models().iter().filter(paints) {
        for effort in [Effort::Draft, Effort::Standard, Effort::Final] {
            for (width, height) in [(1024, 1024), (1000, 1500), (1920, 1080), (1900, 1900)] {
                let params = json!({ "prompt": "a tin", "width": width, "height": height });
                let mut order = order(row.kind, row.model, params, &[]);
                if row.kind == "image.edit" {
                    order.inputs = bench.contract.orders[1].inputs.clone();
                }
                order.effort = effort;
                let before = bench.double.shop.books().billed();
                let MicroUsd(said) = done(&bench, &order).await.usd.unwrap();
                let billed = bench.double.shop.books().billed() - before;
                let MicroUsd(quoted) = row.each_at(effort, (width, height)).unwrap();
                let what = format!("{} {effort:?} {width}x{height}", row.name());
                assert!((said - billed).abs() <= 1, "{what}: {said}, billed {billed}");
                assert!((quoted - billed).abs() <= cent, "{what}: {quoted}, billed {billed}");
            }
        }
    }
}

#[tokio::test]
async fn a_transparent_picture_is_never_a_jpeg() {
    let bench = Bench::open(contract).await;
    let mut order = generate(json!({ "prompt": "a tin", "transparent": true }));
    order.outputs.insert("image".into(), "image/jpeg".into());
    let made = done(&bench, &order).await;
    // Colour type 6: with transparency.
    assert_eq!(bytes(&made)[25], 6);
}

#[tokio::test]
async fn the_picture_is_of_the_format_that_is_wanted() {
    let bench = Bench::open(contract).await;
    for format in ["image/png", "image/jpeg", "image/webp"] {
        let mut order = bench.order.clone();
        order.outputs.insert("image".into(), format.into());
        let made = done(&bench, &order).await;
        assert_eq!(domain::sniff::media_type(bytes(&made)), Some(format));
    }
}

#[tokio::test]
async fn the_organization_behind_the_colon_of_a_key_is_billed() {
    let mut bench = Bench::open(contract).await;
    bench.contract.key.secret = "sk-proj-0123456789:org-acme".into();
    done(&bench, &bench.order).await;
    let notes = bench.double.shop.books().notes;
    assert_eq!(notes.get("organization").map(String::as_str), Some("org-acme"));
}

#[tokio::test]
async fn a_mask_and_several_pictures_go_along() {
    let bench = Bench::open(contract).await;
    let mut order = bench.contract.orders[1].clone();
    let picture = order.inputs["image"].clone();
    order.inputs.insert("mask".into(), picture.clone());
    order.inputs.insert("reference".into(), picture);
    let kept = Kept::default();
    bench.double.shop.fault(Fault::Kept(kept.clone()));
    done(&bench, &order).await;
    let request = &kept.all()[0].request;
    assert_eq!(request["image"].as_array().map(Vec::len), Some(2));
    assert!(request["mask"].as_str().unwrap().ends_with("image/png>"));
}

#[tokio::test]
async fn an_input_that_cannot_be_read_costs_nothing() {
    let bench = Bench::open(contract).await;
    let mut order = bench.contract.orders[1].clone();
    order.inputs.get_mut("image").unwrap().sha256 = "0".repeat(64);
    let expected = Outcome::refused(Class::Later(5), "an input is not what is on record");
    assert_eq!(bench.start(&order).await.outcome, expected);
    assert_eq!(bench.double.shop.books().work, []);
}

#[tokio::test]
async fn what_is_left_of_the_limit_is_learned_before_a_429() {
    let bench = Bench::open(contract).await;
    let answer = bench.start(&bench.order).await;
    assert_eq!(answer.limits, Some(Limits { remaining: 49, reset_s: 60 }));
    let Outcome::Done(done) = answer.outcome else { panic!("{answer:?}") };
    assert_eq!(done.id.as_deref(), Some("req_0001"));
}

#[tokio::test]
async fn the_retired_videos_are_refused_and_nothing_is_asked() {
    let bench = Bench::open(contract).await;
    let video = order("video.generate", "sora-2", json!({ "prompt": "a tin" }), &[]);
    let why = "its Videos API was shut down on 2026-09-24";
    let expected = Outcome::refused(Class::Elsewhere, why);
    assert_eq!(bench.start(&video).await.outcome, expected);
    let url = format!("{}/v1/videos", bench.double.base());
    let answer = reqwest::Client::new().post(url).send().await.unwrap();
    assert_eq!(answer.status(), 404, "and it is gone");
}

#[tokio::test]
async fn a_prompt_that_moderation_blocks_is_refused_unpaid() {
    let bench = Bench::open(contract).await;
    let order = generate(json!({ "prompt": "a tin full of gore" }));
    let why = "Your request was rejected by the safety system.";
    assert_eq!(bench.start(&order).await.outcome, Outcome::refused(Class::Content, why));
    assert_eq!(bench.double.shop.books().work, []);
}

#[tokio::test]
async fn a_picture_that_is_no_base64_is_drift() {
    let bench = Bench::open(contract).await;
    let long = "#".repeat(4000);
    bench.double.shop.fault(Fault::With("/data/0/b64_json".into(), long.into()));
    let answer = bench.start(&bench.order).await;
    assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{:?}", answer.outcome);
    let drift = answer.drift.unwrap();
    assert_eq!(drift.field, "data[0].b64_json");
    assert!(drift.found.contains("<4000 characters>"), "{}", drift.found);
}

#[tokio::test]
async fn what_is_said_is_what_its_schemas_say() {
    let document: Value = serde_json::from_str(include_str!("../specs/openai.json")).unwrap();
    let bench = Bench::open(contract).await;
    let kept = Kept::default();
    let mut full = generate(json!({
        "prompt": "a tin", "negative_prompt": "rust", "transparent": true, "width": 90, "height": 60,
    }));
    full.outputs.insert("image".into(), "image/webp".into());
    let blocked = generate(json!({ "prompt": "gore" }));
    for order in bench.contract.orders.iter().chain([&full, &blocked]) {
        bench.double.shop.fault(Fault::Kept(kept.clone()));
        bench.start(order).await;
    }
    for exchange in kept.all() {
        let request = match exchange.call.as_str() {
            "POST /v1/images/edits" => "CreateImageEditRequest",
            _ => "CreateImageRequest",
        };
        holds(&document, request, &exchange.request);
        let answer = if exchange.status == 200 { "ImagesResponse" } else { "ErrorResponse" };
        holds(&document, answer, &exchange.answer);
    }
    assert_eq!(kept.all().len(), 4);
}
