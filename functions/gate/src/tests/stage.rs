//! A job in front of its gates, with real small pictures.

use crate::*;
use domain::Time;
use domain::event::Event;
use domain::fakes::World;
use domain::gate::Lists;
use domain::id::{AssetId, TenantId};
use domain::pipeline::{Mandate, Pipeline};
use domain::ports::Bucket;
use domain::record::{AssetRecord, JobRecord, StepRecord};
use domain::sign::sha256;
use domain::state::StepState;
use domain::store::{Key, Write, from_item};
use domain::view::PlanRecord;
use media::{Format, Picture, Quality, encode};
use serde_json::json;

pub(super) const NOW: Time = Time(1_700_000_060_000);
const BEFORE: Time = Time(1_700_000_000_000);

pub(super) fn call() -> Call {
    serde_json::from_str(include_str!("../../../../events/gate.json")).unwrap()
}

/// One picture, and these gates.
pub(super) fn pipeline(gates: &[(&str, &str)]) -> Pipeline {
    let steps: String = gates.iter().map(|(name, step)| format!("  {name}: {step}\n")).collect();
    let names: Vec<&str> = gates.iter().map(|(name, _)| *name).collect();
    let text = format!(
        "
name: hero
inputs: {{ prompt: {{ type: text }} }}
budget_usd: 0.50
steps:
  large: {{ kind: image.generate, with: {{ prompt: '{{{{ inputs.prompt }}}}', seed: 7 }} }}
{steps}  ladder: {{ kind: image.resize, with: {{ image: '{{{{ large.image }}}}', widths: [48] }}, after: [{names}] }}
  publish:
    kind: publish
    with: {{ assets: '{{{{ ladder.images }}}}', target: {{ kind: s3 }} }}
    after: [{names}]
",
        names = names.join(", ")
    );
    Pipeline::parse(&text).unwrap_or_else(|problems| panic!("{problems:?}"))
}

pub(super) const SAFE: &str = "{ kind: gate.moderation, with: { prompt: '{{ inputs.prompt }}', images: '{{ large.image }}', accept_unjudged: true, terms: [gore] } }";
pub(super) const GOOD: &str =
    "{ kind: gate.quality, with: { images: '{{ large.image }}', min_width: 90 } }";
pub(super) const TRIED: &str = "{ kind: gate.quality, with: { images: '{{ large.image }}', min_width: 100 }, on_fail: { retry: large, attempts: 2, budget_usd: 0.2 } }";

fn painted(width: u32, height: u32, color: impl Fn(u32, u32) -> [u8; 3]) -> Picture {
    let pixels = (0..width * height).flat_map(|at| color(at % width, at / width)).collect();
    Picture::rgb(width, height, pixels).unwrap()
}

/// Squares of many tones: sharp, and neither dark nor bright.
pub(super) fn squares(width: u32, height: u32, seed: u32) -> Vec<u8> {
    let picture = painted(width, height, |x, y| {
        let tone = (x / 8 * 37 + y / 8 * 91 + seed * 53) * 2_654_435_761_u64 as u32;
        [(tone >> 8) as u8, (tone >> 16) as u8, (tone >> 24) as u8]
    });
    encode(&picture, Format::Png, Quality::default()).unwrap()
}

/// The picture that all stages start with.
pub(super) fn fine() -> Vec<u8> {
    squares(96, 64, 1)
}

/// One colour and nothing else.
pub(super) fn blank() -> Vec<u8> {
    let picture = painted(96, 64, |_, _| [120, 130, 140]);
    encode(&picture, Format::Png, Quality::default()).unwrap()
}

pub(super) fn avif() -> Vec<u8> {
    let picture = painted(96, 64, |x, y| [(x * 2) as u8, (y * 3) as u8, 90]);
    encode(&picture, Format::Avif, Quality::default()).unwrap()
}

pub(super) fn plant(world: &World, key: Key, record: &impl serde::Serialize) {
    world.table.plant(Write::put(key, record).unwrap());
}

/// A world in which `large` made these bytes, and the gates are next.
pub(super) fn stage(gates: &[(&str, &str)], prompt: &str, bytes: &[u8]) -> World {
    let world = World::default();
    let job = call().job;
    let asset = asset(bytes, 1);
    let plan = PlanRecord::of(Mandate::default().over(pipeline(gates)).unwrap());
    let record = json!({
        "id": job, "tenant": "acme", "state": "running", "run": 1, "round": 1, "pipeline": "hero",
        "inputs": { "prompt": prompt }, "budget": 500_000, "spent": 20_000,
        "created_at": BEFORE, "updated_at": BEFORE, "traceparent": call().traceparent,
        "tenant_jobs": "acme", "sk_job": job,
    });
    plant(&world, JobRecord::key(&job), &record);
    plant(&world, PlanRecord::key(&job), &plan);
    for n in 1..=5 {
        let event = Event { n, ..Event::new(BEFORE, "step.succeeded") };
        plant(&world, domain::event::key(&job, n), &event);
    }
    made(&world, &asset, 1);
    world.objects.plant(Bucket::Assets, &asset.key, bytes);
    world
}

/// The record of what `large` made with its attempt of that number.
pub(super) fn asset(bytes: &[u8], number: u32) -> AssetRecord {
    let (job, tenant) = (call().job, TenantId::parse("acme").unwrap());
    AssetRecord {
        id: AssetId::new(&job, "large", &number.to_string(), 0),
        key: AssetRecord::object_key(&tenant, &job, &sha256(bytes), "image/png"),
        tenant,
        step: "large".into(),
        port: "image".into(),
        sha256: sha256(bytes),
        media_type: "image/png".into(),
        bytes: bytes.len() as u64,
        width: Some(96),
        height: Some(64),
        seconds: None,
        phash: None,
        upload: None,
        erased: None,
        text: None,
        made_from: vec![],
        deterministic: false,
        made_by: None,
        edited: None,
        created_at: BEFORE,
    }
}

/// Puts on record that `large` made this asset in that round.
pub(super) fn made(world: &World, asset: &AssetRecord, round: u32) {
    let key = StepRecord::key(&call().job, "large");
    let mut step: StepRecord = match world.table.peek(&key) {
        Some(item) => from_item(&item).unwrap(),
        None => StepRecord::pending("large", round),
    };
    step.round = round;
    step.state = StepState::Succeeded;
    step.attempts += 1;
    step.outputs.insert("image".into(), vec![asset.id.clone()]);
    plant(world, key, &step);
    plant(world, AssetRecord::record_key(&asset.id), asset);
}

pub(super) fn lists(world: &World, lists: Value) {
    let key = Lists::object_key(&TenantId::parse("acme").unwrap());
    world.objects.plant(Bucket::Assets, &key, lists.to_string());
}

pub(super) async fn run(world: &World) -> Result<Value> {
    handle(&world.table, &world.objects, call(), NOW).await
}

pub(super) async fn view(world: &World) -> JobView {
    JobView::expect(&world.table, &call().job).await.unwrap()
}

pub(super) async fn verdict(world: &World, gate: &str) -> Value {
    view(world).await.step(gate).verdict.unwrap()
}

pub(super) fn event(world: &World, n: u64) -> Option<Event> {
    let item = world.table.peek(&domain::event::key(&call().job, n))?;
    Some(from_item(&item).unwrap())
}
