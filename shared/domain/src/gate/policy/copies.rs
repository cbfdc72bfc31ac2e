//! What a tenant rejected and published, by looks: bounded in number and time, and kept only where a policy asks.

use super::Evaluator;
use crate::error::Result;
use crate::gate::{Fingerprint, Known, Lists, Subject};
use crate::id::TenantId;
use crate::ports::Table;
use crate::record::AssetRecord;
use crate::store::{Key, Query, Write, from_item};
use crate::time::Time;
use crate::view::JobView;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Most pictures of a set that a gate compares with: the newest.
const NEWEST_MOST: u32 = 1_000;
/// How long a picture is remembered, in seconds: half a year.
const KEPT_S: u32 = 180 * 86_400;

/// A set that grows by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// A person rejected it.
    Rejected,
    /// It was published.
    Published,
}

impl Set {
    /// As policies name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Published => "published",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Remembered {
    #[serde(flatten)]
    known: Known,
    expires_at: i64,
}

fn pk(tenant: &TenantId) -> String {
    format!("COPIES#{tenant}")
}

/// The pictures that the gates by policy of a job looked at, by their bytes, with their looks where those are known.
pub fn pictures(view: &JobView) -> BTreeMap<String, Option<Fingerprint>> {
    let mut found = BTreeMap::new();
    for (name, record) in &view.steps {
        let by_policy = view.pipeline.step(name).is_some_and(|step| step.pinned.is_some());
        let Some(verdict) = record.verdict.as_ref().filter(|_| by_policy) else { continue };
        for subject in verdict["subjects"].as_array().into_iter().flatten() {
            let Some(sha256) = subject["sha256"].as_str() else { continue };
            let asset = subject["asset"].as_str().unwrap_or_default();
            let looks = verdict["scores"][asset]["phash"].as_str();
            let looks = looks.and_then(|looks| Fingerprint::try_from(looks.to_owned()).ok());
            found.insert(sha256.to_owned(), looks);
        }
    }
    found
}

/// Whether a gate of a job compares with this set.
pub fn asked(view: &JobView, set: Set) -> bool {
    let pinned = view.pipeline.steps.iter().filter_map(|step| step.pinned.as_deref());
    let mut criteria = pinned.flat_map(|pinned| pinned.policy.criteria.values());
    criteria.any(|criterion| {
        let against = criterion.with.get("against").and_then(Value::as_array);
        let names = |one: &Value| one.as_str() == Some(set.as_str());
        criterion.evaluator == Evaluator::Copies && against.into_iter().flatten().any(names)
    })
}

/// The writes by which what went out goes into the set of that; none where no gate of the job compares with it. The
/// same again changes nothing.
///
/// A ladder of sizes is one picture: of what was made by deterministic steps alone, its source is remembered, or the
/// step between at which a gate by policy looked.
pub fn publish(view: &JobView, out: &[&AssetRecord], why: &str) -> Result<Vec<Write>> {
    if !asked(view, Set::Published) {
        return Ok(Vec::new());
    }
    let looks = pictures(view);
    let mut known = BTreeMap::new();
    let mut next = out.to_vec();
    let mut seen = BTreeSet::new();
    while let Some(asset) = next.pop() {
        if asset.text.is_some() || !seen.insert(&asset.id) {
            continue;
        }
        let made = asset.deterministic && !asset.made_from.is_empty();
        if made && !looks.contains_key(&asset.sha256) {
            next.extend(asset.made_from.iter().filter_map(|id| view.assets.get(id)));
            continue;
        }
        let own = || Fingerprint::try_from(asset.phash.clone()?).ok();
        let of = looks.get(&asset.sha256).copied().flatten().or_else(own);
        known.insert(asset.sha256.clone(), of);
    }
    known.into_iter().map(|one| entry(view, Set::Published, one, why)).collect()
}

/// The writes by which what a person rejected goes into the set of that; none where no gate of the job compares with it.
pub fn reject(view: &JobView, subjects: &[Subject], why: &str) -> Result<Vec<Write>> {
    if !asked(view, Set::Rejected) {
        return Ok(Vec::new());
    }
    let looks = pictures(view);
    let of = |subject: &Subject| {
        let sha256 = subject.sha256.clone();
        let looks = looks.get(&sha256).copied().flatten();
        entry(view, Set::Rejected, (sha256, looks), why)
    };
    subjects.iter().map(of).collect()
}

fn entry(
    view: &JobView,
    set: Set,
    (sha256, phash): (String, Option<Fingerprint>),
    why: &str,
) -> Result<Write> {
    let at = view.job.created_at;
    // By time, and then by the picture: the newest are read, and a repetition writes the same.
    let sk = format!("{}#{:015}#{}", set.as_str(), at.0.max(0), &sha256);
    let known = Known { sha256, phash, reason: why.to_owned() };
    let record = Remembered { known, expires_at: at.plus_s(KEPT_S).unix_s() };
    Write::put(Key::new(pk(&view.job.tenant), sk), &record)
}

/// Adds what is remembered to a tenant's lists: of each set the newest.
pub async fn recall(
    table: &dyn Table,
    tenant: &TenantId,
    sets: &[Set],
    lists: &mut Lists,
    now: Time,
) -> Result<()> {
    for set in sets {
        let mut query = Query::prefix(pk(tenant), &format!("{}#", set.as_str()));
        query.backwards = true;
        query.limit = NEWEST_MOST;
        let mut known = Vec::new();
        for item in table.query(&query).await? {
            let record: Remembered = from_item(&item)?;
            if now.unix_s() < record.expires_at {
                known.push(record.known);
            }
        }
        match set {
            Set::Rejected => lists.rejected.extend(known),
            Set::Published => lists.published.extend(known),
        }
    }
    Ok(())
}
