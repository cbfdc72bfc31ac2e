//! Tiers: paid previews overtake, and nobody starves.

use super::sim::{Sim, free, paid};
use domain::fakes::NOW;
use domain::lane::SPREAD_S;

#[tokio::test]
async fn beside_forty_free_renders_a_paid_preview_is_the_next_to_start() {
    let mut sim = Sim::new(2).await;
    for _ in 0..42 {
        sim.submit("free-one", free(), false).await;
    }
    assert_eq!(sim.begun.len(), 2);
    sim.until(NOW.plus_s(5)).await;
    let preview = sim.submit("payer", paid(), true).await;
    sim.step().await;
    assert_eq!(sim.begun[2].attempt.job(), preview);
    sim.finish().await;
    assert_eq!(sim.begun.len(), 43);
}

#[tokio::test]
async fn free_renders_all_finish_while_paid_work_takes_four_fifths() {
    let mut sim = Sim::new(2).await;
    for _ in 0..40 {
        sim.submit("free-one", free(), false).await;
    }
    // Two slots and renders of ten seconds: capacity is one in five seconds.
    let mut waited = Vec::new();
    for n in 1..400_u32 {
        sim.until(NOW.plus_s(n * 25 / 4)).await;
        let before = sim.begun.len();
        let job = sim.submit(&format!("payer-{}", n % 3), paid(), false).await;
        waited.push((job, before));
        if Sim::of(&sim.begun, "free-one") == 40 {
            break;
        }
    }
    assert_eq!(Sim::of(&sim.begun, "free-one"), 40);
    // A fifth of one in five seconds: forty renders in a thousand seconds, and what was left over at the start.
    assert!(sim.now <= NOW.plus_s(1_100), "{} s", sim.now.since_ms(NOW) / 1000);
    // Until what was free had waited for as long as a head start, paid work waited for a render or two.
    for (job, before) in waited.iter().take(30) {
        let place = sim.begun.iter().position(|begun| begun.attempt.job() == *job);
        assert!(place.is_none_or(|place| place - before <= 3), "{job} was overtaken");
    }
}

#[tokio::test]
async fn nothing_is_overtaken_by_what_comes_later_than_the_spread() {
    let mut sim = Sim::new(1).await;
    sim.submit("free-one", free(), false).await;
    let first = sim.submit("free-one", free(), false).await;
    // More paid work than can ever be done.
    let mut n = 0;
    while sim.begun.iter().all(|begun| begun.attempt.job() != first) {
        n += 1;
        sim.until(NOW.plus_s(n * 5)).await;
        sim.submit("payer", paid(), n % 2 == 0).await;
        assert!(sim.now < NOW.plus_s(SPREAD_S), "it starves");
    }
}
