//! What a person reads: jobs, lists, problems with their places, and no colours in a pipe.
use serde_json::{Value, json};

use crate::{
    api::{Api, Reply, job},
    galley::{command, galley, galley_in, ran},
};

fn rich() -> Api {
    Api::new(|_, _| {
        let mut job = job("failed");
        job["reason"] = "generate failed for good".into();
        job["labels"] = json!({"sku": "4711"});
        job["steps"] = json!([
            {"name": "generate", "kind": "image.generate", "state": "failed",
             "started_at": "2026-11-20T10:00:01Z", "ended_at": "2026-11-20T10:00:04.2Z",
             "error": "out of memory", "attempts": [
                {"id": "j1.generate.1", "state": "failed", "usd": 0.01, "host": "h1",
                 "error": {"code": "out_of_memory", "message": "out of memory"}},
                {"id": "j1.generate.2", "state": "failed", "error": "no host took it"}]},
            {"name": "good", "kind": "gate.quality", "state": "succeeded", "verdict":
             {"verdict": "fail", "reasons": ["blank", "too small"], "scores": {"x": {"a": 1}}}},
            {"name": "safe", "kind": "gate.quality", "state": "waiting",
             "waiting_for": {"lane": "gpu"}},
        ]);
        job["publications"] = json!([{"step": "publish", "target": "s3", "state": "failed",
            "location": null, "error": "access denied"}]);
        job["assets"] = json!([{"id": "j1.generate.1.0", "step": "generate", "port": "image",
            "media_type": "image/png", "bytes": 123_456, "width": 1024, "height": 576}]);
        Reply::Json(200, job)
    })
}

#[test]
fn get_shows_all_about_a_job() {
    let expected = "\
failed  hero-image@3  j1  $0.0123  42.5 s  accepted 2026-11-20T10:00:00Z
  generate failed for good
  sku=4711

  generate  image.generate  failed       3.2 s  2 attempts      $0.01
            attempt 1 failed on h1: out of memory
            attempt 2 failed: no host took it
  good      gate.quality    succeeded                                  fail: blank; too small
  safe      gate.quality    waiting                                    waits for gpu

  generate.image  image/png   1024×576   123.5 kB  j1.generate.1.0

  publish  s3  failed  access denied

  galley retry j1 tries again; what succeeded is kept
";
    let ran = galley(&rich(), &["get", "j1"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, expected), "{}", ran.err);
}

#[test]
fn of_many_failed_attempts_the_latest_are_told() {
    let api = Api::new(|_, _| {
        let mut job = job("running");
        let failed = |n| {
            json!({"id": format!("j1.generate.{n}"), "state": "refused",
            "host": "h1", "error": format!("no room {n}")})
        };
        let attempts: Value = (1..=9).map(failed).collect();
        job["steps"] = json!([{"name": "generate", "kind": "image.generate", "state": "waiting",
            "attempts": attempts}]);
        Reply::Json(200, job)
    });
    let told = galley(&api, &["get", "j1"]).out;
    assert!(told.contains("6 earlier ones failed too\n"), "{told}");
    assert_eq!(told.matches("no room").count(), 3, "{told}");
    assert!(told.contains("attempt 9 refused on h1: no room 9\n"), "{told}");
}

#[test]
fn json_keeps_what_this_client_does_not_know() {
    let ran = galley(&rich(), &["get", "j1", "--json"]);
    let job: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(ran.out.lines().count(), 1);
    assert_eq!(job["mood"], "unknown to this client");
    assert_eq!(job["links"]["events"], "/v1/jobs/j1/events");
}

#[test]
fn nothing_is_coloured_in_a_pipe() {
    let api = rich();
    for arguments in [
        &["get", "j1"][..],
        &["list"],
        &["cancel", "j1"],
        &["pipelines", "get", "x"],
        &["nonsense"],
    ] {
        let ran = galley(&api, arguments);
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{arguments:?}");
    }
}

