//! One post at several targets: each has it once, one by itself can be retried, and grants are renewed or given anew.

use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::targets::{self, Account, at, open, seen, told};
use crate::harness::until::until;
use crate::harness::world::World;
use crate::scenarios::command::{file, galley};
use domain::id::JobId;
use domain::publish::Connection;
use domain::record::PublicationState;
use domain::state::JobState;
use doubles::faults::Fault;
use doubles::targets::{bluesky, wordpress, x};
use serde_json::{Value, json};
use std::time::Duration;

/// The ports of targets that this stack may call.
const BLOG: u16 = 8811;
const SKY: u16 = 8812;
const X: u16 = 8813;

fn pipeline() -> Value {
    let mut pipeline = one_render(json!({}));
    pipeline["name"] = json!("announced");
    pipeline["steps"]["announce"] = json!({
        "kind": "publish", "after": ["good"],
        "with": {
            "targets": [
                { "kind": "wordpress", "connection": "blog" },
                { "kind": "bluesky", "connection": "brand" },
                { "kind": "x", "connection": "chirp" },
                { "kind": "s3", "prefix": "journal" },
            ],
            "post": {
                "title": "A light in the evening", "body": "It is **lit**.", "slug": "evening-light",
                "media": [{ "asset": "{{ generate.image }}", "alt": "A lighthouse" }],
            },
        },
    });
    pipeline
}

#[tokio::test]
async fn a_post_is_at_each_target_once_and_one_that_was_refused_is_retried_by_itself() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let (blog, sky, chirps) = (
        open(BLOG, wordpress::routes).await,
        open(SKY, bluesky::routes).await,
        open(X, x::routes).await,
    );
    let caller = world.tenant().await;
    let key = caller.key.reveal().to_owned();
    let connect = async |name: &str, account: &Account, more: &[&str]| {
        targets::connect(&world, &caller, name, account, more).await
    };
    connect("blog", &targets::blog(BLOG), &[]).await;
    let revoked = (targets::sky(SKY).0, targets::sky(SKY).1, json!({ "password": "revoked" }));
    connect("brand", &revoked, &[]).await;
    let set = vec![format!("api=http://127.0.0.1:{X}"), format!("client_id={}", x::CLIENT)];
    let chirp = ("x", set, json!({ "token": "of yesterday", "refresh_token": x::REFRESH }));
    // Its token is over: it is renewed before it is used.
    connect("chirp", &chirp, &["--expires-at", "2026-01-01T00:00:00Z"]).await;
    let no = json!({ "title": "Forbidden", "detail": "not today", "status": 403 });
    chirps.shop.fault_on("POST /2/tweets", Fault::Instead(403, Vec::new(), no));
    // What is accepted, and answered when nobody waits any more.
    blog.shop.fault_on("POST /wp-json/wp/v2/posts", Fault::Slow(Duration::from_secs(11)));

    let document = file("announced", &pipeline());
    let submitted = galley(&world, &key, &["submit", document.to_str().unwrap()]).await;
    let job = JobId::parse(&told(&submitted)).unwrap();
    let view = world.ends(&job, JobState::Succeeded, 90).await;
    assert_eq!((seen(&blog), seen(&sky), seen(&chirps)), (vec![1], vec![], vec![]));
    let lacks: Vec<_> = view.job.degraded.iter().map(|lacking| lacking.step.as_str()).collect();
    assert_eq!(lacks, ["announce~bluesky", "announce~x"]);
    let why = &view.job.degraded[0].reason;
    assert!(why.starts_with("connection brand is over (bluesky: "), "{why}");
    assert!(why.ends_with("): connect it again, and this goes on"), "{why}");
    let (state, page) = at(&view, "announce~s3");
    assert_eq!(state, PublicationState::Done);
    let document = world.bytes(domain::ports::Bucket::Public, &page.unwrap()).await;
    let document: Value = serde_json::from_slice(&document).unwrap();
    assert_eq!(document["media"][0]["alt"], "A lighthouse");
    let chirp = Connection::read(&world.table, &caller.tenant, "chirp").await.unwrap().unwrap();
    assert!(chirp.expires_at.is_some_and(|at| aws::clock::now() < at), "it was renewed");
    let listed = told(&galley(&world, &key, &["connections", "list"]).await);
    let brand = listed.lines().find(|line| line.starts_with("brand ")).unwrap();
    assert!(brand.contains("expired"), "{listed}");

    // What is there already is not asked for again.
    let publication = |target: &str| format!("{job}.announce~{target}");
    let words = ["publications", "retry", &publication("wordpress")];
    told(&galley(&world, &key, &words).await);
    assert_eq!(world.job(&job).await.job.run, 1);
    // One by itself.
    let words = ["publications", "retry", &publication("x")];
    assert!(told(&galley(&world, &key, &words).await).contains("run 2"));
    let second = world.ends(&job, JobState::Succeeded, 60).await;
    assert_eq!((second.job.run, second.job.degraded.len()), (2, 1), "{:?}", second.job);
    assert_eq!((seen(&blog), seen(&sky), seen(&chirps)), (vec![1], vec![], vec![1]));
    for step in ["announce~wordpress", "announce~bluesky", "announce~s3"] {
        assert_eq!(at(&second, step), at(&view, step));
        assert_eq!(second.steps[step], view.steps[step], "{step} was left alone");
    }

    // What waited for the account goes on by itself once that opens.
    let tried = galley(&world, &key, &["connections", "test", "brand"]).await;
    assert_eq!(tried.status.code(), Some(1), "{tried:?}");
    connect("brand", &targets::sky(SKY), &[]).await;
    let tried = told(&galley(&world, &key, &["connections", "test", "brand"]).await);
    assert_eq!(tried, format!("brand opens @{}", bluesky::HANDLE));
    world.sweep().await;
    let third = until("the third run has ended", 60, async || {
        let view = world.job(&job).await;
        (view.job.run == 3 && view.job.state.terminal()).then_some(view)
    })
    .await;
    assert!(third.job.state == JobState::Succeeded && third.job.degraded.is_empty());
    assert_eq!((seen(&blog), seen(&sky), seen(&chirps)), (vec![1], vec![1], vec![1]));
    assert_eq!(at(&third, "announce~x"), at(&second, "announce~x"));
    for name in ["blog", "brand", "chirp"] {
        told(&galley(&world, &key, &["connections", "remove", name]).await);
    }
    assert_eq!(Connection::all(&world.table, &caller.tenant).await.unwrap(), []);
}
