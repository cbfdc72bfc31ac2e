//! The `galley` command against the deployed stack: its exit codes, and keys that rotate.

use crate::harness::api::Caller;
use crate::harness::hosts;
use crate::harness::pipelines::{one_render, one_render_with};
use crate::harness::stack::home;
use crate::harness::world::World;
use aws::clock;
use domain::id::JobId;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Output;

/// Runs the command as a person with this key would, or as the operator.
pub(crate) async fn galley(world: &World, key: &str, words: &[&str]) -> Output {
    let stack = &world.stack;
    let mut command = std::process::Command::new(&stack.galley);
    command.args(words).env_clear().env("GALLEY_CONFIG", "/dev/null").env("NO_COLOR", "1");
    command.env("GALLEY_API", &stack.api_url).env("GALLEY_TABLE", &stack.table);
    for (which, name) in &stack.buckets {
        command.env(format!("GALLEY_{}_BUCKET", which.to_uppercase()), name);
    }
    command.env("AWS_ENDPOINT_URL", &stack.endpoint_url).env("AWS_REGION", &stack.region);
    command.env("AWS_ACCESS_KEY_ID", &stack.credentials.access_key_id);
    command.env("AWS_SECRET_ACCESS_KEY", &stack.credentials.secret_access_key);
    if !key.is_empty() {
        command.env("GALLEY_KEY", key);
    }
    let done = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    done.expect("the command can be run; `make build` builds it")
}

/// A pipeline in a file of its own.
pub(crate) fn file(name: &str, pipeline: &Value) -> PathBuf {
    let path = home().join("tmp").join(format!("{name}.json"));
    std::fs::write(&path, pipeline.to_string()).unwrap();
    path
}

async fn watched(world: &World, caller: &Caller<'_>, name: &str, pipeline: &Value) -> Output {
    let file = file(name, pipeline);
    let words = ["submit", file.to_str().unwrap(), "--watch"];
    galley(world, caller.key.reveal(), &words).await
}

#[tokio::test]
async fn the_exit_code_is_what_became_of_the_job() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    let caller = world.tenant().await;
    let mut too_small = one_render(json!({}));
    too_small["steps"]["good"]["with"]["min_width"] = json!(1024);
    let broken =
        one_render_with(json!({ "fail": "broken" }), json!({ "retry": { "attempts": 1 } }));
    let cases = [
        ("succeeds", one_render(json!({})), 0, "succeeded"),
        ("is-rejected", too_small, 2, "rejected"),
        ("fails", broken, 1, "failed"),
    ];
    for (name, pipeline, code, state) in cases {
        let output = watched(&world, &caller, name, &pipeline).await;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{name}: {output:?}");
        assert!(text.contains(state), "{name}: {text}");
    }
}

#[tokio::test]
async fn the_command_shows_cancels_and_fetches_jobs() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let caller = world.tenant().await;
    let key = caller.key.reveal();
    let long = file("long", &one_render(json!({ "seconds": 60 })));
    let submitted = galley(&world, key, &["submit", long.to_str().unwrap()]).await;
    let job = String::from_utf8(submitted.stdout).unwrap();
    let job = JobId::parse(job.trim()).expect("the command prints the job's id and nothing else");
    let canceled = galley(&world, key, &["cancel", job.as_str()]).await;
    assert!(canceled.status.success(), "{canceled:?}");
    let watched = galley(&world, key, &["watch", job.as_str()]).await;
    assert_eq!(watched.status.code(), Some(1), "{watched:?}");
    let shown = galley(&world, key, &["get", job.as_str(), "--json"]).await;
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!((&shown["state"], &shown["terminal"]), (&json!("canceled"), &json!(true)));
    hosts::idle(&world).await;
}

#[tokio::test]
async fn two_keys_are_valid_while_rotating_and_none_once_revoked() {
    let world = World::open().await;
    let random: [u8; 6] = clock::random();
    let tenant: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let tenant = format!("rotating-{tenant}");
    let key = async |words: &[&str]| -> String {
        let output = galley(&world, "", words).await;
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().last().unwrap_or_default().trim().to_owned()
    };
    let status = async |key: &str| {
        let request = world.http.get(format!("{}/v1/jobs", world.stack.api_url));
        request.bearer_auth(key).send().await.unwrap().status().as_u16()
    };
    let first = key(&["admin", "tenants", "add", &tenant]).await;
    let second = key(&["admin", "tenants", "rotate", &tenant]).await;
    assert_eq!((status(&first).await, status(&second).await), (200, 200));
    let third = key(&["admin", "tenants", "rotate", &tenant]).await;
    let now = [status(&first).await, status(&second).await, status(&third).await];
    assert_eq!(now, [401, 200, 200], "never more than two");
    let id = domain::tenant::ApiKey::parse(&third).expect("the command prints a key").id();
    galley(&world, "", &["admin", "tenants", "revoke", &tenant, &id]).await;
    assert_eq!((status(&second).await, status(&third).await), (200, 401));
}
