//! What is on its way about a job, or lies there for those who listen: it says why and what came of it.

use super::{FeedEntry, deliveries_pk};
use crate::error::Result;
use crate::id::{JobId, TenantId};
use crate::ports::Table;
use crate::store::{Item, Key, Write, sort_key};
use crate::whole;
use serde_json::Value;

/// The changes that take it away. What a message of the queue still asks for is then nothing to do.
pub async fn told(table: &dyn Table, tenant: &TenantId, job: &JobId) -> Result<Vec<Write>> {
    let (deliveries, feed) = (deliveries_pk(tenant), FeedEntry::pk(tenant));
    let of_job = format!("{job}.");
    let posted = whole::records(table, &deliveries, &of_job).await?;
    let heard = whole::records(table, &feed, "").await?;
    let heard = heard.into_iter().filter(|item| {
        item.get("id").and_then(Value::as_str).is_some_and(|id| id.starts_with(&of_job))
    });
    // Gone already is as good.
    let gone = |pk: &str, item: &Item| Write {
        conditions: Vec::new(),
        ..Write::delete(Key::new(pk, sort_key(item)))
    };
    let posted = posted.iter().map(|item| gone(&deliveries, item));
    Ok(posted.chain(heard.map(|item| gone(&feed, &item))).collect())
}
