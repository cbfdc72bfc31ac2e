//! Requests that go wrong, each with the exact answer that its sender reads.

use super::*;
use domain::ports::Bucket;
use domain::record::JobRecord;
use std::collections::BTreeSet;

/// An answer as a person reads it: status and type, what is wrong, and each place.
pub(crate) fn read(answer: &HttpResponse) -> String {
    let body = json_of(answer);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(body["status"], answer.status);
    let slug = body["type"].as_str().unwrap().strip_prefix("/v1/errors/").unwrap();
    let mut lines = vec![format!("{} {slug}", answer.status)];
    let errors = body["errors"].as_array().unwrap();
    if errors.is_empty() {
        lines.push(body["detail"].as_str().unwrap().to_owned());
    }
    for error in errors {
        let place = ["pointer", "header", "parameter"].iter().find_map(|name| error[name].as_str());
        let line = error["line"].as_u64().map(|line| format!(" (line {line})"));
        let detail = error["detail"].as_str().unwrap();
        lines.push(format!("{}{}: {detail}", place.unwrap(), line.unwrap_or_default()));
    }
    lines.join("\n")
}

fn submit(change: impl FnOnce(&mut Value)) -> HttpRequest {
    let mut body = hero();
    change(&mut body);
    request("POST", "/v1/jobs").body(&body)
}

fn photo(given: Value) -> HttpRequest {
    let body = json!({ "pipeline": "product-photo", "inputs": { "photo": given } });
    request("POST", "/v1/jobs").body(&body)
}

fn many_pictures() -> HttpRequest {
    let names = (0..21).map(|n| format!("p{n}"));
    let step = |name: String| {
        let picture = format!("{{{{ inputs.{name} }}}}");
        (format!("good_{name}"), json!({ "kind": "gate.quality", "with": { "images": picture } }))
    };
    let steps: serde_json::Map<_, _> = names.clone().map(step).collect();
    let inputs: serde_json::Map<_, _> =
        names.clone().map(|name| (name, json!({ "type": "image" }))).collect();
    let given: serde_json::Map<_, _> =
        names.map(|name| (name, json!({ "upload": "direct/cup.png" }))).collect();
    let pipeline = json!({ "name": "many", "budget_usd": 1, "inputs": inputs, "steps": steps });
    request("POST", "/v1/jobs").body(&json!({ "pipeline": pipeline, "inputs": given }))
}

fn speak(model: &str, budget: f64) -> HttpRequest {
    let with = json!({ "text": "a red kite", "model": model });
    let steps = json!({ "say": { "kind": "audio.speak", "with": with } });
    let pipeline = json!({ "name": "say", "budget_usd": budget, "steps": steps });
    request("POST", "/v1/jobs").body(&json!({ "pipeline": pipeline, "inputs": {} }))
}

fn upload(body: Value) -> HttpRequest {
    request("POST", "/v1/uploads").body(&body)
}

fn hook(body: Value) -> HttpRequest {
    request("PUT", "/v1/webhook").body(&body)
}

fn put(text: &str) -> HttpRequest {
    request("PUT", "/v1/pipelines/hero-image").text("application/yaml", text)
}

fn policy(text: &str) -> HttpRequest {
    let put = request("PUT", "/v1/policies/brand").text("application/yaml", text);
    super::people::as_person(put, "ed")
}

fn get(path: &str) -> HttpRequest {
    request("GET", path)
}

/// The answers, as they are to be: a blank line before each title.
const ANSWERS: &str = include_str!("malformed.txt");

