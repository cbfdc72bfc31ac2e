//! The page of publications: where things went, what they count, and taking them back.

use super::{Desk, Seat};
use crate::person::Role;
use domain::fakes::{NOW, posting, posts_job};
use domain::id::{JobId, TenantId};
use domain::ports::Table;
use domain::publish::{CountsRecord, line};
use domain::record::{AssetRecord, Gone, JobRecord, PostingRecord, PublicationState, StepRecord};
use domain::state::{JobState, StepState};
use domain::store::{Write, from_item};
use domain::takedown::{Block, Place, PlaceState, Takedown};
use serde_json::json;

/// A job of `acme` that said something at Bluesky, which counts, and was refused by a blog.
async fn published() -> (Desk, JobId, AssetRecord) {
    let desk = Desk::new();
    let targets = [("bluesky", "brand"), ("wordpress", "brand")];
    let mut view = posts_job(JobId::new(NOW, [7; 10]), &targets);
    view.job.state = JobState::Succeeded;
    view.job.degraded = vec![domain::record::Degraded {
        step: "publish~wordpress".into(),
        reason: "403: no such account".into(),
    }];
    for (step, state) in [("bluesky", StepState::Succeeded), ("wordpress", StepState::Skipped)] {
        let name = format!("publish~{step}");
        view.steps.insert(name.clone(), StepRecord { state, ..StepRecord::pending(&name, 1) });
    }
    view.steps.retain(|name, _| view.pipeline.step(name).is_some());
    desk.world.plant_job(&view);
    for entry in domain::label::entries(&view.job).unwrap() {
        desk.world.table.plant(entry);
    }
    let job = view.job.id.clone();
    let picture = view.assets.values().find(|asset| asset.step == "generate").unwrap().clone();
    let table = &desk.world.table;
    for (target, state) in
        [("bluesky", PublicationState::Done), ("wordpress", PublicationState::Failed)]
    {
        let step = format!("publish~{target}");
        let (asset, sha256) = (picture.id.clone(), picture.sha256.clone());
        let media = vec![Gone { asset, sha256, sent: None }];
        let posting = PostingRecord { media, ..posting(&step, target, state) };
        table.plant(Write::put(PostingRecord::key(&job, &step), &posting).unwrap());
        table.plant(line(&view, &step, (target, Some("brand")), NOW).unwrap());
    }
    let step = "publish~bluesky";
    let counts = CountsRecord::fresh(step, "bluesky", NOW).unwrap();
    let counts = counts.told([("likes".to_owned(), 12)].into(), NOW.plus_s(3600));
    table.plant(Write::put(CountsRecord::key(&job, step), &counts).unwrap());
    (desk, job, picture)
}

async fn retry(desk: &Desk, seat: &Seat, publication: &str, run: &str) -> (u16, String) {
    let form = [("run", run), ("back", "publications?state=failed")];
    let answer = desk.post(seat, &format!("publications/{publication}/retry"), &form).await;
    let place = answer.headers.get("location").cloned();
    (answer.status, place.unwrap_or(answer.body))
}

fn record(desk: &Desk, job: &JobId) -> JobRecord {
    from_item(&desk.world.table.peek(&JobRecord::key(job)).unwrap()).unwrap()
}

