//! Strapi against its double.

use doubles::faults::Fault;
use doubles::targets::conformance::{Bench, Contract, Next, grant};
use doubles::targets::strapi::{TOKEN, routes};
use publishers::strapi::Strapi;
use serde_json::json;
use std::collections::BTreeSet;

const ENTRIES: &str = "POST /api/articles";
const UPLOAD: &str = "POST /api/upload";
const CHANGE: &str = "PUT /api/articles/";

fn fault(status: u16, name: &str) -> Fault {
    let error = json!({ "status": status, "name": name, "message": "No.", "details": {} });
    Fault::Instead(status, Vec::new(), json!({ "data": null, "error": error }))
}

fn contract() -> Contract {
    let limit = Fault::Instead(429, vec![("retry-after", "60".into())], json!({}));
    Contract {
        spoke: |line| Box::new(Strapi::new(line)),
        routes,
        grant: |base| grant(json!({ "site": base }), json!({ "token": TOKEN })),
        makes: ENTRIES,
        changes: vec![UPLOAD, CHANGE],
        refusals: vec![
            (fault(400, "ValidationError"), Next::Never),
            (fault(401, "UnauthorizedError"), Next::Connect),
            (fault(403, "ForbiddenError"), Next::Elsewhere),
            (fault(413, "PayloadTooLargeError"), Next::Never),
        ],
        limits: vec![(limit, 60)],
        needs: vec![
            (UPLOAD, "/0/id"),
            (UPLOAD, "/0/url"),
            (ENTRIES, "/data/documentId"),
            (CHANGE, "/data/documentId"),
            ("GET /api/articles", "/data"),
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
async fn fields_that_only_some_collections_have_are_sent_where_they_have_a_name() {
    let mut bench = Bench::open(contract).await;
    bench.posted().await;
    let body = bench.double.shop.books().shown[0].body.clone();
    let names: BTreeSet<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["body", "cover", "slug", "summary", "title"]));
    let text = body["body"].as_str().unwrap();
    assert!(!text.contains("galley-media"), "{text}");
}
