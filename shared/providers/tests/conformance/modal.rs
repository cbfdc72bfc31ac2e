//! Modal: functions that answer, and functions that take longer than its proxy waits.

use domain::money::MicroUsd;
use domain::vendor::{Class, Handle, Outcome};
use doubles::conformance::{Bench, Contract, Tells, order};
use doubles::faults::Fault;
use providers::desk::Key;
use providers::modal::Modal;
use serde_json::json;

fn refusal(status: u16, class: Class) -> (Fault, Class) {
    (Fault::Instead(status, Vec::new(), json!("no")), class)
}

fn at_once() -> Contract {
    let params = json!({ "prompt": "a tin of paint", "width": 512, "height": 512, "seed": 9 });
    let wait = vec![("retry-after", "3".to_owned())];
    Contract {
        vendor: Box::new(Modal),
        routes: doubles::modal::routes,
        base: "",
        key: Key { secret: "wk-double-key:ws-double-secret".into(), webhook: String::new() },
        orders: vec![
            order("image.generate", "paint", params, &[]),
            order("audio.generate", "sing", json!({ "prompt": "rain", "seconds": 2 }), &[]),
            order("text.generate", "write", json!({ "prompt": "tins" }), &[]),
        ],
        refusals: vec![
            refusal(401, Class::Credentials),
            refusal(404, Class::Elsewhere),
            refusal(422, Class::Invalid),
            (Fault::Instead(429, wait, json!("no")), Class::Later(3)),
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

fn longer() -> Contract {
    let params = json!({ "prompt": "a tin of paint", "width": 512, "height": 512, "seed": 9 });
    Contract { orders: vec![order("image.generate", "film", params, &[])], ..at_once() }
}

doubles::conformance!(modal, at_once);
doubles::conformance!(modal_longer, longer);

#[tokio::test]
async fn a_function_may_answer_with_json_and_say_what_it_costs() {
    let bench = Bench::open(at_once).await;
    bench.double.shop.order_whim("json");
    let answer = bench.start(&bench.order).await;
    let Outcome::Done(done) = answer.outcome else { panic!("{answer:?}") };
    assert_eq!(done.usd, Some(MicroUsd(5_000)));
    assert_eq!(done.model.as_deref(), Some("flux-1"));
    assert_eq!(done.media.len(), 1);
}

#[tokio::test]
async fn what_a_function_does_not_bring_is_drift() {
    let bench = Bench::open(at_once).await;
    bench.double.shop.order_whim("empty");
    let answer = bench.start(&bench.order).await;
    assert_eq!(answer.outcome, Outcome::Unknown("it is done, but nothing came".into()));
    assert_eq!(answer.drift.unwrap().field, "body");
    bench.double.shop.order_whim("json");
    bench.double.shop.fault(Fault::Without("/outputs/image/base64".into()));
    let answer = bench.start(&bench.order).await;
    let why = "it is done, but no output \"image\" came";
    assert_eq!(answer.outcome, Outcome::Unknown(why.into()));
    assert_eq!(answer.drift.unwrap().field, "outputs.image");
}

#[tokio::test]
async fn the_result_is_asked_for_where_the_redirect_leads_and_nothing_is_started_again() {
    for whim in ["", "relative", "spawned"] {
        let bench = Bench::open(longer).await;
        bench.double.shop.order_whim(whim);
        let handle = bench.accepted().await;
        assert_eq!(handle.id, "fc-01JD0001");
        let at = format!("{}/film?__modal_function_call_id=fc-01JD0001", bench.double.base());
        assert_eq!(handle.get("result_url"), at);
        let answer = bench.end(&bench.order, Outcome::accepted(handle).into()).await;
        assert!(matches!(answer.outcome, Outcome::Done(_)), "{answer:?}");
        assert_eq!(bench.double.shop.books().work.len(), 1);
    }
}

#[tokio::test]
async fn our_token_goes_to_our_functions_only() {
    for whim in ["abroad", "nowhere"] {
        let bench = Bench::open(longer).await;
        bench.double.shop.order_whim(whim);
        let answer = bench.start(&bench.order).await;
        assert_eq!(answer.outcome, Outcome::Unknown("it goes on, but where is not said".into()));
        assert_eq!(answer.drift.unwrap().field, "location");
    }
    let bench = Bench::open(longer).await;
    let abroad = Handle::new("fc").with("result_url", "https://elsewhere.example/film?a=1");
    let answer = bench.check(&bench.order, &abroad).await;
    let why = "the result is not where our functions are";
    assert_eq!(answer.outcome, Outcome::Unknown(why.into()));
}

#[tokio::test]
async fn a_check_says_what_its_answer_means() {
    let gone = || Outcome::failed(Class::Elsewhere, "modal 404: the result is gone");
    let cases = [
        (401, Outcome::Unknown("modal 401".into())),
        (404, gone()),
        (410, Outcome::failed(Class::Elsewhere, "modal 410: the result is gone")),
        (422, Outcome::failed(Class::Invalid, "modal 422")),
        (500, Outcome::Unknown("modal 500".into())),
    ];
    for (status, expected) in cases {
        let bench = Bench::open(longer).await;
        let handle = bench.accepted().await;
        bench.double.shop.fault(Fault::Instead(status, Vec::new(), json!({})));
        assert_eq!(bench.check(&bench.order, &handle).await.outcome, expected);
        let answer = bench.end(&bench.order, Outcome::accepted(handle.clone()).into()).await;
        assert!(matches!(answer.outcome, Outcome::Done(_)), "{answer:?}");
        bench.double.shop.order_whim("gone");
        assert_eq!(bench.check(&bench.order, &handle).await.outcome, gone());
    }
}