#[test]
fn a_problem_is_told_with_every_place_and_what_to_do() {
    let api = Api::new(|_, _| {
        let errors = json!([
            {"pointer": "/inputs/promt", "detail": "there is no such input; did you mean `prompt`?"},
            {"pointer": "/inputs/seed", "detail": "expected a number, found a text"},
        ]);
        Reply::Json(
            422,
            json!({"type": "/v1/errors/inputs", "title": "The inputs do not fit the pipeline",
            "status": 422, "detail": "2 places are wrong", "errors": errors}),
        )
    });
    let expected = "\
error: The inputs do not fit the pipeline (422)
  /inputs/promt  there is no such input; did you mean `prompt`?
  /inputs/seed   expected a number, found a text
next: correct the places above and try again
more: API/v1/errors/inputs
";
    let ran = galley(&api, &["submit", "hero-image", "-i", "promt=x", "-i", "seed=y"]);
    let told = ran.err.replace(&api.url, "API");
    assert_eq!((ran.code, ran.out.as_str(), told.as_str()), (1, "", expected));
    let json = galley(&api, &["submit", "hero-image", "--json"]);
    let problem: Value = serde_json::from_str(&json.err).unwrap();
    assert_eq!(problem["errors"][1]["pointer"], "/inputs/seed");
}

#[test]
fn a_problem_may_be_in_a_header_or_a_parameter_and_bring_its_own_advice() {
    let api = Api::new(|_, _| {
        let errors = json!([{"parameter": "limit", "detail": "0 is below 1"}]);
        Reply::Json(
            400,
            json!({"title": "A query parameter is not right", "status": 400,
            "detail": "limit: 0 is below 1", "errors": errors, "next": "Mend the parameter."}),
        )
    });
    let expected = "\
error: A query parameter is not right (400)
  limit  0 is below 1
next: Mend the parameter.
";
    assert_eq!(galley(&api, &["list", "--limit", "0"]).err, expected);
}

#[test]
fn a_list_goes_through_all_pages_when_asked() {
    let api = Api::new(|request, _| {
        let next = if request.path.contains("cursor=c2") { Value::Null } else { "c2".into() };
        Reply::Json(200, json!({"jobs": [job("running")], "next": next}))
    });
    let first = galley(&api, &["list", "--state", "running", "--limit", "1"]);
    assert_eq!(first.err, "there are more: --all, or --cursor c2\n");
    assert_eq!(api.lines(), ["GET /v1/jobs?state=running&limit=1"]);
    assert_eq!(galley(&api, &["list", "--all", "--json"]).out.lines().count(), 2);
}

#[test]
fn a_list_names_no_columns_in_a_pipe_and_says_when_there_is_nothing() {
    let api = Api::new(|request, _| {
        let jobs = match request.path.contains("state=") {
            true => vec![],
            false => vec![job("failed"), job("succeeded")],
        };
        Reply::Json(200, json!({"jobs": jobs, "next": null}))
    });
    let expected = "\
j1  failed     hero-image@3    $0.0123  2026-11-20T10:00:00Z
j1  succeeded  hero-image@3    $0.0123  2026-11-20T10:00:00Z
";
    assert_eq!(galley(&api, &["list"]).out, expected);
    let empty = galley(&api, &["list", "--state", "expired"]);
    assert_eq!((empty.code, empty.out.as_str()), (0, ""));
    assert!(empty.err.starts_with("no jobs; `galley submit PIPELINE`"), "{}", empty.err);
}

/// Three jobs, two of which begin alike.
fn several() -> Api {
    Api::new(|request, _| {
        let ids = ["j01aaaaaaaaaaaaaaaaaaaaaaa1", "j01aaaaaaaaaaaaaaaaaaaaaaa2", "j01bbbb"];
        match request.path.split('?').next().unwrap() {
            "/v1/jobs" => {
                let jobs = ids.map(|id| {
                    let mut job = job("running");
                    job["id"] = id.into();
                    job
                });
                Reply::Json(200, json!({"jobs": jobs, "next": null}))
            }
            "/v1/jobs/j01bbbb" | "/v1/jobs/j01bbbb/cancel" => Reply::Json(200, job("canceling")),
            _ => Reply::Json(404, json!({"title": "There is nothing there"})),
        }
    })
}

