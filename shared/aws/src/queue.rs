//! The dispatch queue and the queue of notices on SQS, and the dead letters beside them.

use crate::env::{self, StartError};
use crate::failure;
use crate::message::SqsMessage;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use domain::Result;
use domain::ports::Queue;
use domain::schema;
use serde_json::Value;

/// The longest delay that SQS allows.
const LONGEST_DELAY_S: u32 = 900;

/// One of our queues.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: Client,
    url: String,
    dead: Vec<(String, String)>,
}

impl SqsQueue {
    /// The queue at `DISPATCH_QUEUE_URL`, and all dead letters that a function is told of.
    pub fn from_env(config: &SdkConfig) -> Result<Self, StartError> {
        let dead = [
            ("dispatch", "DISPATCH_DEAD_LETTERS_URL"),
            ("event", "EVENT_DEAD_LETTERS_URL"),
            ("notify", "NOTIFY_DEAD_LETTERS_URL"),
            ("call", "CALL_DEAD_LETTERS_URL"),
        ];
        let named = |(name, url): (&str, &str)| Some((name.to_owned(), env::optional(url)?));
        let dead = dead.into_iter().filter_map(named).collect();
        Ok(Self::new(Client::new(config), env::var("DISPATCH_QUEUE_URL")?, dead))
    }

    /// The queue at `NOTIFY_QUEUE_URL`: deliveries that are to be posted.
    pub fn notices_from_env(config: &SdkConfig) -> Result<Self, StartError> {
        Ok(Self::new(Client::new(config), env::var("NOTIFY_QUEUE_URL")?, Vec::new()))
    }

    /// The queue at `CALL_QUEUE_URL`: attempts whose vendor is to be called.
    pub fn calls_from_env(config: &SdkConfig) -> Result<Self, StartError> {
        Ok(Self::new(Client::new(config), env::var("CALL_QUEUE_URL")?, Vec::new()))
    }

    /// A message that came from this queue, as Lambda hands it over.
    pub fn message<'a>(&'a self, record: &Value) -> SqsMessage<'a> {
        SqsMessage::new(&self.client, &self.url, record)
    }

    /// The queue at this URL, and queues of dead letters by the names of those whose they are.
    pub fn new(client: Client, url: impl Into<String>, dead: Vec<(String, String)>) -> Self {
        Self { client, url: url.into(), dead }
    }
}

#[async_trait]
impl Queue for SqsQueue {
    /// A lost answer may mean a second message, which every receiver bears anyway.
    async fn send(&self, body: &Value, delay_s: u32) -> Result<()> {
        let delay = delay_s.min(LONGEST_DELAY_S) as i32;
        let request = self.client.send_message().queue_url(&self.url).delay_seconds(delay);
        let mut body = body.clone();
        if let Some(body) = body.as_object_mut() {
            body.insert(schema::FIELD.into(), schema::WRITTEN.into());
        }
        let sent = request.message_body(body.to_string()).send().await;
        sent.map(drop).map_err(|failure| failure::error("sqs send", &failure))
    }

    async fn dead(&self) -> Result<Vec<(String, u64)>> {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let mut dead = Vec::new();
        for (queue, url) in &self.dead {
            let request = self.client.get_queue_attributes().queue_url(url);
            let answer = request
                .attribute_names(name.clone())
                .send()
                .await
                .map_err(|failure| failure::error("sqs count dead letters", &failure))?;
            let count = answer.attributes().and_then(|attributes| attributes.get(&name));
            let count = count.and_then(|count| count.parse().ok()).unwrap_or(0);
            if 0 < count {
                dead.push((queue.clone(), count));
            }
        }
        Ok(dead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Wire, config};
    use serde_json::json;

    fn queue(wire: &Wire) -> SqsQueue {
        let config = aws_sdk_sqs::config::Builder::from(&config(wire)).build();
        let dead = ["dispatch", "event", "notify"];
        let dead = dead.map(|name| (name.to_owned(), format!("http://sqs/1/{name}-dead"))).into();
        SqsQueue::new(Client::from_conf(config), "http://sqs/1/dispatch", dead)
    }

    fn count(messages: u32) -> Value {
        json!({ "Attributes": { "ApproximateNumberOfMessages": messages.to_string() } })
    }

    #[tokio::test]
    async fn a_delay_beyond_what_sqs_allows_is_cut() {
        let wire = Wire::new().answers(json!({ "MessageId": "m" }));
        queue(&wire).send(&json!({ "job": "j1" }), 5000).await.unwrap();
        let request = &wire.requests()[0];
        assert_eq!(request.body["DelaySeconds"], 900);
        assert_eq!(request.body["MessageBody"], r#"{"job":"j1","v":2}"#);
        assert_eq!(request.body["QueueUrl"], "http://sqs/1/dispatch");
    }

    #[tokio::test]
    async fn dead_letters_are_counted_by_the_queue_whose_they_are() {
        let wire = Wire::new().answers(count(2)).answers(count(0)).answers(count(3));
        let expected = [("dispatch".to_owned(), 2), ("notify".to_owned(), 3)];
        assert_eq!(queue(&wire).dead().await, Ok(expected.into()));
    }
}
