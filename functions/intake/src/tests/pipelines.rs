//! Stored pipelines, as their authors meet them.

use super::*;

fn put(text: &str) -> HttpRequest {
    request("PUT", "/v1/pipelines/hero-image").text("application/yaml; charset=utf-8", text)
}

#[tokio::test]
async fn the_same_content_keeps_its_version_and_another_gets_the_next() {
    let world = world().await;
    let same = send(&world, put(&format!("# another comment\n{HERO}"))).await;
    assert_eq!((same.status, &json_of(&same)["version"]), (200, &json!(1)));
    let next = send(&world, put(&HERO.replace("seed: 7", "seed: 8"))).await;
    assert_eq!((next.status, &json_of(&next)["version"]), (201, &json!(2)));
    assert_eq!(next.headers["location"], "/v1/pipelines/hero-image?version=2");
    let first = json_of(&send(&world, request("GET", "/v1/pipelines/hero-image?version=1")).await);
    assert_eq!(first["pipeline"]["steps"]["generate"]["with"]["seed"], 7);
    let latest = json_of(&send(&world, request("GET", "/v1/pipelines/hero-image")).await);
    assert_eq!((&latest["version"], &latest["sha256"]), (&json!(2), &json_of(&next)["sha256"]));
    let list = json_of(&send(&world, request("GET", "/v1/pipelines")).await);
    let names: Vec<_> = list["pipelines"].as_array().unwrap().iter().map(|p| &p["name"]).collect();
    assert_eq!(names, ["hero-image", "product-photo"]);
}

#[tokio::test]
async fn what_is_shown_can_be_put_again_and_is_the_same_version() {
    let world = world().await;
    let shown = json_of(&send(&world, request("GET", "/v1/pipelines/hero-image")).await);
    let again = request("PUT", "/v1/pipelines/hero-image").body(&shown["pipeline"]);
    let answer = send(&world, again).await;
    assert_eq!((answer.status, &json_of(&answer)["version"]), (200, &json!(1)));
}

#[tokio::test]
async fn a_document_is_checked_without_being_stored() {
    let world = world().await;
    let before = world.listing();
    let check = request("POST", "/v1/pipelines/validate").text("application/yaml", HERO);
    let answer = send(&world, check).await;
    let body = json_of(&answer);
    assert_eq!(
        (answer.status, &body["valid"], &body["name"]),
        (200, &json!(true), &json!("hero-image"))
    );
    assert_eq!(body["waves"][0], json!({ "fn": "lane", "steps": ["generate"] }));
    assert_eq!(world.listing(), before);
}

#[tokio::test]
async fn a_job_runs_the_version_it_names_or_the_document_it_brings() {
    let world = world().await;
    send(&world, put(&HERO.replace("seed: 7", "seed: 8"))).await;
    for (pipeline, version) in [(json!("hero-image@1"), json!(1)), (json!("hero-image"), json!(2))]
    {
        let body = json!({ "pipeline": pipeline, "inputs": { "prompt": "a fox" } });
        let clock = Stopped::at(NOW).drawing(version.as_u64().unwrap() as u8 * 20);
        let answer = send_at(&world, &clock, request("POST", "/v1/jobs").body(&body)).await;
        assert_eq!(json_of(&answer)["version"], version);
    }
    let shown = json_of(&send(&world, request("GET", "/v1/pipelines/hero-image")).await);
    let body = json!({ "pipeline": shown["pipeline"], "inputs": { "prompt": "a fox" } });
    let answer = send(&world, request("POST", "/v1/jobs").body(&body)).await;
    let body = json_of(&answer);
    assert_eq!(
        (answer.status, &body["pipeline"], &body["version"]),
        (202, &json!("hero-image"), &Value::Null)
    );
}

#[tokio::test]
async fn a_list_has_each_name_once_however_many_versions_there_are() {
    let world = world().await;
    for name in ["hero", "hero-image", "hero2"] {
        for seed in 10..14 {
            let text = HERO.replace("name: hero-image", &format!("name: {name}"));
            let text = text.replace("seed: 7", &format!("seed: {seed}"));
            let put = request("PUT", &format!("/v1/pipelines/{name}"));
            assert_eq!(send(&world, put.text("application/yaml", &text)).await.status, 201);
        }
    }
    let list = json_of(&send(&world, request("GET", "/v1/pipelines")).await);
    let listed = list["pipelines"].as_array().unwrap().iter();
    let listed: Vec<_> = listed.map(|p| format!("{}@{}", p["name"], p["version"])).collect();
    assert_eq!(listed, ["\"hero\"@4", "\"hero-image\"@5", "\"hero2\"@4", "\"product-photo\"@1"]);
}
