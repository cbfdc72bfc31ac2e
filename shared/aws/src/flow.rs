//! The state machine on Step Functions.

use crate::env::{self, StartError};
use crate::failure;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::ProvideErrorMetadata;
use domain::Result;
use domain::ports::{Completion, Flow};
use serde_json::Value;

/// The state machine that runs pipelines.
#[derive(Clone, Debug)]
pub struct SfnFlow {
    client: Client,
    machine: String,
}

impl SfnFlow {
    /// The machine that `STATE_MACHINE_ARN` names.
    pub fn from_env(config: &SdkConfig) -> Result<Self, StartError> {
        Ok(Self::new(Client::new(config), env::var("STATE_MACHINE_ARN")?))
    }

    /// The machine of this ARN.
    pub fn new(client: Client, machine: impl Into<String>) -> Self {
        Self { client, machine: machine.into() }
    }
}

#[async_trait]
impl Flow for SfnFlow {
    async fn start(&self, name: &str, input: &Value) -> Result<()> {
        let request = self.client.start_execution().state_machine_arn(&self.machine).name(name);
        let Err(failure) = request.input(input.to_string()).send().await else { return Ok(()) };
        match failure.as_service_error().and_then(ProvideErrorMetadata::code) {
            Some("ExecutionAlreadyExists") => Ok(()),
            _ => Err(failure::error(&format!("sfn start {name}"), &failure)),
        }
    }

    /// `Over` may also be said of a token that this very call completed, when its first answer was
    /// lost: either way nothing is left to do with it.
    async fn complete(&self, token: &str, outcome: &Value) -> Result<Completion> {
        let request = self.client.send_task_success().task_token(token).output(outcome.to_string());
        let Err(failure) = request.send().await else { return Ok(Completion::Delivered) };
        match failure.as_service_error().and_then(ProvideErrorMetadata::code) {
            Some("TaskDoesNotExist" | "TaskTimedOut" | "InvalidToken") => Ok(Completion::Over),
            _ => Err(failure::error("sfn complete a task", &failure)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Wire, config};
    use domain::Error;
    use serde_json::json;

    fn flow(wire: &Wire) -> SfnFlow {
        let config = aws_sdk_sfn::config::Builder::from(&config(wire)).build();
        SfnFlow::new(Client::from_conf(config), "arn:machine")
    }

    async fn completed(code: &str) -> Result<Completion> {
        let wire = Wire::new().fails(400, code);
        flow(&wire).complete("token", &json!({ "ok": true })).await
    }

    #[tokio::test]
    async fn an_execution_is_started_with_its_name_and_input() {
        let wire = Wire::new().answers(json!({ "executionArn": "arn", "startDate": 1.0 }));
        flow(&wire).start("j1-1", &json!({ "job": "j1" })).await.unwrap();
        let request = &wire.requests()[0];
        assert_eq!(request.body["name"], "j1-1");
        assert_eq!(request.body["stateMachineArn"], "arn:machine");
        assert_eq!(request.body["input"], r#"{"job":"j1"}"#);
    }

    #[tokio::test]
    async fn an_execution_of_that_name_counts_as_started() {
        let wire = Wire::new().fails(400, "ExecutionAlreadyExists");
        assert_eq!(flow(&wire).start("j1-1", &json!({})).await, Ok(()));
    }

    #[tokio::test]
    async fn a_machine_that_does_not_exist_is_our_fault() {
        let wire = Wire::new().fails(400, "StateMachineDoesNotExist");
        assert!(matches!(flow(&wire).start("j1-1", &json!({})).await, Err(Error::Fault(_))));
    }

    #[tokio::test]
    async fn a_token_that_nobody_waits_for_is_over() {
        assert_eq!(completed("TaskDoesNotExist").await, Ok(Completion::Over));
        assert_eq!(completed("TaskTimedOut").await, Ok(Completion::Over));
        assert_eq!(completed("InvalidToken").await, Ok(Completion::Over));
        assert!(matches!(completed("InvalidOutput").await, Err(Error::Fault(_))));
    }

    #[tokio::test]
    async fn a_waiting_task_gets_its_outcome_as_json_text() {
        let wire = Wire::new().answers(json!({}));
        let completion = flow(&wire).complete("token", &json!({ "ok": true })).await;
        assert_eq!(completion, Ok(Completion::Delivered));
        assert_eq!(wire.requests()[0].body["output"], r#"{"ok":true}"#);
    }
}
