//! What an adapter calls its vendor with: the base address, one key, and a client that makes each call once.

use crate::body::whole;
use crate::gpu::Allowed;
use crate::silence::{Silence, silence};
use domain::Time;
use domain::gpu::Input;
use domain::sign::sha256;
use domain::vendor::{Answer, Class, Limits, Outcome};
pub use domain::vendor::{found, reason, segment};
use reqwest::header::HeaderMap;
use reqwest::{Certificate, Client, Method, RequestBuilder, Url};
use serde_json::Value;
use std::sync::OnceLock;
use std::time::Duration;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a call may take, where an adapter does not say otherwise.
const TOTAL: Duration = Duration::from_secs(25);

/// Most bytes of an answer: the largest output as base64, and some more.
const BODY_MOST: usize = 96 << 20;

/// Most bytes of an input.
const INPUT_MOST: usize = 64 << 20;

/// The client of all vendors: no retries, no redirects, no proxies, a fresh connection for each call.
#[derive(Debug, Default)]
pub struct Wire {
    client: OnceLock<Result<Client, String>>,
    /// The only certificate that is trusted, if not all that everybody trusts.
    trusted: Option<Vec<u8>>,
    /// Addresses that may be called though they are not public HTTPS.
    allowed: Allowed,
}

/// One of our keys at a vendor.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// As the vendor gave it; where it has parts, they are joined by colons.
    pub secret: String,
    /// What the vendor's webhooks are signed with, where that is another secret.
    pub webhook: String,
}

/// A key is never printed.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// By what handles remember it.
    pub fn label(&self) -> String {
        sha256(self.secret.as_bytes()).chars().take(8).collect()
    }

    /// What stands after `role` where the key is that of the function's own role: nothing, or a bucket.
    pub(crate) fn of_role(&self) -> Option<&str> {
        match self.parts() {
            ("role", rest) => Some(rest),
            _ => None,
        }
    }

    /// The part before the first colon, and the rest.
    pub fn parts(&self) -> (&str, &str) {
        self.secret.split_once(':').unwrap_or((&self.secret, ""))
    }
}

/// What an adapter calls its vendor with.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    wire: &'a Wire,
    base: &'a str,
    /// The key of this call.
    pub key: &'a Key,
    /// When the call is made: signatures and tokens hold for a while.
    pub now: Time,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Wire {
    /// A client that may also call these addresses of the operator's.
    pub fn new(allowed: Allowed) -> Self {
        Self { allowed, ..Self::default() }
    }

    /// A client for tests, which trusts this certificate and no other.
    pub fn trusting(certificate: Vec<u8>) -> Self {
        Self { trusted: Some(certificate), ..Self::default() }
    }

    fn client(&self) -> Result<&Client, String> {
        let made = self.client.get_or_init(|| client(self.trusted.as_deref()));
        made.as_ref().map_err(Clone::clone)
    }

    /// A desk at a base address, with a key.
    pub fn desk<'a>(&'a self, base: &'a str, key: &'a Key, now: Time) -> Desk<'a> {
        Desk { wire: self, base, key, now }
    }
}

