//! A trigger that fired becomes a job, once.

use super::{Fired, TriggerRecord};
use crate::catalog::PipelineRecord;
use crate::custody::{self, Taking};
use crate::erase::Retention;
use crate::error::Error;
use crate::gate::policy;
use crate::id::JobId;
use crate::job::{self, Acceptance, Idempotency, Request};
use crate::label;
use crate::lane::Rank;
use crate::pipeline::{Bound, Gated, Problem};
use crate::ports::{Flow, Objects, Table};
use crate::problem::{ProblemDocument, ProblemType, Stop};
use crate::record::JobRecord;
use crate::sign::SigningKey;
use crate::store::{Item, Key, from_item};
use crate::tenant::TenantRecord;
use crate::time::Time;
use crate::version::VersionRef;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a job is made with.
#[derive(Clone, Copy)]
pub struct Making<'a> {
    /// Jobs, pipelines, triggers.
    pub table: &'a dyn Table,
    /// Uploads and assets.
    pub objects: &'a dyn Objects,
    /// Where jobs are started.
    pub flow: &'a dyn Flow,
    /// When.
    pub now: Time,
    /// The trace that the job belongs to.
    pub traceparent: &'a str,
    /// What judges of its gates are told apart by is derived from it.
    pub signing_key: &'a SigningKey,
}

impl Making<'_> {
    fn seed(&self, job: &JobId) -> String {
        policy::seed(self.signing_key, job)
    }
}

/// What came of a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// A new job.
    New(JobId),
    /// The event was here before: its job.
    Repeated(JobId),
}

/// A job before it is made.
#[derive(Clone, Debug)]
pub enum Prepared {
    /// It was made before.
    Seen(JobId),
    /// All that it needs.
    Ready(Box<Ready>),
}

/// A job that could be made.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Which pipeline.
    pub stored: PipelineRecord,
    /// The same as the job runs it, with its tenant's gates.
    pub gated: Gated,
    /// The inputs after the pipeline's defaults; pictures are not yet taken.
    pub inputs: Map<String, Value>,
    keep: Retention,
    rank: Rank,
    found: BTreeMap<Key, Item>,
}

/// Looks whether a job can be made, and makes none.
pub async fn prepare(
    table: &dyn Table,
    trigger: &TriggerRecord,
    fired: &Fired,
    seed: &str,
) -> Result<Prepared, Stop> {
    let which = VersionRef::parse(&trigger.pipeline);
    let which = which.ok_or_else(|| ProblemDocument::no_pipeline(&trigger.pipeline))?;
    let pipeline = which.key::<PipelineRecord>(&trigger.tenant);
    let made = JobRecord::key(&fired.job);
    let used = idempotency(trigger, fired).record_key(&trigger.tenant);
    let tenant = TenantRecord::key(&trigger.tenant);
    let mut keys = vec![pipeline.clone(), made.clone(), used.clone(), tenant.clone()];
    keys.extend(custody::assets_named(&fired.inputs));
    keys.sort();
    keys.dedup();
    let items = table.get(&keys).await?;
    let found: BTreeMap<Key, Item> =
        keys.into_iter().zip(items).filter_map(|(key, item)| Some((key, item?))).collect();
    // The event was here, a moment or a week ago; or another that tells of the same.
    if let Some(job) = found.get(&used).and_then(job::job_of) {
        return Ok(Prepared::Seen(job));
    }
    if found.contains_key(&made) {
        return Ok(Prepared::Seen(fired.job.clone()));
    }
    let stored = found.get(&pipeline);
    let stored = stored.ok_or_else(|| ProblemDocument::no_pipeline(&trigger.pipeline))?;
    let stored: PipelineRecord = from_item(stored)?;
    let labels = label::merged(&stored.pipeline.labels, &fired.labels).len();
    if label::LABELS_MOST < labels {
        let detail = format!("there are {labels} labels, those of {} counted", stored.name);
        let problem = Problem::new("/labels", detail, label::most());
        return Err(ProblemDocument::fields(ProblemType::InvalidBody, &[problem]).into());
    }
    let bound = stored.pipeline.bound(&Value::Object(fired.inputs.clone()), &fired.labels);
    let Bound { pipeline, inputs } =
        bound.map_err(|problems| ProblemDocument::fields(ProblemType::InvalidInputs, &problems))?;
    let tenant: Option<TenantRecord> = found.get(&tenant).map(from_item).transpose()?;
    let rank = Rank::of(tenant.as_ref());
    let (mandate, keep) = tenant.map(|tenant| (tenant.mandate, tenant.keep)).unwrap_or_default();
    let gated = mandate
        .over(pipeline)
        .map_err(|problems| ProblemDocument::fields(ProblemType::InvalidPipeline, &problems))?;
    let gated = policy::pin_stored(table, &trigger.tenant, gated, seed)
        .await?
        .map_err(|problems| ProblemDocument::fields(ProblemType::InvalidPipeline, &problems))?;
    Ok(Prepared::Ready(Box::new(Ready { stored, gated, inputs, keep, rank, found })))
}

/// Makes the job, or finds the one that was made; a crash between write and start is mended by the next
/// delivery, or by the sweep.
pub async fn make(
    making: &Making<'_>,
    trigger: &TriggerRecord,
    fired: &Fired,
) -> Result<Made, Stop> {
    let ready = match prepare(making.table, trigger, fired, &making.seed(&fired.job)).await? {
        Prepared::Ready(ready) => *ready,
        Prepared::Seen(job) => {
            job::start_again(making.table, making.flow, &job, making.now).await?;
            return Ok(Made::Repeated(job));
        }
    };
    let Ready { stored, gated, mut inputs, keep, rank, found } = ready;
    let taking =
        Taking { tenant: &trigger.tenant, job: &fired.job, found: &found, now: making.now };
    let assets = custody::take(making.objects, &taking, gated.pipeline(), &mut inputs).await?;
    let request = Request {
        tenant: trigger.tenant.clone(),
        pipeline: gated,
        version: Some(stored.version),
        inputs,
        assets,
        labels: fired.labels.clone(),
        keep,
        rank,
        not_before: None,
        webhook: None,
        idempotency: Some(idempotency(trigger, fired)),
        submitted_by: None,
        traceparent: making.traceparent.to_owned(),
        beside: Vec::new(),
    };
    let accepted = job::accept(making.table, making.flow, request, fired.job.clone(), making.now);
    match accepted.await? {
        Acceptance::Accepted(accepted) if accepted.replayed => Ok(Made::Repeated(accepted.job)),
        Acceptance::Accepted(accepted) => Ok(Made::New(accepted.job)),
        Acceptance::KeyReused => {
            Err(Error::Fault(format!("the key of trigger {} is another's", trigger.name)).into())
        }
    }
}

fn idempotency(trigger: &TriggerRecord, fired: &Fired) -> Idempotency {
    Idempotency::of_trigger(&trigger.name, &fired.dedupe)
}
