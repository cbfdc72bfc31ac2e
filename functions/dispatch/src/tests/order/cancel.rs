//! Canceled work leaves the queue at once, wherever it waits.

use super::sim::{Sim, free};
use domain::job;
use domain::lane::{GPU, WINDOW, line_pk, pk};
use domain::ports::Table;
use domain::store::Query;

async fn waiting(sim: &Sim) -> String {
    let mut all = String::new();
    for place in [pk(GPU), line_pk(GPU, "many")] {
        let items = sim.world.table.query(&Query::prefix(place, "WAIT#")).await.unwrap();
        all += &format!("{items:?}");
    }
    all
}

#[tokio::test]
async fn a_canceled_job_waits_neither_in_the_lane_nor_in_its_tenants_line() {
    let mut sim = Sim::new(1).await;
    let mut jobs = Vec::new();
    for _ in 0..WINDOW + 10 {
        jobs.push(sim.submit("many", free(), false).await);
    }
    let world = &sim.world;
    for job in [&jobs[2], &jobs[WINDOW + 5]] {
        assert!(waiting(&sim).await.contains(job.as_str()));
        world.faults.clear();
        job::cancel(&world.table, &world.flow, &world.queue, job, sim.now).await.unwrap();
        // Its records twice, its log, its state, its place, its step and who waits for it: nothing of other work.
        assert!(world.faults.calls() < 10, "{}", world.faults.calls());
        assert!(!waiting(&sim).await.contains(job.as_str()));
    }
    sim.finish().await;
    assert_eq!(sim.begun.len(), WINDOW + 8);
}
