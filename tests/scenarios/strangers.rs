//! What belongs to another tenant is not there, over real HTTP too.

use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::world::World;
use domain::state::JobState;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn another_tenants_job_and_assets_are_not_there() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let owner = world.tenant().await;
    let stranger = world.tenant().await;
    let job = owner.submit(&one_render(json!({}))).await;
    let view = world.ends(&job, JobState::Succeeded, 60).await;
    let asset = view.assets.keys().next().unwrap();
    let routes = [
        (Method::GET, format!("/v1/jobs/{job}")),
        (Method::GET, format!("/v1/jobs/{job}/events")),
        (Method::POST, format!("/v1/jobs/{job}/cancel")),
        (Method::POST, format!("/v1/jobs/{job}/token")),
        (Method::POST, format!("/v1/jobs/{job}/retry")),
        (Method::GET, format!("/v1/assets/{asset}")),
    ];
    let events = world.events(&job).await;
    for (method, path) in routes {
        let body = (method == Method::POST).then(|| "{}".to_owned());
        let answer = stranger.send(method, &path, &[], body).await;
        assert_eq!(
            (answer.status, &answer.body["type"]),
            (404, &json!("/v1/errors/not-found")),
            "{path}"
        );
        assert!(!answer.body.to_string().contains(owner.tenant.as_str()), "{answer:?}");
    }
    assert_eq!(stranger.get("/v1/jobs").await.body["jobs"], json!([]));
    assert_eq!(world.events(&job).await, events);
    assert_eq!(owner.get(&format!("/v1/assets/{asset}")).await.status, 200);
}

#[tokio::test]
async fn a_job_token_reads_its_own_job_and_nothing_else() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let owner = world.tenant().await;
    let submitted =
        owner.post("/v1/jobs", &json!({ "pipeline": one_render(json!({})), "inputs": {} })).await;
    let other = owner.submit(&one_render(json!({}))).await;
    let token = submitted.body["token"].as_str().expect("the answer has a token").to_owned();
    let get = async |path: String| {
        let request = world.http.get(format!("{}{path}", world.stack.api_url)).bearer_auth(&token);
        request.send().await.unwrap().status().as_u16()
    };
    let job = submitted.job();
    assert_eq!(get(format!("/v1/jobs/{job}")).await, 200);
    assert_eq!(get(format!("/v1/jobs/{job}/events")).await, 200);
    assert_eq!(get(format!("/v1/jobs/{other}")).await, 404);
    assert!([401, 403, 404].contains(&get("/v1/jobs".to_owned()).await));
    world.ends(&job, JobState::Succeeded, 60).await;
    world.ends(&other, JobState::Succeeded, 60).await;
}
