//! Publications of posts: what each target would get, and what became of one.

use crate::Intake;
use crate::answer::Answered;
use crate::auth::Asked;
use crate::jobs::retried;
use crate::{body, query, windows};
use aws::http::HttpResponse;
use domain::error::Result;
use domain::id::{AssetId, JobId};
use domain::job;
use domain::pipeline::Problem;
use domain::post::{self, Able, Content, Making, Medium, Shape};
use domain::problem::{ProblemDocument, ProblemType, child};
use domain::publish::window::WindowRecord;
use domain::publish::{self, CountsRecord};
use domain::record::{AssetRecord, JobRecord, PostingRecord};
use domain::store::from_item;
use domain::time::Time;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Most targets of one look.
const TARGETS_MOST: usize = 20;

/// `POST /v1/publications/preview`: the form of a post at each target. Nothing is sent.
pub(crate) async fn preview(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let mut problems = Vec::new();
    let body = body::object(asked.request, &["post", "targets", "ai"], &mut problems)?;
    let (content, given) = content(body.get("post"), &mut problems);
    let targets = targets(body.get("targets"), &mut problems);
    let ai = body.get("ai").is_some_and(|ai| {
        ai.as_bool().unwrap_or_else(|| {
            problems.push(Problem::new(
                "/ai",
                "it is neither true nor false",
                "say which, or leave it out",
            ));
            false
        })
    });
    if !problems.is_empty() {
        return Err(ProblemDocument::fields(ProblemType::InvalidBody, &problems).into());
    }
    let known = shapes(intake, asked, &content, given).await?;
    let shape = |medium: &Medium| known.get(&medium.asset).cloned();
    let forms: Vec<Value> = targets
        .iter()
        .map(|(able, target)| {
            let making = Making { id: "pub_preview0", shape: &shape, ai, settings: target };
            match post::form(able, &content, &making) {
                Ok(form) => json!({ "target": target, "form": form, "problems": [] }),
                Err(problems) => json!({ "target": target, "form": null, "problems": problems }),
            }
        })
        .collect();
    Ok(HttpResponse::json(200, &json!({ "targets": forms })))
}

/// The post, and what its media are where somebody says so instead of naming an asset.
fn content(
    post: Option<&Value>,
    problems: &mut Vec<Problem>,
) -> (Content, BTreeMap<AssetId, Shape>) {
    let mut given = BTreeMap::new();
    let Some(mut post) = post.cloned().filter(Value::is_object) else {
        let fix = "give the post: { \"title\": …, \"body\": … }";
        problems.push(Problem::new("/post", "there is no post", fix));
        return (Content::default(), given);
    };
    let media = post.get_mut("media").and_then(Value::as_array_mut).into_iter().flatten();
    for (place, medium) in media.enumerate() {
        let Some(map) = medium.as_object_mut().filter(|map| !map.contains_key("asset")) else {
            continue;
        };
        let asset = AssetId::new(&JobId::new(Time(0), [0; 10]), "preview", "1", place);
        match map.remove("shape").map(serde_json::from_value::<Shape>) {
            Some(Ok(shape)) => drop(given.insert(asset.clone(), shape)),
            _ => {
                let pointer = format!("/post/media/{place}");
                let fix = "give asset: ID, or shape: { media_type, width, height, bytes }";
                problems.push(Problem::new(&pointer, "nobody knows what it is", fix));
            }
        }
        map.insert("asset".into(), asset.as_str().into());
    }
    match serde_json::from_value(post) {
        Ok(content) => (content, given),
        Err(cause) => {
            problems.push(Problem::new("/post", cause.to_string(), "write it as a pipeline does"));
            (Content::default(), given)
        }
    }
}

