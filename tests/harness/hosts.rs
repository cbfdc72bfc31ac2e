//! The two GPU hosts: their books, their deaths, and the turns that tests take with them.

use super::lambdas::signal;
use super::stack::{Host, Stack, home, root};
use super::until::until;
use super::world::World;
use domain::id::{AttemptId, JobId};
use domain::lane::{GPU, HostState, LaneView, slot_key};
use domain::ports::Table;
use domain::store::Write;
use serde::Deserialize;
use serde_json::json;
use std::process::Command;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

static TURNS: RwLock<()> = RwLock::const_new(());

/// A turn with the hosts beside others, for tests whose jobs only want to be done.
pub(crate) async fn shared(world: &World) -> RwLockReadGuard<'static, ()> {
    let turn = TURNS.read().await;
    whole(world).await;
    turn
}

/// A turn with the hosts to oneself; given back with both of them up.
pub(crate) struct Alone {
    _turn: RwLockWriteGuard<'static, ()>,
}

/// Waits for a turn without others, and for free and healthy hosts.
pub(crate) async fn alone(world: &World) -> Alone {
    let turn = Alone { _turn: TURNS.write().await };
    whole(world).await;
    turn
}

impl Drop for Alone {
    fn drop(&mut self) {
        mend();
    }
}

/// Starts every host that is not up.
fn mend() {
    let hosts = Stack::read().hosts;
    for (number, host) in hosts.iter().enumerate().filter(|(_, host)| !up(host)) {
        let program = root().join("infra/local/stack.py");
        let number = (number + 1).to_string();
        let mut command = Command::new("python3");
        command.arg(program).args(["hosts", "start", &number]).env("GALLEY_HOME", home());
        let done = command.output();
        let started = done.is_ok_and(|output| output.status.success());
        // A panic in a drop would hide the failure that the test is about.
        if !started {
            eprintln!("{} could not be started again", host.id);
        }
    }
}

fn up(host: &Host) -> bool {
    let state =
        std::fs::read_to_string(format!("/proc/{}/stat", host.process.pid)).unwrap_or_default();
    let state = state.rsplit(')').next().and_then(|rest| rest.split_whitespace().next());
    state.is_some_and(|state| state != "Z")
}

/// Both hosts are up and on record, no slot is held, no old fault counts.
async fn whole(world: &World) {
    mend();
    until("both hosts are registered", 40, async || {
        let lane = world.lane().await;
        for (sk, slot) in lane.slots.iter().filter(|(_, slot)| 0 < slot.failures) {
            let forgiven = Write::set(slot_key(GPU, sk), json!({ "failures": 0 }));
            // Refused where the host's own restart forgave it meanwhile.
            world.table.write(vec![forgiven.when_is("failures", slot.failures)]).await.unwrap();
        }
        let ready = lane.hosts.values().filter(|host| host.state == HostState::Ready);
        (ready.count() == world.stack.hosts.len()).then_some(())
    })
    .await;
}

/// Nothing holds a slot and nothing waits.
pub(crate) async fn idle(world: &World) {
    until("no slot is held and nothing waits", 60, async || {
        let lane: LaneView = world.lane().await;
        let free = lane.slots.values().all(|slot| slot.attempt.is_none());
        // A host that says nothing any more: whose lease is over is found by the next sweep.
        if !lane.expired(aws::clock::now()).is_empty() {
            world.sweep().await;
        }
        (free && lane.waiting.is_empty()).then_some(())
    })
    .await;
}

/// A render that a host really ran.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Book {
    pub(crate) attempt: String,
    pub(crate) state: String,
}

/// The host by its id, as it runs now.
pub(crate) fn host(id: &str) -> Host {
    Stack::read().hosts.into_iter().find(|host| host.id == id).expect("the stack has this host")
}

/// Ends a host's process at once.
pub(crate) async fn kill(id: &str) {
    let host = host(id);
    signal(host.process.pid, "KILL");
    until("the host is dead", 5, async || (!up(&host)).then_some(())).await;
}

/// Tells a host to drain and go.
pub(crate) fn terminate(id: &str) {
    signal(host(id).process.pid, "TERM");
}

/// Hosts that neither hear nor say anything while this lives.
pub(crate) struct Asleep(Vec<u32>);

impl Asleep {
    pub(crate) fn new(ids: &[&str]) -> Self {
        let asleep = Self(ids.iter().map(|id| host(id).process.pid).collect());
        asleep.0.iter().for_each(|pid| signal(*pid, "STOP"));
        asleep
    }
}

impl Drop for Asleep {
    fn drop(&mut self) {
        self.0.iter().for_each(|pid| signal(*pid, "CONT"));
    }
}

/// Whether a host's process lives.
pub(crate) fn lives(id: &str) -> bool {
    up(&host(id))
}

/// Starts whatever host is not up, and waits until all are on record.
pub(crate) async fn restart(world: &World) {
    whole(world).await;
}

impl World {
    /// What a host that is up ran since it started.
    pub(crate) async fn books_of(&self, host: &Host) -> Vec<Book> {
        #[derive(Deserialize)]
        struct Books {
            renders: Vec<Book>,
        }
        let request = self.http.get(format!("{}/v1/test/books", host.url));
        let Ok(answer) = request.bearer_auth(&self.secrets.endpoint_key).send().await else {
            return Vec::new();
        };
        answer.json::<Books>().await.expect("a host's books are JSON").renders
    }

    /// The renders of a job in the books of all hosts that are up.
    pub(crate) async fn renders(&self, job: &JobId) -> Vec<Book> {
        let mut renders = Vec::new();
        for host in Stack::read().hosts.iter().filter(|host| up(host)) {
            renders.extend(self.books_of(host).await);
        }
        let of_job = |book: &Book| AttemptId::parse(&book.attempt).is_ok_and(|id| id.job() == *job);
        renders.retain(of_job);
        renders
    }
}
