//! A tenant's jobs, newest first, page by page.

use crate::Intake;
use crate::answer::{Answered, echo};
use crate::auth::Asked;
use crate::query;
use aws::http::HttpResponse;
use domain::id::{JobId, TenantId};
use domain::job::summary_json;
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
    query::known(asked.request, &["state", "pipeline", "limit", "cursor"])?;
    let limit = query::number(asked.request, "limit", 20_usize, 1..=100)?;
    let state = state(asked)?;
    let pipeline = asked.request.query.get("pipeline");
    let mut after = cursor(intake, asked)?;
    let filtered = state.is_some() || pipeline.is_some();
    // One more than the page shows whether there is another.
    let stride = if filtered { STRIDE } else { limit as u32 + 1 };
    let fits = |job: &JobRecord| {
        state.is_none_or(|state| job.state == state) && pipeline.is_none_or(|p| *p == job.pipeline)
    };
    let (mut page, mut looked_at) = (Vec::new(), 0);
    let mut more = true;
    while more && page.len() < limit && looked_at < LOOKED_AT_MOST {
        let from = From::Jobs { tenant: asked.tenant().to_string(), after: after.clone() };
        let items = intake.table.query(&Query { from, backwards: true, limit: stride }).await?;
        more = items.len() == stride as usize;
        for (place, item) in items.iter().enumerate() {
            let job: JobRecord = from_item(item)?;
            looked_at += 1;
            after = Some(job.sk_job.clone());
            if fits(&job) {
                page.push(job);
            }
            if page.len() == limit {
                more |= place + 1 < items.len();
                break;
            }
        }
    }
    let next = after.filter(|_| more).map(|after| seal(intake, asked.tenant(), &after));
    let jobs: Vec<Value> = page.iter().map(summary_json).collect();
    Ok(HttpResponse::json(200, &json!({ "jobs": jobs, "next": next }))
        .with("cache-control", "no-store"))
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
