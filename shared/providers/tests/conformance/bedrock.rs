//! Amazon Bedrock: pictures at once, some of them filtered at 200; films later, made once for each token.

use domain::vendor::{Class, Effort, Order, Outcome, Source};
use doubles::conformance::{Bench, Contract, Tells, order};
use doubles::faults::Fault;
use doubles::sigv4;
use doubles::spec::{Kept, holds};
use providers::bedrock::Bedrock;
use providers::desk::{Key, Wire};
use providers::gpu::Allowed;
use serde_json::{Value, json};

const CORE: &str = "stability.stable-image-core-v1:1";
const CANVAS: &str = "amazon.nova-canvas-v1:0";

fn refusal(status: u16, name: &str, message: &str, class: Class) -> (Fault, Class) {
    let header = vec![("x-amzn-errortype", format!("{name}:http://internal.amazon.com/"))];
    (Fault::Instead(status, header, json!({ "message": message })), class)
}

fn paint(model: &str) -> Order {
    let params = json!({ "prompt": "a tin of paint", "width": 1600, "height": 900, "seed": 9 });
    order("image.generate", model, params, &[])
}

fn pictures() -> Contract {
    let cut = order("image.remove_background", CANVAS, json!({}), &["image"]);
    let blocked = "This request has been blocked by our content filters.";
    Contract {
        vendor: Box::new(Bedrock),
        routes: doubles::bedrock::routes,
        base: "",
        key: Key { secret: format!("{}::films/out", sigv4::KEY), webhook: String::new() },
        orders: vec![paint(CANVAS), paint(CORE), cut],
        refusals: vec![
            refusal(400, "ValidationException", "bad", Class::Invalid),
            refusal(400, "ValidationException", blocked, Class::Content),
            refusal(400, "ServiceQuotaExceededException", "", Class::Later(60)),
            refusal(403, "AccessDeniedException", "", Class::Credentials),
            refusal(403, "UnrecognizedClientException", "", Class::Credentials),
            refusal(404, "ResourceNotFoundException", "end of its life", Class::Elsewhere),
            refusal(429, "ThrottlingException", "", Class::Later(5)),
            refusal(429, "ModelNotReadyException", "", Class::Later(30)),
            refusal(503, "ServiceUnavailableException", "", Class::Later(10)),
        ],
        start_needs: vec!["/images", "/images/0"],
        check_needs: vec![],
        status: None,
        cancels: false,
        finds: false,
        tells: Tells::Never,
        expires: None,
    }
}

fn films() -> Contract {
    let params =
        json!({ "prompt": "a tin that turns", "seconds": 6, "width": 1280, "height": 720 });
    Contract {
        orders: vec![order("video.generate", "amazon.nova-reel-v1:1", params, &[])],
        start_needs: vec!["/invocationArn"],
        check_needs: vec!["/outputDataConfig/s3OutputDataConfig/s3Uri", "/status"],
        status: Some("/status"),
        finds: true,
        ..pictures()
    }
}

doubles::conformance!(bedrock_pictures, pictures);
doubles::conformance!(bedrock_films, films);

#[tokio::test]
async fn a_picture_that_is_filtered_at_200_is_none() {
    let cases = [
        (CANVAS, "The generated image has been blocked by AWS Responsible AI policies."),
        (CORE, "Filter reason: output image"),
    ];
    for (model, why) in cases {
        let bench = Bench::open(pictures).await;
        bench.double.shop.order_whim("filtered");
        let answer = bench.start(&paint(model)).await;
        assert_eq!(answer.outcome, Outcome::failed(Class::Content, format!("bedrock: {why}")));
        assert_eq!(answer.drift, None);
    }
    let bench = Bench::open(pictures).await;
    let odd = json!("Inference error");
    bench.double.shop.fault(Fault::With("/finish_reasons/0".into(), odd));
    let answer = bench.start(&paint(CORE)).await;
    let expected = Outcome::failed(Class::Elsewhere, "bedrock: Inference error");
    assert_eq!(answer.outcome, expected);
}

#[tokio::test]
async fn a_picture_that_came_counts_more_than_the_error_of_another() {
    let bench = Bench::open(pictures).await;
    let why = json!("1 of 2 images was blocked.");
    bench.double.shop.fault(Fault::With("/error".into(), why));
    let answer = bench.start(&bench.order).await;
    assert!(matches!(answer.outcome, Outcome::Done(_)), "{answer:?}");
}

#[tokio::test]
async fn what_was_tried_and_came_to_nothing_was_accepted() {
    for (status, name) in [(408, "ModelTimeoutException"), (424, "ModelErrorException")] {
        let bench = Bench::open(pictures).await;
        bench.double.shop.fault(refusal(status, name, "Sorry.", Class::Elsewhere).0);
        let answer = bench.start(&bench.order).await;
        let why = format!("bedrock {status}: {name} Sorry.");
        assert_eq!(answer.outcome, Outcome::failed(Class::Elsewhere, why));
    }
    let bench = Bench::open(films).await;
    bench.double.shop.fault(refusal(400, "ConflictException", "", Class::Invalid).0);
    let answer = bench.start(&bench.order).await;
    let why = "bedrock 400: ConflictException";
    assert_eq!(answer.outcome, Outcome::Unknown(why.into()), "our token is known there");
}

