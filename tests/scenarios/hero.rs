//! From a prompt to published pictures, as a caller sees it, and as the world is afterwards.

use crate::harness::hosts;
use crate::harness::sealed::shows;
use crate::harness::until::until;
use crate::harness::world::World;
use domain::ports::Bucket;
use domain::record::{AssetRecord, PublicationState};
use domain::sign::sha256;
use domain::state::{AttemptState, JobState, StepState};
use reqwest::Method;
use serde_json::{Value, json};

const HERO: &str = include_str!("../../infra/pipelines/hero-image.yaml");

/// The bytes in custody are what the record says: hash, size, format, width and height.
async fn is_as_recorded(world: &World, asset: &AssetRecord) {
    let bytes = world.bytes(Bucket::Assets, &asset.key).await;
    assert_eq!(
        (sha256(&bytes), bytes.len() as u64),
        (asset.sha256.clone(), asset.bytes),
        "{asset:?}"
    );
    let probe = media::probe(&bytes).unwrap();
    assert_eq!(probe.format.media_type(), asset.media_type);
    assert_eq!((Some(probe.width), Some(probe.height)), (asset.width, asset.height), "{asset:?}");
    // AVIF is written and probed here, not read.
    if probe.format != media::Format::Avif {
        let picture = media::decode(&bytes, &media::Limits::default()).unwrap();
        assert_eq!((picture.width(), picture.height()), (probe.width, probe.height));
    }
}

#[tokio::test]
async fn a_prompt_becomes_published_pictures_and_the_same_key_makes_no_second_job() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let yaml = [("content-type", "application/yaml")];
    let put = caller.send(Method::PUT, "/v1/pipelines/hero-image", &yaml, Some(HERO.into())).await;
    assert_eq!((put.status, &put.body["version"]), (201, &json!(1)), "{put:?}");
    let request =
        json!({ "pipeline": "hero-image", "inputs": { "prompt": "a lighthouse at dusk" } });
    let submit = async || {
        let key = [("idempotency-key", "hero-1")];
        caller.send(Method::POST, "/v1/jobs", &key, Some(request.to_string())).await
    };
    let accepted = submit().await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let job = accepted.job();
    let view = world.ends(&job, JobState::Succeeded, 90).await;

    let answer = caller.get(&format!("/v1/jobs/{job}")).await.body;
    assert_eq!((&answer["state"], &answer["terminal"]), (&json!("succeeded"), &json!(true)));
    assert_eq!((&answer["version"], &answer["retryable"]), (&json!(1), &json!(false)));
    assert!(0.0 < answer["cost"]["usd"].as_f64().unwrap(), "{}", answer["cost"]);
    assert!(view.steps.values().all(|step| step.state == StepState::Succeeded), "{:?}", view.steps);
    assert!(view.attempts.iter().all(|attempt| attempt.state == AttemptState::Succeeded));
    let paid: i64 = view.attempts.iter().map(|attempt| attempt.usd.unwrap().0).sum();
    assert_eq!(view.job.spent.0, paid);

    let mut made: Vec<_> = Vec::new();
    for asset in view.assets.values() {
        is_as_recorded(&world, asset).await;
        made.push((
            asset.step.as_str(),
            asset.media_type.as_str(),
            asset.width.unwrap(),
            asset.height.unwrap(),
        ));
    }
    made.sort();
    let mut expected = vec![
        ("generate", "image/png", 1024, 576),
        ("cutout", "image/png", 1024, 576),
        ("large", "image/png", 2048, 1152),
    ];
    for (width, height) in [(480, 270), (960, 540), (1920, 1080)] {
        for format in ["image/jpeg", "image/webp", "image/avif"] {
            expected.push(("ladder", format, width, height));
        }
    }
    expected.sort();
    assert_eq!(made, expected);

    assert_eq!(view.publications.len(), 9);
    for publication in &view.publications {
        assert_eq!(publication.state, PublicationState::Done);
        let location = publication.location.as_deref().unwrap();
        let key = location.strip_prefix(&format!("s3://{}/", world.stack.buckets["public"]));
        let bytes = world.bytes(Bucket::Public, key.expect("it lies in the public bucket")).await;
        assert_eq!(sha256(&bytes), publication.sha256, "{location}");
        shows(&bytes, &view.assets[&publication.asset]);
    }

    let told = caller.get(&format!("/v1/jobs/{job}/events?after=0&limit=1000")).await.body;
    let numbers: Vec<u64> = told["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["n"].as_u64().unwrap())
        .collect();
    let all = world.events(&job).await;
    assert_eq!(numbers, (1..=all.len() as u64).collect::<Vec<_>>());
    assert_eq!((&told["terminal"], &told["last"]), (&json!(true), &json!(all.len())));
    assert_eq!(
        (all[0].kind.as_str(), all.last().unwrap().kind.as_str()),
        ("job.accepted", "job.succeeded")
    );

    let renders = world.renders(&job).await.len();
    let replayed = submit().await;
    assert_eq!(replayed.job(), job, "{replayed:?}");
    assert_eq!(world.executions(&job).await.len(), 1);
    assert_eq!((renders, world.renders(&job).await.len()), (3, 3));
    let listed = caller.get("/v1/jobs").await.body;
    assert_eq!(listed["jobs"].as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(world.events(&job).await.len(), all.len());
}

#[tokio::test]
async fn the_same_request_twenty_times_at_once_makes_one_job() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let request =
        json!({ "pipeline": crate::harness::pipelines::one_render(json!({})), "inputs": {} });
    let send = async || -> Value {
        let key = [("idempotency-key", "at once")];
        let answer = caller.send(Method::POST, "/v1/jobs", &key, Some(request.to_string())).await;
        assert!(answer.status < 300 || answer.status == 503, "{answer:?}");
        answer.body["id"].clone()
    };
    let (a, b, c, d, e) = tokio::join!(send(), send(), send(), send(), send());
    let mut ids: Vec<_> =
        [a, b, c, d, e].iter().filter_map(|id| id.as_str().map(str::to_owned)).collect();
    for _ in 0..15 {
        ids.extend(send().await.as_str().map(str::to_owned));
    }
    ids.dedup();
    let [id] = ids.as_slice() else { panic!("{ids:?}") };
    let job = domain::id::JobId::parse(id).unwrap();
    world.ends(&job, JobState::Succeeded, 60).await;
    assert_eq!(world.renders(&job).await.len(), 1);
    until("the execution is over", 10, async || {
        let executions = world.executions(&job).await;
        (executions == [(job.execution(1), "SUCCEEDED".to_owned())]).then_some(())
    })
    .await;
}
