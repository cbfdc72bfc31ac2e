//! The lanes: what there is, how much waits, and what things take.

use crate::Intake;
use crate::answer::Answered;
use crate::auth::Asked;
use crate::query;
use aws::http::HttpResponse;
use domain::lane::{GPU, LaneView, lane_json};
use serde_json::json;

/// `GET /v1/lanes`.
pub(crate) async fn list(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let view = LaneView::read(intake.table, GPU).await?;
    let lanes = [lane_json(&view, asked.tenant().as_str(), asked.now)];
    let answer = HttpResponse::json(200, &json!({ "lanes": lanes }));
    Ok(answer.with("cache-control", "no-store"))
}
