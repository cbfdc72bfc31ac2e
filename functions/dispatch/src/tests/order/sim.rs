//! A lane on a clock of its own: work comes, runs for as long as the test says, and its hosts report.

use crate::{Input, handle};
use domain::Time;
use domain::fakes::{NOW, World};
use domain::id::{AttemptId, JobId};
use domain::lane::{GPU, HostRecord, Rank};
use domain::ports::Table;
use domain::store::Write;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// One picture and its gate; with previews or without.
fn render(preview: bool) -> String {
    format!(
        "
name: one-render
budget_usd: 1
steps:
  generate:
    kind: image.generate
    with: {{ prompt: a boat, model: sketch-1, width: 512, height: 512, preview: {preview} }}
    deadline_s: 36000
  good:
    kind: gate.quality
    with: {{ images: '{{{{ generate.image }}}}' }}
"
    )
}

/// A render that was started.
#[derive(Clone, Debug)]
pub(super) struct Begun {
    pub(super) attempt: AttemptId,
    pub(super) tenant: String,
    pub(super) at: Time,
}

pub(super) struct Sim {
    pub(super) world: World,
    pub(super) now: Time,
    /// In the order of their starts.
    pub(super) begun: Vec<Begun>,
    seen: BTreeSet<AttemptId>,
    ends: BTreeMap<(Time, AttemptId), ()>,
    tenants: BTreeMap<JobId, String>,
    jobs: u64,
    /// How long a render takes, in milliseconds.
    pub(super) takes: fn(&AttemptId) -> i64,
    /// A tenant whose renders take longer, and how long.
    pub(super) slow: Option<(&'static str, i64)>,
}

pub(super) fn rank(tier: &str, head_start_s: u32) -> Rank {
    Rank { tier: tier.into(), head_start_s, ..Rank::default() }
}

pub(super) fn free() -> Rank {
    rank("free", 0)
}

pub(super) fn paid() -> Rank {
    rank("paid", 300)
}

impl Sim {
    /// A lane with one host of so many slots.
    pub(super) async fn new(slots: u32) -> Self {
        let world = World::default();
        world.host("host-a", slots).await;
        // It renews while the test turns the clock.
        let stays =
            Write::set(HostRecord::key("host-a"), json!({ "until": NOW.plus_s(1_000_000) }));
        world.table.write(vec![stays]).await.unwrap();
        Self {
            world,
            now: NOW,
            begun: Vec::new(),
            seen: BTreeSet::new(),
            ends: BTreeMap::new(),
            tenants: BTreeMap::new(),
            jobs: 0,
            takes: |_| 10_000,
            slow: None,
        }
    }

    /// A job is accepted, and not yet brought to dispatch.
    pub(super) async fn accept(&mut self, tenant: &str, rank: Rank, preview: bool) -> JobId {
        self.jobs += 1;
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.jobs.to_be_bytes());
        let id = JobId::new(self.now, random);
        let pipeline = render(preview);
        let id = self.world.job_of((tenant, rank), id, (&pipeline, json!({})), self.now).await;
        self.tenants.insert(id.clone(), tenant.to_owned());
        id
    }

    /// A job of one render comes as far as the lane.
    pub(super) async fn submit(&mut self, tenant: &str, rank: Rank, preview: bool) -> JobId {
        let id = self.accept(tenant, rank, preview).await;
        let message = self.world.message(&id, 0);
        handle(&self.world.lanes(), Input::Take(message), self.now).await.unwrap();
        self.notice();
        id
    }

    /// Looks what the hosts were asked meanwhile.
    fn notice(&mut self) {
        for attempt in self.world.hosts.started_beside(&self.seen) {
            self.seen.insert(attempt.clone());
            let tenant = self.tenants[&attempt.job()].clone();
            let slow = self.slow.filter(|(slow, _)| *slow == tenant);
            let takes = slow.map_or_else(|| (self.takes)(&attempt), |(_, takes)| takes);
            self.ends.insert((Time(self.now.0 + takes), attempt.clone()), ());
            self.begun.push(Begun { attempt, tenant, at: self.now });
        }
    }

    /// The next render ends, and its host reports; false where none runs.
    pub(super) async fn step(&mut self) -> bool {
        let Some(((at, attempt), ())) = self.ends.pop_first() else { return false };
        self.now = self.now.max(at);
        let report = self.world.success(&attempt, 1);
        self.world.lanes().report(&report, self.now).await.unwrap();
        self.notice();
        true
    }

    /// Time passes until then; what ends meanwhile is reported.
    pub(super) async fn until(&mut self, then: Time) {
        while self.ends.keys().next().is_some_and(|(at, _)| *at <= then) {
            self.step().await;
        }
        self.now = then;
    }

    /// Somebody looks at the lane.
    pub(super) async fn tick(&mut self) {
        handle(&self.world.lanes(), Input::Tick { tick: GPU.into() }, self.now).await.unwrap();
        self.notice();
    }

    /// All that runs and waits is done.
    pub(super) async fn finish(&mut self) {
        while self.step().await {}
    }

    /// How many of these starts were of this tenant.
    pub(super) fn of(begun: &[Begun], tenant: &str) -> usize {
        begun.iter().filter(|begun| begun.tenant == tenant).count()
    }
}
