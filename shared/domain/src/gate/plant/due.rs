//! Plants that are due: each is planted once for its day and number, however often the sweep comes by.

use super::make::{like, make};
use super::slot::{Slot, Slots};
use super::store::list;
use crate::error::Result;
use crate::gate::policy::PolicyRecord;
use crate::id::{JobId, TenantId};
use crate::problem::Stop;
use crate::store::{Condition, From, Key, Query, Write, from_item, sort_key};
use crate::time::Time;
use crate::trigger::Making;
use crate::version::{self, VersionRef};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The partition of all policies that plant, and their hash in the index of what is due.
pub const PLANTING: &str = "PLANTING";
/// For how many policies one sweep plants.
const MOST: u32 = 50;

/// That a policy plants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Planting {
    tenant: TenantId,
    policy: String,
    due_at: Time,
}

/// What came of one that was due.
#[derive(Debug)]
pub struct Planted {
    /// Whose.
    pub tenant: TenantId,
    /// The policy.
    pub policy: String,
    /// The job that it was planted as, or why it was not; none where there is nothing to plant, or nothing to be like.
    pub made: std::result::Result<Option<JobId>, Stop>,
}

fn place(tenant: &TenantId, policy: &str) -> Key {
    Key::new(PLANTING, format!("{tenant}#{policy}"))
}

/// The write by which a policy plants so many a day from now on, or none.
pub(crate) fn planting(tenant: &TenantId, policy: &str, each_day: u32, now: Time) -> Write {
    match each_day {
        0 => Write::forget(place(tenant, policy)),
        // The sweep finds out when the next one is.
        _ => Write::count(place(tenant, policy))
            .also("tenant", tenant)
            .also("policy", policy)
            .also("since", now)
            .also("due_pk", PLANTING)
            .also("due_at", now),
    }
}

/// Plants what is due, and says when each policy's next one is.
pub async fn plant_due(making: &Making<'_>) -> Result<Vec<Planted>> {
    let from = From::DueOf { hash: PLANTING, until: making.now.0 };
    let due = making.table.query(&Query { from, backwards: false, limit: MOST }).await?;
    let keys: Vec<Key> = due.iter().map(|item| Key::new(PLANTING, sort_key(item))).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut planted = Vec::new();
    for item in making.table.get(&keys).await?.into_iter().flatten() {
        let planting: Planting = from_item(&item)?;
        // The index is a little late.
        if making.now < planting.due_at {
            continue;
        }
        let since = item.get("since").and_then(serde_json::Value::as_i64).map_or(making.now, Time);
        planted.extend(one(making, &planting, since).await?);
    }
    Ok(planted)
}

async fn one(making: &Making<'_>, planting: &Planting, since: Time) -> Result<Option<Planted>> {
    let Planting { tenant, policy, due_at } = planting;
    let latest = VersionRef { name: policy.clone(), version: None };
    let stored: Option<PolicyRecord> = version::get(making.table, tenant, &latest).await?;
    let each_day = stored.as_ref().map_or(0, |record| record.policy.plant);
    if each_day == 0 {
        // Its tenant is gone, or it plants no more.
        making.table.write(vec![Write::forget(place(tenant, policy))]).await?;
        return Ok(None);
    }
    let slots = Slots { key: making.signing_key, tenant, policy, each_day };
    let slot = slots.last(making.now).filter(|slot| since <= slot.at && *due_at <= slot.at);
    let made = match slot {
        Some(slot) => Some(planted(making, planting, slot).await),
        None => None,
    };
    // What a store of ours kept from being planted stays due: the next sweep finds it.
    if !matches!(made, Some(Err(Stop::Error(_)))) {
        let next = slots.next(making.now).map(|slot| slot.at);
        let later = Write::set(place(tenant, policy), json!({ "due_at": next }))
            .when(Condition::In("due_at", vec![json!(due_at)]));
        making.table.write(vec![later]).await?;
    }
    let (tenant, policy) = (tenant.clone(), policy.clone());
    Ok(made.map(|made| Planted { tenant, policy, made }))
}

async fn planted(
    making: &Making<'_>,
    planting: &Planting,
    slot: Slot,
) -> std::result::Result<Option<JobId>, Stop> {
    let Planting { tenant, policy, .. } = planting;
    let plants = list(making.table, tenant, policy).await?;
    let Some(like) = like(making.table, tenant, policy).await? else { return Ok(None) };
    // One after the other, so that each has its turn.
    let turn = slot.day.wrapping_mul(7) + i64::from(slot.n);
    let Some(plant) = plants.get(turn.rem_euclid(plants.len().max(1) as i64) as usize) else {
        return Ok(None);
    };
    make(making, (tenant, policy), (plant, &like), slot).await.map(Some)
}
