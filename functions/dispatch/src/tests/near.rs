//! Results that are close enough: found where a step says so, told with match, distance and saving, never by chance.

use super::*;
use domain::erase::erase_job;
use domain::job::job_json;
use domain::lane::{Lanes, Rank};
use domain::ports::{Bucket, Table};
use domain::record::{AssetRecord, JobRecord};
use domain::reuse::{Forget, Near, forget, near_pk};
use domain::sign::sha256;
use domain::store::{Item, Query, Write};
use domain::view::JobView;
use media::{Format, Limits, Picture, Quality, decode, encode};

const NEAR: &str = r#"
name: near
inputs: { photo: { type: image } }
budget_usd: 1
steps:
  large: { kind: image.upscale, with: { image: "{{ inputs.photo }}", factor: 2 }, cache: near, retry: { attempts: 1 } }
  good: { kind: gate.quality, with: { images: "{{ large.image }}" } }
"#;

/// A picture of a disc on a ground that darkens.
fn disc(color: [u8; 3], width: u32, height: u32) -> Picture {
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let pixels = places.flat_map(|(x, y)| {
        let (x, y) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
        let ground = [230.0 - 90.0 * x, 200.0 - 60.0 * y, 160.0].map(|channel| channel as u8);
        if (x - 0.35).hypot(y - 0.4) < 0.2 { color } else { ground }
    });
    Picture::rgb(width, height, pixels.collect()).unwrap()
}

fn original() -> Picture {
    disc([180, 40, 60], 240, 160)
}

fn mirrored(picture: &Picture) -> Picture {
    let rows = picture.pixels().chunks_exact(picture.width() as usize * 3);
    let pixels = rows.flat_map(|row| row.as_chunks::<3>().0.iter().rev().flatten());
    Picture::rgb(picture.width(), picture.height(), pixels.copied().collect()).unwrap()
}

fn file(picture: &Picture, format: Format, quality: u8) -> Vec<u8> {
    encode(picture, format, Quality::new(quality).unwrap()).unwrap()
}

fn png(picture: &Picture) -> Vec<u8> {
    file(picture, Format::Png, 100)
}

fn jpeg() -> Vec<u8> {
    file(&original(), Format::Jpeg, 60)
}

fn id(number: u8) -> JobId {
    JobId::new(NOW.plus_s(number.into()), [number; 10])
}

/// A job with a photograph of these bytes.
async fn accepted(world: &World, tenant: &str, number: u8, pipeline: &str, bytes: &[u8]) {
    let asset = format!("{}.inputs.photo.0", id(number));
    let (rank, inputs) = (Rank::default(), json!({ "photo": { "asset": asset } }));
    world.job_of((tenant, rank), id(number), (pipeline, inputs), NOW).await;
    // As it is once the picture is in custody.
    let taken = json!({ "inputs": { "photo": asset } });
    let set = Write::set(JobRecord::key(&id(number)), taken);
    world.table.write(vec![set]).await.unwrap();
    let key = format!("{tenant}/{}/photo", id(number));
    let media_type = domain::sniff::media_type(bytes).unwrap();
    let record: AssetRecord = serde_json::from_value(json!({
        "id": asset, "tenant": tenant, "step": "inputs", "port": "photo", "key": key, "sha256": sha256(bytes),
        "media_type": media_type, "bytes": bytes.len(), "created_at": NOW,
    }))
    .unwrap();
    world.objects.plant(Bucket::Assets, &key, bytes.to_vec());
    world.table.plant(Write::put(AssetRecord::record_key(&record.id), &record).unwrap());
}

async fn take(world: &World, number: u8) -> Result<()> {
    let lanes = Lanes { eyes: &Eyes, ..world.lanes() };
    handle(&lanes, Input::Take(world.message(&id(number), 0)), NOW).await
}

fn attempt(number: u8) -> AttemptId {
    AttemptId::new(&id(number), "large", 1)
}

async fn success(world: &World, number: u8) {
    let report = world.success(&attempt(number), 1);
    world.lanes().report(&report, NOW.plus_s(2)).await.unwrap();
}

/// A world in which the first job's photograph was enlarged, and one more job came with another.
async fn made(pipeline: &str, second: &[u8]) -> World {
    let world = World::default();
    world.host("host-a", 3).await;
    accepted(&world, "acme", 1, pipeline, &png(&original())).await;
    take(&world, 1).await.unwrap();
    success(&world, 1).await;
    accepted(&world, "acme", 2, pipeline, second).await;
    world
}

async fn view(world: &World, number: u8) -> JobView {
    JobView::expect(&world.table, &id(number)).await.unwrap()
}

async fn noted(world: &World) -> Vec<Item> {
    let acme = "acme".to_owned().try_into().unwrap();
    world.table.query(&Query::partition(near_pk(&acme))).await.unwrap()
}

