//! How good the gates are: what their verdicts, and people's word on them, come to.

use crate::Intake;
use crate::answer::{self, Answered};
use crate::auth::Asked;
use crate::query;
use aws::http::HttpResponse;
use domain::gate::report::{self, DAYS_MOST, DAYS_USUAL, Report};
use serde_json::{Value, json};

/// `GET /v1/gates/report`.
pub(crate) async fn report(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &["policy", "days"])?;
    let days = query::number(asked.request, "days", DAYS_USUAL, 1..=DAYS_MOST)?;
    let (table, tenant, when) = (intake.table, asked.tenant(), (days, asked.now));
    let reports = match asked.request.query.get("policy") {
        Some(policy) => {
            let report = report::report(table, tenant, policy, when).await?;
            vec![report.ok_or_else(|| answer::no("policy", policy))?]
        }
        None => report::reports(table, tenant, when).await?,
    };
    let reports: Vec<Value> = reports.iter().map(Report::json).collect();
    let answer = json!({ "days": days, "reports": reports });
    Ok(HttpResponse::json(200, &answer).with("cache-control", "no-store"))
}
