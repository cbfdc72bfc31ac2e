//! News that the stream lost: the logs are the outbox, and still have it.

use super::goes_out;
use crate::error::Result;
use crate::event;
use crate::id::TenantId;
use crate::ports::Table;
use crate::store::{Item, sort_key};
use crate::tenant::TENANTS;
use crate::time::Time;
use crate::whole;
use serde_json::Value;

/// The events of that time that go out, as the stream would bring them.
///
/// Reads every job that lived then: rare, and must find them all. To announce what was not missed is harmless.
pub async fn missed(table: &dyn Table, from: Time, until: Time) -> Result<Vec<Item>> {
    let mut missed = Vec::new();
    for tenant in whole::records(table, TENANTS, "").await? {
        let Ok(tenant) = TenantId::parse(sort_key(&tenant)) else { continue };
        for job in whole::jobs(table, &tenant, None).await? {
            let over = job.state.terminal() && job.updated_at < from;
            if over || until < job.created_at {
                continue;
            }
            let log = whole::records(table, &event::log(&job.id), "").await?;
            missed.extend(log.into_iter().filter(|item| news(item, from, until)));
        }
    }
    Ok(missed)
}

fn news(item: &Item, from: Time, until: Time) -> bool {
    let kind = item.get("type").and_then(Value::as_str).unwrap_or_default();
    let at = item.get("at").and_then(Value::as_i64).unwrap_or_default();
    goes_out(kind) && (from.0..=until.0).contains(&at)
}
