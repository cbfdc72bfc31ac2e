//! What a caller who submits a job says, checked as far as it goes without the pipeline.

use crate::answer::echo;
use crate::body::{self, shown};
use aws::http::HttpRequest;
use domain::catalog::PipelineRecord;
use domain::custody;
use domain::id::TenantId;
use domain::job::Idempotency;
use domain::label::{self, Labels};
use domain::notify::{Webhook, read_webhook};
use domain::ordered;
use domain::pipeline::{Pipeline, Problem};
use domain::problem::{ProblemDocument, ProblemType};
use domain::sign::sha256;
use domain::version::VersionRef;

use domain::Time;
use domain::store::Key;
use domain::tenant::TenantRecord;
use serde_json::{Map, Value};

/// The header that makes a repetition harmless.
const KEY: &str = "Idempotency-Key";
/// How far ahead a job may be put off, in seconds.
const NOT_BEFORE_MOST_S: u32 = 90 * 24 * 3600;
/// Most characters of an idempotency key.
const KEY_MOST: usize = 255;

/// A request for a job.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) which: Which,
    pub(crate) inputs: Value,
    pub(crate) labels: Labels,
    pub(crate) webhook: Option<Webhook>,
    pub(crate) not_before: Option<Time>,
    pub(crate) idempotency: Option<Idempotency>,
}

/// The pipeline of a job.
#[derive(Debug)]
pub(crate) enum Which {
    /// A stored one.
    Stored(VersionRef),
    /// A document that came with the request.
    Inline(Box<Pipeline>),
}

impl Submission {
    /// Reads a request, or tells all that is wrong with it.
    ///
    /// `mandate` says whether its tenant has gates of its own, `webhook_hosts` need be neither public nor HTTPS.
    pub(crate) fn read(
        request: &HttpRequest,
        mandate: bool,
        webhook_hosts: &[String],
        now: Time,
    ) -> Result<Self, ProblemDocument> {
        let key = key(request)?;
        let mut problems = Vec::new();
        let known = ["pipeline", "inputs", "labels", "webhook", "not_before"];
        let mut fields = body::object(request, &known, &mut problems)?;
        let idempotency = key.map(|key| Idempotency { fingerprint: fingerprint(&fields), key });
        let labels = labels(fields.get("labels"), &mut problems);
        let webhook = fields.get("webhook").filter(|given| !given.is_null());
        let webhook =
            webhook.and_then(|given| read_webhook(given, "/webhook", webhook_hosts, &mut problems));
        let not_before = not_before(fields.get("not_before"), now, &mut problems);
        let inputs = fields.remove("inputs").unwrap_or(Value::Null);
        let named = named(fields.get("pipeline"), &mut problems);
        if !problems.is_empty() {
            return Err(ProblemDocument::fields(ProblemType::InvalidBody, &problems));
        }
        let which = match (named, fields.get("pipeline")) {
            (Some(which), _) => Which::Stored(which),
            (None, document) => {
                let pipeline =
                    Pipeline::from_value_under(document.unwrap_or(&Value::Null), mandate);
                Which::Inline(Box::new(pipeline.map_err(inline)?))
            }
        };
        Ok(Self { which, inputs, labels, webhook, not_before, idempotency })
    }
}

/// The records that the request names; what cannot be read names none.
pub(crate) fn reads(tenant: &TenantId, request: &HttpRequest) -> Vec<Key> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(&request.body) else {
        return Vec::new();
    };
    let pipeline = fields.get("pipeline").and_then(Value::as_str).and_then(VersionRef::parse);
    let used = request.header("idempotency-key").map(|key| {
        Idempotency { key: key.to_owned(), fingerprint: String::new() }.record_key(tenant)
    });
    let assets = fields.get("inputs").and_then(Value::as_object).map(custody::assets_named);
    let pipeline = pipeline.map(|which| which.key::<PipelineRecord>(tenant));
    let policy = TenantRecord::key(tenant);
    pipeline.into_iter().chain([policy]).chain(used).chain(assets.unwrap_or_default()).collect()
}

fn inline(problems: Vec<Problem>) -> ProblemDocument {
    let below = problems.into_iter().map(|problem| problem.below("/pipeline"));
    ProblemDocument::fields(ProblemType::InvalidPipeline, &below.collect::<Vec<_>>())
}

fn key(request: &HttpRequest) -> Result<Option<String>, ProblemDocument> {
    let Some(key) = request.header("idempotency-key") else { return Ok(None) };
    let printable = key.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if printable && (1..=KEY_MOST).contains(&key.len()) {
        return Ok(Some(key.to_owned()));
    }
    let what = match printable {
        true => format!("it has {} characters", key.len()),
        false => "it has characters that are not printable ASCII".to_owned(),
    };
    let detail = format!("{what} — use 1 to {KEY_MOST} printable ASCII ones, such as a UUID");
    Err(ProblemDocument::header(KEY, detail))
}

/// Says whether two requests are the same one, whatever the order of their fields.
fn fingerprint(fields: &Map<String, Value>) -> String {
    let mut text = String::from("POST /v1/jobs\n");
    canonical(&Value::Object(fields.clone()), &mut text);
    sha256(text.as_bytes())
}

fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            text.push('{');
            for (name, value) in ordered::fields(fields) {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                canonical(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

/// The stored pipeline that is named; none where a document came instead, or where it is wrong.
fn named(given: Option<&Value>, problems: &mut Vec<Problem>) -> Option<VersionRef> {
    let fix =
        "name a stored one (hero-image, or hero-image@3 for that version), or send the document";
    match given {
        Some(Value::String(text)) => {
            let which = VersionRef::parse(text);
            if which.is_none() {
                let detail = format!("{:?} names no pipeline", echo(text));
                problems.push(Problem::new("/pipeline", detail, fix));
            }
            which
        }
        Some(Value::Object(_)) => None,
        Some(other) => {
            problems.push(Problem::new("/pipeline", format!("pipeline is {}", shown(other)), fix));
            None
        }
        None => {
            problems.push(Problem::new("/pipeline", "the pipeline is missing", fix));
            None
        }
    }
}

/// When the job may begin at the earliest.
fn not_before(given: Option<&Value>, now: Time, problems: &mut Vec<Problem>) -> Option<Time> {
    let given = given.filter(|given| !given.is_null())?;
    let fix = "give a time such as 2026-11-21T06:00:00Z, at most 90 days from now";
    let read = given.as_str().and_then(Time::parse);
    let detail = match (given, read) {
        (_, Some(time)) if time <= now.plus_s(NOT_BEFORE_MOST_S) => return Some(time),
        (_, Some(time)) => format!("{} is too far from now", time.rfc3339()),
        (Value::String(text), None) => format!("{:?} is no time", echo(text)),
        (other, None) => format!("not_before is {}", shown(other)),
    };
    problems.push(Problem::new("/not_before", detail, fix));
    None
}

fn labels(given: Option<&Value>, problems: &mut Vec<Problem>) -> Labels {
    match given {
        None | Some(Value::Null) => Labels::new(),
        Some(Value::Object(given)) => {
            let (labels, wrong) = label::read(given, "/labels");
            problems.extend(wrong);
            labels
        }
        Some(other) => {
            let detail = format!("labels is {}", shown(other));
            problems.push(Problem::new("/labels", detail, "give an object of texts"));
            Labels::new()
        }
    }
}