#[tokio::test]
async fn a_recompressed_picture_is_given_what_the_first_one_paid_for() {
    let world = made(NEAR, &jpeg()).await;
    take(&world, 2).await.unwrap();
    let (first, second) = (view(&world, 1).await, view(&world, 2).await);
    assert_eq!(world.hosts.renders().len(), 1, "nobody was asked a second time");
    assert!(second.attempts.is_empty());
    assert_eq!((second.job.spent.0, second.job.reused), (0, true));
    let step = second.step("large");
    assert_eq!(step.state, StepState::Succeeded);
    let reused = step.reused.clone().unwrap();
    assert_eq!((reused.attempt, reused.saved.0), (attempt(1), 600));
    let Near { distance, bound, like } = reused.near.unwrap();
    assert!(distance <= bound && bound == 6, "{distance} of {bound}");
    assert_eq!(json!(like), json!({ "image": format!("{}.inputs.photo.0", id(1)) }));
    let made = |view: &JobView| {
        let asset = view.assets.values().find(|asset| asset.step == "large").unwrap();
        (asset.id.clone(), asset.sha256.clone(), asset.made_from.clone())
    };
    let ((source, bytes, _), (_, copy, made_from)) = (made(&first), made(&second));
    assert_eq!(copy, bytes);
    assert_eq!(json!(made_from), json!([format!("{}.inputs.photo.0", id(2)), source]));
    assert_eq!(world.flow.completed()[&format!("token-{}-0-1", id(2))]["ok"], true);

    let near = json!({ "distance": distance, "bound": 6, "like": like });
    let events = domain::event::read(&world.table, &id(2), 0, 10).await.unwrap();
    let said = events.last().unwrap();
    assert_eq!((said.kind.as_str(), &said.data["saved_usd"]), ("step.succeeded", &json!(0.0006)));
    assert_eq!(said.data["near"], near);
    let shown = job_json(&second);
    let step = shown["steps"].as_array().unwrap().iter().find(|step| step["name"] == "large");
    assert_eq!(step.unwrap()["reused"]["near"], near);
}

#[tokio::test]
async fn what_only_resembles_it_is_made() {
    let shorter = disc([180, 40, 60], 120, 80);
    let others = [
        ("mirrored", NEAR.to_owned(), png(&mirrored(&original()))),
        ("recoloured", NEAR.to_owned(), png(&disc([40, 60, 180], 240, 160))),
        ("as large as half", NEAR.to_owned(), png(&shorter)),
        ("four times", NEAR.replace("factor: 2", "factor: 4"), jpeg()),
        ("another model", NEAR.replace("factor: 2", "factor: 2, model: sketch-2"), jpeg()),
        ("the same bytes only", NEAR.replace("cache: near", "cache: on"), jpeg()),
        ("never", NEAR.replace("cache: near", "cache: off"), png(&original())),
        ("beyond us", NEAR.to_owned(), b"\x89PNG\r\n\x1a\n and some pixels".to_vec()),
    ];
    for (what, pipeline, bytes) in others {
        let world = made(NEAR, &jpeg()).await;
        accepted(&world, "acme", 3, &pipeline, &bytes).await;
        take(&world, 3).await.unwrap();
        let view = view(&world, 3).await;
        assert_eq!((view.step("large").reused.clone(), view.job.reused), (None, false), "{what}");
        assert_ne!(view.step("large").state, StepState::Succeeded, "{what}");
    }
}

#[tokio::test]
async fn nothing_is_near_beyond_the_bound_that_the_step_says() {
    use domain::ports::Eyes as _;
    let ours = Eyes.look(&png(&original())).unwrap();
    let coarse = [40, 20, 10, 5, 3, 1].map(|quality| file(&original(), Format::Jpeg, quality));
    let distance = |bytes: &[u8]| Eyes.look(bytes).unwrap().distance(&ours);
    let other = coarse.iter().find(|bytes| distance(bytes).is_some_and(|bits| 0 < bits)).unwrap();
    let bits = distance(other).unwrap();
    for (bound, renders) in [(bits, 1), (bits - 1, 2)] {
        let says = NEAR.replace("cache: near", &format!("cache: {{ near: {bound} }}"));
        let world = made(&says, other).await;
        take(&world, 2).await.unwrap();
        assert_eq!(world.hosts.renders().len(), renders, "{bits} bits, {bound} at most");
    }
}

#[tokio::test]
async fn the_very_same_is_better_than_what_is_near() {
    let world = made(NEAR, &png(&original())).await;
    take(&world, 2).await.unwrap();
    let reused = view(&world, 2).await.step("large").reused.clone().unwrap();
    assert_eq!((reused.attempt, reused.near), (attempt(1), None));
}

#[tokio::test]
async fn no_tenant_is_given_what_is_near_another_ones() {
    let world = made(NEAR, &jpeg()).await;
    accepted(&world, "brio", 3, NEAR, &jpeg()).await;
    take(&world, 3).await.unwrap();
    assert_eq!(world.hosts.renders().len(), 2);
}

