//! A tenant's deliveries: listed, and sent again.

use crate::Intake;
use crate::answer::{Answered, echo};
use crate::auth::Asked;
use crate::query;
use aws::http::HttpResponse;
use domain::id::TenantId;
use domain::notify::{self, DeliveryRecord, DeliveryState, deliveries_pk, delivery_json};
use domain::problem::ProblemDocument;
use domain::store::{From, Query, from_item};
use serde_json::{Value, json};

/// How many deliveries are looked at for one page; a rare state comes back with fewer, and a cursor.
const LOOKED_AT_MOST: usize = 500;

/// `GET /v1/deliveries`, those of the newest jobs first.
pub(crate) async fn list(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &["state", "limit", "cursor"])?;
    let limit = query::number(asked.request, "limit", 20_usize, 1..=100)?;
    let state = state(asked, &DeliveryState::ALL)?;
    let mut after = cursor(intake, asked)?;
    let stride = if state.is_none() { limit as u32 + 1 } else { 101 };
    let (mut page, mut looked_at, mut more) = (Vec::new(), 0, true);
    while more && page.len() < limit && looked_at < LOOKED_AT_MOST {
        let from = from(asked.tenant(), state, after.clone());
        let items = intake.table.query(&Query { from, backwards: true, limit: stride }).await?;
        more = items.len() == stride as usize;
        for (place, item) in items.iter().enumerate() {
            let delivery: DeliveryRecord = from_item(item)?;
            looked_at += 1;
            after = Some(delivery.id.clone());
            if state.is_none_or(|state| delivery.state == state) {
                page.push(delivery_json(&delivery));
            }
            if page.len() == limit {
                more |= place + 1 < items.len();
                break;
            }
        }
    }
    let next = after.filter(|_| more);
    let next = next.map(|after| intake.signing_key.seal("deliveries", &(asked.tenant(), after)));
    let body = json!({ "deliveries": page, "next": next });
    Ok(HttpResponse::json(200, &body).with("cache-control", "no-store"))
}

/// Dead ones have an index of their own; the others are many, and soon over.
fn from(tenant: &TenantId, state: Option<DeliveryState>, after: Option<String>) -> From {
    match state {
        Some(DeliveryState::Dead) => {
            From::Jobs { tenant: DeliveryRecord::dead_index(tenant), after }
        }
        _ => From::Partition { pk: deliveries_pk(tenant), prefix: String::new(), after },
    }
}

fn state(
    asked: &Asked<'_>,
    known: &[DeliveryState],
) -> Result<Option<DeliveryState>, ProblemDocument> {
    let Some(text) = asked.request.query.get("state") else { return Ok(None) };
    let state = known.iter().copied().find(|state| state.as_str() == text);
    let names: Vec<_> = known.iter().map(|state| state.as_str()).collect();
    state.map(Some).ok_or_else(|| {
        let detail = format!("it is {:?} — use {}", echo(text), names.join(", "));
        ProblemDocument::parameter("state", detail)
    })
}

fn cursor(intake: &Intake<'_>, asked: &Asked<'_>) -> Result<Option<String>, ProblemDocument> {
    let Some(text) = asked.request.query.get("cursor") else { return Ok(None) };
    let opened: Option<(TenantId, String)> = intake.signing_key.open("deliveries", text);
    let own = opened.filter(|(tenant, _)| tenant == asked.tenant());
    own.map(|(_, id)| Some(id)).ok_or_else(|| {
        let detail =
            "it is no cursor of deliveries — take `next` of the page before, or leave it out";
        ProblemDocument::parameter("cursor", detail)
    })
}

/// `POST /v1/deliveries/{id}/retry`.
pub(crate) async fn retry(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    if !DeliveryRecord::is_id(asked.id) {
        return Err(asked.nothing().into());
    }
    let (table, notices) = (intake.table, intake.notices);
    let sent = notify::retry(table, notices, asked.tenant(), asked.id, asked.now).await?;
    let delivery = sent.ok_or_else(|| asked.nothing())?;
    Ok(HttpResponse::json(202, &delivery_json(&delivery)))
}

/// `POST /v1/deliveries/retry`: all that are dead, as far as one call goes.
pub(crate) async fn retry_dead(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &["state"])?;
    state(asked, &[DeliveryState::Dead])?;
    let (table, notices) = (intake.table, intake.notices);
    let (retried, more) = notify::retry_dead(table, notices, asked.tenant(), asked.now).await?;
    let body: Value = json!({ "retried": retried, "more": more });
    Ok(HttpResponse::json(202, &body))
}
