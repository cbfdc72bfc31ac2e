//! A tenant's own webhook, and the secrets that sign what it gets.

use crate::Intake;
use crate::answer::Answered;
use crate::auth::Asked;
use crate::{body, query};
use aws::http::HttpResponse;
use domain::Time;
use domain::id::TenantId;
use domain::notify::signature::{OVERLAP_MOST_S, OVERLAP_S, Signing};
use domain::notify::{TenantWebhook, read_webhook, webhook_json};
use domain::pipeline::Problem;
use domain::problem::{ProblemDocument, ProblemType};
use domain::store::Write;
use serde_json::{Value, json};

/// `PUT /v1/webhook`. One that was gone is there again.
pub(crate) async fn put(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let known = ["url", "events"];
    let mut problems = Vec::new();
    let mut fields = body::object(asked.request, &known, &mut problems)?;
    fields.retain(|name, _| known.contains(&name.as_str()));
    let webhook = read_webhook(&Value::Object(fields), "", intake.webhook_hosts, &mut problems);
    let Some(webhook) = webhook.filter(|_| problems.is_empty()) else {
        return Err(ProblemDocument::fields(ProblemType::InvalidBody, &problems).into());
    };
    let record = TenantWebhook { webhook, updated_at: asked.now };
    intake.table.write(vec![Write::put(TenantWebhook::key(asked.tenant()), &record)?]).await?;
    tracing::info!(tenant = %asked.tenant(), "webhook put");
    Ok(shown(&record))
}

/// `GET /v1/webhook`.
pub(crate) fn read(asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let record: Option<TenantWebhook> = asked.found(&TenantWebhook::key(asked.tenant()))?;
    let none = || {
        let detail = "you have no webhook — PUT one to /v1/webhook";
        ProblemDocument::new(ProblemType::NotFound, detail)
    };
    Ok(shown(&record.ok_or_else(none)?))
}

fn shown(record: &TenantWebhook) -> HttpResponse {
    let mut answer = webhook_json(&record.webhook);
    answer["updated_at"] = json!(record.updated_at.rfc3339());
    HttpResponse::json(200, &answer).with("cache-control", "no-store")
}

/// `DELETE /v1/webhook`. Deliveries that are on their way go on.
pub(crate) async fn delete(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let key = TenantWebhook::key(asked.tenant());
    let deleted = asked.found.contains_key(&key);
    if deleted {
        // Refused where a twin was faster: it is as gone.
        intake.table.write(vec![Write::delete(key)]).await?;
    }
    Ok(HttpResponse::json(200, &json!({ "deleted": deleted })))
}

/// `GET /v1/webhook/secret`.
pub(crate) async fn secret(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let signing: Option<Signing> = asked.found(&Signing::key(asked.tenant()))?;
    Ok(revealed(intake, asked.tenant(), &signing.unwrap_or_default(), asked.now))
}

/// `POST /v1/webhook/rotate`.
pub(crate) async fn rotate(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let overlap_s = overlap(asked)?;
    let signing = Signing::rotate(intake.table, asked.tenant(), overlap_s, asked.now).await?;
    tracing::info!(tenant = %asked.tenant(), number = signing.number, "webhook secret rotated");
    Ok(revealed(intake, asked.tenant(), &signing, asked.now))
}

fn overlap(asked: &Asked<'_>) -> Answered<u32> {
    if asked.request.body.is_empty() {
        return Ok(OVERLAP_S);
    }
    let mut problems = Vec::new();
    let fields = body::object(asked.request, &["overlap_s"], &mut problems)?;
    let given = fields.get("overlap_s").filter(|given| !given.is_null());
    let seconds = given.map(|given| given.as_u64().and_then(|given| u32::try_from(given).ok()));
    let seconds = match seconds {
        None => OVERLAP_S,
        Some(Some(seconds)) if seconds <= OVERLAP_MOST_S => seconds,
        Some(_) => {
            let fix = format!("use whole seconds from 0 to {OVERLAP_MOST_S}");
            problems.push(Problem::new("/overlap_s", "the overlap is no such number", fix));
            OVERLAP_S
        }
    };
    match problems.is_empty() {
        true => Ok(seconds),
        false => Err(ProblemDocument::fields(ProblemType::InvalidBody, &problems).into()),
    }
}

/// The secrets that sign now. Whoever holds the tenant's key may see them.
fn revealed(intake: &Intake<'_>, tenant: &TenantId, signing: &Signing, now: Time) -> HttpResponse {
    let secrets = signing.secrets(intake.signing_key, tenant, now);
    let secrets: Vec<String> = secrets.iter().map(|secret| secret.reveal()).collect();
    let until = signing.previous_until.filter(|_| signing.rotating(now));
    let body = json!({ "secrets": secrets, "previous_until": until.map(Time::rfc3339) });
    HttpResponse::json(200, &body).with("cache-control", "no-store")
}
