//! WebSocket connections that API Gateway holds, and the function that pushes to them.

use crate::DynamoTable;
use crate::env::{self, StartError};
use crate::failure::{self, CallError};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_apigatewaymanagement::Client as Management;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_lambda::Client as Lambda;
use aws_sdk_lambda::types::InvocationType;
use domain::Result;
use domain::id::JobId;
use domain::ports::{Connections, Pusher, Sent};
use domain::watch::Heard;
use serde_json::json;
use std::time::Duration;

/// How long one call may take: a connection that takes a message more slowly is ended, and comes back.
const PATIENCE: Duration = Duration::from_secs(1);

/// The table of those who append events: who watches is told.
pub type HeardTable = Heard<DynamoTable, StreamFunction>;

/// The table that `TABLE` names, with the function that `STREAM_FUNCTION` names.
pub fn heard_table(config: &SdkConfig) -> Result<HeardTable, StartError> {
    Ok(Heard { table: DynamoTable::from_env(config)?, pusher: StreamFunction::from_env(config)? })
}

/// The connections of the WebSocket API.
#[derive(Clone, Debug)]
pub struct Sockets {
    client: Management,
}

impl Sockets {
    /// Those behind the address in `STREAM_URL`.
    pub fn from_env(config: &SdkConfig) -> Result<Self, StartError> {
        Ok(Self::new(config, env::var("STREAM_URL")?))
    }

    /// Those behind an address.
    pub fn new(config: &SdkConfig, url: impl Into<String>) -> Self {
        let timeouts = TimeoutConfig::builder().operation_timeout(PATIENCE).build();
        let config = aws_sdk_apigatewaymanagement::config::Builder::from(config)
            .endpoint_url(url)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts);
        Self { client: Management::from_conf(config.build()) }
    }
}

#[async_trait]
impl Connections for Sockets {
    async fn send(&self, connection: &str, text: String) -> Result<Sent> {
        let request = self.client.post_to_connection().connection_id(connection);
        match request.data(Blob::new(text)).send().await {
            Ok(_) => Ok(Sent::Taken),
            Err(failure) => sent(&failure),
        }
    }

    async fn close(&self, connection: &str) -> Result<()> {
        match self.client.delete_connection().connection_id(connection).send().await {
            Ok(_) => Ok(()),
            Err(failure) if status(&failure) == Some(410) => Ok(()),
            Err(failure) => Err(failure::error("close a connection", &failure)),
        }
    }
}

/// The status of the answer, if there was one.
fn status<E>(failure: &CallError<E>) -> Option<u16> {
    failure.raw_response().map(|raw| raw.status().as_u16())
}

/// What a failure says about the connection.
fn sent<E>(failure: &CallError<E>) -> Result<Sent>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match (status(failure), failure::kind(failure)) {
        (Some(410), _) => Ok(Sent::Gone),
        (_, failure::Kind::Refused) => Err(failure::error("post to connection", failure)),
        _ => Ok(Sent::Slow),
    }
}

/// The function `stream`.
#[derive(Clone, Debug)]
pub struct StreamFunction {
    client: Lambda,
    name: String,
}

impl StreamFunction {
    fn from_env(config: &SdkConfig) -> Result<Self, StartError> {
        Ok(Self { client: Lambda::new(config), name: env::var("STREAM_FUNCTION")? })
    }
}

#[async_trait]
impl Pusher for StreamFunction {
    async fn nudge(&self, job: &JobId) -> Result<()> {
        let request = self.client.invoke().function_name(&self.name);
        let nudge = Blob::new(json!({ "job": job }).to_string());
        let nudged = request.invocation_type(InvocationType::Event).payload(nudge).send().await;
        nudged.map(drop).map_err(|failure| {
            let error = failure::error("nudge stream", &failure);
            tracing::warn!("{error}");
            error
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Wire, config};

    async fn send(wire: &Wire) -> Result<Sent> {
        Sockets::new(&config(wire), "http://sockets/live").send("c1=", "{}".into()).await
    }

    #[tokio::test]
    async fn a_message_goes_to_its_connection() {
        let wire = Wire::new().bytes(200, &[], b"");
        assert_eq!(send(&wire).await, Ok(Sent::Taken));
        assert_eq!(wire.requests()[0].uri, "http://sockets/live/@connections/c1%3D");
    }

    async fn close(wire: &Wire) -> Result<()> {
        Sockets::new(&config(wire), "http://sockets/live").close("c1=").await
    }

    #[tokio::test]
    async fn a_connection_is_ended_and_one_that_is_gone_counts_as_ended() {
        let wire = Wire::new().bytes(204, &[], b"");
        assert_eq!(close(&wire).await, Ok(()));
        let request = &wire.requests()[0];
        assert_eq!(request.uri, "http://sockets/live/@connections/c1%3D");
        assert_eq!(request.method, "DELETE");
        let gone = Wire::new().bytes(410, &[("x-amzn-errortype", "GoneException")], b"{}");
        assert_eq!(close(&gone).await, Ok(()));
        for unsure in [Wire::new().bytes(503, &[], b"{}"), Wire::new().cut()] {
            assert!(matches!(close(&unsure).await, Err(domain::Error::Again(_))));
        }
        let wire = Wire::new().bytes(403, &[("x-amzn-errortype", "Forbidden")], b"{}");
        let denied = close(&wire).await.unwrap_err().to_string();
        assert!(denied.contains("close a connection: 403 Forbidden"), "{denied}");
    }

    #[tokio::test]
    async fn who_is_gone_and_who_is_slow_are_told_apart_from_what_we_may_not_do() {
        let gone = Wire::new().bytes(410, &[("x-amzn-errortype", "GoneException")], b"{}");
        assert_eq!(send(&gone).await, Ok(Sent::Gone));
        for busy in [429, 500, 503] {
            assert_eq!(send(&Wire::new().bytes(busy, &[], b"{}")).await, Ok(Sent::Slow), "{busy}");
        }
        assert_eq!(send(&Wire::new().cut()).await, Ok(Sent::Slow));
        let wire = Wire::new().bytes(403, &[("x-amzn-errortype", "Forbidden")], b"{}");
        let denied = send(&wire).await.unwrap_err().to_string();
        assert!(denied.contains("post to connection: 403 Forbidden"), "{denied}");
    }
}
