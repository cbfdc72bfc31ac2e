//! GPU hosts over HTTP: one try per call, and an honest word on what is known afterwards.

mod allowed;
mod answer;

pub use allowed::Allowed;

use crate::silence::{Silence, silence};
use answer::{brief, outcome, within};
use async_trait::async_trait;
use domain::gpu::{Render, RenderState};
use domain::id::AttemptId;
use domain::ports::{Hosts, Refusal, Started};
use domain::{Error, Result};
use reqwest::{Client, Method, RequestBuilder, Response, Url};
use serde_json::Value;
use std::pin::Pin;
use std::sync::OnceLock;
use std::time::Duration;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(2);

/// How long a whole call may take; a host answers before it works.
const TOTAL: Duration = Duration::from_secs(8);

/// As much of a render's state as is read, in bytes.
const STATE_LIMIT: usize = 256 * 1024;

type Reading = Pin<Box<dyn Future<Output = Result<String>> + Send>>;

/// GPU hosts, wherever they registered from.
pub struct HttpHosts {
    /// Made at the first call: reading the system's root certificates is most of a cold start.
    client: OnceLock<Result<Client, String>>,
    total: Duration,
    /// The endpoint key: `None` asks for it, `Some` for another one than that.
    key: Box<dyn Fn(Option<String>) -> Reading + Send + Sync>,
    allowed: Allowed,
}

/// The endpoint key is never printed.
impl std::fmt::Debug for HttpHosts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpHosts").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

/// Why there is no answer to read.
#[derive(Debug, PartialEq)]
enum Mute {
    /// The endpoint key or the client cannot be had; nothing was sent.
    Keyless(Error),
    /// The host did not answer.
    Silent(Silence),
}

impl HttpHosts {
    /// Hosts at allowed addresses, called with the endpoint key.
    ///
    /// `key` is asked with `None` for the key, and with `Some` refused key for another one.
    pub fn new<F, R>(key: F, allowed: Allowed) -> Self
    where
        F: Fn(Option<String>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<String>> + Send + 'static,
    {
        Self::within(key, allowed, TOTAL)
    }

    fn within<F, R>(key: F, allowed: Allowed, total: Duration) -> Self
    where
        F: Fn(Option<String>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<String>> + Send + 'static,
    {
        let key = Box::new(move |refused| Box::pin(key(refused)) as Reading);
        Self { client: OnceLock::new(), total, key, allowed }
    }

    fn client(&self) -> Result<&Client> {
        let client = self.client.get_or_init(|| client(self.total));
        client.as_ref().map_err(|cause| Error::Fault(format!("http client for gpu hosts: {cause}")))
    }

    /// Where a render is found at a host.
    fn place(&self, address: &str, attempt: &AttemptId, rest: &[&str]) -> Result<Url> {
        let mut url = self.allowed.permit(address)?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["v1", "renders", attempt.as_str()]).extend(rest);
        }
        Ok(url)
    }

    /// Sends a request; once more with another key if the host refuses the one we know.
    ///
    /// A refused key is a certain refusal, so sending again cannot start a second render.
    async fn send(&self, request: impl Fn(&Client) -> RequestBuilder) -> Result<Response, Mute> {
        let mute = |cause| Mute::Silent(silence(&cause));
        let key = (self.key)(None).await.map_err(Mute::Keyless)?;
        let client = self.client().map_err(Mute::Keyless)?;
        let response = request(client).bearer_auth(&key).send().await.map_err(mute)?;
        if !matches!(response.status().as_u16(), 401 | 403) {
            return Ok(response);
        }
        match (self.key)(Some(key.clone())).await {
            Ok(other) if other != key => {
                request(client).bearer_auth(&other).send().await.map_err(mute)
            }
            _ => Ok(response),
        }
    }
}

/// No retries, no redirects, no proxies, and a fresh connection for each call: a pooled one may have died
/// while the function slept, and then nobody knows what the host has read.
fn client(total: Duration) -> Result<Client, String> {
    Client::builder()
        .connect_timeout(CONNECT)
        .timeout(total)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(0)
        .no_proxy()
        .build()
        .map_err(|cause| cause.to_string())
}

#[async_trait]
impl Hosts for HttpHosts {
    async fn start(&self, address: &str, render: &Render) -> Started {
        let place = match self.place(address, &render.attempt, &[]) {
            Ok(place) => place,
            Err(why) => return Started::Refused(Refusal::Elsewhere, why.to_string()),
        };
        let put = |client: &Client| {
            let request = client.put(place.clone()).json(render);
            request.header("traceparent", &render.traceparent)
        };
        match self.send(put).await {
            Ok(response) => {
                let status = response.status().as_u16();
                outcome(status, &format!("{address} answered {status}{}", brief(response).await))
            }
            Err(Mute::Keyless(why)) => Started::Refused(Refusal::Later, why.to_string()),
            Err(Mute::Silent(Silence::Unsent(why))) => {
                Started::Refused(Refusal::Elsewhere, format!("{address}: {why}"))
            }
            Err(Mute::Silent(Silence::Lost(why))) => Started::Unknown(format!("{address}: {why}")),
        }
    }

    async fn state(&self, address: &str, attempt: &AttemptId) -> Result<Option<RenderState>> {
        let place = self.place(address, attempt, &[])?;
        let response = self.ask(Method::GET, address, place).await?;
        let status = response.status().as_u16();
        match status {
            200 => {
                let unusable = |why| Error::Fault(format!("{address}: state of {attempt}: {why}"));
                let body = within(response, STATE_LIMIT).await.map_err(unusable)?;
                state_of(attempt, &body).map(Some).map_err(|cause| unusable(cause.to_string()))
            }
            404 => Ok(None),
            status => Err(refused(address, status)),
        }
    }

    async fn cancel(&self, address: &str, attempt: &AttemptId) -> Result<()> {
        let place = self.place(address, attempt, &["cancel"])?;
        let response = self.ask(Method::POST, address, place).await?;
        match response.status().as_u16() {
            // What a host does not know, or knows to be over, needs no stopping.
            200..=299 | 404 | 409 | 410 => Ok(()),
            status => Err(refused(address, status)),
        }
    }
}

/// What a host said of a render. Its last report may be as it was before it was numbered and addressed:
/// a report that could never be sent has no number.
fn state_of(attempt: &AttemptId, body: &[u8]) -> serde_json::Result<RenderState> {
    let mut state: Value = serde_json::from_slice(body)?;
    if let Some(report) = state.get_mut("report").and_then(Value::as_object_mut) {
        report.insert("attempt".into(), attempt.as_str().into());
        report.entry("seq").or_insert(0.into());
    }
    serde_json::from_value(state)
}

impl HttpHosts {
    /// Asks something that may be asked any number of times.
    async fn ask(&self, method: Method, address: &str, place: Url) -> Result<Response> {
        let request = |client: &Client| client.request(method.clone(), place.clone());
        self.send(request).await.map_err(|mute| match mute {
            Mute::Keyless(why) => why,
            Mute::Silent(Silence::Unsent(why) | Silence::Lost(why)) => {
                Error::Again(format!("{address}: {why}"))
            }
        })
    }
}

fn refused(address: &str, status: u16) -> Error {
    let message = format!("{address} answered {status}");
    match status {
        401 | 403 => Error::Fault(format!("{message}: it knows another endpoint key")),
        _ => Error::Again(message),
    }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
