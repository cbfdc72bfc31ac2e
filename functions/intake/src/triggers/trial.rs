//! A trial of a trigger: the job that it would make of an event, and none made.

use super::own;
use crate::Intake;
use crate::answer::{Answered, Stop};
use crate::auth::Asked;
use crate::triggers::hooks;
use crate::{body, query};
use aws::Event;
use aws::http::HttpResponse;
use domain::gate::policy;
use domain::problem::{ProblemDocument, ProblemType};
use domain::trigger::{self, Fired, Occurrence, On, Prepared, Signed, TriggerRecord, Webhook};
use serde_json::{Value, json};

/// An event, and what was seen of its signature.
struct Tried {
    event: Occurrence,
    signature: Option<String>,
}

/// `POST /v1/triggers/{name}/test`.
pub(crate) async fn test(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let trigger = own(asked)?;
    let Tried { event, signature } = tried(asked, &trigger)?;
    let mut misses = trigger.misses(&event);
    if let (true, On::Webhook(webhook)) = (misses.is_empty(), &trigger.on) {
        misses.extend(hooks::own(intake, &trigger, webhook, &event).await?);
    }
    let mut answer = json!({
        "matches": misses.is_empty(), "misses": misses, "signature": signature,
        "event": event.value(), "job": null, "made_before": null, "problem": null,
    });
    if misses.is_empty() {
        match trigger.fire(&event) {
            Ok(fired) => would(intake, &trigger, &fired, &mut answer).await?,
            Err(why) => answer["problem"] = json!(why),
        }
    }
    Ok(HttpResponse::json(200, &answer))
}

async fn would(
    intake: &Intake<'_>,
    trigger: &TriggerRecord,
    fired: &Fired,
    answer: &mut Value,
) -> Answered<()> {
    let mut job = json!({
        "pipeline": trigger.pipeline, "version": null, "inputs": fired.inputs,
        "labels": fired.labels, "dedupe": fired.dedupe,
    });
    let seed = policy::seed(intake.signing_key, &fired.job);
    match trigger::prepare(intake.table, trigger, fired, &seed).await {
        Ok(Prepared::Seen(made)) => answer["made_before"] = json!(made),
        Ok(Prepared::Ready(ready)) => {
            job["pipeline"] = json!(ready.stored.name);
            job["version"] = json!(ready.stored.version);
            job["inputs"] = json!(ready.inputs);
        }
        Err(Stop::Problem(problem)) => answer["problem"] = json!(problem.detail),
        Err(error) => return Err(error),
    }
    answer["job"] = job;
    Ok(())
}

/// The event in the request: as EventBridge, the gateway or the sweep would hand it over.
fn tried(asked: &Asked<'_>, trigger: &TriggerRecord) -> Result<Tried, Stop> {
    let value: Value = match asked.request.body.is_empty() {
        true => Value::Null,
        false => {
            body::media_type(asked.request, &["application/json"])?;
            serde_json::from_str(body::text(asked.request)?).map_err(|cause| {
                let detail = format!("the body is not JSON: {cause}");
                ProblemDocument::body(ProblemType::MalformedBody, detail, "send an event as JSON")
            })?
        }
    };
    match &trigger.on {
        On::S3 { .. } | On::EventBridge { .. } => {
            if !(value["source"].is_string() && value["detail-type"].is_string()) {
                let detail = "the body is no event of EventBridge";
                let fix = "send one with source, detail-type and detail, such as events/s3-object-created.json";
                return Err(ProblemDocument::body(ProblemType::InvalidBody, detail, fix).into());
            }
            Ok(Tried { event: Occurrence::of_envelope(&value), signature: None })
        }
        On::Webhook(webhook) => received(asked, trigger, webhook, value),
        On::Schedule(_) => {
            let calendar = trigger.calendar();
            let next = || calendar.as_ref().and_then(|calendar| calendar.next(asked.now));
            let time = Occurrence::time_of(&value).or_else(next).unwrap_or(asked.now);
            Ok(Tried { event: trigger::occurrence(trigger, time, None), signature: None })
        }
    }
}

/// A request as the gateway has it, whose signature is looked at; or the body of one alone.
fn received(
    asked: &Asked<'_>,
    trigger: &TriggerRecord,
    webhook: &Webhook,
    value: Value,
) -> Result<Tried, Stop> {
    if let Ok(Event::Http(request)) = Event::parse(value.clone()) {
        let signed = hooks::signed(&request);
        let proved = trigger.hook.as_ref().map(|hook| webhook.verify(hook, &signed, asked.now));
        let (id, signature) = match proved {
            Some(Ok(id)) => (id, "valid".to_owned()),
            Some(Err(why)) => (webhook.id_of(&signed), why),
            None => (webhook.id_of(&signed), "the trigger has no secret".to_owned()),
        };
        let detail = hooks::detail(&request)?;
        let event = Occurrence::webhook(&trigger.name, id, &signed, detail, asked.now);
        return Ok(Tried { event, signature: Some(signature) });
    }
    let bytes = value.to_string().into_bytes();
    let headers = Default::default();
    let signed = Signed { headers: &headers, body: &bytes, method: "POST", path: "" };
    let id = webhook.id_of(&signed);
    let event = Occurrence::webhook(&trigger.name, id, &signed, value, asked.now);
    Ok(Tried { event, signature: None })
}
