//! A tenant's jobs, newest first, page by page.

use crate::Intake;
use crate::answer::{Answered, echo};
use crate::auth::Asked;
use crate::query;
use aws::http::HttpResponse;
use domain::id::{JobId, TenantId};
use domain::job::{Sought, summary_json};
use domain::label::{self, Labels};
use domain::problem::ProblemDocument;
use domain::state::JobState;
use serde_json::{Value, json};

/// `GET /v1/jobs`.
pub(crate) async fn jobs(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    let labels = labels(asked)?;
    let known = ["state", "pipeline", "limit", "cursor", "label.NAME"];
    query::known_besides(asked.request, &known, "label.")?;
    let limit = query::number(asked.request, "limit", 20_usize, 1..=100)?;
    let state = state(asked)?;
    let pipeline = asked.request.query.get("pipeline");
    let after = cursor(intake, asked)?;
    let sought = Sought { state, pipeline: pipeline.cloned(), labels, ..Sought::default() };
    let page = sought.jobs(intake.table, asked.tenant(), after, limit).await?;
    let next = page.next.map(|after| seal(intake, asked.tenant(), &after));
    let jobs: Vec<Value> = page.jobs.iter().map(summary_json).collect();
    Ok(HttpResponse::json(200, &json!({ "jobs": jobs, "next": next }))
        .with("cache-control", "no-store"))
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
