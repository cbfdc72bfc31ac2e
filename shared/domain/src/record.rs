//! The records of a job, and where they lie in the table.

mod asset;
mod posting;
mod publication;
mod work;

pub use asset::{AssetRecord, MadeBy, Stored, Tombstone};
pub use posting::{Gone, PostingRecord, posting_of_due};
pub use publication::{PublicationRecord, PublicationState};
pub use work::Work;

use crate::audit::Head;
use crate::id::{AssetId, AttemptId, JobId, PersonId, TenantId};
use crate::lane::{Rank, Resolution};
use crate::money::MicroUsd;
use crate::notify::Webhook;
use crate::reuse::{Follows, Reused};
use crate::state::{AttemptState, JobState, StepState};
use crate::store::Key;
use crate::time::Time;
use crate::vendor::Called;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The one value of the due index's hash.
pub const DUE: &str = "DUE";

/// A job's partition.
pub fn job_pk(job: &JobId) -> String {
    format!("JOB#{job}")
}

/// A job: one request for one pipeline version by one tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobRecord {
    /// Its id.
    pub id: JobId,
    /// Who pays.
    pub tenant: TenantId,
    /// Where the present run stands.
    pub state: JobState,
    /// The present run, from 1.
    pub run: u32,
    /// How often steps were sent back or retried, from 1.
    pub round: u32,
    /// The pipeline's name.
    pub pipeline: String,
    /// Its version; none where the document came with the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// What the caller gave, after the pipeline's defaults.
    pub inputs: Map<String, Value>,
    /// The caller's own marks.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The most it may cost.
    pub budget: MicroUsd,
    /// What its finished attempts cost.
    #[serde(default)]
    pub spent: MicroUsd,
    /// What it spent, and what its attempts that are under way will probably cost.
    #[serde(default)]
    pub taken: MicroUsd,
    /// When it was accepted.
    pub created_at: Time,
    /// When its state last changed.
    pub updated_at: Time,
    /// When the present run ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// Why it ended so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it went on without because of errors; where its run is not over, part of that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub degraded: Vec<Degraded>,
    /// The one step that the present run attempts; none where it attempts all that did not succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<String>,
    /// When and why its texts, and all or some of its bytes, were erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<Tombstone>,
    /// Whether a step was given an earlier result: then its assets may be copies.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reused: bool,
    /// Where its news goes; the tenant's own webhook where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// The person who submitted it; none where a tenant's key or a trigger did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_by: Option<PersonId>,
    /// The last entry of its audit chain; none where nobody decided anything about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<Head>,
    /// The caller's trace.
    pub traceparent: String,
    /// Where its tenant stood in the lanes when it was accepted.
    #[serde(default)]
    pub rank: Rank,
    /// When it may begin at the earliest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
    /// Hash of the due index; absent once nothing is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_pk: Option<String>,
    /// When the sweep should look at it next, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Time>,
    /// Hash of the index of a tenant's jobs.
    pub tenant_jobs: String,
    /// Range of the index of a tenant's jobs.
    pub sk_job: String,
}

impl JobRecord {
    /// Where a job lies.
    pub fn key(job: &JobId) -> Key {
        Key::new(job_pk(job), "META")
    }

    /// Whether its time has come.
    pub fn may_begin(&self, now: Time) -> bool {
        self.not_before.is_none_or(|at| at <= now)
    }

    /// Whether a further run may mend it.
    pub fn retryable(&self) -> bool {
        let degraded = self.state == JobState::Succeeded && !self.degraded.is_empty();
        self.erased.is_none() && (degraded || self.state.retryable())
    }
}

/// A step that a job went on without, or with another one's outputs, because it failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Degraded {
    /// The step.
    pub step: String,
    /// What happened to it.
    pub reason: String,
}

/// Why a step was not done, or not by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The run that decided so; the next one decides anew.
    pub run: u32,
    /// Why, as people read it.
    pub reason: String,
    /// Whether an error is behind it, here or upstream: then the job is degraded.
    pub error: bool,
}

