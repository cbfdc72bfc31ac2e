//! Whether a trigger can work, and can never be set off by what it makes itself.

use super::mapping::{fillable, path};
use super::{On, Pattern, Schedule, TriggerRecord, Webhook};
use crate::catalog::is_name;
use crate::id::TenantId;
use crate::label::{self, Labels};
use crate::pipeline::Problem;
use crate::problem::child;
use crate::time::Time;
use crate::upload;
use crate::version::VersionRef;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Most characters of a source or a detail type.
const TEXT_MOST: usize = 256;
/// Most bytes of a label before its paths are filled in.
const TEMPLATE_MOST: usize = 500;
/// What a trigger's document may have.
pub const FIELDS: [&str; 6] = ["name", "on", "pipeline", "inputs", "labels", "dedupe"];

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
    unknown(fields, "", &FIELDS, &mut problems);
    let name = name(fields, &mut problems);
    let (on, secret) = on(fields, tenant, &name, now, &mut problems);
    let pipeline = fields.get("pipeline").and_then(Value::as_str).unwrap_or_default();
    if VersionRef::parse(pipeline).is_none() {
        let fix = "name a stored one: hero-image, or hero-image@3 for that version";
        problems.push(Problem::new("/pipeline", "it names no pipeline", fix));
    }
    let inputs = inputs(fields, &mut problems);
    let labels = labels(fields.get("labels"), &mut problems);
    let dedupe = dedupe(fields.get("dedupe"), &mut problems);
    match on {
        Some(on) if problems.is_empty() => Ok(TriggerRecord {
            tenant: tenant.clone(),
            name,
            on,
            pipeline: pipeline.to_owned(),
            inputs,
            labels,
            dedupe,
            created_at: now,
            updated_at: Some(now),
            revision: 0,
            hook: None,
            given: secret,
            since: None,
            due_pk: None,
            due_at: None,
        }),
        _ => Err(problems),
    }
}

