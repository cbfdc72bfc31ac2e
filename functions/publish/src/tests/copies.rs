//! What goes out is known to the policies that compare with it, and nothing else is.

use super::faults::cancel;
use super::*;
use domain::fakes::every_fault;
use domain::gate::policy::{Pinned, Policy, copies};
use domain::gate::{Known, Lists};
use domain::id::AssetId;
use domain::record::AssetRecord;
use domain::sign::sha256;

/// The job with a gate by policy that looked at its picture, and at a spare one that nobody publishes.
fn compared(mut view: JobView) -> JobView {
    let policy = "{ name: brand, owner: ed, criteria: { copies: { evaluator: copies } } }";
    let pinned = Pinned {
        version: 1,
        sha256: String::new(),
        policy: Policy::parse(policy).unwrap_or_else(|problems| panic!("{problems:?}")),
        secret: String::new(),
    };
    let good = view.pipeline.steps.iter_mut().find(|step| step.name == "good").unwrap();
    good.pinned = Some(Box::new(pinned));
    let source = source(&view).clone();
    let id = AssetId::new(&view.job.id, "generate", "2", 0);
    let spare = AssetRecord { sha256: sha256(b"spare"), id: id.clone(), ..source.clone() };
    let verdict = json!({
        "verdict": "pass",
        "subjects": [
            { "asset": source.id, "sha256": source.sha256 },
            { "asset": spare.id, "sha256": spare.sha256 },
        ],
        "scores": { source.id.as_str(): { "phash": "00000000000000ff" } },
    });
    view.steps.get_mut("good").unwrap().verdict = Some(verdict);
    view.assets.insert(id, spare);
    view
}

fn source(view: &JobView) -> &AssetRecord {
    view.assets.values().find(|asset| asset.step == "generate").unwrap()
}

async fn known(world: &World, view: &JobView) -> Vec<Known> {
    let mut lists = Lists::default();
    let sets = [copies::Set::Published];
    copies::recall(&world.table, &view.job.tenant, &sets, &mut lists, NOW).await.unwrap();
    lists.published
}

fn one(view: &JobView) -> Vec<Known> {
    vec![Known {
        sha256: source(view).sha256.clone(),
        phash: Some("00000000000000ff".to_owned().try_into().unwrap()),
        reason: format!("published by job {}", view.job.id),
    }]
}

#[tokio::test]
async fn of_all_that_a_policy_looked_at_only_what_went_out_is_remembered_and_a_ladder_is_one_picture()
 {
    let job = compared(s3());
    let done = world(&job);
    call(&done, &job).await.unwrap();
    assert_eq!(known(&done, &job).await, one(&job));
    let other = s3();
    let quiet = world(&other);
    call(&quiet, &other).await.unwrap();
    assert_eq!(known(&quiet, &other).await, [], "no gate of that job compares with it");
}

#[tokio::test]
async fn what_a_target_would_not_have_is_not_remembered() {
    let job = compared(webhook());
    let world = world(&job);
    let never = Some(Outcome::Refused(Refusal::Never, "we are closed".into()));
    let told = call_with(&world, publish_call(&job), never).await.unwrap();
    assert_eq!(told["end"], "failed");
    assert_eq!(known(&world, &job).await, []);
}

#[tokio::test]
async fn what_is_found_at_its_target_after_the_jobs_end_is_remembered() {
    let job = compared(s3());
    let world = world(&job);
    // Dies at its last write: one read, four gets, the ledger, four puts.
    world.faults.plan(10, domain::fakes::Fault::Refused);
    assert!(call(&world, &job).await.is_err());
    assert_eq!(known(&world, &job).await, []);
    cancel(&world, &job);
    world.faults.clear();
    assert_eq!(call(&world, &job).await.unwrap(), json!({ "end": "canceled" }));
    assert_eq!(known(&world, &job).await, one(&job));
}

#[tokio::test]
async fn any_call_to_the_world_may_fail_and_the_set_is_the_same() {
    let job = compared(s3());
    let act = async |world: &World| call(world, &job).await.map(drop);
    let look = |world: &World| {
        let listing = world.listing();
        listing.lines().filter(|line| line.starts_with("COPIES#")).collect::<Vec<_>>().join("\n")
    };
    every_fault(async || world(&job), act, look).await;
}
