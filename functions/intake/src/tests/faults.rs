//! Handlers that run twice, at once, and die at the worst line: the world is that of one clean run.

use super::triggers::{entry, upload, with_triggers};
use super::*;
use domain::fakes::{Fault, Overtaken, every_fault};
use domain::ports::Bucket;
use domain::record::JobRecord;
use domain::state::JobState;
use domain::store::Key;

/// Runs a request; what the caller would send again is an error.
async fn run(world: &World, request: HttpRequest) -> Result<()> {
    let answer = send(world, request).await;
    match answer.status {
        500.. => Err(Error::Again(answer.body)),
        status => {
            assert!(status < 300, "{}", answer.body);
            Ok(())
        }
    }
}

fn photo() -> HttpRequest {
    let inputs = json!({ "photo": { "upload": "direct/cup.png" } });
    let body = json!({ "pipeline": "product-photo", "inputs": inputs });
    request("POST", "/v1/jobs").body(&body).with("idempotency-key", "k1")
}

async fn with_upload() -> World {
    let world = world().await;
    world.objects.plant(Bucket::Uploads, "uploads/acme/direct/cup.png", domain::fakes::PNG);
    world
}

#[tokio::test]
async fn a_submission_makes_one_job_whatever_fails() {
    every_fault(with_upload, async |world| run(world, photo()).await, World::listing).await;
}

#[tokio::test]
async fn a_pipeline_is_stored_once_whatever_fails() {
    let put = || {
        let text = HERO.replace("budget_usd: 0.50", "budget_usd: 0.60");
        request("PUT", "/v1/pipelines/hero-image").text("application/yaml", &text)
    };
    every_fault(world, async |world| run(world, put()).await, World::listing).await;
}

#[tokio::test]
async fn a_policy_is_stored_once_whatever_fails() {
    let put = || {
        let text = super::policies::named("brand");
        let put = request("PUT", "/v1/policies/brand").text("application/yaml", &text);
        super::people::as_person(put, "ed")
    };
    let prepare = async || {
        let world = world().await;
        super::people::with(&world, "ed", &[domain::person::Role::Editor], &[]);
        world
    };
    every_fault(prepare, async |world| run(world, put()).await, World::listing).await;
}

/// A job whose first step waits for a slot.
async fn waiting() -> (World, JobId) {
    let world = world().await;
    let job = submitted(&world, &hero(), "k1").await;
    world.lanes().take(&world.message(&job, 0), NOW).await.unwrap();
    world.faults.clear();
    (world, job)
}

#[tokio::test]
async fn a_job_is_canceled_once_whatever_fails() {
    let (_, job) = waiting().await;
    let cancel = || request("POST", &format!("/v1/jobs/{job}/cancel"));
    let prepare = async || waiting().await.0;
    every_fault(prepare, async |world| run(world, cancel()).await, World::listing).await;
}

#[tokio::test]
async fn a_job_is_retried_once_whatever_fails() {
    let prepare = async || {
        let (world, job) = waiting().await;
        super::jobs::end(&world, &job, JobState::Failed).await;
        world
    };
    let (_, job) = waiting().await;
    let retry = || request("POST", &format!("/v1/jobs/{job}/retry"));
    every_fault(prepare, async |world| run(world, retry()).await, World::listing).await;
}

#[tokio::test]
async fn an_event_fires_each_trigger_once_whatever_fails() {
    for event in [upload(), entry()] {
        let act =
            async |world: &World| deliver(world, &Stopped::at(NOW), event.clone()).await.map(drop);
        every_fault(with_triggers, act, World::listing).await;
    }
}

#[tokio::test]
async fn intake_that_died_between_write_and_start_is_finished_by_the_next_call() {
    let world = world().await;
    let submit = request("POST", "/v1/jobs").body(&hero()).with("idempotency-key", "k1");
    // The read, the write, then the start.
    world.faults.plan(2, Fault::Refused);
    assert_eq!(send(&world, submit.clone()).await.status, 503);
    world.faults.clear();
    assert!(world.flow.started().is_empty() && world.table.listing().contains("JOB#"));
    let answer = send(&world, submit).await;
    assert_eq!((answer.status, world.flow.started().len()), (202, 1));
}

