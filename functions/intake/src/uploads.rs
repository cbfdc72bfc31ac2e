//! A place to put media: straight into S3, by an address that is good for a while.

use crate::Intake;
use crate::answer::{Answered, echo};
use crate::auth::Asked;
use crate::body::{self, shown};
use crate::clock::first;
use aws::http::{HttpRequest, HttpResponse};
use domain::catalog::is_name;
use domain::id::TenantId;
use domain::pipeline::Problem;
use domain::ports::Bucket;
use domain::problem::{ProblemDocument, ProblemType};
use domain::store::Key;
use domain::{trigger, upload};
use serde_json::{Value, json};

/// How long the address is good, in seconds.
const VALID_S: u32 = 900;

/// `POST /v1/uploads`.
pub(crate) async fn create(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    let mut problems = Vec::new();
    let fields = body::object(asked.request, &["media_type", "bytes", "trigger"], &mut problems)?;
    let media_type = media_type(fields.get("media_type"), &mut problems);
    bytes(fields.get("bytes"), &mut problems);
    let place = place(asked, fields.get("trigger"), &mut problems);
    if !problems.is_empty() {
        return Err(ProblemDocument::fields(ProblemType::InvalidBody, &problems).into());
    }
    let id = upload::new_id(place, first(intake.clock.random()), media_type);
    let key = upload::key(asked.tenant(), &id);
    let signed = intake.objects.presign_put(Bucket::Uploads, &key, media_type, VALID_S).await?;
    let body = json!({
        "upload": id, "url": signed.url, "headers": signed.headers,
        "expires_at": asked.now.plus_s(VALID_S).rfc3339(),
    });
    Ok(HttpResponse::json(201, &body).with("cache-control", "no-store"))
}

/// The trigger that the request names, if it does.
pub(crate) fn reads(tenant: &TenantId, request: &HttpRequest) -> Vec<Key> {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let name = body["trigger"].as_str().filter(|name| is_name(name));
    name.iter().map(|name| trigger::key(tenant, name)).collect()
}

fn media_type<'a>(given: Option<&'a Value>, problems: &mut Vec<Problem>) -> &'a str {
    let text = given.and_then(Value::as_str).unwrap_or_default();
    if !upload::MEDIA_TYPES.contains(&text) {
        let detail = match given {
            None => "the media type is missing".into(),
            Some(given) => format!("media_type is {}", shown(given)),
        };
        let fix = format!("use {}", upload::MEDIA_TYPES.join(", "));
        problems.push(Problem::new("/media_type", detail, fix));
    }
    text
}

fn bytes(given: Option<&Value>, problems: &mut Vec<Problem>) {
    let most = upload::BYTES_MOST;
    if !given.and_then(Value::as_u64).is_some_and(|bytes| (1..=most).contains(&bytes)) {
        let detail = match given {
            None => "the size is missing".into(),
            Some(given) => format!("bytes is {}", shown(given)),
        };
        let fix = format!("give the file's size, a whole number from 1 to {most}");
        problems.push(Problem::new("/bytes", detail, fix));
    }
}

/// The trigger that the upload is meant for, or that there is none.
fn place<'a>(asked: &Asked<'_>, given: Option<&'a Value>, problems: &mut Vec<Problem>) -> &'a str {
    let Some(given) = given.filter(|given| !given.is_null()) else { return upload::DIRECT };
    let name = given.as_str().unwrap_or_default();
    if !asked.found.contains_key(&trigger::key(asked.tenant(), name)) {
        let detail = match given {
            Value::String(name) => format!("there is no trigger {:?}", echo(name)),
            other => format!("trigger is {}", shown(other)),
        };
        let fix = "name one of GET /v1/triggers, or take it out";
        problems.push(Problem::new("/trigger", detail, fix));
    }
    name
}
