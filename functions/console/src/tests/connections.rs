//! Accounts that are lent: connected, tried, signed in to and taken back, and no page shows what opens them.

use super::{Desk, With, get};
use crate::person::Role;
use domain::fakes::NOW;
use domain::id::TenantId;
use domain::publish::{Connection, Opens, Standing};

async fn brand(desk: &Desk) -> Option<Connection> {
    let acme = TenantId::parse("acme").unwrap();
    Connection::read(&desk.world.table, &acme, "brand").await.unwrap()
}

const BLUESKY: [(&str, &str); 4] = [
    ("kind", "bluesky"),
    ("name", "brand"),
    ("identifier", "brand.example.com"),
    ("password", "hush hush"),
];

#[tokio::test]
async fn an_account_is_connected_and_what_opens_it_is_shown_by_no_page() {
    let desk = Desk::new();
    let operator = desk.seat("acme", &[Role::Operator]);
    let page = desk.get(&operator, "connections?kind=bluesky").await.body;
    assert!(page.contains("name=\"identifier\"") && page.contains("type=\"password\""), "{page}");
    let answer = desk.post(&operator, "connections", &BLUESKY).await;
    assert_eq!((answer.status, answer.headers["location"].as_str()), (303, "/console/connections"));
    assert_eq!(desk.world.vault.peek("acme/brand").unwrap(), r#"{"password":"hush hush"}"#);
    let page = desk.get(&operator, "connections?kind=bluesky&name=brand").await.body;
    assert!(page.contains("brand.example.com") && !page.contains("hush"), "{page}");
    assert!(!desk.world.table.listing().contains("hush"));
    // Without the secret the one that is there stays.
    let other = [BLUESKY[0], BLUESKY[1], ("identifier", "new.example.com"), ("password", "")];
    assert_eq!(desk.post(&operator, "connections", &other).await.status, 303);
    assert_eq!(brand(&desk).await.unwrap().settings["identifier"], "new.example.com");
    assert!(desk.world.vault.peek("acme/brand").unwrap().contains("hush hush"));
}

#[tokio::test]
async fn only_those_who_may_spend_lend_accounts() {
    let desk = Desk::new();
    let reviewer = desk.seat("acme", &[Role::Reviewer]);
    assert_eq!(desk.post(&reviewer, "connections", &BLUESKY).await.status, 403);
    assert!(brand(&desk).await.is_none());
    let page = desk.get(&reviewer, "connections").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("id=\"connect\""), "{}", page.body);
    let operator = desk.seat("acme", &[Role::Operator]);
    desk.post(&operator, "connections", &BLUESKY).await;
    let beta = desk.seat("beta", &Role::ALL);
    for act in ["test", "remove"] {
        let place = format!("connections/brand/{act}");
        assert_eq!(desk.post(&beta, &place, &[]).await.status, 404);
        assert_eq!(desk.post(&reviewer, &place, &[]).await.status, 403);
    }
}

#[tokio::test]
async fn a_form_that_lacks_something_connects_nothing() {
    let desk = Desk::new();
    let operator = desk.seat("acme", &[Role::Operator]);
    for (form, why) in [
        (vec![("kind", "s3"), ("name", "brand")], "Nothing of kind"),
        (vec![("kind", "bluesky"), ("name", "Brand!")], "The connection&#39;s name is"),
        (vec![("kind", "bluesky"), ("name", "brand")], "Nothing opens the account"),
    ] {
        let answer = desk.post(&operator, "connections", &form).await;
        let told = answer.body.replace("'", "&#39;");
        assert!(answer.status == 400 && told.contains(why), "{why}: {}", answer.body);
    }
    assert!(brand(&desk).await.is_none());
}

#[tokio::test]
async fn an_account_is_tried_and_taken_back() {
    let desk = Desk::new();
    let operator = desk.seat("acme", &[Role::Operator]);
    desk.post(&operator, "connections", &BLUESKY).await;
    let tried = desk.post(&operator, "connections/brand/test", &[]).await.body;
    assert!(tried.contains("<b>brand</b> opens <b>@brand</b>."), "{tried}");
    desk.world.accounts.says(Opens::No, "401: the password is <revoked>");
    let tried = desk.post(&operator, "connections/brand/test", &[]).await.body;
    assert!(tried.contains("401: the password is &lt;revoked&gt;."), "{tried}");
    assert_eq!(desk.post(&operator, "connections/brand/remove", &[]).await.status, 303);
    assert!(brand(&desk).await.is_none());
    assert_eq!(desk.world.vault.peek("acme/brand"), None);
}

#[tokio::test]
async fn somebody_signs_in_at_the_target_and_brings_a_code_back_to_the_same_browser() {
    let desk = Desk::new();
    let operator = desk.seat("acme", &[Role::Operator]);
    let form = [("kind", "x"), ("name", "brand"), ("client_id", "ours"), ("client_secret", "hush")];
    let answer = desk.post(&operator, "connections", &form).await;
    assert_eq!(answer.headers["location"], "/console/connections/brand/signin");
    let made = brand(&desk).await.unwrap();
    assert_eq!(made.state, Standing::Expired);
    assert_eq!(made.error.as_deref(), Some("nobody has signed in there yet"));
    let away = desk.get(&operator, "connections/brand/signin").await;
    let place = &away.headers["location"];
    assert!(
        place.starts_with("https://x.com/i/oauth2/authorize?response_type=code&client_id=ours")
    );
    assert!(place.contains("code_challenge_method=S256") && !place.contains("hush"), "{place}");
    let query = crate::form::fields(place.split_once('?').unwrap().1.as_bytes());
    let lent = away.cookies[0].split(';').next().unwrap().to_owned();
    let back = |state: &str, cookies: &str| {
        get(&format!("connections/callback?code=c0de&state={state}")).with("cookie", cookies)
    };
    let both = format!("{}; {lent}", operator.cookie);
    // Another browser, another state, another tenant, or too late: nothing is asked.
    let beta = format!("{}; {lent}", desk.seat("beta", &Role::ALL).cookie);
    for (state, cookies) in [
        (&query["state"], &operator.cookie),
        (&"other".to_owned(), &both),
        (&query["state"], &beta),
    ] {
        assert_eq!(desk.send(back(state, cookies)).await.status, 400, "{state}");
    }
    let late = desk.send_at(back(&query["state"], &both), NOW.plus_s(901)).await;
    assert_eq!(late.status, 400);
    assert!(desk.world.accounts.asked().is_empty());
    let done = desk.send(back(&query["state"], &both)).await;
    assert!(done.status == 200 && done.body.contains("opens <b>@brand</b>"), "{}", done.body);
    assert!(done.cookies[0].contains("Max-Age=0"), "{:?}", done.cookies);
    let [asked] = desk.world.accounts.asked().try_into().unwrap();
    let signed_in = asked.signed_in.unwrap();
    assert_eq!((signed_in.code.as_str(), &signed_in.redirect), ("c0de", &query["redirect_uri"]));
    use base64::Engine;
    use sha2::{Digest, Sha256};
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let challenge = engine.encode(Sha256::digest(&signed_in.verifier));
    assert_eq!(challenge, query["code_challenge"]);
}
