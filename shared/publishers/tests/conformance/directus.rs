//! Directus against its double.

use domain::publish::Went;
use doubles::books::Filed;
use doubles::faults::Fault;
use doubles::targets::conformance::{Bench, Contract, Next, grant};
use doubles::targets::directus::{ADMIN_TOKEN, TOKEN, routes};
use publishers::directus::Directus;
use serde_json::json;
use std::collections::BTreeSet;

const ITEMS: &str = "POST /items/articles";
const FILES: &str = "POST /files";

fn fault(status: u16, code: &str) -> Fault {
    let error = json!({ "message": "No.", "extensions": { "code": code } });
    Fault::Instead(status, Vec::new(), json!({ "errors": [error] }))
}

pub(crate) fn contract() -> Contract {
    let error = json!({ "errors": [{ "message": "Too many.", "extensions": { "code": "REQUESTS_EXCEEDED" } }] });
    let limit = Fault::Instead(429, vec![("retry-after", "12".into())], error);
    Contract {
        spoke: |line| Box::new(Directus::new(line)),
        routes,
        grant: |base| grant(json!({ "site": base }), json!({ "token": TOKEN })),
        makes: ITEMS,
        changes: vec![FILES],
        refusals: vec![
            (fault(400, "FAILED_VALIDATION"), Next::Never),
            (fault(400, "INVALID_PAYLOAD"), Next::Never),
            (fault(401, "INVALID_CREDENTIALS"), Next::Connect),
            (fault(401, "TOKEN_EXPIRED"), Next::Connect),
            (fault(403, "FORBIDDEN"), Next::Elsewhere),
            (fault(413, "CONTENT_TOO_LARGE"), Next::Never),
        ],
        limits: vec![(limit, 12)],
        needs: vec![(FILES, "/data/id"), (ITEMS, "/data/id")],
        opens: "token",
        renews: None,
        again: true,
        alts: true,
    }
}

doubles::spokes!(clauses, contract);
doubles::entries!(entries, contract);

#[tokio::test]
async fn fields_are_called_as_the_connection_says_and_left_out_where_it_says_so() {
    let mut bench = Bench::open(contract).await;
    let names = json!({ "summary": "slug", "slug": null, "canonical_url": null });
    bench.grant.settings.insert("fields".into(), names);
    bench.grant.settings.insert("page".into(), "https://brand.example/{slug}".into());
    let (_, told) = bench.posted().await;
    let Went::Done(place) = told.went else { panic!("{told:?}") };
    assert_eq!(place.url, "https://brand.example/morning-tea-b4c3d2e1");
    let body = bench.double.shop.books().shown[0].body.clone();
    let names: BTreeSet<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["body", "id", "image", "slug", "status", "tags", "title"]));
    assert_eq!(body["slug"], "How to begin a day.");
}

#[tokio::test]
async fn a_field_that_the_collection_lacks_is_ours_to_mend() {
    let mut bench = Bench::open(contract).await;
    bench.grant.settings.insert("fields".into(), json!({ "title": "headline" }));
    let mut sending = bench.sending();
    let told = bench.drive(&mut sending).await;
    let why = "directus answered 403: FORBIDDEN You don't have permission to access field \
        \"headline\" in collection \"articles\".";
    assert_eq!(told.went, Went::Refused(domain::ports::Refusal::Elsewhere, why.into()));
}

#[tokio::test]
async fn what_an_administrator_loses_in_a_field_that_is_not_there_is_drift() {
    let mut bench = Bench::open(contract).await;
    bench.grant.settings.insert("fields".into(), json!({ "summary": "teaser" }));
    bench.grant.secret.insert("token".into(), ADMIN_TOKEN.into());
    bench.posted().await;
    assert_eq!(bench.drift(), ["data.teaser"]);
}

#[tokio::test]
async fn what_is_taken_back_takes_its_files_along() {
    let mut bench = Bench::open(contract).await;
    let (sending, told) = bench.posted().await;
    let Went::Done(place) = told.went else { panic!("{told:?}") };
    assert_eq!(bench.double.shop.books().files.len(), 1);
    let told = bench.spoke.unpublish(&bench.grant, &sending.progress, &place).await;
    assert_eq!(told.went, Went::Done(domain::publish::Place::default()));
    assert_eq!(bench.double.shop.books().files.len(), 0);
}

#[tokio::test]
async fn a_file_that_is_on_record_without_its_bytes_is_sent_once_more() {
    let mut bench = Bench::open(contract).await;
    let mut sending = bench.sending();
    let (id, whole) = (sending.uuid("file-0"), sending.files[0].bytes.len());
    let half = Filed { id: id.clone(), bytes: 0, ..Filed::default() };
    bench.double.shop.write(|books| books.files.push(half));
    let told = bench.drive(&mut sending).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    let books = bench.double.shop.books();
    let kept: Vec<_> = books.files.iter().filter(|filed| filed.id == id).collect();
    assert_eq!(kept.iter().map(|filed| filed.bytes).collect::<Vec<_>>(), [whole]);
    assert_eq!(books.shown.len(), 1);
}
