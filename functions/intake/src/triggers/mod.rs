//! Triggers: put, shown, listed, deleted, given another secret; and what sets them off.

pub(crate) mod events;
pub(crate) mod hooks;
pub(crate) mod trial;

use crate::Intake;
use crate::answer::{Answered, Stop};
use crate::auth::Asked;
use crate::{body, query};
use aws::http::{HttpRequest, HttpResponse};
use aws::metrics::{self, Metric, Unit};
use domain::catalog::PipelineRecord;
use domain::pipeline::{self, Problem};
use domain::problem::{ProblemDocument, ProblemType, echo};
use domain::tenant::TenantRecord;
use domain::trigger::{self, On, Pattern, Stored, TriggerRecord, Webhook, check_trigger};
use domain::version::VersionRef;
use serde_json::{Value, json};

/// `PUT /v1/triggers/{name}`.
pub(crate) async fn put(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let document = named(document(asked.request)?, asked.id)?;
    let checked = check_trigger(asked.tenant(), &document, asked.now).map_err(invalid)?;
    may_hear(asked, &checked)?;
    fits(intake, asked, &checked).await?;
    let stored = trigger::put(intake.table, &checked, intake.clock.random(), asked.now).await?;
    let Stored { trigger, new, secret } = stored;
    tracing::info!(tenant = %asked.tenant(), trigger = trigger.name, "trigger stored");
    let mut body = shown(asked, &trigger);
    if let Some(secret) = secret {
        body["secret"] = json!(secret);
    }
    let status = if new { 201 } else { 200 };
    let location = format!("/v1/triggers/{}", trigger.name);
    Ok(HttpResponse::json(status, &body)
        .with("location", location)
        .with("cache-control", "no-store"))
}

/// `GET /v1/triggers`.
pub(crate) async fn list(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let triggers = trigger::of(intake.table, asked.tenant()).await?;
    let triggers: Vec<Value> = triggers.iter().map(|trigger| shown(asked, trigger)).collect();
    Ok(HttpResponse::json(200, &json!({ "triggers": triggers })))
}

/// `GET /v1/triggers/{name}`.
pub(crate) fn read(asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    Ok(HttpResponse::json(200, &shown(asked, &own(asked)?)))
}

/// `DELETE /v1/triggers/{name}`.
pub(crate) async fn delete(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let trigger = own(asked)?;
    trigger::remove(intake.table, asked.tenant(), &trigger.name).await?;
    tracing::info!(tenant = %asked.tenant(), trigger = trigger.name, "trigger deleted");
    Ok(HttpResponse::json(200, &json!({ "name": trigger.name, "deleted": true })))
}

/// `POST /v1/triggers/{name}/secret`.
pub(crate) async fn rotate(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let trigger = own(asked)?;
    let no_webhook = || {
        let detail = format!("trigger {} waits for no webhook: it has no secret", trigger.name);
        ProblemDocument::new(ProblemType::InvalidTrigger, detail)
    };
    let On::Webhook(webhook) = &trigger.on else { return Err(no_webhook().into()) };
    let given = match asked.request.body.is_empty() {
        true => None,
        false => given(asked.request, webhook)?,
    };
    let secret = given.unwrap_or_else(|| webhook.generate(intake.clock.random()));
    let rotated =
        trigger::rotate(intake.table, asked.tenant(), &trigger.name, &secret, asked.now).await?;
    let rotated = rotated.ok_or_else(|| asked.nothing())?;
    tracing::info!(tenant = %asked.tenant(), trigger = rotated.name, "secret rotated");
    let mut body = shown(asked, &rotated);
    body["secret"] = json!(secret);
    Ok(HttpResponse::json(200, &body).with("cache-control", "no-store"))
}