#[tokio::test]
async fn a_job_without_a_key_that_could_not_be_started_is_left_to_the_sweep() {
    let world = world().await;
    world.faults.plan(2, Fault::Refused);
    let answer = send(&world, request("POST", "/v1/jobs").body(&hero())).await;
    assert_eq!(answer.status, 202, "a 503 would make a second job");
    let job = JobId::parse(json_of(&answer)["id"].as_str().unwrap()).unwrap();
    let record = world.table.peek(&JobRecord::key(&job)).unwrap();
    assert_eq!((&record["state"], &record["due_pk"]), (&json!("accepted"), &json!("DUE")));
}

/// Delivers an event while its twin overtakes it.
async fn overtaken(world: &World, event: Event, twin: Event) -> Result<Reply> {
    let table = Overtaken::by(world, async {
        deliver(world, &Stopped::at(NOW).drawing(99), twin).await.unwrap();
    });
    let intake = Intake {
        table: &table,
        objects: &world.objects,
        flow: &world.flow,
        queue: &world.queue,
        notices: &world.notices,
        models: &Models::for_tests(),
        webhook_hosts: &["127.0.0.1:8080".to_owned()],
        stream_url: "https://stream.test/live",
        vault: &world.vault,
        accounts: &world.accounts,
        publisher: &world.publisher,
        signing_key: &world.settings.signing_key,
        undo_s: 30,
        clock: &Stopped::at(NOW),
    };
    handle(&intake, event).await
}

#[tokio::test]
async fn twins_at_the_same_moment_are_one_job() {
    let world = with_upload().await;
    let reply = overtaken(&world, Event::Http(photo()), Event::Http(photo())).await.unwrap();
    let Reply::Http(answer) = reply else { panic!() };
    assert_eq!((answer.status, world.flow.started().len()), (202, 1), "{}", answer.body);
    assert_eq!(answer.headers["idempotency-replayed"], "true");
    let triggered = with_triggers().await;
    overtaken(&triggered, upload(), upload()).await.unwrap();
    assert_eq!(triggered.flow.started().len(), 1);
}

#[tokio::test]
async fn two_documents_at_the_same_moment_get_two_versions() {
    let world = world().await;
    let put = |budget: &str| {
        let text = HERO.replace("budget_usd: 0.50", &format!("budget_usd: {budget}"));
        Event::Http(request("PUT", "/v1/pipelines/hero-image").text("application/yaml", &text))
    };
    let Reply::Http(answer) = overtaken(&world, put("0.6"), put("0.7")).await.unwrap() else {
        panic!()
    };
    assert_eq!((answer.status, &json_of(&answer)["version"]), (201, &json!(3)));
    let second = send(&world, request("GET", "/v1/pipelines/hero-image?version=2")).await;
    assert_eq!(json_of(&second)["pipeline"]["budget_usd"], 0.7);
}

#[tokio::test]
async fn the_same_event_three_times_and_next_week_is_one_job() {
    let world = with_triggers().await;
    for after_s in [0, 1, 60, 7 * 24 * 3600] {
        deliver(&world, &Stopped::at(NOW.plus_s(after_s)), upload()).await.unwrap();
        // The table forgets idempotency keys after a day.
        let listing = world.table.listing();
        if let Some(line) = listing.lines().find(|line| line.contains(" IDEM#")) {
            let sk = line.split(' ').nth(1).unwrap();
            world.table.write(vec![Write::delete(Key::new("TENANT#acme", sk))]).await.unwrap();
        }
    }
    assert_eq!(world.flow.started().len(), 1);
    let assets = world.objects.listing();
    assert_eq!(assets.lines().filter(|line| line.starts_with("Assets")).count(), 1);
}

#[tokio::test]
async fn an_event_is_sent_again_when_a_store_of_ours_failed() {
    let world = with_triggers().await;
    world.faults.plan(0, Fault::Refused);
    let failed = deliver(&world, &Stopped::at(NOW), upload()).await;
    assert!(matches!(failed, Err(Error::Again(_))));
}