#[tokio::test]
async fn a_retired_model_is_refused_so_that_another_is_asked() {
    let bench = Bench::open(pictures).await;
    let retired = paint("amazon.titan-image-generator-v2:0");
    let answer = bench.start(&retired).await;
    let why = "bedrock 404: ResourceNotFoundException This model version has reached the end of its life.";
    assert_eq!(answer.outcome, Outcome::refused(Class::Elsewhere, why));
    let answer = bench.start(&paint("acme.paint-1")).await;
    let why = "bedrock is not asked for image.generate of \"acme.paint-1\"";
    assert_eq!(answer.outcome, Outcome::refused(Class::Elsewhere, why));
}

#[tokio::test]
async fn the_best_is_asked_for_where_it_is_to_be_published() {
    let bench = Bench::open(pictures).await;
    let best = Order { effort: Effort::Final, ..paint(CANVAS) };
    bench.start(&best).await;
    // More than a megapixel, premium.
    assert_eq!(bench.double.shop.books().billed(), 80_000);
    let models = bench.contract.vendor.models();
    let canvas = models.iter().find(|model| model.model == CANVAS).unwrap();
    let quoted = canvas.each_at(Effort::Final, (1600, 900)).unwrap();
    assert_eq!(quoted.0, 80_000);
}

#[tokio::test]
async fn a_film_is_made_once_for_a_token_and_read_at_a_signed_address() {
    let bench = Bench::open(films).await;
    let first = bench.accepted().await;
    assert_eq!(bench.accepted().await, first, "the same attempt is the same film");
    let answer = bench.end(&bench.order, Outcome::accepted(first).into()).await;
    let Outcome::Done(done) = answer.outcome else { panic!("{answer:?}") };
    let Source::Url(url) = &done.media[0].source else { panic!("{done:?}") };
    assert!(url.contains("/films/out/dbl000000001/output.mp4?X-Amz-Algorithm="), "{url}");
    let unsigned = reqwest::get(url.split('?').next().unwrap()).await.unwrap();
    assert_eq!(unsigned.status(), 403);
    let altered = reqwest::get(url.replace("Expires=3600", "Expires=36000")).await.unwrap();
    assert_eq!(altered.status(), 403);
}

#[tokio::test]
async fn a_film_is_found_on_a_later_page_and_none_is_made_for_looking() {
    let bench = Bench::open(films).await;
    let find = async || bench.contract.vendor.find(&bench.desk(), &bench.order).await.outcome;
    let why = "its list does not have it, or not yet";
    assert_eq!(find().await, Outcome::Unknown(why.into()));
    let first = bench.accepted().await;
    let job = bench.order.attempt.job();
    let other = domain::id::AttemptId::new(&job, "make", 2);
    bench.start(&Order { attempt: other, ..bench.order.clone() }).await;
    assert_eq!(find().await, Outcome::accepted(first));
    assert_eq!(bench.double.shop.books().work.len(), 2);
    let picture = bench.contract.vendor.find(&bench.desk(), &paint(CORE)).await;
    let why = "bedrock keeps no list of pictures";
    assert_eq!(picture.outcome, Outcome::Unknown(why.into()));
}

#[tokio::test]
async fn a_film_that_fails_says_why() {
    let bench = Bench::open(films).await;
    let handle = bench.accepted().await;
    bench.double.shop.order_whim("failed");
    let answer = bench.check(&bench.order, &handle).await;
    let why = "bedrock: The film could not be made.";
    assert_eq!(answer.outcome, Outcome::failed(Class::Elsewhere, why));
}

#[tokio::test]
async fn who_has_another_key_or_no_bucket_is_refused() {
    let bench = Bench::open(films).await;
    let wire = Wire::new(Allowed::new([bench.double.address.to_string()]));
    let base = bench.double.base();
    let now = doubles::conformance::now();
    let start = async |secret: String, order: &Order| {
        let key = Key { secret, webhook: String::new() };
        let answer = bench.contract.vendor.start(&wire.desk(&base, &key, now), order).await;
        answer.outcome
    };
    let forged = start(format!("{}x", sigv4::KEY), &paint(CORE)).await;
    let why = "bedrock 403: The request signature we calculated does not match";
    assert_eq!(forged, Outcome::refused(Class::Credentials, why));
    let why = "its key names no bucket for films: access:secret:token:bucket/prefix";
    let homeless = start(sigv4::KEY.to_owned(), &bench.order).await;
    assert_eq!(homeless, Outcome::refused(Class::Credentials, why));
}

#[tokio::test]
async fn what_is_said_is_what_its_service_model_says() {
    let document: Value = serde_json::from_str(include_str!("../specs/bedrock.json")).unwrap();
    let bench = Bench::open(films).await;
    let kept = Kept::default();
    let keep = || bench.double.shop.fault(Fault::Kept(kept.clone()));
    keep();
    let handle = bench.accepted().await;
    for _ in 0..2 {
        keep();
        bench.check(&bench.order, &handle).await;
    }
    keep();
    bench.contract.vendor.find(&bench.desk(), &bench.order).await;
    let all = kept.all();
    holds(&document, "StartAsyncInvokeRequest", &all[0].request);
    holds(&document, "StartAsyncInvokeResponse", &all[0].answer);
    holds(&document, "GetAsyncInvokeResponse", &all[1].answer);
    holds(&document, "GetAsyncInvokeResponse", &all[2].answer);
    holds(&document, "ListAsyncInvokesResponse", &all[3].answer);
    assert_eq!(all.len(), 4);
}
