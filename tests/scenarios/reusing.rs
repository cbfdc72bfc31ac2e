//! The same asked for several times: made once, given to all, and free for whoever did not pay first.

use crate::harness::api::Caller;
use crate::harness::hosts;
use crate::harness::world::World;
use domain::id::JobId;
use domain::sign::sha256;
use domain::state::JobState;
use media::{Format, Limits, Picture, Quality, decode, encode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test]
async fn jobs_that_ask_for_the_same_share_one_render_and_later_ones_are_given_it() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let pipeline = json!({
        "name": "seeded", "budget_usd": 0.2,
        "steps": {
            "generate": { "kind": "image.generate", "with": {
                "prompt": "a lighthouse in the rain", "width": 256, "height": 256, "seed": 7, "preview": false,
            } },
            "good": { "kind": "gate.quality", "with": { "images": "{{ generate.image }}", "min_width": 64 } },
        },
    });
    let body = json!({ "pipeline": pipeline });
    let submit = async || caller.post("/v1/jobs", &body).await.job();
    let mut jobs = Vec::new();
    for _ in 0..4 {
        jobs.push(submit().await);
    }
    for job in &jobs {
        world.ends(job, JobState::Succeeded, 60).await;
    }
    jobs.push(submit().await);
    let (mut attempts, mut paid, mut bytes) = (0, 0, BTreeSet::new());
    for job in &jobs {
        let view = world.ends(job, JobState::Succeeded, 60).await;
        attempts += view.attempts.len();
        paid += i32::from(0 < view.job.spent.0);
        for asset in view.assets.values() {
            let found = world.bytes(domain::ports::Bucket::Assets, &asset.key).await;
            assert_eq!(sha256(&found), asset.sha256);
            bytes.insert(asset.sha256.clone());
        }
    }
    assert_eq!((attempts, paid, bytes.len()), (1, 1, 1), "of {} jobs", jobs.len());
    let shown = caller.get(&format!("/v1/jobs/{}", jobs[4])).await.body;
    let steps = shown["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["name"] == "generate").unwrap();
    assert!(0.0 < step["reused"]["saved_usd"].as_f64().unwrap(), "{step}");
    assert_eq!(shown["cost"]["usd"], json!(0.0));
}

const PHOTO: &[u8] = include_bytes!("../../events/photos/coffee.jpg");

/// A job that enlarges an uploaded picture, or takes what was made from one that is near.
async fn enlarged(world: &World, caller: &Caller<'_>, bytes: &[u8]) -> JobId {
    let ask = json!({ "media_type": domain::sniff::media_type(bytes), "bytes": bytes.len() });
    let place = caller.post("/v1/uploads", &ask).await;
    assert_eq!(place.status, 201, "{place:?}");
    let mut request = world.http.put(place.body["url"].as_str().unwrap()).body(bytes.to_vec());
    for (name, value) in place.body["headers"].as_object().into_iter().flatten() {
        if name != "host" {
            request = request.header(name, value.as_str().unwrap());
        }
    }
    assert!(request.send().await.unwrap().status().is_success());
    let pipeline = json!({
        "name": "near", "budget_usd": 0.2, "inputs": { "photo": { "type": "image" } },
        "steps": {
            "large": {
                "kind": "image.upscale", "cache": "near",
                "with": { "image": "{{ inputs.photo }}", "factor": 2, "preview": false },
            },
            "good": { "kind": "gate.quality", "with": { "images": "{{ large.image }}", "min_width": 64 } },
        },
    });
    let inputs = json!({ "photo": { "upload": place.body["upload"] } });
    let answer = caller.post("/v1/jobs", &json!({ "pipeline": pipeline, "inputs": inputs })).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.job()
}

/// What a job says of its enlargement: what it was given, and what that cost.
async fn told(caller: &Caller<'_>, job: &JobId) -> (Value, Value) {
    let shown = caller.get(&format!("/v1/jobs/{job}")).await.body;
    let steps = shown["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["name"] == "large").unwrap();
    (step["reused"].clone(), shown["cost"].clone())
}

#[tokio::test]
async fn a_picture_that_comes_back_recompressed_is_not_enlarged_twice_and_a_mirrored_one_is() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let photo = decode(PHOTO, &Limits::default()).unwrap();
    let small: Vec<u8> = photo
        .pixels()
        .chunks_exact(600 * 3)
        .take(120)
        .flat_map(|row| &row[..180 * 3])
        .copied()
        .collect();
    let small = Picture::rgb(180, 120, small).unwrap();
    let rows = small.pixels().chunks_exact(180 * 3);
    let mirrored = rows.flat_map(|row| row.as_chunks::<3>().0.iter().rev().flatten()).copied();
    let mirrored = Picture::rgb(180, 120, mirrored.collect()).unwrap();
    let png = |picture: &Picture| encode(picture, Format::Png, Quality::default()).unwrap();
    let recompressed = encode(&small, Format::Jpeg, Quality::new(70).unwrap()).unwrap();

    let first = enlarged(&world, &caller, &png(&small)).await;
    let made = world.ends(&first, JobState::Succeeded, 60).await;
    let second = enlarged(&world, &caller, &recompressed).await;
    let given = world.ends(&second, JobState::Succeeded, 60).await;
    assert_eq!((made.attempts.len(), given.attempts.len()), (1, 0), "no host was asked again");
    let (reused, cost) = told(&caller, &second).await;
    assert_eq!(cost, json!({ "usd": 0.0, "attempts": 0 }));
    let near = &reused["near"];
    assert!(near["distance"].as_u64().unwrap() <= 6 && near["bound"] == 6, "{reused}");
    assert_eq!(near["like"], json!({ "image": format!("{first}.inputs.photo.0") }));
    assert_eq!(reused["attempt"], json!(made.attempts[0].id));
    assert!(0.0 < reused["saved_usd"].as_f64().unwrap(), "{reused}");
    let events = world.events(&second).await;
    let said = events.iter().find(|event| event.kind == "step.succeeded").unwrap();
    assert_eq!(said.data["near"], *near);

    let third = enlarged(&world, &caller, &png(&mirrored)).await;
    let view = world.ends(&third, JobState::Succeeded, 60).await;
    assert_eq!((view.attempts.len(), told(&caller, &third).await.0), (1, Value::Null));
}
