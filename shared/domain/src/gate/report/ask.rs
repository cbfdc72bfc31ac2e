//! Reports as they are asked for: of one policy, or of all that a tenant has.

use super::row::{ROWS_MOST, read};
use super::{Report, Rows};
use crate::error::Result;
use crate::gate::policy::{Policy, PolicyRecord};
use crate::id::TenantId;
use crate::ports::Table;
use crate::store::{Key, from_item};
use crate::time::Time;
use crate::version::{self, VersionRef};
use std::collections::{BTreeMap, BTreeSet};

/// Most days of one report: as long as verdicts are kept.
pub const DAYS_MOST: u32 = 90;
/// How many where none are named.
pub const DAYS_USUAL: u32 = 30;
/// Most policies that are reported of at once, and fewest verdicts of each.
const POLICIES_MOST: usize = 20;
const ROWS_LEAST: usize = 200;
/// Of how many versions, the newest, other thresholds are tried.
const VERSIONS_MOST: usize = 5;

/// The report of one policy over so many days; none where there is no such policy.
pub async fn report(
    table: &dyn Table,
    tenant: &TenantId,
    policy: &str,
    (days, now): (u32, Time),
) -> Result<Option<Report>> {
    let Some(name) = VersionRef::parse(policy).filter(|which| which.version.is_none()) else {
        return Ok(None);
    };
    match version::get::<PolicyRecord>(table, tenant, &name).await? {
        Some(_) => made(table, tenant, policy, (days, now), ROWS_MOST).await.map(Some),
        None => Ok(None),
    }
}

/// The reports of all policies of a tenant that judged something, by name; of many policies, of fewer verdicts each.
pub async fn reports(
    table: &dyn Table,
    tenant: &TenantId,
    (days, now): (u32, Time),
) -> Result<Vec<Report>> {
    let policies = version::list::<PolicyRecord>(table, tenant).await?;
    let few = policies.len().clamp(1, POLICIES_MOST);
    let most = (ROWS_MOST / few).max(ROWS_LEAST);
    let mut all = Vec::new();
    for policy in policies.iter().take(POLICIES_MOST) {
        let report = made(table, tenant, &policy.name, (days, now), most).await?;
        all.extend(Some(report).filter(|report| 0 < report.verdicts));
    }
    Ok(all)
}

async fn made(
    table: &dyn Table,
    tenant: &TenantId,
    policy: &str,
    (days, now): (u32, Time),
    most: usize,
) -> Result<Report> {
    let since = Time(now.0 - i64::from(days) * 86_400_000);
    let rows = read(table, tenant, policy, (since, most)).await?;
    let documents = documents(table, tenant, policy, &rows).await?;
    Ok(Report::of(policy, &rows, &documents, (since, now)))
}

/// The policy as it was in the newest versions that gave a verdict.
async fn documents(
    table: &dyn Table,
    tenant: &TenantId,
    policy: &str,
    rows: &Rows,
) -> Result<BTreeMap<u32, Policy>> {
    let versions: BTreeSet<u32> = rows.rows.iter().map(|row| row.version).collect();
    let which = |version: &u32| VersionRef { name: policy.to_owned(), version: Some(*version) };
    let newest = versions.iter().rev().take(VERSIONS_MOST);
    let keys: Vec<Key> = newest.map(|version| which(version).key::<PolicyRecord>(tenant)).collect();
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let items = table.get(&keys).await?;
    let records = items.iter().flatten().map(from_item::<PolicyRecord>);
    records.map(|record| record.map(|record| (record.version, record.policy))).collect()
}
