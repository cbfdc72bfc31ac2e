//! A take-down as it lies in the table: what is asked for, and how each place stands.

use crate::error::Result;
use crate::id::{AssetId, JobId, TenantId};
use crate::ports::Table;
use crate::sign::sha256;
use crate::store::{Condition, From, Item, Key, Query, Write, from_item};
use crate::stuck::{Finding, Stuck};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The part of the due index in which publications wait: to be taken down, or to be counted.
pub const PUBLISHED: &str = "PUBLISHED";
/// How long whoever works on a take-down has it to itself, in seconds.
pub const LEASE_S: u32 = 30;
/// After so many seconds it looks once more: nobody publishes any longer who did not know of it.
pub const LATE_S: u32 = 120;
/// After so many seconds a take-down that is not over hangs.
const OVERDUE_S: u32 = 900;
/// How long it waits before a place is asked once more, in seconds: longer each time, and at last each hour.
const WAITS: [u32; 7] = [15, 30, 60, 120, 300, 900, 3600];
const PARTITION: &str = "TAKEDOWNS#";

/// Where a take-down stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakedownState {
    /// Places are still to be asked.
    Working,
    /// Nothing of it is public any more, as far as we know.
    Done,
    /// Some places have to be cleared by hand.
    Left,
}

/// How one place stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceState {
    /// It was not asked yet.
    Waiting,
    /// It is gone there.
    Gone,
    /// Nobody can take it back from there but by hand.
    Cannot,
    /// It was asked, and did not do it: it is asked again.
    Failed,
}

/// One publication that is taken down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Its job.
    pub job: JobId,
    /// The step that published it.
    pub step: String,
    /// The asset, where it went by itself; none where it went with a post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<AssetId>,
    /// The kind of target.
    pub target: String,
    /// Whose account it went to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// Where it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// How it stands.
    pub state: PlaceState,
    /// Why, and what to do by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How often it was asked.
    pub tries: u32,
    /// When it was asked last.
    pub at: Time,
}

impl Place {
    /// Whether this is about the same publication.
    pub fn same(&self, other: &Self) -> bool {
        (&self.job, &self.step, &self.asset) == (&other.job, &other.step, &other.asset)
    }

    /// Whether it is asked, or asked again.
    pub fn open(&self) -> bool {
        matches!(self.state, PlaceState::Waiting | PlaceState::Failed)
    }
}

/// A take-down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Takedown {
    /// Its id: the same each time for the same asset.
    pub id: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// The asset.
    pub asset: AssetId,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub by: String,
    /// Where it stands.
    pub state: TakedownState,
    /// Whatever was published of it.
    #[serde(default)]
    pub places: Vec<Place>,
    /// The hashes of what was sent of it, where that is on no other record.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub sealed: BTreeSet<String>,
    /// How many hashes are blocked by it.
    #[serde(default)]
    pub blocked: u64,
    /// How often this record was written.
    pub rev: u32,
    /// How often it was worked on since it was asked for.
    pub looks: u32,
    /// Until when somebody is at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy_until: Option<Time>,
    /// When it was asked for.
    pub asked_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Hash of the due index; none where nothing is expected any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_pk: Option<String>,
    /// When the sweep looks at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Time>,
}

impl Takedown {
    /// The id of an asset's take-down.
    pub fn id_of(tenant: &TenantId, asset: &AssetId) -> String {
        format!("tkd_{}", &sha256(format!("{tenant}/{asset}").as_bytes())[..26])
    }

    /// The partition of a tenant's take-downs.
    pub fn pk(tenant: &TenantId) -> String {
        format!("{PARTITION}{tenant}")
    }

    /// Where a take-down lies.
    pub fn key(tenant: &TenantId, id: &str) -> Key {
        Key::new(Self::pk(tenant), id)
    }

    /// A take-down; none where there is none.
    pub async fn read(table: &dyn Table, tenant: &TenantId, id: &str) -> Result<Option<Self>> {
        let items = table.get(&[Self::key(tenant, id)]).await?;
        items.first().and_then(Option::as_ref).map(from_item).transpose()
    }

    /// All of a tenant, those that were asked for last first.
    pub async fn all(table: &dyn Table, tenant: &TenantId) -> Result<Vec<Self>> {
        let items = table.query(&Query::partition(Self::pk(tenant))).await?;
        let mut all = items.iter().map(from_item::<Self>).collect::<Result<Vec<_>>>()?;
        all.sort_by_key(|takedown| std::cmp::Reverse(takedown.asked_at));
        Ok(all)
    }

