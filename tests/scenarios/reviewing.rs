//! People decide what a gate is unsure of: the whole way from the question to what is published.

use super::command::galley;
use crate::harness::api::Caller;
use crate::harness::hosts;
use crate::harness::until::until;
use crate::harness::world::World;
use domain::id::{JobId, ReviewId};
use domain::review::{ReviewRecord, ReviewState};
use domain::state::{JobState, StepState};
use domain::store::{Key, Write};
use reqwest::Method;
use serde_json::{Value, json};

/// A picture that a gate is always unsure of, published to S3; `rules` are those of the review.
pub(super) fn pipeline(rules: Value) -> Value {
    json!({
        "name": "asked", "budget_usd": 0.5, "inputs": { "prompt": { "type": "text" } },
        "steps": {
            "make": { "kind": "image.generate", "with": {
                "prompt": "{{ inputs.prompt }}", "width": 128, "height": 128, "preview": false,
            } },
            "safe": {
                "kind": "gate.moderation", "with": { "images": "{{ make.image }}" }, "review": rules,
            },
            "out": {
                "kind": "publish", "after": ["safe"],
                "with": { "assets": "{{ make.image }}", "target": { "kind": "s3" } },
            },
        },
    })
}

/// Gives somebody a personal key, as an operator would.
pub(super) async fn person(world: &World, caller: &Caller<'_>, name: &str) -> String {
    let words = ["admin", "people", "put", caller.tenant.as_str(), name, "--role", "reviewer"];
    let done = galley(world, "", &words).await;
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

/// Runs a command as a person, and gives the JSON that it prints.
pub(super) async fn told(world: &World, key: &str, words: &[&str]) -> Value {
    let done = galley(world, key, &[words, &["--json"]].concat()).await;
    assert!(done.status.success(), "{words:?}: {done:?}");
    let text = String::from_utf8(done.stdout).unwrap();
    serde_json::from_str(text.lines().next().unwrap_or("null")).unwrap()
}

pub(super) async fn submit(caller: &Caller<'_>, rules: Value) -> JobId {
    let body = json!({ "pipeline": pipeline(rules), "inputs": { "prompt": "a lighthouse" } });
    let answer = caller.post("/v1/jobs", &body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.job()
}

/// The review that a job waits for, once its execution has handed its token over.
pub(super) async fn asked(world: &World, job: &JobId, round: u32) -> ReviewRecord {
    until("people are asked", 90, async || {
        let reviews = world.job(job).await.reviews;
        let here = |review: &ReviewRecord| review.id.round() == round && review.token.is_some();
        reviews.into_iter().find(here)
    })
    .await
}

/// How many states an execution has entered so far.
async fn transitions(world: &World, job: &JobId) -> usize {
    let machine = world.stack.state_machine_arn.replace(":stateMachine:", ":execution:");
    let execution = format!("{machine}:{}", job.execution(1));
    let history = world.sfn.get_execution_history().execution_arn(execution).max_results(1000);
    let history = history.send().await.expect("the history can be read");
    let entered = |kind: &str| kind.ends_with("StateEntered");
    history.events().iter().filter(|event| entered(event.r#type().as_str())).count()
}

#[tokio::test]
async fn a_picture_is_made_again_by_a_note_then_approved_and_published() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let anna = person(&world, &caller, "anna").await;
    let job = submit(&caller, json!({})).await;
    let first = asked(&world, &job, 1).await;
    assert_eq!(first.reviewers, 1);
    let before = transitions(&world, &job).await;
    let shown = caller.get(&format!("/v1/jobs/{job}")).await.body;
    assert_eq!((&shown["waiting"], &shown["state"]), (&json!("review"), &json!("running")));
    assert!(!shown.to_string().contains(first.token.as_deref().unwrap()));
    let listed = told(&world, &anna, &["reviews", "list"]).await;
    assert_eq!(listed["id"], first.id.as_str());
    assert_eq!(transitions(&world, &job).await, before, "waiting costs no transition");

    let id = first.id.as_str();
    told(&world, &anna, &["reviews", "approve", id]).await;
    assert_eq!(told(&world, &anna, &["reviews", "undo", id]).await["state"], "open");
    let note = ["reviews", "regenerate", id, "--note", "with a red roof"];
    assert_eq!(told(&world, &anna, &note).await["state"], "decided");
    let second = asked(&world, &job, 2).await;
    let view = world.job(&job).await;
    let attempt = view.attempts.iter().rfind(|one| one.id.step() == "make").unwrap();
    assert_eq!(attempt.work.params["prompt"], "a lighthouse\n\nwith a red roof");
    assert_ne!(second.subjects[0].sha256, first.subjects[0].sha256);

    told(&world, &anna, &["reviews", "approve", second.id.as_str(), "--note", "there it is"]).await;
    let view = world.ends(&job, JobState::Succeeded, 60).await;
    assert_eq!(view.publications.len(), 1);
    assert_eq!(view.publications[0].asset, second.subjects[0].asset);
    let kinds: Vec<String> = world.events(&job).await.into_iter().map(|event| event.kind).collect();
    let count = |kind: &str| kinds.iter().filter(|one| *one == kind).count();
    assert_eq!((count("review.requested"), count("review.decided")), (2, 2));

    let verify = ["audit", "verify", job.as_str()];
    let whole = galley(&world, caller.key.reveal(), &verify).await;
    assert!(whole.status.success(), "{whole:?}");
    let entry = Key::new(format!("AUDIT#{job}"), "ENTRY#00000003");
    world.write(vec![Write::set(entry, json!({ "who": "mallory" }))]).await;
    let broken = galley(&world, caller.key.reveal(), &verify).await;
    assert_eq!(broken.status.code(), Some(1));
    let named = String::from_utf8_lossy(&broken.stdout).into_owned();
    assert!(named.contains("ENTRY#00000003"), "{named}");
}

#[tokio::test]
async fn twenty_people_at_once_come_to_one_outcome_and_a_rejection_ends_the_job() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let mut keys = Vec::new();
    for n in 0..20 {
        keys.push(person(&world, &caller, &format!("p{n}")).await);
    }
    let job = submit(&caller, json!({ "approvals": 3 })).await;
    let review = asked(&world, &job, 1).await;
    let address = format!("{}/v1/reviews/{}/decide", world.stack.api_url, review.id);
    let decide = async |key: &String| {
        let request = world.http.request(Method::POST, &address).bearer_auth(key);
        let body = json!({ "decision": "approve" });
        request.json(&body).send().await.expect("the API answers").status().as_u16()
    };
    let answers = futures_util::future::join_all(keys.iter().map(decide)).await;
    let taken = answers.iter().filter(|status| **status == 200).count();
    assert_eq!(taken, 3, "{answers:?}");
    assert!(answers.iter().all(|status| [200, 409, 503].contains(status)), "{answers:?}");
    let view = world.ends(&job, JobState::Succeeded, 60).await;
    let decided = view.reviews[0].decided.clone().unwrap();
    assert_eq!((view.reviews[0].state, decided.by.len()), (ReviewState::Closed, 3));

    let other = submit(&caller, json!({})).await;
    let review = asked(&world, &other, 1).await;
    told(&world, &keys[0], &["reviews", "reject", review.id.as_str(), "--note", "no"]).await;
    let view = world.ends(&other, JobState::Rejected, 60).await;
    assert_eq!(view.job.reason.as_deref(), Some("safe: rejected by p0"));
    assert!(view.publications.is_empty());
}

#[tokio::test]
async fn another_tenants_review_does_not_exist_and_silence_approves_nothing() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let (caller, other) = (world.tenant().await, world.tenant().await);
    let theirs = person(&world, &other, "anna").await;
    let job = submit(&caller, json!({ "expires_s": 10 })).await;
    let review = asked(&world, &job, 1).await;
    assert_eq!(review.reviewers, 0);
    let refused = galley(&world, &theirs, &["reviews", "approve", review.id.as_str()]).await;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("there is no review"), "{said}");
    until("its time is over", 30, async || {
        world.sweep().await;
        Some(()).filter(|()| {
            let now = aws::clock::now();
            review.expires_at < now
        })
    })
    .await;
    world.sweep().await;
    let view = world.ends(&job, JobState::Rejected, 60).await;
    assert_eq!(view.job.reason.as_deref(), Some("safe: nobody decided in time"));
    assert_eq!(view.step("safe").state, StepState::Failed);
    assert_eq!(view.reviews[0].id, ReviewId::new(&job, "safe", 1));
}
