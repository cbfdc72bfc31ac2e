//! Where something of an asset went: its own job, whatever was made from it, and each job that its bytes came into.

use super::block::{block, went_pk};
use super::record::{Place, PlaceState, Takedown};
use crate::error::{Error, Result};
use crate::id::{AssetId, JobId};
use crate::ports::Table;
use crate::record::PublicationState::Failed;
use crate::record::{PostingRecord, PublicationRecord};
use crate::store::sort_key;
use crate::time::Time;
use crate::view::JobView;
use crate::whole;
use std::collections::{BTreeMap, BTreeSet};

/// How often it looks again because there was more to block.
const ROUNDS: usize = 10;
/// Blocks per transaction.
const BATCH: usize = 25;

/// All that something of an asset went to.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The jobs, as they stood after all of it was blocked.
    pub views: BTreeMap<JobId, JobView>,
    /// The hashes of the asset, of what was made from it and of what was sent of that: all of them are blocked.
    pub hashes: BTreeSet<String>,
    /// The publications, each as it stands.
    pub places: Vec<Place>,
}

/// Blocks all that was made from an asset, and finds where it went: until nothing is found that was not blocked before.
pub async fn look(table: &dyn Table, takedown: &Takedown, now: Time) -> Result<Found> {
    let mut blocked = BTreeSet::from([takedown.sha256.clone()]);
    for _ in 0..ROUNDS {
        let mut found = closure(table, takedown).await?;
        let fresh: BTreeSet<String> = found.hashes.difference(&blocked).cloned().collect();
        if fresh.is_empty() {
            found.places = places(takedown, &found, now);
            return Ok(found);
        }
        let of = (takedown.id.as_str(), &takedown.asset);
        for some in block(&takedown.tenant, of, &fresh, now)?.chunks(BATCH) {
            table.write(some.to_vec()).await?;
        }
        blocked.extend(fresh);
    }
    Err(Error::Again(format!("more and more is made from {}", takedown.asset)))
}

async fn closure(table: &dyn Table, takedown: &Takedown) -> Result<Found> {
    let mut found = Found::default();
    found.hashes.insert(takedown.sha256.clone());
    found.hashes.extend(takedown.sealed.iter().cloned());
    let mut jobs = BTreeSet::from([takedown.asset.job()]);
    let mut asked = BTreeSet::new();
    loop {
        for job in std::mem::take(&mut jobs) {
            if let Some(view) = JobView::read(table, &job).await?
                && view.job.tenant == takedown.tenant
            {
                found.views.insert(job, view);
            }
        }
        // What one job tells may be in another that was read before.
        loop {
            let before = found.hashes.len();
            for view in found.views.values() {
                let of = of(view, &found.hashes);
                found.hashes.extend(of.iter().map(|id| view.assets[id].sha256.clone()));
                found.hashes.extend(sent(view, &of));
            }
            if found.hashes.len() == before {
                break;
            }
        }
        for sha256 in found.hashes.iter().filter(|sha256| !asked.contains(*sha256)) {
            let prefix = format!("{sha256}#");
            for item in whole::records(table, &went_pk(&takedown.tenant), &prefix).await? {
                let job = JobId::parse(sort_key(&item).trim_start_matches(&prefix))?;
                if !found.views.contains_key(&job) {
                    jobs.insert(job);
                }
            }
        }
        asked.extend(found.hashes.iter().cloned());
        if jobs.is_empty() {
            return Ok(found);
        }
    }
}

/// The assets of a job that have these bytes, and all that was made from them.
fn of(view: &JobView, hashes: &BTreeSet<String>) -> BTreeSet<AssetId> {
    let mut of: BTreeSet<AssetId> = BTreeSet::new();
    loop {
        let more = view.assets.values().filter(|asset| {
            !of.contains(&asset.id)
                && (hashes.contains(&asset.sha256)
                    || asset.made_from.iter().any(|id| of.contains(id)))
        });
        let more: Vec<AssetId> = more.map(|asset| asset.id.clone()).collect();
        if more.is_empty() {
            return of;
        }
        of.extend(more);
    }
}

/// The hashes of what was sent of assets, where it was made to fit or sealed.
fn sent(view: &JobView, of: &BTreeSet<AssetId>) -> Vec<String> {
    let media = view.postings.iter().flat_map(|posting| &posting.media);
    media.filter(|gone| of.contains(&gone.asset)).filter_map(|gone| gone.sent.clone()).collect()
}

fn places(takedown: &Takedown, found: &Found, now: Time) -> Vec<Place> {
    let mut places = Vec::new();
    for view in found.views.values() {
        let of = of(view, &found.hashes);
        let posts = view.postings.iter().filter(|posting| {
            posting.media.iter().any(|gone| of.contains(&gone.asset)) && may_be_there(posting)
        });
        places.extend(posts.map(|posting| of_posting(view, posting, now)));
        let plain = view.publications.iter();
        let plain = plain.filter(|sent| of.contains(&sent.asset) && sent.state != Failed);
        places.extend(plain.map(|sent| of_publication(view, sent, now)));
    }
    for place in &mut places {
        let known = takedown.places.iter().find(|known| known.same(place));
        if let Some(known) = known.filter(|_| place.state != PlaceState::Gone) {
            *place = Place { location: place.location.clone(), ..known.clone() };
        }
    }
    // What was gone from a record that is not there any more stays gone.
    let lost = takedown.places.iter().filter(|known| !places.iter().any(|one| one.same(known)));
    let lost: Vec<Place> = lost.cloned().collect();
    places.extend(lost);
    places
}

/// What failed before anything was sent left nothing behind.
fn may_be_there(posting: &PostingRecord) -> bool {
    posting.state != Failed || !posting.progress.is_null() || posting.location.is_some()
}

fn of_posting(view: &JobView, posting: &PostingRecord, now: Time) -> Place {
    Place {
        job: view.job.id.clone(),
        step: posting.step.clone(),
        asset: None,
        target: posting.target.clone(),
        connection: posting.connection.clone(),
        location: posting.location.clone(),
        state: state(posting.taken_down.is_some()),
        detail: None,
        tries: 0,
        at: now,
    }
}

fn of_publication(view: &JobView, sent: &PublicationRecord, now: Time) -> Place {
    Place {
        job: view.job.id.clone(),
        step: sent.step.clone(),
        asset: Some(sent.asset.clone()),
        target: sent.target.clone(),
        connection: None,
        location: sent.location.clone(),
        state: state(sent.taken_down.is_some()),
        detail: None,
        tries: 0,
        at: now,
    }
}

fn state(taken: bool) -> PlaceState {
    if taken { PlaceState::Gone } else { PlaceState::Waiting }
}
