//! Within a tier, tenants share: whatever they submit, in whichever order.

use super::sim::{Sim, free};
use domain::Time;

const TENANTS: [&str; 3] = ["a", "b", "c"];

/// Three tenants with backlogs; how many of the first 60 starts were whose.
async fn share(slots: u32, order: &[usize], takes: i64) -> Vec<usize> {
    let mut sim = Sim::new(slots).await;
    sim.takes = match takes {
        2_000 => |_| 2_000,
        _ => |_| 90_000,
    };
    for tenant in order {
        sim.submit(TENANTS[*tenant], free(), false).await;
        sim.now = Time(sim.now.0 + 10);
    }
    while sim.begun.len() < 60 {
        assert!(sim.step().await);
    }
    let counted = &sim.begun[..60];
    TENANTS.iter().map(|tenant| Sim::of(counted, tenant)).collect()
}

#[track_caller]
fn thirds(counts: &[usize]) {
    assert!(counts.iter().all(|count| (18..=22).contains(count)), "{counts:?}");
}

#[tokio::test]
async fn three_backlogs_of_equal_renders_each_get_a_third() {
    let one_by_one: Vec<usize> = (0..90).map(|n| n % 3).collect();
    let in_blocks: Vec<usize> = (0..3).flat_map(|tenant| [tenant; 30]).collect();
    let last_first: Vec<usize> = (0..3).rev().flat_map(|tenant| [tenant; 30]).collect();
    let unequal: Vec<usize> =
        [[0; 80].as_slice(), &[1; 30], &[2; 25]].into_iter().flatten().copied().collect();
    for order in [one_by_one, in_blocks, last_first, unequal] {
        for (slots, takes) in [(1, 90_000), (2, 2_000), (5, 90_000)] {
            thirds(&share(slots, &order, takes).await);
        }
    }
}

#[tokio::test]
async fn an_idle_tenants_share_goes_to_the_others_at_once() {
    let mut sim = Sim::new(2).await;
    for tenant in TENANTS {
        for _ in 0..if tenant == "c" { 10 } else { 60 } {
            sim.submit(tenant, free(), false).await;
        }
    }
    while Sim::of(&sim.begun, "c") < 10 {
        sim.step().await;
    }
    let after = sim.begun.len();
    // No slot is idle from there on, and the two halve what there is.
    while sim.begun.len() < after + 40 {
        let running = sim.begun.len();
        sim.step().await;
        assert_eq!(sim.begun.len(), running + 1, "a slot was left idle");
    }
    let counted = &sim.begun[after..];
    let counts = ["a", "b"].map(|tenant| Sim::of(counted, tenant));
    assert!(counts.iter().all(|count| (18..=22).contains(count)), "{counts:?}");
}

#[tokio::test]
async fn shares_are_of_slot_seconds_and_not_of_renders() {
    let mut sim = Sim::new(2).await;
    // Of this tenant each render takes four times as long.
    sim.slow = Some(("heavy", 32_000));
    sim.takes = |_| 8_000;
    for _ in 0..150 {
        sim.submit("light", free(), false).await;
        sim.submit("heavy", free(), false).await;
    }
    while sim.begun.len() < 120 {
        sim.step().await;
    }
    let [light, heavy] = ["light", "heavy"].map(|tenant| Sim::of(&sim.begun, tenant));
    let share = light as f64 / (light + 4 * heavy) as f64;
    assert!((0.42..=0.58).contains(&share), "{light} light, {heavy} heavy: {share}");
}
