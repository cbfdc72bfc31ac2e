//! The `webhook` target: one signed POST per asset, after Standard Webhooks 1.0.0.
//!
//! The body is `{type: "asset.published", timestamp, data}`; `data` tells the job, the asset with its
//! SHA-256, and a URL to read it by for [`URL_S`] seconds. `webhook-id` is the publication's: a
//! receiver that gets it twice has got the same.

mod posts;

pub use posts::Posts;

use crate::guarded::{Answer, Failure};
use crate::signed::{Headers, Signed};
use async_trait::async_trait;
use domain::error::Result;
use domain::ports::Refusal;
use domain::publish::{Outcome, Post, Target};
use serde_json::{Value, json};

/// How long the URL in the body can be used, in seconds.
pub const URL_S: u32 = 3600;

/// Receivers that pipelines name.
pub struct Webhook<'a>(Signed<'a>);

impl<'a> Webhook<'a> {
    /// Calls receivers so.
    pub fn new(signed: Signed<'a>) -> Self {
        Self(signed)
    }

    /// The body and its headers.
    async fn prepared(&self, post: &Post) -> Result<(Vec<u8>, Headers)> {
        let file = self.0.url(post, URL_S).await?;
        let body = body(post, &file).to_string().into_bytes();
        let headers = self.0.headers(post, &body).await?;
        Ok((body, headers))
    }
}

#[async_trait]
impl Target for Webhook<'_> {
    async fn start(&self, post: &Post, _bytes: Vec<u8>) -> Outcome {
        let Some(url) = post.setting("url") else {
            return Outcome::Refused(Refusal::Never, "the webhook has no url".into());
        };
        let (body, headers) = match self.prepared(post).await {
            Ok(prepared) => prepared,
            Err(cause) => return Outcome::Refused(Refusal::Later, cause.to_string()),
        };
        outcome(self.0.client.post(url, &headers, body).await, url)
    }

    async fn check(&self, _post: &Post) -> Outcome {
        Outcome::Unknown("a receiver cannot be asked what it got".into())
    }

    fn deduplicates(&self) -> bool {
        true
    }
}

fn body(post: &Post, url: &str) -> Value {
    let asset = &post.asset;
    json!({
        "type": "asset.published",
        "timestamp": post.at.rfc3339(),
        "data": {
            "publication": post.id, "job": post.job, "pipeline": post.pipeline,
            "version": post.version, "step": post.step, "labels": post.labels,
            "asset": {
                "id": asset.id, "name": post.name, "sha256": asset.sha256,
                "media_type": asset.media_type, "bytes": asset.bytes,
                "width": asset.width, "height": asset.height,
                "url": url, "url_expires_at": post.at.plus_s(URL_S).rfc3339(),
            },
        },
    })
}

/// The one table from a receiver's answers to ours.
fn outcome(answer: Result<Answer, Failure>, url: &str) -> Outcome {
    let Answer { status, retry_after } = match answer {
        Ok(answer) => answer,
        Err(Failure::Forbidden(why)) => return Outcome::Refused(Refusal::Never, why),
        Err(Failure::Unreachable(why)) => return Outcome::Refused(Refusal::Later, why),
        Err(Failure::Cut(why)) => return Outcome::Unknown(why),
    };
    let refused = |refusal, what: &str| {
        Outcome::Refused(refusal, format!("the receiver answered {status}{what}"))
    };
    match status {
        200..=299 => Outcome::Done(url.split('?').next().unwrap_or_default().to_owned()),
        300..=399 => refused(Refusal::Never, ", a redirect, which is not followed"),
        410 => refused(Refusal::Never, ": it wants nothing more"),
        408 | 425 | 429 | 503 => {
            let when = retry_after.map(|when| format!(", retry after {when}"));
            refused(Refusal::Later, &when.unwrap_or_default())
        }
        400..=499 => refused(Refusal::Never, ""),
        _ => Outcome::Unknown(format!("the receiver answered {status}")),
    }
}

#[cfg(test)]
mod tests;
