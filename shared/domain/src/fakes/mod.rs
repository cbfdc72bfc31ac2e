//! In-memory stores that obey the ports' contracts, and a fault injector: for tests of handlers.
//!
//! [`every_fault`] runs a handler with each call to the world failing in turn, *refused* (nothing
//! happened) and *lost* (it happened, the answer did not come), then again without faults, and
//! demands the world of one clean run.

mod accounts;
mod message;
mod outside;
mod overtaken;
mod polite;
mod publishable;
mod scenes;
mod services;
mod spoke;
mod table;
mod vault;
mod vendors;
mod watching;

pub use accounts::MemoryAccounts;
pub use message::MemoryMessage;
pub use outside::{MemoryBus, MemoryReceivers};
pub use overtaken::Overtaken;
pub use polite::Polite;
pub use publishable::{
    posting, posts_job, publish_call, publishable, publishable_bytes, publishable_job, under,
};
pub use scenes::{MP4, NOW, PNG};
pub use services::{MemoryFlow, MemoryHosts, MemoryObjects, MemoryQueue};
pub use spoke::{Lying, MemorySpoke};
pub use table::MemoryTable;
pub use vault::MemoryVault;
pub use vendors::{MemoryVendors, VendorWork};
pub use watching::{MemoryConnections, MemoryPublisher, MemoryPusher};

use crate::erase::Erasing;
use crate::error::{Error, Result};
use crate::lane::{Blind, Lanes, Settings};
use crate::sign::SigningKey;
use crate::time::Time;
use crate::vendor::{Caller, Models};
use crate::watch::Streams;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing happened.
    Refused,
    /// It happened; the answer did not come.
    Lost,
}

/// Counts the calls to the world, and fails one of them.
#[derive(Debug, Default)]
pub struct Faults {
    calls: AtomicUsize,
    planned: Mutex<Option<(usize, Fault)>>,
}

impl Faults {
    /// Lets the `nth` call from now (from 0) fail.
    pub fn plan(&self, nth: usize, fault: Fault) {
        self.calls.store(0, Ordering::SeqCst);
        *self.planned.lock().expect("no test panics while it plans") = Some((nth, fault));
    }

    /// Lets no call fail.
    pub fn clear(&self) {
        self.calls.store(0, Ordering::SeqCst);
        *self.planned.lock().expect("no test panics while it plans") = None;
    }

    /// The fault planned for this call, if any.
    pub fn next(&self) -> Option<Fault> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let planned = *self.planned.lock().expect("no test panics while it plans");
        planned.filter(|(nth, _)| *nth == call).map(|(_, fault)| fault)
    }

    /// How many calls there were since the last plan.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Runs a call, or fails it as planned.
    pub fn run<T>(&self, act: impl FnOnce() -> Result<T>) -> Result<T> {
        match self.next() {
            None => act(),
            Some(Fault::Refused) => Err(Error::Again("refused by the test".into())),
            Some(Fault::Lost) => {
                act()?;
                Err(Error::Again("lost by the test".into()))
            }
        }
    }
}

/// A whole world in memory.
#[derive(Debug)]
pub struct World {
    /// Jobs, ledger, lanes, tenants.
    pub table: MemoryTable,
    /// Objects.
    pub objects: MemoryObjects,
    /// The state machine.
    pub flow: MemoryFlow,
    /// The dispatch queue.
    pub queue: MemoryQueue,
    /// Where calls to vendors are asked for.
    pub calls: MemoryQueue,
    /// The message that asks for a call.
    pub held: MemoryMessage,
    /// Vendors.
    pub vendors: MemoryVendors,
    /// GPU hosts.
    pub hosts: MemoryHosts,
    /// The stack's bus.
    pub bus: MemoryBus,
    /// Deliveries that are to be posted.
    pub notices: MemoryQueue,
    /// Receivers of webhooks.
    pub receivers: MemoryReceivers,
    /// Secrets that tenants lent.
    pub vault: MemoryVault,
    /// Whoever tries the accounts that tenants lent.
    pub accounts: MemoryAccounts,
    /// WebSocket connections.
    pub connections: MemoryConnections,
    /// The function that publishes.
    pub publisher: MemoryPublisher,
    /// What fails.
    pub faults: Arc<Faults>,
    /// How lanes are set up.
    pub settings: Settings,
}

