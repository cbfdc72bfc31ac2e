//! The OpenID Connect provider over HTTP, and which one it is.

use crate::oidc::{Settings, Wire};
use async_trait::async_trait;
use aws::{StartError, env};
use domain::{Error, Result};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use std::sync::OnceLock;
use std::time::Duration;

/// How long the provider may take.
const TIMEOUT: Duration = Duration::from_secs(8);
/// The longest answer that is read, in bytes.
const ANSWER_MOST: usize = 256 * 1024;

/// Speaks HTTP; the client is made when somebody signs in, so that no other page waits for it.
#[derive(Debug, Default)]
pub struct HttpWire(OnceLock<Client>);

impl HttpWire {
    fn client(&self) -> Result<&Client> {
        if let Some(client) = self.0.get() {
            return Ok(client);
        }
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .user_agent(concat!("galley/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|cause| Error::Fault(format!("http client: {cause}")))?;
        Ok(self.0.get_or_init(|| client))
    }

    async fn ask(&self, url: &str, request: RequestBuilder) -> Result<(u16, Value)> {
        let failed =
            |cause: reqwest::Error| Error::Again(format!("{url}: {}", cause.without_url()));
        let mut answer = request.send().await.map_err(failed)?;
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if ANSWER_MOST < body.len() {
                return Err(Error::Fault(format!("{url}: the answer is too long")));
            }
        }
        Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }
}

#[async_trait]
impl Wire for HttpWire {
    async fn get(&self, url: &str) -> Result<Value> {
        let (status, body) = self.ask(url, self.client()?.get(url)).await?;
        match status {
            200 => Ok(body),
            _ => Err(Error::Again(format!("{url}: the answer was {status}"))),
        }
    }

    async fn post(&self, url: &str, form: String) -> Result<(u16, Value)> {
        let form_type = "application/x-www-form-urlencoded";
        let request = self.client()?.post(url).header("content-type", form_type).body(form);
        self.ask(url, request).await
    }
}

/// Which provider it is, as the function's environment says.
pub fn settings() -> Result<Settings, StartError> {
    Ok(Settings {
        issuer: env::var("OIDC_ISSUER")?,
        discovery: env::var("OIDC_DISCOVERY")?,
        client: env::var("OIDC_CLIENT")?,
        groups: env::var("OIDC_GROUPS")?,
        tenant: env::var("OIDC_TENANT")?,
    })
}
