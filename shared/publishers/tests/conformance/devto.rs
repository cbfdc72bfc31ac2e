//! dev.to against its double.

use domain::ports::Refusal;
use domain::publish::Went;
use doubles::faults::Fault;
use doubles::targets::conformance::{Bench, Contract, Next, grant};
use doubles::targets::devto::{KEY, routes};
use publishers::devto::DevTo;
use serde_json::json;

const ARTICLES: &str = "POST /api/articles";

fn fault(status: u16, message: &str) -> Fault {
    Fault::Instead(status, Vec::new(), json!({ "error": message, "status": status }))
}

pub(crate) fn contract() -> Contract {
    let after = vec![("retry-after", "45".to_owned())];
    Contract {
        spoke: |line| Box::new(DevTo::new(line)),
        routes,
        grant: |base| grant(json!({ "site": base }), json!({ "key": KEY })),
        makes: ARTICLES,
        changes: Vec::new(),
        refusals: vec![
            (fault(422, "Title can't be blank"), Next::Never),
            (fault(401, "unauthorized"), Next::Connect),
            (fault(403, "forbidden"), Next::Elsewhere),
        ],
        limits: vec![
            (fault(429, "Rate limit reached, try again in 30 seconds"), 30),
            (Fault::Instead(429, after, json!({})), 45),
        ],
        needs: vec![(ARTICLES, "/id"), (ARTICLES, "/url")],
        opens: "key",
        renews: None,
        again: true,
        // Its pictures stand in the text.
        alts: false,
    }
}

doubles::spokes!(clauses, contract);

#[tokio::test]
async fn a_canonical_address_that_an_article_of_another_hand_has_is_refused() {
    let mut bench = Bench::open(contract).await;
    let taken = fault(422, "Canonical url has already been taken");
    bench.double.shop.fault_on(ARTICLES, taken);
    let mut sending = bench.sending();
    let told = bench.drive(&mut sending).await;
    let why = "devto answered 422: Canonical url has already been taken";
    assert_eq!(told.went, Went::Refused(Refusal::Never, why.into()));
}

#[tokio::test]
async fn an_article_without_a_canonical_address_is_known_by_its_words() {
    let mut bench = Bench::open(contract).await;
    for _ in 0..2 {
        let mut sending = bench.sending();
        sending.form.canonical_url = None;
        let body = sending.form.body.as_mut().unwrap();
        body.text = body
            .text
            .lines()
            .filter(|line| !line.starts_with("canonical"))
            .collect::<Vec<_>>()
            .join("\n");
        let told = bench.drive(&mut sending).await;
        assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    }
    assert_eq!(bench.seen(), (1, true));
}
