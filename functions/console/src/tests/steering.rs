//! Jobs are canceled and tried again from their pages; pages that look by themselves keep nobody signed in.

use super::pages::HERO;
use super::{Desk, Seat, With, get};
use crate::person::Role;
use crate::session::IDLE_S;
use domain::fakes::NOW;
use domain::id::JobId;
use domain::record::JobRecord;
use domain::state::JobState;
use domain::store::{Write, from_item};
use serde_json::{Value, json};

async fn under_way() -> (Desk, JobId) {
    let desk = Desk::new();
    let job = desk.world.job(1, HERO, json!({ "prompt": "a red kite" })).await;
    (desk, job)
}

fn record(desk: &Desk, job: &JobId) -> JobRecord {
    from_item(&desk.world.table.peek(&JobRecord::key(job)).unwrap()).unwrap()
}

fn alter(desk: &Desk, job: &JobId, fields: Value) {
    let mut item = desk.world.table.peek(&JobRecord::key(job)).unwrap();
    item.extend(fields.as_object().unwrap().clone());
    desk.world.table.plant(Write::put(JobRecord::key(job), &item).unwrap());
}

async fn act(desk: &Desk, seat: &Seat, job: &JobId, act: &str, run: &str) -> (u16, String) {
    let answer = desk.post(seat, &format!("jobs/{job}/{act}"), &[("run", run)]).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn editors_and_operators_cancel_a_job_once_however_often_they_click() {
    let (desk, job) = under_way().await;
    let editor = desk.seat("acme", &[Role::Editor]);
    let reviewer = desk.seat("acme", &[Role::Reviewer]);
    let page = format!("jobs/{job}");
    assert!(!desk.get(&reviewer, &page).await.body.contains("/cancel"));
    assert_eq!(act(&desk, &reviewer, &job, "cancel", "1").await.0, 403);
    assert_eq!(act(&desk, &desk.seat("beta", &Role::ALL), &job, "cancel", "1").await.0, 404);
    assert_eq!(act(&desk, &editor, &job, "cancel", "").await.0, 400);
    assert!(record(&desk, &job).state.open());
    assert!(desk.get(&editor, &page).await.body.contains(&format!("/console/{page}/cancel")));
    for _ in 0..2 {
        assert_eq!(act(&desk, &editor, &job, "cancel", "1").await.0, 303);
        assert_eq!(record(&desk, &job).state, JobState::Canceling);
    }
    let after = desk.get(&editor, &page).await.body;
    assert!(!after.contains("/cancel") && !after.contains("/retry"), "{after}");
    // A form of a week ago, about a run that is long over.
    alter(&desk, &job, json!({ "state": "running", "run": 2 }));
    assert_eq!(act(&desk, &editor, &job, "cancel", "1").await.0, 303);
    assert_eq!(record(&desk, &job).state, JobState::Running);
}

#[tokio::test]
async fn a_job_is_tried_again_once_for_each_run_that_was_seen() {
    let (desk, job) = under_way().await;
    let operator = desk.seat("acme", &[Role::Operator]);
    assert_eq!(act(&desk, &operator, &job, "retry", "1").await.0, 409, "it runs");
    alter(&desk, &job, json!({ "state": "failed", "ended_at": NOW, "reason": "no" }));
    let page = desk.get(&operator, &format!("jobs/{job}")).await.body;
    assert!(page.contains("/retry\"") && page.contains("name=\"run\" value=\"1\""), "{page}");
    assert_eq!(act(&desk, &desk.seat("acme", &[Role::Reviewer]), &job, "retry", "1").await.0, 403);
    for _ in 0..2 {
        assert_eq!(act(&desk, &operator, &job, "retry", "1").await.0, 303);
        let now = record(&desk, &job);
        assert_eq!((now.run, now.state), (2, JobState::Accepted));
    }
    assert!(desk.world.flow.listing().contains(&job.execution(2)), "{}", desk.world.flow.listing());
    alter(&desk, &job, json!({ "state": "failed", "ended_at": NOW }));
    assert_eq!(act(&desk, &operator, &job, "retry", "1").await.0, 303);
    assert_eq!(record(&desk, &job).run, 2, "an old page starts nothing");
    alter(&desk, &job, json!({ "state": "succeeded" }));
    let (status, body) = act(&desk, &operator, &job, "retry", "2").await;
    assert!(status == 409 && body.contains("succeeded: there is nothing to retry."), "{body}");
}

#[tokio::test]
async fn a_page_that_looks_by_itself_keeps_nobody_signed_in() {
    let desk = Desk::new();
    let seat = desk.seat("acme", &[Role::Reviewer]);
    let later = NOW.plus_s(IDLE_S * 3 / 4);
    let look = || get("reviews").with("cookie", &seat.cookie);
    let page = desk.send_at(look(), later).await;
    assert!(page.body.contains("data-poll=\"5\"") && page.cookies.len() == 1, "{}", page.body);
    let by_itself = desk.send_at(look().with("x-unattended", "1"), later).await;
    assert_eq!((by_itself.status, by_itself.cookies.len()), (200, 0));
}
