//! The step, against a world in memory: what it makes, and that it makes it once.

use super::*;
use domain::fakes::{Overtaken, World, every_fault};
use domain::id::TenantId;
use domain::pipeline::Pipeline;
use domain::record::JobRecord;
use domain::store::Key;
use domain::view::PlanRecord;
use media::{Format, Picture, Quality, encode};
use serde_json::json;

mod gaps;
mod pictures;
mod words;

const NOW: Time = Time(1_700_000_060_000);

fn call() -> Call {
    serde_json::from_str(include_str!("../../../events/step.json")).unwrap()
}

fn pipeline(step: &str) -> Pipeline {
    let text = format!(
        "
name: sizes
inputs: {{ photo: {{ type: image }} }}
budget_usd: 0.10
steps:
  good: {{ kind: gate.quality, with: {{ images: '{{{{ inputs.photo }}}}' }} }}
  made: {step}
  publish:
    kind: publish
    with: {{ assets: ['{{{{ made.{} }}}}'], target: {{ kind: s3 }} }}
    after: [good]
",
        if step.contains("image.resize") { "images" } else { "image" }
    );
    Pipeline::parse(&text).unwrap()
}

/// A gradient with a few edges.
fn photo(width: u32, height: u32) -> Vec<u8> {
    let pixel = |at: u32| {
        let (x, y) = (at % width, at / width);
        [(x * 255 / width) as u8, (y * 255 / height) as u8, ((x / 8 + y / 8) % 2 * 200) as u8]
    };
    let pixels = (0..width * height).flat_map(pixel).collect();
    let picture = Picture::rgb(width, height, pixels).unwrap();
    encode(&picture, Format::Png, Quality::default()).unwrap()
}

fn plant(world: &World, key: Key, record: &impl serde::Serialize) {
    world.table.plant(Write::put(key, record).unwrap());
}

fn event(world: &World, n: u64) -> Option<Event> {
    let item = world.table.peek(&domain::event::key(&call().job, n))?;
    Some(domain::store::from_item(&item).unwrap())
}

/// A job whose gate has passed, and whose next step is this one.
fn world(step: &str, bytes: &[u8]) -> World {
    world_of(pipeline(step), &[("photo", bytes)], json!({}))
}

/// The same of any pipeline, with these pictures and other inputs.
fn world_of(pipeline: Pipeline, pictures: &[(&str, &[u8])], mut inputs: Value) -> World {
    let world = World::default();
    let job = call().job;
    let tenant = TenantId::parse("acme").unwrap();
    for (name, bytes) in pictures {
        let source = AssetRecord {
            id: AssetId::new(&job, "inputs", name, 0),
            tenant: tenant.clone(),
            step: "inputs".into(),
            port: (*name).into(),
            key: AssetRecord::object_key(&tenant, &job, &sha256(bytes), "image/png"),
            sha256: sha256(bytes),
            media_type: "image/png".into(),
            bytes: bytes.len() as u64,
            width: None,
            height: None,
            seconds: None,
            phash: None,
            upload: None,
            erased: None,
            text: None,
            made_from: vec![],
            deterministic: false,
            made_by: None,
            edited: None,
            created_at: Time(1_700_000_000_000),
        };
        plant(&world, AssetRecord::record_key(&source.id), &source);
        world.objects.plant(Bucket::Assets, &source.key, *bytes);
        inputs[*name] = json!(source.id);
    }
    let plan = PlanRecord { plan: pipeline.plan(), pipeline, mandate: None };
    let record = json!({
        "id": job, "tenant": tenant, "state": "running", "run": 1, "round": 1, "pipeline": "sizes",
        "inputs": inputs, "budget": 100_000, "spent": 0,
        "created_at": 1_700_000_000_000_i64, "updated_at": 1_700_000_000_000_i64,
        "traceparent": call().traceparent, "tenant_jobs": "acme", "sk_job": job,
    });
    plant(&world, JobRecord::key(&job), &record);
    plant(&world, PlanRecord::key(&job), &plan);
    for n in 1..=3 {
        let event = Event { n, ..Event::new(Time(1_700_000_000_000), "job.running") };
        plant(&world, domain::event::key(&job, n), &event);
    }
    world
}

fn source_key(world: &World) -> String {
    let listing = world.objects.listing();
    let line = listing.lines().find(|line| line.ends_with(&sha256(&photo(90, 60)))).unwrap();
    line.split(' ').nth(1).unwrap().to_owned()
}

async fn run(world: &World) -> Result<Value> {
    handle(&world.table, &world.objects, call(), NOW).await
}

async fn view(world: &World) -> JobView {
    JobView::expect(&world.table, &call().job).await.unwrap()
}

const LADDER: &str = "{ kind: image.resize, with: { image: '{{ inputs.photo }}', widths: [30, 60, 900], formats: [jpeg, webp] } }";

