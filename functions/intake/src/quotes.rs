//! What jobs would cost, and which models there are: told before anything is paid.

use crate::Intake;
use crate::answer::{Answered, echo};
use crate::auth::Asked;
use crate::jobs::{self, bind};
use crate::query;
use crate::submission::Submission;
use aws::http::HttpResponse;
use domain::label::{self, Labels};
use domain::lane::LaneView;
use domain::money::MicroUsd;
use domain::pipeline::{Bound, Kind, Pipeline, Problem};
use domain::problem::{ProblemDocument, ProblemType, child};
use domain::vendor::models_json;
use domain::vendor::quotes::Plan;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// `POST /v1/quotes`: the same body as that of a job.
pub(crate) async fn quote(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let mandate = asked.mandate()?;
    let submission = Submission::read(asked.request, mandate, intake.webhook_hosts, asked.now)?;
    let (pipeline, version) = jobs::which(asked, submission.which)?;
    jobs::within(&pipeline, &submission.labels)?;
    let labels = label::merged(&pipeline.labels, &submission.labels);
    let Bound { pipeline, inputs } = bind(&pipeline, &submission.inputs, &submission.labels)?;
    let plan = Plan { pipeline: &pipeline, inputs: &inputs, labels: &labels };
    let lanes = lanes(intake, plan.lanes(intake.models)).await?;
    let (mut quote, _) = plan.quote(intake.models, &lanes, asked.now);
    quote["version"] = json!(version);
    Ok(HttpResponse::json(200, &quote).with("cache-control", "no-store"))
}

/// `GET /v1/models`.
pub(crate) async fn models(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &["kind", "vendor"])?;
    let kind = asked.request.query.get("kind");
    if let Some(kind) = kind.filter(|kind| Kind::named(kind).is_none()) {
        let detail = format!("there is no kind {:?} — see GET /pipeline.schema.json", echo(kind));
        return Err(ProblemDocument::parameter("kind", detail).into());
    }
    let vendors = intake.models.vendors();
    let vendor = asked.request.query.get("vendor");
    if let Some(vendor) = vendor.filter(|vendor| !vendors.contains(vendor.as_str())) {
        let known = vendors.iter().copied().collect::<Vec<_>>().join(", ");
        let detail = format!("there is no vendor {:?} — use one of {known}", echo(vendor));
        return Err(ProblemDocument::parameter("vendor", detail).into());
    }
    let names = vendors.into_iter().map(str::to_owned);
    let names = names.filter(|name| vendor.is_none_or(|vendor| vendor == name)).collect();
    let lanes = lanes(intake, names).await?;
    let mut rows = models_json(intake.models, &lanes, asked.now);
    rows.retain(|row| {
        let is = |name: &str, wanted: Option<&String>| {
            wanted.is_none_or(|wanted| row[name].as_str() == Some(wanted.as_str()))
        };
        is("kind", kind) && is("vendor", vendor)
    });
    let answer = HttpResponse::json(200, &json!({ "models": rows }));
    Ok(answer.with("cache-control", "no-store"))
}

async fn lanes(
    intake: &Intake<'_>,
    names: BTreeSet<String>,
) -> domain::Result<BTreeMap<String, LaneView>> {
    let mut lanes = BTreeMap::new();
    for name in names {
        let view = LaneView::read(intake.table, &name).await?;
        lanes.insert(name, view);
    }
    Ok(lanes)
}

/// Refuses a job that no model can do, or that its budget cannot pay for, before anything is on record.
pub(crate) fn payable(
    intake: &Intake<'_>,
    Bound { pipeline, inputs }: &Bound,
    labels: &Labels,
) -> Result<(), ProblemDocument> {
    let labels = label::merged(&pipeline.labels, labels);
    let least = Plan { pipeline, inputs, labels: &labels }.least(intake.models);
    let least = least.map_err(|nobody| {
        let problems: Vec<Problem> = nobody
            .into_iter()
            .map(|(step, why)| {
                let place = child("/pipeline/steps", &step);
                Problem::new(&place, why, "name another, or ask for less: see GET /v1/models")
            })
            .collect();
        ProblemDocument::fields(ProblemType::InvalidPipeline, &problems)
    })?;
    if least.0 <= pipeline.budget_micros {
        return Ok(());
    }
    let budget = MicroUsd(pipeline.budget_micros).usd();
    let detail = format!("it costs at least ${}, and its budget is ${budget}", least.usd());
    let fix = "raise budget_usd, or ask for cheaper models or less effort: POST /v1/quotes shows their prices";
    let problem = Problem::new("/pipeline/budget_usd", detail, fix);
    Err(ProblemDocument::fields(ProblemType::OverBudget, &[problem]))
}

/// Refuses a pipeline that names models which nobody has.
pub(crate) fn known(intake: &Intake<'_>, pipeline: &Pipeline) -> Result<(), ProblemDocument> {
    let problems = intake.models.misnamed(pipeline);
    match problems.is_empty() {
        true => Ok(()),
        false => Err(ProblemDocument::fields(ProblemType::InvalidPipeline, &problems)),
    }
}
