//! Runway's adapter against its double.

use domain::money::MicroUsd;
use domain::vendor::{Answer, Class, Outcome, Source};
use doubles::conformance::{Bench, Contract, Tells, order};
use doubles::faults::Fault;
use doubles::spec::{Kept, holds};
use providers::desk::Key;
use providers::runway::Runway;
use serde_json::{Value, json};

fn error(status: u16, error: &str) -> Fault {
    Fault::Instead(status, Vec::new(), json!({ "error": error }))
}

fn contract() -> Contract {
    let wide =
        json!({ "prompt": "a lighthouse at dusk", "width": 1920, "height": 1080, "seed": 7 });
    let small = json!({ "prompt": "a lighthouse", "width": 512, "height": 512 });
    let waves = json!({ "prompt": "waves", "seconds": 4, "width": 640, "height": 360 });
    let upscaler = "magnific_precision_upscaler_v2";
    Contract {
        vendor: Box::new(Runway),
        routes: doubles::runway::routes,
        base: "",
        key: Key { secret: "key_0123456789".into(), webhook: String::new() },
        orders: vec![
            order("image.generate", "gen4_image", wide, &[]),
            order("image.generate", "gen4_image", small, &[]),
            order("image.edit", "gen4_image_turbo", json!({ "prompt": "at night" }), &["image"]),
            order("image.upscale", upscaler, json!({ "factor": 4 }), &["image"]),
            order("video.generate", "gen4.5", waves.clone(), &[]),
            order("video.generate", "gen4.5", waves.clone(), &["image"]),
            order("video.generate", "gen4_turbo", waves, &["image"]),
            order("audio.generate", SOUNDS, json!({ "prompt": "rain", "seconds": 5 }), &[]),
            order("audio.speak", "eleven_multilingual_v2", json!({ "text": "hello" }), &[]),
            order("audio.separate", "eleven_voice_isolation", json!({}), &["audio"]),
        ],
        refusals: vec![
            (error(400, "Validation of body failed"), Class::Invalid),
            (error(400, "You do not have enough credits to run this task."), Class::Quota),
            (error(401, "Unauthorized"), Class::Credentials),
            (error(404, "Not found"), Class::Elsewhere),
            (error(405, "Method not allowed"), Class::Elsewhere),
            (error(429, "Too many requests"), Class::Later(30)),
            (Fault::Instead(429, vec![("retry-after", "7".into())], json!({})), Class::Later(7)),
        ],
        start_needs: vec!["/id"],
        check_needs: vec!["/status", "/output/0"],
        status: Some("/status"),
        cancels: true,
        finds: false,
        tells: Tells::Never,
        expires: Some("expired"),
    }
}

const SOUNDS: &str = "eleven_text_to_sound_v2";

doubles::conformance!(clauses, contract);

/// How work ends that meets this whim of Runway's.
async fn with(whim: &'static str) -> Answer {
    let bench = Bench::open(contract).await;
    bench.double.shop.order_whim(whim);
    let start = bench.start(&bench.order).await;
    bench.end(&bench.order, start).await
}

#[tokio::test]
async fn what_fails_says_why_and_what_it_costs() {
    let broken = "runway failed: INTERNAL.BAD_OUTPUT.CODE01: An internal error occurred.";
    for (whim, class, why) in [
        ("content", Class::Content, "runway failed: SAFETY.INPUT.TEXT: Your input was flagged."),
        ("bad_output", Class::Later(5), broken),
    ] {
        let answer = with(whim).await;
        let Outcome::Failed { refusal, usd } = answer.outcome else { panic!("{answer:?}") };
        assert_eq!((refusal.class, refusal.reason.as_str()), (class, why));
        assert_eq!(usd, Some(MicroUsd(0)), "{whim}");
    }
    let throttled = with("throttled").await;
    assert!(matches!(throttled.outcome, Outcome::Done(_)), "{throttled:?}");
}

#[tokio::test]
async fn a_task_without_an_output_is_drift() {
    let answer = with("empty").await;
    let why = Outcome::Unknown("runway is done and brings no output".into());
    assert_eq!((answer.outcome, answer.drift.unwrap().field.as_str()), (why, "output[0]"));
}

#[tokio::test]
async fn an_output_that_is_gone_is_had_by_looking_again() {
    let bench = Bench::open(contract).await;
    let handle = bench.accepted().await;
    let url = async || {
        let accepted = Outcome::accepted(handle.clone()).into();
        let Outcome::Done(done) = bench.end(&bench.order, accepted).await.outcome else {
            panic!("it is done")
        };
        let Source::Url(url) = done.media[0].source.clone() else { panic!("it is an address") };
        url
    };
    let first = url().await;
    bench.double.shop.order_whim("expired");
    assert_eq!(reqwest::get(&first).await.unwrap().status(), 404);
    let second = url().await;
    assert_ne!(first, second, "each look signs anew");
    assert_eq!(reqwest::get(&second).await.unwrap().status(), 200);
    let costs = bench.double.shop.books().billed();
    assert_eq!(costs, 80_000, "looking costs nothing");
}

#[tokio::test]
async fn an_input_whose_address_is_too_long_is_handed_over_itself() {
    let bench = Bench::open(contract).await;
    let kept = Kept::default();
    for (url, whole) in [
        (format!("https://inputs.example/{}", "a".repeat(2000)), false),
        (bench.contract.orders[2].inputs["image"].url.clone(), true),
    ] {
        let mut order = bench.contract.orders[2].clone();
        order.inputs.get_mut("image").unwrap().url = url;
        bench.double.shop.fault(Fault::Kept(kept.clone()));
        bench.start(&order).await;
        let request = kept.all().pop().unwrap().request;
        let uri = request["referenceImages"][0]["uri"].as_str().unwrap();
        assert_eq!(uri.starts_with("data:image/png;base64,"), whole, "{uri}");
    }
}

#[tokio::test]
async fn what_runway_cannot_take_is_asked_for_elsewhere() {
    let bench = Bench::open(contract).await;
    let mut long = bench.order.clone();
    long.params.insert("prompt".into(), "é".repeat(1001).into());
    let refused = |why: &str| Outcome::refused(Class::Elsewhere, why);
    let most = refused("runway takes prompts of 1000 characters at most");
    assert_eq!(bench.start(&long).await.outcome, most);
    let film = order("video.generate", "gen4_turbo", json!({ "prompt": "waves" }), &[]);
    let picture = refused("runway's gen4_turbo films only from a picture");
    assert_eq!(bench.start(&film).await.outcome, picture);
    assert_eq!(bench.double.shop.books().calls, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_said_is_what_its_schemas_say() {
    let document: Value = serde_json::from_str(include_str!("../specs/runway.json")).unwrap();
    let bench = Bench::open(contract).await;
    let kept = Kept::default();
    for (n, order) in bench.contract.orders.iter().enumerate() {
        if n == 1 {
            bench.double.shop.order_whim("content");
        }
        for _ in 0..4 {
            bench.double.shop.fault(Fault::Kept(kept.clone()));
        }
        let start = bench.start(order).await;
        bench.end(order, start).await;
    }
    for exchange in kept.all() {
        match exchange.call.strip_prefix("POST /v1/") {
            Some(what) => {
                let model = exchange.request["model"].as_str().unwrap();
                holds(&document, &format!("{what}.{model}"), &exchange.request);
                holds(&document, "created", &exchange.answer);
            }
            None => holds(&document, "task", &exchange.answer),
        }
    }
    assert_eq!(kept.all().len(), 40);
}
