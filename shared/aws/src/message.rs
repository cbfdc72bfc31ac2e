//! A message of one of our queues that is being worked on: hidden for as long as whoever works on it says.

use crate::failure;
use async_trait::async_trait;
use aws_sdk_sqs::Client;
use domain::Result;
use domain::ports::{Message, Waits};
use serde_json::Value;
use std::time::Duration;

/// After so many seconds a message comes again that failed once; then after twice as many each time.
const AGAIN_S: u32 = 5;
/// The longest such pause, in seconds.
const AGAIN_MOST_S: u32 = 300;

/// A message that Lambda gave us.
#[derive(Clone, Debug)]
pub struct SqsMessage<'a> {
    client: &'a Client,
    url: &'a str,
    receipt: String,
    tries: u32,
}

impl<'a> SqsMessage<'a> {
    /// A message as an event has it.
    pub(crate) fn new(client: &'a Client, url: &'a str, record: &Value) -> Self {
        let receipt = record["receiptHandle"].as_str().unwrap_or_default().to_owned();
        let tries = record["attributes"]["ApproximateReceiveCount"].as_str();
        let tries = tries.and_then(|tries| tries.parse().ok()).unwrap_or(1);
        Self { client, url, receipt, tries }
    }

    /// Lets a message that failed come again soon, and later each time.
    pub(crate) async fn come_again(&self) -> Result<()> {
        let doublings = self.tries.saturating_sub(1).min(10);
        self.hide((AGAIN_S << doublings).min(AGAIN_MOST_S)).await
    }
}

#[async_trait]
impl Message for SqsMessage<'_> {
    fn again(&self) -> bool {
        1 < self.tries
    }

    async fn hide(&self, seconds: u32) -> Result<()> {
        let request = self.client.change_message_visibility().queue_url(self.url);
        let request = request.receipt_handle(&self.receipt).visibility_timeout(seconds as i32);
        let hidden = request.send().await.map(drop);
        hidden.map_err(|failure| {
            let error = failure::error("sqs hide", &failure);
            // Nobody fails for it, so nobody else says so.
            tracing::warn!("a message is not kept: {error}");
            error
        })
    }

    async fn pause(&self, seconds: u32) {
        tokio::time::sleep(Duration::from_secs(seconds.into())).await;
    }
}

/// Waits as long as it is told.
#[derive(Clone, Copy, Debug)]
pub struct Patient;

#[async_trait]
impl Waits for Patient {
    async fn wait(&self, seconds: u32) {
        tokio::time::sleep(Duration::from_secs(seconds.into())).await;
    }
}
