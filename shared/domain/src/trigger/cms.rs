//! Webhooks of content management systems: each proved as its sender signs.

use super::Scheme;
use super::entry::event_id;
use super::webhook::{Signed, WINDOW_S, Webhook, unhex, verifies};
use crate::sign::{same, sha256};
use crate::time::Time;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// How old a request of Contentful may be, in seconds: what its own library allows.
const CONTENTFUL_S: i64 = 30;
/// Most headers that Contentful may have signed.
const HEADERS_MOST: usize = 64;

/// Whether a request comes from somebody who has a secret; what tells its event from others, or why not.
pub(super) fn verify(
    scheme: Scheme,
    how: &Webhook,
    secrets: &[&str],
    request: &Signed<'_>,
    now: Time,
) -> Result<String, String> {
    let otherwise = match scheme {
        Scheme::Ghost => ghost(secrets, request, now)?,
        Scheme::Sanity => sanity(secrets, request, now)?,
        Scheme::Contentful => contentful(secrets, request, now)?,
        Scheme::WordPress => wordpress(secrets, request)?,
        _ => shown(how, secrets, request)?,
    };
    // What is proved is the body: so its own words tell its event from others, where it has them.
    Ok(event_id(scheme, request.body).unwrap_or(otherwise))
}

/// `X-Ghost-Signature: sha256=HEX, t=MILLISECONDS`, over the body and then the time.
fn ghost(secrets: &[&str], request: &Signed<'_>, now: Time) -> Result<String, String> {
    const NAME: &str = "x-ghost-signature";
    let given = pairs(request.header(NAME)?, ", ");
    let signature = unhex(said(&given, NAME, "sha256")?);
    let signature = signature.ok_or_else(|| format!("{NAME} cannot be decoded"))?;
    let at = said(&given, NAME, "t")?;
    young(NAME, at, WINDOW_S, now)?;
    let parts = [request.body, at.as_bytes()];
    fits(secrets, &parts, &signature, NAME, "body and time")?;
    Ok(sha256(&parts.concat()))
}

/// `sanity-webhook-signature: t=MILLISECONDS,v1=BASE64URL`, over the time, a full stop and the body.
fn sanity(secrets: &[&str], request: &Signed<'_>, now: Time) -> Result<String, String> {
    const NAME: &str = "sanity-webhook-signature";
    let given = pairs(request.header(NAME)?, ",");
    let at = said(&given, NAME, "t")?;
    young(NAME, at, WINDOW_S, now)?;
    let signature = URL_SAFE_NO_PAD.decode(said(&given, NAME, "v1")?.trim_end_matches('='));
    let signature = signature.map_err(|_| format!("{NAME} cannot be decoded"))?;
    let parts = [at.as_bytes(), b".", request.body];
    fits(secrets, &parts, &signature, NAME, "time and body")?;
    Ok(sha256(request.body))
}

/// `X-Contentful-Signature: HEX`, over method, path, the headers that it names, and the body.
fn contentful(secrets: &[&str], request: &Signed<'_>, now: Time) -> Result<String, String> {
    const NAME: &str = "x-contentful-signature";
    const NAMES: &str = "x-contentful-signed-headers";
    const AT: &str = "x-contentful-timestamp";
    let signature = unhex(request.header(NAME)?);
    let signature = signature.ok_or_else(|| format!("{NAME} cannot be decoded"))?;
    young(AT, request.header(AT)?, CONTENTFUL_S, now)?;
    let names = request.header(NAMES)?.split(',').map(|name| name.trim().to_ascii_lowercase());
    let mut names: Vec<String> = names.take(HEADERS_MOST).collect();
    names.sort();
    names.dedup();
    // Else the time would be anybody's word.
    for wanted in [NAMES, AT] {
        if !names.iter().any(|name| name == wanted) {
            return Err(format!("{NAMES} does not name {wanted}"));
        }
    }
    let mut signed = Vec::new();
    for name in &names {
        signed.push(format!("{name}:{}", request.header(name)?.trim()));
    }
    let head =
        format!("{}\n{}\n{}\n", request.method, contentful_path(request.path), signed.join(";"));
    let parts = [head.as_bytes(), request.body];
    fits(secrets, &parts, &signature, NAME, "method, path, headers and body")?;
    Ok(sha256(request.body))
}

/// A path as Contentful signs it: what follows the question mark is escaped, then all of it is.
fn contentful_path(path: &str) -> String {
    let kept = |text: &str, besides: &str| -> String {
        let byte = |byte: u8| match char::from(byte) {
            c if c.is_ascii_alphanumeric() || "-_.!~*'()".contains(c) || besides.contains(c) => {
                c.to_string()
            }
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(byte).collect()
    };
    let all = ";,/?:@&=+$#";
    match path.split_once('?') {
        None => kept(path, all),
        Some((path, query)) => kept(&format!("{path}?{}", kept(query, "")), all),
    }
}

/// `X-WC-Webhook-Signature: BASE64`, over the body.
fn wordpress(secrets: &[&str], request: &Signed<'_>) -> Result<String, String> {
    const NAME: &str = "x-wc-webhook-signature";
    let signature = STANDARD.decode(request.header(NAME)?);
    let signature = signature.map_err(|_| format!("{NAME} cannot be decoded"))?;
    fits(secrets, &[request.body], &signature, NAME, "body")?;
    Ok(sha256(request.body))
}

/// A header that shows the secret itself: the sender signs nothing.
fn shown(how: &Webhook, secrets: &[&str], request: &Signed<'_>) -> Result<String, String> {
    let name = how.header.as_deref().unwrap_or("authorization");
    let usual = if name == "authorization" { "Bearer " } else { "" };
    let prefix = how.prefix.as_deref().unwrap_or(usual);
    let given = request.header(name)?;
    let given = given.strip_prefix(prefix);
    let given = given.ok_or_else(|| format!("{name} does not begin with {prefix:?}"))?;
    match secrets.iter().any(|secret| same(secret, given)) {
        true => Ok(sha256(request.body)),
        false => Err(format!("{name} does not hold the secret")),
    }
}

fn pairs<'a>(text: &'a str, between: &str) -> Vec<(&'a str, &'a str)> {
    text.split(between).filter_map(|pair| pair.trim().split_once('=')).collect()
}

fn said<'a>(given: &[(&str, &'a str)], header: &str, name: &str) -> Result<&'a str, String> {
    let found = given.iter().find(|(said, _)| *said == name);
    found.map(|(_, value)| *value).ok_or_else(|| format!("{header} has no {name}"))
}

/// Whether a time in milliseconds is near ours.
fn young(header: &str, at: &str, allowed: i64, now: Time) -> Result<(), String> {
    let at: i64 = at.parse().map_err(|_| format!("{header} has no time in milliseconds"))?;
    let apart = now.0.abs_diff(at) / 1000;
    match apart <= allowed.unsigned_abs() {
        true => Ok(()),
        false => Err(format!("{header} is {apart} s away from our clock; {allowed} are allowed")),
    }
}

fn fits(
    secrets: &[&str],
    parts: &[&[u8]],
    signature: &[u8],
    header: &str,
    what: &str,
) -> Result<(), String> {
    match secrets.iter().any(|secret| verifies(secret.as_bytes(), parts, signature)) {
        true => Ok(()),
        false => Err(format!("{header} does not fit {what}")),
    }
}
