//! Vendors on the deployed stack: four of them make one picture, and whatever breaks is paid once.

use crate::harness::page::Page;
use crate::harness::pipelines::{painted_by, written_by};
use crate::harness::shops;
use crate::harness::until::until;
use crate::harness::world::World;
use aws::env;
use domain::lane::LaneView;
use domain::ports::Bucket;
use domain::state::{AttemptState, JobState};
use domain::vendor::circuit::{FAULTS, State};
use doubles::faults::Fault;
use doubles::proxy::Cut;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// How many jobs have their start cut, over all vendors: `GALLEY_CUT_JOBS`.
fn cut_jobs() -> usize {
    env::optional("GALLEY_CUT_JOBS").and_then(|jobs| jobs.parse().ok()).unwrap_or(12)
}

const FOUR: &str = include_str!("../../infra/pipelines/four-vendors.yaml");

#[tokio::test]
async fn four_vendors_make_one_picture_by_one_call() {
    let world = World::open().await;
    let (shops, _turn) = shops::open(&world).await;
    let caller = world.tenant().await;
    let before = shops.works();
    let yaml = [("content-type", "application/yaml")];
    let path = "/v1/pipelines/four-vendors";
    let put = caller.send(Method::PUT, path, &yaml, Some(FOUR.into())).await;
    assert_eq!(put.status, 201, "{put:?}");
    let request = json!({ "pipeline": "four-vendors", "inputs": { "subject": "a tin of tea" } });
    let accepted = caller.post("/v1/jobs", &request).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let job = accepted.job();
    let view = world.ends(&job, JobState::Succeeded, 90).await;
    assert_eq!(shops.works(), before + 4, "each vendor was asked once");
    let lanes: Vec<_> = view.attempts.iter().map(|attempt| attempt.work.lane.as_str()).collect();
    for vendor in ["chat", "openai", "fal", "stability"] {
        assert_eq!(lanes.iter().filter(|lane| **lane == vendor).count(), 1, "{lanes:?}");
        let books = shops.of(vendor).shop().books();
        let billed = books.work.last().expect("it has work").micros;
        let attempt = view.attempts.iter().find(|attempt| attempt.work.lane == vendor).unwrap();
        let said = attempt.usd.expect("it cost something").0;
        assert!((said - billed).abs() <= 10_000, "{vendor}: {said}, billed {billed}");
    }
    assert_eq!(view.publications.len(), 1);
    let location = view.publications[0].location.as_deref().unwrap();
    let key = location.strip_prefix(&format!("s3://{}/", world.stack.buckets["public"]));
    let bytes = world.bytes(Bucket::Public, key.expect("it lies in the public bucket")).await;
    assert!(domain::sniff::media_type(&bytes).is_some_and(|found| found.starts_with("image/")));
}

#[tokio::test]
async fn where_the_first_vendor_is_down_the_next_one_makes_it() {
    let world = World::open().await;
    let (shops, _turn) = shops::open(&world).await;
    let caller = world.tenant().await;
    let before = shops.of("openai").shop().books().work.len();
    let models = ["replicate/black-forest-labs/flux-schnell", "openai/gpt-image-1"];
    let job = caller.submit(&painted_by(&models, json!({}))).await;
    let view = world.ends(&job, JobState::Succeeded, 60).await;
    let made: Vec<_> = view.attempts.iter().map(|at| (at.work.lane.as_str(), at.state)).collect();
    let expected = [(shops::DOWN, AttemptState::Refused), ("openai", AttemptState::Succeeded)];
    assert_eq!(made, expected);
    assert_eq!(shops.of("openai").shop().books().work.len(), before + 1);
}

#[tokio::test]
async fn a_model_that_failed_five_times_in_a_row_is_left_alone_until_somebody_trusts_it() {
    let world = World::open().await;
    let (_, _turn) = shops::open(&world).await;
    let caller = world.tenant().await;
    shops::trust(&world, shops::DOWN).await;
    let model = "black-forest-labs/flux-schnell";
    let first = format!("{}/{model}", shops::DOWN);
    let pipeline = painted_by(&[&first, "openai/gpt-image-1"], json!({}));
    let asked = async |pipeline: &Value| {
        let job = caller.submit(pipeline).await;
        let view = world.ends(&job, JobState::Succeeded, 60).await;
        view.attempts.iter().map(|at| at.work.lane.clone()).collect::<Vec<_>>()
    };
    for _ in 0..FAULTS {
        assert_eq!(asked(&pipeline).await, [shops::DOWN, "openai"]);
    }
    let lane = LaneView::read(&world.table, shops::DOWN).await.unwrap();
    let circuit = &lane.circuits[model];
    assert!(matches!(circuit.state(aws::clock::now()), State::Open(_)), "{circuit:?}");
    assert_eq!(asked(&pipeline).await, ["openai"], "nobody asks it");
    shops::trust(&world, shops::DOWN).await;
    assert_eq!(asked(&pipeline).await, [shops::DOWN, "openai"]);
    shops::trust(&world, shops::DOWN).await;
}

