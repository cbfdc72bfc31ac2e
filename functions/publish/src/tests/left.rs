//! What a call left open that never came back is looked up once its job is over, and nothing is sent for it.

use super::posted::{Place, job, place};
use super::*;
use crate::Asked as Input;
use domain::publish::{CountsRecord, LEFT_S, Told, Went};
use domain::record::{JobRecord, PostingRecord, PublicationState};
use domain::state::JobState;
use domain::store::Write;
use domain::time::Time;

const STEP: &str = "publish~bluesky";
const DAY: u32 = 24 * 3600;

async fn ends(place: &Place, job: &JobView, end: JobState) {
    let (job, reason) = (job.job.id.clone(), None);
    let end = domain::job::End { job, run: 1, end, event: 0, reason };
    domain::job::settle(&place.world.table, &end, NOW).await.unwrap();
}

async fn posting(world: &World, job: &JobView) -> PostingRecord {
    let all = view(world, job).await.postings;
    all.into_iter().find(|posting| posting.step == STEP).unwrap()
}

/// A post that may be at its target, and whoever sent it died.
async fn left(job: &JobView, there: bool) -> Place {
    let place = place(job);
    if !there {
        place.bluesky.says(Some(Told::unknown("no answer within 10s")));
    }
    let _ = place.call(job).await;
    place.bluesky.says(None);
    let old = posting(&place.world, job).await;
    let open = PostingRecord {
        state: PublicationState::Unknown,
        location: None,
        remote: None,
        due_pk: Some(domain::takedown::PUBLISHED.into()),
        due_at: Some(NOW.plus_s(LEFT_S)),
        ..old
    };
    let key = PostingRecord::key(&job.job.id, STEP);
    place.world.table.plant(Write::put(key, &open).unwrap());
    place
}

async fn looked_at(place: &Place, now: Time) -> Result<Value> {
    place.asked_at(Input::Due { due: true }, now).await
}

#[tokio::test]
async fn what_is_there_is_found_and_what_is_not_is_told_so() {
    let job = job();
    for (there, state, posts) in
        [(true, PublicationState::Done, 1), (false, PublicationState::Failed, 0)]
    {
        let place = left(&job, there).await;
        ends(&place, &job, JobState::Failed).await;
        looked_at(&place, NOW.plus_s(LEFT_S - 1)).await.unwrap();
        assert_eq!(posting(&place.world, &job).await.state, PublicationState::Unknown);
        for _ in 0..2 {
            looked_at(&place, NOW.plus_s(LEFT_S)).await.unwrap();
        }
        let found = posting(&place.world, &job).await;
        assert_eq!((found.state, found.due_at, place.bluesky.posts().len()), (state, None, posts));
        assert_eq!(found.location.is_some(), there);
        let why = "whoever published it died before it was there, and its job is over";
        assert_eq!(found.error.as_deref(), (!there).then_some(why));
        let counts = CountsRecord::read(&place.world.table, &job.job.id, STEP).await.unwrap();
        assert_eq!(counts.is_some(), there);
        let last = events(&place.world, &job).await.pop().unwrap();
        let kind = if there { "publication.done" } else { "publication.failed" };
        assert_eq!((last.kind.as_str(), last.step.as_deref()), (kind, Some(STEP)));
    }
}

#[tokio::test]
async fn what_is_under_way_is_left_to_whoever_is_at_it() {
    let job = job();
    let place = left(&job, true).await;
    let running = JobRecord { state: JobState::Running, ..job.job.clone() };
    place.world.table.plant(Write::put(JobRecord::key(&job.job.id), &running).unwrap());
    let now = NOW.plus_s(LEFT_S);
    looked_at(&place, now).await.unwrap();
    let still = posting(&place.world, &job).await;
    assert_eq!((still.state, still.due_at), (PublicationState::Unknown, Some(now.plus_s(LEFT_S))));
}

#[tokio::test]
async fn what_nobody_can_tell_is_asked_for_a_day_and_stays_unknown() {
    let job = job();
    let place = left(&job, true).await;
    ends(&place, &job, JobState::Failed).await;
    for told in [Told::unknown("no answer within 10s"), Told::new(Went::Working)] {
        place.bluesky.says(Some(told));
        let due = posting(&place.world, &job).await.due_at.unwrap();
        looked_at(&place, due).await.unwrap();
        let asked = posting(&place.world, &job).await;
        assert_eq!(
            (asked.state, asked.due_at),
            (PublicationState::Unknown, Some(due.plus_s(LEFT_S)))
        );
    }
    looked_at(&place, NOW.plus_s(DAY + LEFT_S)).await.unwrap();
    let last = posting(&place.world, &job).await;
    assert_eq!((last.state, last.due_at), (PublicationState::Unknown, None));
    assert_eq!(last.error.as_deref(), Some("the target still works on it"));
}

#[tokio::test]
async fn whatever_fails_while_it_is_looked_up_it_is_known_once() {
    let job = job();
    for there in [true, false] {
        let prepare = async || {
            let place = left(&job, there).await;
            ends(&place, &job, JobState::Failed).await;
            place
        };
        let clean = prepare().await;
        looked_at(&clean, NOW.plus_s(LEFT_S)).await.unwrap();
        for nth in 0..12 {
            for fault in [domain::fakes::Fault::Refused, domain::fakes::Fault::Lost] {
                let place = prepare().await;
                place.world.faults.plan(nth, fault);
                let _ = looked_at(&place, NOW.plus_s(LEFT_S)).await;
                place.world.faults.clear();
                for again in [1, 2] {
                    looked_at(&place, NOW.plus_s(again * LEFT_S)).await.unwrap();
                }
                let (world, clean) = (&place.world, &clean.world);
                assert_eq!(posting(world, &job).await.state, posting(clean, &job).await.state);
                assert_eq!(kinds(world, &job).await, kinds(clean, &job).await, "{nth} {fault:?}");
            }
        }
    }
}
