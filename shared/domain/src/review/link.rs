//! Links by which one person decides one review, once: for mail and chat. They expire, and only asking for it acts.

use super::record::ReviewRecord;
use crate::error::Result;
use crate::id::{PersonId, ReviewId, TenantId};
use crate::person::{Person, PersonRecord};
use crate::ports::Table;
use crate::record::job_pk;
use crate::sign::SigningKey;
use crate::store::{Key, Write, from_item};
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// What a link says. Everybody who holds it may decide in its person's name until it was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The review.
    pub review: ReviewId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Who decides by it.
    pub person: PersonId,
    /// Until when.
    pub until: Time,
    /// What tells it from all others: random.
    pub nonce: String,
}

/// Most seconds that a link is good for.
pub const LINK_MOST_S: u32 = 7 * 24 * 3600;
/// How many where nothing else is said.
pub const LINK_S: u32 = 24 * 3600;

impl Link {
    /// A new link.
    pub fn new(review: &ReviewRecord, person: PersonId, until: Time, random: [u8; 16]) -> Self {
        let nonce = random.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { review: review.id.clone(), tenant: review.tenant.clone(), person, until, nonce }
    }

    /// The last part of its address.
    pub fn seal(&self, key: &SigningKey) -> String {
        key.seal("review", self)
    }

    /// Reads a link that is ours and not over.
    pub fn open(text: &str, key: &SigningKey, now: Time) -> Option<Self> {
        key.open("review", text).filter(|link: &Self| now < link.until)
    }

    /// The person as they are on record now; none where they were removed.
    pub async fn person(&self, table: &dyn Table) -> Result<Option<Person>> {
        let items = table.get(&[PersonRecord::key(&self.tenant, &self.person)]).await?;
        let record: Option<PersonRecord> = items[0].as_ref().map(from_item).transpose()?;
        Ok(record.map(|record| record.person(&self.tenant)))
    }
}

fn key(review: &ReviewId, nonce: &str) -> Key {
    Key::new(job_pk(&review.job()), format!("LINK#{nonce}"))
}

/// Whether a link was used.
pub(super) async fn used(table: &dyn Table, review: &ReviewId, nonce: &str) -> Result<bool> {
    Ok(table.get(&[key(review, nonce)]).await?[0].is_some())
}

/// The write that uses a link up.
pub(super) fn used_up(review: &ReviewId, nonce: &str, now: Time) -> Result<Write> {
    Write::create(key(review, nonce), &serde_json::json!({ "used_at": now }))
}
