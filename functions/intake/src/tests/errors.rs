//! What problem types mean: a page for each, whose example is what the API answers.

use super::*;
use domain::fakes::{Fault, NOW};
use domain::id::AssetId;
use domain::person::Role;
use domain::problem::{Example, ProblemType};
use domain::publish::window::WindowState;
use domain::record::{AssetRecord, Tombstone};
use domain::state::JobState;

/// The trace of the examples.
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The request that an example tells of; none where another function answers it.
fn told(request: &str) -> Option<HttpRequest> {
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let mut lines = head.lines();
    let (method, path) = lines.next().unwrap().split_once(' ').unwrap();
    let others = ["/v1/hosts/", "/v1/reports/", "/v1/vendors/"];
    if method == "wss:" || others.iter().any(|other| path.starts_with(other)) {
        return None;
    }
    let mut request = super::request(method, path).with("traceparent", TRACE);
    for line in lines {
        request = match line.split_once(": ") {
            Some((name, value)) => {
                let value = value.replace("(the key of anna, a reviewer)", &super::people::anna());
                request.with(&name.to_ascii_lowercase(), &value)
            }
            None => request.without("authorization"),
        };
    }
    request.body = match body {
        "(nothing)" => Vec::new(),
        "(300000 bytes)" => vec![b' '; 300_000],
        body => body.as_bytes().to_vec(),
    };
    Some(request)
}

/// A world in which the example happens.
async fn scene(kind: ProblemType) -> World {
    let world = world().await;
    match kind {
        ProblemType::IdempotencyKeyReused => {
            submitted(&world, &hero(), "kite-1").await;
        }
        ProblemType::NotRetryable => {
            let job = submitted(&world, &hero(), "k1").await;
            assert_eq!(job.as_str(), "j01hf7yat0040g2081040g20810", "the example's");
            super::jobs::end(&world, &job, JobState::Succeeded).await;
        }
        ProblemType::NotScheduled => {
            let job = submitted(&world, &hero(), "k1").await;
            super::publications::plant_window(&world, &job, WindowState::Opened);
        }
        ProblemType::NothingToPlay => {
            submitted(&world, &hero(), "k1").await;
        }
        ProblemType::Erased => {
            let tombstone = Tombstone { at: NOW, reason: "asked to by the person shown".into() };
            let id = AssetId::parse("j01hf7yat0040g2081040g20810.inputs.photo.0").unwrap();
            let asset = json!({
                "id": id, "tenant": "acme", "step": "inputs", "port": "photo", "key": "k",
                "sha256": "ab", "media_type": "image/png", "bytes": 1, "created_at": NOW,
                "erased": tombstone,
            });
            world.table.plant(Write::put(AssetRecord::record_key(&id), &asset).unwrap());
        }
        ProblemType::RoleMissing => super::people::with(&world, "anna", &[Role::Reviewer], &[]),
        ProblemType::ReviewRefused => {
            super::people::with(&world, "anna", &[Role::Reviewer], &[]);
            let job = submitted(&world, &hero(), "k1").await;
            assert_eq!(job.as_str(), "j01hf7yat0040g2081040g20810", "the example's");
            super::people::review(&world, &job, "closed");
        }
        ProblemType::TryAgain => world.faults.plan(0, Fault::Refused),
        ProblemType::Internal => {
            let key = ApiKey::new(&tenant("acme"), SECRET).record_key();
            alter(&world, key, json!({ "created_at": "not a time", "valid_until": "neither" }));
        }
        ProblemType::BadSignature => {
            super::hooks::with_hook(&world, "cms", "0123456789abcdef").await;
        }
        _ => {}
    }
    world
}

#[tokio::test]
async fn every_types_example_is_what_the_api_answers() {
    let mut differ = Vec::new();
    for kind in ProblemType::ALL {
        let Example { request, answer: expected } = kind.example();
        let Some(request) = told(request) else { continue };
        let answer = send(&scene(*kind).await, request).await;
        let expected = expected.json("4bf92f3577b34da6a3ce929d0e0e4736");
        if json_of(&answer) != expected {
            differ.push(format!("{kind:?}\n  says    {expected}\n  answers {}", answer.body));
        }
    }
    assert!(differ.is_empty(), "mend domain/src/problem/example.rs:\n{}", differ.join("\n"));
}

#[tokio::test]
async fn every_type_has_a_page_in_json_and_html() {
    let world = world().await;
    let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
    let list = send(&world, request("GET", "/v1/errors").without("authorization")).await;
    let listed = json_of(&list)["errors"].as_array().unwrap().clone();
    assert_eq!(listed.len(), ProblemType::ALL.len());
    let index = send(&world, request("GET", "/v1/errors").with("accept", browser)).await;
    for (kind, listed) in ProblemType::ALL.iter().zip(listed) {
        let ask = request("GET", &kind.address()).without("authorization");
        assert_eq!(json_of(&send(&world, ask.clone()).await), listed);
        let page = send(&world, ask.with("accept", browser)).await;
        assert_eq!(
            (page.status, page.headers["content-type"].as_str()),
            (200, "text/html; charset=utf-8")
        );
        assert!(page.body.contains(&format!("<h1>{}</h1>", kind.title())), "{}", page.body);
        assert!(page.body.len() < 6000 && !page.body.contains("http"), "{}", page.body);
        assert!(index.body.contains(&format!("href=\"errors/{}\"", kind.slug())));
    }
}
