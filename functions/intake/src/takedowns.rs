//! Take-downs: what was published of an asset goes everywhere, and its bytes are blocked.

use crate::Intake;
use crate::answer::Answered;
use crate::auth::Asked;
use crate::body::{self, shown};
use crate::clock::first;
use crate::query;
use aws::http::HttpResponse;
use domain::error::Result;
use domain::id::AssetId;
use domain::pipeline::Problem;
use domain::problem::{ProblemDocument, ProblemType};
use domain::record::AssetRecord;
use domain::store::from_item;
use domain::takedown::{self, Takedown};
use serde_json::Value;

/// Most characters of a reason.
const REASON_MOST: usize = 500;

/// `POST /v1/takedowns`. The same asset again is the same take-down, which looks once more.
pub(crate) async fn ask(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let mut problems = Vec::new();
    let fields = body::object(asked.request, &["asset", "reason"], &mut problems)?;
    let missing = Value::Null;
    let named = fields.get("asset").unwrap_or(&missing);
    let asset = own(intake, asked, named).await?;
    if asset.is_none() {
        let detail = format!("there is no asset {}", shown(named));
        problems.push(Problem::new("/asset", detail, "name an asset of one of your jobs"));
    }
    let reason = fields.get("reason").and_then(Value::as_str).map(str::trim).unwrap_or_default();
    if !(1..=REASON_MOST).contains(&reason.chars().count()) {
        let detail = match fields.get("reason") {
            None => "reason is missing".into(),
            Some(value) => format!("reason is {}", shown(value)),
        };
        let fix = format!("say why, in 1 to {REASON_MOST} characters");
        problems.push(Problem::new("/reason", detail, fix));
    }
    let Some(asset) = asset.filter(|_| problems.is_empty()) else {
        return Err(ProblemDocument::fields(ProblemType::InvalidBody, &problems).into());
    };
    let tenant = asked.tenant();
    let by = asked.caller.person().map_or_else(|| tenant.to_string(), |one| one.id.to_string());
    let wanted = takedown::Asked { tenant, asset: &asset, reason, by: &by };
    let salt = first(intake.clock.random());
    let (takedown, new) = takedown::ask(intake.table, &wanted, salt, asked.now).await?;
    tracing::info!(job.id = %asset.id.job(), %tenant, takedown = takedown.id, "a take-down was asked for");
    if let Err(cause) = takedown::nudge(intake.publisher, &takedown).await {
        // It is on record: the sweep finds it within a minute.
        tracing::warn!(takedown = takedown.id, "publish was not asked: {cause}");
    }
    let location = format!("/v1/takedowns/{}", takedown.id);
    let status = if new { 202 } else { 200 };
    Ok(HttpResponse::json(status, &takedown.shown()).with("location", location))
}

/// `GET /v1/takedowns/{id}`.
pub(crate) fn read(asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let found: Option<Takedown> = asked.found(&Takedown::key(asked.tenant(), asked.id))?;
    let takedown = found.ok_or_else(|| asked.nothing())?;
    Ok(HttpResponse::json(200, &takedown.shown()).with("cache-control", "no-store"))
}

/// The asset that a request names, if it is the caller's; one that was erased can be taken down all the same.
async fn own(intake: &Intake<'_>, asked: &Asked<'_>, named: &Value) -> Result<Option<AssetRecord>> {
    let Some(id) = named.as_str().and_then(|id| AssetId::parse(id).ok()) else { return Ok(None) };
    let found = intake.table.get(&[AssetRecord::record_key(&id)]).await?;
    let asset: Option<AssetRecord> = found[0].as_ref().map(from_item).transpose()?;
    Ok(asset.filter(|asset| asset.tenant == *asked.tenant()))
}
