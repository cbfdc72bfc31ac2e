//! Lanes: named pools of slots, and the order in which waiting work gets them.
//!
//! Slots and waiting items of a lane lie in one partition, read with one consistent query. Each side
//! writes before it looks (record, then look for a slot; release, then look for work), so no wake-up
//! is lost. A slot is held by its lease, not by a process.
//!
//! Who is next: the tier whose first item has the earliest virtual start, in it the tenant with the least
//! slot-seconds in use, and of that tenant the item with the earliest virtual start (`choose`).

mod afford;
mod all;
mod choose;
mod claim;
mod custody;
mod elsewhere;
mod fill;
mod finish;
mod forecast;
mod host;
mod limits;
mod line;
mod near;
mod rank;
mod reconcile;
mod recorded;
mod report;
mod resolve;
mod rests;
mod retry;
mod reuse;
mod scale;
mod shown;
mod success;
mod take;
mod usage;
mod vendor;

pub use all::{AllLanes, LANES, lane_names};
use choose::can;
pub use choose::{Choice, LaneView};
pub(crate) use claim::job_is_open;
pub(crate) use finish::Standing;
pub use forecast::explain;
pub use host::{Announced, Announcement, HostRecord, HostState, SlotRecord, register, unregister};
pub use limits::{Cap, Rate};
pub(crate) use line::forget;
pub use line::{COUNTED_MOST, Line, WINDOW, line_pk};
pub use near::Blind;
pub use rank::{HEAD_START_MOST_S, Rank, SPREAD_S};
pub use report::{Answer, Context};
pub use resolve::{Resolution, Word};
pub(crate) use retry::Failure;
pub use scale::{Measure, Policy, WAITING_PER_SLOT, hosts_wanted, slots_wanted};
pub use shown::lane_json;
pub use take::Message;
pub use usage::{Memory, SAMPLES_LEAST, Took, sort_of};
pub use vendor::{close_vendor, open_double, open_vendor};

use crate::id::AttemptId;
use crate::ports::{Eyes, Flow, Hosts, Objects, Queue, Table};
use crate::record::Work;
use crate::sign::SigningKey;
use crate::store::{Key, Write};
use crate::time::Time;
use crate::vendor::Models;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// The lane of the GPU hosts.
pub const GPU: &str = "gpu";
/// How long a slot is left alone after its host said that it is busy, in seconds.
const COOL_DOWN_S: u32 = 2;
/// After so many faults in a row a slot's host is left alone.
pub const QUARANTINE_AFTER: u32 = 3;
/// After so long one attempt is allowed there again, in seconds.
const PROBE_AFTER_S: u32 = 60;

/// What moves work through a lane: the ports it needs, and how it is set up.
#[derive(Clone, Copy)]
pub struct Lanes<'a> {
    /// Jobs, ledger and lanes.
    pub table: &'a dyn Table,
    /// Inputs and outputs.
    pub objects: &'a dyn Objects,
    /// Where waiting executions are told.
    pub flow: &'a dyn Flow,
    /// Where a later look is asked for.
    pub queue: &'a dyn Queue,
    /// Where calls to vendors are asked for: function `call` makes them.
    pub calls: &'a dyn Queue,
    /// Who does the work.
    pub hosts: &'a dyn Hosts,
    /// Who looks at pictures.
    pub eyes: &'a dyn Eyes,
    /// How it is set up.
    pub settings: &'a Settings,
}

/// How lanes are set up in this deployment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Signs report contexts and derives report secrets.
    pub signing_key: SigningKey,
    /// The base URL of the HTTP API, where hosts report.
    pub api_url: String,
    /// How long a slot is held without a report, in seconds.
    pub lease_s: u32,
    /// What vendors can do; empty where nothing is chosen.
    pub models: Arc<Models>,
}

impl Settings {
    /// Where a vendor may tell of an attempt; nobody else can guess the address.
    pub fn webhook_of(&self, vendor: &str, attempt: &AttemptId) -> String {
        let secret = self.webhook_secret(attempt);
        format!("{}/v1/vendors/{vendor}/{attempt}/{secret}", self.api_url)
    }

    /// The last part of that address.
    pub fn webhook_secret(&self, attempt: &AttemptId) -> String {
        self.signing_key.derive("vendor", attempt.as_str())
    }
}

/// A lane's partition.
pub fn pk(lane: &str) -> String {
    format!("LANE#{lane}")
}

/// A work item that waits for a slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// Its sort key: the virtual start, then the attempt.
    pub sk: String,
    /// All that the call needs.
    pub work: Work,
    /// Who waits for it.
    pub token: String,
}

impl Waiting {
    /// An item in its place: earliest virtual start (enqueue time less the head start) first.
    pub fn new(work: Work, token: &str) -> Self {
        let start = work.enqueued_at.0 - i64::from(work.head_start_s) * 1000;
        let sk = format!("WAIT#{start:015}#{}", work.attempt);
        Self { sk, work, token: token.to_owned() }
    }

    /// Where it is recorded, and claimed from.
    pub fn key(&self) -> Key {
        Key::new(pk(&self.work.lane), self.sk.clone())
    }
}

/// The partition key and sort key of a slot.
pub fn slot_key(lane: &str, slot: &str) -> Key {
    Key::new(pk(lane), slot)
}

/// Lets a slot go that this attempt holds, of which nothing more is told.
pub(crate) fn let_go(slot: Key, attempt: &AttemptId, now: Time) -> Write {
    let free = json!({
        "attempt": null, "last_attempt": attempt, "lease_until": 0, "freed_at": now,
    });
    Write::set(slot, free).when_is("attempt", attempt)
}

/// Where the host puts an output before it is taken into custody.
pub fn incoming(attempt: &AttemptId, output: &str) -> String {
    format!("incoming/{attempt}/{output}")
}

/// Where the latest preview of an attempt lies.
pub fn preview(attempt: &AttemptId) -> String {
    format!("previews/{attempt}.jpg")
}

/// What a task of the state machine is told.
pub mod outcome {
    use crate::state::{JobState, StepState};
    use serde_json::{Value, json};

    /// The step is done; go on.
    pub fn ok() -> Value {
        json!({ "ok": true })
    }

    /// The job is over.
    pub fn end(state: JobState) -> Value {
        json!({ "end": state })
    }

    /// What a step's state means for the execution; none while it is not over.
    pub fn of(state: StepState) -> Option<Value> {
        match state {
            StepState::Succeeded | StepState::Skipped => Some(ok()),
            StepState::Failed => Some(end(JobState::Failed)),
            StepState::Canceled => Some(end(JobState::Canceled)),
            StepState::Expired => Some(end(JobState::Expired)),
            StepState::Pending | StepState::Waiting | StepState::Running => None,
        }
    }

    /// The outcome with the number of the last event, which saves the next writer a read.
    pub fn at(mut outcome: Value, event: u64) -> Value {
        outcome["event"] = event.into();
        outcome
    }
}
