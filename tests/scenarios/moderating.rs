//! A pipeline of gates alone: an upload in, a verdict out.

use crate::harness::api::Caller;
use crate::harness::until::until;
use crate::harness::world::World;
use aws::clock;
use domain::id::JobId;
use domain::state::JobState;
use domain::trigger::{self, check_trigger};
use media::{Format, Picture, Quality, encode};
use reqwest::Method;
use serde_json::{Value, json};

const PIPELINE: &str = include_str!("../../infra/pipelines/moderate-upload.yaml");
const TRIGGER: &str = include_str!("../../infra/pipelines/triggers/moderate-upload.yaml");
const PHOTO: &[u8] = include_bytes!("../../events/photos/coffee.jpg");

/// Uploads bytes for the trigger; the job that comes of it, besides those known.
async fn upload(world: &World, caller: &Caller<'_>, bytes: &[u8], known: &[JobId]) -> JobId {
    let media_type = domain::sniff::media_type(bytes);
    let ask =
        json!({ "media_type": media_type, "bytes": bytes.len(), "trigger": "moderate-upload" });
    let place = caller.post("/v1/uploads", &ask).await;
    assert_eq!(place.status, 201, "{place:?}");
    let mut request = world.http.put(place.body["url"].as_str().unwrap()).body(bytes.to_vec());
    for (name, value) in place.body["headers"].as_object().into_iter().flatten() {
        if name != "host" {
            request = request.header(name, value.as_str().unwrap());
        }
    }
    assert!(request.send().await.unwrap().status().is_success());
    until("the trigger made a job", 30, async || {
        let listed = caller.get("/v1/jobs").await.body;
        let jobs = listed["jobs"].as_array()?.iter();
        jobs.filter_map(|job| JobId::parse(job["id"].as_str()?).ok())
            .find(|job| !known.contains(job))
    })
    .await
}

/// The verdicts in a job's log, by gate.
async fn verdicts(world: &World, job: &JobId) -> Vec<(String, Value)> {
    let events = world.events(job).await.into_iter().filter(|event| event.kind == "gate.verdict");
    let mut said: Vec<_> = events
        .map(|event| (event.step.unwrap_or_default(), event.data["verdict"].clone()))
        .collect();
    said.sort_by(|one, other| one.0.cmp(&other.0));
    said
}

#[tokio::test]
async fn an_upload_becomes_a_verdict_and_nothing_else() {
    let world = World::open().await;
    let caller = world.tenant().await;
    let yaml = [("content-type", "application/yaml")];
    let put = caller
        .send(Method::PUT, "/v1/pipelines/moderate-upload", &yaml, Some(PIPELINE.into()))
        .await;
    assert_eq!(put.status, 201, "{put:?}");
    let document = domain::pipeline::value(TRIGGER).unwrap();
    let record = check_trigger(&caller.tenant, &document, clock::now()).unwrap();
    trigger::put(&world.table, &record, clock::random(), clock::now()).await.unwrap();

    let fine = upload(&world, &caller, PHOTO, &[]).await;
    let view = world.ends(&fine, JobState::Succeeded, 60).await;
    assert!(view.attempts.is_empty() && view.publications.is_empty());
    let both = |safe: &str, good: &str| {
        vec![("good".to_owned(), json!(good)), ("safe".to_owned(), json!(safe))]
    };
    assert_eq!(verdicts(&world, &fine).await, both("pass", "pass"));

    let blank = Picture::rgb(300, 300, vec![128; 300 * 300 * 3]).unwrap();
    let blank = encode(&blank, Format::Tiff, Quality::default()).unwrap();
    let blank = upload(&world, &caller, &blank, &[fine]).await;
    let view = world.ends(&blank, JobState::Rejected, 60).await;
    assert_eq!(view.job.reason.as_deref(), Some("good: inputs.photo is blank"));
    assert_eq!(verdicts(&world, &blank).await, both("pass", "fail"));
}
