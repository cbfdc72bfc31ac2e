//! Reviews: what people are asked, and what they decide; and the audit chain of a job.
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Client, Error, client::Again};

/// One page of reviews.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Reviews {
    /// Those of this page.
    #[serde(default)]
    pub reviews: Vec<Review>,
    /// Where the next page begins.
    #[serde(default)]
    pub next: Option<String>,
}

/// What people are asked about one gate's verdict.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Review {
    /// Its id: job, gate and round.
    pub id: String,
    /// `open`, `decided`, `closed` or `withdrawn`.
    pub state: String,
    /// The job.
    pub job: String,
    /// The gate that asks.
    pub gate: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// When it was opened.
    pub opened_at: String,
    /// When it is over without a decision.
    pub expires_at: String,
    /// What was decided.
    #[serde(default)]
    pub decided: Option<Value>,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A decision; only what is said is sent.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ReviewDecision {
    /// `approve`, `reject`, `regenerate` or `edit`.
    pub decision: String,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The asset that is edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The upload that takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
    /// What stands in for the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// The words beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// What must stay in view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focal: Option<Value>,
}

impl Client {
    /// Reviews that wait (`closed` is false) or are over.
    pub async fn reviews(
        &self,
        closed: bool,
        limit: Option<u32>,
        cursor: Option<&str>,
    ) -> Result<Reviews, Error> {
        let call = self.call(Method::GET, &["reviews"], Again::Harmless);
        let call = call.query("state", closed.then_some("closed"));
        let limit = limit.map(|limit| limit.to_string());
        self.send(call.query("limit", limit.as_deref()).query("cursor", cursor)).await
    }

    /// One review.
    pub async fn review(&self, id: &str) -> Result<Review, Error> {
        self.send(self.call(Method::GET, &["reviews", id], Again::Harmless)).await
    }

    /// Holds a review, lets it go, or takes a decision back: `claim`, `release`, `undo`.
    pub async fn review_act(&self, id: &str, act: &str) -> Result<Review, Error> {
        self.send(self.call(Method::POST, &["reviews", id, act], Again::Harmless)).await
    }

    /// Decides. The same decision of the same person counts once.
    pub async fn decide(&self, id: &str, decision: &ReviewDecision) -> Result<Review, Error> {
        let call = self.call(Method::POST, &["reviews", id, "decide"], Again::Harmless);
        self.send(call.json(decision)).await
    }

    /// A job's audit chain, as it is stored.
    pub async fn audit(&self, job: &str) -> Result<Value, Error> {
        self.send(self.call(Method::GET, &["jobs", job, "audit"], Again::Harmless)).await
    }
}
