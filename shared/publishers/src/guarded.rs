//! The one client for URLs that a caller names: HTTPS, public addresses, no redirects, short.

mod whole;

pub use whole::{Ask, Whole};

use guard::Refusal;
use reqwest::{Client, Response, Url};
use std::net::SocketAddr;
use std::time::Duration;

/// How long a call may take, resolving included.
const LIMIT: Duration = Duration::from_secs(10);
/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(3);

/// The guarded client.
#[derive(Clone, Debug)]
pub struct Guarded {
    allowed: Vec<String>,
    limit: Duration,
}

/// What a receiver answered. Its body is not read: nobody should learn from ours what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, where it is one.
    pub retry_after: Option<String>,
}

/// What a partner answered whose words matter: one that the pipeline orders from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Status and `Retry-After`.
    pub answer: Answer,
    /// Its body; of a longer one the beginning.
    pub body: Vec<u8>,
}

/// Most bytes of a body that are read.
const BODY_MOST: usize = 64 << 10;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// We do not call such a URL.
    #[error("{0}")]
    Forbidden(String),
    /// It could not be reached: nothing was sent.
    #[error("{0}")]
    Unreachable(String),
    /// It may have got it.
    #[error("{0}")]
    Cut(String),
}

impl Guarded {
    /// Calls public addresses by HTTPS, and besides these exact `host:port` of the operator's.
    pub fn new(allowed: impl IntoIterator<Item = String>) -> Self {
        Self { allowed: allowed.into_iter().collect(), limit: LIMIT }
    }

    /// The same with another time limit.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Posts a JSON body.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<Answer, Failure> {
        self.in_time(async { Ok(answer(&self.call(url, headers, Some(body)).await?)) }).await
    }

    /// Posts a JSON body, or gets where there is none, and reads what comes back.
    pub async fn ask(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: Option<Vec<u8>>,
    ) -> Result<Reply, Failure> {
        let asked = async {
            let mut response = self.call(url, headers, body).await?;
            let answer = answer(&response);
            let mut body = Vec::new();
            while body.len() < BODY_MOST
                && let Some(some) =
                    response.chunk().await.map_err(|cause| Failure::Cut(chain(&cause)))?
            {
                body.extend_from_slice(&some[..some.len().min(BODY_MOST - body.len())]);
            }
            Ok(Reply { answer, body })
        };
        self.in_time(asked).await
    }

    async fn in_time<T>(
        &self,
        call: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        within(self.limit, call).await
    }

    async fn call(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: Option<Vec<u8>>,
    ) -> Result<Response, Failure> {
        let (client, url) = self.client(url).await?;
        let mut request = match body {
            Some(body) => client.post(url).header("content-type", "application/json").body(body),
            None => client.get(url),
        };
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request.send().await.map_err(|cause| failure(&cause))
    }

    /// A client for this URL and no other.
    async fn client(&self, url: &str) -> Result<(Client, Url), Failure> {
        let (url, addresses) = self.resolve(url).await?;
        let client = guard::client(&url, &addresses, CONNECT)
            .user_agent(concat!("galley/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|cause| Failure::Unreachable(chain(&cause)))?;
        Ok((client, url))
    }

    /// The URL and the only addresses that may be called for it.
    async fn resolve(&self, url: &str) -> Result<(Url, Vec<SocketAddr>), Failure> {
        guard::resolve(&self.allowed, url).await.map_err(|refusal| match refusal {
            Refusal::Forbidden(why) => Failure::Forbidden(why),
            Refusal::Unreachable(why) => Failure::Unreachable(why),
        })
    }
}

async fn within<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(limit, call).await {
        Ok(answer) => answer,
        Err(_) => Err(Failure::Cut(format!("no answer within {limit:?}"))),
    }
}

fn failure(cause: &reqwest::Error) -> Failure {
    match cause {
        cause if cause.is_builder() => Failure::Forbidden(chain(cause)),
        cause if cause.is_connect() => Failure::Unreachable(chain(cause)),
        cause => Failure::Cut(chain(cause)),
    }
}

fn answer(response: &Response) -> Answer {
    let header = response.headers().get("retry-after");
    let text = header.and_then(|value| value.to_str().ok());
    let retry_after = text.filter(|text| text.len() <= 40).map(str::to_owned);
    Answer { status: response.status().as_u16(), retry_after }
}

/// An error with its causes; the URL is left out, it may hold a secret.
fn chain(error: &dyn std::error::Error) -> String {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    if causes.is_empty() { "the request could not be made".into() } else { causes.join(": ") }
}

#[cfg(test)]
mod tests;
