//! A tenant's jobs, newest first, page by page.

use crate::Intake;
use crate::answer::{Answered, echo};
use crate::auth::Asked;
use crate::query;
use aws::http::HttpResponse;
use domain::Error;
use domain::id::{JobId, TenantId};
use domain::job::summary_json;
use domain::label::{self, Labels};
use domain::problem::ProblemDocument;
use domain::record::JobRecord;
use domain::state::JobState;
use domain::store::{From, Query, from_item};
use serde_json::{Value, json};

/// How many jobs are looked at for one page; a rare filter comes back with fewer, and a cursor.
const LOOKED_AT_MOST: usize = 1000;
/// How many jobs one read brings while filtering.
const STRIDE: u32 = 100;

/// `GET /v1/jobs`.
pub(crate) async fn jobs(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    let labels = labels(asked)?;
    let known = ["state", "pipeline", "limit", "cursor", "label.NAME"];
    query::known_besides(asked.request, &known, "label.")?;
    let limit = query::number(asked.request, "limit", 20_usize, 1..=100)?;
    let state = state(asked)?;
    let pipeline = asked.request.query.get("pipeline");
    let mut after = cursor(intake, asked)?;
    let filtered = state.is_some() || pipeline.is_some() || !labels.is_empty();
    // One more than the page shows whether there is another.
    let stride = if filtered { STRIDE } else { limit as u32 + 1 };
    let fits = |job: &JobRecord| {
        state.is_none_or(|state| job.state == state)
            && pipeline.is_none_or(|p| *p == job.pipeline)
            && labels.iter().all(|(name, value)| job.labels.get(name) == Some(value))
    };
    let (mut page, mut looked_at) = (Vec::new(), 0);
    let mut more = true;
    while more && page.len() < limit && looked_at < LOOKED_AT_MOST {
        let found = match labels.first_key_value() {
            Some(label) => labelled(intake, asked.tenant(), label, after.clone(), stride).await?,
            None => newest(intake, asked.tenant(), after.clone(), stride).await?,
        };
        more = found.len() == stride as usize;
        let last = found.len();
        for (place, (id, job)) in found.into_iter().enumerate() {
            looked_at += 1;
            after = Some(id);
            page.extend(job.filter(fits));
            if page.len() == limit {
                more |= place + 1 < last;
                break;
            }
        }
    }
    let next = after.filter(|_| more).map(|after| seal(intake, asked.tenant(), &after));
    let jobs: Vec<Value> = page.iter().map(summary_json).collect();
    Ok(HttpResponse::json(200, &json!({ "jobs": jobs, "next": next }))
        .with("cache-control", "no-store"))
}

/// A stretch of jobs, newest first, each with its place; an entry whose job is gone has none.
type Stretch = Vec<(String, Option<JobRecord>)>;

async fn newest(
    intake: &Intake<'_>,
    tenant: &TenantId,
    after: Option<String>,
    limit: u32,
) -> Answered<Stretch> {
    let from = From::Jobs { tenant: tenant.to_string(), after };
    let items = intake.table.query(&Query { from, backwards: true, limit }).await?;
    let jobs = items.iter().map(|item| {
        let job: JobRecord = from_item(item)?;
        Ok((job.sk_job.clone(), Some(job)))
    });
    Ok(jobs.collect::<Result<_, Error>>()?)
}

/// The same by the entries of a label: only jobs that have it are looked at.
async fn labelled(
    intake: &Intake<'_>,
    tenant: &TenantId,
    (name, value): (&String, &String),
    after: Option<String>,
    limit: u32,
) -> Answered<Stretch> {
    let pk = label::partition(tenant, name, value);
    let from = From::Partition { pk, prefix: String::new(), after };
    let entries = intake.table.query(&Query { from, backwards: true, limit }).await?;
    let ids = entries.iter().map(label::job_of).collect::<Result<Vec<_>, Error>>()?;
    let keys: Vec<_> = ids.iter().map(JobRecord::key).collect();
    let jobs = intake.table.get(&keys).await?;
    let jobs = ids
        .iter()
        .zip(jobs)
        .map(|(id, item)| Ok((id.to_string(), item.as_ref().map(from_item).transpose()?)));
    Ok(jobs.collect::<Result<_, Error>>()?)
}

/// The labels that jobs must have, as in `label.campaign=spring`.
fn labels(asked: &Asked<'_>) -> Result<Labels, ProblemDocument> {
    let mut labels = Labels::new();
    for (parameter, value) in &asked.request.query {
        let Some(name) = parameter.strip_prefix("label.") else { continue };
        if !label::is_name(name) {
            let detail = format!("no label is called so — {}", label::name_rule());
            return Err(ProblemDocument::parameter(&echo(parameter), detail));
        }
        if let Some((detail, fix)) = label::value_misfit(value) {
            return Err(ProblemDocument::parameter(parameter, format!("{detail} — {fix}")));
        }
        labels.insert(name.to_owned(), value.clone());
    }
    Ok(labels)
}

fn state(asked: &Asked<'_>) -> Result<Option<JobState>, ProblemDocument> {
    let Some(text) = asked.request.query.get("state") else { return Ok(None) };
    let state = JobState::ALL.iter().copied().find(|state| state.as_str() == text);
    let names: Vec<_> = JobState::ALL.iter().map(|state| state.as_str()).collect();
    state.map(Some).ok_or_else(|| {
        let detail = format!("it is {:?} — use one of {}", echo(text), names.join(", "));
        ProblemDocument::parameter("state", detail)
    })
}

fn cursor(intake: &Intake<'_>, asked: &Asked<'_>) -> Result<Option<String>, ProblemDocument> {
    let Some(text) = asked.request.query.get("cursor") else { return Ok(None) };
    let opened: Option<(TenantId, JobId)> = intake.signing_key.open("cursor", text);
    let own = opened.filter(|(tenant, _)| tenant == asked.tenant());
    own.map(|(_, job)| Some(job.to_string())).ok_or_else(|| {
        let detail = "it is none of ours — take `next` of the page before, or leave it out";
        ProblemDocument::parameter("cursor", detail)
    })
}

fn seal(intake: &Intake<'_>, tenant: &TenantId, after: &str) -> String {
    intake.signing_key.seal("cursor", &(tenant, after))
}
