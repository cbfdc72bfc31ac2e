//! One job: all of it, or some of its assets with what was made from them.

use super::intent::Intent;
use super::posts;
use super::scrub::Scrub;
use super::{Erased, Erasing};
use crate::audit::Chain;
use crate::chunk;
use crate::error::{Error, Result};
use crate::event;
use crate::id::{AssetId, JobId};
use crate::notify::told;
use crate::ports::{Bucket, Table};
use crate::record::{JobRecord, PublicationState, job_pk};
use crate::reuse;
use crate::store::{Key, Write, Written, sort_key};
use crate::tenant;
use crate::time::Time;
use crate::view::JobView;
use crate::whole;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How often a lost race is run again.
const RACES: usize = 5;
/// After so many seconds the places are emptied once more: no host may write there any longer.
const LATE_S: u32 = 3 * 24 * 3600;

/// Erases a job that has ended: `roots` and all that was made from them, or everything.
///
/// What was said goes in either case. `Invalid` where there is no such job, or it has not ended.
pub async fn erase_job(
    erasing: &Erasing<'_>,
    id: &JobId,
    roots: Option<&BTreeSet<AssetId>>,
    reason: &str,
    now: Time,
) -> Result<Erased> {
    let view = ended(erasing.table, id).await?;
    let assets = roots.map(|roots| descendants(&view, roots)).transpose()?;
    let intent = begin(erasing.table, &view, &Intent::new(assets, reason, now)).await?;
    finish(erasing, &view, &intent, now).await
}

/// Puts on record that a job is to be erased, for those who may not erase: the next sweep does it.
///
/// `Invalid` where there is no such job, or it has not ended.
pub async fn ask_job(
    table: &dyn Table,
    id: &JobId,
    roots: Option<&BTreeSet<AssetId>>,
    reason: &str,
    now: Time,
) -> Result<()> {
    let view = ended(table, id).await?;
    let assets = roots.map(|roots| descendants(&view, roots)).transpose()?;
    let asked = Intent { due_at: now, ..Intent::new(assets, reason, now) };
    begin(table, &view, &asked).await.map(drop)
}

/// Puts an intent on record, widened by what was asked for before.
async fn begin(table: &dyn Table, view: &JobView, asked: &Intent) -> Result<Intent> {
    let id = &view.job.id;
    for _ in 0..RACES {
        let before = Intent::read(table, id).await?;
        let intent = asked.clone().over(before.as_ref());
        let begun = vec![
            Write::set(JobRecord::key(id), json!({ "erased": intent.tombstone }))
                .when_is("state", view.job.state)
                .when_is("run", view.job.run),
            intent.replace(id, before.as_ref())?,
        ];
        match table.write(begun).await? {
            Written::Done => return Ok(intent),
            Written::Refused(which) if which.contains(&0) => break,
            // Somebody asked for something else of it meanwhile.
            Written::Refused(_) => {}
        }
    }
    Err(Error::Again(format!("job {id} was changed; erase it again")))
}

/// Goes on with what was begun, and later empties the places once more. For the sweep.
pub async fn resume(erasing: &Erasing<'_>, id: &JobId, now: Time) -> Result<()> {
    let Some(intent) = Intent::read(erasing.table, id).await? else { return Ok(()) };
    if now < intent.due_at {
        return Ok(());
    }
    let view = JobView::expect(erasing.table, id).await?;
    if !intent.done {
        return finish(erasing, &view, &intent, now).await.map(drop);
    }
    empty(erasing, &view, &intent).await?;
    erasing.write(vec![intent.unchanged(Write::delete(Intent::key(id)))]).await
}

pub(super) async fn ended(table: &dyn Table, id: &JobId) -> Result<JobView> {
    let view = JobView::expect(table, id).await?;
    if view.job.state.terminal() {
        return Ok(view);
    }
    let state = view.job.state;
    let message = format!("job {id} is {state}: cancel it, wait for its end, then erase it");
    Err(Error::Invalid(message))
}

/// Assets, all that was made from them, and all that has the same bytes.
fn descendants(view: &JobView, roots: &BTreeSet<AssetId>) -> Result<BTreeSet<AssetId>> {
    for root in roots {
        view.asset(root.as_str()).map_err(|cause| Error::Invalid(cause.to_string()))?;
    }
    let mut found = roots.clone();
    loop {
        let keys: BTreeSet<&str> =
            found.iter().filter_map(|id| Some(view.assets.get(id)?.key.as_str())).collect();
        let more =
            view.assets.values().filter(|asset| !found.contains(&asset.id)).filter(|asset| {
                keys.contains(asset.key.as_str())
                    || asset.made_from.iter().any(|id| found.contains(id))
            });
        let more: Vec<AssetId> = more.map(|asset| asset.id.clone()).collect();
        if more.is_empty() {
            return Ok(found);
        }
        found.extend(more);
    }
}

