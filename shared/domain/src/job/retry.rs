//! Retry: run 2 of a job keeps what succeeded and attempts only the rest.
//!
//! It is under the mandate that its tenant has now: where that is another one than before, the plan gets its
//! gates, and verdicts that were given under the old one count no more.

use crate::error::{Error, Result};
use crate::event::{Committed, Event, commit, last_number};
use crate::gate::policy;
use crate::id::JobId;
use crate::pipeline::Problem;
use crate::ports::{Flow, Table};
use crate::record::{DUE, Degraded, JobRecord, PostingRecord, PublicationState};
use crate::state::{JobState, StepState};
use crate::store::{Write, from_item};
use crate::tenant::TenantRecord;
use crate::time::Time;
use crate::view::{JobView, PlanRecord};
use serde_json::json;

use super::accept::{START_S, execution_input};

/// Starts the next run of a job that ended without success; `Invalid` where it did not.
pub async fn retry(table: &dyn Table, flow: &dyn Flow, id: &JobId, now: Time) -> Result<()> {
    let view = JobView::expect(table, id).await?;
    again(table, flow, view, None, now).await
}

/// Starts a run of an ended job that publishes one post once more, and does nothing else; `Invalid` where there is
/// nothing to publish, or the job came to no end.
pub async fn retry_post(
    table: &dyn Table,
    flow: &dyn Flow,
    (id, step): (&JobId, &str),
    now: Time,
) -> Result<()> {
    let view = JobView::expect(table, id).await?;
    let posting = view.postings.iter().find(|posting| posting.step == step);
    let named = PostingRecord::public_id(id, step);
    let refused = |why: String| Err(Error::Invalid(format!("publication {named} {why}")));
    match posting.map(|posting| posting.state) {
        None => return refused("is not there".into()),
        Some(PublicationState::Done) => {
            return refused("is there already: there is nothing to retry".into());
        }
        Some(_)
            if view.job.state == JobState::Accepted && view.job.only.as_deref() == Some(step) => {}
        Some(_) if !view.job.state.terminal() => {
            let why = format!("is part of job {id}, which is {}", view.job.state);
            return refused(format!("{why}: it can be retried once that has ended"));
        }
        Some(_) => {}
    }
    let lacks = |name: &&String| {
        let state = view.step(name).state;
        *name != step && !matches!(state, StepState::Succeeded | StepState::Skipped)
    };
    if let Some(open) = view.plan.waves.iter().flat_map(|wave| &wave.steps).find(lacks) {
        let why = format!("is not all that is lacking: {open} is {}", view.step(open).state);
        return refused(format!("{why}; retry the job instead: galley retry {id}"));
    }
    again(table, flow, view, Some(step), now).await
}

/// Starts the next run: of all that did not succeed, or of one step alone.
async fn again(
    table: &dyn Table,
    flow: &dyn Flow,
    mut view: JobView,
    only: Option<&str>,
    now: Time,
) -> Result<()> {
    let mut job = view.job.clone();
    let id = &view.job.id.clone();
    if job.state == JobState::Accepted && 1 < job.run {
        // A twin of this request was here, and may have died before the start.
        return start(table, flow, &view, &job).await;
    }
    if let Some(erased) = &job.erased {
        let message = format!("job {id} was {erased}");
        return Err(Error::Invalid(message));
    }
    if !job.retryable() {
        let message = match job.state {
            JobState::Succeeded => format!("job {id} succeeded: there is nothing to retry"),
            state => format!("job {id} is {state}: only an ended job can be retried"),
        };
        return Err(Error::Invalid(message));
    }
    let before = job.clone();
    job.state = JobState::Accepted;
    job.run += 1;
    job.round += 1;
    job.only = only.map(str::to_owned);
    // What else it lacks it goes on lacking.
    let lacks = job.degraded.iter().filter(|lacking| only.is_some_and(|only| lacking.step != only));
    let lacks: Vec<&Degraded> = lacks.collect();
    let lacks = (!lacks.is_empty()).then(|| json!(lacks));
    let fields = json!({
        "state": job.state, "run": job.run, "round": job.round, "updated_at": now, "ended_at": null,
        "reason": null, "degraded": lacks, "only": only, "due_pk": DUE, "due_at": now.plus_s(START_S),
    });
    let write = Write::set(JobRecord::key(id), fields)
        .when_is("state", before.state)
        .when_is("run", before.run);
    let mut writes = vec![write];
    if let Some(plan) = anew(table, &view).await? {
        writes.push(Write::put(PlanRecord::key(id), &plan)?);
        (view.pipeline, view.plan, view.mandate) = (plan.pipeline, plan.plan, plan.mandate);
    }
    view.job = job.clone();
    let mut event = Event::new(now, "job.retried").with("run", job.run);
    if let Some(only) = only {
        event = event.step(only);
    }
    let last = last_number(table, id).await?;
    match commit(table, id, last, writes, &[event]).await? {
        Committed::Done(_) => start(table, flow, &view, &job).await,
        Committed::Refused(_) => Err(Error::Again(format!("job {id} was changed; retry it again"))),
    }
}

/// The plan under the mandate that the tenant has now; none where it is the same as before.
async fn anew(table: &dyn Table, view: &JobView) -> Result<Option<PlanRecord>> {
    let items = table.get(&[TenantRecord::key(&view.job.tenant)]).await?;
    let tenant: Option<TenantRecord> = items[0].as_ref().map(from_item).transpose()?;
    let mandate = tenant.map(|tenant| tenant.mandate).unwrap_or_default();
    if mandate.in_force() == view.mandate {
        return Ok(None);
    }
    let refused = |problems: Vec<Problem>| {
        let why: Vec<_> = problems.into_iter().map(|problem| problem.detail).collect();
        Error::Invalid(format!("job {} cannot be retried: {}", view.job.id, why.join("; ")))
    };
    let gated = mandate.over(view.pipeline.clone()).map_err(refused)?;
    let pinned = policy::pin_stored(table, &view.job.tenant, gated, &seed(view)).await?;
    let gated = pinned.map_err(refused)?;
    Ok(Some(PlanRecord::of(gated)))
}

/// What nobody outside knows of a job that ran: the tokens by which its execution waited.
fn seed(view: &JobView) -> String {
    let tokens = view.steps.values().filter_map(|step| step.token.as_deref());
    format!("{}\n{}", view.job.id, tokens.collect::<Vec<_>>().join("\n"))
}

/// Starts the execution of the present run again; one that runs is not disturbed.
pub(crate) async fn restart(table: &dyn Table, flow: &dyn Flow, view: &JobView) -> Result<()> {
    start(table, flow, view, &view.job).await
}

/// Starts the execution of a run from its first wave with something left to do.
async fn start(table: &dyn Table, flow: &dyn Flow, view: &JobView, job: &JobRecord) -> Result<()> {
    let done = |step: &String| view.settled(step, job.run);
    let waves = &view.plan.waves;
    let from = waves.iter().position(|wave| !wave.steps.iter().all(done)).unwrap_or(waves.len());
    let plan = view.plan_record();
    let event = last_number(table, &job.id).await?;
    flow.start(&job.id.execution(job.run), &execution_input(job, &plan, from, event)).await
}