pub(super) fn unknown(
    fields: &Map<String, Value>,
    at: &str,
    known: &[&str],
    problems: &mut Vec<Problem>,
) {
    for name in fields.keys().filter(|name| !known.contains(&name.as_str())) {
        let detail = format!("there is no field {name}");
        problems.push(Problem::new(&child(at, name), detail, format!("use {}", known.join(", "))));
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
    now: Time,
    problems: &mut Vec<Problem>,
) -> (Option<On>, Option<String>) {
    let on = fields.get("on").and_then(Value::as_object).filter(|on| on.len() == 1);
    let on = on.and_then(|on| {
        let (kind, how) = on.iter().next()?;
        Some((kind.as_str(), how.as_object()?))
    });
    match on {
        Some(("s3", how)) => (s3(how, tenant, name, problems), None),
        Some(("eventbridge", how)) => (eventbridge(how, problems), None),
        Some(("webhook", how)) => {
            let (webhook, secret) = Webhook::check(how, problems);
            (Some(On::Webhook(webhook)), secret)
        }
        Some(("schedule", how)) => (Some(On::Schedule(Schedule::check(how, now, problems))), None),
        _ => {
            let fix = "write {\"s3\": {}}, {\"eventbridge\": {\"pattern\": {…}}}, {\"webhook\": {}} or {\"schedule\": {\"cron\": …}}";
            problems.push(Problem::new("/on", "it does not say what to wait for", fix));
            (None, None)
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

/// A pattern, or the two fields that were all there was once.
fn eventbridge(how: &Map<String, Value>, problems: &mut Vec<Problem>) -> Option<On> {
    let (at, pattern) = match how.get("pattern") {
        Some(pattern) => {
            unknown(how, "/on/eventbridge", &["pattern"], problems);
            ("/on/eventbridge/pattern", pattern.clone())
        }
        None => {
            unknown(how, "/on/eventbridge", &["pattern", "source", "detail_type"], problems);
            let mut text = |name: &str, example: &str| {
                let text = how.get(name).and_then(Value::as_str).unwrap_or_default();
                if !(1..=TEXT_MOST).contains(&text.chars().count()) {
                    let detail = format!("{name} is no text of 1 to {TEXT_MOST} characters");
                    let fix = format!("write one, such as {example}, or write a pattern");
                    problems.push(Problem::new(&format!("/on/eventbridge/{name}"), detail, fix));
                }
                text.to_owned()
            };
            let (source, kind) =
                (text("source", "cms.example"), text("detail_type", "entry.published"));
            ("/on/eventbridge", json!({ "source": [source], "detail-type": [kind] }))
        }
    };
    match Pattern::read(&pattern, at) {
        Err(found) => problems.extend(found),
        Ok(read) => {
            if let Some(own) = read.hears_own() {
                let detail = format!(
                    "it could hear events of {own}…, which tell of Galley's own work: each job could start the next"
                );
                let fix = "name the sources: \"source\": [\"cms.example\"]; for uploads write on: {\"s3\": {}}";
                problems.push(Problem::new(&format!("{at}/source"), detail, fix));
            }
        }
    }
    Some(On::EventBridge { pattern })
}

/// One path or several, or texts that hold them.
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

/// Labels as a caller would give them, but for the paths in them.
fn labels(given: Option<&Value>, problems: &mut Vec<Problem>) -> Labels {
    let Some(given) = given else { return Labels::new() };
    let Some(fields) = given.as_object() else {
        problems.push(Problem::new(
            "/labels",
            "the labels are no object",
            "give an object of texts",
        ));
        return Labels::new();
    };
    // What a path will be is known when the trigger fires.
    let open = |value: &Value| match value.as_str() {
        Some(text) if text.contains("{{") => json!("x"),
        _ => value.clone(),
    };
    let closed = fields.iter().map(|(name, value)| (name.clone(), open(value))).collect();
    let (mut labels, wrong) = label::read(&closed, "/labels");
    problems.extend(wrong);
    if label::LABELS_MOST == labels.len() {
        let fix = format!("keep it within {}: the trigger's name is one", label::LABELS_MOST - 1);
        problems.push(Problem::new("/labels", format!("there are {} labels", labels.len()), fix));
    }
    if labels.contains_key("trigger") {
        let fix = "take it out: it is the trigger's name";
        problems.push(Problem::new("/labels/trigger", "this label is given by itself", fix));
    }
    for (name, held) in &mut labels {
        let text = fields[name].as_str().unwrap_or_default();
        if !fillable(text) || TEMPLATE_MOST < text.len() {
            let fix = "write paths such as {{ event.detail.entry.id }}";
            let detail = format!("{text:?} has something in braces that is no path into the event");
            problems.push(Problem::new(&child("/labels", name), detail, fix));
        }
        text.clone_into(held);
    }
    labels
}

fn inputs(fields: &Map<String, Value>, problems: &mut Vec<Problem>) -> BTreeMap<String, Value> {
    let Some(Value::Object(inputs)) = fields.get("inputs") else {
        let fix = "give an object with a field per input of the pipeline";
        problems.push(Problem::new("/inputs", "the inputs are missing", fix));
        return BTreeMap::new();
    };
    for (name, given) in inputs {
        input(&child("/inputs", name), given, problems);
    }
    inputs.clone().into_iter().collect()
}

fn input(place: &str, given: &Value, problems: &mut Vec<Problem>) {
    match given {
        Value::String(text) if !fillable(text) => {
            let detail = format!("{text:?} has something in braces that is no path into the event");
            let fix = "write paths such as {{ event.detail.entry.title }}";
            problems.push(Problem::new(place, detail, fix));
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                input(&format!("{place}/{n}"), item, problems);
            }
        }
        Value::Object(object) if object.contains_key("url") => {
            let detail = "a picture cannot be fetched from a URL yet";
            let fix = "upload it, and write {\"upload_key\": \"{{ event.detail.… }}\"}";
            problems.push(Problem::new(place, detail, fix));
        }
        Value::Object(object) if object.contains_key("upload_key") => {
            let key = object["upload_key"].as_str();
            if object.len() != 1 || key.is_none_or(|key| key.is_empty() || !fillable(key)) {
                let detail = "upload_key is no key of an upload";
                let fix = "write {\"upload_key\": \"{{ event.detail.object.key }}\"} and nothing beside it";
                problems.push(Problem::new(place, detail, fix));
            }
        }
        _ => {}
    }
}
