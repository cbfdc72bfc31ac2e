//! X against its double.

use super::signin::signed_in;
use domain::ports::Refusal;
use domain::publish::{Renewed, SignedIn, Went};
use doubles::faults::Fault;
use doubles::targets::conformance::{Bench, Contract, Next, Verb, grant, sending};
use doubles::targets::x::{ACCESS, CLIENT, REFRESH, routes};
use publishers::x::X;
use serde_json::json;

const TWEETS: &str = "POST /2/tweets";
const UPLOAD: &str = "POST /2/media/upload/";

fn problem(status: u16, detail: &str) -> Fault {
    let kind = "https://api.x.com/2/problems/forbidden";
    let body = json!({ "title": "No", "detail": detail, "type": kind, "status": status });
    Fault::Instead(status, Vec::new(), body)
}

pub(crate) fn contract() -> Contract {
    let reset = (doubles::conformance::now().unix_s() + 600).to_string();
    let body = json!({ "title": "Too Many Requests", "status": 429, "type": "about:blank" });
    let limit = Fault::Instead(429, vec![("x-rate-limit-reset", reset)], body);
    Contract {
        spoke: |line| Box::new(X::new(line)),
        routes,
        grant: |base| {
            let secret = json!({ "token": ACCESS, "refresh_token": REFRESH });
            grant(json!({ "api": base, "client_id": CLIENT }), secret)
        },
        makes: TWEETS,
        changes: vec!["POST /2/media/upload/initialize", UPLOAD, "POST /2/media/metadata"],
        refusals: vec![
            (problem(400, "The text of your post is too long."), Next::Never),
            (problem(403, "You are not permitted to perform this action."), Next::Elsewhere),
            (problem(402, "Your plan is used up."), Next::Elsewhere),
        ],
        limits: vec![(limit, 600)],
        needs: vec![("POST /2/media/upload/initialize", "/data/id"), (TWEETS, "/data/id")],
        opens: "token",
        renews: Some("expired"),
        again: true,
        alts: true,
    }
}

doubles::spokes!(clauses, contract);

#[tokio::test]
async fn a_film_is_waited_for_until_it_was_looked_at() {
    let mut bench = Bench::open(contract).await;
    bench.double.shop.order_whim("slow");
    let mut sending = bench.sending();
    let told = bench.verb(Verb::Start, &mut sending).await;
    assert_eq!((told.went, told.wait_s), (Went::Working, Some(1)));
    let told = bench.verb(Verb::Check, &mut sending).await;
    assert_eq!((told.went, told.wait_s), (Went::Working, Some(1)));
    let told = bench.drive_from(Verb::Check, &mut sending).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    assert_eq!(bench.seen(), (1, true));
}

#[tokio::test]
async fn a_film_that_is_none_is_refused_with_its_reason() {
    let mut bench = Bench::open(contract).await;
    let shop = &bench.double.shop;
    shop.order_whim("slow");
    shop.order_whim("broken");
    let mut sending = bench.sending();
    let told = bench.drive(&mut sending).await;
    let why = "x cannot show the film: InvalidMedia";
    assert_eq!(told.went, Went::Refused(Refusal::Never, why.into()));
    assert_eq!(bench.seen().0, 0);
}

#[tokio::test]
async fn a_text_that_is_there_already_is_looked_up_and_not_said_again() {
    let mut bench = Bench::open(contract).await;
    bench.posted().await;
    let mut again = bench.sending();
    let told = bench.drive(&mut again).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    assert_eq!(bench.seen(), (1, true));
    let doubts = bench.told.iter().filter(|told| matches!(told.went, Went::Unknown(_)));
    assert_eq!(doubts.map(|told| told.wait_s).collect::<Vec<_>>(), [Some(15)]);
}

#[tokio::test]
async fn a_large_file_goes_in_parts() {
    let mut bench = Bench::open(contract).await;
    let mut large = sending(bench.able(), 1, 1);
    large.files[0].bytes = (0..(9 << 20)).map(|n: u32| (n % 251) as u8).collect();
    large.files[0].media_type = "image/gif".into();
    let told = bench.drive(&mut large).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    let calls = bench.double.shop.books().calls;
    assert_eq!(calls.iter().filter(|call| call.ends_with("/append")).count(), 3);
}

#[tokio::test]
async fn whoever_signed_in_brings_a_code_that_is_good_once() {
    let mut bench = Bench::open(contract).await;
    let signed_in = signed_in(&bench, "/i/oauth2/authorize").await;
    bench.grant.secret.clear();
    let now = doubles::conformance::now();
    let told = bench.spoke.redeem(&bench.grant, &signed_in, now).await;
    let Renewed::With(secret, until) = told else { panic!("{told:?}") };
    assert_eq!(until, Some(now.plus_s(7200)));
    bench.grant.secret = secret;
    bench.posted().await;
    for verifier in [signed_in.verifier.as_str(), "another"] {
        let again = SignedIn { verifier: verifier.into(), ..signed_in.clone() };
        let told = bench.spoke.redeem(&bench.grant, &again, now).await;
        assert!(matches!(told, Renewed::Over(_)), "{told:?}");
    }
}
