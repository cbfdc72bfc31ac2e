//! Where a tenant's news goes: webhooks, their secrets, deliveries, and the news themselves.
use std::time::Duration;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{Client, Error, client::Again};

/// Where news goes, and which.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Webhook {
    /// The address.
    pub url: String,
    /// Types of events, or families such as `job.*`; what is usual where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// It answered 410 and hears no more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What signs a tenant's webhooks.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Secrets {
    /// The secrets that sign now, the newest first.
    pub secrets: Vec<String>,
    /// Until when the second one signs.
    #[serde(default)]
    pub previous_until: Option<String>,
}

/// One event on its way to one webhook.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id.
    pub id: String,
    /// The job it tells of.
    #[serde(default)]
    pub job: String,
    /// The type of the event.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Where to.
    #[serde(default)]
    pub url: String,
    /// `pending`, `delivered` or `dead`.
    #[serde(default)]
    pub state: String,
    /// How often it was posted.
    #[serde(default)]
    pub tries: u32,
    /// When it last changed.
    #[serde(default)]
    pub updated_at: String,
    /// What went wrong last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A page of deliveries.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Deliveries {
    /// Those of the newest jobs first.
    pub deliveries: Vec<Delivery>,
    /// The cursor of the next page.
    #[serde(default)]
    pub next: Option<String>,
}

/// What one call sent again.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Retried {
    /// How many.
    pub retried: u64,
    /// Whether there may be more.
    #[serde(default)]
    pub more: bool,
}

/// One event, as a webhook would get it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NewsEvent {
    /// What `webhook-id` would say.
    pub id: String,
    /// The type of the event.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// When it happened.
    #[serde(default)]
    pub timestamp: String,
    /// Job, number, and what else there is to say.
    #[serde(default)]
    pub data: Value,
}

/// A part of a tenant's news.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct News {
    /// The events; some may be known already.
    pub events: Vec<NewsEvent>,
    /// Where to go on.
    pub next: String,
}

/// Which deliveries to list.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// Only those in this state.
    pub state: Option<String>,
    /// At most so many on a page.
    pub limit: Option<u32>,
    /// Go on from here.
    pub cursor: Option<String>,
}

impl Client {
    /// Says where the news of all jobs goes.
    pub async fn put_webhook(&self, webhook: &Webhook) -> Result<Webhook, Error> {
        self.send(self.call(Method::PUT, &["webhook"], Again::Harmless).json(webhook)).await
    }

    /// Where the news of all jobs goes.
    pub async fn webhook(&self) -> Result<Webhook, Error> {
        self.send(self.call(Method::GET, &["webhook"], Again::Harmless)).await
    }

    /// Has no webhook any more; whether there was one.
    pub async fn delete_webhook(&self) -> Result<bool, Error> {
        let call = self.call(Method::DELETE, &["webhook"], Again::Harmless);
        let answer: Value = self.send(call).await?;
        Ok(answer["deleted"] == true)
    }

    /// What signs webhooks now.
    pub async fn webhook_secrets(&self) -> Result<Secrets, Error> {
        self.send(self.call(Method::GET, &["webhook", "secret"], Again::Harmless)).await
    }

    /// Signs with a new secret; the one before signs as well for so long, a day where nothing is said.
    pub async fn rotate_webhook(&self, overlap: Option<Duration>) -> Result<Secrets, Error> {
        let body = json!({ "overlap_s": overlap.map(|overlap| overlap.as_secs()) });
        // Without an overlap a repetition would draw a third secret; with one it changes nothing.
        let again = match overlap.is_some_and(|overlap| overlap.is_zero()) {
            true => Again::OnlyIfRefused,
            false => Again::Harmless,
        };
        self.send(self.call(Method::POST, &["webhook", "rotate"], again).json(&body)).await
    }

    /// A page of deliveries.
    pub async fn deliveries(&self, filter: &DeliveryFilter) -> Result<Deliveries, Error> {
        let call = self
            .call(Method::GET, &["deliveries"], Again::Harmless)
            .query("state", filter.state.as_deref())
            .query("limit", filter.limit.map(|limit| limit.to_string()).as_deref())
            .query("cursor", filter.cursor.as_deref());
        self.send(call).await
    }

    /// Sends a delivery again.
    pub async fn retry_delivery(&self, id: &str) -> Result<Delivery, Error> {
        self.send(self.call(Method::POST, &["deliveries", id, "retry"], Again::Harmless)).await
    }

    /// Sends dead deliveries again, as many as one call does.
    pub async fn retry_dead_deliveries(&self) -> Result<Retried, Error> {
        let call = self.call(Method::POST, &["deliveries", "retry"], Again::Harmless);
        self.send(call.query("state", Some("dead"))).await
    }

    /// News after a place, held for so long while there is none; without a place, from now on.
    pub async fn news(&self, after: Option<&str>, wait: Duration) -> Result<News, Error> {
        let call = self.call(Method::GET, &["events"], Again::Harmless).query("after", after);
        self.send(call.holding(wait)).await
    }

    /// The address of this client's Galley.
    pub fn address(&self) -> &str {
        self.base.as_str()
    }
}
