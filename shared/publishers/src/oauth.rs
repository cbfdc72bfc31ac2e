//! OAuth 2 tokens that are renewed, and change with it.

use crate::line::{Body, Line, secret, wait_s};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::publish::{Grant, Renewed, SignedIn, Told, Went};
use domain::time::Time;
use reqwest::Method;

/// A grant with a new token: whoever asks knows that the old one is over, or soon will be. The refresh token may be
/// good once: what comes with the answer takes its place. Without one there is nothing to renew it with.
pub(crate) async fn renewed(
    line: &Line,
    target: &'static str,
    at: Result<String, Told>,
    grant: &Grant,
    now: Time,
) -> Renewed {
    if grant.secret("refresh_token").is_none_or(str::is_empty) {
        return Renewed::Good;
    }
    match asked(line, target, at, grant, now).await {
        Ok(renewed) => renewed,
        Err(told) => match told.went {
            _ if told.grant_over => Renewed::Over(format!("{target}: connect again")),
            Went::Refused(_, why) | Went::Unknown(why) => Renewed::Unknown(why),
            _ => Renewed::Unknown(format!("{target} could not be asked")),
        },
    }
}

/// A grant by the code that somebody brought back who signed in, which is good once.
pub(crate) async fn redeemed(
    line: &Line,
    target: &'static str,
    at: Result<String, Told>,
    grant: &Grant,
    (signed_in, now): (&SignedIn, Time),
) -> Renewed {
    let mut pairs = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", signed_in.code.clone()),
        ("redirect_uri", signed_in.redirect.clone()),
    ];
    // LinkedIn knows verifiers of apps without a secret alone.
    if target != "linkedin" {
        pairs.push(("code_verifier", signed_in.verifier.clone()));
    }
    match given(line, target, at, (grant, pairs), now).await {
        Ok(renewed) => renewed,
        Err(told) => match told.went {
            Went::Refused(_, why) | Went::Unknown(why) => Renewed::Unknown(why),
            _ => Renewed::Unknown(format!("{target} could not be asked")),
        },
    }
}

async fn asked(
    line: &Line,
    target: &'static str,
    at: Result<String, Told>,
    grant: &Grant,
    now: Time,
) -> Result<Renewed, Told> {
    let pairs = vec![
        ("grant_type", "refresh_token".to_owned()),
        ("refresh_token", secret(grant, "refresh_token")?.to_owned()),
    ];
    given(line, target, at, (grant, pairs), now).await
}

/// What a token endpoint gives for this.
async fn given(
    line: &Line,
    target: &'static str,
    at: Result<String, Told>,
    (grant, mut pairs): (&Grant, Vec<(&'static str, String)>),
    now: Time,
) -> Result<Renewed, Told> {
    let at = at?;
    let client = grant.setting("client_id").or(grant.secret("client_id")).unwrap_or_default();
    pairs.push(("client_id", client.to_owned()));
    let mut talk = line.talk(target, &at);
    if let Some(own) = grant.secret("client_secret").filter(|own| !own.is_empty()) {
        match target {
            "linkedin" => pairs.push(("client_secret", own.to_owned())),
            _ => {
                let basic = BASE64.encode(format!("{client}:{own}"));
                talk = talk.with("authorization", format!("Basic {basic}"));
            }
        }
    }
    let whole = talk.act(Method::POST, "", Body::Pairs(pairs)).await?;
    let body = whole.json();
    match whole.status {
        200 => {
            let mut secrets = grant.secret.clone();
            secrets.insert("token".into(), talk.text(&body, "/access_token")?.into());
            if let Some(refresh) = body["refresh_token"].as_str() {
                secrets.insert("refresh_token".into(), refresh.into());
            }
            let seconds = body["expires_in"].as_u64().and_then(|s| u32::try_from(s).ok());
            Ok(Renewed::With(secrets, seconds.map(|seconds| now.plus_s(seconds))))
        }
        // Only what the token endpoint itself says of the grant is certain.
        400 | 401 if body["error"].is_string() => {
            Ok(Renewed::Over(format!("{target}: what was to open it is not taken; connect again")))
        }
        _ => {
            let wait = wait_s(&whole, now).map(|s| format!(", again in {s} s")).unwrap_or_default();
            Ok(Renewed::Unknown(format!("{target} answered {}{wait}", whole.status)))
        }
    }
}
