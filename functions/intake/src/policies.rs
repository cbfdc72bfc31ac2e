//! Stored policies: put, shown, listed, and checked without storing.

use crate::Intake;
use crate::answer::{self, Answered, echo};
use crate::auth::Asked;
use crate::{body, pipelines, query};
use aws::http::HttpResponse;
use domain::gate::policy::{self, Evaluator, Policy, PolicyRecord};
use domain::pipeline::{Kind, Problem};
use domain::problem::{ProblemDocument, ProblemType, child};
use domain::version::{self, Stored, VersionRef};
use serde_json::{Value, json};

/// `PUT /v1/policies/{name}`.
pub(crate) async fn put(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let policy = parse(intake, asked)?;
    if policy.name != asked.id {
        let detail =
            format!("the document is called {}, the address {}", policy.name, echo(asked.id));
        let problem = Problem::new("/name", detail, "make the two the same");
        return Err(ProblemDocument::fields(ProblemType::InvalidPolicy, &[problem]).into());
    }
    let person = asked.caller.person().ok_or_else(|| asked.nothing())?.id.to_string();
    let stored = policy::put(intake.table, asked.tenant(), policy, &person, asked.now).await?;
    let (status, record) = match stored {
        Stored::New(record) => (201, record),
        Stored::Same(record) => (200, record),
    };
    let PolicyRecord { name, version, .. } = &record;
    tracing::info!(tenant = %asked.tenant(), "policy {name}@{version} stored");
    let location = format!("/v1/policies/{name}?version={version}");
    Ok(HttpResponse::json(status, &summary(&record)).with("location", location))
}

/// `GET /v1/policies/{name}`.
pub(crate) fn read(asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &["version"])?;
    let version = query::number(asked.request, "version", 0_u32, 1..=999_999)?;
    let version = Some(version).filter(|version| 0 < *version);
    let which = VersionRef { name: asked.id.to_owned(), version };
    let record: Option<PolicyRecord> = asked.found(&which.key::<PolicyRecord>(asked.tenant()))?;
    let record = record.ok_or_else(|| answer::no("policy", &which.to_string()))?;
    let mut body = summary(&record);
    body["policy"] = record.policy.document();
    Ok(HttpResponse::json(200, &body))
}

/// `GET /v1/policies`.
pub(crate) async fn list(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let records = version::list::<PolicyRecord>(intake.table, asked.tenant()).await?;
    let policies: Vec<Value> = records.iter().map(summary).collect();
    Ok(HttpResponse::json(200, &json!({ "policies": policies })))
}

/// `POST /v1/policies/validate`.
pub(crate) fn validate(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let policy = parse(intake, asked)?;
    let body = json!({
        "valid": true, "name": policy.name, "sha256": policy.digest(),
        "policy": policy.document(),
    });
    Ok(HttpResponse::json(200, &body))
}

fn parse(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered<Policy> {
    body::media_type(asked.request, &pipelines::TYPES)?;
    let invalid =
        |problems: Vec<Problem>| ProblemDocument::fields(ProblemType::InvalidPolicy, &problems);
    let policy = Policy::parse(body::text(asked.request)?).map_err(invalid)?;
    let wrong = misnamed(intake, &policy);
    if wrong.is_empty() { Ok(policy) } else { Err(invalid(wrong).into()) }
}

/// What a policy says of models that is not so.
fn misnamed(intake: &Intake<'_>, policy: &Policy) -> Vec<Problem> {
    let wrong = policy.criteria.iter().filter_map(|(name, criterion)| {
        let kind = match criterion.evaluator {
            Evaluator::Judge => Kind::Write,
            Evaluator::Moderation => Kind::Moderate,
            Evaluator::Endpoint => Kind::Score,
            _ => return None,
        };
        let place = child(&child("/criteria", name), "with");
        intake.models.wrong(&child(&place, "model"), criterion.text("model"), kind)
    });
    wrong.collect()
}

fn summary(record: &PolicyRecord) -> Value {
    json!({
        "name": record.name, "version": record.version, "sha256": record.sha256,
        "owner": record.policy.owner, "description": record.policy.description,
        "changed_by": record.changed_by, "created_at": record.created_at.rfc3339(),
    })
}
