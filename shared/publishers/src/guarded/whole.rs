//! Requests of any kind, and their whole answers, for targets that have an API.

use super::{Failure, Guarded, chain, failure, within};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::time::Duration;

/// Most bytes of an answer.
const ANSWER_MOST: usize = 8 << 20;

/// So many bytes of a file are sent in a second at least.
const PACE: usize = 512 << 10;

/// One request.
#[derive(Clone)]
pub struct Ask {
    /// Its method.
    pub method: Method,
    /// Where it goes.
    pub url: String,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// Headers hold credentials: they are not printed.
impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ask({} with {} bytes)", self.method, self.body.len())
    }
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Whole {
    /// A header as text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON; `Null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Guarded {
    /// Makes a request, once. Whoever sends much has more time.
    pub async fn send(&self, ask: Ask) -> Result<Whole, Failure> {
        let limit = self.limit + Duration::from_secs((ask.body.len() / PACE) as u64);
        let asked = async {
            let (client, url) = self.client(&ask.url).await?;
            let mut request = client.request(ask.method, url);
            for (name, value) in &ask.headers {
                request = request.header(*name, value);
            }
            let answer = request.body(ask.body).send().await;
            let mut answer = answer.map_err(|cause| failure(&cause))?;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let mut body = Vec::new();
            while let Some(some) =
                answer.chunk().await.map_err(|cause| Failure::Cut(chain(&cause)))?
            {
                if ANSWER_MOST < body.len() + some.len() {
                    return Err(Failure::Cut(format!("larger than {ANSWER_MOST} bytes")));
                }
                body.extend_from_slice(&some);
            }
            Ok(Whole { status, headers, body })
        };
        within(limit, asked).await
    }
}
