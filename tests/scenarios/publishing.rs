//! Publish by bytes: whatever the flow says, nothing goes out that no verdict covers.

use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::receiver::Receiver;
use crate::harness::until::until;
use crate::harness::world::{NoFlow, World};
use domain::id::TenantId;
use domain::job::execution_input;
use domain::ports::{Bucket, Objects, Put};
use domain::state::{JobState, StepState};
use publishers::signature::Secret;
use serde_json::{Value, json};

/// A picture that is judged, then waits for a long render, then is published.
fn slow_to_publish(seconds: u32) -> Value {
    let mut pipeline = one_render(json!({}));
    pipeline["name"] = json!("slow-to-publish");
    let steps = &mut pipeline["steps"];
    steps["large"] = json!({
        "kind": "image.upscale", "after": ["good"],
        "with": { "image": "{{ generate.image }}", "factor": 2, "preview": false, "test": { "seconds": seconds } },
    });
    steps["fine"] = json!({ "kind": "gate.quality", "with": { "images": "{{ large.image }}", "min_width": 64 } });
    steps["publish"] = json!({
        "kind": "publish", "after": ["good", "fine"],
        "with": { "assets": "{{ generate.image }}", "target": { "kind": "s3" } },
    });
    pipeline
}

/// The keys under a tenant's folder in the public bucket.
async fn published(world: &World, tenant: &TenantId) -> Vec<String> {
    let list = world.s3.list_objects_v2().bucket(&world.stack.buckets["public"]);
    let answer = list.prefix(format!("{tenant}/")).send().await.unwrap();
    answer.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect()
}

#[tokio::test]
async fn an_asset_swapped_after_its_verdict_is_not_published() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let job = caller.submit(&slow_to_publish(5)).await;
    let asset = until("the picture is judged and the long render runs", 60, async || {
        let view = world.job(&job).await;
        let judged = view.steps.get("good")?.state == StepState::Succeeded;
        let runs = view.steps.get("large")?.state == StepState::Running;
        view.assets.values().next().filter(|_| judged && runs).cloned()
    })
    .await;
    let other = [b"\x89PNG\r\n\x1a\n".as_slice(), b" something else"].concat();
    let how = Put { media_type: "image/png".into(), replace: true, ..Put::default() };
    world.objects.put(Bucket::Assets, &asset.key, other, &how).await.unwrap();
    let view = world.ended(&job, 60).await;
    assert_ne!(view.job.state, JobState::Succeeded);
    assert!(view.steps["publish"].error.is_some(), "{:?}", view.steps["publish"]);
    assert_eq!(published(&world, &caller.tenant).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_same_flow_publishes_what_was_not_swapped() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let job = caller.submit(&slow_to_publish(0)).await;
    world.ends(&job, JobState::Succeeded, 60).await;
    assert_eq!(published(&world, &caller.tenant).await.len(), 1);
}

#[tokio::test]
async fn an_execution_made_by_hand_that_begins_at_publish_publishes_nothing() {
    let world = World::open().await;
    let caller = world.tenant().await;
    let job = world.accept(&caller.tenant, &slow_to_publish(0), &NoFlow).await;
    let view = world.job(&job).await;
    let plan = view.plan_record();
    let last = view.plan.waves.len() - 1;
    assert_eq!(view.plan.waves[last].steps, ["publish"]);
    let input = execution_input(&view.job, &plan, last, 1);
    let start = world.sfn.start_execution().state_machine_arn(&world.stack.state_machine_arn);
    start.name(job.execution(1)).input(input.to_string()).send().await.unwrap();
    let view = world.ended(&job, 40).await;
    assert_ne!(view.job.state, JobState::Succeeded);
    assert!(view.publications.is_empty(), "{:?}", view.publications);
    assert_eq!(published(&world, &caller.tenant).await, Vec::<String>::new());
}

#[tokio::test]
async fn publish_called_before_the_last_gate_publishes_nothing() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let job = caller.submit(&slow_to_publish(6)).await;
    let view = until("the long render runs", 60, async || {
        let view = world.job(&job).await;
        (view.steps.get("large")?.state == StepState::Running).then_some(view)
    })
    .await;
    let call = json!({
        "job": job, "run": 1, "round": 1, "wave": view.plan.waves.len() - 1, "item": 0, "event": 1,
        "traceparent": view.job.traceparent,
    });
    let told = world.cloud.invoke("publish", &call).await;
    assert_eq!(told["ok"], Value::Null, "{told}");
    assert_eq!(published(&world, &caller.tenant).await, Vec::<String>::new());
    assert!(world.job(&job).await.publications.is_empty());
    world.ended(&job, 60).await;
}

#[tokio::test]
async fn a_receiver_that_fails_once_gets_the_same_signed_webhook_again() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    // The one address that this stack may call besides public ones.
    let receiver = Receiver::start("127.0.0.1:8799", &[500, 204]);
    let mut document = one_render(json!({}));
    document["name"] = json!("to-a-webhook");
    document["steps"]["publish"] = json!({
        "kind": "publish", "after": ["good"],
        "with": {
            "assets": "{{ generate.image }}",
            "target": { "kind": "webhook", "url": "https://127.0.0.1:8799/pictures" },
        },
    });
    // Pipelines name https only; the receiver of a test speaks plain HTTP.
    let mut pipeline = domain::pipeline::Pipeline::from_value(&document).unwrap();
    let publish = pipeline.steps.iter_mut().find(|step| step.name == "publish").unwrap();
    publish.with["target"]["url"] = json!("http://127.0.0.1:8799/pictures");
    let job = world.accept_checked(&caller.tenant, pipeline, &world.flow).await;
    let view = world.ends(&job, JobState::Succeeded, 60).await;
    let [publication] = view.publications.as_slice() else { panic!("{:?}", view.publications) };
    assert_eq!(publication.state, domain::record::PublicationState::Done);

    let received = receiver.received();
    assert_eq!(received.len(), 2, "{received:?}");
    let secret = Secret::of(&world.signing_key(), &caller.tenant);
    for post in &received {
        let header = |name: &str| post.headers[name].as_str();
        let at = header("webhook-timestamp").parse().unwrap();
        assert_eq!(header("webhook-signature"), secret.sign(header("webhook-id"), at, &post.body));
        let trace = view.job.traceparent.split('-').nth(1).unwrap();
        assert!(header("traceparent").contains(trace));
    }
    assert_eq!(received[0].headers["webhook-id"], received[1].headers["webhook-id"]);
    let told: Value = serde_json::from_slice(&received[1].body).unwrap();
    let bytes =
        world.http.get(told["data"]["asset"]["url"].as_str().unwrap()).send().await.unwrap();
    let bytes = bytes.bytes().await.unwrap();
    assert_eq!(domain::sign::sha256(&bytes), publication.sha256);
}