fn cases(job: &JobId) -> Vec<(&'static str, HttpRequest)> {
    let long = "x".repeat(256);
    let labels: Value =
        (0..11).map(|n| (format!("l{n}"), json!("x"))).collect::<serde_json::Map<_, _>>().into();
    let mut latin = submit(|_| {});
    latin.body = b"{\"pipeline\": \"h\xe9ro\"}".to_vec();
    vec![
        // Who asks.
        ("no key", get("/v1/jobs").without("authorization")),
        ("another scheme", get("/v1/jobs").with("authorization", "Basic Z2s6")),
        ("something else than a key", get("/v1/jobs").with("authorization", "Bearer hello")),
        ("the key of nobody", get("/v1/jobs").by("nobody")),
        (
            "a job token that somebody made up",
            get("/v1/jobs").with("authorization", "Bearer jt_a.b"),
        ),
        // Where.
        ("an address that does not exist", get("/v1/videos")),
        ("a method that the address does not have", request("DELETE", "/v1/jobs/j1")),
        ("a job that does not exist", get("/v1/jobs/j1")),
        ("a pipeline that does not exist", get("/v1/pipelines/hero")),
        ("a version that does not exist", get("/v1/pipelines/hero-image?version=9")),
        ("a policy that does not exist", get("/v1/policies/brand")),
        ("an asset that does not exist", get("/v1/assets/a1")),
        ("a problem type that does not exist", get("/v1/errors/e1")),
        // Headers.
        ("an idempotency key that is too long", submit(|_| {}).with("idempotency-key", &long)),
        ("an idempotency key with an umlaut", submit(|_| {}).with("idempotency-key", "schlüssel")),
        ("a wait that is no number", submit(|_| {}).with("prefer", "wait=soon")),
        ("no content type", submit(|_| {}).without("content-type")),
        ("a job as plain text", submit(|_| {}).with("content-type", "text/plain")),
        ("a pipeline as a picture", put("name: x").with("content-type", "image/png")),
        // Parameters.
        ("a limit that is too high", get("/v1/jobs?limit=101")),
        ("a limit that is no number", get("/v1/jobs?limit=ten")),
        ("a state that does not exist", get("/v1/jobs?state=done")),
        ("a cursor that somebody made up", get("/v1/jobs?cursor=abc")),
        ("a filter that does not exist", get("/v1/jobs?status=failed")),
        ("a parameter where there is none", request("POST", "/v1/jobs?dry_run=1").body(&hero())),
        ("a filter by a label that cannot be", get("/v1/jobs?label.Campaign=spring")),
        ("a filter by a label without a value", get("/v1/jobs?label.campaign=")),
        ("a lane by its name", get("/v1/lanes?lane=gpu")),
        ("spend by something else", get("/v1/spend?by=campaign")),
        ("models of a kind that does not exist", get("/v1/models?kind=image.paint")),
        ("models of a vendor that does not exist", get("/v1/models?vendor=acme")),
        ("spend since no day", get("/v1/spend?from=2026-02-30")),
        ("spend of days in the wrong order", get("/v1/spend?from=2023-11-15&to=2023-11-14")),
        ("spend of too many days", get("/v1/spend?from=2022-01-01")),
        ("spend from a cursor that somebody made up", get("/v1/spend?cursor=abc")),
        ("a report on a policy that does not exist", get("/v1/gates/report?policy=house")),
        ("a report over too many days", get("/v1/gates/report?days=91")),
        ("events after a negative number", get(&format!("/v1/jobs/{job}/events?after=-1"))),
        ("too many events at once", get(&format!("/v1/jobs/{job}/events?limit=5000"))),
        ("a version below the first", get("/v1/pipelines/hero-image?version=0")),
        ("a policy that is called otherwise than its address", policy("name: other\nowner: me\ncriteria: { a: { evaluator: technical } }\n")),
        ("a policy whose judge is a model that nobody has", policy("name: brand\nowner: me\ncriteria:\n  a: { evaluator: judge, with: { model: brio/scrib, rubric: fine } }\n")),
        ("a policy with several slips", policy("name: brand\ncriteria: { a: { evaluator: technicl, on_error: pass } }\nverdict: 'look > 1'\n")),
        // Bodies.
        ("an empty body", request("POST", "/v1/jobs").text("application/json", "")),
        (
            "a body that is not JSON",
            request("POST", "/v1/jobs").text("application/json", "{\n  \"pipeline\": hero\n}"),
        ),
        (
            "a body that is too large",
            request("POST", "/v1/jobs").text("application/json", &" ".repeat(300_000)),
        ),
        ("a body that is a list", request("POST", "/v1/jobs").body(&json!(["hero-image"]))),
        ("a body that is not UTF-8", latin),
        ("a field that does not exist", submit(|body| body["input"] = json!({}))),
        ("a pipeline that is null", submit(|body| body["pipeline"] = Value::Null)),
        ("no pipeline", request("POST", "/v1/jobs").body(&json!({ "inputs": {} }))),
        ("a pipeline's name with a space", submit(|body| body["pipeline"] = json!("Hero Image"))),
        ("a pipeline's version zero", submit(|body| body["pipeline"] = json!("hero-image@0"))),
        ("a pipeline that is not stored", submit(|body| body["pipeline"] = json!("hero-images"))),
        ("a version that is not stored", submit(|body| body["pipeline"] = json!("hero-image@7"))),
        ("labels that are a list", submit(|body| body["labels"] = json!(["spring"]))),
        ("too many labels", submit(|body| body["labels"] = labels)),
        ("a label's name with a space", submit(|body| body["labels"] = json!({ "a b": "x" }))),
        ("a label that is a number", submit(|body| body["labels"] = json!({ "a": 1 }))),
        ("a label that is too long", submit(|body| body["labels"] = json!({ "a": long }))),
        (
            "labels that are too many together with the pipeline's",
            submit(|body| {
                body["labels"] = json!({ "campaign": "spring" });
                let labels: serde_json::Map<_, _> =
                    (0..10).map(|n| (format!("l{n}"), json!("x"))).collect();
                body["pipeline"] = json!({
                    "name": "many-labels", "labels": labels, "budget_usd": 1,
                    "inputs": { "prompt": { "type": "text" } },
                    "steps": { "safe": {
                        "kind": "gate.moderation", "with": { "prompt": "{{ inputs.prompt }}" },
                    } },
                });
            }),
        ),
        (
            "two things at once",
            submit(|body| (body["lables"], body["pipeline"]) = (json!({}), json!(1))),
        ),
        ("a quote for an effort", request("POST", "/v1/quotes").body(&json!({ "effort": "draft" }))),
        ("a job that no model can do", speak("brio/choir", 1.0)),
        ("a job that its budget cannot pay", speak("brio/voice", 0.0005)),
        (
            "a stored pipeline with a model that nobody has",
            request("PUT", "/v1/pipelines/say").text(
                "application/yaml",
                "name: say\nbudget_usd: 1\nsteps:\n  say: { kind: audio.speak, with: { text: hi, model: brio/vioce } }",
            ),
        ),
        ("a time in words", submit(|body| body["not_before"] = json!("tomorrow"))),
        ("a time as a number", submit(|body| body["not_before"] = json!(1_700_000_000))),
        ("a time far away", submit(|body| body["not_before"] = json!("2031-01-01T00:00:00Z"))),
        // Webhooks.
        ("a webhook that is a text", submit(|body| body["webhook"] = json!("https://a.example"))),
        (
            "a webhook at home",
            submit(|body| body["webhook"] = json!({ "url": "https://10.0.0.1/" })),
        ),
        ("a webhook with a field that does not exist", hook(json!({ "to": "https://a.example" }))),
        (
            "a webhook for events that do not go out",
            hook(json!({ "url": "https://a.example", "events": ["step.progress"] })),
        ),
        ("a webhook where there is none", get("/v1/webhook")),
        (
            "a rotation that overlaps for a month",
            request("POST", "/v1/webhook/rotate").body(&json!({ "overlap_s": 2_592_000 })),
        ),
        ("deliveries in a state that does not exist", get("/v1/deliveries?state=lost")),
        ("a cursor of deliveries that somebody made up", get("/v1/deliveries?cursor=abc")),
        (
            "deliveries sent again that are not dead",
            request("POST", "/v1/deliveries/retry?state=pending"),
        ),
        ("a delivery that does not exist", request("POST", "/v1/deliveries/d1/retry")),
        ("news after a place that somebody made up", get("/v1/events?after=yesterday")),
        // Inputs.
        ("inputs that are a text", submit(|body| body["inputs"] = json!("a fox"))),
        ("an input that is missing", submit(|body| body["inputs"] = json!({}))),
        ("an input that does not exist", submit(|body| body["inputs"]["promt"] = json!("a fox"))),
        ("a text that is a number", submit(|body| body["inputs"]["prompt"] = json!(7))),
        (
            "a text that is too long",
            submit(|body| body["inputs"]["prompt"] = json!("x".repeat(2001))),
        ),
        ("a text that is blank", submit(|body| body["inputs"]["prompt"] = json!("  "))),
        ("a picture that is a text", photo(json!("cup.jpg"))),
        ("an upload that does not exist", photo(json!({ "upload": "direct/none.jpg" }))),
        ("an upload that climbs out", photo(json!({ "upload": "../beta/direct/theirs.jpg" }))),
        ("an upload that is no picture", photo(json!({ "upload": "direct/notes.txt" }))),
        ("an upload of a kind that is not read", photo(json!({ "upload": "direct/loop.gif" }))),
        ("an asset that is no asset's id", photo(json!({ "asset": "a1" }))),
        (
            "an asset that was never made",
            photo(json!({ "asset": format!("{job}.inputs.photo.0") })),
        ),
        // Pipelines.
        (
            "a document with half of it missing",
            submit(|body| body["pipeline"] = json!({ "name": "mine" })),
        ),
        ("a document that is not YAML", put("name: hero\nsteps: [")),
        ("a document under another name", put(&HERO.replace("name: hero-image", "name: hero"))),
        (
            "a document with a kind that does not exist",
            put(&HERO.replace("image.generate", "image.paint")),
        ),
        (
            "a document with a step that does not exist",
            request("POST", "/v1/pipelines/validate")
                .text("text/yaml", &HERO.replace("after: [safe, good]", "after: [saft]")),
        ),
        // Uploads.
        ("more pictures than one job takes", many_pictures()),
        ("an upload of nothing", upload(json!({}))),
        ("an upload of a document", upload(json!({ "media_type": "application/pdf", "bytes": 5 }))),
        (
            "an upload that is too large",
            upload(json!({ "media_type": "image/png", "bytes": 100_000_000 })),
        ),
        (
            "an upload for a trigger that does not exist",
            upload(json!({ "media_type": "image/png", "bytes": 5, "trigger": "shop" })),
        ),
        (
            "an upload for two triggers",
            upload(json!({ "media_type": "image/png", "bytes": 5, "trigger": ["shop"] })),
        ),
        // At the wrong time.
        ("a retry of a job that runs", request("POST", &format!("/v1/jobs/{job}/retry"))),
        (
            "a key that was used for another request",
            submit(|body| body["inputs"]["prompt"] = json!("a hare")).with("idempotency-key", "k1"),
        ),
    ]
}

