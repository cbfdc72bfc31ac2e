//! A request becomes a job: one conditional transaction, whatever happens around it.

use crate::erase::Retention;
use crate::error::{Error, Result};
use crate::event::{self, Event};
use crate::id::{JobId, PersonId, TenantId};
use crate::label::{self, Labels};
use crate::lane::Rank;
use crate::money::MicroUsd;
use crate::notify::Webhook;
use crate::pipeline::Gated;
use crate::ports::{Flow, Table};
use crate::record::{AssetRecord, DUE, JobRecord};
use crate::sign::sha256;
use crate::spend;
use crate::state::JobState;
use crate::store::{Item, Key, Write, Written, from_item};
use crate::tenant;
use crate::time::Time;
use crate::view::{JobView, PlanRecord};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A request that passed every check.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who pays.
    pub tenant: TenantId,
    /// What to run.
    pub pipeline: Gated,
    /// Which version of it; none where the document came with the request.
    pub version: Option<u32>,
    /// What to run it on; images are ids of assets among `assets`.
    pub inputs: Map<String, Value>,
    /// The assets that the caller brought, already in custody.
    pub assets: Vec<AssetRecord>,
    /// The caller's own marks, which win over the pipeline's.
    pub labels: Labels,
    /// How long what it makes is kept.
    pub keep: Retention,
    /// Where its news goes; the tenant's own webhook where there is none.
    pub webhook: Option<Webhook>,
    /// The caller's key, and the hash of what it came with.
    pub idempotency: Option<Idempotency>,
    /// Where the tenant stands in the lanes.
    pub rank: Rank,
    /// When it may begin at the earliest.
    pub not_before: Option<Time>,
    /// The person who submits it, where a person does.
    pub submitted_by: Option<PersonId>,
    /// The caller's trace.
    pub traceparent: String,
    /// What is put on record with it, where there is more to it than was asked for.
    pub beside: Vec<Write>,
}

/// A caller's key and what it was used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idempotency {
    /// The key as given.
    pub key: String,
    /// The hash of the request that it came with.
    pub fingerprint: String,
}

/// A key that was used.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Used {
    fingerprint: String,
    job: JobId,
    /// When the table forgets it, in seconds since the Unix epoch.
    expires_at: i64,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Acceptance {
    /// A new job, or the one that this very request made before.
    Accepted(Accepted),
    /// The key was used for another request.
    KeyReused,
}

/// The job of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// The job.
    pub job: JobId,
    /// Whether it was made by an earlier twin of this request.
    pub replayed: bool,
    /// The job as it was just written; none where it was made before.
    pub fresh: Option<Box<JobView>>,
}

/// How long a key is remembered, in seconds.
const KEY_S: u32 = 24 * 3600;
/// How keys of triggers begin: no header can carry this.
const OF_TRIGGER: &str = "trigger\0";
/// After so long without a first step the sweep looks whether the execution was started.
pub(super) const START_S: u32 = 60;

impl Idempotency {
    /// The key of what a trigger makes: one that no caller can send.
    pub fn of_trigger(name: &str, dedupe: &str) -> Self {
        let key = format!("{OF_TRIGGER}{name}\0{dedupe}");
        Self { fingerprint: sha256(key.as_bytes()), key }
    }

    /// How long it is remembered, in seconds: senders of events repeat them for longer than callers do.
    fn kept_s(&self) -> u32 {
        if self.key.starts_with(OF_TRIGGER) { 30 * KEY_S } else { KEY_S }
    }

    /// Where the use of a key is on record, for a day.
    pub fn record_key(&self, tenant: &TenantId) -> Key {
        Key::new(tenant::pk(tenant), format!("IDEM#{}", sha256(self.key.as_bytes())))
    }
}

/// What an execution is started with: ids and widths, nothing that a crash could lose.
pub fn execution_input(job: &JobRecord, plan: &PlanRecord, from: usize, event: u64) -> Value {
    json!({
        "job": job.id, "run": job.run, "round": job.round, "traceparent": job.traceparent,
        "waves": plan.plan.widths(), "from": from, "event": event,
    })
}

