//! Signed webhooks that come in: who may send them, proved over the raw body.

use super::scheme::{self, Scheme};
use super::{Occurrence, TriggerRecord};
use crate::pipeline::Problem;
use crate::sign::sha256;
use crate::store::Key;
use crate::time::Time;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use std::collections::BTreeMap;

/// How a webhook is signed, as the trigger's author wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// By which scheme.
    #[serde(default)]
    pub scheme: Scheme,
    /// The header with the signature; for `hmac-sha256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// How the signature is written there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// What stands before it there, such as `sha256=`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Which of the sender's events fire the trigger; all where none is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Value>,
}

/// How bytes are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Hexadecimal.
    #[default]
    Hex,
    /// Base64.
    Base64,
}

/// What a trigger's sender needs: an address that nobody guesses, and secrets.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// The last part of its address.
    pub token: String,
    /// Its secrets, the newest first.
    pub secrets: Vec<HookSecret>,
}

/// One secret of a webhook.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookSecret {
    /// As its sender has it.
    pub secret: String,
    /// When it was given.
    pub created_at: Time,
    /// When it stops to be valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Time>,
}

/// Secrets are never printed.
impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hook({} secrets)", self.secrets.len())
    }
}

/// How long a replaced secret stays valid, in seconds.
const OVERLAP_S: u32 = 24 * 3600;
/// How far a sender's clock may be from ours, in seconds: older requests are replays.
pub(super) const WINDOW_S: i64 = 300;
/// Most secrets that are valid at once: what a rotation that was cut off left, and the next.
const SECRETS_MOST: usize = 4;
/// Most signatures that a request may bring.
const SIGNATURES_MOST: usize = 10;

impl Webhook {
    /// Reads a webhook's document and its secret, if it brings one.
    pub(super) fn check(
        how: &Map<String, Value>,
        problems: &mut Vec<Problem>,
    ) -> (Self, Option<String>) {
        let at = "/on/webhook";
        let known = ["scheme", "header", "encoding", "prefix", "pattern", "secret"];
        super::check::unknown(how, at, &known, problems);
        let mut wrong = |name: &str, detail: &str, fix: &str| {
            problems.push(Problem::new(&format!("{at}/{name}"), detail, fix));
        };
        let text = |name: &str| how.get(name).map(|it| it.as_str().unwrap_or_default().to_owned());
        let scheme = match text("scheme") {
            None => Scheme::Standard,
            Some(name) => Scheme::named(&name).unwrap_or_else(|| {
                let fix = format!("write one of {}", Scheme::NAMES.join(", "));
                wrong("scheme", "there is no such scheme", &fix);
                Scheme::Standard
            }),
        };
        let encoding = match text("encoding").as_deref() {
            None => None,
            Some("hex") => Some(Encoding::Hex),
            Some("base64") => Some(Encoding::Base64),
            Some(_) => {
                wrong("encoding", "there is no such encoding", "write hex or base64");
                None
            }
        };
        let header = text("header").map(|name| name.to_ascii_lowercase());
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let named = |name: &String| (1..=64).contains(&name.len()) && name.chars().all(fits);
        match scheme {
            Scheme::HmacSha256 if !header.as_ref().is_some_and(named) => {
                let fix = "name the header that has the signature, such as X-Hub-Signature-256";
                wrong("header", "the header is missing or is no header's name", fix);
            }
            Scheme::HmacSha256 => {}
            Scheme::Strapi | Scheme::Directus if header.as_ref().is_some_and(|it| !named(it)) => {
                let fix = "name the header that has the secret, or take it out for Authorization";
                wrong("header", "it is no header's name", fix);
            }
            _ => {}
        }
        for name in scheme.says().iter().filter(|name| how.contains_key(**name)) {
            let detail = format!("{} says it already", scheme.title());
            wrong(name, &detail, "take it out, or write scheme: hmac-sha256");
        }
        let secret = text("secret");
        if let Some(text) = &secret
            && let Err(fix) = scheme.usable(text)
        {
            wrong("secret", "the secret cannot be used", fix);
        }
        let pattern = how.get("pattern").cloned();
        if let Some(pattern) = &pattern
            && let Err(found) = super::Pattern::read(pattern, &format!("{at}/pattern"))
        {
            problems.extend(found);
        }
        (Self { scheme, header, encoding, prefix: text("prefix"), pattern }, secret)
    }

