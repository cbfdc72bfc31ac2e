//! Webhooks: early, twice, forged, about something else.

use super::*;
use std::collections::BTreeMap;

fn webhook(id: &str, signature: &str) -> Webhook {
    let headers = BTreeMap::from([("signature".to_owned(), signature.to_owned())]);
    Webhook { headers, body: id.as_bytes().to_vec() }
}

async fn told(world: &World, attempt: &AttemptId, webhook: &Webhook) -> Reply {
    let secret = world.settings.webhook_secret(attempt);
    let place = Place { vendor: "aster", attempt: attempt.as_str(), secret: &secret };
    hear(&world.caller(&|| NOW), place, webhook).await.unwrap()
}

#[tokio::test]
async fn a_webhook_lets_the_vendor_be_asked_and_twice_is_no_harm() {
    let (world, job) = world().await;
    let first = attempt(&job, 1);
    look(&world, &first, NOW).await.unwrap();
    world.calls.take();
    for _ in 0..2 {
        assert_eq!(told(&world, &first, &webhook("work-1", "good")).await, Reply::Taken);
    }
    assert_eq!(world.calls.sent(), vec![(json!({ "attempt": first }), 0); 2]);
    settle(&world, NOW.plus_s(1)).await;
    assert_eq!(ledger(&world, &first).state, AttemptState::Succeeded);
    assert_eq!(world.flow.completed().len(), 1);
}

#[tokio::test]
async fn a_webhook_before_the_handle_is_on_record_brings_it() {
    let (world, job) = world().await;
    let first = attempt(&job, 1);
    world.vendors.lose_next();
    world.vendors.hide();
    look(&world, &first, NOW).await.unwrap();
    assert_eq!(ledger(&world, &first).state, AttemptState::Unknown);
    assert_eq!(told(&world, &first, &webhook("work-1", "good")).await, Reply::Taken);
    settle(&world, NOW.plus_s(1)).await;
    assert_eq!(ledger(&world, &first).state, AttemptState::Succeeded);
    assert_eq!(world.vendors.starts().len(), 1);
}

#[tokio::test]
async fn a_forged_webhook_changes_nothing() {
    let (world, job) = world().await;
    let first = attempt(&job, 1);
    look(&world, &first, NOW).await.unwrap();
    world.calls.take();
    let before = world.listing();
    let forged = told(&world, &first, &webhook("work-1", "bad")).await;
    assert_eq!(forged, Reply::Unauthorized("the signature does not fit".into()));
    let place = Place { vendor: "aster", attempt: first.as_str(), secret: "guessed" };
    let good = webhook("work-1", "good");
    let reply = hear(&world.caller(&|| NOW), place, &good).await.unwrap();
    assert_eq!(reply, Reply::Unauthorized("this address was given to nobody".into()));
    let other = told(&world, &first, &webhook("work-9", "good")).await;
    assert!(matches!(other, Reply::Invalid(_)), "{other:?}");
    assert_eq!(world.calls.sent(), []);
    assert_eq!(world.listing(), before);
}
