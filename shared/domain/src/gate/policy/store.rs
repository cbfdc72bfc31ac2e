//! Stored policies, in versions; who stored each is on the audit chain of the tenant's policies.

use super::Policy;
use crate::audit::{Act, Chain};
use crate::error::{Error, Result};
use crate::gate::{plant, report};
use crate::id::TenantId;
use crate::ports::Table;
use crate::store::{Key, Write, Written, from_item};
use crate::time::Time;
use crate::version::{self, Stored, VersionRef, Versioned};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One version of a tenant's policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyRecord {
    /// Its name.
    pub name: String,
    /// Its version, from 1.
    pub version: u32,
    /// The SHA-256 of the document, whatever the order of its fields, in hexadecimal.
    pub sha256: String,
    /// The policy.
    pub policy: Policy,
    /// Who stored this version.
    #[serde(default)]
    pub changed_by: String,
    /// When this version was stored.
    pub created_at: Time,
}

/// How often a version may be taken by another writer before we give up for now.
const RACES: usize = 10;

impl Versioned for PolicyRecord {
    const PREFIX: &'static str = "POLICY#";

    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn sha256(&self) -> &str {
        &self.sha256
    }
}

/// Stores a policy as the next version of its name, unless it is the latest one already.
pub async fn put(
    table: &dyn Table,
    tenant: &TenantId,
    policy: Policy,
    changed_by: &str,
    now: Time,
) -> Result<Stored<PolicyRecord>> {
    let sha256 = policy.digest();
    let chain = Chain::Tenant(tenant.clone(), "policies");
    for _ in 0..RACES {
        let head = chain.head(table).await?;
        let made = |version| PolicyRecord {
            name: policy.name.clone(),
            version,
            sha256: sha256.clone(),
            policy: policy.clone(),
            changed_by: changed_by.to_owned(),
            created_at: now,
        };
        let (record, mut writes) =
            match version::next(table, tenant, (&policy.name, &sha256), made).await? {
                Stored::Same((present, _)) => return Ok(Stored::Same(present)),
                Stored::New(new) => new,
            };
        let which = format!("{}@{}", record.name, record.version);
        let act = Act::new("policy.put", changed_by, which).fact("sha256", &record.sha256);
        let link = chain.link(head.as_ref(), act, [0; 16], now)?;
        writes.push(link.head_in(Write::count(chain.head_key())));
        writes.extend(link.writes);
        writes.push(report::watched(tenant, &record.name, now));
        writes.push(plant::planting(tenant, &record.name, record.policy.plant, now));
        if table.write(writes).await? == Written::Done {
            return Ok(Stored::New(record));
        }
    }
    Err(Error::Again(format!("versions of {} are contended", policy.name)))
}

/// The policies that are named; those that are not there are left out.
pub async fn named(
    table: &dyn Table,
    tenant: &TenantId,
    names: BTreeSet<VersionRef>,
) -> Result<BTreeMap<VersionRef, PolicyRecord>> {
    let mut found = BTreeMap::new();
    if names.is_empty() {
        return Ok(found);
    }
    let names: Vec<VersionRef> = names.into_iter().collect();
    let keys: Vec<Key> = names.iter().map(|name| name.key::<PolicyRecord>(tenant)).collect();
    for (name, item) in names.into_iter().zip(table.get(&keys).await?) {
        if let Some(item) = item {
            found.insert(name, from_item(&item)?);
        }
    }
    Ok(found)
}
