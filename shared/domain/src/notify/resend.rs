//! Deliveries sent again: by the sweep what was lost or has waited long, by the tenant what was given up.

use super::delivery::{DEAD, DeliveryRecord, DeliveryState, PENDING, SLACK_S, expiry};
use super::{Errand, TenantWebhook};
use crate::error::Result;
use crate::id::TenantId;
use crate::ports::{Queue, Table};
use crate::store::{From, Query, Write, Written, from_item};
use crate::stuck::{Finding, Stuck};
use crate::time::Time;
use serde_json::json;

/// How many deliveries one sweep sends, and how many dead ones it tells of.
const SWEPT_MOST: u32 = 100;
/// For how long a dead delivery counts as stuck: a day, in seconds. It can be sent again for two weeks.
const TOLD_S: u32 = 24 * 3600;
/// How many dead deliveries one call sends again.
pub const RETRIED_MOST: u32 = 100;

/// Sends what is due, and tells of what died.
pub async fn sweep(table: &dyn Table, notices: &dyn Queue, now: Time) -> Result<Vec<Finding>> {
    for record in due(table, PENDING, now).await? {
        // Later only if this was not told otherwise meanwhile; then its message comes anyway.
        let write = Write::set(
            DeliveryRecord::key(&record.tenant, &record.id),
            json!({ "due_at": now.plus_s(SLACK_S) }),
        )
        .when_is("state", DeliveryState::Pending)
        .when_is("tries", record.tries);
        // First the message: whoever dies in between sends it once more, and a second one changes nothing.
        notices.send(&Errand::new(&record).json(), 0).await?;
        table.write(vec![write]).await?;
    }
    let mut found = Vec::new();
    for record in due(table, DEAD, now).await? {
        if told(&record, now) {
            let write = Write::set(
                DeliveryRecord::key(&record.tenant, &record.id),
                json!({ "due_pk": null, "due_at": null }),
            );
            table.write(vec![write.when_is("state", DeliveryState::Dead)]).await?;
            continue;
        }
        found.push(finding(record));
    }
    Ok(found)
}

/// The dead deliveries that count as stuck, as an operator sees them; nothing is changed.
pub async fn dead(table: &dyn Table, now: Time) -> Result<Vec<Finding>> {
    let dead = due(table, DEAD, now).await?;
    Ok(dead.into_iter().filter(|record| !told(record, now)).map(finding).collect())
}

/// Whether it was told for as long as it is to be told.
fn told(record: &DeliveryRecord, now: Time) -> bool {
    record.updated_at.plus_s(TOLD_S) <= now
}

fn finding(record: DeliveryRecord) -> Finding {
    let why = record.error.as_deref().unwrap_or("given up");
    let detail = format!("{} of {}: {why}", record.kind, record.tenant);
    Finding { stuck: Stuck::DeadDelivery, at: record.id, detail }
}

async fn due(table: &dyn Table, hash: &'static str, now: Time) -> Result<Vec<DeliveryRecord>> {
    let from = From::DueOf { hash, until: now.0 };
    let items = table.query(&Query { from, backwards: false, limit: SWEPT_MOST }).await?;
    let mut keys = Vec::with_capacity(items.len());
    for item in &items {
        let (tenant, id) = DeliveryRecord::place(item)?;
        keys.push(DeliveryRecord::key(&tenant, &id));
    }
    // The index has keys only, and is a little late.
    let items = table.get(&keys).await?;
    let records = items.iter().flatten().map(from_item::<DeliveryRecord>);
    let records = records.collect::<Result<Vec<_>>>()?;
    let still = |record: &DeliveryRecord| {
        record.due_pk.as_deref() == Some(hash) && record.due_at.is_some_and(|due| due <= now)
    };
    Ok(records.into_iter().filter(still).collect())
}

/// Sends a delivery that is over once more, from its first try. Returns it as it then is; none where there is none.
///
/// What was for the tenant's own webhook goes to where that is now.
pub async fn retry(
    table: &dyn Table,
    notices: &dyn Queue,
    tenant: &TenantId,
    id: &str,
    now: Time,
) -> Result<Option<DeliveryRecord>> {
    let key = DeliveryRecord::key(tenant, id);
    let mut items = table.get(&[key.clone(), TenantWebhook::key(tenant)]).await?;
    let webhook: Option<TenantWebhook> = items.remove(1).as_ref().map(from_item).transpose()?;
    let Some(item) = items.remove(0) else { return Ok(None) };
    let mut record: DeliveryRecord = from_item(&item)?;
    if record.state != DeliveryState::Pending {
        let before = (record.state, record.updated_at);
        if let Some(TenantWebhook { webhook, .. }) = webhook.filter(|_| record.of_tenant) {
            record.url = webhook.url;
        }
        record.state = DeliveryState::Pending;
        record.tries = 0;
        (record.next_at, record.updated_at, record.expires_at) = (now, now, expiry(now));
        (record.tenant_jobs, record.sk_job) = (None, None);
        record.due_pk = Some(PENDING.into());
        record.due_at = Some(now.plus_s(SLACK_S));
        let write = Write::put(key.clone(), &record)?
            .when_is("state", before.0)
            .when_is("updated_at", before.1);
        if table.write(vec![write]).await? != Written::Done {
            // A twin was faster; it is on its way.
            let item = table.get(&[key]).await?.remove(0);
            return item.as_ref().map(from_item).transpose();
        }
    }
    // Also where it was pending: a twin may have died before this.
    notices.send(&Errand::new(&record).json(), 0).await?;
    Ok(Some(record))
}

/// Sends a tenant's dead deliveries again, as many as one call may; how many, and whether there may be more.
pub async fn retry_dead(
    table: &dyn Table,
    notices: &dyn Queue,
    tenant: &TenantId,
    now: Time,
) -> Result<(usize, bool)> {
    let from = From::Jobs { tenant: DeliveryRecord::dead_index(tenant), after: None };
    let items = table.query(&Query { from, backwards: false, limit: RETRIED_MOST }).await?;
    let mut sent = 0;
    for item in &items {
        let (tenant, id) = DeliveryRecord::place(item)?;
        sent += usize::from(retry(table, notices, &tenant, &id, now).await?.is_some());
    }
    Ok((sent, items.len() == RETRIED_MOST as usize))
}
