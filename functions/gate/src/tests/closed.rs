//! Fail closed: whatever cannot be evaluated never passes.

use super::stage::*;
use crate::*;
use domain::fakes::World;
use domain::id::AssetId;
use domain::ports::Bucket;
use domain::record::{AssetRecord, StepRecord};
use domain::sign::sha256;
use domain::state::StepState;
use media::Limits;
use serde_json::json;

/// Runs both gates, each alone; none may pass, and the verdicts are these, moderation's first.
async fn check(world: impl Fn(&[(&str, &str)]) -> World, expected: [&str; 2], why: &str) {
    for ((gate, step), expected) in [("safe", SAFE), ("good", GOOD)].into_iter().zip(expected) {
        let world = world(&[(gate, step)]);
        let outcome = run(&world).await.unwrap();
        match expected {
            "review" => assert_eq!(outcome["review"], json!(1), "{gate}: {why}"),
            _ => assert_eq!(outcome["end"], json!("rejected"), "{gate}: {why}"),
        }
        let verdict = verdict(&world, gate).await;
        assert_eq!(verdict["verdict"], json!(expected), "{gate}: {verdict}");
        assert!(verdict["reasons"].to_string().contains(why), "{gate}: {verdict}");
    }
}

fn key(bytes: &[u8]) -> String {
    asset(bytes, 1).key
}

#[tokio::test]
async fn bytes_that_are_gone_fail() {
    let gone = |gates: &[(&str, &str)]| World {
        objects: World::default().objects,
        ..stage(gates, "a fox", &fine())
    };
    check(gone, ["fail", "fail"], "is gone: there are no bytes").await;
}

#[tokio::test]
async fn bytes_that_were_swapped_fail_and_the_verdict_names_what_was_read() {
    let other = squares(96, 64, 9);
    let swapped = |gates: &[(&str, &str)]| {
        let world = stage(gates, "a fox", &fine());
        world.objects.plant(Bucket::Assets, &key(&fine()), other.clone());
        world
    };
    check(swapped, ["fail", "fail"], "its bytes changed").await;
    let world = swapped(&[("good", GOOD)]);
    run(&world).await.unwrap();
    assert_eq!(verdict(&world, "good").await["subjects"][0]["sha256"], json!(sha256(&other)));
}

#[tokio::test]
async fn bytes_that_grew_fail() {
    let grown = |gates: &[(&str, &str)]| {
        let world = stage(gates, "a fox", &fine());
        let huge = vec![0; Limits::default().max_bytes + 1];
        world.objects.plant(Bucket::Assets, &key(&fine()), huge);
        world
    };
    check(grown, ["fail", "fail"], "it has more bytes").await;
}

#[tokio::test]
async fn a_file_too_large_to_look_at_needs_a_review() {
    let large = |gates: &[(&str, &str)]| {
        let world = stage(gates, "a fox", &fine());
        let huge = vec![0; Limits::default().max_bytes + 1];
        let record = AssetRecord { bytes: huge.len() as u64, ..asset(&fine(), 1) };
        plant(&world, AssetRecord::record_key(&record.id), &record);
        world.objects.plant(Bucket::Assets, &record.key, huge);
        world
    };
    check(large, ["review", "review"], "is too large to be looked at").await;
}

#[tokio::test]
async fn broken_files_fail_and_files_beyond_us_need_a_review() {
    // A PNG header that says 60000 x 60000.
    let mut bomb = fine();
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    for (bytes, expected, why) in [
        (fine()[..300].to_vec(), "fail", "stops after 300 bytes"),
        (Vec::new(), "fail", "the file is empty"),
        (b"<!doctype html>".to_vec(), "fail", "which is no picture format"),
        (b"GIF89a\x01\0\x01\0".to_vec(), "review", "this file is GIF"),
        (avif(), "review", "this file is AVIF"),
        (bomb, "review", "the PNG header says 60000x60000"),
    ] {
        let broken = |gates: &[(&str, &str)]| stage(gates, "a fox", &bytes);
        check(broken, [expected, expected], why).await;
    }
}

#[tokio::test]
async fn a_blank_picture_is_no_good_but_moderation_may_pass_it() {
    let world = stage(&[("safe", SAFE), ("good", GOOD)], "a fox", &blank());
    assert_eq!(run(&world).await.unwrap()["end"], json!("rejected"));
    assert_eq!(verdict(&world, "good").await["reasons"], json!(["large.image is blank"]));
    assert_eq!(verdict(&world, "safe").await["verdict"], json!("pass"));
}

#[tokio::test]
async fn lists_that_cannot_be_read_let_nothing_pass() {
    let world = stage(&[("safe", SAFE)], "a fox", &fine());
    lists(&world, json!({"banned": [{"sha256": "00", "phash": "not hex"}]}));
    assert_eq!(run(&world).await.unwrap_err().name(), "Fault");
    assert!(view(&world).await.step("safe").verdict.is_none());
}

#[tokio::test]
async fn one_bad_picture_of_several_spoils_the_lot() {
    const OTHER: &str = "{ kind: image.generate, with: { prompt: '{{ inputs.prompt }}' } }";
    const BOTH: &str =
        "{ kind: gate.quality, with: { images: ['{{ large.image }}', '{{ other.image }}'] } }";
    let world = stage(&[("other", OTHER), ("good", BOTH)], "a fox", &fine());
    let other = AssetId::new(&call().job, "other", "1", 0);
    let spoilt = AssetRecord { id: other.clone(), step: "other".into(), ..asset(&blank(), 1) };
    let mut step = StepRecord::pending("other", 1);
    step.state = StepState::Succeeded;
    step.outputs.insert("image".into(), vec![other]);
    plant(&world, AssetRecord::record_key(&spoilt.id), &spoilt);
    plant(&world, StepRecord::key(&call().job, "other"), &step);
    world.objects.plant(Bucket::Assets, &spoilt.key, blank());
    assert_eq!(run(&world).await.unwrap()["end"], json!("rejected"));
    let verdict = verdict(&world, "good").await;
    assert_eq!(verdict["reasons"], json!(["other.image (picture 2) is blank"]));
    assert_eq!(verdict["subjects"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_call_made_by_hand_for_another_wave_is_invalid() {
    let world = stage(&[("good", GOOD)], "a fox", &fine());
    let before = world.listing();
    for wave in [0, 2, 3, 9] {
        let call = Call { wave, ..call() };
        let error = handle(&world.table, &world.objects, call, NOW).await.unwrap_err();
        assert_eq!(error.name(), "Invalid", "{error}");
    }
    assert_eq!(world.listing(), before);
}
