//! Jobs: submitted, shown, canceled, retried.

use crate::Intake;
use crate::answer::Answered;
use crate::auth::Asked;
use crate::clock::first;
use crate::prefer::Wait;
use crate::quotes;
use crate::submission::{Submission, Which};
use aws::http::HttpResponse;
use aws::trace::Trace;
use domain::budget;
use domain::catalog::PipelineRecord;
use domain::custody::{self, Taking};
use domain::gate::policy;
use domain::id::{JobId, TenantId};
use domain::job::{self, Acceptance, Accepted, Request, job_json};
use domain::label::{self, Labels};
use domain::lane::{Rank, explain};
use domain::money::MicroUsd;
use domain::pipeline::{Bound, Gated, Mandate, Pipeline, Problem};
use domain::problem::{ProblemDocument, ProblemType};
use domain::record::JobRecord;
use domain::state::JobState;
use domain::store::from_item;
use domain::tenant::{JobToken, TOKEN_S, TenantRecord};
use domain::view::JobView;
use domain::{Error, Result, Time};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// `POST /v1/jobs`.
pub(crate) async fn submit(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    crate::query::known(asked.request, &[])?;
    let mandate = asked.mandate()?;
    let submission = Submission::read(asked.request, mandate, intake.webhook_hosts, asked.now)?;
    let wait = Wait::asked(asked.request, asked.now)?;
    let acceptance = match &submission.idempotency {
        Some(used) if asked.found.contains_key(&used.record_key(asked.tenant())) => {
            job::replay(intake.table, intake.flow, (asked.tenant(), used), asked.now).await?
        }
        _ => accept(intake, asked, submission).await?,
    };
    let Acceptance::Accepted(accepted) = acceptance else { return Err(reused().into()) };
    tracing::info!(
        job = %accepted.job, tenant = %asked.tenant(), replayed = accepted.replayed, "accepted",
    );
    answer(intake, asked, accepted, wait).await
}

async fn accept(
    intake: &Intake<'_>,
    asked: &Asked<'_>,
    submission: Submission,
) -> Answered<Acceptance> {
    let Submission { which, inputs: given, labels, webhook, not_before, idempotency } = submission;
    let (pipeline, version) = self::which(asked, which)?;
    within(&pipeline, &labels)?;
    let bound = bind(&pipeline, &given, &labels)?;
    let tenant = asked.tenant();
    let record: Option<TenantRecord> = asked.found(&TenantRecord::key(tenant))?;
    let mandate = record.as_ref().map(|record| record.mandate.clone()).unwrap_or_default();
    let id = JobId::new(asked.now, first(intake.clock.random()));
    let Bound { pipeline, mut inputs } = bound;
    let pipeline = gated(intake, tenant, &mandate, pipeline, &id).await?;
    let least = quotes::payable(intake, pipeline.pipeline(), (&inputs, &labels), asked.now).await?;
    quotes::within_tenants(intake, record.as_ref(), least, asked.now).await?;
    let rank = Rank::of(record.as_ref());
    let keep = record.map(|record| record.keep).unwrap_or_default();
    let taking = Taking { tenant, job: &id, found: &asked.found, now: asked.now };
    let assets = custody::take(intake.objects, &taking, pipeline.pipeline(), &mut inputs).await?;
    let request = Request {
        tenant: tenant.clone(),
        pipeline,
        version,
        inputs,
        assets,
        labels,
        keep,
        rank,
        not_before,
        webhook,
        idempotency,
        submitted_by: asked.caller.person().map(|person| person.id.clone()),
        traceparent: traceparent(intake, asked),
        beside: Vec::new(),
    };
    Ok(job::accept(intake.table, intake.flow, request, id, asked.now).await?)
}

/// The pipeline with its tenant's gates in it, and with the policies that its gates are judged by.
pub(crate) async fn gated(
    intake: &Intake<'_>,
    tenant: &TenantId,
    mandate: &Mandate,
    pipeline: Pipeline,
    job: &JobId,
) -> Answered<Gated> {
    let invalid =
        |problems: Vec<Problem>| ProblemDocument::fields(ProblemType::InvalidPipeline, &problems);
    let gated = mandate.over(pipeline).map_err(invalid)?;
    let seed = policy::seed(intake.signing_key, job);
    let pinned = policy::pin_stored(intake.table, tenant, gated, &seed).await?;
    Ok(pinned.map_err(invalid)?)
}

/// The pipeline of a job, and its version where it is a stored one.
pub(crate) fn which(asked: &Asked<'_>, which: Which) -> Answered<(Pipeline, Option<u32>)> {
    Ok(match which {
        Which::Inline(pipeline) => (*pipeline, None),
        Which::Stored(which) => {
            let stored: Option<PipelineRecord> =
                asked.found(&which.key::<PipelineRecord>(asked.tenant()))?;
            let stored = stored.ok_or_else(|| ProblemDocument::no_pipeline(&which.to_string()))?;
            (stored.pipeline, Some(stored.version))
        }
    })
}

/// Whether the pipeline's labels and the job's own are together within bounds.
pub(crate) fn within(pipeline: &Pipeline, own: &Labels) -> Result<(), ProblemDocument> {
    let together = label::merged(&pipeline.labels, own).len();
    if together <= label::LABELS_MOST {
        return Ok(());
    }
    let detail = format!("there are {together} labels, those of {} counted", pipeline.name);
    let problem = Problem::new("/labels", detail, label::most());
    Err(ProblemDocument::fields(ProblemType::InvalidBody, &[problem]))
}

