//! Hashnode against its double.

use domain::ports::Refusal;
use domain::publish::Went;
use doubles::faults::Fault;
use doubles::targets::conformance::{Bench, Contract, Next, grant};
use doubles::targets::hashnode::{PUBLICATION, TOKEN, routes};
use publishers::hashnode::Hashnode;
use serde_json::json;

/// The call of all; what it asks for is in its body.
const CALL: &str = "POST /";

fn fault(code: &str) -> Fault {
    let error = json!({ "message": "No.", "extensions": { "code": code } });
    Fault::Instead(200, Vec::new(), json!({ "errors": [error], "data": null }))
}

pub(crate) fn contract() -> Contract {
    let limit = Fault::Instead(429, vec![("retry-after", "9".into())], json!({}));
    Contract {
        spoke: |line| Box::new(Hashnode::new(line)),
        routes,
        grant: |base| {
            grant(json!({ "api": base, "publication": PUBLICATION }), json!({ "token": TOKEN }))
        },
        makes: CALL,
        changes: vec!["POST /bucket"],
        refusals: vec![
            (fault("BAD_USER_INPUT"), Next::Never),
            (fault("FORBIDDEN"), Next::Elsewhere),
            (fault("UNAUTHENTICATED"), Next::Connect),
        ],
        limits: vec![(limit, 9)],
        needs: vec![(CALL, "/data")],
        opens: "token",
        renews: None,
        again: true,
        // Its pictures stand in the text, and its cover has no words.
        alts: false,
    }
}

doubles::spokes!(clauses, contract);

#[tokio::test]
async fn a_publication_that_may_not_write_says_what_it_lacks() {
    let mut bench = Bench::open(contract).await;
    bench.double.shop.order_whim("free");
    let mut sending = bench.sending();
    let told = bench.drive(&mut sending).await;
    let why = "hashnode: Publication does not have an active Pro plan. Upgrade to use this API.";
    assert_eq!(told.went, Went::Refused(Refusal::Elsewhere, why.into()));
}

#[tokio::test]
async fn a_code_that_is_not_known_is_drift_and_no_refusal() {
    let mut bench = Bench::open(contract).await;
    bench.double.shop.fault_on(CALL, fault("TEAPOT"));
    bench.posted().await;
    assert_eq!(bench.drift(), ["errors.extensions.code"]);
    assert_eq!(bench.seen(), (1, true));
}

/// The call that publishes is the last of five: each may be lost, and the post appears once.
#[tokio::test]
async fn whichever_call_is_lost_the_post_appears_once() {
    for lost in 0..5 {
        let mut bench = Bench::open(contract).await;
        for _ in 0..lost {
            bench.double.shop.fault_on(CALL, Fault::None);
        }
        bench.double.shop.fault_on(CALL, Fault::DoneBut(504, json!({})));
        bench.posted().await;
        assert_eq!(bench.seen(), (1, true), "call {lost}");
    }
}
