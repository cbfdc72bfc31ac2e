//! A hundred posts to each of six targets, through the handler itself, while calls to the world fail at random and
//! whoever publishes is killed: each is there once.
//!
//! `GALLEY_STORM=1000` sends more, `GALLEY_STORM_SEED=7` the same storm again.

use super::posted::{Never, call_of, job_of};
use super::*;
use crate::{Hub, Spoke, Spokes};
use domain::fakes::MemorySpoke;
use domain::id::JobId;
use domain::ports::{Table, Vault};
use domain::post::Able;
use domain::publish::connection::{Connection, given};
use domain::publish::{Grant, Place, Probed, Renewed, Sending, Told};
use domain::record::{JobRecord, PublicationState};
use domain::state::JobState;
use domain::store::{Item, Query, Write, Written};
use domain::time::Time;
use futures_util::FutureExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where each post goes: some make it visible in a step of its own, some are many in one call.
const TARGETS: [&str; 6] = ["bluesky", "wordpress", "ghost", "x", "mastodon", "linkedin"];
/// So many calls bring a post everywhere, or something is wrong.
const CALLS_MOST: u32 = 200;

/// What becomes of calls to the world, drawn from a seed.
struct Fate {
    drawn: AtomicU64,
    /// After so many moments whoever lives now is killed.
    moments: Mutex<Option<u64>>,
}

impl Fate {
    fn below(&self, most: u64) -> u64 {
        let next = |state: u64| {
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407)
        };
        let before = self
            .drawn
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |state| Some(next(state)))
            .unwrap_or_default();
        (next(before) >> 33) % most
    }

    /// Begins a life: half of them end early.
    fn begin(&self) {
        let moments = (self.below(2) == 0).then(|| self.below(120));
        *self.moments.lock().unwrap() = moments;
    }

    /// One moment; who is dead does nothing any more.
    async fn live(&self) {
        let dead = match self.moments.lock().unwrap().as_mut() {
            Some(0) => true,
            Some(moments) => {
                *moments -= 1;
                false
            }
            None => false,
        };
        if dead {
            std::future::pending::<()>().await;
        }
    }

    /// A call: one in 24 is refused, as many are lost, and its caller may die before and after it.
    async fn meets<T>(&self, call: impl Future<Output = T>, refused: T, lost: T) -> T {
        self.live().await;
        let met = self.below(24);
        if met == 0 {
            return refused;
        }
        let told = call.await;
        self.live().await;
        if met == 1 { lost } else { told }
    }
}

/// Something of the world in the storm.
struct Out<'a, T>(&'a T, &'a Fate);

fn again<T>(why: &str) -> Result<T> {
    Err(Error::Again(why.into()))
}

#[async_trait]
impl<T: Table> Table for Out<'_, T> {
    async fn get(&self, keys: &[domain::store::Key]) -> Result<Vec<Option<Item>>> {
        self.1.meets(self.0.get(keys), again("refused"), again("lost")).await
    }

    async fn query(&self, query: &Query) -> Result<Vec<Item>> {
        self.1.meets(self.0.query(query), again("refused"), again("lost")).await
    }

    async fn write(&self, writes: Vec<Write>) -> Result<Written> {
        self.1.meets(self.0.write(writes), again("refused"), again("lost")).await
    }
}

#[async_trait]
impl<T: Vault> Vault for Out<'_, T> {
    async fn read(&self, name: &str) -> Result<Option<String>> {
        self.1.meets(self.0.read(name), again("refused"), again("lost")).await
    }

    async fn keep(&self, name: &str, value: &str) -> Result<()> {
        self.1.meets(self.0.keep(name, value), again("refused"), again("lost")).await
    }

    async fn forget(&self, name: &str) -> Result<()> {
        self.1.meets(self.0.forget(name), again("refused"), again("lost")).await
    }
}

fn refused() -> Told {
    Told::refused(Refusal::Later, "refused")
}

fn lost() -> Told {
    Told::unknown("lost")
}

#[async_trait]
impl<T: Spoke> Spoke for Out<'_, T> {
    fn able(&self) -> &'static Able {
        self.0.able()
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        self.1.meets(self.0.start(grant, sending), refused(), lost()).await
    }

    async fn check(&self, grant: &Grant, sending: &Sending) -> Told {
        self.1.meets(self.0.check(grant, sending), lost(), lost()).await
    }

    async fn finalize(&self, grant: &Grant, sending: &Sending) -> Told {
        self.1.meets(self.0.finalize(grant, sending), refused(), lost()).await
    }

    async fn unpublish(&self, grant: &Grant, progress: &Value, place: &Place) -> Told {
        self.0.unpublish(grant, progress, place).await
    }

    async fn probe(&self, grant: &Grant) -> Probed {
        self.0.probe(grant).await
    }

    async fn renew(&self, grant: &Grant, now: Time) -> Renewed {
        self.0.renew(grant, now).await
    }
}

