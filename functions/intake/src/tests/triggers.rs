//! Uploads and events of content management systems become jobs.

use super::*;
use domain::ports::Bucket;
use domain::trigger::{self, check_trigger};

fn sample(text: &str) -> Event {
    Event::parse(serde_json::from_str(text).unwrap()).unwrap()
}

/// A finished upload, as S3 reports it.
pub(crate) fn upload() -> Event {
    sample(include_str!("../../../../events/s3-object-created.json"))
}

/// An entry that was published, as a content management system reports it.
pub(crate) fn entry() -> Event {
    sample(include_str!("../../../../events/cms-entry-published.json"))
}

/// The bytes that both events speak of.
pub(crate) fn picture() -> Vec<u8> {
    include_bytes!("../../../../events/photos/coffee.jpg").to_vec()
}

/// The triggers of the samples.
pub(crate) fn documents() -> [Value; 2] {
    [
        json!({
            "name": "product-photo", "on": { "s3": {} }, "pipeline": "product-photo",
            "inputs": { "photo": { "upload_key": "{{ event.detail.object.key }}" } },
        }),
        json!({
            "name": "cms-entry", "pipeline": "product-photo@1",
            "on": { "eventbridge": { "source": "cms.example", "detail_type": "entry.published" } },
            "inputs": { "photo": { "upload_key": "{{ event.detail.entry.picture.upload_key }}" } },
        }),
    ]
}

/// A world with both triggers, and the pictures that they take.
pub(crate) async fn with_triggers() -> World {
    let world = world().await;
    for document in documents() {
        let trigger = check_trigger(&tenant("acme"), &document, NOW).unwrap();
        trigger::put(&world.table, &trigger, [9; 24], NOW).await.unwrap();
    }
    let uploaded = "uploads/acme/product-photo/0a1b2c3d4e5f60718293a4b5c6d7e8f9.jpg";
    for key in [uploaded, "uploads/acme/cms/coffee-cup.jpg"] {
        world.objects.plant(Bucket::Uploads, key, picture());
    }
    world.faults.clear();
    world
}

fn with_detail(mut event: Event, change: impl FnOnce(&mut Value)) -> Event {
    let Event::EventBridge { detail, .. } = &mut event else { panic!() };
    change(detail);
    event
}

async fn jobs(world: &World) -> Vec<Value> {
    let list = send(world, request("GET", "/v1/jobs")).await;
    json_of(&list)["jobs"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_upload_and_an_entry_each_become_a_job_with_the_picture() {
    let world = with_triggers().await;
    for (event, name) in [(upload(), "product-photo"), (entry(), "cms-entry")] {
        let before = jobs(&world).await.len();
        deliver(&world, &Stopped::at(NOW), event).await.unwrap();
        let all = jobs(&world).await;
        assert_eq!(all.len(), before + 1, "{name}");
        let job = all.iter().find(|job| job["labels"]["trigger"] == name).unwrap();
        assert_eq!((&job["pipeline"], &job["version"]), (&json!("product-photo"), &json!(1)));
        let id = JobId::parse(job["id"].as_str().unwrap()).unwrap();
        let read = send(&world, request("GET", &format!("/v1/jobs/{id}"))).await;
        let asset = &json_of(&read)["assets"][0];
        assert_eq!(asset["sha256"], domain::sign::sha256(&picture()));
        assert_eq!(asset["media_type"], "image/jpeg");
        assert!(world.flow.started().contains_key(&format!("{id}-1")));
    }
}

#[tokio::test]
async fn an_event_that_nobody_waits_for_makes_nothing_and_is_no_error() {
    let world = with_triggers().await;
    let direct = with_detail(upload(), |detail| {
        detail["object"]["key"] = json!("uploads/acme/direct/0a.jpg");
    });
    let foreign = with_detail(upload(), |detail| {
        detail["object"]["key"] = json!("uploads/beta/product-photo/0a.jpg");
    });
    let before = world.listing();
    for event in [direct, foreign] {
        deliver(&world, &Stopped::at(NOW), event).await.unwrap();
    }
    assert_eq!(world.listing(), before);
}

#[tokio::test]
async fn an_event_that_can_never_become_a_job_is_not_sent_again() {
    let world = with_triggers().await;
    let key = "uploads/acme/product-photo/notes.jpg";
    world.objects.plant(Bucket::Uploads, key, "no picture");
    let at = |key: &str| {
        let key = key.to_owned();
        with_detail(upload(), |detail| detail["object"]["key"] = json!(key))
    };
    let before = world.listing();
    for event in [
        at(key),
        at("uploads/acme/product-photo/gone.jpg"),
        with_detail(entry(), |detail| detail["entry"]["picture"] = Value::Null),
        with_detail(entry(), |detail| {
            detail["entry"]["picture"]["upload_key"] = json!("uploads/beta/cms/theirs.jpg");
        }),
        with_detail(entry(), |detail| {
            detail["entry"]["picture"]["upload_key"] = json!("https://cms.example/cup.jpg");
        }),
    ] {
        deliver(&world, &Stopped::at(NOW), event).await.unwrap();
    }
    assert_eq!(world.listing(), before);
    trigger::remove(&world.table, &tenant("acme"), "cms-entry").await.unwrap();
    let mut gone = documents()[1].clone();
    gone["pipeline"] = json!("no-such-pipeline");
    let trigger = check_trigger(&tenant("acme"), &gone, NOW).unwrap();
    trigger::put(&world.table, &trigger, [9; 24], NOW).await.unwrap();
    deliver(&world, &Stopped::at(NOW), entry()).await.unwrap();
    assert!(world.flow.started().is_empty());
}

#[tokio::test]
async fn an_upload_for_a_trigger_lies_where_the_trigger_looks() {
    let world = with_triggers().await;
    let body = json!({ "media_type": "image/jpeg", "bytes": 5, "trigger": "product-photo" });
    let answer = send(&world, request("POST", "/v1/uploads").body(&body)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let id = json_of(&answer)["upload"].as_str().unwrap().to_owned();
    let key = format!("uploads/acme/{id}");
    world.objects.plant(Bucket::Uploads, &key, picture());
    let event = with_detail(upload(), |detail| detail["object"]["key"] = json!(key));
    deliver(&world, &Stopped::at(NOW), event).await.unwrap();
    assert_eq!(jobs(&world).await.len(), 1);
    let foreign = send(&world, request("POST", "/v1/uploads").body(&body).by("beta")).await;
    assert_eq!(foreign.status, 422, "another tenant's trigger");
}

#[tokio::test]
async fn one_trigger_that_cannot_keeps_no_other_from_its_job() {
    let world = with_triggers().await;
    let mut other = documents()[1].clone();
    other["name"] = json!("another-entry");
    other["inputs"] = json!({ "photo": "{{ event.detail.entry.nothing }}" });
    let trigger = check_trigger(&tenant("acme"), &other, NOW).unwrap();
    trigger::put(&world.table, &trigger, [9; 24], NOW).await.unwrap();
    deliver(&world, &Stopped::at(NOW), entry()).await.unwrap();
    assert_eq!(jobs(&world).await.len(), 1);
}
