//! Receivers of every manner: down, slow, broken, redirecting, gone; and when they are asked again.

use super::*;
use domain::notify::{Posted, TRIES_MOST};

async fn announced(posted: Posted) -> (World, String) {
    let (world, job) = ended(Some(&["job.*"]), None).await;
    world.receivers.answer(OURS, posted);
    announce(&notifying(&world), &log(&world, &job), NOW).await.unwrap();
    (world, DeliveryRecord::id_of(&job, 2))
}

/// The first try.
async fn tried(posted: Posted) -> (World, DeliveryRecord) {
    let (world, id) = announced(posted).await;
    let (message, _) = world.notices.take().remove(0);
    let errand = serde_json::from_value(message).unwrap();
    deliver(&notifying(&world), &errand, 0, NOW).await.unwrap();
    let record = delivery(&world, &id);
    (world, record)
}

#[tokio::test]
async fn what_was_taken_is_over_and_forgotten_after_two_weeks() {
    let (world, record) = tried(Posted::Answered(204, None)).await;
    assert_eq!(
        (record.state, record.tries, record.status),
        (DeliveryState::Delivered, 1, Some(204))
    );
    assert_eq!((record.due_pk, record.error), (None, None));
    assert_eq!(record.expires_at, NOW.plus_s(14 * 24 * 3600).unix_s());
    assert!(world.notices.sent().is_empty());
}

#[tokio::test]
async fn a_receiver_that_is_down_broken_or_redirecting_is_asked_again() {
    for (posted, why) in [
        (Posted::Failed("no answer within 10s".into()), "no answer within 10s"),
        (Posted::Answered(500, None), "it answered 500"),
        (Posted::Answered(404, None), "it answered 404"),
        (Posted::Answered(302, None), "it answered 302, a redirect, which is not followed"),
    ] {
        let (world, record) = tried(posted).await;
        assert_eq!((record.state, record.error.as_deref()), (DeliveryState::Pending, Some(why)));
        assert_eq!((record.tries, record.next_at), (1, NOW.plus_s(5)));
        assert_eq!(world.notices.sent().len(), 1);
        assert_eq!(world.notices.sent()[0].1, 5);
    }
}

#[tokio::test]
async fn a_receiver_that_says_when_to_come_back_is_left_alone_until_then() {
    let (world, record) = tried(Posted::Answered(503, Some("90".into()))).await;
    assert_eq!((record.next_at, world.notices.sent()[0].1), (NOW.plus_s(90), 90));
    // A message that is early changes nothing.
    let errand = Errand::new(&record);
    deliver(&notifying(&world), &errand, 0, NOW.plus_s(60)).await.unwrap();
    assert_eq!(delivery(&world, &record.id), record);
    let (world, record) = tried(Posted::Answered(429, Some("7200".into()))).await;
    assert_eq!(record.next_at, NOW.plus_s(7200));
    assert!(world.notices.sent().is_empty(), "SQS cannot wait so long; the sweep does");
    assert_eq!(record.due_at, Some(NOW.plus_s(7200)));
}

#[tokio::test]
async fn a_receiver_that_is_gone_hears_no_more_until_it_is_put_again() {
    let (world, record) = tried(Posted::Answered(410, None)).await;
    assert_eq!(record.state, DeliveryState::Dead);
    assert_eq!(record.error.as_deref(), Some("it answered 410: it wants nothing more"));
    let item = world.table.peek(&TenantWebhook::key(&acme())).unwrap();
    assert_eq!(item["gone"], true);
    let log = log(&world, &record.job);
    announce(&notifying(&world), &log, NOW.plus_s(9)).await.unwrap();
    assert!(world.notices.sent().is_empty());
}

#[tokio::test]
async fn a_jobs_webhook_that_is_gone_is_gone_for_that_job() {
    let (world, job) = ended(Some(&["*"]), Some(&["*"])).await;
    world.receivers.answer(JOBS, Posted::Answered(410, None));
    announce(&notifying(&world), &log(&world, &job), NOW).await.unwrap();
    drain(&world, NOW).await.unwrap();
    let item = world.table.peek(&JobRecord::key(&job)).unwrap();
    assert_eq!(item["webhook"]["gone"], true);
    assert!(!world.table.peek(&TenantWebhook::key(&acme())).unwrap().contains_key("gone"));
}

#[tokio::test]
async fn after_twelve_tries_over_a_day_a_delivery_is_dead() {
    let (world, id) = announced(Posted::Answered(500, None)).await;
    let mut now = NOW;
    for _ in 0..200 {
        now = drain(&world, now).await.unwrap();
        let record = delivery(&world, &id);
        if record.state != DeliveryState::Pending {
            break;
        }
        // The long waits are the sweep's.
        now = now.max(record.due_at.unwrap());
        notify::sweep(&world.table, &world.notices, now).await.unwrap();
    }
    let record = delivery(&world, &id);
    assert_eq!((record.state, record.tries), (DeliveryState::Dead, TRIES_MOST));
    let times: Vec<_> = world.receivers.got().iter().map(|notice| notice.at).collect();
    assert_eq!(times.len(), 12);
    let took = now.since_ms(NOW) / 3_600_000;
    assert!((23..25).contains(&took), "{took} hours");
    let bodies: Vec<_> = world.receivers.got().iter().map(|notice| notice.body.clone()).collect();
    assert!(bodies.windows(2).all(|two| two[0] == two[1]), "every try has the same body");
}
