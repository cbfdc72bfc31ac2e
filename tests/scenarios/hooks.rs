//! Jobs that a signed webhook or a time sets off, and what the command says of a trigger.

use super::command::galley;
use crate::harness::api::Caller;
use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::stack::home;
use crate::harness::until::until;
use crate::harness::world::World;
use aws::clock;
use domain::id::JobId;
use domain::state::JobState;
use domain::store::Write;
use domain::trigger::{self, TriggerRecord};
use publishers::signature::Secret;
use reqwest::Method;
use serde_json::{Value, json};

/// A tenant with a pipeline of one render, and a trigger for it.
async fn tenant<'a>(world: &'a World, name: &str, on: Value) -> (Caller<'a>, Value) {
    let caller = world.tenant().await;
    let pipeline = one_render(json!({})).to_string();
    let put = caller.send(Method::PUT, "/v1/pipelines/one-render", &[], Some(pipeline)).await;
    assert_eq!(put.status, 201, "{put:?}");
    let document = json!({
        "on": on, "pipeline": "one-render", "inputs": {}, "labels": { "campaign": "spring" },
    });
    let path = format!("/v1/triggers/{name}");
    let put = caller.send(Method::PUT, &path, &[], Some(document.to_string())).await;
    assert_eq!(put.status, 201, "{put:?}");
    (caller, put.body)
}

#[tokio::test]
async fn a_webhook_with_the_right_signature_is_one_job_and_with_a_wrong_one_none() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let (caller, stored) = tenant(&world, "cms", json!({ "webhook": {} })).await;
    let url = format!("{}{}", world.stack.api_url, stored["url"].as_str().unwrap());
    let secret = Secret::parse(stored["secret"].as_str().unwrap()).unwrap();
    let body = r#"{"title": "a red kite"}"#;
    let send = async |secret: &Secret, id: &str| {
        let at = clock::now().unix_s();
        let signature = secret.sign(id, at, body.as_bytes());
        let request = world.http.post(&url).header("content-type", "application/json");
        let request = request.header("webhook-id", id).header("webhook-timestamp", at);
        let answer =
            request.header("webhook-signature", signature).body(body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap())
    };
    let wrong = Secret::parse("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
    let (status, problem) = send(&wrong, "m1").await;
    assert_eq!((status, &problem["type"]), (401, &json!("/v1/errors/bad-signature")));
    assert_eq!(caller.get("/v1/jobs").await.body["jobs"], json!([]));
    let three = tokio::join!(send(&secret, "m1"), send(&secret, "m1"), send(&secret, "m1"));
    let mut statuses = [three.0.0, three.1.0, three.2.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 202], "{three:?}");
    let jobs = caller.get("/v1/jobs").await.body["jobs"].clone();
    assert_eq!(jobs.as_array().unwrap().len(), 1);
    assert_eq!(jobs[0]["labels"], json!({ "campaign": "spring", "trigger": "cms" }));
    let job = JobId::parse(jobs[0]["id"].as_str().unwrap()).unwrap();
    assert_eq!([&three.0.1, &three.1.1, &three.2.1].map(|it| &it["job"]), [&json!(job); 3]);
    world.ends(&job, JobState::Succeeded, 60).await;
}

#[tokio::test]
async fn a_schedule_that_is_due_is_a_job_at_the_next_sweep() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let on = json!({ "schedule": { "cron": "*/5 * * * *", "timezone": "Europe/Berlin" } });
    let (caller, stored) = tenant(&world, "often", on).await;
    assert!(stored["next_at"].is_string(), "{stored}");
    let key = trigger::key(&caller.tenant, "often");
    let before: TriggerRecord =
        trigger::get(&world.table, &caller.tenant, "often").await.unwrap().unwrap();
    // As if nobody had swept for a quarter of an hour.
    let due = domain::Time(before.due_at.unwrap().0 - 900_000);
    world.write(vec![Write::set(key, json!({ "due_at": due }))]).await;
    let fired = async || {
        world.sweep().await;
        caller.get("/v1/jobs").await.body["jobs"][0]["id"].as_str().map(str::to_owned)
    };
    let job = JobId::parse(&until("the sweep fired the schedule", 30, fired).await).unwrap();
    world.sweep().await;
    let jobs = caller.get("/v1/jobs").await.body["jobs"].clone();
    assert_eq!(jobs.as_array().unwrap().len(), 1, "what was missed is made up for once: {jobs}");
    let after: TriggerRecord =
        trigger::get(&world.table, &caller.tenant, "often").await.unwrap().unwrap();
    assert!(clock::now() < after.due_at.unwrap());
    world.ends(&job, JobState::Succeeded, 60).await;
}

#[tokio::test]
async fn the_command_puts_tries_lists_and_deletes_triggers() {
    let world = World::open().await;
    let (caller, _) = tenant(&world, "other", json!({ "webhook": {} })).await;
    let key = caller.key.reveal();
    let write = |name: &str, value: Value| {
        let path = home().join("tmp").join(format!("{}-{name}.json", caller.tenant));
        std::fs::write(&path, value.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let file = write(
        "trigger",
        json!({
            "name": "cms", "on": { "webhook": { "pattern": { "detail": { "kind": ["published"] } } } },
            "pipeline": "one-render@1", "inputs": {},
        }),
    );
    let put = galley(&world, key, &["triggers", "put", &file]).await;
    let told = String::from_utf8_lossy(&put.stdout).into_owned();
    assert!(
        put.status.success() && told.contains("/v1/hooks/") && told.contains("whsec_"),
        "{put:?}"
    );
    let again = galley(&world, key, &["triggers", "put", &file]).await;
    let told = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(again.status.success() && !told.contains("whsec_"), "{again:?}");
    let tried = async |kind: &str| {
        let event = write("event", json!({ "kind": kind }));
        galley(&world, key, &["triggers", "test", "cms", "--event", &event]).await
    };
    let would = tried("published").await;
    let told = String::from_utf8_lossy(&would.stdout).into_owned();
    assert_eq!(would.status.code(), Some(0), "{would:?}");
    assert!(told.contains("matches  one-render@1") && told.contains("dedupe"), "{told}");
    let would_not = tried("draft").await;
    let told = String::from_utf8_lossy(&would_not.stdout).into_owned();
    assert_eq!(would_not.status.code(), Some(1), "{would_not:?}");
    assert_eq!(told, "does not match  /detail/kind: it is \"draft\"; wanted: \"published\"\n");
    let listed = galley(&world, key, &["triggers", "list"]).await;
    let told = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(told.starts_with("cms ") && told.contains("other "), "{told}");
    let gone = galley(&world, key, &["triggers", "delete", "cms"]).await;
    assert!(gone.status.success(), "{gone:?}");
    assert_eq!(caller.get("/v1/triggers/cms").await.status, 404);
    assert_eq!(caller.get("/v1/jobs").await.body["jobs"], json!([]), "a trial makes nothing");
}
