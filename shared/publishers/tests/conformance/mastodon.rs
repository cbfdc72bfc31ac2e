//! Mastodon against its double.

use super::signin::signed_in;
use domain::ports::Refusal;
use domain::publish::{Renewed, SignedIn, Went};
use doubles::faults::Fault;
use doubles::targets::conformance::{Bench, Contract, Next, Verb, grant};
use doubles::targets::mastodon::{CLIENT, TOKEN, routes};
use publishers::mastodon::Mastodon;
use serde_json::{Value, json};

const STATUSES: &str = "POST /api/v1/statuses";
/// Where people sign in.
const PAGE: &str = "/oauth/authorize";
const MEDIA: &str = "POST /api/v2/media";

fn fault(status: u16, message: &str) -> Fault {
    Fault::Instead(status, Vec::new(), json!({ "error": message }))
}

pub(crate) fn contract() -> Contract {
    let reset = doubles::conformance::now().plus_s(240).rfc3339();
    let too_many = json!({ "error": "Too many requests" });
    Contract {
        spoke: |line| Box::new(Mastodon::new(line)),
        routes,
        grant: |base| grant(json!({ "site": base }), json!({ "token": TOKEN })),
        makes: STATUSES,
        changes: vec![MEDIA],
        refusals: vec![
            (fault(422, "Validation failed"), Next::Never),
            (fault(401, "The access token is invalid"), Next::Connect),
            (fault(403, "This action is outside the authorized scopes"), Next::Elsewhere),
        ],
        limits: vec![(Fault::Instead(429, vec![("x-ratelimit-reset", reset)], too_many), 240)],
        needs: vec![(MEDIA, "/id"), (STATUSES, "/id"), (STATUSES, "/url")],
        opens: "token",
        renews: None,
        again: true,
        alts: true,
    }
}

doubles::spokes!(clauses, contract);

#[tokio::test]
async fn media_are_waited_for_until_they_were_looked_at() {
    let mut bench = Bench::open(contract).await;
    bench.double.shop.order_whim("slow");
    let mut sending = bench.sending();
    let told = bench.verb(Verb::Start, &mut sending).await;
    assert_eq!((told.went, told.wait_s), (Went::Working, Some(5)));
    let told = bench.drive_from(Verb::Check, &mut sending).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    assert_eq!(bench.seen(), (1, true));
}

#[tokio::test]
async fn media_that_cannot_be_shown_are_refused_with_their_reason() {
    let mut bench = Bench::open(contract).await;
    bench.double.shop.order_whim("slow");
    bench.double.shop.order_whim("broken");
    let mut sending = bench.sending();
    let told = bench.drive(&mut sending).await;
    let why = "mastodon: Error processing thumbnail for uploaded media";
    assert_eq!(told.went, Went::Refused(Refusal::Never, why.into()));
}

#[tokio::test]
async fn after_the_hour_of_its_key_a_status_is_found_by_its_words() {
    let mut bench = Bench::open(contract).await;
    let mut sending = bench.sending();
    bench.verb(Verb::Start, &mut sending).await;
    bench.double.shop.fault_on(STATUSES, Fault::DoneBut(504, json!({})));
    let told = bench.verb(Verb::Start, &mut sending).await;
    assert!(matches!(told.went, Went::Unknown(_)), "{told:?}");
    bench.double.shop.order_whim("hour");
    sending.progress = Value::Null;
    let told = bench.drive_from(Verb::Check, &mut sending).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    assert_eq!(bench.seen(), (1, true));
}

#[tokio::test]
async fn whoever_signed_in_brings_a_code_that_is_good_once_for_whoever_knows_its_verifier() {
    let mut bench = Bench::open(contract).await;
    let now = doubles::conformance::now();
    let secret = json!({ "client_secret": CLIENT.1 }).as_object().unwrap().clone();
    bench.grant.settings.insert("client_id".into(), CLIENT.0.into());
    bench.grant.secret = secret;
    let over = Renewed::Over("mastodon: what was to open it is not taken; connect again".into());
    // A code that somebody else caught is spent, and opens nothing.
    let caught = SignedIn { verifier: "another".into(), ..signed_in(&bench, PAGE).await };
    assert_eq!(bench.spoke.redeem(&bench.grant, &caught, now).await, over);
    let signed_in = signed_in(&bench, PAGE).await;
    let told = bench.spoke.redeem(&bench.grant, &signed_in, now).await;
    let Renewed::With(secret, until) = told else { panic!("{told:?}") };
    assert_eq!((until, secret["token"].as_str()), (None, Some(TOKEN)), "it has no end");
    bench.grant.secret = secret;
    bench.posted().await;
    assert_eq!(bench.spoke.redeem(&bench.grant, &signed_in, now).await, over);
    assert_eq!(bench.spoke.renew(&bench.grant, now).await, Renewed::Good);
}
