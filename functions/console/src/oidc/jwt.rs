//! An ID token: signed by one of the provider's keys, for us, for this sign-in, and not too late.

use super::der::rsa_public_key;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::Time;
use serde::Deserialize;
use serde_json::{Map, Value};

/// How far two clocks may be apart, in seconds.
const SKEW_S: i64 = 60;

/// What a token says.
pub(crate) type Claims = Map<String, Value>;

/// The provider's public keys, as it publishes them.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Keys {
    keys: Vec<Key>,
}

#[derive(Clone, Debug, Deserialize)]
struct Key {
    kty: String,
    #[serde(default)]
    kid: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
}

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    /// Who made it.
    pub(crate) issuer: &'a str,
    /// For whom.
    pub(crate) audience: &'a str,
    /// For which sign-in.
    pub(crate) nonce: &'a str,
    /// The time now.
    pub(crate) now: Time,
}

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Disbelief {
    /// It does not parse.
    #[error("it is no signed token")]
    Malformed,
    /// It is signed in a way that we do not take.
    #[error("it is not signed with RS256")]
    Algorithm,
    /// No key of that name: perhaps a new one.
    #[error("its key is not among the provider's")]
    UnknownKey,
    /// The signature is not of that key.
    #[error("its signature is wrong")]
    Signature,
    /// Somebody else made it.
    #[error("it was issued by somebody else")]
    Issuer,
    /// It is for somebody else.
    #[error("it is meant for somebody else")]
    Audience,
    /// It is no ID token.
    #[error("it is no ID token")]
    Use,
    /// It is too old, or does not say.
    #[error("it has expired")]
    Expired,
    /// It is not valid yet.
    #[error("it is not valid yet")]
    Early,
    /// It belongs to another sign-in.
    #[error("it belongs to another sign-in")]
    Nonce,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: String,
}

/// What a token says, if it is to be believed.
pub(crate) fn verify(
    token: &str,
    keys: &Keys,
    expected: Expected<'_>,
) -> Result<Claims, Disbelief> {
    let (signed, signature) = token.rsplit_once('.').ok_or(Disbelief::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(Disbelief::Malformed)?;
    let header: Header = part(header)?;
    if header.alg != "RS256" {
        return Err(Disbelief::Algorithm);
    }
    let key = keys.keys.iter().find(|key| key.kty == "RSA" && key.kid == header.kid);
    let key = key.ok_or(Disbelief::UnknownKey)?;
    let number = |text: &str| BASE64.decode(text).map_err(|_| Disbelief::UnknownKey);
    let der = rsa_public_key(&number(&key.n)?, &number(&key.e)?);
    let signature = BASE64.decode(signature).map_err(|_| Disbelief::Malformed)?;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der)
        .verify(signed.as_bytes(), &signature)
        .map_err(|_| Disbelief::Signature)?;
    let claims: Claims = part(payload)?;
    says(&claims, expected)?;
    Ok(claims)
}

fn says(claims: &Claims, expected: Expected<'_>) -> Result<(), Disbelief> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let seconds = |name: &str| claims.get(name).and_then(Value::as_f64).map(|at| at as i64);
    let now = expected.now.unix_s();
    let audience = match claims.get("aud") {
        Some(Value::String(one)) => one == expected.audience,
        Some(Value::Array(many)) => {
            many.iter().any(|one| one == expected.audience)
                && (many.len() == 1 || text("azp") == Some(expected.audience))
        }
        _ => false,
    };
    let checks = [
        (text("iss") == Some(expected.issuer), Disbelief::Issuer),
        (audience, Disbelief::Audience),
        (text("token_use").is_none_or(|what| what == "id"), Disbelief::Use),
        (seconds("exp").is_some_and(|exp| now < exp.saturating_add(SKEW_S)), Disbelief::Expired),
        (seconds("iat").is_none_or(|iat| iat <= now + SKEW_S), Disbelief::Early),
        (seconds("nbf").is_none_or(|nbf| nbf <= now + SKEW_S), Disbelief::Early),
        (text("nonce") == Some(expected.nonce), Disbelief::Nonce),
    ];
    checks.into_iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, why)| Err(why))
}

fn part<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Disbelief> {
    let bytes = BASE64.decode(text).map_err(|_| Disbelief::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Disbelief::Malformed)
}
