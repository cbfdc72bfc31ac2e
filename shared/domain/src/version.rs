//! Documents in versions: each version written once, the latest found under the name alone.

use crate::catalog::is_name;
use crate::error::Result;
use crate::id::TenantId;
use crate::ports::Table;
use crate::store::{Condition, From, Key, Query, Write, from_item};
use crate::tenant;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Most documents that a list shows.
const LIST_MOST: usize = 500;

/// One version of a tenant's document, as it lies in the table.
pub trait Versioned: Serialize + DeserializeOwned {
    /// How its keys begin, such as `PIPELINE#`.
    const PREFIX: &'static str;
    /// Its name.
    fn name(&self) -> &str;
    /// Its version, from 1.
    fn version(&self) -> u32;
    /// The SHA-256 of the document.
    fn sha256(&self) -> &str;
}

/// What became of a document that was to be stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored<R> {
    /// It is a new version.
    New(R),
    /// It is the latest version already.
    Same(R),
}

/// Which stored document is meant: `hero-image`, or `hero-image@3`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VersionRef {
    /// Its name.
    pub name: String,
    /// Its version; the latest where none is said.
    pub version: Option<u32>,
}

impl VersionRef {
    /// Reads `name` or `name@version`; none where the text is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version.parse().ok().filter(|v| 0 < *v)?)),
            None => (text, None),
        };
        is_name(name).then(|| Self { name: name.to_owned(), version })
    }

    /// Where it lies, as a document of that kind.
    pub fn key<R: Versioned>(&self, tenant: &TenantId) -> Key {
        let (prefix, name) = (R::PREFIX, &self.name);
        let sk = match self.version {
            Some(version) => format!("{prefix}{name}#{version:06}"),
            None => format!("{prefix}{name}"),
        };
        Key::new(tenant::pk(tenant), sk)
    }
}

impl std::fmt::Display for VersionRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.version {
            Some(version) => write!(f, "{}@{version}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// The next version of a document with the writes that store it, if nobody else stores one meanwhile; or the latest,
/// where that is the same. `made` makes the record of a version.
pub(crate) async fn next<R: Versioned>(
    table: &dyn Table,
    tenant: &TenantId,
    (name, sha256): (&str, &str),
    made: impl FnOnce(u32) -> R,
) -> Result<Stored<(R, Vec<Write>)>> {
    let latest = VersionRef { name: name.to_owned(), version: None };
    let present: Option<R> = get(table, tenant, &latest).await?;
    let before = present.as_ref().map(R::version);
    if let Some(present) = present.filter(|record| record.sha256() == sha256) {
        return Ok(Stored::Same((present, Vec::new())));
    }
    let record = made(before.unwrap_or(0) + 1);
    let newest = Write::put(latest.key::<R>(tenant), &record)?;
    let newest = match before {
        Some(version) => newest.when_is("version", version),
        None => newest.when(Condition::Absent),
    };
    let which = VersionRef { version: Some(record.version()), ..latest };
    let version = Write::create(which.key::<R>(tenant), &record)?;
    Ok(Stored::New((record, vec![newest, version])))
}

/// A stored document; none where there is none.
pub async fn get<R: Versioned>(
    table: &dyn Table,
    tenant: &TenantId,
    which: &VersionRef,
) -> Result<Option<R>> {
    table.get(&[which.key::<R>(tenant)]).await?.remove(0).as_ref().map(from_item).transpose()
}

/// The latest version of each of a tenant's documents of a kind, by name.
///
/// One read per name: reading on through all versions of all of them would cost more with every one stored.
pub async fn list<R: Versioned>(table: &dyn Table, tenant: &TenantId) -> Result<Vec<R>> {
    let mut records: Vec<R> = Vec::new();
    while records.len() < LIST_MOST {
        let mut query = Query::prefix(tenant::pk(tenant), R::PREFIX).limit(1);
        if let From::Partition { after, .. } = &mut query.from {
            // Beyond all versions of the last one, before any longer name.
            *after = records.last().map(|record| format!("{}{}#~", R::PREFIX, record.name()));
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
        let parse = |text| VersionRef::parse(text).map(|which| which.to_string());
        for text in ["hero-image", "hero-image@3", "a@4294967295"] {
            assert_eq!(parse(text).as_deref(), Some(text));
        }
        for text in ["", "Hero", "a@", "a@0", "a@-1", "a@4294967296", "a@1@2", "a#1", "1a"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