#[tokio::test]
async fn every_malformed_request_is_told_what_was_wrong_where_and_what_would_be_right() {
    let world = world().await;
    world.objects.plant(Bucket::Uploads, "uploads/acme/direct/notes.txt", "hello");
    world.objects.plant(Bucket::Uploads, "uploads/acme/direct/loop.gif", "GIF89a");
    world.objects.plant(Bucket::Uploads, "uploads/beta/direct/theirs.jpg", domain::fakes::PNG);
    super::people::with(&world, "ed", &[domain::person::Role::Editor], &[]);
    let job = submitted(&world, &hero(), "k1").await;
    let before = world.listing();
    let mut seen = BTreeSet::new();
    let mut answers = String::new();
    for (title, request) in cases(&job) {
        let answer = read(&send(&world, request).await).replace(job.as_str(), "JOB");
        answers += &format!("\n{title}\n{answer}\n");
        assert!(seen.insert(answer.clone()), "{title} reads like another one: {answer}");
    }
    for (actual, expected) in answers.split("\n\n").zip(ANSWERS.split("\n\n")) {
        assert_eq!(actual, expected);
    }
    assert_eq!(answers, ANSWERS);
    assert!(30 <= seen.len());
    assert_eq!(world.listing(), before, "a malformed request changed the world");
    assert!(world.table.peek(&JobRecord::key(&job)).is_some());
}

