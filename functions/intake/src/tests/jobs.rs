//! Jobs from submission to retry.

use super::*;
use domain::job::{End, settle};
use domain::ports::Bucket;
use domain::record::JobRecord;
use domain::state::JobState;

fn sample() -> Event {
    let text = include_str!("../../../../events/api-submit.json");
    Event::parse(serde_json::from_str(text).unwrap()).unwrap()
}

pub(crate) async fn end(world: &World, job: &JobId, end: JobState) {
    let end = End { job: job.clone(), run: 1, end, event: 1, reason: None };
    alter(world, JobRecord::key(job), json!({ "state": "running" }));
    settle(&world.table, &end, NOW).await.unwrap();
}

#[tokio::test]
async fn a_request_becomes_a_job_with_one_read_and_one_write() {
    let world = world().await;
    let Reply::Http(answer) = deliver(&world, &Stopped::at(NOW), sample()).await.unwrap() else {
        panic!()
    };
    assert_eq!(world.faults.calls(), 3, "a read, a write and a start");
    assert_eq!(answer.status, 202);
    let body = json_of(&answer);
    let id = body["id"].as_str().unwrap();
    assert_eq!(answer.headers["location"], format!("/v1/jobs/{id}"));
    assert_eq!(
        (&body["state"], &body["pipeline"], &body["version"], &body["labels"]["campaign"]),
        (&json!("accepted"), &json!("hero-image"), &json!(1), &json!("spring"))
    );
    assert_eq!(body["steps"].as_array().unwrap().len(), 7);
    assert_eq!(body["links"]["events"], format!("/v1/jobs/{id}/events"));
    let started = world.flow.started();
    let input = &started[&format!("{id}-1")];
    assert_eq!(input["traceparent"], "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

    let token = format!("Bearer {}", body["token"].as_str().unwrap());
    let read = request("GET", &format!("/v1/jobs/{id}")).with("authorization", &token);
    let read = send(&world, read).await;
    assert_eq!((read.status, json_of(&read)["id"].as_str()), (200, Some(id)));
}

#[tokio::test]
async fn a_job_that_is_put_off_is_accepted_and_not_begun() {
    let world = world().await;
    let mut body = hero();
    body["not_before"] = json!(NOW.plus_s(3600).rfc3339());
    let job = submitted(&world, &body, "k1").await;
    // Neither the repetition nor its own acceptance begins it.
    assert_eq!(submitted(&world, &body, "k1").await, job);
    assert_eq!(world.flow.started().len(), 0);
    let shown = json_of(&send(&world, request("GET", &format!("/v1/jobs/{job}"))).await);
    assert_eq!((&shown["state"], &shown["not_before"]), (&json!("accepted"), &body["not_before"]));
    // What is over already begins at once.
    body["not_before"] = json!("2023-11-14T22:00:00Z");
    submitted(&world, &body, "k2").await;
    assert_eq!(world.flow.started().len(), 1);
}

#[tokio::test]
async fn the_same_request_again_shows_the_same_job_as_it_is_by_then() {
    let world = world().await;
    let job = submitted(&world, &hero(), "k1").await;
    end(&world, &job, JobState::Succeeded).await;
    let turned = r#"{ "inputs": { "prompt": "a fox" }, "pipeline": "hero-image" }"#;
    let again = request("POST", "/v1/jobs").text("application/json; charset=utf-8", turned);
    let again = send(&world, again.with("idempotency-key", "k1")).await;
    let body = json_of(&again);
    assert_eq!((again.status, &body["id"]), (202, &json!(job)));
    assert_eq!((&body["state"], &body["terminal"]), (&json!("succeeded"), &json!(true)));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert!(body["token"].is_string());
    assert_eq!(world.flow.started().len(), 1);
}

#[tokio::test]
async fn a_key_with_another_body_is_refused_and_another_tenants_key_is_another() {
    let world = world().await;
    let job = submitted(&world, &hero(), "k1").await;
    let mut other = hero();
    other["inputs"]["prompt"] = json!("a hare");
    let other = request("POST", "/v1/jobs").body(&other).with("idempotency-key", "k1");
    let refused = send(&world, other.clone()).await;
    assert_eq!(refused.status, 422);
    assert_eq!(json_of(&refused)["type"], "/v1/errors/idempotency-key-reused");
    let beta = send_at(&world, &Stopped::at(NOW).drawing(90), other.by("beta")).await;
    assert_eq!(beta.status, 202);
    assert_ne!(json_of(&beta)["id"], json!(job));
}

#[tokio::test]
async fn a_caller_who_waits_gets_the_end_if_it_comes_in_time() {
    let world = world().await;
    let submit = request("POST", "/v1/jobs").body(&hero()).with("prefer", "respond-async, wait=60");
    let soon = Stopped::with(NOW, |_| {
        let id = world.flow.started().keys().next().unwrap().rsplit_once('-').unwrap().0.to_owned();
        let key = JobRecord::key(&JobId::parse(&id).unwrap());
        alter(&world, key, json!({ "state": "rejected", "reason": "too small" }));
    });
    let answer = send_at(&world, &soon, submit.clone()).await;
    assert_eq!((answer.status, &json_of(&answer)["state"]), (200, &json!("rejected")));
    assert_eq!(answer.headers["preference-applied"], "wait=20");
    let never = Stopped::at(NOW).drawing(50);
    let answer = send_at(&world, &never, submit).await;
    assert_eq!((answer.status, never.slept()), (202, 20_000));
}

#[tokio::test]
async fn an_uploaded_picture_is_in_custody_before_its_job_is_accepted() {
    let world = world().await;
    let upload = request("POST", "/v1/uploads");
    let upload = send(&world, upload.body(&json!({ "media_type": "image/png", "bytes": 9 }))).await;
    let upload = json_of(&upload);
    let id = upload["upload"].as_str().unwrap();
    assert_eq!(upload["headers"]["content-type"], "image/png");
    assert!(upload["url"].as_str().unwrap().contains(&format!("Uploads/uploads/acme/{id}?put")));
    world.objects.plant(Bucket::Uploads, &format!("uploads/acme/{id}"), domain::fakes::PNG);

    let body = json!({ "pipeline": "product-photo", "inputs": { "photo": { "upload": id } } });
    let job = submitted(&world, &body, "k1").await;
    let asset = format!("{job}.inputs.photo.0");
    let read = send(&world, request("GET", &format!("/v1/assets/{asset}"))).await;
    let read = json_of(&read);
    assert_eq!((&read["media_type"], &read["step"]), (&json!("image/png"), &json!("inputs")));
    assert!(read["url"].as_str().unwrap().contains(&format!("Assets/acme/{job}/")));
    let record = world.table.peek(&JobRecord::key(&job)).unwrap();
    assert_eq!(record["inputs"]["photo"], json!(asset));

    // The same bytes once more, from the first job: a copy of its own, and where it is from.
    let body = json!({ "pipeline": "product-photo", "inputs": { "photo": { "asset": asset } } });
    let second = submitted(&world, &body, "k2").await;
    let path = format!("/v1/assets/{second}.inputs.photo.0");
    let copy = json_of(&send(&world, request("GET", &path)).await);
    assert_eq!((&copy["made_from"], &copy["sha256"]), (&json!([asset]), &read["sha256"]));
    assert!(copy["url"].as_str().unwrap().contains(&format!("Assets/acme/{second}/")));
}

#[tokio::test]
async fn a_job_is_canceled_once_and_its_end_is_shown_after_that() {
    let world = world().await;
    let job = submitted(&world, &hero(), "k1").await;
    let cancel = || request("POST", &format!("/v1/jobs/{job}/cancel"));
    for _ in 0..2 {
        let answer = send(&world, cancel()).await;
        assert_eq!((answer.status, &json_of(&answer)["state"]), (202, &json!("canceling")));
    }
    alter(&world, JobRecord::key(&job), json!({ "state": "canceled" }));
    let answer = send(&world, cancel()).await;
    assert_eq!((answer.status, &json_of(&answer)["state"]), (200, &json!("canceled")));
}

#[tokio::test]
async fn only_a_job_that_ended_without_success_is_retried() {
    let world = world().await;
    let job = submitted(&world, &hero(), "k1").await;
    let retry = || request("POST", &format!("/v1/jobs/{job}/retry"));
    let answer = send(&world, retry()).await;
    assert_eq!(answer.status, 409);
    let detail = format!("job {job} is accepted: only an ended job can be retried");
    assert_eq!(json_of(&answer)["detail"], detail);
    end(&world, &job, JobState::Failed).await;
    for _ in 0..2 {
        let answer = send(&world, retry()).await;
        assert_eq!((answer.status, &json_of(&answer)["run"]), (202, &json!(2)));
    }
    assert!(world.flow.started().contains_key(&format!("{job}-2")));
}

#[tokio::test]
async fn a_list_is_newest_first_and_goes_on_from_its_cursor() {
    let world = world().await;
    let mut jobs = Vec::new();
    for at in 0..5 {
        let clock = Stopped::at(NOW.plus_s(at));
        let submit = request("POST", "/v1/jobs").body(&hero());
        let answer = json_of(&send_at(&world, &clock, submit).await);
        jobs.insert(0, answer["id"].as_str().unwrap().to_owned());
    }
    let mut seen = Vec::new();
    let mut path = "/v1/jobs?limit=2".to_owned();
    loop {
        let page = json_of(&send(&world, request("GET", &path)).await);
        let ids = page["jobs"].as_array().unwrap().iter();
        seen.extend(ids.map(|job| job["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/jobs?limit=2&cursor={next}");
    }
    assert_eq!(seen, jobs);
    let whole = send(&world, request("GET", "/v1/jobs?limit=5")).await;
    assert_eq!(json_of(&whole)["next"], Value::Null, "the last page says so");
    let key = JobRecord::key(&JobId::parse(&jobs[3]).unwrap());
    alter(&world, key, json!({ "state": "failed" }));
    let failed = send(&world, request("GET", "/v1/jobs?state=failed&limit=1")).await;
    assert_eq!(json_of(&failed)["jobs"][0]["id"], jobs[3]);
    let none = send(&world, request("GET", "/v1/jobs?pipeline=product-photo")).await;
    assert_eq!(json_of(&none), json!({ "jobs": [], "next": null }));
    let beta = send(&world, request("GET", "/v1/jobs").by("beta")).await;
    assert_eq!(json_of(&beta)["jobs"], json!([]));
}

#[tokio::test]
async fn a_preview_or_a_chunk_is_shown_by_an_address_and_not_by_its_place() {
    let world = world().await;
    let job = submitted(&world, &hero(), "k1").await;
    for (n, kind) in [(2, "step.preview"), (3, "step.chunk"), (4, "step.invented")] {
        let event = domain::event::Event::new(NOW, kind).with("key", "previews/a.jpg");
        let event = domain::event::Event { n, ..event };
        world.table.plant(Write::put(domain::event::key(&job, n), &event).unwrap());
    }
    let path = format!("/v1/jobs/{job}/events?after=1");
    let page = json_of(&send(&world, request("GET", &path)).await);
    for n in 0..2 {
        let data = &page["events"][n]["data"];
        assert_eq!(data["url"], "https://s3.test/Assets/previews/a.jpg?get&expires=900");
        assert!(data.get("key").is_none());
    }
    assert!(page["events"][2]["data"].get("url").is_none());
}

#[tokio::test]
async fn events_are_read_from_any_number_on_and_waited_for() {
    let world = world().await;
    let job = submitted(&world, &hero(), "k1").await;
    let events = |query: &str| request("GET", &format!("/v1/jobs/{job}/events{query}"));
    let page = json_of(&send(&world, events("")).await);
    assert_eq!((&page["last"], &page["terminal"]), (&json!(1), &json!(false)));
    let expected = json!({
        "n": 1, "at": "2023-11-14T22:13:20.000Z", "type": "job.accepted",
        "data": { "pipeline": "hero-image" },
    });
    assert_eq!(page["events"], json!([expected]));

    let patient = Stopped::at(NOW);
    let nothing = send_at(&world, &patient, events("?after=1").with("prefer", "wait=3")).await;
    assert_eq!(json_of(&nothing), json!({ "events": [], "last": 1, "terminal": false }));
    assert_eq!((patient.slept(), nothing.headers["preference-applied"].as_str()), (3000, "wait=3"));

    let key = domain::event::key(&job, 2);
    let event = domain::event::Event { n: 2, ..domain::event::Event::new(NOW, "job.canceled") };
    let meanwhile = Stopped::with(NOW, |_| {
        world.table.plant(Write::put(key.clone(), &event).unwrap());
    });
    let page = send_at(&world, &meanwhile, events("?after=1").with("prefer", "wait=20")).await;
    let page = json_of(&page);
    assert_eq!((&page["events"][0]["n"], &page["terminal"]), (&json!(2), &json!(true)));
    assert_eq!(meanwhile.slept(), 100);
    let first = json_of(&send(&world, events("?limit=1")).await);
    assert_eq!((&first["last"], &first["terminal"]), (&json!(2), &json!(false)));
}

#[tokio::test]
async fn a_waiting_job_says_what_it_waits_for_and_its_lane_how_much_does() {
    let world = world().await;
    let job = submitted(&world, &hero(), "k1").await;
    let lanes = world.lanes();
    lanes.take(&world.message(&job, 0), NOW).await.unwrap();
    let address = format!("/v1/jobs/{job}");
    let shown = json_of(&send(&world, request("GET", &address)).await);
    let waiting = json!({
        "lane": "gpu", "why": "no_host", "detail": "no host does image.generate sketch-1",
        "position": "unknown", "estimate_s": "unknown", "slots": 0, "busy": 0,
    });
    assert_eq!(shown["steps"][0]["waiting_for"], waiting);
    world.host("host-a", 1).await;
    let shown = json_of(&send(&world, request("GET", &address)).await);
    assert_eq!(shown["steps"][0]["waiting_for"]["position"], 1);
    world.faults.clear();
    let lane = json_of(&send(&world, request("GET", "/v1/lanes")).await);
    // The key, and the lane.
    assert_eq!(world.faults.calls(), 2);
    let lane = &lane["lanes"][0];
    assert_eq!((&lane["waiting"], &lane["slots"]), (&json!(1), &json!(1)));
    assert_eq!(lane["yours"], json!({ "waiting": 1, "running": 0 }));
    let others =
        request("GET", "/v1/lanes").with("authorization", &format!("Bearer {}", key_of("beta")));
    let lane = json_of(&send(&world, others).await);
    assert_eq!(lane["lanes"][0]["yours"], json!({ "waiting": 0, "running": 0 }));
    assert!(!lane.to_string().contains("acme"), "{lane}");
}
