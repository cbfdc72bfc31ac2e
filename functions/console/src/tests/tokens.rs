//! Which ID tokens are believed.

use super::provider::Provider;
use crate::oidc::{Disbelief, Expected, verify};
use domain::Time;
use serde_json::{Value, json};

const NOW: Time = Time(1_700_000_000_000);

fn claims() -> Value {
    json!({
        "iss": "https://id.test", "aud": "galley", "sub": "u1", "nonce": "n1", "token_use": "id",
        "iat": 1_700_000_000, "exp": 1_700_000_300,
    })
}

fn expected() -> Expected<'static> {
    Expected { issuer: "https://id.test", audience: "galley", nonce: "n1", now: NOW }
}

fn said(provider: &Provider, header: Value, claims: Value) -> Result<(), Disbelief> {
    let token = provider.sign(&header, &claims);
    verify(&token, &provider.parsed(), expected()).map(drop)
}

#[test]
fn a_token_for_us_and_this_sign_in_is_believed() {
    let provider = Provider::default();
    let header = json!({ "alg": "RS256", "kid": "k1" });
    assert_eq!(said(&provider, header.clone(), claims()), Ok(()));
    let mut several = claims();
    several["aud"] = json!(["other", "galley"]);
    several["azp"] = json!("galley");
    assert_eq!(said(&provider, header, several), Ok(()));
}

#[test]
fn a_token_that_lacks_anything_is_not_believed() {
    let provider = Provider::default();
    let cases = [
        ("iss", json!("https://evil.test"), Disbelief::Issuer),
        ("aud", json!("another"), Disbelief::Audience),
        ("aud", json!(["other", "galley"]), Disbelief::Audience),
        ("aud", Value::Null, Disbelief::Audience),
        ("token_use", json!("access"), Disbelief::Use),
        ("exp", json!(1_699_999_900), Disbelief::Expired),
        ("exp", Value::Null, Disbelief::Expired),
        ("exp", json!("1800000000"), Disbelief::Expired),
        ("iat", json!(1_700_009_999), Disbelief::Early),
        ("nbf", json!(1_700_009_999), Disbelief::Early),
        ("nonce", json!("n2"), Disbelief::Nonce),
        ("nonce", Value::Null, Disbelief::Nonce),
    ];
    for (name, value, why) in cases {
        let mut claims = claims();
        claims[name] = value.clone();
        let said = said(&provider, json!({ "alg": "RS256", "kid": "k1" }), claims);
        assert_eq!(said, Err(why), "{name}: {value}");
    }
}

#[test]
fn a_token_that_is_not_the_providers_is_not_believed() {
    let (provider, other) = (Provider::default(), Provider::default());
    let signed =
        |alg: &str, kid: &str| said(&provider, json!({ "alg": alg, "kid": kid }), claims());
    assert_eq!(signed("none", "k1"), Err(Disbelief::Algorithm));
    assert_eq!(signed("HS256", "k1"), Err(Disbelief::Algorithm));
    assert_eq!(signed("RS256", "k2"), Err(Disbelief::UnknownKey));
    let foreign = other.sign(&json!({ "alg": "RS256", "kid": "k1" }), &claims());
    assert_eq!(verify(&foreign, &provider.parsed(), expected()).err(), Some(Disbelief::Signature));
    let own = provider.sign(&json!({ "alg": "RS256", "kid": "k1" }), &claims());
    let (head, rest) = own.split_once('.').unwrap();
    let forged = format!("{head}.e30.{}", rest.split_once('.').unwrap().1);
    for (token, why) in [
        (forged.as_str(), Disbelief::Signature),
        (own.rsplit_once('.').unwrap().0, Disbelief::Malformed),
        ("", Disbelief::Malformed),
        ("a.b.c", Disbelief::Malformed),
    ] {
        assert_eq!(verify(token, &provider.parsed(), expected()).err(), Some(why), "{token}");
    }
}
