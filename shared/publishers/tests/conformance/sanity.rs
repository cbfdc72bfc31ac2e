//! Sanity against its double.

use doubles::faults::Fault;
use doubles::targets::conformance::{Bench, Contract, Next, Verb, grant};
use doubles::targets::sanity::{TOKEN, routes};
use publishers::sanity::Sanity;
use serde_json::json;

const MUTATE: &str = "POST /v2025-02-19/data/mutate/production";
const IMAGES: &str = "POST /v2025-02-19/assets/images/production";

fn fault(status: u16, message: &str) -> Fault {
    let body = json!({ "statusCode": status, "error": "No", "message": message });
    Fault::Instead(status, Vec::new(), body)
}

fn contract() -> Contract {
    let limit = Fault::Instead(429, vec![("retry-after", "3".into())], json!({}));
    Contract {
        spoke: |line| Box::new(Sanity::new(line)),
        routes,
        grant: |base| grant(json!({ "api": base, "project": "p1" }), json!({ "token": TOKEN })),
        makes: MUTATE,
        changes: vec![IMAGES],
        refusals: vec![
            (fault(400, "Malformed"), Next::Never),
            (fault(401, "Session not found"), Next::Connect),
            (fault(403, "Insufficient permissions"), Next::Elsewhere),
        ],
        limits: vec![(limit, 3)],
        needs: vec![
            (IMAGES, "/document/_id"),
            (IMAGES, "/document/url"),
            (MUTATE, "/results/0/id"),
        ],
        opens: "token",
        renews: None,
        again: true,
        alts: true,
    }
}

doubles::spokes!(clauses, contract);
doubles::entries!(entries, contract);

#[tokio::test]
async fn a_picture_that_was_thrown_away_meanwhile_is_sent_again() {
    let mut bench = Bench::open(contract).await;
    let mut sending = bench.sending();
    bench.verb(Verb::Start, &mut sending).await;
    bench.double.shop.write(|books| books.files.clear());
    let told = bench.drive(&mut sending).await;
    assert_eq!(told.wait_s, Some(1), "{told:?}");
    bench.drive_from(Verb::Check, &mut sending).await;
    assert_eq!(bench.seen(), (1, true));
}

#[tokio::test]
async fn a_draft_is_a_document_that_nobody_sees() {
    let mut bench = Bench::open(contract).await;
    let mut sending = bench.sending();
    sending.settings.insert("status".into(), "draft".into());
    bench.drive(&mut sending).await;
    assert_eq!(bench.seen().0, 0);
    assert!(bench.double.shop.books().shown[0].id.starts_with("drafts."));
}
