//! The HTTP API's promises over real HTTP: waiting, replaying, paging, versions.

use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::world::World;
use domain::state::JobState;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_caller_who_prefers_to_wait_gets_the_ended_job() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let request = json!({ "pipeline": one_render(json!({})), "inputs": {} }).to_string();
    let wait = [("prefer", "wait=20")];
    let answer = caller.send(Method::POST, "/v1/jobs", &wait, Some(request)).await;
    let job = answer.job();
    if answer.body["terminal"] == json!(false) {
        // Others kept the hosts busy for longer than a caller may wait.
        world.ends(&job, JobState::Succeeded, 60).await;
    } else {
        assert_eq!(answer.body["state"], "succeeded", "{answer:?}");
    }
    let last = world.events(&job).await.len() as u64;
    let path = format!("/v1/jobs/{job}/events?after={}", last - 1);
    let told = caller.send(Method::GET, &path, &wait, None).await.body;
    assert_eq!(told["events"][0]["type"], "job.succeeded", "{told}");
}

#[tokio::test]
async fn a_key_that_comes_with_another_body_is_refused_and_makes_nothing() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let send = async |pipeline: Value| {
        let request = json!({ "pipeline": pipeline, "inputs": {} }).to_string();
        let key = [("idempotency-key", "one")];
        caller.send(Method::POST, "/v1/jobs", &key, Some(request)).await
    };
    let first = send(one_render(json!({}))).await;
    let second = send(one_render(json!({ "seconds": 1 }))).await;
    assert_eq!((first.status, second.status), (202, 422), "{second:?}");
    let listed = caller.get("/v1/jobs").await.body;
    assert_eq!(listed["jobs"].as_array().map(Vec::len), Some(1));
    world.ends(&first.job(), JobState::Succeeded, 60).await;
}

#[tokio::test]
async fn jobs_are_listed_by_state_page_by_page_newest_first() {
    let world = World::open().await;
    let caller = world.tenant().await;
    let mut jobs = Vec::new();
    for _ in 0..3 {
        // Nobody starts them: listing needs no renders.
        let nobody = crate::harness::world::NoFlow;
        jobs.push(world.accept(&caller.tenant, &one_render(json!({})), &nobody).await);
    }
    caller.cancel(&jobs[1]).await;
    let ids = |body: &Value| -> Vec<String> {
        let jobs = body["jobs"].as_array().unwrap();
        jobs.iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = caller.get("/v1/jobs?limit=2").await.body;
    let cursor = first["next"].as_str().expect("there is another page");
    let second = caller.get(&format!("/v1/jobs?limit=2&cursor={cursor}")).await.body;
    let newest_first: Vec<_> = jobs.iter().rev().map(ToString::to_string).collect();
    assert_eq!([ids(&first), ids(&second)].concat(), newest_first);
    assert_eq!(second["next"], Value::Null);
    let accepted = caller.get("/v1/jobs?state=accepted&pipeline=one-render").await.body;
    assert_eq!(ids(&accepted), [jobs[2].to_string(), jobs[0].to_string()]);
    for job in &jobs {
        caller.cancel(job).await;
        world.due_now(job).await;
    }
    world.sweep().await;
    for job in &jobs {
        world.ends(job, JobState::Canceled, 10).await;
    }
}

#[tokio::test]
async fn a_stored_pipeline_never_changes_and_a_job_names_its_version() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let put = async |document: Value| {
        let text = document.to_string();
        caller.send(Method::PUT, "/v1/pipelines/one-render", &[], Some(text)).await
    };
    let (one, other) = (one_render(json!({})), one_render(json!({ "seconds": 0.1 })));
    let (first, again, second) = (put(one.clone()).await, put(one).await, put(other).await);
    assert_eq!((first.status, again.status, second.status), (201, 200, 201));
    let version = |answer: &crate::harness::api::Answer| answer.body["version"].clone();
    assert_eq!(
        (version(&first), version(&again), version(&second)),
        (json!(1), json!(1), json!(2))
    );
    let old = caller.get("/v1/pipelines/one-render?version=1").await.body;
    assert_eq!(old["sha256"], first.body["sha256"]);
    let request = json!({ "pipeline": "one-render@1", "inputs": {} });
    let answer = caller.post("/v1/jobs", &request).await;
    assert_eq!((answer.status, version(&answer)), (202, json!(1)), "{answer:?}");
    world.ends(&answer.job(), JobState::Succeeded, 60).await;
}

#[tokio::test]
async fn a_request_without_a_valid_key_is_told_what_to_send() {
    let world = World::open().await;
    let url = format!("{}/v1/jobs", world.stack.api_url);
    let bare = world.http.get(&url).send().await.unwrap();
    assert_eq!(bare.status(), 401);
    let strange = world.http.get(&url).bearer_auth(format!("gk_nobody_{}", "0".repeat(32)));
    let strange = strange.send().await.unwrap();
    assert_eq!(strange.status(), 401);
    let problem: Value = strange.json().await.unwrap();
    assert_eq!(problem["type"], "/v1/errors/unauthenticated");
    let nothing = world.http.get(format!("{}/v2/jobs", world.stack.api_url)).send().await.unwrap();
    assert_eq!(nothing.status(), 404);
}
