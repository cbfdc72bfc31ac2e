//! Windows: two of one post are scheduled, one is moved and goes once, the other is canceled and never goes.

use crate::harness::until::until;
use crate::harness::world::World;
use aws::clock;
use domain::state::{JobState, StepState};
use serde_json::{Value, json};

/// Words for two places, an hour from now.
fn in_an_hour() -> Value {
    json!({
        "name": "in-an-hour", "budget_usd": 0.01,
        "steps": {
            "safe": { "kind": "gate.moderation", "with": { "prompt": "Tea.", "accept_unjudged": true } },
            "announce": { "kind": "publish", "after": ["safe"], "with": {
                "targets": [{ "kind": "s3", "prefix": "tea" }, { "kind": "feed", "prefix": "tea" }],
                "post": { "title": "Tea", "body": "Of the day." },
                "window": { "at": clock::now().plus_s(3600).rfc3339(), "spacing_s": 60 },
            } },
        },
    })
}

#[tokio::test]
async fn what_is_scheduled_is_moved_and_goes_once_and_what_is_canceled_never_goes() {
    let world = World::open().await;
    let caller = world.tenant().await;
    let job = caller.submit(&in_an_hour()).await;
    let both = until("both are scheduled, and the execution waits", 60, async || {
        let waits = world.job(&job).await.windows.iter().filter(|one| one.token.is_some()).count();
        let list = caller.get("/v1/publications").await.body["publications"].clone();
        let all = list.as_array()?.iter().all(|one| one["state"] == "scheduled");
        (waits == 2 && list.as_array()?.len() == 2 && all).then_some(list)
    })
    .await;
    assert_eq!(world.count(&job, "publication.started").await, 0, "{both}");
    let of = |target: &str| format!("/v1/publications/{job}.announce~{target}");
    let canceled = caller.post(&format!("{}/cancel", of("feed")), &json!({})).await;
    assert_eq!((canceled.status, &canceled.body["state"]), (200, &json!("canceled")));
    until("the canceled one is skipped while the other still waits", 30, async || {
        let view = world.job(&job).await;
        let skipped = view.step("announce~feed").state == StepState::Skipped;
        let waits = view.step("announce~s3").state == StepState::Waiting;
        (skipped && waits).then_some(())
    })
    .await;
    let soon = clock::now().plus_s(6);
    let at = json!({ "at": soon.rfc3339() });
    let moved = caller.post(&format!("{}/reschedule", of("s3")), &at).await;
    assert_eq!(moved.status, 200, "{moved:?}");
    let view = world.ends(&job, JobState::Succeeded, 60).await;
    let [posting] = view.postings.as_slice() else { panic!("{:?}", view.postings) };
    assert!(posting.step == "announce~s3" && soon <= posting.started_at, "{posting:?}");
    assert_eq!(world.count(&job, "publication.started").await, 1);
    assert_eq!(world.count(&job, "publication.done").await, 1);
    let late = caller.post(&format!("{}/reschedule", of("s3")), &at).await;
    assert_eq!((late.status, &late.body["type"]), (409, &json!("/v1/errors/not-scheduled")));
}
