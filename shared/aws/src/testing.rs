//! An AWS that answers from a script, for tests of adapters: the requests are the SDK's own bytes.

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_sdk_dynamodb::config::{
    Credentials, HttpClient, RuntimeComponents, SharedCredentialsProvider, SharedHttpClient,
};
use aws_sdk_dynamodb::error::ConnectorError;
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

/// A request as it left the SDK.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// Its body, if it is JSON; otherwise null.
    pub(crate) body: Value,
    /// The same as it is written.
    pub(crate) text: String,
}

impl Sent {
    /// The operation, such as `PutItem`.
    pub(crate) fn operation(&self) -> &str {
        self.headers["x-amz-target"].rsplit('.').next().unwrap()
    }
}

enum Answer {
    Http(u16, BTreeMap<String, String>, Vec<u8>),
    Cut,
}

/// The script and what was asked so far. A request beyond the script fails the test.
#[derive(Clone, Default)]
pub(crate) struct Wire {
    script: Arc<Mutex<VecDeque<Answer>>>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn then(self, answer: Answer) -> Self {
        self.script.lock().unwrap().push_back(answer);
        self
    }

    /// Then it succeeds with this JSON.
    pub(crate) fn answers(self, body: Value) -> Self {
        self.then(Answer::Http(200, BTreeMap::new(), body.to_string().into_bytes()))
    }

    /// Then it answers with these very bytes.
    pub(crate) fn bytes(self, status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        self.then(Answer::Http(status, headers.collect(), body.to_vec()))
    }

    /// Then it fails with this code, in the JSON protocols' way.
    pub(crate) fn fails(self, status: u16, code: &str) -> Self {
        self.fails_with(status, json!({ "__type": code, "message": "no" }))
    }

    /// Then it fails with this body.
    pub(crate) fn fails_with(self, status: u16, body: Value) -> Self {
        self.then(Answer::Http(status, BTreeMap::new(), body.to_string().into_bytes()))
    }

    /// Then the connection breaks after the request was sent.
    pub(crate) fn cut(self) -> Self {
        self.then(Answer::Cut)
    }

    pub(crate) fn requests(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        self.sent.lock().unwrap().push(Sent {
            method: request.method().to_owned(),
            uri: request.uri().to_owned(),
            headers: request.headers().iter().map(|(n, v)| (n.into(), v.into())).collect(),
            body: serde_json::from_slice(body).unwrap_or(Value::Null),
            text: String::from_utf8_lossy(body).into_owned(),
        });
        let answer = self.script.lock().unwrap().pop_front();
        HttpConnectorFuture::ready(match answer.expect("one more request than was expected") {
            Answer::Cut => Err(ConnectorError::io("connection reset".into())),
            Answer::Http(status, headers, body) => {
                let status = status.try_into().unwrap();
                let mut response = HttpResponse::new(status, SdkBody::from(body));
                for (name, value) in headers {
                    response.headers_mut().insert(name, value);
                }
                Ok(response)
            }
        })
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// A configuration that reaches nothing but the script, and does not retry.
pub(crate) fn config(wire: &Wire) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "id", "key", None, None, "tests",
        )))
        .retry_config(RetryConfig::disabled())
        .http_client(SharedHttpClient::new(wire.clone()))
        .build()
}
