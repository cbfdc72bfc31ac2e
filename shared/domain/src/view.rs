//! A job as it stands: all records of its partition, read at once.

use crate::error::{Error, Result};
use crate::id::{AssetId, JobId};
use crate::pipeline::{Gated, InForce, Pipeline, Plan, PortType, Scope, resolve};
use crate::ports::Table;
use crate::publish::window::WindowRecord;
use crate::record::{
    AssetRecord, AttemptRecord, JobRecord, PostingRecord, PublicationRecord, StepRecord, job_pk,
};
use crate::review::ReviewRecord;
use crate::store::{Item, Key, Query, Write, from_item, sort_key};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A job's pipeline and its plan, as they were when it was accepted, or retried under another mandate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanRecord {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// The order of its steps.
    pub plan: Plan,
    /// The gates of its tenant that are among them; none where it has none, or where an older release wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate: Option<InForce>,
}

impl PlanRecord {
    /// The plan of a pipeline that has its tenant's gates in it.
    pub fn of(gated: Gated) -> Self {
        let Gated { pipeline, mandate } = gated;
        Self { plan: pipeline.plan(), pipeline, mandate }
    }

    /// Where a job's plan lies.
    pub fn key(job: &JobId) -> Key {
        Key::new(job_pk(job), "PLAN")
    }
}

/// A job with all that is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct JobView {
    /// The job itself.
    pub job: JobRecord,
    /// Its pipeline.
    pub pipeline: Pipeline,
    /// The order of its steps.
    pub plan: Plan,
    /// The gates of its tenant that are among them.
    pub mandate: Option<InForce>,
    /// The steps that were taken up, by name.
    pub steps: BTreeMap<String, StepRecord>,
    /// The attempts, in the order of steps and numbers.
    pub attempts: Vec<AttemptRecord>,
    /// The assets, by id.
    pub assets: BTreeMap<AssetId, AssetRecord>,
    /// What was or is being published.
    pub publications: Vec<PublicationRecord>,
    /// What posts were or are being published, by step.
    pub postings: Vec<PostingRecord>,
    /// When publish steps may begin that wait for it.
    pub windows: Vec<WindowRecord>,
    /// What people were asked, by gate and round.
    pub reviews: Vec<ReviewRecord>,
    /// The bytes that are known to be bad, and never go out: nothing that is shown tells of them.
    pub planted: BTreeSet<String>,
}

/// How the keys of what is planted in a job begin.
const PLANTED: &str = "PLANTED";

/// The write that puts on record that bytes of a job are known to be bad.
pub(crate) fn planted(job: &JobId, sha256: &str) -> Result<Write> {
    Write::put(Key::new(job_pk(job), format!("{PLANTED}#{sha256}")), &json!({}))
}

impl JobView {
    /// A job of which nothing was done yet.
    pub fn fresh(job: JobRecord, plan: PlanRecord) -> Self {
        let PlanRecord { pipeline, plan, mandate } = plan;
        Self {
            job,
            pipeline,
            plan,
            mandate,
            steps: BTreeMap::new(),
            attempts: Vec::new(),
            assets: BTreeMap::new(),
            publications: Vec::new(),
            postings: Vec::new(),
            windows: Vec::new(),
            reviews: Vec::new(),
            planted: BTreeSet::new(),
        }
    }

    /// Reads a job; none where there is none.
    pub async fn read(table: &dyn Table, job: &JobId) -> Result<Option<Self>> {
        Self::from_items(&table.query(&Query::partition(job_pk(job))).await?)
    }

    /// Reads a job that must be there.
    pub async fn expect(table: &dyn Table, job: &JobId) -> Result<Self> {
        let view = Self::read(table, job).await?;
        view.ok_or_else(|| Error::Invalid(format!("there is no job {job}")))
    }