/// The secret that a request brings, if it brings one that can be used.
fn given(request: &HttpRequest, webhook: &Webhook) -> Result<Option<String>, Stop> {
    let mut problems = Vec::new();
    let fields = body::object(request, &["secret"], &mut problems)?;
    let secret = match fields.get("secret") {
        None | Some(Value::Null) => None,
        Some(given) => {
            let text = given.as_str().unwrap_or_default();
            if let Err(fix) = webhook.usable(text) {
                problems.push(Problem::new("/secret", "the secret cannot be used", fix));
            }
            Some(text.to_owned())
        }
    };
    match problems.is_empty() {
        true => Ok(secret),
        false => Err(ProblemDocument::fields(ProblemType::InvalidBody, &problems).into()),
    }
}

/// The trigger that the address names, if it is this caller's.
fn own(asked: &Asked<'_>) -> Result<TriggerRecord, Stop> {
    let found = asked.found(&trigger::key(asked.tenant(), asked.id))?;
    found.ok_or_else(|| asked.nothing().into())
}

fn shown(asked: &Asked<'_>, trigger: &TriggerRecord) -> Value {
    trigger.json(asked.now)
}

fn invalid(problems: Vec<Problem>) -> Stop {
    ProblemDocument::fields(ProblemType::InvalidTrigger, &problems).into()
}

fn document(request: &HttpRequest) -> Result<Value, Stop> {
    body::media_type(request, &crate::pipelines::TYPES)?;
    pipeline::value(body::text(request)?).map_err(invalid)
}

/// The document under the address's name, whether it says so itself or not.
fn named(mut document: Value, name: &str) -> Result<Value, Stop> {
    if let Value::Object(fields) = &mut document {
        let said = fields.entry("name").or_insert_with(|| json!(name));
        if said != name {
            let detail =
                format!("the document is called {}, the address {}", body::shown(said), echo(name));
            return Err(invalid(vec![Problem::new("/name", detail, "make the two the same")]));
        }
    }
    Ok(document)
}

/// A tenant hears only those senders on the bus that the operator gave it: they speak of others, too.
fn may_hear(asked: &Asked<'_>, trigger: &TriggerRecord) -> Result<(), Stop> {
    let On::EventBridge { pattern } = &trigger.on else { return Ok(()) };
    let tenant: Option<TenantRecord> = asked.found(&TenantRecord::key(asked.tenant()))?;
    let granted = tenant.map(|tenant| tenant.sources).unwrap_or_default();
    let at = "/on/eventbridge/pattern";
    let pattern = Pattern::read(pattern, at).map_err(invalid)?;
    if pattern.hears_only(&granted) {
        return Ok(());
    }
    let detail = match granted.as_slice() {
        [] => format!("{} may hear no sender on the bus", asked.tenant()),
        some => format!("{} may hear {} and no other sender", asked.tenant(), some.join(", ")),
    };
    let fix = "name a source that it may hear, or ask the operator: `galley admin tenants sources`";
    Err(invalid(vec![Problem::new(&format!("{at}/source"), detail, fix)]))
}

/// Whether its pipeline is there and has these inputs.
async fn fits(intake: &Intake<'_>, asked: &Asked<'_>, trigger: &TriggerRecord) -> Answered<()> {
    let missing = || ProblemDocument::no_pipeline(&trigger.pipeline);
    let which = VersionRef::parse(&trigger.pipeline).ok_or_else(missing)?;
    let stored: Option<PipelineRecord> =
        domain::version::get(intake.table, asked.tenant(), &which).await?;
    let stored = stored.ok_or_else(missing)?;
    let misnamed = stored.pipeline.misnamed(trigger.inputs.keys().map(String::as_str));
    if misnamed.is_empty() { Ok(()) } else { Err(invalid(misnamed)) }
}

/// Counts what came of an event.
fn count(intake: &Intake<'_>, outcome: &str) {
    let metric = Metric { name: "TriggerEvents", unit: Unit::Count, value: 1.0 };
    metrics::emit(intake.clock.now(), &[("Outcome", outcome)], &[metric]);
}

/// Counts an event that nobody waits for: no error, and worth a look where there are many.
fn unmatched(intake: &Intake<'_>) {
    let metric = Metric { name: "TriggerUnmatched", unit: Unit::Count, value: 1.0 };
    metrics::emit(intake.clock.now(), &[], &[metric]);
}
