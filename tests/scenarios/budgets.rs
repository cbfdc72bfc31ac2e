//! What jobs cost: told before, refused where nobody may pay it, counted after, on the deployed stack.

use super::command::{file, galley};
use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::until::until;
use crate::harness::world::World;
use domain::state::{JobState, StepState};
use serde_json::{Value, json};

#[tokio::test]
async fn a_quote_and_the_table_are_told_by_the_command() {
    let world = World::open().await;
    let caller = world.tenant().await;
    let key = caller.key.reveal();
    let mut pipeline = one_render(json!({}));
    let step = &mut pipeline["steps"]["generate"];
    step["models"] = json!(["openai/gpt-image-1", "sketch-1"]);
    step["choose"] = json!("best");
    let file = file("quoted", &pipeline);
    let output = galley(&world, key, &["quote", file.to_str().unwrap(), "--json"]).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let quote: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names = |of: &Value| -> Vec<Value> {
        of.as_array().unwrap().iter().map(|it| it["model"].clone()).collect()
    };
    let step = &quote["steps"][0];
    let told = [names(&step["candidates"]), names(&step["passed_over"])].concat();
    assert!(told.contains(&json!("sketch-1")) && told.contains(&json!("openai/gpt-image-1")));
    let own = step["candidates"].as_array().unwrap().iter().find(|it| it["model"] == "sketch-1");
    assert!(own.unwrap()["usd"]["standard"].as_f64().is_some_and(|usd| 0.0 < usd), "{quote}");
    let output = galley(&world, key, &["models", "--kind", "image.generate", "--json"]).await;
    let models: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(names(&models["models"]).contains(&json!("openai/gpt-image-1")), "{models}");
}

#[tokio::test]
async fn what_a_tenant_spends_counts_against_its_budget_and_no_more_is_begun_beyond_it() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    let caller = world.tenant().await;
    let name = caller.tenant.as_str();
    let limited = async |usd: &str| -> Value {
        let words = ["admin", "tenants", "budget", name, "--month", usd, "--json"];
        let output = galley(&world, "", &words).await;
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(limited("1").await["left"]["usd"], json!(1.0));
    let job = caller.submit(&one_render(json!({}))).await;
    until("the job is done", 60, async || {
        (world.job(&job).await.job.state == JobState::Succeeded).then_some(())
    })
    .await;
    let spent = world.job(&job).await.job.spent.usd();
    let left = limited("1").await["left"]["usd"].as_f64().unwrap();
    assert!((1.0 - spent - left).abs() < 1e-9 && 0.0 < spent, "{spent} spent, {left} left");
    assert_eq!(limited("0").await["left"]["usd"], json!(0.0));
    let body = json!({ "pipeline": one_render(json!({})), "inputs": {} });
    let refused = caller.post("/v1/jobs", &body).await;
    assert_eq!((refused.status, &refused.body["type"]), (402, &json!("/v1/errors/over-budget")));
}

#[tokio::test]
async fn a_claim_that_its_tenant_cannot_pay_any_more_is_refused_and_the_step_says_why() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    let caller = world.tenant().await;
    let operate = async |words: &[&str]| {
        let done = galley(&world, "", words).await;
        assert!(done.status.success(), "{words:?}: {done:?}");
    };
    let name = caller.tenant.as_str();
    let budget = ["admin", "tenants", "budget", name, "--month"];
    operate(&[&budget[..], &["1"]].concat()).await;
    operate(&["ops", "hold", "gpu", "a test"]).await;
    let job = caller.submit(&one_render(json!({}))).await;
    until("it waits in its lane", 60, async || {
        (world.job(&job).await.step("generate").state == StepState::Waiting).then_some(())
    })
    .await;
    // While it waits, less is left than any render costs.
    operate(&[&budget[..], &["0.00001"]].concat()).await;
    operate(&["ops", "resume", "gpu"]).await;
    let view = world.ends(&job, JobState::Failed, 60).await;
    let error = view.step("generate").error.unwrap();
    assert!(error.starts_with("it costs about $") && error.contains("of its tenant's"), "{error}");
    assert_eq!((view.attempts.len(), view.job.spent.0), (0, 0), "nobody was asked");
}
