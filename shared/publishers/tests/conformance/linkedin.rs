//! LinkedIn against its double.

use super::signin::signed_in;
use domain::ports::Refusal;
use domain::publish::{Renewed, Went};
use doubles::faults::Fault;
use doubles::targets::conformance::{Bench, Contract, Next, grant};
use doubles::targets::linkedin::{ACCESS, AUTHOR, CLIENT, REFRESH, routes};
use publishers::linkedin::LinkedIn;
use serde_json::json;

const POSTS: &str = "POST /rest/posts";

fn fault(status: u16, code: &str) -> Fault {
    let body = json!({ "status": status, "serviceErrorCode": 100, "code": code, "message": "No." });
    Fault::Instead(status, Vec::new(), body)
}

fn contract() -> Contract {
    let limit = Fault::Instead(429, vec![("retry-after", "3600".into())], json!({}));
    Contract {
        spoke: |line| Box::new(LinkedIn::new(line)),
        routes,
        grant: |base| {
            let settings =
                json!({ "api": base, "tokens": base, "author": AUTHOR, "client_id": CLIENT.0 });
            let secret = json!({
                "token": ACCESS, "refresh_token": REFRESH, "client_secret": CLIENT.1,
            });
            grant(settings, secret)
        },
        makes: POSTS,
        changes: vec!["POST /rest/images", "PUT /upload/"],
        refusals: vec![
            (fault(422, "MISSING_FIELD"), Next::Never),
            (fault(400, "ILLEGAL_ARGUMENT"), Next::Never),
            (fault(403, "ACCESS_DENIED"), Next::Elsewhere),
        ],
        limits: vec![(limit, 3600)],
        needs: vec![
            ("POST /rest/images", "/value/uploadUrl"),
            ("POST /rest/images", "/value/image"),
            ("GET /rest/images/", "/status"),
        ],
        opens: "token",
        renews: Some("expired"),
        again: true,
        alts: true,
    }
}

doubles::spokes!(clauses, contract);

#[tokio::test]
async fn a_post_whose_answer_names_none_is_found_by_its_words() {
    let mut bench = Bench::open(contract).await;
    bench.double.shop.order_whim("unnamed");
    let (_, told) = bench.posted().await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    assert_eq!(bench.drift(), ["x-restli-id"]);
    assert_eq!(bench.seen(), (1, true));
}

#[tokio::test]
async fn a_version_that_is_gone_is_drift() {
    let mut bench = Bench::open(contract).await;
    bench.double.shop.order_whim("sunset");
    let mut sending = bench.sending();
    let told = bench.drive(&mut sending).await;
    let why = "linkedin answered 426: NONEXISTENT_VERSION Requested version is not active";
    assert_eq!(told.went, Went::Refused(Refusal::Never, why.into()));
    assert_eq!(bench.drift(), ["LinkedIn-Version"]);
}

#[tokio::test]
async fn a_picture_is_waited_for_until_it_was_looked_at() {
    let mut bench = Bench::open(contract).await;
    bench.double.shop.order_whim("slow");
    bench.posted().await;
    assert_eq!(bench.seen(), (1, true));
}

#[tokio::test]
async fn whoever_signed_in_brings_a_code_that_is_good_once_for_the_app_with_its_secret() {
    let mut bench = Bench::open(contract).await;
    let signed_in = signed_in(&bench, "/oauth/v2/authorization").await;
    let now = doubles::conformance::now();
    // Another app, and another address.
    let own = json!({ "client_secret": CLIENT.1 });
    bench.grant.secret = json!({ "client_secret": "of another" }).as_object().unwrap().clone();
    let told = bench.spoke.redeem(&bench.grant, &signed_in, now).await;
    assert!(matches!(told, Renewed::Over(_)), "{told:?}");
    bench.grant.secret = own.as_object().unwrap().clone();
    let told = bench.spoke.redeem(&bench.grant, &signed_in, now).await;
    let Renewed::With(secret, until) = told else { panic!("{told:?}") };
    assert_eq!((until, &secret["client_secret"]), (Some(now.plus_s(5_184_000)), &json!(CLIENT.1)));
    bench.grant.secret = secret;
    bench.posted().await;
    let told = bench.spoke.redeem(&bench.grant, &signed_in, now).await;
    assert_eq!(
        told,
        Renewed::Over("linkedin: what was to open it is not taken; connect again".into())
    );
    // What came with it renews it, once.
    let told = bench.spoke.renew(&bench.grant, now).await;
    let Renewed::With(renewed, _) = told else { panic!("{told:?}") };
    assert_ne!(renewed["refresh_token"], bench.grant.secret["refresh_token"]);
    let told = bench.spoke.renew(&bench.grant, now).await;
    assert_eq!(
        told,
        Renewed::Over("linkedin: what was to open it is not taken; connect again".into())
    );
}

#[tokio::test]
async fn an_app_that_may_not_renew_tokens_has_its_people_sign_in_again() {
    let mut bench = Bench::open(contract).await;
    let signed_in = signed_in(&bench, "/oauth/v2/authorization").await;
    let now = doubles::conformance::now();
    bench.grant.secret = json!({ "client_secret": CLIENT.1 }).as_object().unwrap().clone();
    bench.double.shop.order_whim("unrenewed");
    let told = bench.spoke.redeem(&bench.grant, &signed_in, now).await;
    let Renewed::With(secret, _) = told else { panic!("{told:?}") };
    assert_eq!(secret.get("refresh_token"), None);
    bench.grant.secret = secret;
    assert_eq!(bench.spoke.renew(&bench.grant, now).await, Renewed::Good);
    bench.double.shop.order_whim("expired");
    let mut sending = bench.sending();
    let told = bench.drive(&mut sending).await;
    assert!(told.grant_over, "{told:?}");
}
