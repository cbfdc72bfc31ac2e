//! Much work of one tenant waits in its own line, where it hides nobody else's; none of it is lost.

use super::sim::{Sim, free};
use crate::{Input, handle};
use domain::Time;
use domain::fakes::{NOW, World, every_fault};
use domain::id::JobId;
use domain::lane::{GPU, LaneView, WINDOW, line_pk};
use domain::ports::Table;
use domain::record::AttemptRecord;
use domain::store::{Query, Write, from_item};
use std::collections::BTreeSet;

async fn view(world: &World) -> LaneView {
    LaneView::read(&world.table, GPU).await.unwrap()
}

async fn in_line(world: &World, tenant: &str) -> usize {
    let query = Query::prefix(line_pk(GPU, tenant), "WAIT#").limit(100_000);
    world.table.query(&query).await.unwrap().len()
}

#[tokio::test]
async fn five_hundred_waiting_items_of_one_tenant_hide_nobody_elses() {
    let mut sim = Sim::new(1).await;
    for _ in 0..500 {
        sim.submit("many", free(), false).await;
    }
    assert_eq!(view(&sim.world).await.waiting.len(), WINDOW);
    assert_eq!(in_line(&sim.world, "many").await, 500 - WINDOW - 1);
    let one = sim.submit("few", free(), false).await;
    sim.step().await;
    assert_eq!(sim.begun[1].attempt.job(), one);
    // A claim reads the lane once, however much waits: what it read is no more than this.
    let read = sim.world.table.query(&Query::partition("LANE#gpu")).await.unwrap().len();
    assert!(read < 16, "{read}");
}

#[tokio::test]
async fn a_line_is_served_in_the_order_of_its_submissions_and_to_its_end() {
    let mut sim = Sim::new(2).await;
    sim.takes = |_| 1_000;
    let mut jobs = Vec::new();
    for _ in 0..50 {
        jobs.push(sim.submit("many", free(), false).await);
        sim.now = Time(sim.now.0 + 1);
    }
    sim.finish().await;
    let begun: Vec<_> = sim.begun.iter().map(|begun| begun.attempt.job()).collect();
    assert_eq!(begun, jobs);
    assert_eq!(in_line(&sim.world, "many").await, 0);
    // What said that there is a line goes some minutes later.
    assert_eq!(view(&sim.world).await.lines.len(), 1);
    sim.until(sim.now.plus_s(600)).await;
    sim.tick().await;
    assert_eq!(view(&sim.world).await.lines.len(), 0);
}

/// In how many places each job is: attempted, in the lane, or in its tenant's line.
fn places(world: &World) -> String {
    let listing = world.table.listing();
    let jobs = world.flow.started().into_keys().map(|name| {
        let job = JobId::of_execution(&name).unwrap().0.to_string();
        let waits = |place: &str| {
            let here = |line: &&str| line.starts_with(place) && line.contains(" WAIT#");
            let items = listing.lines().filter(here);
            items.filter(|line| line.split(' ').nth(1).unwrap().contains(&job)).count()
        };
        let attempt = format!("JOB#{job} ATTEMPT#");
        let runs = listing
            .lines()
            .filter(|line| line.starts_with(&attempt) && !line.contains(r#""state":"refused""#));
        let runs = runs.count();
        runs + waits("LANE#") + waits("LINE#")
    });
    format!("{:?}", jobs.collect::<Vec<_>>())
}

#[tokio::test]
async fn every_call_of_a_move_to_the_line_may_fail_both_ways() {
    let prepare = async || {
        let mut sim = Sim::new(1).await;
        for _ in 0..WINDOW + 3 {
            sim.submit("many", free(), false).await;
        }
        sim.accept("many", free(), false).await;
        sim.world
    };
    let act = async |world: &World| {
        let last = world.flow.started().into_keys().next_back().unwrap();
        let input = Input::Take(world.message(&JobId::of_execution(&last).unwrap().0, 0));
        handle(&world.lanes(), input, NOW.plus_s(1)).await
    };
    every_fault(prepare, act, places).await;
}

#[tokio::test]
async fn every_call_of_a_refill_may_fail_both_ways() {
    let prepare = async || {
        let mut sim = Sim::new(1).await;
        for _ in 0..WINDOW + 4 {
            sim.submit("many", free(), false).await;
        }
        // The lane's own items are claimed one after the other, until its window is as low as it gets.
        let full = WINDOW + 3;
        while WINDOW / 2 + 1 < view(&sim.world).await.waiting.len() && sim.begun.len() < full {
            sim.step().await;
        }
        sim.world
    };
    let act = async |world: &World| {
        for attempt in world.hosts.renders().into_keys() {
            let over = domain::state::AttemptState::Succeeded;
            let record = world.table.peek(&AttemptRecord::key(&attempt)).unwrap();
            if from_item::<AttemptRecord>(&record).unwrap().state != over {
                let report = world.success(&attempt, 1);
                world.lanes().report(&report, NOW.plus_s(200)).await?;
                break;
            }
        }
        handle(&world.lanes(), Input::Tick { tick: GPU.into() }, NOW.plus_s(210)).await
    };
    every_fault(prepare, act, places).await;
}

#[tokio::test]
async fn waiting_items_of_the_previous_release_are_claimed() {
    let mut sim = Sim::new(1).await;
    let first = sim.submit("acme", free(), false).await;
    let second = sim.submit("acme", free(), false).await;
    let old = view(&sim.world).await.waiting.remove(0);
    let mut item = domain::store::to_item(&old).unwrap();
    // As it was written then: without a tier, and its place alone among the rest.
    item["work"].as_object_mut().unwrap().retain(|name, _| name != "tier" && name != "slots_most");
    let record = serde_json::Value::Object(item);
    sim.world.table.plant(Write::put(old.key(), &record).unwrap());
    sim.finish().await;
    let begun: Vec<_> = sim.begun.iter().map(|begun| begun.attempt.job()).collect();
    assert_eq!(begun, [first, second]);
}

#[tokio::test]
async fn whoever_dies_before_moving_its_item_on_leaves_that_to_the_next() {
    let mut sim = Sim::new(1).await;
    let mut jobs = BTreeSet::new();
    for _ in 0..3 * WINDOW {
        let job = sim.accept("many", free(), false).await;
        // Recorded, and no more.
        sim.world.lanes().take(&sim.world.message(&job, 0), sim.now).await.unwrap();
        jobs.insert(job);
    }
    jobs.insert(sim.submit("many", free(), false).await);
    assert!(view(&sim.world).await.waiting.len() < 3 * WINDOW);
    sim.finish().await;
    assert_eq!(sim.begun.iter().map(|begun| begun.attempt.job()).collect::<BTreeSet<_>>(), jobs);
}