#[test]
fn the_beginning_of_an_id_is_enough_where_it_tells_one_job_apart() {
    let api = several();
    assert_eq!(galley(&api, &["cancel", "j01bb"]).code, 0);
    assert_eq!(api.lines(), ["GET /v1/jobs?limit=100", "POST /v1/jobs/j01bbbb/cancel"]);
    let ran = galley(&api, &["get", "j01aa"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.starts_with("error: 2 jobs begin with j01aa: "), "{}", ran.err);
}

#[test]
fn an_id_that_is_not_found_among_the_newest_goes_to_the_api_as_it_is() {
    let api = several();
    assert_eq!(galley(&api, &["get", "j01zz"]).code, 1);
    assert_eq!(api.lines(), ["GET /v1/jobs?limit=100", "GET /v1/jobs/j01zz"]);
}

#[test]
fn what_this_command_knows_better_than_the_api_is_told_in_its_own_terms() {
    let api = Api::new(|_, _| {
        Reply::Json(
            422,
            json!({"type": "/v1/errors/unknown-pipeline", "status": 422,
            "title": "There is no such pipeline", "next": "Store it by PUT /v1/pipelines/{name}."}),
        )
    });
    let told = galley(&api, &["submit", "nope"]).err;
    assert!(told.contains("next: `galley pipelines list` shows"), "{told}");
    let json = galley(&api, &["submit", "nope", "--json"]).err;
    assert!(json.contains("PUT /v1/pipelines"), "{json}");
}

#[test]
fn a_local_stack_is_found_from_any_folder_below() {
    let home = tempfile::tempdir().unwrap();
    let api = rich();
    let below = home.path().join("a/b");
    std::fs::create_dir_all(&below).unwrap();
    std::fs::create_dir_all(home.path().join(".galley")).unwrap();
    let stack = json!({"api_url": api.url, "table": "galley"}).to_string();
    std::fs::write(home.path().join(".galley/stack.json"), stack).unwrap();
    std::fs::write(home.path().join(".galley/key"), "gk_local_key\n").unwrap();
    let ran = ran(command(&below, &["get", "j1"]));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(api.seen()[0].header("authorization"), Some("Bearer gk_local_key"));
}

#[test]
fn without_any_address_the_next_thing_to_do_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let ran = ran(command(folder.path(), &["get", "j1"]));
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("next: `make up` starts a local stack"), "{}", ran.err);
}

#[test]
fn an_operator_without_a_table_is_told_how_to_name_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), &["admin", "tenants", "list"]);
    command.env_remove("GALLEY_TABLE");
    let ran = ran(command);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("next: pass --table NAME or set GALLEY_TABLE"), "{}", ran.err);
}

#[test]
fn the_bucket_of_another_deployment_is_not_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["admin", "--table", "galley-production", "moderation", "get", "acme"];
    let mut command = command(folder.path(), &arguments);
    command.env_remove("GALLEY_ASSETS_BUCKET").env("AWS_REGION", "eu-central-1");
    let ran = ran(command);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("next: pass --bucket NAME or set GALLEY_ASSETS"), "{}", ran.err);
}

#[test]
fn a_key_that_is_no_header_is_told_at_once() {
    let api = rich();
    let ran = galley(&api, &["submit", "hero-image", "--key-id", "line\nbreak"]);
    assert_eq!((ran.code, api.seen().len()), (1, 0));
    assert!(ran.err.contains("check --key and --key-id"), "{}", ran.err);
}

#[test]
fn an_id_cannot_reach_another_route() {
    let api = rich();
    let folder = tempfile::tempdir().unwrap();
    galley_in(folder.path(), &api, &["get", "../pipelines/x?y=z"]);
    assert_eq!(api.lines(), ["GET /v1/jobs/..%2Fpipelines%2Fx%3Fy=z"]);
}