impl Default for World {
    fn default() -> Self {
        let faults = Arc::new(Faults::default());
        Self {
            table: MemoryTable::new(faults.clone()),
            objects: MemoryObjects::new(faults.clone()),
            flow: MemoryFlow::new(faults.clone()),
            queue: MemoryQueue::new(faults.clone()),
            calls: MemoryQueue::new(faults.clone()),
            held: MemoryMessage::new(faults.clone()),
            vendors: MemoryVendors::new(faults.clone()),
            hosts: MemoryHosts::new(faults.clone()),
            bus: MemoryBus::new(faults.clone()),
            notices: MemoryQueue::new(faults.clone()),
            receivers: MemoryReceivers::new(faults.clone()),
            vault: MemoryVault::new(faults.clone()),
            accounts: MemoryAccounts::new(faults.clone()),
            connections: MemoryConnections::new(faults.clone()),
            publisher: MemoryPublisher::new(faults.clone()),
            faults,
            settings: Settings {
                signing_key: SigningKey::new("test"),
                api_url: "https://api.test".into(),
                lease_s: 60,
                models: Arc::new(Models::for_tests()),
            },
        }
    }
}

impl World {
    /// The lanes of this world.
    pub fn lanes(&self) -> Lanes<'_> {
        Lanes {
            table: &self.table,
            objects: &self.objects,
            flow: &self.flow,
            queue: &self.queue,
            calls: &self.calls,
            hosts: &self.hosts,
            eyes: &Blind,
            settings: &self.settings,
        }
    }

    /// Who calls vendors in this world, at this time.
    pub fn caller<'a>(&'a self, clock: &'a (dyn Fn() -> Time + Sync)) -> Caller<'a> {
        Caller { lanes: self.lanes(), vendors: &self.vendors, clock }
    }

    /// What pushing events needs of this world.
    pub fn streams(&self) -> Streams<'_> {
        Streams {
            table: &self.table,
            objects: &self.objects,
            connections: &self.connections,
            signing_key: &self.settings.signing_key,
        }
    }

    /// What erasing needs of this world.
    pub fn erasing(&self) -> Erasing<'_> {
        Erasing { table: &self.table, eraser: &self.objects }
    }

    /// Everything that a clean run must leave the same, as sorted lines.
    pub fn listing(&self) -> String {
        [
            self.table.listing(),
            self.objects.listing(),
            self.flow.listing(),
            self.hosts.listing(),
            self.vendors.listing(),
        ]
        .join("\n---\n")
    }
}

/// Runs `act` in worlds made by `prepare`, each call failing in turn and both ways, then again until it
/// is done; the world must be that of a clean run, which is run twice itself.
pub async fn every_fault(
    prepare: impl AsyncFn() -> World,
    act: impl AsyncFn(&World) -> Result<()>,
    look: impl Fn(&World) -> String,
) {
    let clean = prepare().await;
    clean.faults.clear();
    act(&clean).await.expect("a clean run succeeds");
    let calls = clean.faults.calls();
    let expected = look(&clean);
    act(&clean).await.expect("a second run of the same event succeeds");
    same(&look(&clean), &expected, "after a second run");
    assert!(0 < calls, "the handler asked nothing of the world");
    for nth in 0..calls {
        for fault in [Fault::Refused, Fault::Lost] {
            let world = prepare().await;
            world.faults.plan(nth, fault);
            let _ = act(&world).await;
            world.faults.clear();
            for _ in 0..2 {
                act(&world).await.expect("a run without faults succeeds");
            }
            same(&look(&world), &expected, &format!("with call {nth} of {calls} {fault:?}"));
        }
    }
}

/// Fails with the lines that differ, and no others.
#[track_caller]
fn same(found: &str, expected: &str, when: &str) {
    let only = |of: &str, other: &str| -> Vec<String> {
        let other: Vec<&str> = other.lines().collect();
        of.lines().filter(|line| !other.contains(line)).map(str::to_owned).collect()
    };
    let (more, less) = (only(found, expected), only(expected, found));
    assert!(found == expected, "{when}:\nfound    {more:#?}\nexpected {less:#?}");
}
