//! Stored pipelines: each version written once, the latest found under the name alone.

use crate::error::{Error, Result};
use crate::id::TenantId;
use crate::pipeline::{Pipeline, document};
use crate::ports::Table;
use crate::sign::sha256;
use crate::store::{Condition, From, Key, Query, Write, Written, from_item};
use crate::tenant;
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// One version of a tenant's pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PipelineRecord {
    /// Its name.
    pub name: String,
    /// Its version, from 1.
    pub version: u32,
    /// The SHA-256 of the document, whatever the order of its fields, in hexadecimal.
    pub sha256: String,
    /// The pipeline.
    pub pipeline: Pipeline,
    /// When this version was stored.
    pub created_at: Time,
}

/// What became of a document that was to be stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// It is a new version.
    New(PipelineRecord),
    /// It is the latest version already.
    Same(PipelineRecord),
}

/// Which stored pipeline a caller means: `hero-image`, or `hero-image@3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineRef {
    /// Its name.
    pub name: String,
    /// Its version; the latest where none is said.
    pub version: Option<u32>,
}

/// Most characters of a pipeline's name.
const NAME_MOST: usize = 64;
/// Most pipelines that a list shows.
const LIST_MOST: usize = 500;
/// How often a version may be taken by another writer before we give up for now.
const RACES: usize = 10;

impl PipelineRef {
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

impl std::fmt::Display for PipelineRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.version {
            Some(version) => write!(f, "{}@{version}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Whether a pipeline may be called so.
pub fn is_name(name: &str) -> bool {
    (1..=NAME_MOST).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn latest_key(tenant: &TenantId, name: &str) -> Key {
    Key::new(tenant::pk(tenant), format!("PIPELINE#{name}"))
}

fn version_key(tenant: &TenantId, name: &str, version: u32) -> Key {
    Key::new(tenant::pk(tenant), format!("PIPELINE#{name}#{version:06}"))
}

/// Stores a pipeline as the next version of its name, unless it is the latest one already.
pub async fn put(
    table: &dyn Table,
    tenant: &TenantId,
    pipeline: Pipeline,
    now: Time,
) -> Result<Stored> {
    let latest = latest_key(tenant, &pipeline.name);
    let sha256 = sha256(document(&pipeline).to_string().as_bytes());
    for _ in 0..RACES {
        let item = table.get(std::slice::from_ref(&latest)).await?.remove(0);
        let present: Option<PipelineRecord> = item.as_ref().map(from_item).transpose()?;
        let before = present.as_ref().map(|record| record.version);
        if let Some(present) = present.filter(|record| record.sha256 == sha256) {
            return Ok(Stored::Same(present));
        }
        let record = PipelineRecord {
            name: pipeline.name.clone(),
            version: before.unwrap_or(0) + 1,
            sha256: sha256.clone(),
            pipeline: pipeline.clone(),
            created_at: now,
        };
        let newest = Write::put(latest.clone(), &record)?;
        let newest = match before {
            Some(version) => newest.when_is("version", version),
            None => newest.when(Condition::Absent),
        };
        let version = version_key(tenant, &record.name, record.version);
        if table.write(vec![newest, Write::create(version, &record)?]).await? == Written::Done {
            return Ok(Stored::New(record));
        }
    }
    Err(Error::Again(format!("versions of {} are contended", pipeline.name)))
}

/// A stored pipeline; none where there is none.
pub async fn get(
    table: &dyn Table,
    tenant: &TenantId,
    which: &PipelineRef,
) -> Result<Option<PipelineRecord>> {
    table.get(&[which.key(tenant)]).await?.remove(0).as_ref().map(from_item).transpose()
}

/// The latest version of each of a tenant's pipelines, by name.
///
/// One read per name: reading on through all versions of all of them would cost more with every one stored.
pub async fn list(table: &dyn Table, tenant: &TenantId) -> Result<Vec<PipelineRecord>> {
    let mut records: Vec<PipelineRecord> = Vec::new();
    while records.len() < LIST_MOST {
        let mut query = Query::prefix(tenant::pk(tenant), "PIPELINE#").limit(1);
        if let From::Partition { after, .. } = &mut query.from {
            // Beyond all versions of the last one, before any longer name.
            *after = records.last().map(|record| format!("PIPELINE#{}#~", record.name));
        }
        let items = table.query(&query).await?;
        let Some(latest) = items.first() else { break };
        records.push(from_item(latest)?);
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_a_name_with_or_without_a_version() {
        let parse = |text| PipelineRef::parse(text).map(|which| which.to_string());
        for text in ["hero-image", "hero-image@3", "a@4294967295"] {
            assert_eq!(parse(text).as_deref(), Some(text));
        }
        for text in ["", "Hero", "a@", "a@0", "a@-1", "a@4294967296", "a@1@2", "a#1", "1a"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