    pub(crate) fn from_items(items: &[Item]) -> Result<Option<Self>> {
        let find = |sk: &str| items.iter().find(|item| sort_key(item) == sk);
        let (Some(job), Some(plan)) = (find("META"), find("PLAN")) else { return Ok(None) };
        let plan: PlanRecord = from_item(plan)?;
        let mut view = Self::fresh(from_item(job)?, plan);
        for item in items {
            match sort_key(item).split('#').next() {
                Some("STEP") => {
                    let step: StepRecord = from_item(item)?;
                    view.steps.insert(step.name.clone(), step);
                }
                Some("ATTEMPT") => view.attempts.push(from_item(item)?),
                Some("ASSET") => {
                    let asset: AssetRecord = from_item(item)?;
                    view.assets.insert(asset.id.clone(), asset);
                }
                Some("REVIEW") => view.reviews.push(from_item(item)?),
                Some(PLANTED) => {
                    let bytes = sort_key(item).split_once('#').map(|(_, bytes)| bytes.to_owned());
                    view.planted.extend(bytes);
                }
                Some("POSTING") => view.postings.push(from_item(item)?),
                Some("WINDOW") => view.windows.push(from_item(item)?),
                Some("PUBLICATION") => view.publications.push(from_item(item)?),
                _ => {}
            }
        }
        Ok(Some(view))
    }

    /// Its plan as it is kept.
    pub fn plan_record(&self) -> PlanRecord {
        let (pipeline, plan) = (self.pipeline.clone(), self.plan.clone());
        PlanRecord { pipeline, plan, mandate: self.mandate.clone() }
    }

    /// A step's record; a step that was never taken up is pending.
    pub fn step(&self, name: &str) -> StepRecord {
        self.steps.get(name).cloned().unwrap_or_else(|| StepRecord::pending(name, self.job.round))
    }

    /// The parameters of a step, with references replaced; an image becomes the id of its asset.
    ///
    /// What refers to steps that were skipped is left out.
    pub fn parameters(&self, step: &str) -> Result<Map<String, Value>> {
        let definition = self.definition(step)?;
        let with = definition
            .without(&|name| self.gone(definition, name))
            .map_err(|name| Error::Fault(format!("step {step} of {} needs {name}", self.job.id)))?;
        let outputs = |step: &str, port: &str| self.output(step, port);
        let (inputs, labels) = (&self.job.inputs, &self.job.labels);
        let each = definition.each.as_ref();
        let mut resolved = resolve(&with, &Scope { inputs, labels, each, outputs: &outputs })
            .map_err(|cause| Error::Fault(format!("step {step} of {}: {cause}", self.job.id)))?;
        let note = self.steps.get(step).and_then(|record| record.note.as_deref());
        if let (Some(note), Some(Value::String(prompt))) = (note, resolved.get_mut("prompt")) {
            // What is to be made otherwise is told where all else is told.
            prompt.push_str("\n\n");
            prompt.push_str(note);
        }
        Ok(resolved)
    }

    pub(crate) fn output(&self, step: &str, port: &str) -> Option<Value> {
        let record = self.steps.get(step)?;
        if port == "verdict" {
            return record.verdict.clone();
        }
        let kind = self.pipeline.step(step)?.kind;
        let ids = record.outputs.get(port)?;
        match kind.output(port)? {
            PortType::Images => Some(json!(ids)),
            PortType::Text => self.assets.get(ids.first()?)?.text.as_ref().map(|text| json!(text)),
            _ => ids.first().map(|id| json!(id)),
        }
    }

    /// The asset of that id.
    pub fn asset(&self, id: &str) -> Result<&AssetRecord> {
        let missing = || Error::Fault(format!("job {} has no asset {id:?}", self.job.id));
        self.assets.get(&AssetId::parse(id)?).ok_or_else(missing)
    }

    /// The assets that a parameter names: one id or a list of them.
    pub fn assets_of(&self, value: Option<&Value>) -> Result<Vec<&AssetRecord>> {
        match value {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(ids)) => {
                ids.iter().map(|id| self.asset(id.as_str().unwrap_or_default())).collect()
            }
            Some(id) => Ok(vec![self.asset(id.as_str().unwrap_or_default())?]),
        }
    }
}
