//! A tenant's reviews, and one of them.

use super::record::ReviewRecord;
use crate::error::Result;
use crate::id::{ReviewId, TenantId};
use crate::ports::Table;
use crate::store::{From, Query, from_item};

/// A tenant's reviews, a little late: those that wait, the longest first, or those that are over, the latest first.
///
/// `after` is the `sk_job` of the last one of the page before.
pub async fn list(
    table: &dyn Table,
    tenant: &TenantId,
    (waits, after): (bool, Option<String>),
    limit: u32,
) -> Result<Vec<ReviewRecord>> {
    let from = From::Jobs { tenant: ReviewRecord::index(tenant, waits), after };
    let items = table.query(&Query { from, backwards: !waits, limit }).await?;
    items.iter().map(from_item).collect()
}

/// One review, as it stands; none where there is none, or it is another tenant's.
pub async fn read(
    table: &dyn Table,
    tenant: &TenantId,
    id: &ReviewId,
) -> Result<Option<ReviewRecord>> {
    let items = table.get(&[ReviewRecord::key(id)]).await?;
    let review: Option<ReviewRecord> = items[0].as_ref().map(from_item).transpose()?;
    Ok(review.filter(|review| review.tenant == *tenant))
}
