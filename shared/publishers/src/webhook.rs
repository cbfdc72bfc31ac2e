//! The `webhook` target: one signed POST per asset, after Standard Webhooks 1.0.0.
//!
//! The body is `{type: "asset.published", timestamp, data}`; `data` tells the job, the asset with its
//! SHA-256, and a URL to read it by for [`URL_S`] seconds. `webhook-id` is the publication's: a
//! receiver that gets it twice has got the same.

use crate::guarded::{Answer, Failure, Guarded};
use crate::signature::{self, Secret, Signing};
use async_trait::async_trait;
use domain::error::Result;
use domain::ports::{Bucket, Objects, Refusal, Table};
use domain::publish::{Outcome, Post, Target};
use domain::sign::SigningKey;
use serde_json::{Value, json};
use std::pin::Pin;

/// How long the URL in the body can be used, in seconds.
pub const URL_S: u32 = 3600;

/// The deployment's signing key, on its way.
pub type Reading = Pin<Box<dyn Future<Output = Result<String>> + Send>>;
/// Where the signing key comes from: `None` asks for it, `Some` for another one than that.
pub(crate) type Source = Box<dyn Fn(Option<String>) -> Reading + Send + Sync>;

/// Receivers that pipelines name.
pub struct Webhook<'a> {
    objects: &'a dyn Objects,
    table: &'a dyn Table,
    client: Guarded,
    key: Source,
}

impl<'a> Webhook<'a> {
    /// Calls receivers through this client; tenants' secrets come from this key, read when needed.
    pub fn new(
        objects: &'a dyn Objects,
        table: &'a dyn Table,
        client: Guarded,
        key: impl Fn(Option<String>) -> Reading + Send + Sync + 'static,
    ) -> Self {
        Self { objects, table, client, key: Box::new(key) }
    }

    /// The URL of the bytes, and the secrets to sign with.
    async fn prepared(&self, post: &Post) -> Result<(String, Vec<Secret>)> {
        let bytes = self.objects.presign_get(Bucket::Assets, &post.asset.key, URL_S).await?;
        let key = SigningKey::new((self.key)(None).await?);
        let signing = Signing::read(self.table, &post.tenant).await?;
        Ok((bytes.url, signing.secrets(&key, &post.tenant, post.at)))
    }
}

#[async_trait]
impl Target for Webhook<'_> {
    async fn start(&self, post: &Post, _bytes: Vec<u8>) -> Outcome {
        let Some(url) = post.setting("url") else {
            return Outcome::Refused(Refusal::Never, "the webhook has no url".into());
        };
        let (asset, secrets) = match self.prepared(post).await {
            Ok(prepared) => prepared,
            Err(cause) => return Outcome::Refused(Refusal::Later, cause.to_string()),
        };
        let body = body(post, &asset).to_string().into_bytes();
        let seconds = post.at.unix_s();
        let signature = signature::signatures(&secrets, &post.id, seconds, &body);
        let headers = [
            ("webhook-id", post.id.clone()),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signature),
            ("traceparent", post.traceparent.clone()),
        ];
        outcome(self.client.post(url, &headers, body).await, url)
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
