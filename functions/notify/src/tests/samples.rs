//! The samples in `events/out` are what really goes out.

use super::*;
use domain::event::{Event, commit};
use domain::fakes::publishable;

/// Demands that a committed sample is this.
#[track_caller]
fn same(name: &str, value: &Value) {
    let path = format!("{}/../../events/out/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = format!("{:#}\n", domain::ordered::ordered(value.clone()));
    if std::fs::read_to_string(&path).unwrap_or_default() != text {
        // Left in place, so that the next run passes and the change is seen in review.
        std::fs::write(&path, text).unwrap();
        panic!(
            "events/out/{name} was not what goes out; it is now: look at the difference and commit it"
        );
    }
}

/// What the bus gets of an event that is the last of its job.
async fn on_the_bus(world: &World, job: &JobId) -> Value {
    let last = log(world, job).pop().unwrap();
    announce(&notifying(world), &[last], NOW.plus_s(9)).await.unwrap();
    let event = world.bus.events().pop().unwrap();
    json!({
        "version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103", "account": "123456789012",
        "region": "us-east-1", "resources": [], "source": "galley",
        "detail-type": event.detail_type, "time": event.at.rfc3339(), "detail": event.detail,
    })
}

#[tokio::test]
async fn the_samples_are_what_goes_out() {
    let world = World::default();
    let view = publishable(&json!({ "kind": "s3", "prefix": "heroes" }));
    world.plant_job(&view);
    let job = view.job.id.clone();
    let asset = view.assets.keys().find(|id| id.as_str().contains("ladder")).unwrap();
    let record = json!({
        "step": "publish", "target": "s3", "asset": asset, "sha256": view.assets[asset].sha256,
        "state": "done", "tries": 1, "started_at": NOW, "updated_at": NOW,
    });
    let key = domain::record::PublicationRecord::key(&job, "publish", asset);
    world.table.plant(Write::put(key, &record).unwrap());
    let published = Event::new(NOW.plus_s(8), "publication.done")
        .step("publish")
        .with("target", "s3")
        .with("asset", asset)
        .with("location", "s3://galley-public/heroes/hero-480w.jpg");
    commit(&world.table, &job, 0, Vec::new(), &[published]).await.unwrap();
    same("publication-done.json", &on_the_bus(&world, &job).await);
    let webhook = Webhook { url: JOBS.into(), events: vec!["*".into()], gone: false };
    let fields = json!({ "webhook": webhook, "spent": 1_234 });
    world.table.write(vec![Write::set(JobRecord::key(&job), fields)]).await.unwrap();
    let end = |end, reason| End { job: job.clone(), run: 1, end, event: 1, reason };
    settle(&world.table, &end(JobState::Succeeded, None), NOW.plus_s(9)).await.unwrap();
    same("job-succeeded.json", &on_the_bus(&world, &job).await);
    drain(&world, NOW.plus_s(9)).await.unwrap();
    let posted = world.receivers.got().pop().unwrap();
    same("webhook-job-succeeded.json", &serde_json::from_str(&posted.body).unwrap());
    let (world, job) = ended(None, None).await;
    same("job-failed.json", &on_the_bus(&world, &job).await);
}

#[tokio::test]
async fn the_samples_that_wake_this_function_are_understood() {
    let stream: Value =
        serde_json::from_str(include_str!("../../../../events/notify-stream.json")).unwrap();
    assert_eq!(stream["Records"][0]["eventSource"], "aws:dynamodb");
    let queue: Value =
        serde_json::from_str(include_str!("../../../../events/notify.json")).unwrap();
    let body = queue["Records"][0]["body"].as_str().unwrap();
    let errand: Errand = serde_json::from_str(body).unwrap();
    assert_eq!((errand.tenant, errand.tries), (acme(), 0));
}

#[tokio::test]
async fn what_people_are_asked_and_decide_goes_out_without_their_words() {
    let world = World::default();
    let view = publishable(&json!({ "kind": "s3" }));
    world.plant_job(&view);
    let job = view.job.id.clone();
    let review = format!("{job}.good.1");
    let asset = view.assets.keys().next().unwrap();
    let of = |kind: &str| Event::new(NOW.plus_s(8), kind).step("good").with("review", &review);
    let head = json!({ "n": 1, "hash": "ab".repeat(32) });
    let events = [
        of("review.requested")
            .with("assets", [asset])
            .with("approvals", 2)
            .with("groups", ["brand"])
            .with("reviewers", 3)
            .with("expires_at", NOW.plus_s(3608).rfc3339()),
        of("review.escalated").with("groups", ["leads"]).with("audit", &head),
        of("review.decided")
            .with("decision", "approve")
            .with("by", ["anna", "ben"])
            .with("audit", &head),
        of("review.expired").with("on_expiry", "reject").with("audit", &head),
    ];
    for (last, event) in (0..).zip(events) {
        let name = event.kind.replace('.', "-");
        commit(&world.table, &job, last, Vec::new(), &[event]).await.unwrap();
        same(&format!("{name}.json"), &on_the_bus(&world, &job).await);
    }
}