#[tokio::test]
async fn a_ladder_is_made_kept_and_reported() {
    let world = world(LADDER, &photo(90, 60));
    assert_eq!(run(&world).await.unwrap(), json!({"ok": true, "event": 4}));
    let view = view(&world).await;
    let step = view.step("made");
    assert_eq!((step.state, step.round), (StepState::Succeeded, 1));
    let sizes: Vec<_> = step.outputs["images"]
        .iter()
        .map(|id| &view.assets[id])
        .map(|asset| (asset.width.unwrap(), asset.height.unwrap(), asset.media_type.as_str()))
        .collect();
    let expected = [(30, 20), (60, 40), (90, 60)]
        .into_iter()
        .flat_map(|(width, height)| ["image/jpeg", "image/webp"].map(|ty| (width, height, ty)));
    assert_eq!(sizes, expected.collect::<Vec<_>>(), "never larger than the source");
    for id in &step.outputs["images"] {
        let asset = &view.assets[id];
        let (bytes, how) = world.objects.peek(Bucket::Assets, &asset.key).unwrap();
        assert_eq!((sha256(&bytes), bytes.len() as u64), (asset.sha256.clone(), asset.bytes));
        assert_eq!(how.media_type, asset.media_type);
        assert!(asset.deterministic && asset.key.contains(&asset.sha256));
        assert_eq!(asset.made_from[0].to_string(), format!("{}.inputs.photo.0", call().job));
    }
    let reported = event(&world, 4).unwrap();
    assert_eq!(
        (reported.kind.as_str(), reported.step.as_deref()),
        ("step.succeeded", Some("made"))
    );
    assert_eq!(reported.data["outputs"], json!(step.outputs["images"]));
}

#[tokio::test]
async fn the_usual_case_takes_one_read_and_one_write_of_the_table() {
    let world = world(LADDER, &photo(90, 60));
    world.faults.clear();
    run(&world).await.unwrap();
    let objects = 1 + 6;
    assert_eq!(world.faults.calls(), 1 + objects + 1);
}

#[tokio::test]
async fn every_single_fault_leaves_the_world_of_one_clean_run() {
    let prepare = async || world(LADDER, &photo(90, 60));
    let act = async |world: &World| run(world).await.map(drop);
    every_fault(prepare, act, World::listing).await;
}

#[tokio::test]
async fn every_single_fault_of_a_failing_step_leaves_the_world_of_one_clean_run() {
    let prepare = async || world(LADDER, b"GIF89a no picture that we read");
    let act = async |world: &World| run(world).await.map(drop);
    every_fault(prepare, act, World::listing).await;
}

#[tokio::test]
async fn the_same_question_gets_the_same_answer() {
    let world = world(LADDER, &photo(90, 60));
    run(&world).await.unwrap();
    let before = world.listing();
    assert_eq!(run(&world).await.unwrap(), json!({"ok": true}));
    assert_eq!(world.listing(), before);
}

async fn cancel(world: &World) {
    let cancel = Write::set(JobRecord::key(&call().job), json!({"state": "canceling"}));
    world.table.write(vec![cancel]).await.unwrap();
}

async fn overtaken(world: &World, meanwhile: impl Future<Output = ()> + Send) -> Value {
    let table = Overtaken::by(world, meanwhile);
    handle(&table, &world.objects, call(), NOW).await.unwrap()
}

#[tokio::test]
async fn of_two_twins_one_writes_and_both_answer_alike() {
    let (alone, twins) = (world(LADDER, &photo(90, 60)), world(LADDER, &photo(90, 60)));
    run(&alone).await.unwrap();
    assert_eq!(
        overtaken(&twins, async { drop(run(&twins).await.unwrap()) }).await,
        json!({"ok": true})
    );
    assert_eq!(twins.listing(), alone.listing());
}

#[tokio::test]
async fn a_job_that_is_canceled_meanwhile_gets_no_assets() {
    let world = world(LADDER, &photo(90, 60));
    assert_eq!(overtaken(&world, cancel(&world)).await, json!({"end": "canceled"}));
    let view = view(&world).await;
    assert_eq!((view.assets.len(), view.steps.len()), (1, 0));
    assert_eq!(event(&world, 4), None);
}

#[tokio::test]
async fn convert_gives_one_picture_of_the_same_size() {
    let step =
        "{ kind: image.convert, with: { image: '{{ inputs.photo }}', format: avif, quality: 60 } }";
    let world = world(step, &photo(40, 30));
    run(&world).await.unwrap();
    let view = view(&world).await;
    let asset = &view.assets[&view.step("made").outputs["image"][0]];
    assert_eq!((asset.width, asset.height), (Some(40), Some(30)));
    assert_eq!(asset.media_type, "image/avif");
}

