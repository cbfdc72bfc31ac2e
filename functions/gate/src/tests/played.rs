//! Sounds and films: played from end to end, and judged by what was measured.

use super::stage::*;
use crate::*;
use domain::fakes::World;
use domain::gate::policy::{Pinned, Policy};
use domain::id::AssetId;
use domain::pipeline::{Mandate, Pipeline};
use domain::ports::Bucket;
use domain::record::{AssetRecord, StepRecord};
use domain::state::StepState;
use domain::view::PlanRecord;
use serde_json::json;

/// Two seconds of x264 in 96x64 with a tone of -23 LUFS beside it, and the tone alone.
const FILM: &[u8] = include_bytes!("../../../../shared/playback/fixtures/film.mp4");
const TONE: &[u8] = include_bytes!("../../../../shared/playback/fixtures/tone.m4a");

/// A job that made these bytes, and judges them next before it publishes them.
fn world(port: &str, asked: &str, bytes: &[u8], mandate: &Mandate) -> World {
    let text = format!(
        "
name: hero
inputs: {{ prompt: {{ type: text }} }}
budget_usd: 0.50
steps:
  large: {{ kind: {port}.generate, with: {{ prompt: '{{{{ inputs.prompt }}}}', seconds: 2 }} }}
  good: {{ kind: gate.quality, with: {{ {port}: '{{{{ large.{port} }}}}'{asked} }} }}
  publish: {{ kind: publish, with: {{ assets: '{{{{ large.{port} }}}}', target: {{ kind: s3 }} }}, after: [good] }}
"
    );
    let pipeline = Pipeline::parse(&text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let world = stage(&[("own", GOOD)], "a fox", &fine());
    plant(&world, PlanRecord::key(&call().job), &PlanRecord::of(mandate.over(pipeline).unwrap()));
    let made = AssetRecord {
        id: AssetId::new(&call().job, "large", "1", 0),
        port: port.into(),
        media_type: format!("{port}/mp4"),
        ..asset(bytes, 1)
    };
    let mut step = StepRecord::pending("large", 1);
    step.state = StepState::Succeeded;
    step.outputs.insert(port.into(), vec![made.id.clone()]);
    plant(&world, StepRecord::key(&call().job, "large"), &step);
    plant(&world, AssetRecord::record_key(&made.id), &made);
    world.objects.plant(Bucket::Assets, &made.key, bytes);
    world
}

async fn judged(port: &str, asked: &str, bytes: &[u8]) -> Value {
    let world = world(port, asked, bytes, &Mandate::default());
    run(&world).await.unwrap();
    verdict(&world, "good").await
}

#[tokio::test]
async fn films_and_sounds_are_judged_by_what_is_asked() {
    let cases: [(&str, &str, &[u8], &str, &str); 9] = [
        ("video", "", FILM, "pass", ""),
        (
            "video",
            ", min_seconds: 2, fps_min: 12, loudness_min: -24, loudness_max: -22",
            FILM,
            "pass",
            "",
        ),
        (
            "video",
            ", min_width: 320",
            FILM,
            "fail",
            "large.video has 96 pixels of width, asked are at least 320",
        ),
        (
            "video",
            ", fps_min: 24",
            FILM,
            "fail",
            "large.video has 12.0 frames a second, asked are at least 24",
        ),
        (
            "video",
            ", loudness_min: -16",
            FILM,
            "fail",
            "large.video has a sound that is too quiet: -23.",
        ),
        ("audio", ", loudness_min: -24, true_peak_max: -1", TONE, "pass", ""),
        ("audio", ", max_seconds: 1", TONE, "fail", "large.audio plays 2."),
        ("video", "", TONE, "fail", "large.video cannot be played: the file has no film"),
        ("audio", "", b"no sound at all, only words", "fail", "which is no sound that is read"),
    ];
    for (port, asked, bytes, expected, why) in cases {
        let verdict = judged(port, asked, bytes).await;
        assert_eq!(verdict["verdict"], expected, "{asked}: {verdict}");
        assert!(verdict["reasons"].to_string().contains(why), "{asked}: {verdict}");
        assert_eq!(verdict["subjects"][0]["sha256"], asset(bytes, 1).sha256);
    }
}

#[tokio::test]
async fn a_verdict_keeps_what_was_measured_and_by_whom() {
    let verdict = judged("video", ", fps_min: 10", FILM).await;
    let id = verdict["subjects"][0]["asset"].as_str().unwrap();
    let scores = &verdict["scores"][id];
    assert_eq!(
        (&scores["width"], &scores["seconds"], &scores["fps"]),
        (&json!(96), &json!(2.0), &json!(12.0))
    );
    assert_eq!(scores["sound"]["channels"], 2);
    assert_eq!(verdict["thresholds"]["fps_min"], 10.0);
    assert_eq!(verdict["evaluators"], json!({"film": 1}));
}

#[tokio::test]
async fn cut_bytes_fail_and_bytes_that_are_gone_fail() {
    let verdict = judged("video", "", &FILM[..FILM.len() / 2]).await;
    assert_eq!(verdict["verdict"], "fail", "{verdict}");
    let gone = world("audio", "", TONE, &Mandate::default());
    let gone = World { objects: World::default().objects, ..gone };
    run(&gone).await.unwrap();
    let verdict = super::stage::verdict(&gone, "good").await;
    assert_eq!(verdict["reasons"], json!(["large.audio is gone: there are no bytes"]));
}

#[tokio::test]
async fn a_tenants_gates_judge_films_too_and_leave_what_they_show_to_people() {
    let text = "gates: { good: { kind: gate.quality, with: { fps_min: 24 } }, safe: { kind: gate.moderation, with: { accept_unjudged: true } } }";
    let world = world("video", "", FILM, &Mandate::parse(text).unwrap());
    run(&world).await.unwrap();
    let wave = view(&world)
        .await
        .plan
        .waves
        .iter()
        .position(|wave| wave.steps.contains(&"tenant-good".into()));
    let mandated = Call { wave: wave.unwrap(), event: 6, ..call() };
    handle(&world.table, &world.objects, mandated, NOW).await.unwrap();
    let good = verdict(&world, "tenant-good").await;
    assert_eq!(
        good["reasons"],
        json!(["large.video has 12.0 frames a second, asked are at least 24"])
    );
    let safe = verdict(&world, "tenant-safe").await;
    assert_eq!(safe["verdict"], "review", "{safe}");
    assert!(
        safe["reasons"].to_string().contains("large.video is no picture, and is not judged here")
    );
}

#[tokio::test]
async fn a_policy_keeps_what_was_measured_of_what_plays() {
    let world = world("video", "", FILM, &Mandate::default());
    let policy = "{ name: brand, owner: design, criteria: { film: { evaluator: technical, with: { fps_min: 24 } } } }";
    let policy = Policy::parse(policy).unwrap_or_else(|problems| panic!("{problems:?}"));
    let text = "
name: hero
inputs: { prompt: { type: text } }
budget_usd: 0.50
steps:
  large: { kind: video.generate, with: { prompt: '{{ inputs.prompt }}', seconds: 2 } }
  good: { kind: gate.policy, with: { policy: brand, video: '{{ large.video }}' } }
  publish: { kind: publish, with: { assets: '{{ large.video }}', target: { kind: s3 } }, after: [good] }
";
    let pipeline = Pipeline::parse(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut plan = PlanRecord::of(Mandate::default().over(pipeline).unwrap());
    let good = plan.pipeline.steps.iter_mut().find(|step| step.name == "good").unwrap();
    let (sha256, secret) = (policy.digest(), "s".to_owned());
    good.pinned = Some(Box::new(Pinned { version: 1, sha256, policy, secret }));
    plant(&world, PlanRecord::key(&call().job), &plan);
    run(&world).await.unwrap();
    let verdict = verdict(&world, "good").await;
    assert_ne!(verdict["verdict"], "pass", "{verdict}");
    let id = verdict["subjects"][0]["asset"].as_str().unwrap();
    assert_eq!(verdict["scores"][id]["fps"], 12.0, "{verdict}");
    assert_eq!(verdict["scores"][id]["sound"]["silent"], json!([]), "{verdict}");
}
