//! What a tenant's listener reads: all its news for an hour, written only while somebody listens.

use crate::error::Result;
use crate::id::TenantId;
use crate::ports::Table;
use crate::store::{From, Key, Query, from_item};
use crate::tenant;
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// How long news is kept for a listener who was cut off, in seconds.
pub const FEED_S: u32 = 3600;
/// How long after its last call a listener still counts as one, in seconds.
pub const LISTENING_S: u32 = 600;
/// News of two writers may come out of order by so much, in milliseconds.
const OVERLAP_MS: i64 = 5000;

/// That somebody listens to a tenant's news.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listening {
    /// Until when.
    pub until: Time,
    /// When the table forgets it, in seconds since the Unix epoch.
    pub expires_at: i64,
}

impl Listening {
    /// Where it lies.
    pub fn key(tenant: &TenantId) -> Key {
        Key::new(tenant::pk(tenant), "LISTENING")
    }

    /// A listener who called just now.
    pub fn from(now: Time) -> Self {
        let until = now.plus_s(LISTENING_S);
        Self { until, expires_at: until.unix_s() }
    }
}

/// One piece of news, as it would be posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedEntry {
    /// What `webhook-id` would say.
    pub id: String,
    /// The type of the event.
    pub kind: String,
    /// The body that a webhook would get.
    pub body: String,
    /// Its place in the feed.
    pub place: String,
    /// When the table forgets it, in seconds since the Unix epoch.
    pub expires_at: i64,
}

impl FeedEntry {
    /// The partition of a tenant's feed.
    pub(super) fn pk(tenant: &TenantId) -> String {
        format!("FEED#{tenant}")
    }

    /// Where an entry lies.
    pub(super) fn key(tenant: &TenantId, place: &str) -> Key {
        Key::new(Self::pk(tenant), place)
    }

    /// The place of news that is written now.
    pub(super) fn place_of(now: Time, id: &str) -> String {
        format!("{:013}#{id}", now.0)
    }
}

/// The place from which a new listener reads.
pub fn feed_start(now: Time) -> String {
    format!("{:013}", now.0)
}

/// The news after a place; what lies a little before it comes again.
///
/// The caller tells entries apart by their ids: two writers may be out of order, and news may be written twice.
pub async fn feed(
    table: &dyn Table,
    tenant: &TenantId,
    after: &str,
    limit: u32,
) -> Result<Vec<FeedEntry>> {
    let moment = after.split('#').next().and_then(|moment| moment.parse::<i64>().ok()).unwrap_or(0);
    let look = async |after: String| {
        let pk = FeedEntry::key(tenant, "").pk;
        let from = From::Partition { pk, prefix: String::new(), after: Some(after) };
        table.query(&Query { from, backwards: false, limit }).await
    };
    let mut items = look(feed_start(Time((moment - OVERLAP_MS).max(0)))).await?;
    if items.len() == limit as usize {
        // So much news that the reader would never come beyond what it has seen.
        items = look(after.to_owned()).await?;
    }
    items.iter().map(from_item).collect()
}
