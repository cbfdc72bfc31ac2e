//! The table on DynamoDB: consistent reads, and writes that happen once or not at all.

mod expression;
mod read;
mod tries;
mod value;
mod write;

pub(crate) use value::image;

use crate::env::{self, StartError};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use domain::Result;
use domain::ports::Table;
use domain::store::{Item, Key, Query, Write, Written};
use std::time::Duration;

/// The table, as DynamoDB holds it.
///
/// Its client must not retry by itself. A conditional write whose answer was lost would be refused
/// by its own first try, and only this adapter knows whether that can be; see [`Table::write`] here.
#[derive(Clone, Debug)]
pub struct DynamoTable {
    client: Client,
    name: String,
    /// The longest first pause between two tries.
    pause: Duration,
}

impl DynamoTable {
    /// The table that `TABLE` names.
    pub fn from_env(config: &SdkConfig) -> Result<Self, StartError> {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .read_timeout(Duration::from_secs(3))
            .build();
        let config = Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        Ok(Self::new(Client::from_conf(config), env::var("TABLE")?))
    }

    /// The table of this name, through a client that does not retry.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into(), pause: Duration::from_millis(50) }
    }

    #[cfg(test)]
    fn without_pauses(self) -> Self {
        Self { pause: Duration::ZERO, ..self }
    }
}

#[async_trait]
impl Table for DynamoTable {
    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Item>>> {
        match keys {
            [] => Ok(Vec::new()),
            [key] => Ok(vec![self.get_one(key).await?]),
            keys => self.get_many(keys).await,
        }
    }

    async fn query(&self, query: &Query) -> Result<Vec<Item>> {
        self.query_pages(query).await
    }

    /// One write goes as `PutItem`, `UpdateItem` or `DeleteItem`, at half the price of a transaction.
    /// When its answer is lost it is made again; if that is refused, the first try may be the reason,
    /// and the answer is `Again`: whoever runs again reads what is there. Several writes, a lone
    /// check, and a write that adds to a number go as a transaction under one token, which DynamoDB
    /// carries out once however often it is sent.
    async fn write(&self, writes: Vec<Write>) -> Result<Written> {
        self.write_all(writes).await
    }
}
