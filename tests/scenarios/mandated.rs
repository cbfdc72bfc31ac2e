//! A tenant's own gates: whatever a pipeline says, nothing goes out that they did not pass.

use super::command::galley;
use crate::harness::api::Caller;
use crate::harness::hosts;
use crate::harness::stack::{home, root};
use crate::harness::world::World;
use domain::id::JobId;
use domain::state::JobState;
use serde_json::{Value, json};

/// A picture that is published in two formats, one of which no gate can read; `gates` are its own.
fn pipeline(gates: Value) -> Value {
    let mut pipeline = json!({
        "name": "bare", "budget_usd": 0.2, "inputs": { "prompt": { "type": "text" } },
        "steps": {
            "make": { "kind": "image.generate", "with": {
                "prompt": "{{ inputs.prompt }}", "width": 256, "height": 256, "seed": 7, "preview": false,
            } },
            "sizes": { "kind": "image.resize", "with": {
                "image": "{{ make.image }}", "widths": [128], "formats": ["webp", "avif"],
            } },
            "out": { "kind": "publish", "with": { "assets": "{{ sizes.images }}", "target": { "kind": "s3" } } },
        },
    });
    let names: Vec<String> = gates.as_object().unwrap().keys().cloned().collect();
    pipeline["steps"]["out"]["after"] = json!(names);
    pipeline["steps"].as_object_mut().unwrap().extend(gates.as_object().unwrap().clone());
    pipeline
}

/// Runs an operator's command that must succeed.
async fn operate(world: &World, words: &[&str]) {
    let done = galley(world, "", words).await;
    assert!(done.status.success(), "{words:?}: {done:?}");
}

/// What the tenant asks of all that it publishes from now on.
async fn ask(world: &World, caller: &Caller<'_>, gates: &str) {
    operate(world, &["admin", "tenants", "gates", caller.tenant.as_str(), gates]).await;
}

async fn submit(caller: &Caller<'_>, pipeline: &Value, prompt: &str) -> JobId {
    let body = json!({ "pipeline": pipeline, "inputs": { "prompt": prompt } });
    let answer = caller.post("/v1/jobs", &body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.job()
}

/// How many states an execution entered.
async fn transitions(world: &World, job: &JobId) -> usize {
    let execution = format!(
        "{}:{}",
        world.stack.state_machine_arn.replace(":stateMachine:", ":execution:"),
        job.execution(1)
    );
    let history = world.sfn.get_execution_history().execution_arn(execution).max_results(1000);
    let history = history.send().await.expect("the history can be read");
    let entered =
        history.events().iter().filter(|event| event.r#type().as_str().ends_with("StateEntered"));
    entered.count()
}

#[tokio::test]
async fn a_pipeline_without_a_gate_publishes_what_its_tenants_gates_pass_and_nothing_else() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let bare = pipeline(json!({}));
    let body = json!({ "pipeline": bare, "inputs": { "prompt": "a quiet bay" } });
    assert_eq!(caller.post("/v1/jobs", &body).await.status, 422, "no gate at all");
    let lists = home().join("tmp").join(format!("{}.json", caller.tenant));
    std::fs::write(&lists, json!({ "terms": ["storm"] }).to_string()).unwrap();
    let lists = lists.to_str().unwrap();
    operate(&world, &["admin", "moderation", "put", caller.tenant.as_str(), lists]).await;
    let house = root().join("infra/pipelines/gates/house-rules.yaml");
    ask(&world, &caller, house.to_str().unwrap()).await;

    let fine = submit(&caller, &bare, "a quiet bay").await;
    let view = world.ends(&fine, JobState::Succeeded, 60).await;
    assert_eq!(view.publications.len(), 2);
    let shown = caller.get(&format!("/v1/jobs/{fine}")).await.body;
    assert_eq!(shown["mandate"]["gates"], json!(["good", "safe"]));
    for gate in ["tenant-good", "tenant-safe"] {
        let verdict = view.steps[gate].verdict.clone().unwrap();
        assert_eq!(verdict["mandate"], shown["mandate"]["digest"]);
    }

    let storm = submit(&caller, &bare, "a quiet bay before the Storm").await;
    let view = world.ends(&storm, JobState::Rejected, 60).await;
    let reason = "tenant-safe: prompt of make has the term \"storm\"";
    assert_eq!(view.job.reason.as_deref(), Some(reason));
    assert!(view.publications.is_empty() && !view.steps.contains_key("out"));

    // A retry is under what is asked then: here of looks alone, and the render is kept.
    let looks = home().join("tmp").join(format!("{}-gates.yaml", caller.tenant));
    std::fs::write(&looks, "gates: { good: { kind: gate.quality } }").unwrap();
    ask(&world, &caller, looks.to_str().unwrap()).await;
    let retried = caller.post(&format!("/v1/jobs/{storm}/retry"), &json!({})).await;
    assert_eq!(retried.status, 202, "{retried:?}");
    assert_eq!(retried.body["mandate"]["gates"], json!(["good"]));
    let view = world.ends(&storm, JobState::Succeeded, 60).await;
    assert_eq!((view.publications.len(), view.attempts.len()), (2, 1));
}

#[tokio::test]
async fn a_tenants_gates_cost_one_wave_beside_those_of_the_pipeline() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let own =
        json!({ "own": { "kind": "gate.quality", "with": { "images": "{{ make.image }}" } } });
    let own = pipeline(own);
    let plain = submit(&caller, &own, "a quiet bay").await;
    world.ends(&plain, JobState::Succeeded, 60).await;
    let house = root().join("infra/pipelines/gates/house-rules.yaml");
    ask(&world, &caller, house.to_str().unwrap()).await;
    let asked = submit(&caller, &own, "a quiet bay").await;
    let view = world.ends(&asked, JobState::Succeeded, 60).await;
    assert_eq!(view.publications.len(), 2);
    // The machine looks for the next wave, and calls gate once.
    assert_eq!(transitions(&world, &asked).await, transitions(&world, &plain).await + 2);
}
