//! The `latest.json` pointer: forward only, though jobs race for it and writers die half-way.
//!
//! S3 has no order, so the table has: whose turn it is, is a record there, changed only towards a newer
//! job. A writer puts what the record says, and looks again whether it still says so. So whoever
//! writes the object last has seen the record unchanged after it.

use domain::error::{Error, Result};
use domain::id::{JobId, TenantId};
use domain::ports::{Bucket, Extent, Objects, Put, Table};
use domain::store::{Condition, Key, Write, Written, from_item};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How often a lost race is run again.
const RACES: usize = 10;

/// A pointer that wants to be the latest.
pub(crate) struct Move<'a> {
    pub(crate) tenant: &'a TenantId,
    /// The pointer's key in the public bucket.
    pub(crate) key: &'a str,
    pub(crate) job: &'a JobId,
    pub(crate) step: &'a str,
    pub(crate) pointer: Value,
}

/// Whose turn it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Latest {
    job: JobId,
    step: String,
    pointer: Value,
}

/// Leaves nothing of a pointer that shows this job: it names what was taken back.
pub(crate) async fn withdraw(
    table: &dyn Table,
    objects: &dyn Objects,
    (tenant, job): (&TenantId, &JobId),
    key: &str,
) -> Result<()> {
    let record = Key::new(format!("TENANT#{tenant}"), format!("LATEST#{key}"));
    let items = table.get(&[record]).await?;
    let latest: Option<Latest> =
        items.first().and_then(Option::as_ref).map(from_item).transpose()?;
    if latest.is_some_and(|latest| latest.job == *job) {
        objects.erase(Bucket::Public, &Extent::Key(key.to_owned())).await?;
    }
    Ok(())
}

/// Moves the pointer there, unless a newer job (ids sort by age) has it.
pub(crate) async fn forward(
    table: &dyn Table,
    objects: &dyn Objects,
    step: &Move<'_>,
) -> Result<()> {
    let record = Key::new(format!("TENANT#{}", step.tenant), format!("LATEST#{}", step.key));
    let read = async || -> Result<Option<Latest>> {
        let items = table.get(std::slice::from_ref(&record)).await?;
        items.first().and_then(Option::as_ref).map(from_item).transpose()
    };
    let mine =
        Latest { job: step.job.clone(), step: step.step.to_owned(), pointer: step.pointer.clone() };
    for _ in 0..RACES {
        let now = match read().await? {
            // Put again, because we may be the ones who put an older one after it.
            Some(newer) if (&mine.job, &mine.step) < (&newer.job, &newer.step) => newer,
            Some(same) if same == mine => same,
            old => {
                let write = Write::put(record.clone(), &mine)?;
                let write = match &old {
                    Some(old) => write.when_is("job", &old.job).when_is("step", &old.step),
                    None => write.when(Condition::Absent),
                };
                if table.write(vec![write]).await? != Written::Done {
                    continue;
                }
                mine.clone()
            }
        };
        let bytes = serde_json::to_vec(&now.pointer)
            .map_err(|cause| Error::Fault(format!("pointer {}: {cause}", step.key)))?;
        let how = Put {
            media_type: "application/json".into(),
            cache_control: Some("no-cache".into()),
            replace: true,
        };
        objects.put(Bucket::Public, step.key, bytes, &how).await?;
        if read().await?.as_ref() == Some(&now) {
            return Ok(());
        }
    }
    Err(Error::Again(format!("pointer {} is contended", step.key)))
}
