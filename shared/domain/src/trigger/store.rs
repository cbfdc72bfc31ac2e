//! Triggers in the table: put, read, removed, given another secret.

use super::{On, SCHEDULES, TRIGGERS, TriggerRecord, key};
use crate::error::{Error, Result};
use crate::id::TenantId;
use crate::pipeline::Problem;
use crate::ports::Table;
use crate::problem::{ProblemDocument, ProblemType, Stop};
use crate::store::{Condition, From, Query, Write, Written, from_item, sort_key};
use crate::time::Time;

/// How many triggers one query reads.
const PAGE: u32 = 1000;
/// Most triggers of one tenant.
pub(super) const TENANT_MOST: usize = 200;
/// How often another writer may be faster before we give up for now.
const RACES: usize = 10;

/// What became of a trigger that was put.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// As it is now.
    pub trigger: TriggerRecord,
    /// Whether there was none of that name.
    pub new: bool,
    /// A secret that was made for it: to be shown to its owner once.
    pub secret: Option<String>,
}

/// Stores a trigger that [`super::check_trigger`] gave, in place of one of that name.
///
/// What its sender has stays valid, and a schedule that did not change goes on as it was.
pub async fn put(
    table: &dyn Table,
    trigger: &TriggerRecord,
    random: [u8; 24],
    now: Time,
) -> std::result::Result<Stored, Stop> {
    for _ in 0..RACES {
        let before = get(table, &trigger.tenant, &trigger.name).await?;
        if before.is_none() && TENANT_MOST <= of(table, &trigger.tenant).await?.len() {
            let detail = format!("there are {TENANT_MOST} triggers, which is the most");
            let problem = Problem::new("/name", detail, "delete one that is not needed");
            return Err(ProblemDocument::fields(ProblemType::InvalidTrigger, &[problem]).into());
        }
        let (after, secret) = follow(before.as_ref(), trigger, random, now);
        if let Some(before) = before.as_ref().filter(|before| same(before, &after)) {
            return Ok(Stored { trigger: before.clone(), new: false, secret: None });
        }
        if write(table, before.as_ref(), &after).await? {
            return Ok(Stored { trigger: after, new: before.is_none(), secret });
        }
    }
    Err(Error::Again(format!("trigger {} is contended", trigger.name)).into())
}

/// Gives the webhook of a trigger another secret; those before stay valid for a day. None where there is
/// no such trigger, or none with a webhook.
pub async fn rotate(
    table: &dyn Table,
    tenant: &TenantId,
    name: &str,
    secret: &str,
    now: Time,
) -> Result<Option<TriggerRecord>> {
    for _ in 0..RACES {
        let Some(before) = get(table, tenant, name).await? else { return Ok(None) };
        let Some(hook) = &before.hook else { return Ok(None) };
        if hook.newest(secret) {
            return Ok(Some(before));
        }
        let mut after = before.clone();
        after.revision += 1;
        if let Some(hook) = &mut after.hook {
            hook.take(secret.to_owned(), now);
        }
        if write(table, Some(&before), &after).await? {
            return Ok(Some(after));
        }
    }
    Err(Error::Again(format!("trigger {name} is contended")))
}

/// A tenant's trigger.
pub async fn get(
    table: &dyn Table,
    tenant: &TenantId,
    name: &str,
) -> Result<Option<TriggerRecord>> {
    table.get(&[key(tenant, name)]).await?.remove(0).as_ref().map(from_item).transpose()
}

/// Takes a trigger out; false where there is none.
pub async fn remove(table: &dyn Table, tenant: &TenantId, name: &str) -> Result<bool> {
    let written = table.write(vec![Write::delete(key(tenant, name))]).await?;
    Ok(written == Written::Done)
}

/// A tenant's triggers, by name.
pub async fn of(table: &dyn Table, tenant: &TenantId) -> Result<Vec<TriggerRecord>> {
    let items = table.query(&Query::prefix(TRIGGERS, &format!("{tenant}#")).limit(PAGE)).await?;
    items.iter().map(from_item).collect()
}

/// All triggers of all tenants.
pub async fn all(table: &dyn Table) -> Result<Vec<TriggerRecord>> {
    let mut triggers = Vec::new();
    let mut query = Query::partition(TRIGGERS).limit(PAGE);
    loop {
        let items = table.query(&query).await?;
        for item in &items {
            triggers.push(from_item(item)?);
        }
        match (items.last(), &mut query.from) {
            (Some(last), From::Partition { after, .. }) if items.len() == PAGE as usize => {
                *after = Some(sort_key(last).to_owned());
            }
            _ => return Ok(triggers),
        }
    }
}

/// What is written where `before` was.
fn follow(
    before: Option<&TriggerRecord>,
    trigger: &TriggerRecord,
    random: [u8; 24],
    now: Time,
) -> (TriggerRecord, Option<String>) {
    let mut after = trigger.clone();
    let mut made = None;
    if let Some(before) = before {
        after.created_at = before.created_at;
        after.revision = before.revision + 1;
    }
    if let On::Webhook(webhook) = &after.on {
        // A secret of one scheme may be none of the other.
        let held = before.filter(|before| match &before.on {
            On::Webhook(held) => held.scheme == webhook.scheme,
            _ => false,
        });
        let mut hook = held.and_then(|before| before.hook.clone()).unwrap_or_default();
        if hook.token.is_empty() {
            let known = before.and_then(|before| before.hook.as_ref());
            let token = || random[..12].iter().map(|byte| format!("{byte:02x}")).collect();
            hook.token = known.map_or_else(token, |hook| hook.token.clone());
        }
        match &after.given {
            Some(given) if !hook.newest(given) => hook.take(given.clone(), now),
            None if hook.secrets.is_empty() => {
                let secret = webhook.generate(random);
                hook.take(secret.clone(), now);
                made = Some(secret);
            }
            _ => {}
        }
        after.hook = Some(hook);
    }
    if let On::Schedule(_) = &after.on {
        let held = before.filter(|before| before.on == after.on && before.due_at.is_some());
        after.since = Some(held.and_then(|before| before.since).unwrap_or(now));
        let next = || after.calendar().and_then(|calendar| calendar.next(now));
        after.due_at = held.map_or_else(next, |before| before.due_at);
        after.due_pk = after.due_at.map(|_| SCHEDULES.to_owned());
    }
    after.given = None;
    (after, made)
}

/// Whether nothing would change but when it was written.
fn same(before: &TriggerRecord, after: &TriggerRecord) -> bool {
    let like = |trigger: &TriggerRecord| TriggerRecord {
        updated_at: None,
        revision: 0,
        given: None,
        ..trigger.clone()
    };
    like(before) == like(after)
}

async fn write(
    table: &dyn Table,
    before: Option<&TriggerRecord>,
    after: &TriggerRecord,
) -> Result<bool> {
    let write = Write::put(key(&after.tenant, &after.name), after)?;
    let write = match before.map(|before| before.revision) {
        None => write.when(Condition::Absent),
        Some(0) => write.when(Condition::Present).when(Condition::Without("revision")),
        Some(revision) => write.when_is("revision", revision),
    };
    Ok(table.write(vec![write]).await? == Written::Done)
}
