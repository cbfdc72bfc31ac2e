//! The best of several candidates and of all rounds on the deployed stack: seen, approved and published by its bytes.

use super::command::galley;
use crate::harness::hosts;
use crate::harness::sealed::shows;
use crate::harness::until::until;
use crate::harness::world::World;
use domain::gate::Tried;
use domain::ports::Bucket;
use domain::review::ReviewRecord;
use domain::sign::sha256;
use domain::state::{AttemptState, JobState};
use serde_json::{Value, json};

/// Three candidates at a time, none of which is ever large enough; people decide after two rounds.
fn pipeline() -> Value {
    json!({
        "name": "best", "budget_usd": 0.5,
        "steps": {
            "make": { "kind": "image.generate", "best_of": 3, "with": {
                "prompt": "a lighthouse", "width": 128, "height": 128, "seed": 11, "preview": false,
            } },
            "good": {
                "kind": "gate.quality", "with": { "images": "{{ make.image }}", "min_width": 4096 },
                "on_fail": { "retry": "make", "attempts": 1, "then": "review" },
            },
            "out": {
                "kind": "publish", "after": ["good"],
                "with": { "assets": "{{ make.image }}", "target": { "kind": "s3" } },
            },
        },
    })
}

#[tokio::test]
async fn the_best_of_two_rounds_of_three_is_seen_approved_and_published() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let words = ["admin", "people", "put", caller.tenant.as_str(), "anna", "--role", "reviewer"];
    let anna = galley(&world, "", &words).await;
    let anna = String::from_utf8(anna.stdout).unwrap().trim().to_owned();

    let job = caller.submit(&pipeline()).await;
    let review: ReviewRecord = until("people are asked", 120, async || {
        world.job(&job).await.reviews.into_iter().find(|review| review.token.is_some())
    })
    .await;
    let view = world.job(&job).await;
    let tries: Vec<Tried> = serde_json::from_value(review.verdict["tries"].clone()).unwrap();
    assert_eq!((tries.len(), view.assets.len()), (6, 6), "losers stay on record");
    let score = |tried: &Tried| tried.score.expect("a picture has a score");
    let most = tries.iter().map(score).fold(0.0, f64::max);
    let best: Vec<&Tried> = tries.iter().filter(|tried| tried.best).collect();
    assert_eq!((best.len(), score(best[0])), (1, most), "{tries:#?}");
    assert_eq!(review.subjects, best[0].subjects);
    let mut shas: Vec<_> = view.assets.values().map(|asset| &asset.sha256).collect();
    shas.sort();
    shas.dedup();
    assert_eq!(shas.len(), 6, "each candidate of each round has a seed of its own");

    let seen = galley(&world, caller.key.reveal(), &["get", job.as_str()]).await;
    let seen = String::from_utf8(seen.stdout).unwrap();
    assert_eq!(seen.matches("* round ").count(), 1, "{seen}");
    assert_eq!(
        seen.matches("round ").count(),
        6 + usize::from(seen.contains("that of round")),
        "{seen}"
    );

    let approved = galley(&world, &anna, &["reviews", "approve", review.id.as_str()]).await;
    assert!(approved.status.success(), "{approved:?}");
    let view = world.ends(&job, JobState::Succeeded, 60).await;
    let [published] = view.publications.as_slice() else { panic!("{:#?}", view.publications) };
    let asset = &view.assets[&published.asset];
    assert_eq!(asset.sha256, best[0].subjects[0].sha256);
    let prefix = format!("s3://{}/", world.stack.buckets["public"]);
    let key = published.location.as_deref().unwrap().strip_prefix(&prefix).unwrap();
    let bytes = world.bytes(Bucket::Public, key).await;
    assert_eq!(sha256(&bytes), published.sha256, "exactly these bytes went out");
    shows(&bytes, asset);

    assert!(view.attempts.iter().all(|one| one.state == AttemptState::Succeeded));
    let paid: i64 = view.attempts.iter().map(|one| one.usd.unwrap().0).sum();
    assert_eq!((view.attempts.len(), view.job.spent.0), (6, paid), "the money adds up");
}
