//! Many dispatchers at once, and every message three times.

use super::sim::{Sim, free, paid};
use crate::{Input, handle};
use async_trait::async_trait;
use domain::fakes::World;
use domain::lane::{GPU, Lanes, Message};
use domain::ports::Table;
use domain::store::{Item, Key, Query, Write, Written};
use domain::{Error, Result, Time};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A table at which others come in between.
struct Busy {
    world: Arc<World>,
    turn: AtomicUsize,
}

impl Busy {
    async fn others(&self) {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        for _ in 0..(turn * 7 + turn / 5) % 4 {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Table for Busy {
    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Item>>> {
        self.others().await;
        self.world.table.get(keys).await
    }

    async fn query(&self, query: &Query) -> Result<Vec<Item>> {
        self.others().await;
        self.world.table.query(query).await
    }

    async fn write(&self, writes: Vec<Write>) -> Result<Written> {
        self.others().await;
        self.world.table.write(writes).await
    }
}

/// Takes a message as the queue brings it: again, as long as that is asked for.
async fn deliver(table: Arc<Busy>, message: Message, now: Time) {
    let world = table.world.clone();
    let lanes = Lanes { table: table.as_ref(), ..world.lanes() };
    for _ in 0..50 {
        match handle(&lanes, Input::Take(message.clone()), now).await {
            Ok(()) => return,
            Err(Error::Again(_)) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("a message was never taken in");
}

#[tokio::test]
async fn five_hundred_messages_delivered_three_times_at_once_are_five_hundred_renders() {
    let mut sim = Sim::new(6).await;
    let mut messages = Vec::new();
    for n in 0..500 {
        let rank = if n % 4 == 0 { paid() } else { free() };
        let job = sim.accept(&format!("tenant-{}", n % 7), rank, false).await;
        messages.push(sim.world.message(&job, 0));
    }
    let now = sim.now;
    let world = Arc::new(std::mem::take(&mut sim.world));
    let table = Arc::new(Busy { world: world.clone(), turn: AtomicUsize::new(0) });
    let mut tasks = tokio::task::JoinSet::new();
    for turn in 0..3 {
        for message in messages.iter().skip(turn * 100).chain(messages.iter().take(turn * 100)) {
            tasks.spawn(deliver(table.clone(), message.clone(), now));
        }
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    drop(table);
    sim.world = Arc::into_inner(world).unwrap();
    sim.tick().await;
    sim.finish().await;
    let mut renders = sim.world.hosts.renders().into_keys().collect::<Vec<_>>();
    assert_eq!(renders.len(), 500);
    renders.dedup_by_key(|attempt| attempt.job());
    assert_eq!(renders.len(), 500);
    let lane = domain::lane::LaneView::read(&sim.world.table, GPU).await.unwrap();
    assert!(lane.waiting.is_empty());
}
