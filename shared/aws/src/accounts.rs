//! Function `publish`: asked about an account, and waited for; or asked to do something, and not.

use crate::env::{self, StartError};
use crate::failure;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_lambda::Client as Lambda;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use domain::ports::Publisher;
use domain::publish::{Accounts, Question, Tried};
use domain::{Error, Result};
use serde_json::{Value, json};

/// The function `publish`.
#[derive(Clone, Debug)]
pub struct PublishFunction {
    client: Lambda,
    name: String,
}

impl PublishFunction {
    /// The function that `PUBLISH_FUNCTION` names.
    pub fn from_env(config: &SdkConfig) -> Result<Self, StartError> {
        Ok(Self::new(config, env::var("PUBLISH_FUNCTION")?))
    }

    fn new(config: &SdkConfig, name: String) -> Self {
        Self { client: Lambda::new(config), name }
    }
}

#[async_trait]
impl Accounts for PublishFunction {
    async fn ask(&self, question: &Question) -> Result<Tried> {
        let payload = Blob::new(json!({ "account": question }).to_string());
        let request = self.client.invoke().function_name(&self.name).payload(payload);
        let answer = request.send().await.map_err(|why| failure::error("ask publish", &why))?;
        let bytes = answer.payload.map(Blob::into_inner).unwrap_or_default();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if answer.function_error.is_some() {
            let why = body["errorMessage"].as_str().unwrap_or("publish failed").to_owned();
            return Err(match body["errorType"].as_str() {
                Some("Invalid") => Error::Invalid(why),
                Some("Again") => Error::Again(why),
                _ => Error::Fault(why),
            });
        }
        serde_json::from_value(body).map_err(|cause| Error::Fault(format!("publish: {cause}")))
    }
}

#[async_trait]
impl Publisher for PublishFunction {
    async fn nudge(&self, what: &Value) -> Result<()> {
        let request = self.client.invoke().function_name(&self.name);
        let payload = Blob::new(what.to_string());
        let asked = request.invocation_type(InvocationType::Event).payload(payload).send().await;
        asked.map(drop).map_err(|why| failure::error("ask publish", &why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Wire, config};
    use domain::id::TenantId;
    use domain::publish::Opens;

    async fn ask(wire: &Wire) -> Result<Tried> {
        let tenant = TenantId::parse("acme").unwrap();
        let question = Question { tenant, connection: "brand".into(), signed_in: None };
        PublishFunction::new(&config(wire), "galley-publish:live".into()).ask(&question).await
    }

    #[tokio::test]
    async fn what_a_target_says_of_an_account_is_read() {
        let wire = Wire::new().bytes(200, &[], br#"{"opens":"yes","said":"@brand"}"#);
        let tried = ask(&wire).await.unwrap();
        assert_eq!((tried.opens, tried.said.as_str()), (Opens::Yes, "@brand"));
        assert!(wire.requests()[0].uri.contains("/galley-publish%3Alive/invocations"));
    }

    #[tokio::test]
    async fn an_error_of_the_function_keeps_its_name() {
        let body = br#"{"errorType":"Invalid","errorMessage":"there is no connection brand"}"#;
        let wire = Wire::new().bytes(200, &[("x-amz-function-error", "Unhandled")], body);
        let why = Error::Invalid("there is no connection brand".into());
        assert_eq!(ask(&wire).await, Err(why));
    }
}
