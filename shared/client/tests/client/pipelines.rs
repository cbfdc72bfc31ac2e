//! Pipelines: checked here with their lines, stored by the API, sent inline from a file.
use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{
    api::{Api, Reply, job},
    galley::{Ran, command, galley_in, ran},
};

const GOOD: &str = r#"
name: hero
inputs:
  prompt: { type: text }
budget_usd: 0.50
steps:
  generate: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}", model: sketch-1, width: 512, height: 512 } }
  good: { kind: gate.quality, with: { images: "{{ generate.image }}" } }
  publish: { kind: publish, with: { assets: "{{ generate.image }}", target: { kind: s3, prefix: heroes } }, after: [good] }
"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.yaml"), GOOD).unwrap();
    fs::write(folder.path().join("bad.yaml"), GOOD.replace("inputs.prompt", "inputs.promt"))
        .unwrap();
    folder
}

fn offline(folder: &Path, arguments: &[&str]) -> Ran {
    ran(command(folder, arguments))
}

fn storing() -> Api {
    Api::new(|request, _| match request.method.as_str() {
        "PUT" => Reply::Json(201, json!({"name": "hero", "version": 4, "sha256": "abc"})),
        "GET" => Reply::Json(200, json!({"name": "hero", "version": 4})),
        _ if request.path == "/v1/jobs" => Reply::Json(202, job("accepted")),
        _ => Reply::Json(200, json!({"valid": true})),
    })
}

#[test]
fn a_good_pipeline_is_valid_without_any_galley() {
    let folder = folder();
    let ran = offline(folder.path(), &["pipelines", "validate", "good.yaml"]);
    let expected = "valid hero: 3 steps in 3 waves, budget $0.50\n";
    assert_eq!((ran.code, ran.out.as_str()), (0, expected), "{}", ran.err);
}

#[test]
fn every_problem_has_its_line_and_what_would_be_right() {
    let folder = folder();
    let ran = offline(folder.path(), &["pipelines", "validate", "bad.yaml"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("bad.yaml:7:"), "{}", ran.out);
    assert!(ran.out.contains("/steps/generate/with/prompt"), "{}", ran.out);
    assert!(ran.out.contains("\n  right: "), "{}", ran.out);
    let json = offline(folder.path(), &["pipelines", "validate", "bad.yaml", "--json"]);
    let lines: Vec<Value> =
        json.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(
        lines.iter().any(|it| it["pointer"] == "/steps/generate/with/prompt" && it["line"] == 7)
    );
}

#[test]
fn a_push_sends_the_document_as_it_was_written() {
    let (folder, api) = (folder(), storing());
    let ran = galley_in(folder.path(), &api, &["pipelines", "push", "good.yaml"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "hero@4  sha256 abc\n"), "{}", ran.err);
    let seen = &api.seen()[0];
    assert_eq!(seen.line(), "PUT /v1/pipelines/hero");
    assert_eq!(seen.header("content-type"), Some("application/yaml"));
    assert_eq!(seen.body, GOOD.as_bytes());
}

#[test]
fn a_pipeline_with_problems_is_not_pushed_unless_the_api_alone_shall_judge() {
    let (folder, api) = (folder(), storing());
    let ran = galley_in(folder.path(), &api, &["pipelines", "push", "bad.yaml"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("bad.yaml:7:") && ran.err.contains("was not stored"), "{}", ran.err);
    assert!(api.seen().is_empty());
    let unchecked = ["pipelines", "push", "bad.yaml", "--name", "hero", "--unchecked"];
    assert_eq!(galley_in(folder.path(), &api, &unchecked).code, 0);
    assert_eq!(api.lines(), ["PUT /v1/pipelines/hero"]);
}

#[test]
fn a_version_is_asked_for_by_its_number() {
    let (folder, api) = (folder(), storing());
    let ran = galley_in(folder.path(), &api, &["pipelines", "get", "hero", "--version", "4"]);
    assert_eq!(ran.out, "{\n  \"name\": \"hero\",\n  \"version\": 4\n}\n");
    galley_in(folder.path(), &api, &["pipelines", "validate", "good.yaml", "--remote"]);
    assert_eq!(api.lines(), ["GET /v1/pipelines/hero?version=4", "POST /v1/pipelines/validate"]);
}

#[test]
fn a_file_is_submitted_inline_whatever_its_form() {
    let (folder, api) = (folder(), storing());
    let ran = galley_in(folder.path(), &api, &["submit", "good.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let document = &api.seen()[0].json()["pipeline"];
    assert_eq!(document["steps"]["generate"]["with"]["width"], 512);
    assert_eq!(document["budget_usd"], 0.5);
    fs::write(folder.path().join("same.json"), document.to_string()).unwrap();
    galley_in(folder.path(), &api, &["submit", "./same.json"]);
    assert_eq!(api.seen()[1].json()["pipeline"], *document);
}

#[test]
fn what_get_prints_can_be_pushed_again() {
    let folder = folder();
    let document: Value = serde_json::json!({"name": "hero", "steps": {}});
    let stored = json!({"name": "hero", "version": 4, "sha256": "abc", "pipeline": document});
    let api = Api::new(move |_, _| Reply::Json(200, stored.clone()));
    let ran = galley_in(folder.path(), &api, &["pipelines", "get", "hero"]);
    assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap(), document);
    assert_eq!(ran.err, "hero@4  sha256 abc\n");
    let json = galley_in(folder.path(), &api, &["pipelines", "get", "hero", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&json.out).unwrap()["version"], 4);
}

#[test]
fn a_list_of_pipelines_says_what_each_is_for() {
    let api = Api::new(|_, _| {
        let hero = json!({"name": "hero", "version": 4, "sha256": "abc",
            "description": "A hero picture.", "created_at": "2026-11-20T10:00:00Z"});
        Reply::Json(200, json!({"pipelines": [hero]}))
    });
    let folder = folder();
    let ran = galley_in(folder.path(), &api, &["pipelines", "list"]);
    assert_eq!(ran.out, "hero@4  2026-11-20T10:00:00Z  A hero picture.\n");
    assert_eq!(api.lines(), ["GET /v1/pipelines"]);
    let json = galley_in(folder.path(), &api, &["pipelines", "list", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&json.out).unwrap()["sha256"], "abc");
}