/// Writes the job and starts its execution. A crash between the two is mended by the sweep.
pub async fn accept(
    table: &dyn Table,
    flow: &dyn Flow,
    request: Request,
    id: JobId,
    now: Time,
) -> Result<Acceptance> {
    let job = record(&request, &id, now);
    let plan = PlanRecord::of(request.pipeline);
    let event = Event::new(now, "job.accepted").with("pipeline", &job.pipeline);
    let mut writes = vec![
        Write::create(JobRecord::key(&id), &job)?,
        Write::create(PlanRecord::key(&id), &plan)?,
        Write::create(event::key(&id, 1), &Event { n: 1, ..event })?,
    ];
    writes.extend(label::entries(&job)?);
    writes.extend(spend::accepted(&job, now));
    for asset in &request.assets {
        writes.push(Write::create(AssetRecord::record_key(&asset.id), asset)?);
    }
    writes.extend(request.keep.write(&id, now)?);
    writes.extend(request.beside);
    if let Some(idempotency) = &request.idempotency {
        let used = Used {
            fingerprint: idempotency.fingerprint.clone(),
            job: id.clone(),
            expires_at: now.plus_s(idempotency.kept_s()).unix_s(),
        };
        writes.push(Write::create(idempotency.record_key(&request.tenant), &used)?);
    }
    match (table.write(writes).await?, &request.idempotency) {
        (Written::Done, _) => {
            if job.may_begin(now) {
                let input = execution_input(&job, &plan, 0, 1);
                let started = flow.start(&id.execution(job.run), &input).await;
                // With a key, the caller's repetition starts it at once. Without one a repetition would be
                // a second job; the first is on record, and the sweep starts it.
                if request.idempotency.is_some() {
                    started?;
                }
            }
            let fresh = Some(Box::new(fresh(job, plan, request.assets)));
            Ok(Acceptance::Accepted(Accepted { job: id, replayed: false, fresh }))
        }
        (Written::Refused(_), Some(idempotency)) => {
            replay(table, flow, (&request.tenant, idempotency), now).await
        }
        (Written::Refused(_), None) => Err(Error::Again(format!("job id {id} is taken"))),
    }
}

/// Starts the first run of a job that was accepted and may have been forgotten; whether there is one.
pub async fn start_again(
    table: &dyn Table,
    flow: &dyn Flow,
    id: &JobId,
    now: Time,
) -> Result<bool> {
    let keys = [JobRecord::key(id), PlanRecord::key(id)];
    let items = table.get(&keys).await?;
    let [Some(job), Some(plan)] = items.as_slice() else { return Ok(false) };
    let (job, plan): (JobRecord, PlanRecord) = (from_item(job)?, from_item(plan)?);
    // Its first answer may have been lost together with the start.
    if job.state == JobState::Accepted && job.run == 1 && job.may_begin(now) {
        flow.start(&job.id.execution(1), &execution_input(&job, &plan, 0, 1)).await?;
    }
    Ok(true)
}

/// The job of a key that was used.
pub fn job_of(used: &Item) -> Option<JobId> {
    from_item::<Used>(used).ok().map(|used| used.job)
}

/// The answer to a request whose key was used before; `Again` where it was forgotten meanwhile.
pub async fn replay(
    table: &dyn Table,
    flow: &dyn Flow,
    (tenant, idempotency): (&TenantId, &Idempotency),
    now: Time,
) -> Result<Acceptance> {
    let items = table.get(&[idempotency.record_key(tenant)]).await?;
    let Some(used) = items[0].as_ref() else {
        return Err(Error::Again("the idempotency key was forgotten this moment".into()));
    };
    let used: Used = from_item(used)?;
    if used.fingerprint != idempotency.fingerprint {
        return Ok(Acceptance::KeyReused);
    }
    start_again(table, flow, &used.job, now).await?;
    Ok(Acceptance::Accepted(Accepted { job: used.job, replayed: true, fresh: None }))
}

fn fresh(job: JobRecord, plan: PlanRecord, assets: Vec<AssetRecord>) -> JobView {
    let assets = assets.into_iter().map(|asset| (asset.id.clone(), asset)).collect();
    JobView { assets, ..JobView::fresh(job, plan) }
}

fn record(request: &Request, id: &JobId, now: Time) -> JobRecord {
    let pipeline = request.pipeline.pipeline();
    JobRecord {
        id: id.clone(),
        tenant: request.tenant.clone(),
        state: JobState::Accepted,
        run: 1,
        round: 1,
        pipeline: pipeline.name.clone(),
        version: request.version,
        inputs: request.inputs.clone(),
        labels: label::merged(&pipeline.labels, &request.labels),
        budget: MicroUsd(pipeline.budget_micros),
        spent: MicroUsd(0),
        taken: MicroUsd(0),
        created_at: now,
        updated_at: now,
        ended_at: None,
        reason: None,
        degraded: Vec::new(),
        only: None,
        erased: None,
        reused: false,
        webhook: request.webhook.clone(),
        submitted_by: request.submitted_by.clone(),
        audit: None,
        traceparent: request.traceparent.clone(),
        rank: request.rank.clone(),
        not_before: request.not_before,
        due_pk: Some(DUE.into()),
        // The sweep begins what was not to begin before, and what was forgotten.
        due_at: Some(request.not_before.filter(|at| now < *at).unwrap_or(now.plus_s(START_S))),
        tenant_jobs: request.tenant.to_string(),
        sk_job: id.to_string(),
    }
}
