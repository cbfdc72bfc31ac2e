//! Stored pipelines: put, shown, listed, and checked without storing.

use crate::Intake;
use crate::answer::{self, Answered, echo};
use crate::auth::Asked;
use crate::{body, query, quotes};
use aws::http::HttpResponse;
use domain::catalog::{self, PipelineRecord};
use domain::pipeline::{Pipeline, Problem, document};
use domain::problem::{ProblemDocument, ProblemType};
use domain::version::{self, Stored, VersionRef};
use serde_json::{Value, json};

/// The types of a document.
pub(crate) const TYPES: [&str; 4] =
    ["application/json", "application/yaml", "application/x-yaml", "text/yaml"];

/// `PUT /v1/pipelines/{name}`.
pub(crate) async fn put(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let pipeline = parse(asked)?;
    quotes::known(intake, &pipeline)?;
    if pipeline.name != asked.id {
        let detail =
            format!("the document is called {}, the address {}", pipeline.name, echo(asked.id));
        let fix = "make the two the same";
        let problem = Problem::new("/name", detail, fix);
        return Err(ProblemDocument::fields(ProblemType::InvalidPipeline, &[problem]).into());
    }
    let stored = catalog::put(intake.table, asked.tenant(), pipeline, asked.now).await?;
    let (status, record) = match stored {
        Stored::New(record) => (201, record),
        Stored::Same(record) => (200, record),
    };
    let PipelineRecord { name, version, sha256, .. } = record;
    tracing::info!(tenant = %asked.tenant(), "pipeline {name}@{version} stored");
    let body = json!({ "name": name, "version": version, "sha256": sha256 });
    let location = format!("/v1/pipelines/{name}?version={version}");
    Ok(HttpResponse::json(status, &body).with("location", location))
}

/// `GET /v1/pipelines/{name}`.
pub(crate) fn read(asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &["version"])?;
    let version = query::number(asked.request, "version", 0_u32, 1..=999_999)?;
    let version = Some(version).filter(|version| 0 < *version);
    let which = VersionRef { name: asked.id.to_owned(), version };
    let record: Option<PipelineRecord> =
        asked.found(&which.key::<PipelineRecord>(asked.tenant()))?;
    let record = record.ok_or_else(|| answer::no("pipeline", &which.to_string()))?;
    let mut body = summary(&record);
    body["pipeline"] = document(&record.pipeline);
    Ok(HttpResponse::json(200, &body))
}

/// `GET /v1/pipelines`.
pub(crate) async fn list(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let records = version::list::<PipelineRecord>(intake.table, asked.tenant()).await?;
    let pipelines: Vec<Value> = records.iter().map(summary).collect();
    Ok(HttpResponse::json(200, &json!({ "pipelines": pipelines })))
}

/// `POST /v1/pipelines/validate`.
pub(crate) fn validate(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let pipeline = parse(asked)?;
    quotes::known(intake, &pipeline)?;
    let waves = pipeline.plan().waves;
    Ok(HttpResponse::json(200, &json!({ "valid": true, "name": pipeline.name, "waves": waves })))
}

fn parse(asked: &Asked<'_>) -> Answered<Pipeline> {
    body::media_type(asked.request, &TYPES)?;
    let pipeline = Pipeline::parse_under(body::text(asked.request)?, asked.mandate()?);
    pipeline
        .map_err(|problems| ProblemDocument::fields(ProblemType::InvalidPipeline, &problems).into())
}

fn summary(record: &PipelineRecord) -> Value {
    json!({
        "name": record.name, "version": record.version, "sha256": record.sha256,
        "description": record.pipeline.description, "created_at": record.created_at.rfc3339(),
    })
}