fn client(trusted: Option<&[u8]>) -> Result<Client, String> {
    let mut builder = Client::builder();
    if let Some(trusted) = trusted {
        let trusted = Certificate::from_der(trusted).map_err(|cause| cause.to_string())?;
        builder = builder.tls_certs_only([trusted]);
    }
    builder
        .connect_timeout(CONNECT)
        .timeout(TOTAL)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(0)
        .no_proxy()
        .user_agent(concat!("galley/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|cause| cause.to_string())
}

impl Desk<'_> {
    /// The URL of a path below the base address, such as `/images/generations`; a query may follow.
    pub fn url(&self, path: &str) -> Result<Url, String> {
        // The base address is ours or the operator's: only what is not HTTPS has to be allowed.
        if !self.base.starts_with("https://") {
            self.wire.allowed.permit(self.base).map_err(|cause| cause.to_string())?;
        }
        let joined = format!("{}{path}", self.base.trim_end_matches('/'));
        Url::parse(&joined).map_err(|cause| format!("{path}: {cause}"))
    }

    /// A URL that the vendor gave, if it leads to the vendor: our key goes nowhere else.
    pub fn own(&self, url: &str) -> Option<Url> {
        let (base, url) = (Url::parse(self.base).ok()?, Url::parse(url).ok()?);
        (base.origin() == url.origin()).then_some(url)
    }

    /// A request to a path below the base address, without credentials yet.
    pub fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, String> {
        Ok(self.wire.client()?.request(method, self.url(path)?))
    }

    /// A request to a URL for which [`Desk::own`] stands.
    pub fn request_at(&self, method: Method, url: Url) -> Result<RequestBuilder, String> {
        Ok(self.wire.client()?.request(method, url))
    }

    /// Makes a call, once.
    pub async fn send(&self, request: RequestBuilder) -> Result<Reply, Silence> {
        let response = request.send().await.map_err(|cause| silence(&cause))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = whole(response, BODY_MOST).await;
        let body = body.map_err(|unread| Silence::Lost(unread.to_string()))?;
        Ok(Reply { status, headers, body })
    }

    /// Starts paid work: an answer, or what is known where there is none.
    ///
    /// A request that could not be built or sent was never accepted; one that was cut off may have been.
    pub async fn order(&self, request: Result<RequestBuilder, String>) -> Result<Reply, Answer> {
        let request = request.map_err(|why| Outcome::refused(Class::Elsewhere, why))?;
        self.send(request).await.map_err(|silence| match silence {
            Silence::Unsent(why) => Outcome::refused(Class::Elsewhere, why).into(),
            Silence::Lost(why) => Outcome::Unknown(why).into(),
        })
    }

    /// Asks what may be asked any number of times: where no answer comes, nothing new is known.
    pub async fn ask(&self, request: Result<RequestBuilder, String>) -> Result<Reply, Answer> {
        let request = request.map_err(Outcome::Unknown)?;
        self.send(request).await.map_err(|silence| match silence {
            Silence::Unsent(why) | Silence::Lost(why) => Outcome::Unknown(why).into(),
        })
    }

    /// The bytes of an input, for vendors that take no URL. Called before anything is paid.
    pub async fn bytes(&self, input: &Input) -> Result<Vec<u8>, Answer> {
        let refused = |why: String| Answer::from(Outcome::refused(Class::Later(5), why));
        let request = self.wire.client().map_err(&refused)?.get(&input.url);
        let response =
            request.send().await.map_err(|_| refused("an input cannot be read".into()))?;
        if !response.status().is_success() {
            return Err(refused(format!("an input cannot be read: {}", response.status())));
        }
        let bytes = whole(response, INPUT_MOST).await;
        let bytes = bytes.map_err(|unread| refused(unread.to_string()))?;
        match sha256(&bytes) == input.sha256 {
            true => Ok(bytes),
            false => Err(refused("an input is not what is on record".into())),
        }
    }
}

impl Reply {
    /// A header as text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON; `Null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// `Retry-After` in seconds, if it is that; dates and nonsense are not.
    pub fn retry_after(&self) -> Option<u32> {
        self.header("retry-after").trim().parse::<f64>().ok().map(|seconds| seconds.ceil() as u32)
    }

    /// What is left of a limit, by the names of the headers that say so; `reset` is in seconds.
    pub fn limits(&self, remaining: &str, reset_s: Option<u32>) -> Option<Limits> {
        let remaining = self.header(remaining).parse().ok()?;
        Some(Limits { remaining, reset_s: reset_s? })
    }

    /// What an answer tells of work that was accepted, where it is none about the work: nothing new.
    ///
    /// A key that is not taken is said to be, so that another one is tried.
    pub fn untold(&self, said: String) -> Answer {
        match self.status {
            401 | 403 => Outcome::refused(Class::Credentials, said).into(),
            _ => Outcome::Unknown(said).into(),
        }
    }

    /// Whether an answer of this status says nothing of the request: it may have been accepted.
    pub fn is_gateway(&self) -> bool {
        500 <= self.status
    }
}