/// A number that whoever runs the tests may choose.
fn chosen((name, given): (&str, Option<&str>), usual: u64) -> u64 {
    given.map_or(usual, |value| {
        value.parse().unwrap_or_else(|_| panic!("{name} is no number: {value}"))
    })
}

struct Storm {
    world: World,
    spokes: Vec<MemorySpoke>,
    fate: Fate,
    now: Time,
    kills: u32,
    calls: u32,
}

impl Storm {
    fn new(seed: u64) -> Self {
        let world = World::default();
        let spokes = TARGETS.map(|kind| MemorySpoke::new(kind, world.faults.clone())).into();
        let fate = Fate { drawn: AtomicU64::new(seed), moments: Mutex::new(None) };
        Self { world, spokes, fate, now: NOW, kills: 0, calls: 0 }
    }

    fn connect(&self, view: &JobView) {
        let tenant = &view.job.tenant;
        for kind in TARGETS {
            let connection = given(kind, &json!({ "kind": kind }), NOW).ok().unwrap().connection;
            let write = Write::put(Connection::key(tenant, kind), &connection).unwrap();
            self.world.table.plant(write);
            self.world.vault.plant(&Connection::secret_name(tenant, kind), r#"{"token":"hush"}"#);
        }
    }

    /// One invocation, which may be killed; none where it was.
    async fn call(&mut self, call: &Call) -> Option<Result<Value>> {
        (self.calls, self.now) = (self.calls + 1, self.now.plus_s(30));
        let (table, vault) =
            (Out(&self.world.table, &self.fate), Out(&self.world.vault, &self.fate));
        let spokes: Vec<Out<'_, MemorySpoke>> =
            self.spokes.iter().map(|spoke| Out(spoke, &self.fate)).collect();
        let by_kind = spokes.iter().map(|spoke| (spoke.able().target, spoke as &dyn Spoke));
        let by_kind: Spokes<'_> = by_kind.collect();
        let hub = Hub { spokes: &by_kind, vault: &vault, waits: &Never, public_url: None };
        let targets = Targets::new();
        let objects = &self.world.objects;
        let publishing =
            Publishing { table: &table, objects, targets: &targets, hub: Some(hub), notary: None };
        self.fate.begin();
        // Nothing in memory takes any time: what is not done is dead.
        handle(&publishing, call.clone(), self.now).now_or_never()
    }

    /// What Step Functions and, where it gave up, a person would do until all is there.
    async fn weathered(&mut self, view: &JobView) {
        let mut job = view.job.clone();
        let wave = view.plan.wave_of("publish~x").unwrap();
        for _ in 0..CALLS_MOST {
            let (run, round) = (job.run, job.round);
            let call = Call { run, round, wave, ..call_of(view) };
            match self.call(&call).await {
                None => self.kills += 1,
                Some(Err(Error::Again(_))) => {}
                Some(Err(why)) => panic!("{}: {why}", job.id),
                Some(Ok(_)) => {
                    let view = JobView::expect(&self.world.table, &job.id).await.unwrap();
                    let done = |posting: &domain::record::PostingRecord| {
                        posting.state == PublicationState::Done
                    };
                    if view.postings.len() == TARGETS.len() && view.postings.iter().all(done) {
                        return;
                    }
                    // Tried too often: the job is retried.
                    job = JobRecord {
                        run: run + 1,
                        round: round + 1,
                        state: JobState::Running,
                        ..view.job
                    };
                    let write = Write::put(JobRecord::key(&job.id), &job).unwrap();
                    self.world.table.plant(write);
                }
            }
        }
        panic!("{} is not everywhere after {CALLS_MOST} calls", job.id);
    }
}

#[tokio::test]
async fn whatever_fails_and_whoever_is_killed_each_post_is_at_each_of_six_targets_once() {
    let posts = chosen(("GALLEY_STORM", option_env!("GALLEY_STORM")), 100);
    let seed = chosen(("GALLEY_STORM_SEED", option_env!("GALLEY_STORM_SEED")), 0x6a11e7);
    println!("GALLEY_STORM={posts} GALLEY_STORM_SEED={seed}");
    let mut storm = Storm::new(seed);
    for n in 0..posts {
        let mut chance = [0; 10];
        chance[..8].copy_from_slice(&n.to_be_bytes());
        let view = job_of(JobId::new(NOW, chance), &TARGETS);
        storm.connect(&view);
        storm.world.plant_job(&view);
        storm.weathered(&view).await;
    }
    println!("{} calls of the handler, {} killed", storm.calls, storm.kills);
    for spoke in &storm.spokes {
        let lying = spoke.posts();
        let ids: std::collections::BTreeSet<&str> =
            lying.iter().map(|post| post.id.as_str()).collect();
        let all = usize::try_from(posts).unwrap();
        assert_eq!((lying.len(), ids.len()), (all, all), "{}", spoke.able().target);
        assert!(lying.iter().all(|post| post.visible), "{}", spoke.able().target);
    }
    assert!(0 < storm.kills || posts < 20, "nobody was killed");
}
