//! Order in the lane: who is next, that nobody starves, and that nothing is rendered twice however often it is brought.

use crate::harness::api::Caller;
use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::until::until;
use crate::harness::world::World;
use aws::{clock, env};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use domain::Time;
use domain::id::{AttemptId, JobId};
use domain::lane::{GPU, WINDOW, pk};
use domain::state::{JobState, StepState};
use domain::store::{Key, Write};
use domain::tenant::TenantRecord;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many free renders wait, and how many messages are delivered three times.
fn many() -> usize {
    env::optional("GALLEY_ITEMS").and_then(|items| items.parse().ok()).unwrap_or(40)
}

fn render(seconds: f64, preview: bool) -> Value {
    let mut pipeline = one_render(json!({ "seconds": seconds }));
    pipeline["steps"]["generate"]["with"]["preview"] = json!(preview);
    pipeline
}

async fn premium(world: &World, caller: &Caller<'_>) {
    let fields = json!({ "tier": "premium", "head_start_s": 300 });
    world.write(vec![Write::set(TenantRecord::key(&caller.tenant), fields)]).await;
}

async fn submitted(caller: &Caller<'_>, pipeline: &Value, many: usize) -> Vec<JobId> {
    let mut jobs = Vec::new();
    for _ in 0..many {
        jobs.push(caller.submit(pipeline).await);
    }
    jobs
}

/// All of these wait for slots or have one.
async fn in_the_lane(world: &World, jobs: &[JobId]) {
    for job in jobs {
        until("the step is in the lane", 60, async || {
            let view = world.job(job).await;
            (view.steps.get("generate")?.state != StepState::Pending).then_some(())
        })
        .await;
    }
}

/// The jobs whose renders were started, in that order.
async fn starts(world: &World, jobs: &[JobId]) -> Vec<JobId> {
    let mut starts = Vec::new();
    for job in jobs {
        let view = world.job(job).await;
        starts.extend(view.attempts.first().map(|first| (first.started_at, job.clone())));
    }
    starts.sort();
    starts.into_iter().map(|(_, job)| job).collect()
}

/// The last numbers of the lane that settle wrote for CloudWatch.
async fn measured(world: &World, since: Time) -> Value {
    world.sweep().await;
    until("settle wrote the lane's numbers", 15, async || {
        let lines = world.cloud.logged("settle", since.0).await;
        lines.into_iter().rfind(|line| line["lane"] == GPU && line["LaneWaiting"].is_number())
    })
    .await
}

#[tokio::test]
async fn what_waits_is_in_the_lane_s_metrics() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let (caller, since) = (world.tenant().await, clock::now());
    let hold = Key::new(pk(GPU), "HOLD");
    world.write(vec![Write::put(hold.clone(), &json!({ "reason": "a test" })).unwrap()]).await;
    let jobs = submitted(&caller, &render(0.1, false), 5).await;
    in_the_lane(&world, &jobs).await;
    let line = measured(&world, since).await;
    let metrics = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!((&metrics["Namespace"], &line["lane"]), (&json!("Galley"), &json!(GPU)));
    assert_eq!(metrics["Dimensions"], json!([["lane"]]));
    let numbers = ["LaneWaiting", "LaneSlots", "LaneSlotsWanted"].map(|name| line[name].as_f64());
    // Four items may wait for each slot: five want a second one.
    assert_eq!(numbers, [Some(5.0), Some(2.0), Some(2.0)], "{line}");
    let written = line["_aws"]["Timestamp"].as_i64().unwrap();
    let first = world.lane().await.waiting.iter().map(|one| one.work.enqueued_at).min().unwrap();
    assert_eq!(line["LaneOldestWaitS"].as_f64(), Some((written - first.0) as f64 / 1000.0));

    world.write(vec![Write::delete(hold)]).await;
    world.sweep().await;
    for job in &jobs {
        world.ends(job, JobState::Succeeded, 60).await;
    }
    // Not what that sweep wrote, while they waited.
    let line = measured(&world, clock::now()).await;
    assert_eq!(
        (line["LaneWaiting"].as_f64(), line["LaneOldestWaitS"].as_f64()),
        (Some(0.0), Some(0.0))
    );
}

