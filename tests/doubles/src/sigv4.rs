//! Signatures of AWS (SigV4), looked at as AWS looks at them: in the headers, or in the query of an address.

use crate::conformance::now;
use crate::refused::Refused;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::Time;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::{Digest, Sha256};

/// The one key that is known: that of AWS's own examples.
pub const KEY: &str = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// A temporary key, as a role's is: its token goes along, and is signed with the rest.
pub const ROLE: &str =
    "ASIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEROLE:IQoJb3JpZ2luX2VjEXAMPLETOKEN";

/// So long before or after it was made a signature holds, in seconds.
const SKEW_S: i64 = 300;

/// A request as it came.
struct Came<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

/// Lets through what is signed for this service.
pub(crate) async fn signed(service: &'static str, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return none("The body ends too early").into_response();
    };
    let (method, uri, headers) = (&parts.method, &parts.uri, &parts.headers);
    match known(&Came { method, uri, headers, body: &body }, service) {
        Ok(()) => next.run(Request::from_parts(parts, body.into())).await,
        Err(refused) => refused.into_response(),
    }
}

/// Why a signature is none.
fn none(why: &str) -> Refused {
    Refused::new(403, &json!({ "message": why, "__type": "InvalidSignatureException" }))
}

/// Demands a signature for this service.
fn known(came: &Came<'_>, service: &str) -> Result<(), Refused> {
    let header = |name: &str| came.headers.get(name).and_then(|value| value.to_str().ok());
    let query = query(came.uri);
    let asked =
        |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let (scope, names, signature, time, hash, pairs) = match header("authorization") {
        Some(authorization) => {
            let part = |name: &str| {
                let parts = authorization.trim_start_matches("AWS4-HMAC-SHA256").split(',');
                let mut parts = parts.filter_map(|part| part.trim().split_once('='));
                parts.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
            };
            let hash = header("x-amz-content-sha256").map(str::to_owned);
            let hash = hash.unwrap_or_else(|| sha256(came.body));
            let time = header("x-amz-date").unwrap_or_default().to_owned();
            let (scope, names) = (part("Credential"), part("SignedHeaders"));
            (scope, names, part("Signature"), time, hash, query.clone())
        }
        None => {
            let text = |name: &str| asked(name).map(str::to_owned);
            let time = text("X-Amz-Date").unwrap_or_default();
            let rest = query.iter().filter(|(name, _)| name != "X-Amz-Signature").cloned();
            let (scope, names) = (text("X-Amz-Credential"), text("X-Amz-SignedHeaders"));
            let signature = text("X-Amz-Signature");
            (scope, names, signature, time, "UNSIGNED-PAYLOAD".into(), rest.collect())
        }
    };
    let (Some(scope), Some(names), Some(signature)) = (scope, names, signature) else {
        return Err(none("The request is missing its signature"));
    };
    let [who, day, region, of, _] = scope.splitn(5, '/').collect::<Vec<_>>()[..] else {
        return Err(none("The credential has another form"));
    };
    let key = [KEY, ROLE].map(|key| key.split(':').collect::<Vec<_>>());
    let key = key.iter().find(|key| key[0] == who).filter(|_| of == service);
    let token = header("x-amz-security-token").or(asked("X-Amz-Security-Token"));
    let unsigned = header("x-amz-security-token").is_some()
        && !names.split(';').any(|name| name == "x-amz-security-token");
    let Some(key) = key.filter(|key| token == key.get(2).copied() && !unsigned) else {
        return Err(none("The security token included in the request is invalid"));
    };
    let secret = key[1];
    let span = asked("X-Amz-Expires").and_then(|span| span.parse().ok()).unwrap_or(SKEW_S);
    if SKEW_S.max(span) < (now().unix_s() - unix_s(&time)).abs() {
        return Err(none("Signature expired"));
    }
    let lines = names.split(';').map(|name| {
        let value = header(name).unwrap_or_default().split_whitespace().collect::<Vec<_>>();
        format!("{name}:{}\n", value.join(" "))
    });
    let path = match service {
        "s3" => came.uri.path().to_owned(),
        _ => came.uri.path().split('/').map(coded).collect::<Vec<_>>().join("/"),
    };
    let mut pairs = pairs;
    pairs.sort();
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", coded(name), coded(value)));
    let canonical = format!(
        "{}\n{path}\n{}\n{}\n{names}\n{hash}",
        came.method,
        pairs.collect::<Vec<_>>().join("&"),
        lines.collect::<String>()
    );
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(canonical.as_bytes()));
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in [day, region, service, "aws4_request", &text] {
        key = mac(&key, part);
    }
    match hex(&key) == signature {
        true => Ok(()),
        false => Err(none("The request signature we calculated does not match")),
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `20130524T000000Z` in seconds since 1970.
fn unix_s(time: &str) -> i64 {
    let part = |from: usize, to: usize| time.get(from..to).unwrap_or("x");
    let (day, clock) = (part(0, 8), part(9, 15));
    let cut = |text: &str, at: usize, to: usize| text.get(at..to).unwrap_or("x").to_owned();
    let time = format!(
        "{}-{}-{}T{}:{}:{}Z",
        cut(day, 0, 4),
        cut(day, 4, 6),
        cut(day, 6, 8),
        cut(clock, 0, 2),
        cut(clock, 2, 4),
        cut(clock, 4, 6)
    );
    Time::parse(&time).map_or(0, Time::unix_s)
}

/// The pairs of a query, decoded.
fn query(uri: &Uri) -> Vec<(String, String)> {
    let query = uri.query().unwrap_or_default();
    let url = reqwest::Url::parse(&format!("http://x/?{query}")).expect("it was one");
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

fn coded(text: &str) -> String {
    providers::desk::segment(text)
}
