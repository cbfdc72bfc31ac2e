//! Stored policies: each version written once, the latest found under the name alone.

use super::Policy;
use crate::audit::{Act, Chain};
use crate::catalog::is_name;
use crate::error::{Error, Result};
use crate::id::TenantId;
use crate::ports::Table;
use crate::store::{Condition, From, Key, Query, Write, Written, from_item};
use crate::tenant;
use crate::time::Time;
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

/// What became of a document that was to be stored.
#[derive(Clone, Debug, PartialEq)]
pub enum StoredPolicy {
    /// It is a new version.
    New(PolicyRecord),
    /// It is the latest version already.
    Same(PolicyRecord),
}

/// Which stored policy is meant: `brand`, or `brand@3`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyRef {
    /// Its name.
    pub name: String,
    /// Its version; the latest where none is said.
    pub version: Option<u32>,
}

/// Most policies that a list shows.
const LIST_MOST: usize = 500;
/// How often a version may be taken by another writer before we give up for now.
const RACES: usize = 10;

impl PolicyRef {
    /// Reads `name` or `name@version`; none where the text is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version.parse().ok().filter(|v| 0 < *v)?)),
            None => (text, None),
        };
        is_name(name).then(|| Self { name: name.to_owned(), version })
    }

    /// Where it lies.
    pub fn key(&self, tenant: &TenantId) -> Key {
        match self.version {
            Some(version) => version_key(tenant, &self.name, version),
            None => latest_key(tenant, &self.name),
        }
    }
}

impl std::fmt::Display for PolicyRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.version {
            Some(version) => write!(f, "{}@{version}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

fn latest_key(tenant: &TenantId, name: &str) -> Key {
    Key::new(tenant::pk(tenant), format!("POLICY#{name}"))
}

fn version_key(tenant: &TenantId, name: &str, version: u32) -> Key {
    Key::new(tenant::pk(tenant), format!("POLICY#{name}#{version:06}"))
}

/// Stores a policy as the next version of its name, unless it is the latest one already. Who did it is on the audit
/// chain of the tenant's policies.
pub async fn put(
    table: &dyn Table,
    tenant: &TenantId,
    policy: Policy,
    changed_by: &str,
    now: Time,
) -> Result<StoredPolicy> {
    let latest = latest_key(tenant, &policy.name);
    let sha256 = policy.digest();
    for _ in 0..RACES {
        let chain = Chain::Tenant(tenant.clone(), "policies");
        let head = chain.head(table).await?;
        let item = table.get(std::slice::from_ref(&latest)).await?.remove(0);
        let present: Option<PolicyRecord> = item.as_ref().map(from_item).transpose()?;
        let before = present.as_ref().map(|record| record.version);
        if let Some(present) = present.filter(|record| record.sha256 == sha256) {
            return Ok(StoredPolicy::Same(present));
        }
        let record = PolicyRecord {
            name: policy.name.clone(),
            version: before.unwrap_or(0) + 1,
            sha256: sha256.clone(),
            policy: policy.clone(),
            changed_by: changed_by.to_owned(),
            created_at: now,
        };
        let newest = Write::put(latest.clone(), &record)?;
        let newest = match before {
            Some(version) => newest.when_is("version", version),
            None => newest.when(Condition::Absent),
        };
        let version = version_key(tenant, &record.name, record.version);
        let which = format!("{}@{}", record.name, record.version);
        let act = Act::new("policy.put", changed_by, which).fact("sha256", &record.sha256);
        let link = chain.link(head.as_ref(), act, [0; 16], now)?;
        let mut writes = vec![newest, Write::create(version, &record)?];
        writes.push(link.head_in(Write::count(chain.head_key())));
        writes.extend(link.writes);
        if table.write(writes).await? == Written::Done {
            return Ok(StoredPolicy::New(record));
        }
    }
    Err(Error::Again(format!("versions of {} are contended", policy.name)))
}

/// A stored policy; none where there is none.
pub async fn get(
    table: &dyn Table,
    tenant: &TenantId,
    which: &PolicyRef,
) -> Result<Option<PolicyRecord>> {
    table.get(&[which.key(tenant)]).await?.remove(0).as_ref().map(from_item).transpose()
}

/// The policies that are named; those that are not there are left out.
pub async fn named(
    table: &dyn Table,
    tenant: &TenantId,
    names: BTreeSet<PolicyRef>,
) -> Result<BTreeMap<PolicyRef, PolicyRecord>> {
    let mut found = BTreeMap::new();
    if names.is_empty() {
        return Ok(found);
    }
    let names: Vec<PolicyRef> = names.into_iter().collect();
    let keys: Vec<Key> = names.iter().map(|name| name.key(tenant)).collect();
    for (name, item) in names.into_iter().zip(table.get(&keys).await?) {
        if let Some(item) = item {
            found.insert(name, from_item(&item)?);
        }
    }
    Ok(found)
}

/// The latest version of each of a tenant's policies, by name; one read per name.
pub async fn list(table: &dyn Table, tenant: &TenantId) -> Result<Vec<PolicyRecord>> {
    let mut records: Vec<PolicyRecord> = Vec::new();
    while records.len() < LIST_MOST {
        let mut query = Query::prefix(tenant::pk(tenant), "POLICY#").limit(1);
        if let From::Partition { after, .. } = &mut query.from {
            // Beyond all versions of the last one, before any longer name.
            *after = records.last().map(|record| format!("POLICY#{}#~", record.name));
        }
        let items = table.query(&query).await?;
        let Some(latest) = items.first() else { break };
        records.push(from_item(latest)?);
    }
    Ok(records)
}