#[tokio::test]
async fn only_what_is_made_is_near_and_nobody_waits_for_it() {
    let world = World::default();
    world.host("host-a", 3).await;
    accepted(&world, "acme", 1, NEAR, &png(&original())).await;
    accepted(&world, "acme", 2, NEAR, &jpeg()).await;
    take(&world, 1).await.unwrap();
    take(&world, 2).await.unwrap();
    assert_eq!(world.hosts.renders().len(), 2);
    assert_eq!(view(&world, 2).await.step("large").follows, None);
}

#[tokio::test]
async fn what_was_given_is_near_to_nothing_itself() {
    let world = made(NEAR, &jpeg()).await;
    take(&world, 2).await.unwrap();
    assert_eq!(noted(&world).await.len(), 1);
    // What made it is gone, so what was given for it leads nowhere.
    let all = Forget { tenant: Some("acme".to_owned().try_into().unwrap()), ..Forget::default() };
    assert_eq!(forget(&world.table, &all).await.unwrap(), 1);
    accepted(&world, "acme", 3, NEAR, &file(&original(), Format::Jpeg, 70)).await;
    take(&world, 3).await.unwrap();
    assert_eq!(world.hosts.renders().len(), 2);
}

#[tokio::test]
async fn what_was_erased_or_lost_is_made_again_and_its_looks_go() {
    let world = made(NEAR, &jpeg()).await;
    let source = view(&world, 1).await.step("large").reused.clone();
    assert_eq!((source, noted(&world).await.len()), (None, 1));
    let key = JobRecord::key(&id(1));
    let mut item = world.table.peek(&key).unwrap();
    item.insert("state".into(), json!("succeeded"));
    world.table.plant(Write::put(key, &item).unwrap());
    erase_job(&world.erasing(), &id(1), None, "asked to", NOW.plus_s(9)).await.unwrap();
    assert_eq!(noted(&world).await.len(), 0);
    take(&world, 2).await.unwrap();
    assert_eq!(world.hosts.renders().len(), 2);

    let world = made(NEAR, &jpeg()).await;
    let first = view(&world, 1).await;
    let made = first.assets.values().find(|asset| asset.step == "large").unwrap();
    world.objects.plant(Bucket::Assets, &made.key, b"other bytes".to_vec());
    take(&world, 2).await.unwrap();
    assert_eq!(world.hosts.renders().len(), 2);
}

#[tokio::test]
async fn who_asks_for_nothing_near_pays_no_look() {
    let calls = async |pipeline: &str| {
        let world = World::default();
        world.host("host-a", 3).await;
        accepted(&world, "acme", 1, pipeline, &png(&original())).await;
        world.faults.clear();
        take(&world, 1).await.unwrap();
        world.faults.calls()
    };
    let plain = calls(&NEAR.replace("cache: near", "cache: off")).await;
    assert_eq!(calls(&NEAR.replace("cache: near", "cache: on")).await, plain);
    // The picture, the very same, and those it may be near to.
    assert_eq!(calls(NEAR).await, plain + 3);
}

#[tokio::test]
async fn every_call_of_a_gift_that_is_near_may_fail_both_ways() {
    let prepare = async || made(NEAR, &jpeg()).await;
    every_fault(prepare, async |world: &World| take(world, 2).await, World::listing).await;
}

#[tokio::test]
async fn every_call_of_a_step_whose_looks_are_noted_may_fail_both_ways() {
    let prepare = async || {
        let world = World::default();
        accepted(&world, "acme", 1, NEAR, &png(&original())).await;
        world
    };
    every_fault(prepare, async |world: &World| take(world, 1).await, World::listing).await;
}

#[tokio::test]
async fn a_near_result_that_is_forgotten_in_between_is_made() {
    let world = made(NEAR, &jpeg()).await;
    let all = Forget { tenant: Some("acme".to_owned().try_into().unwrap()), ..Forget::default() };
    assert_eq!(noted(&world).await.len(), 1);
    forget(&world.table, &all).await.unwrap();
    take(&world, 2).await.unwrap();
    assert_eq!(view(&world, 2).await.step("large").state, StepState::Running);
    assert_eq!(noted(&world).await.len(), 2);
}

#[test]
fn eyes_see_pictures_and_nothing_else() {
    use domain::ports::Eyes as _;
    let (one, other) = (Eyes.look(&png(&original())).unwrap(), Eyes.look(&jpeg()).unwrap());
    assert_eq!((one.width, one.height, one.cells.0.len()), (240, 160, 256));
    assert!(one.distance(&other).unwrap() <= 6);
    assert_eq!(Eyes.look(b"no picture"), None);
    let large = decode(&jpeg(), &Limits { max_pixels: 100, ..Limits::default() });
    assert!(large.is_err());
}
