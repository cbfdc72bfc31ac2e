//! The calendar shows what waits for its window, and moves it until it opens.

use super::pages::HERO;
use super::{Desk, Seat};
use crate::person::Role;
use domain::fakes::NOW;
use domain::id::{JobId, TenantId};
use domain::publish::window::{Usual, WindowRecord, WindowState};
use domain::store::{Write, from_item};
use domain::tenant::TenantRecord;
use domain::time::Time;
use serde_json::json;

/// A job with a window tomorrow, of a tenant in Berlin.
async fn scheduled() -> (Desk, JobId) {
    let desk = Desk::new();
    let job = desk.world.job(1, HERO, json!({ "prompt": "a red kite" })).await;
    let acme = TenantId::parse("acme").unwrap();
    let publishes = Usual { zone: Some("Europe/Berlin".into()), hours: None };
    let tenant = TenantRecord { publishes, ..TenantRecord::new(acme.clone(), "standard", NOW) };
    desk.world.table.plant(Write::put(TenantRecord::key(&acme), &tenant).unwrap());
    let window = WindowRecord {
        job: job.clone(),
        step: "publish".into(),
        tenant_jobs: WindowRecord::index(&acme),
        tenant: acme,
        pipeline: "hero-image".into(),
        target: "bluesky".into(),
        connection: Some("brand".into()),
        run: 1,
        round: 1,
        wave: 3,
        state: WindowState::Scheduled,
        version: 1,
        opens_at: NOW,
        not_before: Some(NOW),
        spacing_s: 0,
        by: None,
        token: None,
        due_pk: None,
        due_at: None,
        sk_job: String::new(),
    };
    let window = window.opening(NOW.plus_s(86_400), NOW);
    desk.world.table.plant(Write::put(WindowRecord::key(&job, "publish"), &window).unwrap());
    (desk, job)
}

fn window(desk: &Desk, job: &JobId) -> WindowRecord {
    from_item(&desk.world.table.peek(&WindowRecord::key(job, "publish")).unwrap()).unwrap()
}

fn day(at: Time) -> String {
    at.rfc3339()[..10].to_owned()
}

async fn act(desk: &Desk, seat: &Seat, job: &JobId, what: &str, at: &str) -> (u16, String) {
    let form = [("at", at), ("back", "calendar?view=month")];
    let answer = desk.post(seat, &format!("calendar/{job}.publish/{what}"), &form).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn what_waits_is_shown_in_its_day_and_editors_can_move_it() {
    let (desk, job) = scheduled().await;
    let [editor, reviewer] = [Role::Editor, Role::Reviewer].map(|role| desk.seat("acme", &[role]));
    let from = day(NOW.plus_s(86_400));
    for view in ["week", "month"] {
        let page = desk.get(&editor, &format!("calendar?view={view}&from={from}")).await.body;
        assert!(page.contains("bluesky as brand") && page.contains("draggable=\"true\""), "{page}");
        assert!(page.contains("Days and times of Europe/Berlin"), "{page}");
    }
    let page = desk.get(&reviewer, &format!("calendar?from={from}")).await.body;
    assert!(page.contains("bluesky as brand") && !page.contains("draggable"), "{page}");
    let other = desk.get(&desk.seat("beta", &Role::ALL), &format!("calendar?from={from}")).await;
    assert!(!other.body.contains("bluesky as brand"));
    assert_eq!(desk.get(&editor, "calendar?from=soon").await.status, 404);
    assert_eq!(desk.get(&editor, &format!("calendar/{job}.publish")).await.status, 200);
    assert_eq!(desk.get(&editor, &format!("calendar/{job}.other")).await.status, 404);
}

#[tokio::test]
async fn a_publication_is_moved_by_the_clock_of_its_tenant_and_canceled_until_it_opens() {
    let (desk, job) = scheduled().await;
    let editor = desk.seat("acme", &[Role::Editor]);
    let at = format!("{}T09:30", day(NOW.plus_s(2 * 86_400)));
    assert_eq!(act(&desk, &desk.seat("acme", &[Role::Reviewer]), &job, "move", &at).await.0, 403);
    assert_eq!(act(&desk, &desk.seat("beta", &Role::ALL), &job, "move", &at).await.0, 404);
    assert_eq!(act(&desk, &editor, &job, "move", "soon").await.0, 400);
    for _ in 0..2 {
        assert_eq!(act(&desk, &editor, &job, "move", &at).await.0, 303);
    }
    let moved = window(&desk, &job);
    let berlin = domain::publish::window::zone("Europe/Berlin").unwrap();
    assert_eq!(Some(moved.opens_at), domain::publish::window::read_time(&at, &berlin));
    assert_eq!((moved.version, moved.by.as_deref()), (2, Some("mia@example.com")));
    let (status, body) = act(&desk, &editor, &job, "move", "2020-01-01T09:00").await;
    assert!(status == 409 && body.contains("Nothing of it may be published before"), "{body}");
    assert_eq!(act(&desk, &editor, &job, "cancel", "").await.0, 303);
    assert_eq!(window(&desk, &job).state, WindowState::Canceled);
    let (status, body) = act(&desk, &editor, &job, "move", &at).await;
    assert!(status == 409 && body.contains("Its window is canceled"), "{body}");
}
