//! Retention: how long a tenant's bytes and texts are kept, by class of asset.

use super::job::{bytes, records};
use super::scrub::Scrub;
use super::{Erased, Erasing};
use crate::chunk;
use crate::error::Result;
use crate::id::{AssetId, JobId};
use crate::notify::told;
use crate::ports::Bucket;
use crate::record::{DUE, JobRecord, Tombstone, job_pk};
use crate::store::{Key, Write, from_item};
use crate::time::Time;
use crate::view::JobView;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// Days that things are kept after the job was accepted; for ever where none is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// What callers brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<u32>,
    /// What only other assets were made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intermediates: Option<u32>,
    /// What was published, or what nothing else was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs: Option<u32>,
    /// Prompts, parameters and reasons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<u32>,
}

/// One class of what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Inputs,
    Intermediates,
    Outputs,
    Texts,
}

/// When which class of one job goes. Lies beside the job only where its tenant has a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepRecord {
    /// The policy as it was when the job was accepted, less what is gone.
    pub keep: Retention,
    /// When the job was accepted.
    pub since: Time,
    /// Hash of the due index.
    pub due_pk: String,
    /// When the next class goes.
    pub due_at: Time,
}

const DAY_S: u32 = 24 * 3600;

impl Retention {
    fn classes(&self) -> [(Class, Option<u32>); 4] {
        [
            (Class::Inputs, self.inputs),
            (Class::Intermediates, self.intermediates),
            (Class::Outputs, self.outputs),
            (Class::Texts, self.texts),
        ]
    }

    /// The write that keeps a new job by this policy; none where everything is kept for ever.
    pub fn write(&self, job: &JobId, now: Time) -> Result<Option<Write>> {
        let Some(days) = self.classes().iter().filter_map(|(_, days)| *days).min() else {
            return Ok(None);
        };
        let record = KeepRecord {
            keep: self.clone(),
            since: now,
            due_pk: DUE.into(),
            due_at: now.plus_s(days.saturating_mul(DAY_S)),
        };
        Write::create(KeepRecord::key(job), &record).map(Some)
    }
}

impl KeepRecord {
    /// Where it lies.
    pub fn key(job: &JobId) -> Key {
        Key::new(job_pk(job), "KEEP")
    }

    fn due(&self, days: Option<u32>, now: Time) -> bool {
        days.is_some_and(|days| self.since.plus_s(days.saturating_mul(DAY_S)) <= now)
    }

    /// The policy without the classes that are due.
    fn rest(&self, now: Time) -> Retention {
        let later = |days: Option<u32>| days.filter(|_| !self.due(days, now));
        Retention {
            inputs: later(self.keep.inputs),
            intermediates: later(self.keep.intermediates),
            outputs: later(self.keep.outputs),
            texts: later(self.keep.texts),
        }
    }
}

/// Erases what a job has kept long enough. For the sweep.
pub async fn keep(erasing: &Erasing<'_>, id: &JobId, now: Time) -> Result<Erased> {
    let items = erasing.table.get(&[KeepRecord::key(id)]).await?;
    let Some(record) = items[0].as_ref() else { return Ok(Erased::default()) };
    let record: KeepRecord = from_item(record)?;
    if now < record.due_at {
        return Ok(Erased::default());
    }
    let view = JobView::expect(erasing.table, id).await?;
    if !view.job.state.terminal() {
        // It still works with them.
        let later = json!({ "due_at": now.plus_s(DAY_S) });
        erasing.write(vec![Write::set(KeepRecord::key(id), later)]).await?;
        return Ok(Erased::default());
    }
    let due: Vec<Class> = record
        .keep
        .classes()
        .into_iter()
        .filter(|(_, days)| record.due(*days, now))
        .map(|(class, _)| class)
        .collect();
    let tombstone = Tombstone { at: now, reason: "kept as long as its tenant wanted".into() };
    let erased = json!({ "erased": tombstone });
    erasing
        .write(vec![Write::set(JobRecord::key(id), erased).when_is("run", view.job.run)])
        .await?;
    let assets = of_classes(&view, &due);
    let mut gone = bytes(erasing, &view, &assets).await?;
    if due.contains(&Class::Outputs) || due.contains(&Class::Intermediates) {
        // What was seen of them on the way stays no longer than they.
        for place in chunk::places(id) {
            gone.objects += erasing.below(Bucket::Assets, place).await?;
        }
    }
    let texts = due.contains(&Class::Texts);
    records(erasing, &view, &Scrub { assets: &assets, texts, tombstone: &tombstone }).await?;
    if texts {
        erasing.write(told(erasing.table, &view.job.tenant, id).await?).await?;
    }
    let rest = record.rest(now);
    let next = rest.classes().iter().filter_map(|(_, days)| *days).min();
    let write = match next {
        Some(days) => {
            let due_at = record.since.plus_s(days.saturating_mul(DAY_S));
            Write::set(KeepRecord::key(id), json!({ "keep": rest, "due_at": due_at }))
        }
        None => Write::delete(KeepRecord::key(id)),
    };
    erasing.write(vec![write]).await?;
    Ok(gone)
}

fn of_classes(view: &JobView, classes: &[Class]) -> BTreeSet<AssetId> {
    let sources: BTreeSet<&AssetId> =
        view.assets.values().flat_map(|asset| &asset.made_from).collect();
    let published: BTreeSet<&AssetId> = view.publications.iter().map(|sent| &sent.asset).collect();
    let class = |asset: &crate::record::AssetRecord| match () {
        () if asset.step == "inputs" => Class::Inputs,
        () if published.contains(&asset.id) || !sources.contains(&asset.id) => Class::Outputs,
        () => Class::Intermediates,
    };
    let due = view.assets.values().filter(|asset| classes.contains(&class(asset)));
    due.map(|asset| asset.id.clone()).collect()
}