#[tokio::test]
async fn a_paid_preview_is_the_next_to_start_and_free_renders_are_all_done() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let (free, payer) = (world.tenant().await, world.tenant().await);
    premium(&world, &payer).await;
    let mut jobs = submitted(&free, &render(1.5, false), many()).await;
    in_the_lane(&world, &jobs).await;
    let lane = world.lane().await;
    assert!(lane.waiting.len() <= 2 * WINDOW, "{}", lane.waiting.len());
    let shown = free.get("/v1/lanes").await.body["lanes"][0].clone();
    assert_eq!(shown["busy"], 2);

    let before = starts(&world, &jobs).await.len();
    let preview = payer.submit(&render(0.5, true)).await;
    jobs.push(preview.clone());
    in_the_lane(&world, std::slice::from_ref(&preview)).await;
    let waits = payer.get(&format!("/v1/jobs/{preview}")).await.body["steps"][0].clone();
    if waits["state"] == "waiting" {
        assert_eq!(waits["waiting_for"]["position"], 1, "{waits}");
    }
    world.ends(&preview, JobState::Succeeded, 60).await;
    let order = starts(&world, &jobs).await;
    let place = order.iter().position(|job| *job == preview).unwrap();
    // Those that started between the count and its coming to the lane are not overtaken.
    assert!(place <= before + 2, "{before} had started, it was number {place}");

    // Paid work keeps coming, at four fifths of what two slots can do.
    for _ in 0..10 {
        jobs.push(payer.submit(&render(0.5, false)).await);
        tokio::time::sleep(std::time::Duration::from_millis(900)).await;
    }
    for job in &jobs {
        let view = world.ends(job, JobState::Succeeded, 180).await;
        assert_eq!(view.attempts.len(), 1);
    }
    hosts::idle(&world).await;
}

#[tokio::test]
async fn messages_that_are_delivered_three_times_at_once_cause_one_render_each() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let callers = [world.tenant().await, world.tenant().await, world.tenant().await];
    let mut jobs = Vec::new();
    for turn in 0..many() / 2 {
        jobs.push(callers[turn % callers.len()].submit(&render(0.1, false)).await);
    }
    in_the_lane(&world, &jobs).await;
    // What the machine sent, twice more and all at once.
    let mut entries = Vec::new();
    for (n, job) in jobs.iter().enumerate() {
        let view = world.job(job).await;
        let token = view.steps["generate"].token.clone().unwrap();
        let message = json!({
            "job": job, "run": 1, "round": 1, "wave": 0, "item": 0, "token": token,
            "traceparent": view.job.traceparent, "event": 1,
        });
        for turn in 0..2 {
            let entry = SendMessageBatchRequestEntry::builder().id(format!("m{n}-{turn}"));
            entries.push(entry.message_body(message.to_string()).build().unwrap());
        }
    }
    let sends = entries.chunks(10).map(|batch| {
        let send = world.sqs.send_message_batch().queue_url(&world.stack.dispatch_queue_url);
        send.set_entries(Some(batch.to_vec())).send()
    });
    for send in sends {
        let sent = send.await.unwrap();
        assert!(sent.failed().is_empty(), "{sent:?}");
    }
    for job in &jobs {
        let view = world.ends(job, JobState::Succeeded, 180).await;
        assert_eq!(view.attempts.len(), 1, "{:?}", view.attempts);
    }
    let mut renders: BTreeMap<JobId, usize> = BTreeMap::new();
    for host in &world.stack.hosts {
        for book in world.books_of(host).await {
            let job = AttemptId::parse(&book.attempt).unwrap().job();
            *renders.entry(job).or_default() += 1;
        }
    }
    assert!(jobs.iter().all(|job| renders.get(job) == Some(&1)), "{renders:?}");
    hosts::idle(&world).await;
}