fn targets(
    targets: Option<&Value>,
    problems: &mut Vec<Problem>,
) -> Vec<(&'static Able, Map<String, Value>)> {
    let list = targets.and_then(Value::as_array);
    let Some(list) = list.filter(|list| (1..=TARGETS_MOST).contains(&list.len())) else {
        let fix = format!("give 1 to {TARGETS_MOST}, such as [{{ \"kind\": \"bluesky\" }}]");
        problems.push(Problem::new("/targets", "there is no list of targets", fix));
        return Vec::new();
    };
    let mut found = Vec::new();
    for (place, target) in list.iter().enumerate() {
        let map = match target {
            Value::String(kind) => Map::from_iter([("kind".to_owned(), json!(kind))]),
            other => other.as_object().cloned().unwrap_or_default(),
        };
        match map.get("kind").and_then(Value::as_str).and_then(Able::of) {
            Some(able) => found.push((able, map)),
            None => {
                let kinds: Vec<&str> = Able::all().iter().map(|able| able.target).collect();
                let pointer = child(&child("/targets", &place.to_string()), "kind");
                let fix = format!("use one of {}", kinds.join(", "));
                problems.push(Problem::new(&pointer, "there is no such target of posts", fix));
            }
        }
    }
    found
}

/// What the media are; what is another tenant's is not there.
async fn shapes(
    intake: &Intake<'_>,
    asked: &Asked<'_>,
    content: &Content,
    mut known: BTreeMap<AssetId, Shape>,
) -> Result<BTreeMap<AssetId, Shape>> {
    let named = content.media.iter().map(|medium| &medium.asset);
    let keys: Vec<_> =
        named.filter(|asset| !known.contains_key(*asset)).map(AssetRecord::record_key).collect();
    if keys.is_empty() {
        return Ok(known);
    }
    for item in intake.table.get(&keys).await?.into_iter().flatten() {
        let asset: AssetRecord = from_item(&item)?;
        if asset.tenant == *asked.tenant() && asset.erased.is_none() {
            let (width, height, seconds) = (asset.width, asset.height, asset.seconds);
            let (media_type, bytes) = (asset.media_type, asset.bytes);
            known.insert(asset.id, Shape { media_type, bytes, width, height, seconds });
        }
    }
    Ok(known)
}

/// `GET /v1/publications/{id}`.
pub(crate) fn read(asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let (job, step) = PostingRecord::parse_id(asked.id).map_err(|_| asked.nothing())?;
    let owner: Option<JobRecord> = asked.found(&JobRecord::key(&job))?;
    owner.filter(|owner| owner.tenant == *asked.tenant()).ok_or_else(|| asked.nothing())?;
    let posting: Option<PostingRecord> = asked.found(&PostingRecord::key(&job, &step))?;
    let window: Option<WindowRecord> = asked.found(&WindowRecord::key(&job, &step))?;
    if posting.is_none() && window.is_none() {
        return Err(asked.nothing().into());
    }
    Ok(HttpResponse::json(200, &windows::beside(&job, posting.as_ref(), window.as_ref())))
}

/// `GET /v1/publications/{id}/metrics`.
pub(crate) fn metrics(asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let (job, posting) = own(asked)?;
    let counts: Option<CountsRecord> = asked.found(&CountsRecord::key(&job.id, &posting.step))?;
    Ok(HttpResponse::json(200, &publish::shown_counts(&job.id, &posting, counts.as_ref())))
}

/// `POST /v1/publications/{id}/retry`: that target alone.
pub(crate) async fn retry(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let (JobRecord { id, .. }, PostingRecord { step, .. }) = own(asked)?;
    retried(intake, &id, job::retry_post(intake.table, intake.flow, (&id, &step), asked.now).await)
        .await
}

/// The publication that the address names, with its job.
fn own(asked: &Asked<'_>) -> Answered<(JobRecord, PostingRecord)> {
    let (job, step) = PostingRecord::parse_id(asked.id).map_err(|_| asked.nothing())?;
    let owner: Option<JobRecord> = asked.found(&JobRecord::key(&job))?;
    let owner = owner.filter(|owner| owner.tenant == *asked.tenant());
    let posting: Option<PostingRecord> = asked.found(&PostingRecord::key(&job, &step))?;
    Ok(owner.zip(posting).ok_or_else(|| asked.nothing())?)
}
