//! Stored policies, as their authors meet them.

use super::people::{as_person, with};
use super::*;
use domain::audit::{Chain, verify};
use domain::person::Role;

/// A small policy of that name.
pub(super) fn named(name: &str) -> String {
    format!("name: {name}\nowner: design\ncriteria: {{ sharp: {{ evaluator: technical }} }}\n")
}

fn put(text: &str) -> HttpRequest {
    let put = request("PUT", "/v1/policies/brand");
    as_person(put.text("application/yaml; charset=utf-8", text), "ed")
}

/// A world with an editor and a reviewer.
async fn staffed() -> World {
    let world = world().await;
    with(&world, "ed", &[Role::Editor], &[]);
    with(&world, "anna", &[Role::Reviewer], &[]);
    world
}

#[tokio::test]
async fn the_same_policy_keeps_its_version_and_another_gets_the_next() {
    let world = staffed().await;
    let first = send(&world, put(&named("brand"))).await;
    assert_eq!((first.status, &json_of(&first)["version"]), (201, &json!(1)));
    assert_eq!(first.headers["location"], "/v1/policies/brand?version=1");
    let same = send(&world, put(&format!("# a comment\n{}", named("brand")))).await;
    assert_eq!((same.status, &json_of(&same)["version"]), (200, &json!(1)));
    let stricter = named("brand").replace("technical", "technical, weight: 3");
    let next = json_of(&send(&world, put(&stricter)).await);
    assert_eq!((&next["version"], &next["owner"]), (&json!(2), &json!("design")));
    assert_eq!(next["changed_by"], "ed");
    let old = json_of(&send(&world, request("GET", "/v1/policies/brand?version=1")).await);
    assert_eq!(old["policy"]["criteria"]["sharp"]["weight"], 1.0);
    let latest = json_of(&send(&world, request("GET", "/v1/policies/brand")).await);
    assert_eq!((&latest["version"], &latest["sha256"]), (&json!(2), &next["sha256"]));
    let list = json_of(&send(&world, request("GET", "/v1/policies")).await);
    assert_eq!(list["policies"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_shown_of_a_policy_can_be_put_again_and_is_the_same_version() {
    let world = staffed().await;
    send(&world, put(&named("brand"))).await;
    let shown = json_of(&send(&world, request("GET", "/v1/policies/brand")).await);
    let again = request("PUT", "/v1/policies/brand").body(&shown["policy"]);
    let answer = send(&world, as_person(again, "ed")).await;
    assert_eq!((answer.status, &json_of(&answer)["version"]), (200, &json!(1)));
}

#[tokio::test]
async fn a_policy_is_checked_without_being_stored() {
    let world = world().await;
    let before = world.listing();
    let check = request("POST", "/v1/policies/validate").text("application/yaml", &named("brand"));
    let body = json_of(&send(&world, check).await);
    assert_eq!((&body["valid"], &body["name"]), (&json!(true), &json!("brand")));
    assert!(body["policy"]["verdict"].as_str().unwrap().contains("failed.size()"));
    assert_eq!(world.listing(), before);
}

#[tokio::test]
async fn only_an_editor_changes_a_policy_and_each_change_is_on_the_chain() {
    let world = staffed().await;
    let by_tenant = request("PUT", "/v1/policies/brand").text("application/yaml", &named("brand"));
    let refused = send(&world, by_tenant).await;
    assert_eq!(
        (refused.status, json_of(&refused)["type"].as_str()),
        (403, Some("/v1/errors/role-missing"))
    );
    let by_anna = request("PUT", "/v1/policies/brand").text("application/yaml", &named("brand"));
    assert_eq!(send(&world, as_person(by_anna, "anna")).await.status, 403);
    for weight in [1, 2, 2, 3] {
        let text = named("brand").replace("technical", &format!("technical, weight: {weight}"));
        assert!(send(&world, put(&text)).await.status < 300);
    }
    let chain = Chain::Tenant(tenant("acme"), "policies");
    let kept = chain.read(&world.table).await.unwrap();
    let acts: Vec<String> =
        kept.entries.iter().map(|it| format!("{} {} {}", it.who, it.what, it.to)).collect();
    assert_eq!(acts, ["ed policy.put brand@1", "ed policy.put brand@2", "ed policy.put brand@3"]);
    assert!(verify(&kept, false).is_empty());
}

#[tokio::test]
async fn a_job_pins_the_policy_of_its_gates_and_one_that_is_not_there_is_told() {
    let world = staffed().await;
    let pipeline = json!({
        "name": "judged", "budget_usd": 1, "inputs": { "prompt": { "type": "text" } },
        "steps": {
            "paint": { "kind": "image.generate", "with": { "prompt": "{{ inputs.prompt }}" } },
            "good": { "kind": "gate.policy", "with": { "policy": "brand", "images": "{{ paint.image }}" } },
        },
    });
    let body = json!({ "pipeline": pipeline, "inputs": { "prompt": "a fox" } });
    let submit = || request("POST", "/v1/jobs").body(&body);
    let answer = send(&world, submit()).await;
    let wrong = &json_of(&answer)["errors"][0];
    assert_eq!(
        (answer.status, &wrong["pointer"]),
        (422, &json!("/pipeline/steps/good/with/policy"))
    );
    assert_eq!(
        wrong["detail"],
        "there is no policy brand — store it by PUT /v1/policies/{name}, or name one of GET /v1/policies"
    );
    let judged = "name: brand\nowner: me\ncriteria: { look: { evaluator: judge, with: { model: brio/scribe, rubric: fine } } }\n";
    assert_eq!(send(&world, put(judged)).await.status, 201);
    let quote = json_of(&send(&world, request("POST", "/v1/quotes").body(&body)).await);
    let steps: Vec<&Value> =
        quote["steps"].as_array().unwrap().iter().map(|step| &step["name"]).collect();
    assert!(steps.contains(&&json!("good--look")), "{quote:#}");
    let job = json_of(&send(&world, submit()).await);
    assert_eq!(job["steps"].as_array().unwrap().len(), 3, "{job:#}");
    let id = JobId::parse(job["id"].as_str().unwrap()).unwrap();
    let view = domain::view::JobView::expect(&world.table, &id).await.unwrap();
    let pinned =
        |name: &str| view.pipeline.step(name).unwrap().pinned.as_ref().map(|it| it.version);
    assert_eq!(pinned("good"), Some(1));
    assert_eq!(send(&world, put(&judged.replace("fine", "finer"))).await.status, 201);
    let again = domain::view::JobView::expect(&world.table, &id).await.unwrap();
    assert_eq!(again.pipeline, view.pipeline, "what is stored meanwhile changes nothing");
}
