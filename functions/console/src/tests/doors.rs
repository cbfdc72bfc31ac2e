//! Who comes in, and who does not.

use super::{Desk, With, get, post};
use crate::form::fields;
use crate::person::Role;
use crate::session::{IDLE_S, MOST_S};
use aws::http::{HttpRequest, HttpResponse};
use domain::fakes::NOW;
use serde_json::{Value, json};

fn cookie(answer: &HttpResponse, name: &str) -> String {
    let name = format!("__Secure-galley-{name}=");
    let set = answer.cookies.iter().find(|cookie| cookie.starts_with(&name)).unwrap();
    for part in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/console;"] {
        assert!(set.contains(part), "{set}");
    }
    set.split(';').next().unwrap().to_owned()
}

/// What the browser was sent to the provider with, and its cookie.
async fn begun(desk: &Desk, page: &str) -> (std::collections::BTreeMap<String, String>, String) {
    let answer = desk.send(get(page)).await;
    let to = &answer.headers["location"];
    let (place, query) = to.split_once('?').unwrap();
    assert_eq!((answer.status, place), (303, "https://id.test/authorize"));
    (fields(query.as_bytes()), cookie(&answer, "signin"))
}

fn vouch(desk: &Desk, nonce: &str, groups: &[&str]) {
    let now = NOW.unix_s();
    *desk.provider.claims.lock().unwrap() = json!({
        "iss": "https://id.test", "aud": "galley", "sub": "u1", "nonce": nonce, "email": "mia@example.com",
        "iat": now, "exp": now + 300, "custom:tenant": "acme", "cognito:groups": groups,
    });
}

#[tokio::test]
async fn who_asks_for_a_page_signs_in_and_gets_that_page() {
    let desk = Desk::new();
    let first = desk.send(get("jobs?words=a%20kite")).await;
    assert_eq!(first.headers["location"], "/console/signin?to=jobs%3Fwords%3Da%2520kite");
    let (asked, begun) = begun(&desk, "signin?to=jobs%3Fwords%3Da%2520kite").await;
    assert_eq!(asked["redirect_uri"], "https://galley.test/console/callback");
    assert_eq!(
        (asked["response_type"].as_str(), asked["code_challenge_method"].as_str()),
        ("code", "S256")
    );
    vouch(&desk, &asked["nonce"], &["editor"]);
    let back = get(&format!("callback?code=c1&state={}", asked["state"])).with("cookie", &begun);
    let back = desk.send(back).await;
    assert_eq!(
        (back.status, back.headers["location"].as_str()),
        (303, "/console/jobs?words=a%20kite")
    );
    let posted = fields(desk.provider.posted.lock().unwrap()[0].as_bytes());
    assert_eq!(
        (posted["grant_type"].as_str(), posted["code"].as_str()),
        ("authorization_code", "c1")
    );
    // RFC 7636: the challenge is the verifier's SHA-256, and no shorter than 43 characters.
    assert!(
        43 <= posted["code_verifier"].len() && posted["code_verifier"] != asked["code_challenge"]
    );
    let page = desk.send(get("jobs").with("cookie", &cookie(&back, "session"))).await;
    assert!(page.status == 200 && page.body.contains("mia@example.com"), "{}", page.body);
}

#[tokio::test]
async fn the_sample_request_of_somebody_with_a_foreign_cookie_leads_to_the_sign_in() {
    let desk = Desk::new();
    let sample = serde_json::from_str(include_str!("../../../../events/console.json")).unwrap();
    let answer = desk.send(HttpRequest::parse(sample).unwrap()).await;
    let to = answer.headers["location"].as_str();
    assert_eq!((answer.status, to), (303, "/console/signin?to=jobs%3Fstate%3Dsucceeded"));
}

