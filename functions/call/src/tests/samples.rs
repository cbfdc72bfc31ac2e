//! The samples in `events` are what really comes in.

use super::*;
use aws::Event;
use domain::store::Write;
use providers::vendors::HttpVendors;

/// What signed the sample.
const SECRET: &str = r#"{"keys":[{"secret":"r8_x","webhook":"whsec_YSBzZWNyZXQgdGhhdCByZXBsaWNhdGUgc2lnbnMgYnk="}]}"#;

fn event(text: &str) -> Event {
    Event::parse(serde_json::from_str(text).unwrap()).unwrap()
}

fn replicate() -> HttpVendors {
    HttpVendors::new(providers::all(), Vec::new(), |_, _| async { Ok(SECRET.into()) }, || NOW)
}

/// The status that the sample is answered with at this time.
async fn answered(world: &World, text: &str, at: Time) -> u16 {
    let (vendors, clock) = (replicate(), move || at);
    let caller = Caller { vendors: &vendors, ..world.caller(&clock) };
    edge::answer(&caller, event(text)).await.unwrap().status
}

#[tokio::test]
async fn the_queues_sample_is_a_look_at_an_attempt() {
    let input: Input = serde_json::from_str(include_str!("../../../../events/call.json")).unwrap();
    let (world, job) = world().await;
    assert_eq!(input.attempt, attempt(&job, 1));
    let clock = || NOW;
    handle(&world.caller(&clock), &input, &world.held).await.unwrap();
    assert_eq!(world.vendors.starts().len(), 1);
}

#[tokio::test]
async fn the_webhooks_sample_brings_the_handle_and_a_look_and_forged_ones_nothing() {
    let text = include_str!("../../../../events/call-webhook.json");
    let (world, job) = world().await;
    let first = attempt(&job, 1);
    let called = json!({ "called_at": NOW, "call_until": NOW.plus_s(330) });
    world.table.plant(Write::set(AttemptRecord::key(&first), called));
    world.calls.take();

    let forged = [
        (text.replace("\\\"succeeded\\\"", "\\\"failed\\\""), NOW),
        (text.replace("\"secret\": \"", "\"secret\": \"0"), NOW),
        (text.to_owned(), NOW.plus_s(301)),
    ];
    for (text, at) in forged {
        assert_eq!(answered(&world, &text, at).await, 401);
    }
    assert!(world.calls.take().is_empty());
    assert_eq!(ledger(&world, &first).called.handle, None);

    assert_eq!(answered(&world, text, NOW).await, 200);
    let handle = ledger(&world, &first).called.handle.unwrap();
    assert_eq!(handle.id, "gm3qorzdhgbfurvjtvhg6dckhu");
    assert_eq!(world.calls.take(), [(json!({ "attempt": first }), 0)]);
}
