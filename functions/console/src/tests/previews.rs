//! What each target will get is seen before it does: with the job, and by those who decide on it.

use super::{Desk, Seat};
use crate::person::Role;
use domain::fakes::{NOW, posting, posts_job};
use domain::id::{JobId, PersonId, ReviewId};
use domain::record::{AssetRecord, JobRecord, PostingRecord, PublicationState};
use domain::review::{Edited, HumanEdit, ReviewRecord, Rules};
use domain::store::Write;
use domain::view::JobView;
use serde_json::json;

/// A job of `acme` that will say something at Bluesky, on X and in a blog, once it may.
fn about_to_publish() -> (Desk, Seat, JobView) {
    let desk = Desk::new();
    let targets = [("bluesky", "brand"), ("x", "brand"), ("wordpress", "blog")];
    let mut view = posts_job(JobId::new(NOW, [7; 10]), &targets);
    view.steps.retain(|name, _| view.pipeline.step(name).is_some());
    for asset in view.assets.values_mut() {
        (asset.width, asset.height) = (Some(4000), Some(1000));
    }
    desk.world.plant_job(&view);
    let seat = desk.seat("acme", &[Role::Reviewer]);
    (desk, seat, view)
}

#[tokio::test]
async fn a_job_that_waits_shows_what_each_target_will_get() {
    let (desk, seat, view) = about_to_publish();
    let place = format!("jobs/{}", view.job.id);
    let page = desk.get(&seat, &place).await.body;
    for told in [
        "What each target will get",
        "Bluesky<span class=\"quiet\"> as brand</span>",
        "WordPress<span class=\"quiet\"> as blog</span>",
        "All of it.\n\nMade with AI.",
        "of 300 characters",
        "of 280 characters",
        "Of a fox",
        "Alt: A fox",
        "yes, by the flag that X has",
        "<b>Picture 1</b> is made ",
        "class=\"crop\"",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    // What is there is not announced any more; nor is anything of a job that is over.
    let step = "publish~bluesky";
    let done = posting(step, "bluesky", PublicationState::Done);
    desk.world.table.plant(Write::put(PostingRecord::key(&view.job.id, step), &done).unwrap());
    let page = desk.get(&seat, &place).await.body;
    assert!(!page.contains("of 300 characters") && page.contains("of 280 characters"), "{page}");
    // It is among what went out instead, with its target's page.
    assert!(page.contains("https://bluesky.test/7"), "{page}");
    assert!(page.contains("/console/publications/targets/bluesky"), "{page}");
    let over = JobRecord { state: domain::state::JobState::Canceled, ..view.job.clone() };
    desk.world.table.plant(Write::put(JobRecord::key(&over.id), &over).unwrap());
    let page = desk.get(&seat, &place).await.body;
    assert!(!page.contains("What each target will get"), "{page}");
}

#[tokio::test]
async fn who_decides_sees_it_with_what_was_changed_by_hand() {
    let (desk, seat, view) = about_to_publish();
    let picture: &AssetRecord =
        view.assets.values().find(|asset| asset.step == "generate").unwrap();
    let id = ReviewId::new(&view.job.id, "good", 1);
    let change = HumanEdit {
        by: PersonId::parse("mia@example.com").unwrap(),
        at: NOW,
        replaced: None,
        alt: Some("A fox at dawn".into()),
        caption: None,
        focal: None,
    };
    let edited = Edited { subject: picture.id.clone(), replacement: None, change };
    let review = json!({
        "id": id, "tenant": "acme", "pipeline": "announce", "run": 1, "wave": 1, "state": "open", "version": 1,
        "subjects": [{ "asset": picture.id, "sha256": picture.sha256 }], "rules": Rules::default(),
        "verdict": { "verdict": "review" }, "reviewers": 1, "opened_at": NOW, "expires_at": NOW.plus_s(600),
        "edited": edited, "tenant_jobs": "acme#reviews", "sk_job": format!("{:013}#{id}", NOW.0),
    });
    desk.world.table.plant(Write::put(ReviewRecord::key(&id), &review).unwrap());
    let page = desk.get(&seat, &format!("reviews/{id}")).await.body;
    assert!(page.contains("What each target will get"), "{page}");
    assert!(page.contains("Alt: A fox at dawn"), "{page}");
}
