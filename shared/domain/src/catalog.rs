//! Stored pipelines, in versions.

use crate::error::{Error, Result};
use crate::id::TenantId;
use crate::ordered::ordered;
use crate::pipeline::{Pipeline, document};
use crate::ports::Table;
use crate::sign::sha256;
use crate::store::Written;
use crate::time::Time;
use crate::version::{self, Stored, Versioned};
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

impl Versioned for PipelineRecord {
    const PREFIX: &'static str = "PIPELINE#";

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

/// Most characters of a pipeline's name.
const NAME_MOST: usize = 64;
/// How often a version may be taken by another writer before we give up for now.
const RACES: usize = 10;

/// Whether a pipeline may be called so.
pub fn is_name(name: &str) -> bool {
    (1..=NAME_MOST).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Stores a pipeline as the next version of its name, unless it is the latest one already.
pub async fn put(
    table: &dyn Table,
    tenant: &TenantId,
    pipeline: Pipeline,
    now: Time,
) -> Result<Stored<PipelineRecord>> {
    let sha256 = sha256(ordered(document(&pipeline)).to_string().as_bytes());
    for _ in 0..RACES {
        let made = |version| PipelineRecord {
            name: pipeline.name.clone(),
            version,
            sha256: sha256.clone(),
            pipeline: pipeline.clone(),
            created_at: now,
        };
        match version::next(table, tenant, (&pipeline.name, &sha256), made).await? {
            Stored::Same((present, _)) => return Ok(Stored::Same(present)),
            Stored::New((record, writes)) => {
                if table.write(writes).await? == Written::Done {
                    return Ok(Stored::New(record));
                }
            }
        }
    }
    Err(Error::Again(format!("versions of {} are contended", pipeline.name)))
}
