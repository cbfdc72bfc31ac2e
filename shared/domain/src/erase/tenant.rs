//! A whole tenant: first nobody may ask in its name, then every job, then what it stored.

use super::{Erased, Erasing, erase_job};
use crate::error::{Error, Result};
use crate::gate::{Lists, plant};
use crate::id::{JobId, TenantId};
use crate::notify::deliveries_pk;
use crate::ports::Bucket;
use crate::record::{JobRecord, Tombstone};
use crate::reuse;
use crate::store::{Key, Write, sort_key};
use crate::tenant::{self, TenantRecord};
use crate::time::Time;
use crate::whole;
use crate::{trigger, upload};
use serde_json::json;

/// Takes a tenant's keys and triggers away, so that nothing new begins. Returns the jobs that have not ended.
///
/// `Invalid` where there is no such tenant.
pub async fn close(
    erasing: &Erasing<'_>,
    tenant: &TenantId,
    reason: &str,
    now: Time,
) -> Result<Vec<JobId>> {
    let known = erasing.table.get(&[TenantRecord::key(tenant)]).await?;
    if known[0].is_none() {
        return Err(Error::Invalid(format!("there is no tenant {tenant}")));
    }
    let tombstone = Tombstone { at: now, reason: reason.to_owned() };
    let closed = json!({ "erased": tombstone });
    erasing.write(vec![Write::set(TenantRecord::key(tenant), closed)]).await?;
    remove(erasing, &tenant::pk(tenant), "KEY#").await?;
    remove(erasing, trigger::TRIGGERS, &format!("{tenant}#")).await?;
    let open = |job: &JobRecord| !job.state.terminal();
    Ok(whole::jobs(erasing.table, tenant, None)
        .await?
        .into_iter()
        .filter(open)
        .map(|job| job.id)
        .collect())
}

/// Erases all that a closed tenant has: jobs, pipelines, lists, uploads, what it published.
pub async fn erase_tenant(
    erasing: &Erasing<'_>,
    tenant: &TenantId,
    reason: &str,
    now: Time,
) -> Result<Erased> {
    let mut gone = Erased::default();
    for job in whole::jobs(erasing.table, tenant, None).await? {
        gone.and(erase_job(erasing, &job.id, None, reason, now).await?);
    }
    remove(erasing, &tenant::pk(tenant), "").await?;
    remove(erasing, &deliveries_pk(tenant), "").await?;
    remove(erasing, &reuse::pk(tenant), "").await?;
    remove(erasing, &plant::pk(tenant), "").await?;
    remove(erasing, &reuse::near_pk(tenant), "").await?;
    gone.objects += erasing.below(Bucket::Assets, format!("{tenant}/")).await?;
    gone.objects += erasing.below(Bucket::Public, format!("{tenant}/")).await?;
    gone.objects += erasing.below(Bucket::Uploads, upload::prefix(tenant)).await?;
    gone.objects += erasing.object(Bucket::Assets, Lists::object_key(tenant)).await?;
    Ok(gone)
}

async fn remove(erasing: &Erasing<'_>, pk: &str, prefix: &str) -> Result<()> {
    let items = whole::records(erasing.table, pk, prefix).await?;
    let writes = items.iter().map(|item| {
        let delete = Write::delete(Key::new(pk, sort_key(item)));
        // Gone already is as good.
        Write { conditions: Vec::new(), ..delete }
    });
    erasing.write(writes.collect()).await
}
