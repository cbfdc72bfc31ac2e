//! Sign-in with an OpenID Connect provider: the code flow of a public client, with PKCE.

mod der;
mod jwt;

pub(crate) use jwt::{Claims, Disbelief, Keys};
#[cfg(test)]
pub(crate) use jwt::{Expected, verify};

use crate::form;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::{Error, Result, Time};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::Mutex;

/// How long what a provider says of itself is believed, in milliseconds.
const KEPT_MS: i64 = 3_600_000;
/// How soon its keys are read again because a token names one that we do not know, in milliseconds.
const AGAIN_MS: i64 = 60_000;

/// What the provider answers.
#[async_trait]
pub trait Wire: Send + Sync {
    /// Reads a document.
    async fn get(&self, url: &str) -> Result<Value>;
    /// Posts a form: the status, and what came back.
    async fn post(&self, url: &str, form: String) -> Result<(u16, Value)>;
}

/// Which provider it is, and who we are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The issuer that its tokens name.
    pub issuer: String,
    /// Where it says how it is to be spoken to.
    pub discovery: String,
    /// Our id there.
    pub client: String,
    /// The claim that has a person's groups and roles.
    pub groups: String,
    /// The claim that has a person's tenant.
    pub tenant: String,
}

/// What a provider says of itself.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    end_session_endpoint: Option<String>,
}

/// The provider, with what is known of it.
pub struct Oidc {
    settings: Settings,
    wire: Box<dyn Wire>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    discovery: Option<(Discovery, Time)>,
    keys: Option<(Keys, Time)>,
}

impl std::fmt::Debug for Oidc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Oidc").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// One sign-in: what only we and the browser that began it know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt<'a> {
    pub(crate) redirect: &'a str,
    pub(crate) state: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) verifier: &'a str,
}

/// What became of a code.
#[derive(Debug)]
pub(crate) enum Redeemed {
    /// The provider vouches for this.
    Believed(Claims),
    /// The provider, or we, did not believe it.
    Refused(String),
}

impl Oidc {
    /// A provider of which nothing is known yet.
    pub fn new(settings: Settings, wire: Box<dyn Wire>) -> Self {
        Self { settings, wire, kept: Mutex::default() }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where a browser goes to sign in.
    pub(crate) async fn authorize(&self, attempt: Attempt<'_>, now: Time) -> Result<String> {
        let discovery = self.discovery(now).await?;
        let challenge = BASE64.encode(Sha256::digest(attempt.verifier.as_bytes()));
        let query = form::pairs(&[
            ("response_type", "code"),
            ("client_id", &self.settings.client),
            ("redirect_uri", attempt.redirect),
            ("scope", "openid email profile"),
            ("state", attempt.state),
            ("nonce", attempt.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(joined(&discovery.authorization_endpoint, &query))
    }

    /// Where a browser goes to sign out there as well; none where the provider has no such place.
    pub(crate) async fn end_session(&self, back: &str, now: Time) -> Result<Option<String>> {
        let discovery = self.discovery(now).await?;
        // Cognito's own name for the place to come back to, and that of the standard.
        let query = form::pairs(&[
            ("client_id", &self.settings.client),
            ("logout_uri", back),
            ("post_logout_redirect_uri", back),
        ]);
        Ok(discovery.end_session_endpoint.map(|place| joined(&place, &query)))
    }

    /// Gives the code back for an ID token, and looks at that closely.
    pub(crate) async fn redeem(
        &self,
        code: &str,
        attempt: Attempt<'_>,
        now: Time,
    ) -> Result<Redeemed> {
        let discovery = self.discovery(now).await?;
        let form = form::pairs(&[
            ("grant_type", "authorization_code"),
            ("client_id", &self.settings.client),
            ("code", code),
            ("redirect_uri", attempt.redirect),
            ("code_verifier", attempt.verifier),
        ]);
        let (status, answer) = self.wire.post(&discovery.token_endpoint, form).await?;
        let token = answer.get("id_token").and_then(Value::as_str);
        let (200, Some(token)) = (status, token) else {
            let why = answer.get("error").and_then(Value::as_str).unwrap_or("no ID token");
            return Ok(Redeemed::Refused(format!("the sign-in page's answer was {status}, {why}")));
        };
        let expected = jwt::Expected {
            issuer: &self.settings.issuer,
            audience: &self.settings.client,
            nonce: attempt.nonce,
            now,
        };
        let mut said = jwt::verify(token, &self.keys(&discovery, KEPT_MS, now).await?, expected);
        if said == Err(Disbelief::UnknownKey) {
            said = jwt::verify(token, &self.keys(&discovery, AGAIN_MS, now).await?, expected);
        }
        Ok(match said {
            Ok(claims) => Redeemed::Believed(claims),
            Err(why) => Redeemed::Refused(format!("the ID token is not believed: {why}")),
        })
    }

    async fn discovery(&self, now: Time) -> Result<Discovery> {
        let kept = self.kept().discovery.clone();
        if let Some((discovery, at)) = kept
            && now.since_ms(at) < KEPT_MS
        {
            return Ok(discovery);
        }
        let url = &self.settings.discovery;
        let discovery: Discovery = serde_json::from_value(self.wire.get(url).await?)
            .map_err(|cause| Error::Fault(format!("{url}: {cause}")))?;
        if discovery.issuer != self.settings.issuer {
            let other = &discovery.issuer;
            return Err(Error::Fault(format!(
                "{url}: it is {other}, not {}",
                self.settings.issuer
            )));
        }
        let places =
            [&discovery.authorization_endpoint, &discovery.token_endpoint, &discovery.jwks_uri];
        let places = places.into_iter().chain(&discovery.end_session_endpoint);
        // Only the emulator's own document is read without TLS, and may name places without it.
        let secure = url.starts_with("https://");
        if let Some(place) = places.filter(|_| secure).find(|place| !place.starts_with("https://"))
        {
            return Err(Error::Fault(format!("{url}: {place} is not HTTPS")));
        }
        self.kept().discovery = Some((discovery.clone(), now));
        Ok(discovery)
    }

    /// The provider's keys, read again where we know none younger than this.
    async fn keys(&self, discovery: &Discovery, age_ms: i64, now: Time) -> Result<Keys> {
        let kept = self.kept().keys.clone();
        if let Some((keys, at)) = kept
            && now.since_ms(at) < age_ms
        {
            return Ok(keys);
        }
        let url = &discovery.jwks_uri;
        let keys: Keys = serde_json::from_value(self.wire.get(url).await?)
            .map_err(|cause| Error::Fault(format!("{url}: {cause}")))?;
        self.kept().keys = Some((keys.clone(), now));
        Ok(keys)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn joined(place: &str, query: &str) -> String {
    let sign = if place.contains('?') { '&' } else { '?' };
    format!("{place}{sign}{query}")
}
