//! Google's Gemini pictures against their double.

use domain::money::MicroUsd;
use domain::vendor::{Class, Effort, Order, Outcome, Source};
use doubles::conformance::{Bench, Contract, Tells, order};
use doubles::faults::Fault;
use doubles::gemini::exhausted;
use doubles::made::{png, png_size};
use providers::desk::Key;
use providers::gemini::Gemini;
use providers::vendor::Vendor;
use serde_json::{Value, json};

fn error(code: u16, status: &str) -> Value {
    json!({ "error": { "code": code, "message": "No.", "status": status } })
}

fn fault(code: u16, status: &str) -> Fault {
    Fault::Instead(code, Vec::new(), error(code, status))
}

fn generate(model: &str, params: Value) -> Order {
    order("image.generate", model, params, &[])
}

fn contract() -> Contract {
    let square = json!({ "prompt": "a tin on a shelf", "width": 1024, "height": 1024 });
    let minute = exhausted("GenerateRequestsPerMinutePerProjectPerModel", "34s");
    let day = exhausted("GenerateRequestsPerDayPerProjectPerModel", "34s");
    Contract {
        vendor: Box::new(Gemini),
        routes: doubles::gemini::routes,
        base: "/v1beta",
        key: Key { secret: "AIza0123456789".into(), webhook: String::new() },
        orders: vec![
            generate("gemini-2.5-flash-image", square.clone()),
            generate("gemini-3-pro-image-preview", square),
            order(
                "image.edit",
                "gemini-3.1-flash-image",
                json!({ "prompt": "less rust" }),
                &["image"],
            ),
        ],
        refusals: vec![
            (Fault::Instead(429, Vec::new(), minute), Class::Later(34)),
            (Fault::Instead(429, Vec::new(), day), Class::Quota),
            (fault(400, "INVALID_ARGUMENT"), Class::Invalid),
            (fault(403, "PERMISSION_DENIED"), Class::Credentials),
            (fault(404, "NOT_FOUND"), Class::Elsewhere),
            (fault(503, "UNAVAILABLE"), Class::Later(15)),
        ],
        start_needs: vec!["/candidates", "/candidates/0/content/parts/0/inlineData/data"],
        check_needs: Vec::new(),
        status: None,
        cancels: false,
        finds: false,
        tells: Tells::Never,
        expires: None,
    }
}

doubles::conformance!(clauses, contract);

async fn picture(bench: &Bench, order: &Order) -> Vec<u8> {
    match bench.start(order).await.outcome {
        Outcome::Done(done) => match done.media[0].source.clone() {
            Source::Bytes(bytes) => bytes,
            Source::Url(url) => panic!("it is at {url}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_200_without_a_picture_is_a_failure_that_says_why_and_what_it_cost() {
    for (whim, class, said) in [
        ("no_image", Class::Elsewhere, "it answered without a picture: NO_IMAGE"),
        ("words", Class::Elsewhere, "it answered without a picture and with words: STOP"),
        ("safety", Class::Content, "it answered without a picture: IMAGE_SAFETY"),
        ("prompt_blocked", Class::Content, "it answered without a picture: PROHIBITED_CONTENT"),
    ] {
        let bench = Bench::open(contract).await;
        bench.double.shop.order_whim(whim);
        let answer = bench.start(&bench.order).await;
        let Outcome::Failed { refusal, usd } = answer.outcome else { panic!("{whim}: {answer:?}") };
        assert_eq!((refusal.class, refusal.reason.as_str()), (class, said));
        let MicroUsd(usd) = usd.unwrap();
        assert!((usd - bench.double.shop.books().billed()).abs() <= 2, "{whim}: {usd}");
        assert_eq!(answer.drift, None);
    }
}

#[tokio::test]
async fn a_sketch_of_a_model_that_thinks_is_not_taken_for_its_picture() {
    let bench = Bench::open(contract).await;
    let order = &bench.contract.orders[1];
    assert_eq!(picture(&bench, order).await, png(order.text("prompt"), 1024, 1024));
}

#[tokio::test]
async fn the_picture_has_the_shape_and_the_size_that_are_wished_for() {
    let bench = Bench::open(contract).await;
    for (width, height, made) in
        [(1024, 1024, (1024, 1024)), (1920, 1080, (2752, 1536)), (800, 1200, (848, 1264))]
    {
        let params = json!({ "prompt": "a tin", "width": width, "height": height });
        let order = generate("gemini-3.1-flash-image", params);
        assert_eq!(png_size(&picture(&bench, &order).await), Some(made));
    }
}

#[tokio::test]
async fn what_is_quoted_said_and_billed_is_the_same_to_the_cent() {
    let bench = Bench::open(contract).await;
    for row in Gemini.models() {
        for (width, height) in [(1024, 1024), (2048, 1152), (4096, 4096)] {
            let params = json!({ "prompt": "a tin", "width": width, "height": height });
            let mut order = order(row.kind, row.model, params, &[]);
            if row.kind == "image.edit" {
                order.inputs = bench.contract.orders[2].inputs.clone();
            }
            let before = bench.double.shop.books().billed();
            let answer = bench.start(&order).await;
            let Outcome::Done(done) = answer.outcome else { panic!("{answer:?}") };
            let billed = bench.double.shop.books().billed() - before;
            let quoted = row.each_at(Effort::Standard, (width, height)).unwrap();
            let what = format!("{} {width}x{height}", row.name());
            assert!((done.usd.unwrap().0 - billed).abs() <= 2, "{what}: {done:?}, billed {billed}");
            assert!((quoted.0 - billed).abs() <= 10_000, "{what}: {quoted:?}, billed {billed}");
            assert_eq!(done.model.as_deref(), Some(row.model));
        }
    }
}

#[tokio::test]
async fn what_it_cannot_do_goes_elsewhere_unasked() {
    let bench = Bench::open(contract).await;
    let mut masked = bench.contract.orders[2].clone();
    masked.inputs.insert("mask".into(), masked.inputs["image"].clone());
    let expected = Outcome::refused(Class::Elsewhere, "gemini takes no mask");
    assert_eq!(bench.start(&masked).await.outcome, expected);
    let video = order("video.generate", "veo", json!({ "prompt": "a tin" }), &[]);
    let expected = Outcome::refused(Class::Elsewhere, "gemini makes pictures here");
    assert_eq!(bench.start(&video).await.outcome, expected);
    assert_eq!(bench.double.shop.books().work, []);
}

#[tokio::test]
async fn a_model_that_is_overloaded_is_asked_again_later() {
    let bench = Bench::open(contract).await;
    bench.double.shop.order_whim("overloaded");
    let why = "The model is overloaded. Please try again later.";
    assert_eq!(bench.start(&bench.order).await.outcome, Outcome::refused(Class::Later(15), why));
}

#[tokio::test]
async fn both_spellings_of_its_fields_and_both_versions_are_one_api() {
    let bench = Bench::open(contract).await;
    let image = json!({ "mime_type": "image/png", "data": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB" });
    let parts = json!([{ "text": "a tin" }, { "inline_data": image }]);
    let body = json!({
        "contents": [{ "role": "user", "parts": parts }],
        "generation_config": { "image_config": { "aspect_ratio": "16:9", "image_size": "2K" } },
    });
    let path = "/v1/models/gemini-3-pro-image:generateContent";
    let url = format!("{}{path}", bench.double.base());
    let request = reqwest::Client::new().post(url).header("x-goog-api-key", "AIza0123");
    let answer = request.json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}