#[tokio::test]
async fn a_sign_in_ends_only_in_the_browser_that_began_it() {
    let desk = Desk::new();
    let (asked, begun) = begun(&desk, "signin").await;
    vouch(&desk, &asked["nonce"], &["editor"]);
    let callback = |state: &str| get(&format!("callback?code=c1&state={state}"));
    let refused = [
        callback(&asked["state"]),
        callback("another").with("cookie", &begun),
        callback(&asked["state"]).with("cookie", "__Secure-galley-signin=forged.sealed"),
        get("callback").with("cookie", &begun),
        get(&format!("callback?error=access_denied&state={}", asked["state"]))
            .with("cookie", &begun),
    ];
    for request in refused {
        let answer = desk.send(request).await;
        assert!(answer.status == 400 && answer.cookies.is_empty(), "{}", answer.body);
    }
    let late = callback(&asked["state"]).with("cookie", &begun);
    assert_eq!(desk.send_at(late, NOW.plus_s(901)).await.status, 400);
    assert!(desk.provider.posted.lock().unwrap().is_empty(), "no code was ever given back");
}

#[tokio::test]
async fn a_token_of_another_sign_in_and_a_person_without_a_role_stay_outside() {
    let desk = Desk::new();
    let (asked, begun) = begun(&desk, "signin").await;
    let callback =
        || get(&format!("callback?code=c1&state={}", asked["state"])).with("cookie", &begun);
    vouch(&desk, "another nonce", &["editor"]);
    assert_eq!(desk.send(callback()).await.status, 400);
    *desk.provider.claims.lock().unwrap() = Value::Null;
    assert_eq!(desk.send(callback()).await.status, 400);
    vouch(&desk, &asked["nonce"], &["visitors"]);
    let answer = desk.send(callback()).await;
    assert!(answer.status == 403 && answer.cookies.is_empty());
    assert!(answer.body.contains("you have none of the roles"), "{}", answer.body);
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_looked_up_once_a_minute() {
    let desk = Desk::new();
    let sign_in = async |now| {
        let (asked, begun) = begun(&desk, "signin").await;
        vouch(&desk, &asked["nonce"], &["editor"]);
        let back =
            get(&format!("callback?code=c1&state={}", asked["state"])).with("cookie", &begun);
        desk.send_at(back, now).await.status
    };
    assert_eq!(sign_in(NOW).await, 303);
    *desk.provider.kid.lock().unwrap() = "k2".into();
    // The token names k2, of which nobody has heard for less than a minute.
    assert_eq!(sign_in(NOW.plus_s(30)).await, 400);
    assert_eq!(sign_in(NOW.plus_s(61)).await, 303);
    let read = desk.provider.read.lock().unwrap();
    assert_eq!(read.iter().filter(|url| url.ends_with("/keys")).count(), 2);
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_after_signing_in() {
    let desk = Desk::new();
    for evil in [
        "https://evil.test",
        "//evil.test",
        "/\\evil.test",
        "..//evil.test",
        "x%0d%0aset-cookie:a=b",
    ] {
        let (asked, begun) =
            begun(&desk, &format!("signin?to={}", crate::form::encode(evil))).await;
        vouch(&desk, &asked["nonce"], &["editor"]);
        let back =
            get(&format!("callback?code=c1&state={}", asked["state"])).with("cookie", &begun);
        let back = desk.send(back).await;
        assert!(back.headers["location"].starts_with("/console/"), "{evil}");
        assert!(!back.headers["location"].contains("evil") || evil.contains("%0d"), "{evil}");
    }
}

#[tokio::test]
async fn a_forged_or_an_expired_session_is_none() {
    let desk = Desk::new();
    let seat = desk.seat("acme", &[Role::Editor]);
    assert_eq!(desk.get(&seat, "jobs").await.status, 200);
    let (name, sealed) = seat.cookie.split_once('=').unwrap();
    let (payload, signature) = sealed.split_once('.').unwrap();
    let other = desk.seat("beta", &[Role::Operator]).cookie;
    let foreign = other.split_once('=').unwrap().1.split_once('.').unwrap().0;
    for forged in
        ["", payload, &format!("{foreign}.{signature}"), &format!("{payload}.AAAA"), "a.b"]
    {
        let answer = desk.send(get("jobs").with("cookie", &format!("{name}={forged}"))).await;
        assert_eq!(answer.status, 303, "{forged}");
    }
    let at = async |s| desk.send_at(get("jobs").with("cookie", &seat.cookie), NOW.plus_s(s)).await;
    assert_eq!(at(IDLE_S - 1).await.status, 200);
    assert_eq!(at(IDLE_S).await.status, 303);
}

#[tokio::test]
async fn a_session_in_use_is_prolonged_but_not_for_ever() {
    let desk = Desk::new();
    let mut seat = desk.seat("acme", &[Role::Editor]);
    let mut s = 0;
    while s < 2 * MOST_S {
        s += IDLE_S * 3 / 4;
        let answer = desk.send_at(get("jobs").with("cookie", &seat.cookie), NOW.plus_s(s)).await;
        if answer.status == 303 {
            assert!((MOST_S..MOST_S + IDLE_S).contains(&s), "{s}");
            return;
        }
        if !answer.cookies.is_empty() {
            seat.cookie = cookie(&answer, "session");
        }
    }
    panic!("the session never ended");
}

#[tokio::test]
async fn a_form_counts_only_from_the_pages_of_its_own_session() {
    let desk = Desk::new();
    let seat = desk.seat("acme", &[Role::Editor]);
    let earlier = desk.seat_called("acme", &[Role::Editor], "earlier");
    let form = |csrf: &str| post("signout", &[("csrf", csrf)]).with("cookie", &seat.cookie);
    let refused = [
        form(""),
        form("forged"),
        form(&earlier.csrf),
        post("signout", &[]).with("cookie", &seat.cookie),
        form(&seat.csrf).with("sec-fetch-site", "cross-site"),
        form(&seat.csrf).with("sec-fetch-site", "same-site"),
        form(&seat.csrf).with("content-type", "text/plain"),
    ];
    for request in refused {
        let answer = desk.send(request).await;
        assert!(answer.status == 400 && answer.cookies.is_empty(), "{}", answer.body);
    }
    let without = desk.send(post("signout", &[("csrf", &seat.csrf)])).await;
    assert_eq!(without.status, 400, "a form without a session");
}

#[tokio::test]
async fn signing_out_forgets_the_session_and_leads_to_the_provider() {
    let desk = Desk::new();
    let seat = desk.seat("acme", &[Role::Editor]);
    let answer = desk.post(&seat, "signout", &[]).await;
    assert_eq!(cookie(&answer, "session"), "__Secure-galley-session=");
    assert!(answer.cookies[0].contains("Max-Age=0"));
    let next = &answer.headers["refresh"];
    assert!(
        next.starts_with("0; url=https://id.test/logout?client_id=galley&logout_uri=https%3A"),
        "{next}"
    );
    assert_eq!(desk.send(get("signed-out")).await.status, 200);
    assert_eq!(desk.get(&seat, "signout").await.status, 404, "a link signs nobody out");
}

#[tokio::test]
async fn every_answer_has_the_rules_under_which_it_is_shown() {
    let desk = Desk::new();
    let seat = desk.seat("acme", &[Role::Reviewer]);
    let answers = [
        desk.send(get("signin")).await,
        desk.send(get("signed-out")).await,
        desk.send(get("callback")).await,
        desk.send(get("jobs")).await,
        desk.send(get("console.css")).await,
        desk.send(get("console.js")).await,
        desk.get(&seat, "jobs").await,
        desk.get(&seat, "nowhere").await,
        desk.post(&seat, "signout", &[]).await,
        desk.post(&seat, "jobs/x/erase", &[]).await,
    ];
    for answer in answers {
        let policy = &answer.headers["content-security-policy"];
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
            "{policy}"
        );
        assert!(
            !policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert!(answer.headers.contains_key("strict-transport-security"));
        let kept = &answer.headers["cache-control"];
        let file =
            answer.headers.get("content-type").is_some_and(|kind| !kind.starts_with("text/html"));
        assert_eq!(kept == "no-store", !file, "{kept}");
        for inline in ["<script>", " style=", " onclick=", "javascript:"] {
            assert!(!answer.body.contains(inline) || file, "{inline}");
        }
    }
}
