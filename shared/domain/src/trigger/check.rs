//! Whether a trigger can work, and can never be set off by what it makes itself.

use super::{On, TriggerRecord, path};
use crate::catalog::{PipelineRef, is_name};
use crate::id::TenantId;
use crate::pipeline::Problem;
use crate::time::Time;
use crate::upload;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Most characters of a source or a detail type.
const TEXT_MOST: usize = 256;

/// A tenant's trigger, from the document that describes it; or all that is wrong with that.
pub fn check_trigger(
    tenant: &TenantId,
    document: &Value,
    now: Time,
) -> Result<TriggerRecord, Vec<Problem>> {
    let mut problems = Vec::new();
    let Value::Object(fields) = document else {
        let fix = "give an object with name, on, pipeline and inputs";
        return Err(vec![Problem::new("", "the trigger is no object", fix)]);
    };
    let known = ["name", "on", "pipeline", "inputs", "dedupe"];
    unknown(fields, "", &known, &mut problems);
    let name = name(fields, &mut problems);
    let on = on(fields, tenant, &name, &mut problems);
    let pipeline = fields.get("pipeline").and_then(Value::as_str).unwrap_or_default();
    if PipelineRef::parse(pipeline).is_none() {
        let fix = "name a stored one: hero-image, or hero-image@3 for that version";
        problems.push(Problem::new("/pipeline", "it names no pipeline", fix));
    }
    let inputs = inputs(fields, &mut problems);
    let dedupe = dedupe(fields.get("dedupe"), &mut problems);
    match on {
        Some(on) if problems.is_empty() => Ok(TriggerRecord {
            tenant: tenant.clone(),
            name,
            on,
            pipeline: pipeline.to_owned(),
            inputs,
            dedupe,
            created_at: now,
        }),
        _ => Err(problems),
    }
}

fn unknown(fields: &Map<String, Value>, at: &str, known: &[&str], problems: &mut Vec<Problem>) {
    for name in fields.keys().filter(|name| !known.contains(&name.as_str())) {
        let detail = format!("there is no field {name}");
        problems.push(Problem::new(
            &format!("{at}/{name}"),
            detail,
            format!("use {}", known.join(", ")),
        ));
    }
}

fn name(fields: &Map<String, Value>, problems: &mut Vec<Problem>) -> String {
    let name = fields.get("name").and_then(Value::as_str).unwrap_or_default();
    if !is_name(name) || name == upload::DIRECT {
        let detail = format!("the name is {name:?}");
        let fix = "use a lower-case letter, then a-z, 0-9 and -, but not direct: uploads for no trigger are there";
        problems.push(Problem::new("/name", detail, fix));
    }
    name.to_owned()
}

