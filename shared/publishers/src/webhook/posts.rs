//! Posts at the `webhook` target: one signed message with the whole post, after Standard Webhooks 1.0.0.
//!
//! `{type: "post.published", timestamp, data}`: `data` is the post in Markdown and HTML, each medium with its hash and a
//! URL to read it by for [`URL_S`] seconds. `webhook-id` is the publication's, so that a receiver that gets it twice
//! has got the same. Nobody can ask a receiver what it got: what may have come is sent again.

use super::URL_S;
use crate::document::document;
use crate::guarded::{Answer, Failure};
use crate::signed::{Headers, Signed};
use async_trait::async_trait;
use domain::error::Result;
use domain::ports::Refusal;
use domain::post::Able;
use domain::publish::{Grant, Probed, Sending, Spoke, Told, Went};
use domain::sniff::extension;
use serde_json::json;

/// Receivers of posts.
pub struct Posts<'a>(Signed<'a>);

impl std::fmt::Debug for Posts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Posts")
    }
}

impl<'a> Posts<'a> {
    /// Calls receivers so.
    pub fn new(signed: Signed<'a>) -> Self {
        Self(signed)
    }

    /// The body and its headers.
    async fn prepared(&self, grant: &Grant, sending: &Sending) -> Result<(Vec<u8>, Headers)> {
        let mut urls = Vec::new();
        for file in &sending.files {
            let name = format!(
                "{}/{}/{}.{}",
                grant.tenant,
                sending.id,
                file.sha256,
                extension(&file.media_type)
            );
            urls.push(self.0.lent(&name, &file.media_type, file.bytes.clone(), URL_S).await?);
        }
        let mut data = document(sending, &urls);
        data["publication"] = sending.id.clone().into();
        data["urls_expire_at"] = sending.at.plus_s(URL_S).rfc3339().into();
        let timestamp = sending.at.rfc3339();
        let body = json!({ "type": "post.published", "timestamp": timestamp, "data": data });
        let body = body.to_string().into_bytes();
        let headers = self.0.signed((&grant.tenant, &sending.id), sending.at, &body).await?;
        Ok((body, headers))
    }
}

#[async_trait]
impl Spoke for Posts<'_> {
    fn able(&self) -> &'static Able {
        Able::of("webhook").expect("the table has its row")
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        let Some(url) = grant.setting("url").or_else(|| sending.setting("url")) else {
            return Told::refused(Refusal::Never, "the webhook has no url");
        };
        match self.prepared(grant, sending).await {
            Ok((body, headers)) => {
                told(self.0.client.post(url, &headers, body).await, url, &sending.id)
            }
            Err(cause) => Told::refused(Refusal::Later, cause.to_string()),
        }
    }

    async fn check(&self, _grant: &Grant, _sending: &Sending) -> Told {
        // It knows the message by its id.
        Told::new(Went::On)
    }

    async fn probe(&self, grant: &Grant) -> Probed {
        Probed::Open(grant.setting("url").unwrap_or("a receiver").to_owned())
    }
}

/// The one table from a receiver's answers to a post.
fn told(answer: std::result::Result<Answer, Failure>, url: &str, id: &str) -> Told {
    let Answer { status, retry_after } = match answer {
        Ok(answer) => answer,
        Err(Failure::Forbidden(why)) => return Told::refused(Refusal::Never, why),
        Err(Failure::Unreachable(why)) => return Told::refused(Refusal::Later, why),
        Err(Failure::Cut(why)) => return Told::unknown(why),
    };
    let refused = |refusal, what: &str| {
        Told::refused(refusal, format!("the receiver answered {status}{what}"))
    };
    match status {
        200..=299 => Told::done(url.split('?').next().unwrap_or_default(), id),
        300..=399 => refused(Refusal::Never, ", a redirect, which is not followed"),
        410 => refused(Refusal::Never, ": it wants nothing more"),
        408 | 425 | 429 | 503 => {
            let seconds = retry_after.and_then(|when| when.trim().parse().ok());
            let told = refused(Refusal::Later, "");
            seconds.map_or_else(|| told.clone(), |seconds| told.clone().after_s(seconds))
        }
        400..=499 => refused(Refusal::Never, ""),
        _ => Told::unknown(format!("the receiver answered {status}")),
    }
}