    /// A new secret for its scheme.
    pub fn generate(&self, random: [u8; 24]) -> String {
        match self.scheme {
            // Contentful takes 64 characters, no more and no fewer.
            Scheme::Contentful => sha256(&random),
            _ => format!("whsec_{}", BASE64.encode(random)),
        }
    }

    /// Whether a request comes from somebody who has a secret; the sender's id of it, or why not.
    pub fn verify(&self, hook: &Hook, request: &Signed<'_>, now: Time) -> Result<String, String> {
        let secrets = hook.secrets.iter().filter(|secret| secret.valid(now));
        let secrets: Vec<&str> = secrets.map(|secret| secret.secret.as_str()).collect();
        match self.scheme {
            Scheme::Standard => standard(&secrets, request, now),
            Scheme::HmacSha256 => self.plain(&secrets, request),
            cms => super::cms::verify(cms, self, &secrets, request, now),
        }
    }

    /// Whether a secret can be used with its scheme; how one looks that can.
    pub fn usable(&self, secret: &str) -> Result<(), &'static str> {
        self.scheme.usable(secret)
    }

    /// The id of a request, proved or not.
    pub fn id_of(&self, request: &Signed<'_>) -> String {
        match self.scheme {
            Scheme::Standard => request.headers.get("webhook-id").cloned(),
            Scheme::HmacSha256 => None,
            cms => super::entry::event_id(cms, request.body),
        }
        .unwrap_or_else(|| sha256(request.body))
    }

    fn plain(&self, secrets: &[&str], request: &Signed<'_>) -> Result<String, String> {
        let name = self.header.as_deref().unwrap_or_default();
        let given = request.header(name)?;
        let prefix = self.prefix.as_deref().unwrap_or_default();
        let given = given
            .strip_prefix(prefix)
            .ok_or_else(|| format!("{name} does not begin with {prefix:?}"))?;
        let signature = match self.encoding.unwrap_or_default() {
            Encoding::Hex => unhex(given),
            Encoding::Base64 => BASE64.decode(given).ok(),
        };
        let signature = signature.ok_or_else(|| format!("{name} cannot be decoded"))?;
        let fits = |secret: &&&str| verifies(secret.as_bytes(), &[request.body], &signature);
        match secrets.iter().find(fits) {
            // What is not signed tells nothing apart: a replay could bring another id.
            Some(_) => Ok(sha256(request.body)),
            None => Err(format!("{name} does not fit the body")),
        }
    }
}

/// What a request says of itself, byte for byte.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// Its headers, by names in lower case.
    pub headers: &'a BTreeMap<String, String>,
    /// Its body.
    pub body: &'a [u8],
    /// Its method.
    pub method: &'a str,
    /// Its path, with what follows a question mark, as it came.
    pub path: &'a str,
}

impl<'a> Signed<'a> {
    pub(super) fn header(&self, name: &str) -> Result<&'a str, String> {
        let value = self.headers.get(name).map(String::as_str);
        value.ok_or_else(|| format!("the header {name} is missing"))
    }
}

impl HookSecret {
    /// A secret that was given now.
    pub fn new(secret: String, now: Time) -> Self {
        Self { secret, created_at: now, valid_until: None }
    }

    /// Whether it is valid.
    pub fn valid(&self, now: Time) -> bool {
        self.valid_until.is_none_or(|until| now < until)
    }
}

impl Hook {
    /// Takes another secret in; those before stay valid for a day.
    pub fn take(&mut self, secret: String, now: Time) {
        self.secrets.retain(|held| held.valid(now) && held.secret != secret);
        for held in &mut self.secrets {
            let until = now.plus_s(OVERLAP_S);
            held.valid_until = Some(held.valid_until.map_or(until, |sooner| sooner.min(until)));
        }
        self.secrets.insert(0, HookSecret::new(secret, now));
        self.secrets.truncate(SECRETS_MOST);
    }