    /// This in place of what was read, if nobody wrote it meanwhile.
    pub fn instead_of(&self, old: Option<&Self>) -> Result<Write> {
        let write = Write::put(Self::key(&self.tenant, &self.id), self)?;
        Ok(match old {
            Some(old) => write.when_is("rev", old.rev),
            None => write.when(Condition::Absent),
        })
    }

    /// As it is taken up by somebody.
    pub fn taken_up(&self, now: Time) -> Self {
        let until = now.plus_s(LEASE_S);
        Self {
            rev: self.rev + 1,
            looks: self.looks + 1,
            busy_until: Some(until),
            due_pk: Some(PUBLISHED.into()),
            due_at: Some(until),
            updated_at: now,
            ..self.clone()
        }
    }

    /// As it is left when all places were asked. `late`: nobody publishes any longer who did not know of it.
    pub fn left(&self, places: Vec<Place>, blocked: u64, now: Time) -> Self {
        let open = places.iter().any(Place::open);
        let by_hand = places.iter().any(|place| place.state == PlaceState::Cannot);
        let state = match (open, by_hand) {
            (true, _) => TakedownState::Working,
            (false, true) => TakedownState::Left,
            (false, false) => TakedownState::Done,
        };
        let late = self.asked_at.plus_s(LATE_S);
        let wait = WAITS[(self.looks as usize).saturating_sub(1).min(WAITS.len() - 1)];
        let due_at = match open {
            true => Some(now.plus_s(wait)),
            false if now < late => Some(late),
            false => None,
        };
        Self {
            state,
            places,
            blocked,
            rev: self.rev + 1,
            busy_until: None,
            updated_at: now,
            due_pk: due_at.map(|_| PUBLISHED.into()),
            due_at,
            ..self.clone()
        }
    }

    /// Whether anything of it is still public, as far as we know.
    pub fn public(&self) -> bool {
        self.places.iter().any(|place| place.state != PlaceState::Gone)
    }

    /// What callers see of it.
    pub fn shown(&self) -> Value {
        let place = |place: &Place| {
            json!({
                "job": place.job, "step": place.step, "asset": place.asset, "target": place.target,
                "connection": place.connection, "location": place.location, "state": place.state,
                "detail": place.detail, "tries": place.tries, "at": place.at.rfc3339(),
            })
        };
        json!({
            "id": self.id, "asset": self.asset, "sha256": self.sha256, "reason": self.reason,
            "by": self.by, "state": self.state, "blocked": self.blocked,
            "places": self.places.iter().map(place).collect::<Vec<_>>(),
            "asked_at": self.asked_at.rfc3339(), "updated_at": self.updated_at.rfc3339(),
        })
    }
}

/// The tenant and the id of the take-down that a key of the due index names.
pub fn key_of_due(item: &Item) -> Option<(TenantId, String)> {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    let tenant = text("pk")?.strip_prefix(PARTITION)?;
    Some((TenantId::parse(tenant).ok()?, text("sk")?.to_owned()))
}

/// How many records one sweep looks at.
const SWEPT_MOST: u32 = 50;

/// Whether anything of what was published is due until then, and which take-downs hang. For the sweep.
pub async fn due(table: &dyn Table, until: Time, now: Time) -> Result<(bool, Vec<Finding>)> {
    let from = From::DueOf { hash: PUBLISHED, until: until.0 };
    let items = table.query(&Query { from, backwards: false, limit: SWEPT_MOST }).await?;
    let named = items.iter().filter_map(key_of_due);
    let keys: Vec<Key> = named.map(|(tenant, id)| Takedown::key(&tenant, &id)).collect();
    let mut found = Vec::new();
    if !keys.is_empty() {
        for item in table.get(&keys).await?.iter().flatten() {
            found.extend(overdue(&from_item(item)?, now));
        }
    }
    Ok((!items.is_empty(), found))
}

/// That a take-down hangs, where it does.
pub fn overdue(takedown: &Takedown, now: Time) -> Option<Finding> {
    let hangs =
        takedown.state == TakedownState::Working && takedown.asked_at.plus_s(OVERDUE_S) <= now;
    hangs.then(|| {
        let open: Vec<String> = takedown
            .places
            .iter()
            .filter(|place| place.open())
            .map(|place| format!("{} of {}", place.target, place.job))
            .collect();
        let (id, asset) = (&takedown.id, &takedown.asset);
        let detail = format!("{asset} is still at {}", open.join(", "));
        Finding { stuck: Stuck::TakedownOverdue, at: id.clone(), detail }
    })
}
