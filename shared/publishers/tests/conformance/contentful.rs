//! Contentful against its double.

use domain::publish::Went;
use doubles::faults::Fault;
use doubles::targets::conformance::{Bench, Contract, Next, Verb, grant};
use doubles::targets::contentful::{SPACE, TOKEN, routes};
use publishers::contentful::Contentful;
use serde_json::json;

const ENTRIES: &str = "PUT /spaces/s1/environments/master/entries/";
const ASSETS: &str = "PUT /spaces/s1/environments/master/assets/";
const UPLOADS: &str = "POST /spaces/s1/environments/master/uploads";

fn fault(status: u16, id: &str) -> Fault {
    let body = json!({ "sys": { "type": "Error", "id": id }, "message": "No.", "requestId": "r" });
    Fault::Instead(status, Vec::new(), body)
}

fn contract() -> Contract {
    let limited = json!({ "sys": { "type": "Error", "id": "RateLimitExceeded" } });
    let limit = Fault::Instead(429, vec![("x-contentful-ratelimit-reset", "2".into())], limited);
    Contract {
        spoke: |line| Box::new(Contentful::new(line)),
        routes,
        grant: |base| {
            let settings = json!({ "api": base, "uploads": base, "space": SPACE });
            grant(settings, json!({ "token": TOKEN }))
        },
        makes: ENTRIES,
        changes: vec![UPLOADS, ASSETS],
        refusals: vec![
            (fault(422, "ValidationFailed"), Next::Never),
            (fault(401, "AccessTokenInvalid"), Next::Connect),
            (fault(403, "AccessDenied"), Next::Elsewhere),
        ],
        limits: vec![(limit, 2)],
        needs: vec![(UPLOADS, "/sys/id"), (ENTRIES, "/sys/version")],
        opens: "token",
        renews: None,
        again: true,
        alts: true,
    }
}

doubles::spokes!(clauses, contract);
doubles::entries!(entries, contract);

#[tokio::test]
async fn a_file_is_waited_for_until_it_has_an_address() {
    let mut bench = Bench::open(contract).await;
    bench.double.shop.order_whim("slow");
    let mut sending = bench.sending();
    // The whim is met by the first call; the file is sent to be looked at by the fourth.
    let told = bench.verb(Verb::Start, &mut sending).await;
    assert_eq!((told.went, told.wait_s), (Went::Working, Some(2)));
    let told = bench.drive_from(Verb::Check, &mut sending).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    assert_eq!(bench.seen(), (1, true));
}

#[tokio::test]
async fn each_call_that_is_lost_leaves_one_entry() {
    for lost in 0..5 {
        for call in [ASSETS, ENTRIES] {
            let mut bench = Bench::open(contract).await;
            for _ in 0..lost {
                bench.double.shop.fault_on(call, Fault::None);
            }
            bench.double.shop.fault_on(call, Fault::DoneBut(504, json!({})));
            bench.posted().await;
            assert_eq!(bench.seen(), (1, true), "{call} {lost}");
        }
    }
}
