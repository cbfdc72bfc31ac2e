//! Places and times of waiting work, told from a lane that the test wrote down.

use super::*;
use crate::id::{AttemptId, JobId};
use crate::lane::{HostState, Memory, SlotRecord};
use crate::money::MicroUsd;

const NOW: Time = Time(1_700_000_000_000);
const SORT: &str = "image.generate sketch-1";

fn item(n: u8, tenant: &str) -> Waiting {
    let attempt = AttemptId::new(&JobId::new(NOW, [n; 10]), "generate", 1);
    let work = json!({
        "attempt": attempt, "tenant": tenant, "round": 1, "lane": GPU, "kind": "image.generate",
        "params": { "model": "sketch-1" }, "inputs": {}, "outputs": {}, "last_attempt": 1,
        "enqueued_at": NOW.0 - 9_000 + i64::from(n), "not_before": NOW.0 - 9_000, "deadline_at": NOW.plus_s(600),
        "stall_s": 60, "traceparent": "",
    });
    Waiting::new(serde_json::from_value(work).unwrap(), "t")
}

/// Two busy slots, claimed four seconds ago, and what waits; so many renders were seen, of ten seconds each.
fn lane(seen: u32, waiting: Vec<Waiting>) -> LaneView {
    let mut view = LaneView::default();
    let host = HostRecord {
        host: "host-a".into(),
        address: "http://host-a".into(),
        models: vec!["sketch-1".into()],
        kinds: vec!["image.generate".into()],
        usd_per_slot_second: MicroUsd(400),
        state: HostState::Ready,
        slots: 2,
        until: NOW.plus_s(30),
        boot: None,
        ahead: false,
    };
    view.hosts.insert("host-a".into(), host);
    for n in 0..2 {
        let memory = Memory {
            tenant: "busy".into(),
            sort: SORT.into(),
            claimed_at: Time(NOW.0 - 4_000),
            took: [(SORT.to_owned(), Took { n: seen, ms: 10_000 })].into(),
            ..Memory::default()
        };
        let slot = SlotRecord {
            attempt: Some("a".into()),
            lease_until: NOW.plus_s(60),
            memory,
            ..SlotRecord::free("host-a")
        };
        view.slots.insert(SlotRecord::sk("host-a", n), slot);
    }
    view.waiting = waiting;
    view
}

#[track_caller]
fn check(view: &LaneView, item: &Waiting, why: &str, position: Value, estimate_s: Value) {
    let told = waiting_json(view, item, NOW);
    assert_eq!(
        (&told["why"], &told["position"], &told["estimate_s"]),
        (&json!(why), &position, &estimate_s)
    );
    assert_eq!((&told["slots"], &told["busy"]), (&json!(2), &json!(2)));
}

#[test]
fn a_place_and_a_time_come_from_what_is_ahead() {
    let items: Vec<_> = (1..=5).map(|n| item(n, "acme")).collect();
    let view = lane(5, items.clone());
    // Both slots are free in six seconds, and every ten from there on.
    check(&view, &items[0], "slots", json!(1), json!(6.0));
    check(&view, &items[1], "slots", json!(2), json!(6.0));
    check(&view, &items[2], "slots", json!(3), json!(16.0));
    check(&view, &items[4], "slots", json!(5), json!(26.0));
}

#[test]
fn with_fewer_than_five_samples_the_time_is_unknown_and_the_place_is_not() {
    let items: Vec<_> = (1..=3).map(|n| item(n, "acme")).collect();
    // Each slot has its share of the samples.
    check(&lane(2, items.clone()), &items[2], "slots", json!(3), json!("unknown"));
    check(&lane(3, items.clone()), &items[2], "slots", json!(3), json!(16.0));
}

#[test]
fn others_of_the_tier_come_in_between_as_they_will() {
    let mut items: Vec<_> = (1..=4).map(|n| item(n, "acme")).collect();
    items.push(item(9, "beta"));
    let view = lane(5, items.clone());
    check(&view, &items[4], "slots", json!(2), json!(6.0));
    check(&view, &items[1], "slots", json!(3), json!(16.0));
}

#[test]
fn each_reason_has_its_word() {
    let one = item(1, "acme");
    let of = |change: fn(&mut LaneView)| {
        let mut view = lane(5, vec![item(1, "acme")]);
        change(&mut view);
        view
    };
    let held = of(|view| view.hold = Some("driver update".into()));
    check(&held, &one, "on_hold", json!("unknown"), json!("unknown"));
    let no_model =
        of(|view| view.hosts.values_mut().for_each(|host| host.models = vec!["other".into()]));
    check(&no_model, &one, "no_host", json!("unknown"), json!("unknown"));
    let gone = of(|view| view.hosts.values_mut().for_each(|host| host.until = NOW));
    check(&gone, &one, "no_host", json!("unknown"), json!("unknown"));
    let faulty = of(|view| {
        view.slots.values_mut().for_each(|slot| (slot.failures, slot.failed_at) = (2, NOW));
    });
    check(&faulty, &one, "quarantined", json!(1), json!(60.0));
    let mut rate = super::super::Rate::new(1, 60);
    (rate.window, rate.count) = (Some(NOW.unix_s() / 60), 1);
    let mut view = lane(5, vec![one.clone()]);
    view.rate = Some(rate);
    check(&view, &one, "rate", json!(1), json!(40.0));
    let mut later = one.clone();
    later.work.not_before = NOW.plus_s(20);
    check(&lane(5, vec![later.clone()]), &later, "not_before", json!(1), json!(20.0));
    let mut capped = one;
    (capped.work.slots_most, capped.work.tenant) =
        (Some(2), crate::id::TenantId::parse("busy").unwrap());
    check(&lane(5, vec![capped.clone()]), &capped, "cap", json!(1), json!(6.0));
}

#[test]
fn what_was_counted_in_others_lines_is_ahead_too() {
    let mut view = lane(5, vec![item(1, "many"), item(9, "acme"), item(10, "acme")]);
    view.lines.insert("many".into(), super::super::Line { waiting: 300, ..Default::default() });
    let last = view.waiting[2].clone();
    // The two tenants take turns.
    check(&view, &last, "slots", json!(4), json!(16.0));
    assert_eq!(view.depth(), 303);
}
