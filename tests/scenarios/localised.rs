//! One render for many languages: made once, shared by all, and a language that fails takes no other with it.

use crate::harness::hosts;
use crate::harness::sealed::shows;
use crate::harness::world::World;
use domain::ports::Bucket;
use domain::record::PublicationState;
use domain::state::{JobState, StepState};
use domain::view::JobView;
use reqwest::Method;
use serde_json::{Value, json};

const LOCALISED: &str = include_str!("../../infra/pipelines/hero-image-localised.yaml");

/// The items whose card is in the public bucket, byte for byte.
async fn published(world: &World, view: &JobView) -> Vec<String> {
    let mut items = Vec::new();
    for publication in &view.publications {
        assert_eq!(publication.state, PublicationState::Done, "{publication:?}");
        let location = publication.location.as_deref().unwrap();
        let key = location.strip_prefix(&format!("s3://{}/", world.stack.buckets["public"]));
        let bytes = world.bytes(Bucket::Public, key.expect("it lies in the public bucket")).await;
        shows(&bytes, &view.assets[&publication.asset]);
        items.push(publication.step.clone());
    }
    items.sort();
    items.dedup();
    items
}

fn request(captions: Value) -> Value {
    json!({
        "pipeline": "hero-image-localised",
        "inputs": {
            "prompt": "a red kite", "captions": captions, "alt": { "ja": "丘の上を飛ぶ赤い凧" },
        },
    })
}

#[tokio::test]
async fn every_language_has_its_own_card_of_one_render_and_one_that_fails_takes_no_other_with_it() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let yaml = [("content-type", "application/yaml")];
    let path = "/v1/pipelines/hero-image-localised";
    let put = caller.send(Method::PUT, path, &yaml, Some(LOCALISED.into())).await;
    assert_eq!(put.status, 201, "{put:?}");

    let captions = json!({ "en": "Up, up and away", "de": "Hoch über den Hügeln", "ja": "丘を越えて、空高く" });
    let accepted = caller.post("/v1/jobs", &request(captions)).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let job = accepted.job();
    let view = world.ends(&job, JobState::Succeeded, 90).await;
    let mut kinds: Vec<&str> = view.attempts.iter().map(|it| it.work.kind.as_str()).collect();
    kinds.sort();
    assert_eq!(kinds, ["image.generate", "image.remove_background"], "once for all languages");
    assert_eq!(world.renders(&job).await.len(), 2);
    let all = ["publish~de", "publish~en", "publish~ja"];
    assert_eq!(published(&world, &view).await, all);
    let words = |step: &str| {
        let asset = view.assets.values().find(|asset| asset.step == step);
        asset.and_then(|asset| asset.text.clone())
    };
    assert_eq!(words("caption~de").as_deref(), Some("Hoch über den Hügeln"));
    assert_eq!(words("alt~ja").as_deref(), Some("丘の上を飛ぶ赤い凧"));
    assert_eq!(words("alt~en").as_deref(), Some("Up, up and away"), "for want of another");
    let cards: std::collections::BTreeSet<&str> = view
        .assets
        .values()
        .filter(|asset| asset.step.starts_with("card~"))
        .map(|asset| asset.sha256.as_str())
        .collect();
    assert_eq!(cards.len(), 3, "three cards that differ");
    let answer = caller.get(&format!("/v1/jobs/{job}")).await.body;
    let steps = answer["steps"].as_array().unwrap();
    let card = steps.iter().find(|step| step["name"] == "card~de").unwrap();
    assert_eq!(card["foreach"], json!({ "step": "card", "item": "de" }));
    assert_eq!(answer["degraded"], json!([]), "{answer}");

    // No bundled font has this sign.
    let captions = json!({ "en": "Up, up and away", "de": "Hoch hinaus", "ja": "ว่าว" });
    let job = caller.post("/v1/jobs", &request(captions)).await.job();
    let view = world.ends(&job, JobState::Succeeded, 90).await;
    assert_eq!(published(&world, &view).await, ["publish~de", "publish~en"]);
    assert_eq!(view.step("card~ja").state, StepState::Skipped);
    assert_eq!(view.step("publish~ja").state, StepState::Skipped);
    let answer = caller.get(&format!("/v1/jobs/{job}")).await.body;
    let degraded = answer["degraded"].as_array().unwrap();
    let why = degraded.iter().find(|gap| gap["step"] == "card~ja").unwrap();
    let reason = why["reason"].as_str().unwrap();
    assert!(reason.contains("the fonts have no sign for ว (U+0E27)"), "{answer}");

    // With nothing left of any language it is no success.
    let captions = json!({ "en": "ว่าว", "de": "ว่าว", "ja": "ว่าว" });
    let job = caller.post("/v1/jobs", &request(captions)).await.job();
    let view = world.ends(&job, JobState::Failed, 90).await;
    assert!(view.publications.is_empty());

    let list = |locales: Value| {
        let mut request = request(json!({ "en": "Up" }));
        request["inputs"]["locales"] = locales;
        request
    };
    let before = caller.get("/v1/jobs").await.body["jobs"].as_array().map(Vec::len);
    let refused = caller.post("/v1/jobs", &list(json!([]))).await;
    assert_eq!(
        (refused.status, &refused.body["errors"][0]["pointer"]),
        (422, &json!("/inputs/locales"))
    );
    let refused = caller.post("/v1/jobs", &list(json!(["en", "fr"]))).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    assert_eq!(caller.get("/v1/jobs").await.body["jobs"].as_array().map(Vec::len), before);
}
