//! Webhooks that come in: proved over the raw body, then a job, once.

use super::{events, unmatched};
use crate::Intake;
use crate::answer::{self, Answered, Stop};
use aws::http::{HttpRequest, HttpResponse};
use aws::trace::Trace;
use domain::problem::{ProblemDocument, ProblemType};
use domain::publish::entry::is_own;
use domain::store::from_item;
use domain::trigger::{
    Made, Match, Miss, Occurrence, On, Signed, TriggerRecord, Webhook, at_address, tells,
};
use serde_json::{Value, json};

/// `POST /v1/hooks/{id}`.
pub(crate) async fn take(intake: &Intake<'_>, request: &HttpRequest, id: &str) -> Answered {
    let now = intake.clock.now();
    let trigger = find(intake, id).await?.ok_or_else(|| answer::no("webhook", id))?;
    let (On::Webhook(webhook), Some(hook)) = (&trigger.on, &trigger.hook) else {
        return Err(answer::no("webhook", id).into());
    };
    let signed = signed(request);
    let unproved = |why: String| ProblemDocument::new(ProblemType::BadSignature, why);
    let event = webhook.verify(hook, &signed, now).map_err(unproved)?;
    let mut event = Occurrence::webhook(&trigger.name, event, &signed, detail(request)?, now);
    if let (Some(name), Some(rest)) = (&webhook.header, event.rest.get_mut("headers")) {
        // The signature is nobody's business from here on.
        rest[name.as_str()] = Value::Null;
    }
    let mut misses = trigger.misses(&event);
    if misses.is_empty() {
        misses.extend(own(intake, &trigger, webhook, &event).await?);
    }
    if !misses.is_empty() {
        tracing::info!(event = event.id, trigger = trigger.name, "the trigger waits for others");
        unmatched(intake);
        let body = json!({ "matches": false, "misses": misses, "job": null });
        return Ok(HttpResponse::json(200, &body));
    }
    let traceparent = match request.header("traceparent") {
        Some(given) if Trace::parse(given).is_some() => given.to_owned(),
        _ => Trace::root(intake.clock.random()).to_string(),
    };
    let found = Match { fired: trigger.fire(&event), trigger: &trigger };
    let (status, job) = match events::fire(intake, &found, &traceparent).await {
        Ok(Made::New(job)) => (202, job),
        Ok(Made::Repeated(job)) => (200, job),
        Err(Stop::Problem(problem)) => {
            events::refused(intake, &trigger, &event.id, &problem);
            return Err(Stop::Problem(problem));
        }
        Err(error) => return Err(error),
    };
    let body = json!({ "matches": true, "misses": [], "job": job });
    Ok(HttpResponse::json(status, &body))
}

/// Whether an event tells of what we wrote ourselves, which fires nothing.
pub(super) async fn own(
    intake: &Intake<'_>,
    trigger: &TriggerRecord,
    webhook: &Webhook,
    event: &Occurrence,
) -> Answered<Option<Miss>> {
    let Ok(seen) = tells(webhook.scheme, &event.detail) else { return Ok(None) };
    let (kind, now) = (webhook.scheme.name(), intake.clock.now());
    let own = is_own(intake.table, &trigger.tenant, kind, &seen, now).await?;
    let why = || format!("Galley itself wrote that into {}: it fires no trigger", seen.id);
    Ok(own.then(|| Miss::new("/detail", why())))
}

/// What of a request its sender signed.
pub(super) fn signed(request: &HttpRequest) -> Signed<'_> {
    let HttpRequest { headers, body, method, path, .. } = request;
    Signed { headers, body, method, path }
}

/// The trigger at an address. A stranger learns nothing from guessing: whatever is wrong is nowhere.
async fn find(intake: &Intake<'_>, id: &str) -> Answered<Option<TriggerRecord>> {
    let Some((key, token)) = at_address(id) else { return Ok(None) };
    let item = intake.table.get(&[key]).await?.remove(0);
    let trigger: Option<TriggerRecord> = item.as_ref().map(from_item).transpose()?;
    Ok(trigger.filter(|trigger| trigger.is_at(token)))
}

/// What the sender says: JSON, as paths and patterns read it.
pub(super) fn detail(request: &HttpRequest) -> Result<Value, ProblemDocument> {
    serde_json::from_slice(&request.body).map_err(|cause| {
        let detail = format!("the body is not JSON: {cause}");
        ProblemDocument::body(ProblemType::MalformedBody, detail, "have the sender send JSON")
    })
}
