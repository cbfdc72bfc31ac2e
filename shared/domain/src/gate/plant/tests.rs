//! What is planted, when, as what; and that it never goes out.

use super::*;
use crate::Time;
use crate::audit::{Chain, verify};
use crate::fakes::{NOW, PNG, World, every_fault};
use crate::gate::policy::{Policy, put};
use crate::id::{AssetId, JobId, PersonId, TenantId};
use crate::job::job_json;
use crate::ports::{Bucket, Objects};
use crate::publish::{NotCleared, cleared, planted};
use crate::record::AssetRecord;
use crate::sign::sha256;
use crate::store::{Key, Write};
use crate::trigger::Making;
use crate::view::JobView;
use serde_json::json;

const BRAND: &str = "
name: brand
owner: design
criteria: { sharp: { evaluator: technical } }
plant: 3 per day
";
const DAY_S: u32 = 86_400;

fn acme() -> TenantId {
    TenantId::parse("acme").unwrap()
}

fn ed() -> PersonId {
    PersonId::parse("ed").unwrap()
}

fn bad(name: &str) -> Added {
    let bytes = [PNG, name.as_bytes()].concat();
    let (policy, why) = ("brand".to_owned(), "six fingers".to_owned());
    Added { policy, bytes, why, prompt: Some("a hand".into()), of: None }
}

async fn added(world: &World, what: Added) -> Option<Plant> {
    add(&world.table, &world.objects, &acme(), (what, &ed()), NOW).await.unwrap()
}

/// A policy that plants, two pictures for it, and a verdict of it that a plant can be like.
async fn world() -> World {
    let world = World::default();
    put(&world.table, &acme(), Policy::parse(BRAND).unwrap(), "ed", NOW).await.unwrap();
    for name in ["one", "two"] {
        added(&world, bad(name)).await.unwrap();
    }
    judged(&world);
    world.faults.clear();
    world
}

fn judged(world: &World) {
    let id = format!("{}.looks.1", JobId::new(NOW, [5; 10]));
    let row = json!({
        "id": id, "at": NOW, "version": 1, "verdict": "pass", "criteria": {}, "expires_at": 9,
        "pipeline": "hero-image", "pipeline_version": 4, "maker": "generate",
    });
    let key = Key::new("VERDICTS#acme#brand", format!("{:015}#{id}", NOW.0));
    world.table.plant(Write::put(key, &row).unwrap());
}

async fn sweep(world: &World, now: Time) -> crate::Result<Vec<Planted>> {
    let (table, objects, flow) = (&world.table, &world.objects, &world.flow);
    let signing_key = &world.settings.signing_key;
    plant_due(&Making { table, objects, flow, now, traceparent: "", signing_key }).await
}

/// Sweeps every ten minutes over a day, twice each time; the jobs that came of it.
async fn a_day(world: &World) -> Vec<JobId> {
    let mut jobs = Vec::new();
    for minute in (0..24 * 60).step_by(10) {
        for _ in 0..2 {
            let found = sweep(world, NOW.plus_s(minute * 60)).await.unwrap();
            jobs.extend(found.into_iter().filter_map(|one| one.made.unwrap()));
        }
    }
    jobs
}

#[tokio::test]
async fn each_day_has_as_many_plants_as_its_policy_says_however_often_is_swept() {
    let world = world().await;
    let jobs = a_day(&world).await;
    assert!((2..=4).contains(&jobs.len()), "a day from noon to noon has parts of two: {jobs:?}");
    let mut each = jobs.clone();
    each.dedup();
    assert_eq!(each, jobs);
    let mut seen = Vec::new();
    for job in &jobs {
        seen.extend(JobView::expect(&world.table, job).await.unwrap().planted);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 2, "each picture has its turn");
}

