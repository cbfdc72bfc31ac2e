//! What targets count: read when it is due, once each, and no trouble where it fails.

use super::posted::{job, place};
use super::*;
use crate::Asked as Input;
use domain::fakes::Fault;
use domain::publish::{CountsRecord, Told};

const STEP: &str = "publish~bluesky";

async fn counts(world: &World, view: &JobView) -> CountsRecord {
    CountsRecord::read(&world.table, &view.job.id, STEP).await.unwrap().unwrap()
}

#[tokio::test]
async fn figures_are_read_when_they_are_due_and_stored_once() {
    let job = job();
    let place = place(&job);
    place.call(&job).await.unwrap();
    // Only of what tells any.
    let blog = CountsRecord::read(&place.world.table, &job.job.id, "publish~wordpress").await;
    assert_eq!(blog.unwrap(), None);
    for (after, readings) in [(0, 0), (3599, 0), (3600, 1), (3700, 1), (90_000, 2), (700_000, 3)] {
        place.asked_at(Input::Due { due: true }, NOW.plus_s(after)).await.unwrap();
        assert_eq!(counts(&place.world, &job).await.readings.len(), readings, "{after}");
    }
    let all = counts(&place.world, &job).await;
    assert_eq!((all.readings[2].counts["likes"], all.due_at), (7, None));
    place.world.faults.clear();
    place.asked_at(Input::Due { due: true }, NOW.plus_s(900_000)).await.unwrap();
    assert_eq!(place.world.faults.calls(), 1, "one read where nothing is due");
}

#[tokio::test]
async fn a_target_that_says_nothing_is_asked_again_and_keeps_nobody_waiting() {
    let job = job();
    let place = place(&job);
    place.call(&job).await.unwrap();
    place.bluesky.says(Some(Told::unknown("no answer within 10s")));
    place.asked_at(Input::Due { due: true }, NOW.plus_s(3600)).await.unwrap();
    let failed = counts(&place.world, &job).await;
    assert_eq!(failed.error.as_deref(), Some("no answer within 10s"));
    assert_eq!(failed.due_at, Some(NOW.plus_s(3900)));
    place.bluesky.says(None);
    place.asked_at(Input::Due { due: true }, NOW.plus_s(3900)).await.unwrap();
    let read = counts(&place.world, &job).await;
    assert_eq!((read.readings[0].after.as_str(), read.error), ("1h", None));
}

#[tokio::test]
async fn whatever_fails_each_reading_is_there_once() {
    let job = job();
    for nth in 0..12 {
        for fault in [Fault::Refused, Fault::Lost] {
            let place = place(&job);
            place.call(&job).await.unwrap();
            place.world.faults.plan(nth, fault);
            let _ = place.asked_at(Input::Due { due: true }, NOW.plus_s(3600)).await;
            place.world.faults.clear();
            place.asked_at(Input::Due { due: true }, NOW.plus_s(4000)).await.unwrap();
            let readings = counts(&place.world, &job).await.readings;
            assert_eq!(readings.len(), 1, "call {nth} {fault:?}");
        }
    }
}

#[tokio::test]
async fn what_was_taken_down_is_counted_no_more() {
    let job = job();
    let place = place(&job);
    place.call(&job).await.unwrap();
    let mut view = JobView::expect(&place.world.table, &job.job.id).await.unwrap();
    let posting = &mut view.postings[0];
    let reason = "a likeness".to_owned();
    posting.taken_down = Some(domain::record::Tombstone { at: NOW, reason });
    let key = domain::record::PostingRecord::key(&job.job.id, STEP);
    place.world.table.plant(domain::store::Write::put(key, posting).unwrap());
    place.asked_at(Input::Due { due: true }, NOW.plus_s(3600)).await.unwrap();
    assert_eq!(counts(&place.world, &job).await.due_at, None);
}
