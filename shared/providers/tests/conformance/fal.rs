//! fal's adapter against its double.

use domain::id::AttemptId;
use domain::vendor::{Answer, Class, Handle, Order, Outcome, Source};
use doubles::conformance::{Bench, Contract, Tells, order};
use doubles::faults::Fault;
use doubles::spec::{Kept, holds};
use providers::desk::Key;
use providers::fal::Fal;
use serde_json::{Value, json};

fn contract() -> Contract {
    let detail = |text: &str| json!({ "detail": text });
    let typed = |kind: &str| json!({ "detail": [{ "loc": ["body", "prompt"], "msg": "no", "type": kind }] });
    let instead = |status: u16, body: Value| Fault::Instead(status, Vec::new(), body);
    let lora = "fal-ai/flux-lora:https://weights.example/hero.safetensors";
    let wide = json!({ "prompt": "a lighthouse at dusk", "width": 1024, "height": 576 });
    Contract {
        vendor: Box::new(Fal::default()),
        routes: doubles::fal::routes,
        base: "",
        key: Key { secret: "key-of-ours:secret-of-ours".into(), webhook: String::new() },
        orders: vec![
            order("image.generate", "fal-ai/flux/dev", wide.clone(), &[]),
            order("image.generate", "fal-ai/flux/schnell", wide.clone(), &[]),
            order("image.generate", lora, wide, &[]),
            order(
                "image.edit",
                "fal-ai/flux-pro/kontext",
                json!({ "prompt": "at night" }),
                &["image"],
            ),
            order(
                "image.remove_background",
                "fal-ai/bria/background/remove",
                json!({}),
                &["image"],
            ),
            order("image.upscale", "fal-ai/clarity-upscaler", json!({ "factor": 2 }), &["image"]),
            order("image.upscale", "fal-ai/esrgan", json!({ "factor": 4 }), &["image"]),
            order("video.generate", FILM, json!({ "prompt": "waves", "seconds": 4 }), &[]),
            order("video.generate", FILM, json!({ "prompt": "waves", "seconds": 8 }), &["image"]),
            order(
                "audio.generate",
                "fal-ai/stable-audio",
                json!({ "prompt": "rain", "seconds": 5 }),
                &[],
            ),
            order("audio.speak", "fal-ai/kokoro/american-english", json!({ "text": "hello" }), &[]),
            order("audio.separate", "fal-ai/demucs", json!({}), &["audio"]),
        ],
        refusals: vec![
            (instead(401, detail("Authentication is required")), Class::Credentials),
            (instead(403, detail("Forbidden")), Class::Credentials),
            (instead(403, detail("User is locked. Reason: Exhausted balance.")), Class::Quota),
            (instead(402, detail("Payment required")), Class::Quota),
            (instead(422, typed("value_error.missing")), Class::Invalid),
            (instead(400, detail("bad")), Class::Invalid),
            (instead(422, typed("content_policy_violation")), Class::Content),
            (instead(404, detail("Application not found")), Class::Elsewhere),
            (instead(410, detail("gone")), Class::Elsewhere),
            (instead(429, detail("slow down")), Class::Later(10)),
            (
                Fault::Instead(429, vec![("retry-after", "7".into())], detail("slow")),
                Class::Later(7),
            ),
        ],
        start_needs: vec!["/request_id"],
        check_needs: vec!["/status", "/images/0/url"],
        status: Some("/status"),
        cancels: true,
        finds: false,
        tells: Tells::Signed,
        expires: Some("expired"),
    }
}

const FILM: &str = "fal-ai/minimax/hailuo-02/standard/text-to-video";

doubles::conformance!(clauses, contract);

/// How work ends that meets this whim of fal's.
async fn with(whim: &'static str) -> (Bench, Answer) {
    let bench = Bench::open(contract).await;
    bench.double.shop.order_whim(whim);
    let start = bench.start(&bench.order).await;
    let answer = bench.end(&bench.order, start).await;
    (bench, answer)
}

#[tokio::test]
async fn what_is_completed_with_an_error_has_failed() {
    for (whim, class, why) in [
        (
            "content",
            Class::Content,
            "fal answered 422: content_policy_violation: prompt: The content \
          could not be processed because it was flagged by a content checker.",
        ),
        ("broken", Class::Elsewhere, "fal answered 500: runner_server_error: Runner died"),
        ("nsfw", Class::Content, "fal's safety checker blackened the picture"),
    ] {
        let (_, answer) = with(whim).await;
        let Outcome::Failed { refusal, usd } = answer.outcome else { panic!("{whim}: {answer:?}") };
        assert_eq!((refusal.class, refusal.reason.as_str(), usd), (class, why, None));
    }
}

#[tokio::test]
async fn a_result_without_a_picture_is_drift() {
    let (_, answer) = with("empty").await;
    let why = Outcome::Unknown("fal is done and brings no output".into());
    assert_eq!((answer.outcome, answer.drift.unwrap().field.as_str()), (why, "image.url"));
}

