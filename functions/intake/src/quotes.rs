//! What jobs would cost, and which models there are: told before anything is paid.

use crate::Intake;
use crate::answer::{Answered, echo};
use crate::auth::Asked;
use crate::jobs::{self, bind};
use crate::query;
use crate::submission::Submission;
use aws::http::HttpResponse;
use domain::Time;
use domain::budget::{Left, Period};
use domain::id::JobId;
use domain::label::{self, Labels};
use domain::lane::LaneView;
use domain::money::MicroUsd;
use domain::pipeline::{Bound, Function, Kind, Pipeline, Problem};
use domain::problem::{ProblemDocument, ProblemType, child};
use domain::tenant::TenantRecord;
use domain::vendor::models_json;
use domain::vendor::quotes::Plan;
use serde_json::{Map, Value, json};
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
    let tenant: Option<TenantRecord> = asked.found(&TenantRecord::key(asked.tenant()))?;
    let mandate = tenant.as_ref().map(|tenant| tenant.mandate.clone()).unwrap_or_default();
    // What is asked at its gates costs, too; which job it would be makes no difference.
    let id = JobId::new(asked.now, [0; 10]);
    let gated = jobs::gated(intake, asked.tenant(), &mandate, pipeline, &id).await?;
    let plan = Plan { pipeline: gated.pipeline(), inputs: &inputs, labels: &labels };
    let lanes = lanes(intake, plan.lanes(intake.models)).await?;
    let (mut quote, range) = plan.quote(intake.models, &lanes, asked.now);
    quote["version"] = json!(version);
    let budget = tenant.map(|tenant| tenant.budget).unwrap_or_default();
    let left = budget.left(intake.table, asked.tenant(), asked.now).await?;
    quote["tenants_budget"] = json!(left.map(|left| json!({
        "period": left.period, "usd": left.limit.usd(), "left_usd": left.micros().usd(),
    })));
    let least = range.map(|range| range.least).unwrap_or_default();
    if left.is_some_and(|left| left.micros() < least) {
        quote["within_budget"] = json!(false);
    }
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
///
/// One's own hosts count as in a claim: by who is there now. Where the budget bears a render of theirs at any price, nobody
/// looks.
pub(crate) async fn payable(
    intake: &Intake<'_>,
    pipeline: &Pipeline,
    (inputs, labels): (&Map<String, Value>, &Labels),
    now: Time,
) -> Answered<MicroUsd> {
    let labels = label::merged(&pipeline.labels, labels);
    let plan = Plan { pipeline, inputs, labels: &labels };
    let least = plan.least(intake.models);
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
    let budget = MicroUsd(pipeline.budget_micros);
    let fix = "raise budget_usd, or ask for cheaper models or less effort: POST /v1/quotes shows their prices";
    let refused = |detail: String| {
        let problem = Problem::new("/pipeline/budget_usd", detail, fix);
        ProblemDocument::fields(ProblemType::OverBudget, &[problem])
    };
    let tight = plan.own(intake.models).into_iter().filter(|own| own.tight(budget));
    let tight: Vec<_> = tight.collect();
    let lanes = lanes(intake, tight.iter().map(|own| own.lane.clone()).collect()).await?;
    for own in tight {
        let costs = lanes.get(&own.lane).and_then(|lane| own.costs(lane, now));
        if let Some(costs) = costs.filter(|costs| budget < *costs) {
            let (step, costs, budget) = (&own.step.name, costs.usd(), budget.usd());
            let detail =
                format!("{step} costs about ${costs} on your hosts, and its budget is ${budget}");
            return Err(refused(detail).into());
        }
    }
    if least <= budget {
        let paid = pipeline.steps.iter().any(|step| step.kind.function() == Function::Lane);
        // What one's own hosts cost is theirs to tell: something.
        return Ok(if paid { least.max(MicroUsd(1)) } else { least });
    }
    let detail = format!("it costs at least ${}, and its budget is ${}", least.usd(), budget.usd());
    Err(refused(detail).into())
}

/// Refuses what costs more than is left of its tenant's budget.
pub(crate) async fn within_tenants(
    intake: &Intake<'_>,
    tenant: Option<&TenantRecord>,
    least: MicroUsd,
    now: Time,
) -> Answered<()> {
    let Some(TenantRecord { tenant, budget, .. }) = tenant else { return Ok(()) };
    let left = budget.left(intake.table, tenant, now).await?;
    Ok(within_left(left, least)?)
}

/// The same where what is left is known.
pub(crate) fn within_left(left: Option<Left>, least: MicroUsd) -> Result<(), ProblemDocument> {
    let Some(left) = left.filter(|left| left.micros() < least) else { return Ok(()) };
    let period = match left.period {
        Period::Day => "tomorrow",
        Period::Month => "with the next month",
    };
    let fix = format!("it goes on {period}, in UTC; your operator can raise it");
    let detail = match least {
        MicroUsd(..=1) => left.to_string(),
        least => format!("it costs at least ${}, and {left}", least.usd()),
    };
    Err(ProblemDocument::body(ProblemType::OverBudget, detail, fix))
}

/// Refuses a pipeline that names models which nobody has.
pub(crate) fn known(intake: &Intake<'_>, pipeline: &Pipeline) -> Result<(), ProblemDocument> {
    let problems = intake.models.misnamed(pipeline);
    match problems.is_empty() {
        true => Ok(()),
        false => Err(ProblemDocument::fields(ProblemType::InvalidPipeline, &problems)),
    }
}
