//! A scorer of one's own against its double: signed, and asked once.

use domain::vendor::{Class, Outcome, Source};
use doubles::conformance::{Bench, Contract, Tells, order};
use doubles::faults::Fault;
use providers::desk::Key;
use providers::house::House;
use serde_json::{Value, json};

fn fault(status: u16) -> Fault {
    Fault::Instead(status, Vec::new(), json!({ "error": "no" }))
}

pub(crate) fn contract() -> Contract {
    let params = json!({ "text": "a tin on a shelf", "criterion": "ours", "settings": { "a": 1 } });
    let wait = vec![("retry-after", "7".to_owned())];
    Contract {
        vendor: Box::new(House),
        routes: doubles::house::routes,
        base: "/v1",
        key: Key { secret: doubles::house::SECRET.into(), webhook: String::new() },
        orders: vec![order("content.score", "brand-3", params, &["images"])],
        refusals: vec![
            (Fault::Instead(429, wait, json!({})), Class::Later(7)),
            (fault(422), Class::Invalid),
            (fault(401), Class::Credentials),
            (fault(402), Class::Quota),
            (fault(404), Class::Elsewhere),
        ],
        start_needs: vec!["/score"],
        check_needs: vec![],
        status: None,
        cancels: false,
        finds: false,
        tells: Tells::Never,
        expires: None,
    }
}

doubles::conformance!(clauses, contract);

#[tokio::test]
async fn its_word_is_kept_in_the_form_that_gates_read() {
    for (whim, flagged) in [("", false), ("flagged", true)] {
        let bench = Bench::open(contract).await;
        if whim == "flagged" {
            bench.double.shop.order_whim("flagged");
        }
        let Outcome::Done(done) = bench.start(&bench.order).await.outcome else { panic!() };
        let Source::Bytes(bytes) = &done.media[0].source else { panic!() };
        let said: Value = serde_json::from_slice(bytes).unwrap();
        let expected = json!({ "score": 0.9, "reason": "as we like it", "flagged": flagged });
        assert_eq!(said, expected);
        assert_eq!((done.usd.unwrap().0, done.model.as_deref()), (500, Some("house-3")));
    }
}

#[tokio::test]
async fn a_score_that_is_none_is_not_taken_for_one() {
    let bench = Bench::open(contract).await;
    bench.double.shop.order_whim("nonsense");
    let answer = bench.start(&bench.order).await;
    assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{answer:?}");
}
