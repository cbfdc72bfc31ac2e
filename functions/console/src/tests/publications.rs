//! The page of publications: where things went, what they count, and taking them back.

use super::Desk;
use super::pages::{HERO, asset};
use crate::person::Role;
use domain::fakes::NOW;
use domain::id::{JobId, TenantId};
use domain::publish::{CountsRecord, line};
use domain::record::{AssetRecord, Gone, JobRecord, PostingRecord, PublicationState};
use domain::store::Write;
use domain::takedown::{Block, Takedown};
use domain::view::JobView;
use serde_json::{Value, json};

/// A job of `acme` that said something at Bluesky, which counts, and was refused by a blog.
async fn published() -> (Desk, JobId, AssetRecord) {
    let desk = Desk::new();
    let job = desk.world.job(1, HERO, json!({ "prompt": "a red kite" })).await;
    let table = &desk.world.table;
    let mut item = table.peek(&JobRecord::key(&job)).unwrap();
    let done = json!({ "state": "succeeded", "labels": { "campaign": "spring" } });
    item.extend(done.as_object().unwrap().clone());
    table.plant(Write::put(JobRecord::key(&job), &item).unwrap());
    let picture = asset(&job, "generate.1.image", None);
    table.plant(Write::put(AssetRecord::record_key(&picture.id), &picture).unwrap());
    let view = JobView::expect(table, &job).await.unwrap();
    for (step, target, state) in [
        ("say~bluesky", "bluesky", PublicationState::Done),
        ("say~wordpress", "wordpress", PublicationState::Failed),
    ] {
        let there = state == PublicationState::Done;
        let posting = PostingRecord {
            step: step.into(),
            target: target.into(),
            connection: Some("brand".into()),
            state,
            media: vec![Gone {
                asset: picture.id.clone(),
                sha256: picture.sha256.clone(),
                sent: None,
            }],
            progress: Value::Null,
            location: there.then(|| "https://bluesky.test/7".to_owned()),
            remote: there.then(|| "7".to_owned()),
            error: (!there).then(|| "403: no such <author>".to_owned()),
            changed: Vec::new(),
            disclosed: None,
            taken_down: None,
            tries: 1,
            rev: 3,
            busy_until: None,
            started_at: NOW,
            updated_at: NOW,
        };
        table.plant(Write::put(PostingRecord::key(&job, step), &posting).unwrap());
        table.plant(line(&view, step, (target, Some("brand")), NOW).unwrap());
    }
    let counts = CountsRecord::fresh("say~bluesky", "bluesky", NOW).unwrap();
    let counts = counts.told([("likes".to_owned(), 12)].into(), NOW.plus_s(3600));
    table.plant(Write::put(CountsRecord::key(&job, "say~bluesky"), &counts).unwrap());
    (desk, job, picture)
}

#[tokio::test]
async fn each_target_is_shown_with_its_state_its_address_and_what_it_counts() {
    let (desk, job, _) = published().await;
    let page = desk.get(&desk.seat("acme", &[Role::Reviewer]), "publications").await;
    assert_eq!(page.status, 200);
    for told in
        ["https://bluesky.test/7", "12 likes", "403: no such &lt;author&gt;", "campaign=spring"]
    {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    assert!(page.body.contains(&format!("/console/jobs/{job}")));
    // Who only looks is offered nothing.
    assert!(!page.body.contains("Take down"));
    let others = desk.get(&desk.seat("beta", &Role::ALL), "publications").await;
    assert!(!others.body.contains("bluesky.test"));
}

#[tokio::test]
async fn publications_are_found_by_target_label_and_state() {
    let (desk, _, _) = published().await;
    let seat = desk.seat("acme", &[Role::Editor]);
    let there = async |query: &str| {
        let body = desk.get(&seat, &format!("publications?{query}")).await.body;
        (body.contains("https://bluesky.test/7"), body.contains("403: no such"))
    };
    assert_eq!(there("").await, (true, true));
    assert_eq!(there("target=bluesky").await, (true, false));
    assert_eq!(there("state=failed").await, (false, true));
    assert_eq!(there("label=campaign%3Dspring").await, (true, true));
    assert_eq!(there("label=campaign%3Dautumn").await, (false, false));
}

#[tokio::test]
async fn editors_take_back_what_was_published_and_block_it() {
    let (desk, _, picture) = published().await;
    let editor = desk.seat("acme", &[Role::Editor]);
    let place = format!("assets/{}/takedown", picture.id);
    let reviewer = desk.seat("acme", &[Role::Reviewer]);
    let given = [("reason", "shows a person who did not agree")];
    assert_eq!(desk.post(&reviewer, &place, &given).await.status, 403);
    assert_eq!(desk.post(&desk.seat("beta", &Role::ALL), &place, &given).await.status, 404);
    assert_eq!(desk.post(&editor, &place, &[("reason", " ")]).await.status, 400);
    assert_eq!(desk.post(&editor, &place, &given).await.status, 303);
    let acme = TenantId::parse("acme").unwrap();
    let all = Takedown::all(&desk.world.table, &acme).await.unwrap();
    assert_eq!((all.len(), all[0].by.as_str()), (1, "mia@example.com"));
    assert!(desk.world.table.peek(&Block::key(&acme, &picture.sha256)).is_some());
    let page = desk.get(&editor, "publications").await.body;
    assert!(page.contains("shows a person who did not agree"), "{page}");
    assert!(page.contains("Take down"));
}
