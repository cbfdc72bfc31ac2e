//! The `print-partner` target: one signed order per asset, which is never made twice.
//!
//! `PRINT_PARTNER.md` is the contract. An order is put under the publication's id; where no answer
//! came, the partner is asked for the order of that id before anything is sent again.

use crate::guarded::{Failure, Reply};
use crate::signed::{Headers, Signed};
use async_trait::async_trait;
use domain::error::Result;
use domain::ports::Refusal;
use domain::publish::{Outcome, Post, Target};
use serde::Deserialize;
use serde_json::{Value, json};

/// How long the file can be fetched, in seconds: a partner may fetch it when its press is free.
pub const URL_S: u32 = 6 * 3600;
/// Most characters of a partner's reason that are repeated.
const REASON_MOST: usize = 200;

/// Partners that pipelines name.
pub struct PrintPartner<'a>(Signed<'a>);

/// An order as the partner shows it.
#[derive(Debug, Deserialize)]
struct Order {
    id: String,
    reference: String,
    state: String,
    #[serde(default)]
    reason: Option<String>,
}

/// What a lookup gives.
#[derive(Debug, Deserialize)]
struct Orders {
    orders: Vec<Order>,
}

impl<'a> PrintPartner<'a> {
    /// Calls partners so.
    pub fn new(signed: Signed<'a>) -> Self {
        Self(signed)
    }

    async fn headers(&self, post: &Post, body: &[u8]) -> Result<Headers> {
        let mut headers = self.0.headers(post, body).await?;
        headers.push(("idempotency-key", post.id.clone()));
        Ok(headers)
    }

    /// The order and its headers.
    async fn prepared(&self, post: &Post, sheet: &Value) -> Result<(Vec<u8>, Headers)> {
        let file = self.0.url(post, URL_S).await?;
        let body = order(post, sheet, &file).to_string().into_bytes();
        let headers = self.headers(post, &body).await?;
        Ok((body, headers))
    }
}

#[async_trait]
impl Target for PrintPartner<'_> {
    async fn start(&self, post: &Post, _bytes: Vec<u8>) -> Outcome {
        let never = |why: &str| Outcome::Refused(Refusal::Never, why.into());
        let Some(url) = post.setting("url") else { return never("the print partner has no url") };
        let Some(sheet) = &post.sheet else {
            return never(
                "the asset was not made by image.print, so a printer cannot know its size",
            );
        };
        let (body, headers) = match self.prepared(post, sheet).await {
            Ok(prepared) => prepared,
            Err(cause) => return Outcome::Refused(Refusal::Later, cause.to_string()),
        };
        match self.0.client.ask(&orders(url), &headers, Some(body)).await {
            Ok(reply) => answered(&reply, post, url),
            Err(failure) => unanswered(failure),
        }
    }

    async fn check(&self, post: &Post) -> Outcome {
        let url = post.setting("url").unwrap_or_default();
        let lookup = format!("{}?reference={}", orders(url), post.id);
        let headers = match self.headers(post, b"").await {
            Ok(headers) => headers,
            Err(cause) => return Outcome::Unknown(cause.to_string()),
        };
        match self.0.client.ask(&lookup, &headers, None).await {
            Ok(reply) => found(&reply, post, url),
            // Nobody was asked, so nothing is known: also where the address is refused by now.
            Err(Failure::Forbidden(why) | Failure::Unreachable(why) | Failure::Cut(why)) => {
                Outcome::Unknown(format!("the partner could not be asked for the order: {why}"))
            }
        }
    }
}

fn orders(url: &str) -> String {
    format!("{}/orders", url.trim_end_matches('/'))
}

fn order(post: &Post, sheet: &Value, url: &str) -> Value {
    let asset = &post.asset;
    json!({
        "reference": post.id, "placed_at": post.at.rfc3339(),
        "product": post.setting("product"),
        "copies": post.settings.get("copies").and_then(Value::as_u64).unwrap_or(1),
        "sheet": sheet,
        "file": {
            "url": url, "url_expires_at": post.at.plus_s(URL_S).rfc3339(),
            "name": post.name, "sha256": asset.sha256, "media_type": asset.media_type,
            "bytes": asset.bytes, "width": asset.width, "height": asset.height,
        },
        "ship_to": post.settings.get("ship_to"),
        "job": post.job, "pipeline": post.pipeline, "version": post.version, "labels": post.labels,
    })
}

/// The one table from a partner's answers to an order.
fn answered(reply: &Reply, post: &Post, url: &str) -> Outcome {
    let status = reply.answer.status;
    let said = |what: &str| format!("the print partner answered {status}{what}");
    let refused = |refusal, what: &str| Outcome::Refused(refusal, said(what));
    match status {
        // Also "there is one under this key": that is ours, if its reference is.
        200..=299 | 409 => match serde_json::from_slice::<Order>(&reply.body) {
            Ok(order) if order.reference == post.id => standing(&order, url),
            Ok(_) => Outcome::Unknown(said(" with the order of another reference")),
            Err(_) => Outcome::Unknown(said(" without an order that can be read")),
        },
        300..=399 => refused(Refusal::Never, ", a redirect, which is not followed"),
        425 | 429 | 503 => {
            let when =
                reply.answer.retry_after.as_ref().map(|when| format!(", retry after {when}"));
            refused(Refusal::Later, &when.unwrap_or_default())
        }
        // Time ran out over there: the order may have been read to its end.
        408 => Outcome::Unknown(said("")),
        400..=499 => refused(Refusal::Never, &reason(&reply.body)),
        _ => Outcome::Unknown(said("")),
    }
}

fn unanswered(failure: Failure) -> Outcome {
    match failure {
        Failure::Forbidden(why) => Outcome::Refused(Refusal::Never, why),
        Failure::Unreachable(why) => Outcome::Refused(Refusal::Later, why),
        Failure::Cut(why) => Outcome::Unknown(why),
    }
}

/// What a lookup says. Only an answer that lists orders can say that there is none.
fn found(reply: &Reply, post: &Post, url: &str) -> Outcome {
    let status = reply.answer.status;
    let list = match status {
        200 => serde_json::from_slice::<Orders>(&reply.body).ok(),
        _ => None,
    };
    let Some(Orders { orders }) = list else {
        return Outcome::Unknown(format!(
            "the print partner answered {status} when asked for the order"
        ));
    };
    match orders.iter().find(|order| order.reference == post.id) {
        Some(order) => standing(order, url),
        None => Outcome::Refused(Refusal::Later, "the print partner has no such order".into()),
    }
}

/// What an order that exists means for the publication.
fn standing(order: &Order, url: &str) -> Outcome {
    if matches!(order.state.as_str(), "refused" | "canceled") {
        let why = order.reason.as_deref().map(|why| format!(": {}", clipped(why)));
        let why = format!("the print partner {} the order{}", order.state, why.unwrap_or_default());
        return Outcome::Refused(Refusal::Never, why);
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let plain = (1..=100).contains(&order.id.len()) && order.id.chars().all(fits);
    Outcome::Done(match plain {
        true => format!("{}/{}", orders(url), order.id),
        false => format!("{}?reference={}", orders(url), order.reference),
    })
}

/// Why, in the partner's words: `reason`, or the `detail` or `title` of a problem document.
fn reason(body: &[u8]) -> String {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let word = |name: &str| said.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let why = word("reason").or(word("detail")).or(word("title"));
    why.map(|why| format!(": {}", clipped(why))).unwrap_or_default()
}

fn clipped(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(REASON_MOST).collect()
}

#[cfg(test)]
mod tests;
