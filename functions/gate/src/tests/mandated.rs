//! A tenant's gates: they judge what is published, and all words that went into it.

use super::stage::*;
use crate::*;
use domain::fakes::{World, every_fault};
use domain::id::{AssetId, JobId};
use domain::pipeline::Mandate;
use domain::ports::Bucket;
use domain::record::{AssetRecord, StepRecord};
use domain::skip::{Turn, turn};
use domain::state::StepState;
use domain::view::PlanRecord;
use media::{Format, Quality, encode};
use serde_json::json;

const HOUSE: &str = "gates: { good: { kind: gate.quality, with: { min_width: 40 } }, safe: { kind: gate.moderation, with: { accept_unjudged: true, terms: [gore] } } }";

fn house() -> Mandate {
    Mandate::parse(HOUSE).unwrap()
}

/// A world in which the pipeline's own gate passed, and the ladder of these bytes is next to be judged.
async fn world(prompt: &str, bytes: &[u8], format: &str) -> World {
    let world = stage(&[("own", GOOD)], prompt, &fine());
    let plan = PlanRecord::of(house().over(pipeline(&[("own", GOOD)])).unwrap());
    plant(&world, PlanRecord::key(&call().job), &plan);
    run(&world).await.unwrap();
    let source = asset(&fine(), 1);
    let made = AssetRecord {
        id: AssetId::new(&call().job, "ladder", "1", 0),
        step: "ladder".into(),
        port: "images".into(),
        media_type: format.into(),
        made_from: vec![source.id],
        deterministic: true,
        ..asset(bytes, 1)
    };
    let mut step = StepRecord::pending("ladder", 1);
    step.state = StepState::Succeeded;
    step.outputs.insert("images".into(), vec![made.id.clone()]);
    plant(&world, AssetRecord::record_key(&made.id), &made);
    plant(&world, StepRecord::key(&call().job, "ladder"), &step);
    world.objects.plant(Bucket::Assets, &made.key, bytes);
    world.faults.clear();
    world
}

async fn png(prompt: &str) -> World {
    world(prompt, &squares(48, 32, 2), "image/png").await
}

fn of_tenant() -> Call {
    Call { wave: 3, event: 6, ..call() }
}

async fn judge(world: &World) -> Result<Value> {
    handle(&world.table, &world.objects, of_tenant(), NOW).await
}

#[tokio::test]
async fn they_judge_the_bytes_that_are_published_under_the_mandate_in_force() {
    let world = png("a fox").await;
    assert_eq!(view(&world).await.plan.waves[3].steps, ["tenant-good", "tenant-safe"]);
    assert_eq!(judge(&world).await.unwrap()["ok"], json!(true));
    let ladder = asset(&squares(48, 32, 2), 1).sha256;
    for gate in ["tenant-good", "tenant-safe"] {
        let verdict = verdict(&world, gate).await;
        assert_eq!(verdict["verdict"], "pass", "{verdict}");
        assert_eq!(verdict["mandate"], house().digest);
        assert_eq!(verdict["subjects"][0]["sha256"], ladder);
    }
    assert!(verdict(&world, "own").await.get("mandate").is_none());
}

#[tokio::test]
async fn a_word_in_the_prompt_behind_it_keeps_it_back_though_no_gate_of_the_pipeline_reads_it() {
    let world = png("a fox and g0re").await;
    let told = judge(&world).await.unwrap();
    assert_eq!(told["end"], json!("rejected"));
    let verdict = verdict(&world, "tenant-safe").await;
    assert_eq!(verdict["reasons"], json!(["prompt of large has the term \"gore\""]));
    let reason = view(&world).await.job.reason.unwrap();
    assert_eq!(reason, "tenant-safe: prompt of large has the term \"gore\"");
}

#[tokio::test]
async fn the_tenants_lists_are_asked_as_everywhere() {
    let world = png("a fox").await;
    lists(&world, json!({ "terms": [{ "term": "fox", "action": "review" }] }));
    assert_eq!(judge(&world).await.unwrap()["review"], json!(1));
    assert_eq!(verdict(&world, "tenant-safe").await["verdict"], "review");
}

#[tokio::test]
async fn with_on_error_skip_what_they_do_not_pass_is_left_out_and_the_job_goes_on() {
    let world = png("a fox and gore").await;
    let lenient =
        Mandate::parse(&HOUSE.replace("[gore] } }", "[gore] }, on_error: skip }")).unwrap();
    let plan = PlanRecord::of(lenient.over(pipeline(&[("own", GOOD)])).unwrap());
    plant(&world, PlanRecord::key(&call().job), &plan);
    assert_eq!(judge(&world).await.unwrap()["ok"], json!(true));
    let view = view(&world).await;
    assert_eq!(view.step("tenant-safe").state, StepState::Skipped);
    assert_eq!(view.job.degraded[0].step, "tenant-safe");
    let Turn::Not(ending) = turn(&view, "publish", 1).unwrap() else { panic!("it is published") };
    assert_eq!(ending.state, StepState::Skipped);
    let ladder = view.assets.values().find(|asset| asset.step == "ladder").unwrap();
    let why = domain::publish::cleared(&view, ladder).unwrap_err().to_string();
    assert_eq!(why, "gate tenant-safe did not pass");
}

