//! Webhooks that come in: who is believed, for how long, and with which secret.

use super::*;
use std::collections::BTreeMap;

/// The vector of Standard Webhooks.
const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
const AT: i64 = 1_649_367_553;
const SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";

fn headers(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn vector() -> BTreeMap<String, String> {
    let at = AT.to_string();
    headers(&[
        ("webhook-id", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk"),
        ("webhook-timestamp", &at),
        ("webhook-signature", SIGNATURE),
    ])
}

fn hook(secrets: &[&str]) -> Hook {
    let mut hook = Hook { token: "t".into(), secrets: Vec::new() };
    for secret in secrets {
        hook.take((*secret).to_owned(), Time(AT * 1000));
    }
    hook
}

fn verify(
    webhook: &Webhook,
    secrets: &[&str],
    headers: &BTreeMap<String, String>,
    after_s: i64,
) -> Result<String, String> {
    let signed = Signed { headers, body: BODY, method: "POST", path: "/" };
    webhook.verify(&hook(secrets), &signed, Time((AT + after_s) * 1000))
}

#[test]
fn the_vector_of_standard_webhooks_is_believed_for_five_minutes() {
    let webhook = Webhook::default();
    for after in [0, 299, -299, 300] {
        assert_eq!(
            verify(&webhook, &[SECRET], &vector(), after).unwrap(),
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk"
        );
    }
    assert_eq!(
        verify(&webhook, &[SECRET], &vector(), 301).unwrap_err(),
        "webhook-timestamp is 301 s away from our clock; 300 are allowed"
    );
}

#[test]
fn whatever_was_changed_on_the_way_is_not_believed() {
    let webhook = Webhook::default();
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert!(verify(&webhook, &[other], &vector(), 0).is_err());
    let at = (AT + 1).to_string();
    for (name, value) in [
        ("webhook-id", "msg_other"),
        ("webhook-timestamp", at.as_str()),
        ("webhook-timestamp", "soon"),
        ("webhook-signature", "v1,AAAA"),
        ("webhook-signature", "v2,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="),
        ("webhook-signature", ""),
    ] {
        let mut changed = vector();
        changed.insert(name.into(), value.into());
        assert!(verify(&webhook, &[SECRET], &changed, 0).is_err(), "{name}: {value}");
    }
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut without = vector();
        without.remove(name);
        let why = verify(&webhook, &[SECRET], &without, 0).unwrap_err();
        assert_eq!(why, format!("the header {name} is missing"));
    }
    let both = vector().into_iter().map(|(name, value)| match name.as_str() {
        "webhook-signature" => (name, format!("v1,AAAA {value}")),
        _ => (name, value),
    });
    assert!(verify(&webhook, &[SECRET], &both.collect(), 0).is_ok(), "one of several signatures");
}

#[test]
fn two_secrets_are_valid_for_a_day_while_rotating() {
    let webhook = Webhook::default();
    let new = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert!(verify(&webhook, &[SECRET, new], &vector(), 0).is_ok());
    let hook = hook(&[SECRET, new]);
    let valid = |after_s: u32| {
        hook.secrets.iter().filter(|it| it.valid(Time(AT * 1000).plus_s(after_s))).count()
    };
    assert_eq!((valid(0), valid(86_399), valid(86_400)), (2, 2, 1));
    assert!(hook.newest(new) && !hook.newest(SECRET));
    assert!(!format!("{hook:?}").contains("whsec"), "a secret is never printed");
}

#[test]
fn a_signature_of_the_body_alone_is_read_as_its_sender_writes_it() {
    use crate::sign::{sha256, sign_hex};
    let secret = "It's a Secret to Everybody";
    // GitHub's documented example.
    let body = b"Hello, World!";
    let hex = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(sign_hex(secret, body), hex);
    let webhook = |encoding, prefix: Option<&str>| Webhook {
        scheme: Scheme::HmacSha256,
        header: Some("x-hub-signature-256".into()),
        encoding,
        prefix: prefix.map(str::to_owned),
        pattern: None,
    };
    let check = |webhook: &Webhook, value: &str| {
        let headers = headers(&[("x-hub-signature-256", value)]);
        webhook.verify(
            &hook(&[secret]),
            &Signed { headers: &headers, body, method: "POST", path: "/" },
            NOW,
        )
    };
    let github = webhook(None, Some("sha256="));
    assert_eq!(check(&github, &format!("sha256={hex}")).unwrap(), sha256(body));
    assert_eq!(
        check(&github, hex).unwrap_err(),
        "x-hub-signature-256 does not begin with \"sha256=\""
    );
    assert_eq!(check(&github, "sha256=zz").unwrap_err(), "x-hub-signature-256 cannot be decoded");
    assert_eq!(
        check(&github, "sha256=00ff").unwrap_err(),
        "x-hub-signature-256 does not fit the body"
    );
    let base64 = webhook(Some(Encoding::Base64), None);
    assert!(check(&base64, "dXEH6g6yUJ/CESIczphLijdXC211hsIsRvQ3nIsEPhc=").is_ok());
}

#[test]
fn a_webhook_s_document_is_checked_with_its_places() {
    #[track_caller]
    fn check(how: Value, expected: &str) {
        let document =
            json!({ "name": "cms", "on": { "webhook": how }, "pipeline": "hero", "inputs": {} });
        let problems = check_trigger(&acme(), &document, NOW).unwrap_err();
        let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(told, [expected]);
    }
    check(
        json!({ "scheme": "md5" }),
        "/on/webhook/scheme: there is no such scheme — write one of standard, hmac-sha256, ghost, contentful, sanity, strapi, directus, wordpress",
    );
    check(
        json!({ "header": "x" }),
        "/on/webhook/header: Standard Webhooks says it already — take it out, or write scheme: hmac-sha256",
    );
    check(
        json!({ "scheme": "hmac-sha256" }),
        "/on/webhook/header: the header is missing or is no header's name — name the header that has the signature, such as X-Hub-Signature-256",
    );
    check(
        json!({ "scheme": "hmac-sha256", "header": "x", "encoding": "octal" }),
        "/on/webhook/encoding: there is no such encoding — write hex or base64",
    );
    check(
        json!({ "secret": "short" }),
        "/on/webhook/secret: the secret cannot be used — write whsec_ and the base64 of 24 to 64 bytes, or leave it out and take the one that is made",
    );
    check(
        json!({ "pattern": { "detail": "x" } }),
        "/on/webhook/pattern/detail: it is neither a list nor an object — write a list of alternatives: [\"x\"]",
    );
    check(
        json!({ "colour": 1 }),
        "/on/webhook/colour: there is no field colour — use scheme, header, encoding, prefix, pattern, secret",
    );
}

#[test]
fn a_secret_is_in_no_document_and_an_address_names_its_record() {
    let mut stored = trigger(json!({
        "name": "cms", "on": { "webhook": { "secret": SECRET } }, "pipeline": "hero", "inputs": {},
    }));
    assert_eq!(stored.given.as_deref(), Some(SECRET));
    stored.hook = Some(hook(&[SECRET]));
    stored.given = None;
    let shown = stored.json(NOW).to_string();
    assert!(!shown.contains("whsec") && shown.contains("\"/v1/hooks/acme.cms.t"), "{shown}");
    let (key, token) = at_address("acme.cms.t").unwrap();
    assert_eq!((key, token), (super::super::key(&acme(), "cms"), "t"));
    assert!(stored.is_at("t") && !stored.is_at("u"));
    for text in ["", "acme", "acme.cms", "ACME.cms.t", "acme.Cms.t"] {
        assert_eq!(at_address(text), None, "{text}");
    }
}
