//! Bluesky against its double.

use domain::ports::Refusal;
use domain::publish::Went;
use doubles::faults::Fault;
use doubles::targets::bluesky::{DID, HANDLE, PASSWORD, routes};
use doubles::targets::conformance::{Bench, Contract, Next, Verb, grant, sending};
use publishers::bluesky::Bluesky;
use serde_json::{Value, json};

const PUT: &str = "POST /xrpc/com.atproto.repo.putRecord";
const BLOB: &str = "POST /xrpc/com.atproto.repo.uploadBlob";

fn fault(status: u16, name: &str) -> Fault {
    Fault::Instead(status, Vec::new(), json!({ "error": name, "message": "No." }))
}

pub(crate) fn contract() -> Contract {
    let reset = (doubles::conformance::now().unix_s() + 90).to_string();
    let limited = json!({ "error": "RateLimitExceeded", "message": "Rate Limit Exceeded" });
    let limit = |name: &'static str, value: &str| {
        Fault::Instead(429, vec![(name, value.to_owned())], limited.clone())
    };
    Contract {
        spoke: |line| Box::new(Bluesky::new(line)),
        routes,
        grant: |base| {
            grant(json!({ "site": base, "identifier": HANDLE }), json!({ "password": PASSWORD }))
        },
        makes: PUT,
        changes: vec![BLOB],
        refusals: vec![
            (fault(400, "InvalidRequest"), Next::Never),
            (fault(400, "AccountTakedown"), Next::Connect),
            (fault(401, "AuthenticationRequired"), Next::Connect),
            (fault(403, "Forbidden"), Next::Elsewhere),
            (fault(400, "BlobNotFound"), Next::Later),
        ],
        limits: vec![(limit("ratelimit-reset", &reset), 90), (limit("retry-after", "20"), 20)],
        needs: vec![(BLOB, "/blob/ref/$link"), (PUT, "/uri"), (PUT, "/cid")],
        opens: "password",
        renews: None,
        again: true,
        alts: true,
    }
}

doubles::spokes!(clauses, contract);

#[tokio::test]
async fn a_session_is_kept_and_refreshed_when_it_is_over() {
    let mut bench = Bench::open(contract).await;
    bench.posted().await;
    let sessions = |bench: &Bench| bench.double.shop.books().notes["sessions"].clone();
    assert_eq!(sessions(&bench), "1", "one for all verbs");
    bench.double.shop.order_whim("expires");
    let mut other = sending(bench.able(), 2, 0);
    other.id = "pub_another".into();
    let told = bench.drive(&mut other).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    assert_eq!(sessions(&bench), "2");
    assert_eq!(bench.seen(), (3, true));
}

#[tokio::test]
async fn sessions_that_end_as_they_begin_do_not_end_the_grant() {
    let mut bench = Bench::open(contract).await;
    let mut sending = sending(bench.able(), 1, 0);
    for _ in 0..2 {
        bench.double.shop.fault_on(PUT, fault(400, "ExpiredToken"));
    }
    let told = bench.verb(Verb::Start, &mut sending).await;
    let why = "bluesky: ExpiredToken No.".to_owned();
    assert_eq!((told.went, told.grant_over), (Went::Refused(Refusal::Later, why), false));
    let told = bench.drive(&mut sending).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    assert_eq!(bench.seen(), (1, true));
}

#[tokio::test]
async fn facets_point_at_their_text_in_bytes() {
    let mut bench = Bench::open(contract).await;
    let mut sending = sending(bench.able(), 1, 0);
    let piece = &mut sending.form.pieces[0];
    let url = "https://brand.example/tea";
    piece.text = format!("Tee für 🫖 {url}");
    (piece.facets[0].start, piece.facets[0].end) = (piece.text.len() - url.len(), piece.text.len());
    bench.drive(&mut sending).await;
    let books = bench.double.shop.books();
    let record = &books.shown[0].body;
    let index = &record["facets"][0]["index"];
    let at = |name: &str| index[name].as_u64().unwrap() as usize;
    let text = record["text"].as_str().unwrap();
    assert_eq!(&text.as_bytes()[at("byteStart")..at("byteEnd")], url.as_bytes());
}

#[tokio::test]
async fn a_file_that_was_thrown_away_meanwhile_is_uploaded_again() {
    let mut bench = Bench::open(contract).await;
    let mut sending = bench.sending();
    bench.verb(Verb::Start, &mut sending).await;
    bench.double.shop.write(|books| books.files.clear());
    let told = bench.drive(&mut sending).await;
    assert_eq!(told.wait_s, Some(1), "{told:?}");
    let told = bench.drive_from(Verb::Check, &mut sending).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    assert_eq!(bench.seen(), (1, true));
}

/// What the server itself says to whoever creates what is there: an error that says nothing.
#[tokio::test]
async fn to_create_a_record_that_is_there_is_a_server_error() {
    let mut bench = Bench::open(contract).await;
    let (sending, _) = bench.posted().await;
    let client = reqwest::Client::new();
    let notes = bench.double.shop.books().notes;
    let token = notes.keys().find_map(|name| name.strip_prefix("access ")).unwrap().to_owned();
    let record = bench.double.shop.books().shown[0].body.clone();
    let body = json!({
        "repo": DID, "collection": "app.bsky.feed.post", "rkey": sending.tid(0), "record": record,
    });
    let url = format!("{}/xrpc/com.atproto.repo.createRecord", bench.double.base());
    let answer = client.post(url).bearer_auth(token).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 500);
    assert_eq!(answer.json::<Value>().await.unwrap()["error"], "InternalServerError");
    assert_eq!(bench.seen(), (1, true));
}

#[tokio::test]
async fn a_post_is_read_where_the_connection_says() {
    let mut bench = Bench::open(contract).await;
    for (app, page) in [
        (None, "https://bsky.app/profile/"),
        (Some("https://sky.brand.example/"), "https://sky.brand.example/profile/"),
    ] {
        bench.grant.settings.extend(app.map(|app| ("app".to_owned(), json!(app))));
        let (_, told) = bench.posted().await;
        let Went::Done(place) = told.went else { panic!("it is there") };
        assert!(place.url.starts_with(page), "{place:?}");
    }
}
