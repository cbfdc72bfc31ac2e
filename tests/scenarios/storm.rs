//! Functions killed left and right while jobs run: each job is done once all the same.

use super::dispatch_dies::kills;
use crate::harness::api::Caller;
use crate::harness::hosts;
use crate::harness::lambdas::{running, try_signal};
use crate::harness::pipelines::one_render;
use crate::harness::until::until;
use crate::harness::world::World;
use domain::id::JobId;
use domain::state::{AttemptState, JobState};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const JOBS: usize = 6;
/// How many kills per round of this test.
const KILLS: usize = 40;

fn whole_way() -> Value {
    let mut pipeline = one_render(json!({}));
    pipeline["name"] = json!("whole-way");
    pipeline["steps"]["small"] = json!({
        "kind": "image.resize",
        "with": { "image": "{{ generate.image }}", "widths": [64, 128], "formats": ["jpeg", "webp"] },
    });
    pipeline["steps"]["publish"] = json!({
        "kind": "publish", "after": ["good"],
        "with": { "assets": "{{ small.images }}", "target": { "kind": "s3", "prefix": "storm" } },
    });
    pipeline
}

/// Submits as a client should: with a key, and again until it is answered.
async fn submit(caller: &Caller<'_>, key: &str) -> JobId {
    let request = json!({ "pipeline": whole_way(), "inputs": {} }).to_string();
    let answer = until("the job is accepted", 60, async || {
        let headers = [("idempotency-key", key)];
        let answer = caller.send(Method::POST, "/v1/jobs", &headers, Some(request.clone())).await;
        (answer.status == 202).then_some(answer)
    })
    .await;
    answer.job()
}

/// Kills the processes of one function after the other, for a while.
async fn storm(world: &World) {
    let functions: Vec<_> = world.stack.functions.keys().collect();
    for turn in 0..KILLS * kills() {
        for pid in running(&world.stack, functions[turn % functions.len()]) {
            try_signal(pid, "KILL");
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

#[tokio::test]
async fn jobs_are_done_once_although_every_function_is_killed_meanwhile() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let caller = world.tenant().await;
    let submissions = async {
        let mut jobs = Vec::new();
        for n in 0..JOBS * kills() {
            jobs.push(submit(&caller, &format!("storm-{n}")).await);
        }
        jobs
    };
    let (jobs, ()) = tokio::join!(submissions, storm(&world));
    assert_eq!(jobs.iter().collect::<BTreeSet<_>>().len(), jobs.len());
    for job in &jobs {
        let over = until("the job is over", 120, async || {
            world.sweep().await;
            tokio::time::sleep(Duration::from_millis(900)).await;
            world.job(job).await.job.state.terminal().then_some(())
        });
        over.await;
        let view = world.ends(job, JobState::Succeeded, 1).await;
        let succeeded = view.attempts.iter().filter(|one| one.state == AttemptState::Succeeded);
        assert_eq!(succeeded.count(), 1, "{:?}", view.attempts);
        assert_eq!(world.renders(job).await.len(), 1, "{:?}", view.attempts);
        assert_eq!(world.executions(job).await.len(), 1);
        assert_eq!(world.count(job, "job.succeeded").await, 1);
        assert_eq!((view.assets.len(), view.publications.len()), (5, 4));
        let paid: i64 = view.attempts.iter().filter_map(|one| one.usd).map(|usd| usd.0).sum();
        assert_eq!(view.job.spent.0, paid);
    }
    hosts::idle(&world).await;
}
