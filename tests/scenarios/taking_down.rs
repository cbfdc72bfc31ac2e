//! What was published of an asset is taken back everywhere, and is refused afterwards.

use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::until::until;
use crate::harness::world::World;
use crate::scenarios::command::{file, galley};
use domain::id::JobId;
use domain::ports::{Bucket, Objects};
use domain::state::JobState;
use serde_json::{Value, json};

/// One picture that goes out by itself and with a post, each into the public bucket.
fn pipeline() -> Value {
    let mut pipeline = one_render(json!({}));
    pipeline["name"] = json!("taken-down");
    pipeline["steps"]["plain"] = json!({
        "kind": "publish", "after": ["good"],
        "with": { "assets": "{{ generate.image }}", "target": { "kind": "s3", "prefix": "plain", "latest": true } },
    });
    pipeline["steps"]["announce"] = json!({
        "kind": "publish", "after": ["good"],
        "with": {
            "targets": [{ "kind": "s3", "prefix": "journal" }],
            "post": {
                "title": "A light in the evening", "body": "It is lit.",
                "media": [{ "asset": "{{ generate.image }}", "alt": "A lighthouse" }],
            },
        },
    });
    pipeline
}

/// The paths that the distribution before the public bucket was asked to forget.
async fn invalidated(world: &World) -> Vec<String> {
    let distribution = &world.stack.distribution;
    let asked = world.cloudfront.list_invalidations().distribution_id(distribution).send().await;
    let listed = asked.unwrap().invalidation_list.unwrap();
    let mut paths = Vec::new();
    for one in listed.items() {
        let asked = world.cloudfront.get_invalidation().distribution_id(distribution).id(&one.id);
        let batch = asked.send().await.unwrap().invalidation.unwrap().invalidation_batch.unwrap();
        paths.extend(batch.paths.unwrap().items.unwrap_or_default());
    }
    paths
}

#[tokio::test]
async fn what_is_taken_down_is_gone_everywhere_and_refused_afterwards() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let key = caller.key.reveal().to_owned();
    let document = file("taken-down", &pipeline());
    let submitted = galley(&world, &key, &["submit", document.to_str().unwrap()]).await;
    let job = JobId::parse(String::from_utf8_lossy(&submitted.stdout).trim()).unwrap();
    let view = world.ends(&job, JobState::Succeeded, 90).await;
    let asset = view.assets.values().find(|asset| asset.step == "generate").unwrap();
    let location = view.publications[0].location.clone().unwrap();
    let (_, place) = location.strip_prefix("s3://").unwrap().split_once('/').unwrap();
    let page = view.postings[0].remote.clone().unwrap();
    let there = async |key: &str| {
        let read = world.objects.get(Bucket::Public, key, 1 << 24).await.unwrap();
        read.is_some_and(|bytes| !bytes.is_empty())
    };
    assert!(there(place).await && there(&page).await);

    let words = ["takedown", asset.id.as_str(), "--reason", "a likeness", "--json"];
    let taken = galley(&world, &key, &words).await;
    let told: Value = serde_json::from_slice(&taken.stdout).unwrap();
    assert!(taken.status.success(), "{told} {}", String::from_utf8_lossy(&taken.stderr));
    assert_eq!(told["state"], "done", "{told}");
    let states = told["places"].as_array().unwrap().iter().map(|place| &place["state"]);
    assert_eq!(states.collect::<Vec<_>>(), ["gone", "gone"], "{told}");
    assert!(!there(place).await && !there(&page).await);
    let forgotten = invalidated(&world).await;
    for key in [place, &page] {
        assert!(forgotten.contains(&format!("/{key}")), "{key} is not in {forgotten:?}");
    }
    assert_eq!(world.count(&job, "publication.taken_down").await, 2);
    assert_eq!(world.count(&job, "takedown.done").await, 1);

    // Somebody brings the same bytes.
    let bytes = world.bytes(Bucket::Assets, &asset.key).await;
    let picture = crate::harness::stack::home().join("tmp").join("taken-down.png");
    std::fs::write(&picture, bytes).unwrap();
    let again = json!({
        "name": "brought-back", "budget_usd": 1, "inputs": { "photo": { "type": "image" } },
        "steps": {
            "good": { "kind": "gate.quality", "with": { "images": "{{ inputs.photo }}" } },
            "publish": { "kind": "publish", "after": ["good"], "with": { "assets": "{{ inputs.photo }}", "target": { "kind": "s3" } } },
        },
    });
    let document = file("brought-back", &again);
    let photo = format!("photo=@{}", picture.display());
    let words = ["submit", document.to_str().unwrap(), "--input", &photo];
    let submitted = galley(&world, &key, &words).await;
    let text = String::from_utf8_lossy(&submitted.stdout).trim().to_owned();
    let second = JobId::parse(&text).unwrap_or_else(|_| panic!("{submitted:?}"));
    let refused = world.ends(&second, JobState::Rejected, 60).await;
    let why = refused.steps["publish"].error.clone().unwrap();
    assert!(why.contains("which was taken down"), "{why}");

    // The sweep lets it look once more, when nobody publishes any longer who did not know of it.
    until("it has looked at what was due", 30, async || {
        world.sweep().await;
        let id = told["id"].as_str()?;
        let known = domain::takedown::Takedown::read(&world.table, &caller.tenant, id).await;
        known.unwrap().filter(|known| known.state == domain::takedown::TakedownState::Done)
    })
    .await;
}