#[tokio::test]
async fn a_box_is_filled_or_fitted_as_asked_in_the_sources_format() {
    for (fit, expected) in [("cover", (40, 40)), ("contain", (40, 27))] {
        let step = format!(
            "{{ kind: image.resize, with: {{ image: '{{{{ inputs.photo }}}}', width: 40, height: 40, fit: {fit} }} }}"
        );
        let world = world(&step, &photo(90, 60));
        run(&world).await.unwrap();
        let view = view(&world).await;
        let asset = &view.assets[&view.step("made").outputs["images"][0]];
        assert_eq!((asset.width.unwrap(), asset.height.unwrap()), expected, "{fit}");
        assert_eq!(asset.media_type, "image/png");
    }
}

#[track_caller]
fn assert_failed(outcome: &Value, view: &JobView, world: &World, why: &str) {
    assert_eq!(outcome["end"], json!("failed"));
    let step = view.step("made");
    assert_eq!(step.state, StepState::Failed);
    let error = step.error.unwrap();
    assert!(error.contains(why), "{error}");
    let reported = event(world, 4).unwrap();
    assert_eq!(reported.kind, "step.failed");
    assert_eq!(reported.data["error"], json!(error));
}

#[tokio::test]
async fn a_picture_that_cannot_be_read_fails_the_step_and_not_the_call() {
    for (bytes, why) in [
        (&b"%PDF-1.7"[..], "this file is PDF"),
        (&b""[..], "the file is empty"),
        (&photo(90, 60)[..200], "stops after 200 bytes"),
    ] {
        let world = world(LADDER, bytes);
        let outcome = run(&world).await.unwrap();
        assert_failed(&outcome, &view(&world).await, &world, why);
        assert_eq!(run(&world).await.unwrap(), json!({"end": "failed"}), "and says so again");
    }
}

#[tokio::test]
async fn bytes_that_are_not_those_on_record_fail_the_step() {
    let world = world(LADDER, &photo(90, 60));
    world.objects.plant(Bucket::Assets, &source_key(&world), photo(80, 60));
    let outcome = run(&world).await.unwrap();
    assert_failed(&outcome, &view(&world).await, &world, "changed: its bytes are not those");
}

#[tokio::test]
async fn an_asset_without_bytes_or_with_too_many_fails_the_step() {
    let huge = vec![0; Limits::default().max_bytes + 1];
    let lacking = world(LADDER, &photo(90, 60));
    let key = source_key(&lacking);
    let empty = World { objects: World::default().objects, ..lacking };
    let outcome = run(&empty).await.unwrap();
    assert_failed(&outcome, &view(&empty).await, &empty, "is gone");
    empty.table.plant(
        Write::put(StepRecord::key(&call().job, "made"), &StepRecord::pending("made", 1)).unwrap(),
    );
    empty.objects.plant(Bucket::Assets, &key, huge);
    assert_eq!(run(&empty).await.unwrap()["end"], json!("failed"));
    assert!(view(&empty).await.step("made").error.unwrap().contains("larger than"));
}

#[tokio::test]
async fn a_canceled_job_makes_nothing() {
    for (state, end) in [("canceling", "canceled"), ("rejected", "rejected")] {
        let world = world(LADDER, &photo(90, 60));
        let key = JobRecord::key(&call().job);
        let mut job = world.table.peek(&key).unwrap();
        job.insert("state".into(), state.into());
        plant(&world, key, &job);
        let before = world.listing();
        assert_eq!(run(&world).await.unwrap(), json!({"end": end}));
        assert_eq!(world.listing(), before);
    }
}

#[tokio::test]
async fn a_later_round_makes_assets_of_its_own() {
    let world = world(LADDER, &photo(90, 60));
    run(&world).await.unwrap();
    let first = view(&world).await.step("made");
    let mut reset = first.clone();
    (reset.round, reset.state) = (2, StepState::Pending);
    plant(&world, StepRecord::key(&call().job, "made"), &reset);
    let again = Call { round: 2, event: 4, ..call() };
    let outcome = handle(&world.table, &world.objects, again, NOW).await.unwrap();
    assert_eq!(outcome, json!({"ok": true, "event": 5}));
    let view = view(&world).await;
    assert_ne!(view.step("made").outputs, first.outputs);
    assert_eq!(view.assets.len(), 1 + 6 + 6, "what was made before stays on record");
}

#[tokio::test]
async fn a_call_made_by_hand_for_another_wave_is_invalid() {
    let world = world(LADDER, &photo(90, 60));
    let before = world.listing();
    for wave in [0, 2, 9] {
        let lost = Call { wave, ..call() };
        let error = handle(&world.table, &world.objects, lost, NOW).await.unwrap_err();
        assert_eq!(error.name(), "Invalid", "{error}");
    }
    assert_eq!(world.listing(), before);
}