/// When the next one is due, after the first look has found that out.
async fn next(world: &World) -> Time {
    assert!(sweep(world, NOW).await.unwrap().is_empty());
    let item = world.table.peek(&Key::new(PLANTING, "acme#brand")).unwrap();
    Time(item["due_at"].as_i64().unwrap())
}

async fn one(world: &World) -> JobView {
    let due = next(world).await;
    let found = sweep(world, due).await.unwrap();
    let [Planted { made: Ok(Some(job)), .. }] = &found[..] else { panic!("{found:?}") };
    JobView::expect(&world.table, job).await.unwrap()
}

#[tokio::test]
async fn a_plant_looks_like_what_was_judged_last_and_publishes_nothing() {
    let world = world().await;
    let view = one(&world).await;
    assert_eq!((view.job.pipeline.as_str(), view.job.version), ("hero-image", Some(4)));
    let names: Vec<&str> = view.pipeline.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["generate", "looks"]);
    assert!(view.pipeline.step("looks").unwrap().pinned.is_some());
    assert_eq!(view.job.inputs["prompt"], "a hand");
    let shown = job_json(&view).to_string();
    assert!(!shown.contains("plant"), "{shown}");
    let log = crate::event::read(&world.table, &view.job.id, 0, 10).await.unwrap();
    assert_eq!(log.len(), 2);
    assert!(!json!(log).to_string().contains("plant"), "{log:?}");
    assert_eq!(view.planted.len(), 1);
    let asset = view.assets.values().next().unwrap();
    let bytes = world.objects.get(Bucket::Assets, &asset.key, 1 << 20).await.unwrap().unwrap();
    assert_eq!(sha256(&bytes), asset.sha256);
}

#[tokio::test]
async fn its_first_step_is_done_before_any_lane_is_asked() {
    let world = world().await;
    let view = one(&world).await;
    let message = world.message(&view.job.id, 0);
    world.lanes().take(&message, NOW).await.unwrap();
    assert_eq!(world.flow.completed()[&message.token]["ok"], true);
    let view = JobView::expect(&world.table, &view.job.id).await.unwrap();
    assert!(view.attempts.is_empty());
}

#[tokio::test]
async fn every_single_fault_leaves_the_plant_of_one_clean_run() {
    let due = next(&world().await).await;
    let prepare = async || {
        let world = world().await;
        next(&world).await;
        world.faults.clear();
        world
    };
    let act = async |world: &World| {
        for planted in sweep(world, due).await? {
            if let Err(crate::problem::Stop::Error(error)) = planted.made {
                return Err(error);
            }
        }
        Ok(())
    };
    every_fault(prepare, act, World::listing).await;
}

#[tokio::test]
async fn nothing_is_planted_where_there_is_nothing_to_plant_or_nothing_to_be_like() {
    for (plants, judges) in [(false, true), (true, false)] {
        let world = World::default();
        put(&world.table, &acme(), Policy::parse(BRAND).unwrap(), "ed", NOW).await.unwrap();
        if plants {
            added(&world, bad("one")).await.unwrap();
        }
        if judges {
            judged(&world);
        }
        let due = next(&world).await;
        let found = sweep(&world, due).await.unwrap();
        assert!(matches!(found[..], [Planted { made: Ok(None), .. }]), "{found:?}");
    }
}

#[tokio::test]
async fn what_was_missed_is_not_made_up_for_and_a_policy_that_plants_no_more_is_left_alone() {
    let world = world().await;
    next(&world).await;
    assert_eq!(sweep(&world, NOW.plus_s(3 * DAY_S)).await.unwrap().len(), 1);
    let plain = BRAND.replace("plant: 3 per day", "");
    put(&world.table, &acme(), Policy::parse(&plain).unwrap(), "ed", NOW).await.unwrap();
    assert!(world.table.peek(&Key::new(PLANTING, "acme#brand")).is_none());
    assert!(sweep(&world, NOW.plus_s(6 * DAY_S)).await.unwrap().is_empty());
}