    /// Whether that is the newest secret.
    pub fn newest(&self, secret: &str) -> bool {
        self.secrets.first().is_some_and(|held| crate::sign::same(&held.secret, secret))
    }
}

fn standard(secrets: &[&str], request: &Signed<'_>, now: Time) -> Result<String, String> {
    let id = request.header("webhook-id")?;
    if id.is_empty() || 256 < id.len() {
        return Err("webhook-id has no 1 to 256 characters".into());
    }
    let at = request.header("webhook-timestamp")?;
    let seconds: i64 = at.parse().map_err(|_| "webhook-timestamp is no number of seconds")?;
    let apart = (now.unix_s() - seconds).abs();
    if WINDOW_S < apart {
        return Err(format!(
            "webhook-timestamp is {apart} s away from our clock; {WINDOW_S} are allowed"
        ));
    }
    let given = request.header("webhook-signature")?;
    let given = given.split(' ').take(SIGNATURES_MOST).filter_map(|one| one.strip_prefix("v1,"));
    let given: Vec<Vec<u8>> = given.filter_map(|one| BASE64.decode(one).ok()).collect();
    let head = format!("{id}.{at}.");
    let fits = |secret: &&str| {
        let Some(key) = scheme::key(secret) else { return false };
        given.iter().any(|one| verifies(&key, &[head.as_bytes(), request.body], one))
    };
    match secrets.iter().any(fits) {
        true => Ok(id.to_owned()),
        false => Err("webhook-signature does not fit id, time and body".into()),
    }
}

/// Whether this is the HMAC-SHA256 of the parts together; in constant time.
pub(super) fn verifies(key: &[u8], parts: &[&[u8]], signature: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return false };
    for part in parts {
        mac.update(part);
    }
    mac.verify_slice(signature).is_ok()
}

pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let even = text.is_ascii() && text.len().is_multiple_of(2);
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).ok();
    even.then(|| (0..text.len()).step_by(2).map(byte).collect()).flatten()
}

/// The last part of a webhook's address: `TENANT.TRIGGER.TOKEN`; the record that it names, and the token.
pub fn at_address(text: &str) -> Option<(Key, &str)> {
    let mut parts = text.splitn(3, '.');
    let (tenant, name, token) = (parts.next()?, parts.next()?, parts.next()?);
    let tenant = crate::id::TenantId::parse(tenant).ok()?;
    crate::catalog::is_name(name).then(|| (super::key(&tenant, name), token))
}

impl TriggerRecord {
    /// The last part of its webhook's address; none where it waits for something else.
    pub fn address(&self) -> Option<String> {
        let token = &self.hook.as_ref()?.token;
        Some(format!("{}.{}.{token}", self.tenant, self.name))
    }

    /// Whether it has this address.
    pub fn is_at(&self, token: &str) -> bool {
        self.hook.as_ref().is_some_and(|hook| crate::sign::same(&hook.token, token))
    }
}

/// Headers that say nothing of the event, or what must not go further.
const SILENT: [&str; 8] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "webhook-signature",
    "x-ghost-signature",
    "x-contentful-signature",
    "sanity-webhook-signature",
    "x-wc-webhook-signature",
];

impl Occurrence {
    /// A webhook that came in and was proved.
    pub fn webhook(hook: &str, id: String, request: &Signed<'_>, detail: Value, now: Time) -> Self {
        let headers = request.headers.iter().filter(|(name, _)| !SILENT.contains(&name.as_str()));
        let headers: Map<String, Value> =
            headers.map(|(name, value)| (name.clone(), json!(value))).collect();
        Self {
            id,
            source: "webhook".into(),
            detail_type: hook.to_owned(),
            time: now.rfc3339(),
            detail,
            rest: Map::from_iter([("headers".to_owned(), Value::Object(headers))]),
        }
    }
}