#[tokio::test]
async fn an_address_that_leads_elsewhere_never_gets_our_key() {
    let bench = Bench::open(contract).await;
    bench.double.shop.order_whim("astray");
    let start = bench.start(&bench.order).await;
    let Outcome::Accepted { handle, .. } = &start.outcome else { panic!("{start:?}") };
    assert!(handle.more.is_empty(), "{handle:?}");
    assert_eq!(start.drift.as_ref().unwrap().found, "an address that is not fal's");
    // Work is found where the contract says it is.
    let answer = bench.end(&bench.order, start).await;
    assert!(matches!(answer.outcome, Outcome::Done(_)), "{answer:?}");
}

#[tokio::test]
async fn a_page_of_the_gateway_says_nothing_of_the_work() {
    let bench = Bench::open(contract).await;
    let handle = bench.accepted().await;
    bench.double.shop.order_whim("nginx");
    let answer = bench.check(&bench.order, &handle).await;
    assert_eq!(answer.outcome, Outcome::Unknown("fal's gateway answered 502".into()));
    let answer = bench.end(&bench.order, Outcome::accepted(handle).into()).await;
    assert!(matches!(answer.outcome, Outcome::Done(_)), "{answer:?}");
}

#[tokio::test]
async fn work_that_only_a_webhook_named_can_be_checked() {
    let bench = Bench::open(contract).await;
    let handle = bench.accepted().await;
    let named = Handle::new(handle.id);
    let answer = bench.end(&bench.order, Outcome::accepted(named).into()).await;
    let Outcome::Done(done) = answer.outcome else { panic!("{answer:?}") };
    assert!(matches!(&done.media[0].source, Source::Url(url) if url.contains("/files/")));
}

#[tokio::test]
async fn a_name_that_would_lead_elsewhere_is_no_model() {
    let bench = Bench::open(contract).await;
    for name in ["flux", "../admin", "fal-ai/flux?x=1", "fal-ai//flux", "fal-ai/flux#x", "a/b/../c"]
    {
        let mut order = bench.order.clone();
        order.model = name.into();
        let refused = Outcome::refused(Class::Invalid, "fal: this is no name of a model");
        assert_eq!(bench.start(&order).await.outcome, refused, "{name}");
    }
    assert_eq!(bench.double.shop.books().calls, Vec::<String>::new());
}

/// Starts the usual order of another attempt; the id of what was accepted and then lost.
async fn lost(bench: &Bench, number: u32) -> (Order, String) {
    let mut order = bench.order.clone();
    order.attempt = AttemptId::new(&order.attempt.job(), "make", number);
    bench.double.shop.fault(Fault::DoneBut(504, json!({})));
    let start = bench.start(&order).await;
    assert!(matches!(start.outcome, Outcome::Unknown(_)), "{start:?}");
    (order, bench.double.shop.books().work.last().expect("it was accepted").id.clone())
}

#[tokio::test]
async fn lost_work_is_found_among_what_was_begun_by_a_seed_of_its_own() {
    let bench = Bench::open(contract).await;
    let (order, id) = lost(&bench, 1).await;
    let find = async |order: &Order| bench.contract.vendor.find(&bench.desk(), order).await;
    let none = Outcome::Unknown("fal lists no request that is known to be ours".into());
    assert_eq!(find(&order).await.outcome, none, "it waits yet");
    // So many were begun since that ours is on the second page.
    for number in 2..=102 {
        let (other, id) = lost(&bench, number).await;
        bench.end(&other, Outcome::accepted(Handle::new(id)).into()).await;
    }
    bench.end(&order, Outcome::accepted(Handle::new(id.clone())).into()).await;
    let Outcome::Done(done) = find(&order).await.outcome else { panic!("it is found") };
    let Source::Url(url) = &done.media[0].source else { panic!("it is an address") };
    assert!(url.contains(&id), "{url}");
    let mut next = order.clone();
    next.attempt = AttemptId::new(&order.attempt.job(), "make", 103);
    assert_eq!(find(&next).await.outcome, none, "the next attempt's was never accepted");
}

#[tokio::test]
async fn what_is_listed_is_what_its_schemas_say() {
    let document: Value = serde_json::from_str(include_str!("../specs/fal.json")).unwrap();
    let bench = Bench::open(contract).await;
    let (order, id) = lost(&bench, 1).await;
    bench.end(&order, Outcome::accepted(Handle::new(id)).into()).await;
    let kept = Kept::default();
    bench.double.shop.fault(Fault::Kept(kept.clone()));
    bench.contract.vendor.find(&bench.desk(), &order).await;
    let listed = kept.all().pop().unwrap();
    assert_eq!(listed.call, "GET /v1/models/requests/by-endpoint");
    holds(&document, "requests", &listed.answer);
    assert_eq!(listed.answer["items"].as_array().unwrap().len(), 1);
}