#[tokio::test]
async fn plants_are_listed_by_policy_added_once_and_on_the_audit_chain() {
    let world = world().await;
    let chain = Chain::Tenant(acme(), "policies");
    let entries = async || {
        let kept = chain.read(&world.table).await.unwrap();
        assert_eq!(verify(&kept, false), []);
        kept.entries.len()
    };
    assert_eq!(entries().await, 3);
    added(&world, bad("one")).await.unwrap();
    assert_eq!(entries().await, 3, "the same again is no change");
    let all = list(&world.table, &acme(), "brand").await.unwrap();
    assert_eq!((all.len(), all[0].why.as_str(), all[0].by.as_str()), (2, "six fingers", "ed"));
    assert!(list(&world.table, &acme(), "other").await.unwrap().is_empty());
    let gone =
        async |sha256: &str| remove(&world.table, &acme(), (sha256, &ed()), NOW).await.unwrap();
    assert!(gone(&all[0].sha256).await && !gone(&all[0].sha256).await);
    assert_eq!(entries().await, 4);
    let text = Added { bytes: b"words".to_vec(), ..bad("three") };
    assert_eq!(added(&world, text).await, None);
}

fn brought(job: &JobId, step: &str, bytes: &[u8]) -> AssetRecord {
    serde_json::from_value(json!({
        "id": AssetId::new(job, step, "photo", 0), "tenant": "acme", "step": step, "port": "image",
        "key": "k", "sha256": sha256(bytes), "media_type": "image/png", "bytes": 7, "created_at": NOW,
    }))
    .unwrap()
}

#[tokio::test]
async fn planted_bytes_go_out_of_no_job_whoever_brought_them() {
    let world = world().await;
    let hero = include_str!("../../../../../infra/pipelines/hero-image.yaml");
    let job = world.job(1, hero, json!({ "prompt": "a fox" })).await;
    let mut view = JobView::expect(&world.table, &job).await.unwrap();
    let photo = brought(&job, "inputs", &bad("one").bytes);
    let mut large = brought(&job, "large", b"enlarged");
    large.made_from = vec![photo.id.clone()];
    let own = brought(&job, "generate", b"its own");
    for asset in [&photo, &large, &own] {
        view.assets.insert(asset.id.clone(), asset.clone());
    }
    let refused = async |asset: &AssetRecord| planted(&world.table, &view, &[asset]).await.unwrap();
    for asset in [&photo, &large] {
        assert_eq!(refused(asset).await, Some(NotCleared::Planted(asset.id.clone())));
    }
    assert_eq!(refused(&own).await, None);
    assert_eq!(
        refused(&large).await.unwrap().to_string(),
        format!(
            "{} is never published: it is, or was made from, what was declared known-bad",
            large.id
        )
    );
}

#[tokio::test]
async fn a_plant_is_cleared_by_nobody_and_neither_is_what_is_made_of_it() {
    let world = world().await;
    let view = one(&world).await;
    let asset = view.assets.values().next().unwrap();
    assert_eq!(cleared(&view, asset), Err(NotCleared::Planted(asset.id.clone())));
    let mut small = brought(&view.job.id, "ladder", b"small");
    (small.made_from, small.deterministic) = (vec![asset.id.clone()], true);
    assert_eq!(cleared(&view, &small), Err(NotCleared::Planted(small.id.clone())));
}

#[tokio::test]
async fn the_job_that_made_a_plant_publishes_it_no_more() {
    let world = world().await;
    let hero = include_str!("../../../../../infra/pipelines/hero-image.yaml");
    let job = world.job(1, hero, json!({ "prompt": "a fox" })).await;
    added(&world, Added { of: Some(job.clone()), ..bad("three") }).await.unwrap();
    let view = JobView::expect(&world.table, &job).await.unwrap();
    let made = brought(&job, "generate", &bad("three").bytes);
    assert_eq!(cleared(&view, &made), Err(NotCleared::Planted(made.id.clone())));
}
