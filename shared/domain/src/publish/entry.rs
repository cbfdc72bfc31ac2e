//! What was written to entries of other people's systems, by which our own changes are known when word of them comes.
//!
//! What is about to be written is on record before it is: word of it may come before the answer does.

use crate::error::Result;
use crate::id::TenantId;
use crate::ports::Table;
use crate::store::{Key, Query, Write, from_item};
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// For how long word may come of what is about to be written, in seconds, where no state of it is known yet.
pub const OPEN_S: u32 = 900;
/// How long it is remembered.
const KEPT_S: i64 = 60 * 86_400;
/// Most changes of one entry that are looked at: the newest.
const CHANGES_MOST: u32 = 100;
/// What a system changes besides when a picture is put into an entry.
const BESIDES: [&str; 9] = [
    "updated_at",
    "updated_by",
    "date_updated",
    "user_updated",
    "updatedAt",
    "feature_image",
    "feature_image_alt",
    "feature_image_caption",
    "posts_meta",
];

/// A change of an entry, as the target that made it tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrote {
    /// The kind of target.
    pub kind: String,
    /// The entry's id there.
    pub entry: String,
    /// The picture that it has now, as the target calls it.
    pub image: String,
    /// The field that it is in.
    pub field: String,
    /// The states of the entry that are ours alone, as far as they are known: of its version, or of its time.
    pub stamps: Vec<String>,
    /// For how many seconds from now on the picture alone shows that a state is ours; of an entry that was made by
    /// this, its id alone.
    pub open_s: u32,
    /// Whether the entry itself was made by this.
    #[serde(default)]
    pub new: bool,
}

/// The same on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    #[serde(flatten)]
    wrote: Wrote,
    at: Time,
    expires_at: i64,
}

/// An entry, as an event tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its id.
    pub id: String,
    /// What it shows; none where the event does not say.
    pub images: Option<Vec<String>>,
    /// Which state of it that is.
    pub stamps: Vec<String>,
    /// Which fields were changed; none where the event does not say.
    pub changed: Option<Vec<String>>,
    /// Whether the event says that it was made just now.
    pub new: bool,
}

impl Wrote {
    fn partition(tenant: &TenantId, kind: &str, entry: &str) -> String {
        format!("ENTRY#{tenant}#{kind}#{entry}")
    }

    /// Puts it on record for a publication, in place of what was on record for it.
    pub fn write(&self, tenant: &TenantId, publication: &str, now: Time) -> Result<Write> {
        let pk = Self::partition(tenant, &self.kind, &self.entry);
        let row = Row { wrote: self.clone(), at: now, expires_at: now.unix_s() + KEPT_S };
        Write::put(Key::new(pk, format!("WROTE#{publication}")), &row)
    }

    /// Whether a state of the entry came of this.
    fn made(&self, at: Time, seen: &Seen, now: Time) -> bool {
        let known = seen.stamps.iter().any(|stamp| self.stamps.contains(stamp));
        if self.new {
            return seen.new || known || now < at.plus_s(self.open_s);
        }
        let shown = seen.images.as_ref().map(|images| images.contains(&self.image));
        if known {
            return shown != Some(false);
        }
        let besides = |name: &String| *name == self.field || BESIDES.contains(&name.as_str());
        match &seen.changed {
            _ if shown != Some(true) => false,
            Some(changed) => changed.iter().all(besides),
            None => now < at.plus_s(self.open_s),
        }
    }
}

/// Whether a state of an entry came of what we wrote there, and of nothing else.
pub async fn is_own(
    table: &dyn Table,
    tenant: &TenantId,
    kind: &str,
    seen: &Seen,
    now: Time,
) -> Result<bool> {
    let query = Query::partition(Wrote::partition(tenant, kind, &seen.id)).limit(CHANGES_MOST);
    let rows = table.query(&query).await?;
    let rows: Vec<Row> = rows.iter().map(from_item).collect::<Result<_>>()?;
    Ok(rows.iter().any(|row| row.wrote.made(row.at, seen, now)))
}
