//! One job: all of it, or some of its assets with what was made from them.

use super::scrub::Scrub;
use super::{Erased, Erasing};
use crate::error::{Error, Result};
use crate::event;
use crate::id::{AssetId, JobId};
use crate::ports::Bucket;
use crate::record::{DUE, JobRecord, PublicationState, Tombstone, job_pk};
use crate::store::{Key, Write, Written, from_item};
use crate::tenant;
use crate::time::Time;
use crate::view::JobView;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// After so many seconds the sweep goes on with what was begun.
const UNFINISHED_S: u32 = 300;
/// After so many seconds the places are emptied once more: no host may write there any longer.
const LATE_S: u32 = 3 * 24 * 3600;

/// That something is to be erased; goes when it is certain that nothing comes after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Intent {
    /// When and why.
    pub tombstone: Tombstone,
    /// The assets; none for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets: Option<BTreeSet<AssetId>>,
    /// Whether all is gone, as far as it had come.
    pub done: bool,
    /// Hash of the due index.
    pub due_pk: String,
    /// When the sweep looks at it.
    pub due_at: Time,
}

impl Intent {
    /// Where a job's intent lies.
    pub(super) fn key(job: &JobId) -> Key {
        Key::new(job_pk(job), "ERASE")
    }
}

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
    let view = ended(erasing, id).await?;
    let assets = roots.map(|roots| descendants(&view, roots)).transpose()?;
    let tombstone = Tombstone { at: now, reason: reason.to_owned() };
    let due_at = now.plus_s(UNFINISHED_S);
    let intent = Intent { tombstone, assets, done: false, due_pk: DUE.into(), due_at };
    let begun = vec![
        Write::set(JobRecord::key(id), json!({ "erased": intent.tombstone }))
            .when_is("state", view.job.state)
            .when_is("run", view.job.run),
        Write::put(Intent::key(id), &intent)?,
    ];
    match erasing.table.write(begun).await? {
        Written::Done => finish(erasing, &view, &intent, now).await,
        Written::Refused(_) => Err(Error::Again(format!("job {id} was changed; erase it again"))),
    }
}

/// Goes on with what was begun, and later empties the places once more. For the sweep.
pub async fn resume(erasing: &Erasing<'_>, id: &JobId, now: Time) -> Result<()> {
    let items = erasing.table.get(&[Intent::key(id)]).await?;
    let Some(intent) = items[0].as_ref() else { return Ok(()) };
    let intent: Intent = from_item(intent)?;
    if now < intent.due_at {
        return Ok(());
    }
    let view = JobView::expect(erasing.table, id).await?;
    finish(erasing, &view, &intent, now).await?;
    if intent.done {
        erasing.write(vec![Write::delete(Intent::key(id))]).await?;
    }
    Ok(())
}

pub(super) async fn ended(erasing: &Erasing<'_>, id: &JobId) -> Result<JobView> {
    let view = JobView::expect(erasing.table, id).await?;
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

async fn finish(
    erasing: &Erasing<'_>,
    view: &JobView,
    intent: &Intent,
    now: Time,
) -> Result<Erased> {
    let (job, tenant) = (&view.job.id, &view.job.tenant);
    let all: BTreeSet<AssetId> = view.assets.keys().cloned().collect();
    let assets = intent.assets.as_ref().unwrap_or(&all);
    let mut gone = published(erasing, view, assets).await?;
    gone.jobs = 1;
    gone.and(bytes(erasing, view, assets).await?);
    for place in [format!("incoming/{job}."), format!("previews/{job}.")] {
        gone.objects += erasing.below(Bucket::Assets, place).await?;
    }
    if intent.assets.is_none() {
        gone.objects += erasing.below(Bucket::Assets, format!("{tenant}/{job}/")).await?;
    }
    records(erasing, view, &Scrub { assets, texts: true, tombstone: &intent.tombstone }).await?;
    let later = json!({ "done": true, "due_at": now.plus_s(LATE_S) });
    erasing.write(vec![Write::set(Intent::key(job), later)]).await?;
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
        gone.objects += erasing.object(Bucket::Assets, &asset.key).await?;
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
    for item in erasing.records(&tenant::pk(&view.job.tenant), latest).await? {
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
    for pk in [job_pk(&view.job.id), event::log(&view.job.id)] {
        let items = erasing.records(&pk, "").await?;
        erasing.write(items.iter().filter_map(|item| scrub.write(item)).collect()).await?;
    }
    Ok(())
}