#[tokio::test]
async fn words_on_a_picture_are_read_too() {
    let world = png("a fox").await;
    let mut plan = view(&world).await.plan_record();
    let ladder = plan.pipeline.steps.iter_mut().find(|step| step.name == "ladder").unwrap();
    ladder.kind = Kind::Composite;
    ladder.with["image"] = json!("{{ large.image }}");
    ladder.with.insert("layers".into(), json!([{ "text": "much {{ inputs.prompt }}, no Gore" }]));
    for gate in plan.pipeline.steps.iter_mut().filter(|step| step.mandated.is_some()) {
        gate.with["images"] = json!("{{ ladder.image }}");
    }
    plant(&world, PlanRecord::key(&call().job), &plan);
    let mut step = view(&world).await.step("ladder");
    let made = step.outputs.remove("images").unwrap();
    step.outputs.insert("image".into(), made);
    plant(&world, StepRecord::key(&call().job, "ladder"), &step);
    judge(&world).await.unwrap();
    let verdict = verdict(&world, "tenant-safe").await;
    assert_eq!(verdict["reasons"], json!(["text of ladder has the term \"gore\""]));
}

/// The picture in front of the gates was brought from an earlier job, which made it with this prompt.
async fn brought(prompt: &str) -> (World, JobId) {
    let world = png("a fox").await;
    let earlier = world.job(9, EARLIER, json!({ "prompt": prompt })).await;
    let render = asset(&fine(), 1);
    let there = AssetRecord {
        id: AssetId::new(&earlier, "drawn", "1", 0),
        step: "drawn".into(),
        ..render.clone()
    };
    plant(&world, AssetRecord::record_key(&there.id), &there);
    let here = AssetRecord {
        step: "inputs".into(),
        made_from: vec![there.id],
        deterministic: true,
        ..render
    };
    plant(&world, AssetRecord::record_key(&here.id), &here);
    (world, earlier)
}

const EARLIER: &str = "{ name: earlier, budget_usd: 1, inputs: { prompt: { type: text } }, steps: { drawn: { kind: image.generate, with: { prompt: '{{ inputs.prompt }}' } }, good: { kind: gate.quality, with: { images: '{{ drawn.image }}' } } } }";

#[tokio::test]
async fn the_words_behind_a_picture_of_an_earlier_job_are_read_there() {
    let (world, _) = brought("a fox").await;
    assert_eq!(judge(&world).await.unwrap()["ok"], json!(true));
    let (world, earlier) = brought("a fox and gore").await;
    assert_eq!(judge(&world).await.unwrap()["end"], json!("rejected"));
    let verdict = verdict(&world, "tenant-safe").await;
    let reason = format!("prompt of drawn in job {earlier} has the term \"gore\"");
    assert_eq!(verdict["reasons"], json!([reason]));
}

#[tokio::test]
async fn words_that_were_erased_let_nothing_pass() {
    let (world, earlier) = brought("a fox").await;
    let mut view = JobView::expect(&world.table, &earlier).await.unwrap();
    view.pipeline.steps.iter_mut().for_each(|step| step.with.clear());
    plant(&world, PlanRecord::key(&earlier), &view.plan_record());
    assert_eq!(judge(&world).await.unwrap()["review"], json!(1));
    let verdict = verdict(&world, "tenant-safe").await;
    let reason =
        format!("what drawn was told in job {earlier} is not known any more: it was erased");
    assert_eq!(verdict["reasons"], json!([reason]));
    assert_eq!(verdict["verdict"], "review");
}

#[tokio::test]
async fn a_file_that_we_cannot_read_is_judged_by_what_it_was_made_from_without_chance() {
    let world = world("a fox", &avif(), "image/avif").await;
    assert_eq!(judge(&world).await.unwrap()["ok"], json!(true));
    let verdict = verdict(&world, "tenant-good").await;
    assert_eq!(verdict["subjects"][0]["sha256"], asset(&fine(), 1).sha256);
    assert_eq!(verdict["subjects"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn made_with_chance_or_from_what_is_gone_it_does_not_pass() {
    for change in [
        json!({ "deterministic": false }),
        json!({ "made_from": ["j01hf7yat000e1c70w3gh0s6r2w.gone.1.0"] }),
    ] {
        let world = world("a fox", &avif(), "image/avif").await;
        let key = AssetRecord::record_key(&AssetId::new(&call().job, "ladder", "1", 0));
        let mut item = world.table.peek(&key).unwrap();
        item.extend(change.as_object().unwrap().clone());
        plant(&world, key, &item);
        assert_eq!(judge(&world).await.unwrap()["review"], json!(2));
        assert_eq!(verdict(&world, "tenant-good").await["verdict"], "review");
    }
}

#[tokio::test]
async fn a_broken_file_fails_whatever_it_was_made_from() {
    let picture = media::decode(&squares(48, 32, 2), &media::Limits::default()).unwrap();
    let mut broken = encode(&picture, Format::Png, Quality::default()).unwrap();
    broken.truncate(200);
    let world = world("a fox", &broken, "image/png").await;
    assert_eq!(judge(&world).await.unwrap()["end"], json!("rejected"));
    assert_eq!(verdict(&world, "tenant-good").await["verdict"], "fail");
}

#[tokio::test]
async fn while_moderation_cannot_be_asked_nothing_passes() {
    let world = png("a fox").await;
    lists(&world, json!({ "terms": 5 }));
    assert_eq!(judge(&world).await.unwrap_err().name(), "Fault");
    assert!(view(&world).await.step("tenant-safe").verdict.is_none());
    assert_ne!(view(&world).await.step("tenant-good").state, StepState::Succeeded);
}

#[tokio::test]
async fn they_judge_once_whatever_fails() {
    let act = async |world: &World| judge(world).await.map(|_| ());
    every_fault(async || png("a fox").await, act, World::listing).await;
}