#[tokio::test]
async fn every_problem_says_how_to_go_on_and_its_address_explains_it() {
    let world = world().await;
    let answer = send(
        &world,
        get("/v1/jobs/j1")
            .with("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    )
    .await;
    let body = json_of(&answer);
    assert_eq!(body["instance"], "4bf92f3577b34da6a3ce929d0e0e4736");
    let explained =
        send(&world, get(body["type"].as_str().unwrap()).without("authorization")).await;
    assert_eq!(explained.status, 200);
    for field in ["type", "title", "status", "next"] {
        assert_eq!(json_of(&explained)[field], body[field]);
    }
    let missing = send(&world, get("/v1/jobs").without("authorization")).await;
    assert_eq!(missing.headers["www-authenticate"], "Bearer realm=\"galley\", charset=\"UTF-8\"");
    let method = send(&world, request("PATCH", "/v1/pipelines/hero-image")).await;
    assert_eq!((method.status, method.headers["allow"].as_str()), (405, "PUT, GET"));
}

#[tokio::test]
async fn our_own_failures_leak_nothing_and_say_when_to_come_back() {
    let world = world().await;
    world.faults.plan(0, domain::fakes::Fault::Refused);
    let again = send(&world, get("/v1/jobs")).await;
    assert_eq!((again.status, again.headers["retry-after"].as_str()), (503, "1"));
    assert!(!again.body.contains("by the test"), "{}", again.body);
    let job = submitted(&world, &hero(), "k1").await;
    alter(&world, JobRecord::key(&job), json!({ "run": "many" }));
    let fault = send(&world, get(&format!("/v1/jobs/{job}"))).await;
    assert_eq!(fault.status, 500);
    assert_eq!(read(&fault), "500 internal\nthe request was read, and we failed to carry it out");
}