#[tokio::test]
async fn a_page_sees_a_vendors_job_as_it_goes() {
    let world = World::open().await;
    let (shops, _turn) = shops::open(&world).await;
    let caller = world.tenant().await;
    // So that the page is there before the vendor has answered.
    shops.of("fal").shop().fault(Fault::Slow(Duration::from_secs(3)));
    let job = caller.submit(&painted_by(&["fal/fal-ai/flux/schnell"], json!({}))).await;
    let mut page = Page::open(&caller, &job, 0).await;
    while page.events().await["terminal"] != true {}
    world.ends(&job, JobState::Succeeded, 60).await;
    let log: Vec<u64> = world.events(&job).await.iter().map(|event| event.n).collect();
    assert_eq!(page.seen, log, "every event once, in order");
}

/// What became of the jobs of one vendor whose starts were cut at one place.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    jobs: usize,
    succeeded: usize,
    unknown: usize,
    /// Work that the vendor accepted.
    accepted: usize,
    /// Work that it billed, and of that what a job has.
    billed: usize,
    adopted: usize,
}

/// Cuts the start of one job, and waits until it is over or reported.
async fn cut_one(world: &World, vendor: &str, pipeline: &Value, cut: Cut, row: &mut Row) {
    let (shops, caller) = (shops::listening(), world.tenant().await);
    let said = format!("{vendor} at {cut:?}");
    // Faults in a row would have the model left alone, which is not what this is about.
    shops::trust(world, vendor).await;
    let before = shops.of(vendor).shop().books().work.len();
    shops.of(vendor).cut_next(cut);
    let job = caller.submit(pipeline).await;
    let view = until(&format!("{said} is over, or reported"), 90, async || {
        let view = world.job(&job).await;
        let unknown = |at: &domain::record::AttemptRecord| {
            at.state == AttemptState::Unknown && 2 <= at.called.looks
        };
        (view.job.state.terminal() || view.attempts.iter().any(unknown)).then_some(view)
    })
    .await;
    let work = shops.of(vendor).shop().books().work[before..].to_vec();
    let billed = work.iter().filter(|work| 0 < work.micros).count();
    let succeeded = view.job.state == JobState::Succeeded;
    let unknown = view.attempts.iter().any(|at| at.state == AttemptState::Unknown);
    assert!(work.len() <= 1, "{said}: asked for {} times", work.len());
    assert!(succeeded || unknown, "{said}: {:?} {:?}", view.job.reason, view.attempts);
    // What can be found is adopted; what cannot is at least reported.
    assert!(vendor != "fal" || billed == 0 || succeeded, "{said}: billed and not adopted");
    row.jobs += 1;
    row.succeeded += usize::from(succeeded);
    row.unknown += usize::from(unknown && !succeeded);
    row.accepted += work.len();
    row.billed += billed;
    row.adopted += if succeeded { billed } else { 0 };
    if !succeeded {
        caller.cancel(&job).await;
        shops::resolve(world, &job, work.iter().map(|work| work.micros).sum()).await;
    }
}

/// So many jobs of one vendor, cut at one place after the other.
async fn cut_all(world: &World, vendor: &str, pipeline: Value, jobs: usize) -> Vec<(Cut, Row)> {
    let mut rows: Vec<_> = Cut::PLAIN.into_iter().map(|cut| (cut, Row::default())).collect();
    for n in 0..jobs {
        // Few jobs meet places that lie apart.
        let place = n * 3 % rows.len();
        let (cut, row) = &mut rows[place];
        cut_one(world, vendor, &pipeline, *cut, row).await;
    }
    rows
}

#[tokio::test]
async fn wherever_a_start_is_cut_it_is_paid_once_and_adopted_or_reported() {
    let world = World::open().await;
    let (_, _turn) = shops::open(&world).await;
    let jobs = cut_jobs().div_ceil(4);
    let painted = |model| painted_by(&[model], json!({}));
    // Each vendor's jobs one after the other, so that its books tell one from the next.
    let (chat, openai, fal, stability) = tokio::join!(
        cut_all(&world, "chat", written_by("chat/gpt-5-mini"), jobs),
        cut_all(&world, "openai", painted("openai/gpt-image-1"), jobs),
        cut_all(&world, "fal", painted("fal/fal-ai/flux/schnell"), jobs),
        cut_all(&world, "stability", painted("stability/stable-image-core"), jobs),
    );
    println!("vendor     cut            jobs  done  unknown  accepted  billed  adopted");
    let all = [("chat", chat), ("openai", openai), ("fal", fal), ("stability", stability)];
    for (vendor, rows) in all {
        for (cut, row) in rows.into_iter().filter(|(_, row)| 0 < row.jobs) {
            let Row { jobs, succeeded, unknown, accepted, billed, adopted } = row;
            let cut = format!("{cut:?}");
            println!(
                "{vendor:10} {cut:12} {jobs:6} {succeeded:5} {unknown:8} {accepted:9} {billed:7} {adopted:8}"
            );
            assert!(accepted <= jobs && billed <= accepted, "{vendor} at {cut}: {row:?}");
        }
    }
}