/// The pipeline and the inputs of a job, or all that is wrong with them.
pub(crate) fn bind(
    pipeline: &Pipeline,
    given: &Value,
    labels: &BTreeMap<String, String>,
) -> Result<Bound, ProblemDocument> {
    let invalid =
        |problems: Vec<Problem>| ProblemDocument::fields(ProblemType::InvalidInputs, &problems);
    pipeline.bound(given, labels).map_err(invalid)
}

fn reused() -> ProblemDocument {
    let detail = "it came with another body before, and is remembered for a day — use a new one";
    let header = ProblemDocument::header("Idempotency-Key", detail);
    ProblemDocument { kind: ProblemType::IdempotencyKeyReused, ..header }
}

fn traceparent(intake: &Intake<'_>, asked: &Asked<'_>) -> String {
    match asked.request.header("traceparent") {
        Some(given) if Trace::parse(given).is_some() => given.to_owned(),
        _ => Trace::root(intake.clock.random()).to_string(),
    }
}

async fn answer(
    intake: &Intake<'_>,
    asked: &Asked<'_>,
    accepted: Accepted,
    wait: Option<Wait>,
) -> Answered {
    let mut view = match accepted.fresh {
        Some(view) => *view,
        None => JobView::expect(intake.table, &accepted.job).await?,
    };
    let granted = wait.as_ref().map(|wait| wait.seconds);
    if let Some(wait) = wait
        && !view.job.state.terminal()
    {
        until_its_end(intake, &accepted.job, wait).await?;
        view = JobView::expect(intake.table, &accepted.job).await?;
    }
    let status = if granted.is_some() && view.job.state.terminal() { 200 } else { 202 };
    let mut body = job_json(&view);
    body["token"] = json!(token(intake, asked.tenant(), &accepted.job, asked.now));
    let mut answer = HttpResponse::json(status, &body)
        .with("location", format!("/v1/jobs/{}", accepted.job))
        .with("cache-control", "no-store");
    if accepted.replayed {
        answer = answer.with("idempotency-replayed", "true");
    }
    if let Some(seconds) = granted {
        answer = answer.with("preference-applied", format!("wait={seconds}"));
    }
    Ok(answer)
}

async fn until_its_end(intake: &Intake<'_>, id: &JobId, mut wait: Wait) -> Answered<()> {
    while wait.pause(intake).await {
        let item = intake.table.get(&[JobRecord::key(id)]).await?.remove(0);
        let job: Option<JobRecord> = item.as_ref().map(from_item).transpose()?;
        if job.is_none_or(|job| job.state.terminal()) {
            break;
        }
    }
    Ok(())
}

fn token(intake: &Intake<'_>, tenant: &TenantId, job: &JobId, now: Time) -> String {
    let token = JobToken { job: job.clone(), tenant: tenant.clone(), until: now.plus_s(TOKEN_S) };
    token.seal(intake.signing_key)
}

/// `GET /v1/jobs/{id}`.
pub(crate) async fn read(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    crate::query::known(asked.request, &[])?;
    let view = own(intake, asked).await?;
    let mut body = job_json(&view);
    explain(intake.table, &view, &mut body, asked.now).await?;
    Ok(HttpResponse::json(200, &body).with("cache-control", "no-store"))
}

/// `POST /v1/jobs/{id}/cancel`.
pub(crate) async fn cancel(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    let id = own(intake, asked).await?.job.id;
    let state = job::cancel(intake.table, intake.flow, intake.queue, &id, asked.now).await?;
    // What has ended is not touched: its caller sees how it ended.
    let status = if state == JobState::Canceling { 202 } else { 200 };
    let view = JobView::expect(intake.table, &id).await?;
    Ok(HttpResponse::json(status, &job_json(&view)))
}

/// `POST /v1/jobs/{id}/retry`.
pub(crate) async fn retry(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    let JobRecord { id, rank, .. } = own(intake, asked).await?.job;
    if rank.budgeted {
        let left = budget::left(intake.table, asked.tenant(), asked.now).await?;
        quotes::within_left(left, MicroUsd(1))?;
    }
    retried(intake, &id, job::retry(intake.table, intake.flow, &id, asked.now).await).await
}

/// The job that is tried again, in whole or in part; or why it is not.
pub(crate) async fn retried(intake: &Intake<'_>, id: &JobId, done: Result<()>) -> Answered {
    match done {
        Ok(()) => {}
        Err(Error::Invalid(why)) => {
            return Err(ProblemDocument::new(ProblemType::NotRetryable, why).into());
        }
        Err(error) => return Err(error.into()),
    }
    let view = JobView::expect(intake.table, id).await?;
    let answer = HttpResponse::json(202, &job_json(&view));
    Ok(answer.with("location", format!("/v1/jobs/{id}")))
}

/// The job that the address names, if this caller may see it.
pub(crate) async fn own(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered<JobView> {
    let id = JobId::parse(asked.id).map_err(|_| asked.nothing())?;
    let view = JobView::read(intake.table, &id).await?;
    let view = view.filter(|view| asked.caller.may_read(&id, &view.job.tenant).is_ok());
    Ok(view.ok_or_else(|| asked.nothing())?)
}
