//! Caps of tenants and rates of lanes hold, and hold nobody else back.

use super::sim::{Sim, free};
use domain::fakes::NOW;
use domain::lane::{GPU, LaneView, Rank, Rate};
use domain::store::Write;

fn capped(most: u32) -> Rank {
    Rank { slots_most: Some(most), ..free() }
}

#[tokio::test]
async fn a_tenant_holds_no_more_slots_than_its_cap_and_others_get_the_rest() {
    let mut sim = Sim::new(4).await;
    for _ in 0..10 {
        sim.submit("capped", capped(1), false).await;
    }
    assert_eq!(sim.begun.len(), 1);
    for _ in 0..5 {
        sim.submit("other", free(), false).await;
    }
    assert_eq!(Sim::of(&sim.begun, "other"), 3);
    while sim.step().await {
        let view = LaneView::read(&sim.world.table, GPU).await.unwrap();
        assert!(view.held_by("capped") <= 1);
    }
    assert_eq!(Sim::of(&sim.begun, "capped"), 10);
}

#[tokio::test]
async fn a_lane_starts_no_more_in_a_minute_than_its_rate_allows() {
    let mut sim = Sim::new(8).await;
    sim.takes = |_| 1_000;
    sim.world.table.plant(Write::put(Rate::key(GPU), &Rate::new(3, 60)).unwrap());
    for _ in 0..10 {
        sim.submit("acme", free(), false).await;
    }
    assert_eq!(sim.begun.len(), 3);
    sim.finish().await;
    assert_eq!(sim.begun.len(), 3);
    // Somebody was asked to look again when the next minute begins.
    let delays = sim.world.queue.sent().into_iter().map(|(_, delay)| delay);
    assert!(delays.max().unwrap() <= 60);
    for minute in 1..=3 {
        sim.until(NOW.plus_s(60 * minute)).await;
        sim.tick().await;
        sim.finish().await;
    }
    assert_eq!(sim.begun.len(), 10);
    let mut minutes = std::collections::BTreeMap::<i64, usize>::new();
    for begun in &sim.begun {
        *minutes.entry(begun.at.unix_s() / 60).or_default() += 1;
    }
    assert!(minutes.values().all(|starts| *starts <= 3), "{minutes:?}");
}

#[tokio::test]
async fn a_cold_host_is_waited_for_without_an_attempt_and_without_a_lease() {
    let mut sim = Sim::new(1).await;
    domain::lane::unregister(&sim.world.table, "host-a").await.unwrap();
    let job = sim.submit("acme", free(), false).await;
    for minute in 1..=20 {
        sim.now = NOW.plus_s(60 * minute);
        sim.tick().await;
    }
    let view = domain::view::JobView::expect(&sim.world.table, &job).await.unwrap();
    assert!(view.attempts.is_empty(), "{:?}", view.attempts);
    assert!(LaneView::read(&sim.world.table, GPU).await.unwrap().slots.is_empty());
    // It is there at last.
    sim.world.host("host-b", 1).await;
    sim.tick().await;
    assert_eq!(sim.begun.len(), 1);
    let view = domain::view::JobView::expect(&sim.world.table, &job).await.unwrap();
    assert_eq!((view.attempts.len(), view.attempts[0].started_at), (1, sim.now));
}
