//! Jobs that nobody asked for over HTTP: an upload, and an event of a content management system.

use crate::harness::api::Caller;
use crate::harness::hosts;
use crate::harness::until::until;
use crate::harness::world::World;
use aws::clock;
use domain::id::JobId;
use domain::state::JobState;
use domain::store::Write;
use domain::tenant::TenantRecord;
use reqwest::Method;
use serde_json::{Value, json};

const PRODUCT: &str = include_str!("../../infra/pipelines/product-photo.yaml");
const PHOTO: &[u8] = include_bytes!("../../events/photos/coffee.jpg");

/// A tenant with the pipeline.
async fn with_pipeline(world: &World) -> Caller<'_> {
    let caller = world.tenant().await;
    let yaml = [("content-type", "application/yaml")];
    let put =
        caller.send(Method::PUT, "/v1/pipelines/product-photo", &yaml, Some(PRODUCT.into())).await;
    assert_eq!(put.status, 201, "{put:?}");
    caller
}

/// Stores a trigger as its author would; what the API says of it.
async fn put_trigger(world: &World, caller: &Caller<'_>, document: &Value) -> Value {
    let heard = json!({ "sources": ["cms.example"] });
    world.write(vec![Write::set(TenantRecord::key(&caller.tenant), heard)]).await;
    let path = format!("/v1/triggers/{}", document["name"].as_str().unwrap());
    let put = caller.send(Method::PUT, &path, &[], Some(document.to_string())).await;
    assert_eq!(put.status, 201, "{put:?}");
    put.body
}

/// Uploads the photograph; the upload's id and how to do it again.
async fn upload(world: &World, caller: &Caller<'_>, trigger: Option<&str>) -> (String, Value) {
    let mut ask = json!({ "media_type": "image/jpeg", "bytes": PHOTO.len() });
    if let Some(trigger) = trigger {
        ask["trigger"] = json!(trigger);
    }
    let place = caller.post("/v1/uploads", &ask).await;
    assert_eq!(place.status, 201, "{place:?}");
    put(world, &place.body).await;
    (place.body["upload"].as_str().unwrap().to_owned(), place.body)
}

async fn put(world: &World, place: &Value) {
    let mut request = world.http.put(place["url"].as_str().unwrap()).body(PHOTO);
    for (name, value) in place["headers"].as_object().into_iter().flatten() {
        if name != "host" {
            request = request.header(name, value.as_str().unwrap());
        }
    }
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
}

/// The tenant's jobs.
async fn jobs(caller: &Caller<'_>) -> Vec<JobId> {
    let listed = caller.get("/v1/jobs").await.body;
    let jobs = listed["jobs"].as_array().unwrap();
    jobs.iter().map(|job| JobId::parse(job["id"].as_str().unwrap()).unwrap()).collect()
}

/// The one job that came of it, once it succeeded.
async fn only_job(world: &World, caller: &Caller<'_>) -> JobId {
    let job =
        until("the trigger made a job", 30, async || jobs(caller).await.first().cloned()).await;
    let view = world.ends(&job, JobState::Succeeded, 90).await;
    assert!(!view.publications.is_empty());
    job
}

#[tokio::test]
async fn an_upload_becomes_a_product_picture_and_the_same_upload_no_second_one() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let document = json!({
        "name": "photos", "on": { "s3": { "suffix": ".jpg" } }, "pipeline": "product-photo",
        "inputs": { "photo": { "upload_key": "{{ event.detail.object.key }}" } },
    });
    let caller = with_pipeline(&world).await;
    put_trigger(&world, &caller, &document).await;
    let since = clock::now().0;
    let (upload, place) = upload(&world, &caller, Some("photos")).await;
    let key = domain::upload::key(&caller.tenant, &upload);
    put(&world, &place).await;
    put(&world, &place).await;
    let job = only_job(&world, &caller).await;
    until("intake took all three events in", 30, async || {
        let lines = world.cloud.printed("intake", since).await;
        (3 <= lines
            .iter()
            .filter(|line| line.contains(&key) || line.contains(job.as_str()))
            .count())
        .then_some(())
    })
    .await;
    assert_eq!(jobs(&caller).await.as_slice(), std::slice::from_ref(&job));
    assert_eq!(world.executions(&job).await.len(), 1);
    assert_eq!(world.renders(&job).await.len(), 1);
}

#[tokio::test]
async fn an_entry_published_three_times_becomes_one_product_picture() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = with_pipeline(&world).await;
    let document = json!({
        "name": "entries", "pipeline": "product-photo",
        "on": { "eventbridge": { "pattern": {
            "source": ["cms.example"], "detail-type": [{ "prefix": "entry." }],
            "detail": { "tenant": [caller.tenant], "entry": { "revision": [{ "numeric": [">", 1] }] } },
        } } },
        "inputs": { "photo": { "upload_key": "{{ event.detail.entry.picture.upload_key }}" } },
        "dedupe": ["{{ event.detail.tenant }}", "{{ event.detail.entry.id }}", "{{ event.detail.entry.revision }}"],
    });
    put_trigger(&world, &caller, &document).await;
    let (upload, _) = upload(&world, &caller, None).await;
    let key = domain::upload::key(&caller.tenant, &upload);
    let detail = json!({
        "tenant": caller.tenant,
        "entry": { "id": "coffee-cup", "revision": 12, "picture": { "upload_key": key, "media_type": "image/jpeg" } },
    });
    let since = clock::now().0;
    let mut draft = detail.clone();
    draft["entry"]["revision"] = json!(1);
    world.cloud.put_event("cms.example", "entry.published", &draft).await;
    // Galley's own news goes over the same bus, and sets nothing off.
    world.cloud.put_event("galley", "entry.published", &detail).await;
    let event = || world.cloud.put_event("cms.example", "entry.published", &detail);
    let _ = tokio::join!(event(), event(), event());
    let job = only_job(&world, &caller).await;
    assert_eq!(jobs(&caller).await.as_slice(), std::slice::from_ref(&job));
    assert_eq!(world.executions(&job).await.len(), 1);
    assert_eq!(world.renders(&job).await.len(), 1);
    let unmatched = async || {
        let lines = world.cloud.logged("intake", since).await;
        lines.iter().find(|line| line["TriggerUnmatched"] == json!(1.0)).cloned()
    };
    until("the draft was counted, not taken", 30, unmatched).await;
}