fn on(
    fields: &Map<String, Value>,
    tenant: &TenantId,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Option<On> {
    let on = fields.get("on").and_then(Value::as_object).filter(|on| on.len() == 1);
    let on = on.and_then(|on| {
        let (kind, how) = on.iter().next()?;
        Some((kind.as_str(), how.as_object()?))
    });
    match on {
        Some(("s3", how)) => s3(how, tenant, name, problems),
        Some(("eventbridge", how)) => eventbridge(how, problems),
        _ => {
            let fix =
                "write {\"s3\": {}} or {\"eventbridge\": {\"source\": …, \"detail_type\": …}}";
            problems.push(Problem::new("/on", "it does not say what to wait for", fix));
            None
        }
    }
}

fn s3(
    how: &Map<String, Value>,
    tenant: &TenantId,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Option<On> {
    unknown(how, "/on/s3", &["prefix", "suffix"], problems);
    let own = upload::key(tenant, &format!("{name}/"));
    let prefix = how.get("prefix").map_or(Some(own.as_str()), Value::as_str).unwrap_or_default();
    if !prefix.starts_with(&own) {
        let detail =
            format!("{prefix:?} could take in what Galley makes itself, or another's uploads");
        let fix = format!("begin with {own}, or take the prefix out");
        problems.push(Problem::new("/on/s3/prefix", detail, fix));
    }
    let suffix = how.get("suffix").map(|suffix| suffix.as_str().unwrap_or_default().to_owned());
    if suffix.as_ref().is_some_and(String::is_empty) {
        let fix = "write an ending, such as .jpg, or take it out";
        problems.push(Problem::new("/on/s3/suffix", "the suffix is no text", fix));
    }
    Some(On::S3 { prefix: prefix.to_owned(), suffix })
}

fn eventbridge(how: &Map<String, Value>, problems: &mut Vec<Problem>) -> Option<On> {
    unknown(how, "/on/eventbridge", &["source", "detail_type"], problems);
    let mut text = |name: &str, example: &str| {
        let text = how.get(name).and_then(Value::as_str).unwrap_or_default();
        if !(1..=TEXT_MOST).contains(&text.chars().count()) {
            let detail = format!("{name} is no text of 1 to {TEXT_MOST} characters");
            let place = format!("/on/eventbridge/{name}");
            problems.push(Problem::new(&place, detail, format!("write one, such as {example}")));
        }
        text.to_owned()
    };
    let (source, detail_type) =
        (text("source", "cms.example"), text("detail_type", "entry.published"));
    // Galley's own news goes out as `galley…`, and what it writes to S3 comes back as `aws.s3`.
    if source.starts_with("aws.") || source.starts_with("galley") {
        let detail =
            format!("events of {source} tell of Galley's own work: each job could start the next");
        let fix = "use another source; for uploads write on: {\"s3\": {}}";
        problems.push(Problem::new("/on/eventbridge/source", detail, fix));
    }
    Some(On::EventBridge { source, detail_type })
}

/// One path or several.
fn dedupe(given: Option<&Value>, problems: &mut Vec<Problem>) -> Vec<String> {
    let paths = match given {
        None => return Vec::new(),
        Some(Value::Array(paths)) if !paths.is_empty() => paths.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    let texts = paths.iter().map(|value| value.as_str().unwrap_or_default().to_owned());
    let texts: Vec<String> = texts.collect();
    if texts.iter().any(|text| path(text).is_none()) {
        let fix = "write a path or a list of them, such as {{ event.detail.entry.id }}";
        problems.push(Problem::new("/dedupe", "it is no path into the event", fix));
    }
    texts
}

fn inputs(fields: &Map<String, Value>, problems: &mut Vec<Problem>) -> BTreeMap<String, Value> {
    let Some(Value::Object(inputs)) = fields.get("inputs") else {
        let fix = "give an object with a field per input of the pipeline";
        problems.push(Problem::new("/inputs", "the inputs are missing", fix));
        return BTreeMap::new();
    };
    for (name, given) in inputs {
        input(&format!("/inputs/{name}"), given, problems);
    }
    inputs.clone().into_iter().collect()
}

fn input(place: &str, given: &Value, problems: &mut Vec<Problem>) {
    let wrong = |text: &str| text.contains("{{") && path(text).is_none();
    let fix = "write one path and nothing else, such as {{ event.detail.entry.title }}";
    match given {
        Value::String(text) if wrong(text) => {
            problems.push(Problem::new(place, format!("{text:?} is no path into the event"), fix));
        }
        Value::Object(object) if object.contains_key("url") => {
            let detail = "a picture cannot be fetched from a URL yet";
            let fix = "upload it, and write {\"upload_key\": \"{{ event.detail.… }}\"}";
            problems.push(Problem::new(place, detail, fix));
        }
        Value::Object(object) if object.contains_key("upload_key") => {
            let key = object["upload_key"].as_str();
            if object.len() != 1 || key.is_none_or(|key| key.is_empty() || wrong(key)) {
                let detail = "upload_key is no key of an upload";
                let fix = "write {\"upload_key\": \"{{ event.detail.object.key }}\"} and nothing beside it";
                problems.push(Problem::new(place, detail, fix));
            }
        }
        _ => {}
    }
}