/// Empties the places, and says when it is to be done once more.
async fn finish(
    erasing: &Erasing<'_>,
    view: &JobView,
    intent: &Intent,
    now: Time,
) -> Result<Erased> {
    let gone = empty(erasing, view, intent).await?;
    let later = json!({ "done": true, "due_at": now.plus_s(LATE_S) });
    // Whoever widened it meanwhile goes on with all of it.
    erasing.write(vec![intent.unchanged(Write::set(Intent::key(&view.job.id), later))]).await?;
    Ok(gone)
}

async fn empty(erasing: &Erasing<'_>, view: &JobView, intent: &Intent) -> Result<Erased> {
    let (job, tenant) = (&view.job.id, &view.job.tenant);
    let all: BTreeSet<AssetId> = view.assets.keys().cloned().collect();
    let assets = intent.assets.as_ref().unwrap_or(&all);
    let mut gone = published(erasing, view, assets).await?;
    gone.jobs = 1;
    gone.and(posts::posted(erasing, view, assets, intent.assets.is_none()).await?);
    gone.and(bytes(erasing, view, assets).await?);
    for place in chunk::places(job) {
        gone.objects += erasing.below(Bucket::Assets, place).await?;
    }
    if intent.assets.is_none() {
        gone.objects += erasing.below(Bucket::Assets, format!("{tenant}/{job}/")).await?;
    }
    records(erasing, view, &Scrub { assets, texts: true, tombstone: &intent.tombstone }).await?;
    erasing.write(told(erasing.table, tenant, job).await?).await?;
    Ok(gone)
}

/// The bytes of assets, where we keep them and where they were uploaded.
pub(super) async fn bytes(
    erasing: &Erasing<'_>,
    view: &JobView,
    assets: &BTreeSet<AssetId>,
) -> Result<Erased> {
    let mut gone = Erased::default();
    for asset in assets.iter().filter_map(|id| view.assets.get(id)) {
        gone.assets += u64::from(asset.erased.is_none());
        // With what was sealed of it, whose keys begin so.
        gone.objects += erasing.below(Bucket::Assets, &asset.key).await?;
        if let Some(upload) = &asset.upload {
            gone.objects += erasing.object(Bucket::Uploads, upload).await?;
        }
    }
    Ok(gone)
}

/// What was published of the assets: ours goes, of what others hold we tell.
async fn published(
    erasing: &Erasing<'_>,
    view: &JobView,
    assets: &BTreeSet<AssetId>,
) -> Result<Erased> {
    let mut gone = Erased::default();
    let of_these = view.publications.iter().filter(|sent| assets.contains(&sent.asset));
    for sent in of_these.filter(|sent| sent.state != PublicationState::Failed) {
        let place = sent.location.as_deref().and_then(|place| place.strip_prefix("s3://"));
        match place.and_then(|place| place.split_once('/')) {
            Some((_, key)) => gone.objects += erasing.object(Bucket::Public, key).await?,
            // It was told to somebody before, or nobody knows where it went.
            None if sent.target == "s3" => {}
            None => gone.left.push(format!("{} was sent to a {}", sent.asset, sent.target)),
        }
    }
    let latest = "LATEST#";
    for item in whole::records(erasing.table, &tenant::pk(&view.job.tenant), latest).await? {
        let key = crate::store::sort_key(&item).trim_start_matches(latest).to_owned();
        if item.get("job").and_then(Value::as_str) == Some(view.job.id.as_str()) {
            gone.objects += erasing.object(Bucket::Public, key).await?;
        }
    }
    Ok(gone)
}

/// The records of a job and of its log.
pub(super) async fn records(
    erasing: &Erasing<'_>,
    view: &JobView,
    scrub: &Scrub<'_>,
) -> Result<()> {
    if scrub.texts {
        // The chain still verifies: its entries have only the hashes of what was said.
        let chain = Chain::Job(view.job.id.clone()).pk();
        let said = whole::records(erasing.table, &chain, "SAID#").await?;
        let gone = said.iter().map(|item| Write::forget(Key::new(&chain, sort_key(item))));
        erasing.write(gone.collect()).await?;
    }
    // What pictures look like shows a little of them.
    let seen = view.steps.values().flat_map(|step| &step.seen);
    let near = reuse::near_pk(&view.job.tenant);
    let noted = seen.map(|place| Write::forget(Key::new(&near, place)));
    erasing.write(noted.collect()).await?;
    for pk in [job_pk(&view.job.id), event::log(&view.job.id)] {
        let items = whole::records(erasing.table, &pk, "").await?;
        erasing.write(items.iter().filter_map(|item| scrub.write(item)).collect()).await?;
    }
    Ok(())
}