#[tokio::test]
async fn each_target_is_shown_with_its_state_its_address_and_what_it_counts() {
    let (desk, job, _) = published().await;
    let page = desk.get(&desk.seat("acme", &[Role::Reviewer]), "publications").await;
    assert_eq!(page.status, 200);
    for told in ["https://bluesky.test/7", "12 likes", "403: no such account", "campaign=spring"] {
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
        (body.contains("https://bluesky.test/7"), body.contains("403: no such account"))
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
    // Publish is asked at once, and whoever looks sees each place as it comes.
    assert_eq!(desk.world.publisher.asked(), [json!({ "takedown": all[0].id, "tenant": "acme" })]);
    let page = desk.get(&editor, "publications").await.body;
    assert!(page.contains("shows a person who did not agree"), "{page}");
    assert!(page.contains("Take down") && page.contains("data-poll=\"2\""), "{page}");
    let place = |target: &str, state| Place {
        job: picture.id.job(),
        step: format!("publish~{target}"),
        asset: None,
        target: target.into(),
        connection: None,
        location: Some(format!("https://{target}.test/7")),
        state,
        detail: None,
        tries: 1,
        at: NOW,
    };
    let places = vec![place("bluesky", PlaceState::Gone), place("x", PlaceState::Waiting)];
    let told = all[0].left(places, 1, NOW).instead_of(Some(&all[0])).unwrap();
    desk.world.table.write(vec![told]).await.unwrap();
    let page = desk.get(&editor, "publications").await.body;
    assert!(
        page.contains("1 of 2 places are clear") && page.contains("https://x.test/7"),
        "{page}"
    );
}

#[tokio::test]
async fn a_take_down_that_publish_does_not_hear_of_is_on_record_all_the_same() {
    use domain::fakes::Fault;
    let editor = |desk: &Desk| desk.seat("acme", &[Role::Editor]);
    let given = [("reason", "a likeness")];
    let (clean, _, picture) = published().await;
    let place = format!("assets/{}/takedown", picture.id);
    clean.world.faults.clear();
    assert_eq!(clean.post(&editor(&clean), &place, &given).await.status, 303);
    let last = clean.world.faults.calls() - 1;
    for fault in [Fault::Refused, Fault::Lost] {
        // It is among the last: after it only addresses of pictures are signed.
        for nth in last - 3..=last {
            let (desk, ..) = published().await;
            desk.world.faults.plan(nth, fault);
            desk.post(&editor(&desk), &place, &given).await;
            desk.world.faults.clear();
            assert_eq!(desk.post(&editor(&desk), &place, &given).await.status, 303);
            let acme = TenantId::parse("acme").unwrap();
            assert_eq!(Takedown::all(&desk.world.table, &acme).await.unwrap().len(), 1);
            assert!(!desk.world.publisher.asked().is_empty());
        }
    }
}

#[tokio::test]
async fn one_target_is_tried_again_by_itself_once_for_each_run_that_was_seen() {
    let (desk, job, _) = published().await;
    let [editor, reviewer] = [Role::Editor, Role::Reviewer].map(|role| desk.seat("acme", &[role]));
    let id = format!("{job}.publish~wordpress");
    let page = desk.get(&editor, "publications?state=failed").await.body;
    let form = format!("action=\"/console/publications/{id}/retry\"");
    assert!(page.contains(&form) && page.contains("Retry wordpress alone"), "{page}");
    assert_eq!(retry(&desk, &reviewer, &id, "1").await.0, 403);
    assert_eq!(retry(&desk, &desk.seat("beta", &Role::ALL), &id, "1").await.0, 404);
    assert_eq!(retry(&desk, &editor, &format!("{job}.generate"), "1").await.0, 404);
    assert_eq!(retry(&desk, &editor, &id, "").await.0, 400);
    let there = retry(&desk, &editor, &format!("{job}.publish~bluesky"), "1").await;
    let why = "is there already: there is nothing to retry.";
    assert!(there.0 == 409 && there.1.contains(why), "{there:?}");
    for _ in 0..2 {
        let (status, to) = retry(&desk, &editor, &id, "1").await;
        assert_eq!((status, to), (303, format!("/console/publications?state=failed#{id}")));
        let now = record(&desk, &job);
        assert_eq!((now.run, now.state), (2, JobState::Accepted));
        assert_eq!(now.only.as_deref(), Some("publish~wordpress"));
    }
    // Its row says so, and the page looks again soon.
    let page = desk.get(&editor, "publications?target=wordpress").await.body;
    assert!(page.contains("tried again") && page.contains("before: 403"), "{page}");
    assert!(page.contains("data-poll=\"2\"") && !page.contains(&form), "{page}");
    // A form of a run that is over starts nothing.
    let running = Write::set(JobRecord::key(&job), json!({ "state": "failed", "run": 3 }));
    desk.world.table.write(vec![running]).await.unwrap();
    assert_eq!(retry(&desk, &editor, &id, "1").await.0, 303);
    assert_eq!(record(&desk, &job).run, 3);
}

#[tokio::test]
async fn a_target_and_a_label_have_a_page_with_what_they_come_to() {
    let (desk, job, _) = published().await;
    let seat = desk.seat("acme", &[Role::Editor]);
    let page = desk.get(&seat, "publications").await.body;
    let label = "publications/labels?label=campaign%3Dspring";
    for place in ["publications/targets/bluesky", label] {
        assert!(page.contains(&format!("href=\"/console/{place}\"")), "{place}: {page}");
    }
    let page = desk.get(&seat, "publications/targets/bluesky").await.body;
    for told in [
        "<h1>Bluesky</h1>",
        "One publication.",
        "<b>12</b><span>likes</span>",
        "Posts by day",
        "2023-11-14: 1",
        "Best, by likes",
        "https://bluesky.test/7",
        "campaign=spring",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("wordpress") && !page.contains("Not there</h2>"), "{page}");
    let page = desk.get(&seat, "publications/targets/wordpress").await.body;
    let retry = format!("/console/publications/{job}.publish~wordpress/retry");
    for told in ["<b>1</b><span>failed</span>", "403: no such account", &retry] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let page = desk.get(&seat, label).await.body;
    for told in ["<h1>campaign=spring</h1>", "All 2 publications.", "targets/wordpress", "12"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    // Who only looks is offered nothing.
    let reviewer = desk.seat("acme", &[Role::Reviewer]);
    let page = desk.get(&reviewer, "publications/targets/wordpress").await.body;
    assert!(page.contains("403: no such account") && !page.contains("/retry"), "{page}");
}

#[tokio::test]
async fn a_page_of_a_target_or_label_that_is_not_there_is_not_there() {
    let (desk, ..) = published().await;
    let seat = desk.seat("acme", &[Role::Editor]);
    let wrong =
        ["targets/myspace", "labels?label=campaign%3Dautumn", "labels", "labels?label=A%3D1"];
    for place in wrong {
        assert_eq!(desk.get(&seat, &format!("publications/{place}")).await.status, 404, "{place}");
    }
    let other = desk.seat("beta", &Role::ALL);
    let page = desk.get(&other, "publications/targets/bluesky").await;
    assert!(page.status == 200 && page.body.contains("Nothing went there yet."), "{}", page.body);
    let page = desk.get(&other, "publications/labels?label=campaign%3Dspring").await;
    assert_eq!(page.status, 404);
}

#[tokio::test]
async fn a_page_of_a_busy_target_says_that_it_shows_only_the_newest() {
    let (desk, job, _) = published().await;
    let table = &desk.world.table;
    let view = domain::view::JobView::expect(table, &job).await.unwrap();
    for nth in 0..130_u32 {
        let step = format!("again{nth:03}");
        let state = PublicationState::Done;
        let at = NOW.plus_s(nth);
        let posted = PostingRecord { location: None, ..posting(&step, "x", state) };
        table.plant(Write::put(PostingRecord::key(&job, &step), &posted).unwrap());
        table.plant(line(&view, &step, ("x", None), at).unwrap());
    }
    let seat = desk.seat("acme", &[Role::Editor]);
    let page = desk.get(&seat, "publications/targets/x").await.body;
    let told = "The newest 100, since 2023-11-14: older ones are not counted here.";
    assert!(page.contains(told) && page.contains("<b>100</b><span>there</span>"), "{page}");
    // The rest of a page is found from where the first one ended.
    let page = desk.get(&seat, "publications?target=x").await.body;
    assert!(page.contains("Older publications"), "{page}");
}

#[tokio::test]
async fn a_long_history_is_drawn_in_weeks() {
    let (desk, job, _) = published().await;
    let table = &desk.world.table;
    let view = domain::view::JobView::expect(table, &job).await.unwrap();
    for days in [0, 200] {
        let step = format!("say{days}");
        let state = PublicationState::Done;
        table.plant(
            Write::put(PostingRecord::key(&job, &step), &posting(&step, "x", state)).unwrap(),
        );
        let at = domain::Time(NOW.0 - days * 86_400_000);
        table.plant(line(&view, &step, ("x", None), at).unwrap());
    }
    let seat = desk.seat("acme", &[Role::Editor]);
    let page = desk.get(&seat, "publications/targets/x").await.body;
    assert!(page.contains("Posts by week"), "{page}");
    // The first and the last bar; what lies between them is there, and empty.
    let drawn = page.matches("<title>7 days from").count();
    assert_eq!((drawn, page.matches(": 1</title>").count()), (29, 2), "{page}");
}
