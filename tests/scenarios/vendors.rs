//! Vendors on the deployed stack: four of them make one picture, and whatever breaks is paid once.

use crate::harness::shops;
use crate::harness::until::until;
use crate::harness::world::World;
use aws::env;
use domain::ports::Bucket;
use domain::state::{AttemptState, JobState};
use doubles::proxy::Cut;
use reqwest::Method;
use serde_json::{Value, json};

/// How many places each vendor's start is cut at: `GALLEY_CUT_STARTS`, all of them at most.
fn cuts() -> usize {
    env::optional("GALLEY_CUT_STARTS").and_then(|cuts| cuts.parse().ok()).unwrap_or(3)
}

const FOUR: &str = include_str!("../../infra/pipelines/four-vendors.yaml");

fn painted_by(models: &[&str], fields: Value) -> Value {
    let mut step = json!({
        "kind": "image.generate", "models": models,
        "with": { "prompt": "a lighthouse", "width": 1024, "height": 1024 },
    });
    for (name, value) in fields.as_object().into_iter().flatten() {
        step[name] = value.clone();
    }
    let good = json!({ "kind": "gate.quality", "with": { "images": "{{ generate.image }}", "min_width": 64 } });
    json!({ "name": "painted", "budget_usd": 2, "steps": { "generate": step, "good": good } })
}

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
async fn wherever_a_start_is_cut_it_is_paid_once_and_adopted_or_reported() {
    let world = World::open().await;
    let (shops, _turn) = shops::open(&world).await;
    let caller = world.tenant().await;
    let vendors = [
        ("openai", "openai/gpt-image-1"),
        ("fal", "fal/fal-ai/flux/schnell"),
        ("stability", "stability/stable-image-core"),
    ];
    let step = Cut::ALL.len().div_ceil(cuts().max(1)).max(1);
    for (vendor, model) in vendors {
        for cut in Cut::ALL.into_iter().rev().step_by(step) {
            let said = format!("{vendor} at {cut:?}");
            let before = shops.of(vendor).shop().books().work.len();
            shops.of(vendor).cut_next(cut);
            let job = caller.submit(&painted_by(&[model], json!({}))).await;
            let view = until(&format!("{said} is over, or reported"), 60, async || {
                let view = world.job(&job).await;
                let unknown = |at: &domain::record::AttemptRecord| {
                    at.state == AttemptState::Unknown && 2 <= at.called.looks
                };
                (view.job.state.terminal() || view.attempts.iter().any(unknown)).then_some(view)
            })
            .await;
            let made = shops.of(vendor).shop().books().work.len() - before;
            assert!(made <= 1, "{said}: asked for {made} times");
            let succeeded = view.job.state == JobState::Succeeded;
            assert!(succeeded || view.attempts.len() == 1, "{said}: {:?}", view.attempts);
            // What fal has not begun is neither listed nor billed; what it billed is found, or told.
            let books = shops.of(vendor).shop().books();
            let billed: i64 = books.work[before..].iter().map(|work| work.micros).sum();
            assert!(vendor != "fal" || billed == 0 || succeeded, "{said}: billed and not adopted");
            if !succeeded {
                caller.cancel(&job).await;
            }
        }
    }
}