/// A step of a job, in its present round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Its name in the pipeline.
    pub name: String,
    /// The round it stands in.
    pub round: u32,
    /// Where it stands.
    pub state: StepState,
    /// How many attempts were numbered, over all rounds.
    #[serde(default)]
    pub attempts: u32,
    /// The attempts numbered before this round.
    #[serde(default)]
    pub attempts_before: u32,
    /// How often a gate sent the flow back to it or to what it needs: each time with another seed.
    #[serde(default)]
    pub regenerations: u32,
    /// The task token of the execution that waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Where it waits in its lane, or waited last, as a sort key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_at: Option<String>,
    /// The lane that it waits in, or waited in last; none in what an older release wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lane: Option<String>,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_at: Option<Time>,
    /// When it was taken up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// Its outputs by port.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Vec<AssetId>>,
    /// What is to be made otherwise, in the words of who sent it back: told with its prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The model that makes it in place of its own, as the gate that sent it back says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// A gate's verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Value>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Why it was skipped, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Skipped>,
    /// The step whose outputs stand in for its own, because it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<String>,
    /// The same work of another step that it waits for, instead of paying for its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Follows>,
    /// The earlier result that it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reused: Option<Reused>,
    /// Where it is noted what its pictures look like; goes when something of the job is erased.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<String>,
    /// What the execution was told, and in which round: told again when asked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
}

/// What an execution was told of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// In which round.
    pub round: u32,
    /// The outcome.
    pub outcome: Value,
}

impl StepRecord {
    /// Where a step lies.
    pub fn key(job: &JobId, step: &str) -> Key {
        Key::new(job_pk(job), format!("STEP#{step}"))
    }

    /// Whether its deadline passed while an execution waits for it.
    pub fn overdue(&self, now: Time) -> bool {
        self.state.under_way() && self.deadline_at.is_some_and(|deadline| deadline <= now)
    }

    /// A step that was never taken up.
    pub fn pending(name: &str, round: u32) -> Self {
        Self {
            name: name.to_owned(),
            round,
            state: StepState::Pending,
            attempts: 0,
            attempts_before: 0,
            regenerations: 0,
            token: None,
            waits_at: None,
            lane: None,
            deadline_at: None,
            started_at: None,
            ended_at: None,
            outputs: BTreeMap::new(),
            note: None,
            model: None,
            verdict: None,
            error: None,
            skipped: None,
            used: None,
            follows: None,
            reused: None,
            seen: Vec::new(),
            told: None,
        }
    }
}

/// One try of one step in one slot, on the ledger before it is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// Its id.
    pub id: AttemptId,
    /// What the ledger knows of it.
    pub state: AttemptState,
    /// All that the call needs, to make it again elsewhere.
    pub work: Work,
    /// The host that it is at.
    pub host: String,
    /// That host's address.
    pub address: String,
    /// The slot that it holds, as the sort key in its lane.
    pub slot: String,
    /// What a second in the slot costs.
    pub usd_per_slot_second: MicroUsd,
    /// When it was claimed.
    pub started_at: Time,
    /// The number of the last report that was taken in.
    #[serde(default)]
    pub seq: u64,
    /// How much of it is done, from 0 to 1.
    #[serde(default)]
    pub fraction: f64,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// What it cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd: Option<MicroUsd>,
    /// Why it ended without outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// An operator's word on what became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Resolution>,
    /// What it made.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Vec<AssetId>>,
    /// The call to the vendor, where it is made by one.
    #[serde(flatten)]
    pub called: Called,
}

impl AttemptRecord {
    /// Where an attempt lies.
    pub fn key(attempt: &AttemptId) -> Key {
        let sk = format!("ATTEMPT#{}#{:03}", attempt.step(), attempt.number());
        Key::new(job_pk(&attempt.job()), sk)
    }

    /// Whether a vendor has it that can be asked how it stands. One that answers when it is done cannot, though it
    /// names what it did.
    pub fn followed(&self) -> bool {
        let checked = self.work.ask.as_ref().is_some_and(|ask| ask.check_s.is_some());
        checked && self.called.handle.is_some()
    }
}
