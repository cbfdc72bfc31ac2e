//! Results that are close enough: made of pictures that look like a step's own, by what is otherwise the same request.
//!
//! Where a step says so, it is noted what the pictures of what is made look like, beside the result's key; the result itself
//! stays where it is, so what is forgotten, erased or lost is near to nothing. Nothing that was given is noted: likeness
//! does not go from hand to hand.

use super::key::digest;
use super::looks::Looks;
use super::{ReuseRecord, expiry};
use crate::error::Result;
use crate::id::{AssetId, AttemptId, TenantId};
use crate::ports::Table;
use crate::record::{Stored, Work};
use crate::store::{From, Item, Key, Query, Write, from_item};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// With so many of the latest results a step's pictures are compared.
pub const COMPARED_MOST: u32 = 200;
/// So many of those that are near are looked for, the nearest first.
const TRIED_MOST: usize = 8;
/// Most pictures of a step that are looked at.
const PICTURES_MOST: usize = 4;
/// Says where, so it counts by its bytes.
const MASK: &str = "mask";

/// By what a result that was given is like what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Near {
    /// By how many of 64 bits the pictures' perceptual hashes differ; of several pictures, those that differ most.
    pub distance: u32,
    /// The bound that the step says.
    pub bound: u32,
    /// The pictures that it was made from, by port.
    pub like: BTreeMap<String, AssetId>,
}

/// A picture that goes into a step, and what it looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// The picture.
    pub(crate) asset: AssetId,
    /// What it looks like.
    pub(crate) looks: Looks,
}

/// What the pictures of one request looked like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct NearRecord {
    /// The key of its result.
    key: String,
    /// Who was to make it.
    leader: AttemptId,
    /// The pictures by port.
    pictures: BTreeMap<String, Seen>,
    /// When the table drops it, in seconds.
    expires_at: i64,
}

/// What a step's pictures look like, and where those of the same request are noted.
#[derive(Clone, Debug)]
pub(crate) struct Sought {
    bound: u32,
    request: String,
    pictures: BTreeMap<String, Seen>,
}

/// A result that is near.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Its key.
    pub(crate) key: String,
    /// Its record.
    pub(crate) record: ReuseRecord,
    /// How near.
    pub(crate) near: Near,
}

/// The partition of what a tenant's pictures look like.
pub fn near_pk(tenant: &TenantId) -> String {
    format!("NEAR#{tenant}")
}

/// The pictures of a work that may be compared by their looks; none where there are none, or too many.
pub(crate) fn pictures(work: &Work) -> BTreeMap<&String, &Stored> {
    let pictures: BTreeMap<_, _> =
        work.inputs.iter().filter(|(port, stored)| by_looks(port, stored)).collect();
    if pictures.len() <= PICTURES_MOST { pictures } else { BTreeMap::new() }
}

fn by_looks(port: &str, stored: &Stored) -> bool {
    port != MASK && stored.media_type.starts_with("image/")
}

/// The request without what its pictures are: the sizes that decide on the result's own stay.
fn request(work: &Work, pictures: &BTreeMap<String, Seen>) -> String {
    let said = |name: &str| work.params.get(name).is_some_and(Value::is_number);
    let drawn = work.outputs.values().any(|media_type| media_type.starts_with("image/"));
    let as_large = drawn && !(said("width") && said("height"));
    let inputs = work.inputs.iter().map(|(port, stored)| {
        let what = match pictures.get(port) {
            Some(Seen { looks, .. }) if as_large => json!([looks.width, looks.height]),
            Some(_) => Value::Null,
            None => stored.sha256.clone().into(),
        };
        (port.clone(), what)
    });
    digest(work, inputs.collect())
}

impl Sought {
    /// What is sought for a work of whose pictures it is known what they look like.
    pub(crate) fn new(work: &Work, bound: u32, pictures: BTreeMap<String, Seen>) -> Self {
        Self { bound, request: request(work, &pictures), pictures }
    }

    /// Where it is noted what the pictures of an attempt look like: by age, as jobs' ids are.
    pub(crate) fn place(&self, leader: &AttemptId) -> String {
        format!("{}#{leader}", self.request)
    }

    /// Notes what the pictures of what is being made look like.
    pub(crate) fn note(&self, work: &Work, key: &str, now: Time) -> Result<Write> {
        let record = NearRecord {
            key: key.to_owned(),
            leader: work.attempt.clone(),
            pictures: self.pictures.clone(),
            expires_at: expiry(now),
        };
        Write::put(Key::new(near_pk(&work.tenant), self.place(&work.attempt)), &record)
    }

    /// Results that are made and near, the nearest first, of those the latest.
    pub(crate) async fn nearest(&self, table: &dyn Table, tenant: &TenantId) -> Result<Vec<Found>> {
        let prefix = format!("{}#", self.request);
        let from = From::Partition { pk: near_pk(tenant), prefix, after: None };
        let latest = Query { from, backwards: true, limit: COMPARED_MOST };
        let mut close = Vec::new();
        for item in table.query(&latest).await? {
            let record: NearRecord = from_item(&item)?;
            close.extend(self.near(&record).map(|near| (record.key, near)));
        }
        close.sort_by_key(|(_, near)| near.distance);
        let mut keys = BTreeSet::new();
        close.retain(|(key, _)| keys.insert(key.clone()));
        close.truncate(TRIED_MOST);
        if close.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<Key> =
            close.iter().map(|(key, _)| super::record_key(tenant, key)).collect();
        let found = |(item, (key, near)): (Option<Item>, (String, Near))| {
            let record = item.as_ref().map(from_item::<ReuseRecord>);
            record.map(|record| record.map(|record| Found { key, record, near }))
        };
        table.get(&places).await?.into_iter().zip(close).filter_map(found).collect()
    }

    fn near(&self, record: &NearRecord) -> Option<Near> {
        let mut distance = 0;
        for (port, ours) in &self.pictures {
            distance = ours.looks.distance(&record.pictures.get(port)?.looks)?.max(distance);
        }
        let like = record.pictures.iter().map(|(port, seen)| (port.clone(), seen.asset.clone()));
        let near = Near { distance, bound: self.bound, like: like.collect() };
        (distance <= self.bound).then_some(near)
    }
}

#[cfg(test)]
mod tests;
