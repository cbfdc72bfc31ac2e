//! Results that are used again instead of being paid again: by what they were made from, per tenant.
//!
//! Whoever first asks for a result leads: the record says so from the transaction that puts its work on record, and who
//! asks for the same meanwhile follows it. The leader lives as long as its step is under way, which is read, not
//! timed; so nobody waits for a dead one.

mod forget;
mod key;
mod looks;
mod near;

pub use forget::{Forget, forget};
pub use key::key;
pub use looks::{Cells, Looks, NEAR_BITS, NEAR_MOST};
pub use near::{COMPARED_MOST, Near, near_pk};
pub(crate) use near::{Found, Seen, Sought, pictures};

use crate::error::Result;
use crate::id::{AssetId, AttemptId, JobId, TenantId};
use crate::money::MicroUsd;
use crate::ports::Table;
use crate::record::{JobRecord, StepRecord, Work};
use crate::state::StepState;
use crate::store::{Condition, Key, Write, from_item};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A result is found again for so long, in seconds.
const KEPT_S: u32 = 90 * 86_400;

/// What an attempt leads, if it does: goes with the work, and with its sealed context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Led {
    /// The key.
    pub key: String,
    /// The first attempt of the step that leads.
    pub leader: AttemptId,
    /// That somebody else makes it than the key says, so that it is not what others wait for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elsewhere: bool,
}

/// What a step waits for that makes nothing itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follows {
    /// The key.
    pub key: String,
    /// Who makes it.
    pub leader: AttemptId,
}

/// What a step was given instead of being made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reused {
    /// The attempt that made it.
    pub attempt: AttemptId,
    /// The assets that it made.
    pub assets: Vec<AssetId>,
    /// What that cost, and this did not.
    pub saved: MicroUsd,
    /// How near it is; none where it was made from the very same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<Near>,
}

/// How far a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Its leader makes it.
    Making,
    /// It is there.
    Made,
}

/// A result, or who makes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReuseRecord {
    /// How far it is.
    pub stage: Stage,
    /// Who makes it, or made it: the first attempt of its step.
    pub leader: AttemptId,
    /// The kind of work.
    pub kind: String,
    /// The model: `vendor/model`, or that of one's own hosts.
    pub model: String,
    /// Whether somebody waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub followed: Option<bool>,
    /// The attempt that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptId>,
    /// What it made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<AssetId>,
    /// What that cost.
    #[serde(default)]
    pub usd: MicroUsd,
    /// When the table drops it, in seconds.
    pub expires_at: i64,
}

/// The partition of a tenant's results.
pub fn pk(tenant: &TenantId) -> String {
    format!("REUSE#{tenant}")
}

/// Where a result lies.
pub fn record_key(tenant: &TenantId, key: &str) -> Key {
    Key::new(pk(tenant), key)
}

/// Before the steps that wait for a result.
pub(crate) fn followers(key: &str) -> String {
    format!("{key}#")
}

/// Where it says that a step waits for a result.
pub(crate) fn follower_key(tenant: &TenantId, key: &str, job: &JobId, step: &str) -> Key {
    Key::new(pk(tenant), format!("{}{job}.{step}", followers(key)))
}

impl ReuseRecord {
    /// That this work leads; whoever followed the one before follows it.
    pub(crate) fn making(work: &Work, followed: Option<bool>, now: Time) -> Self {
        let own = || work.params.get("model").and_then(|model| model.as_str()).unwrap_or_default();
        let model = match &work.ask {
            Some(ask) => format!("{}/{}", work.lane, ask.model),
            None => own().to_owned(),
        };
        Self {
            stage: Stage::Making,
            leader: work.attempt.clone(),
            kind: work.kind.clone(),
            model,
            followed,
            attempt: None,
            assets: Vec::new(),
            usd: MicroUsd(0),
            expires_at: expiry(now),
        }
    }

    /// A change of this record, on the condition that it is as it was read.
    pub(crate) fn unchanged(&self, write: Write) -> Write {
        write.when_is("leader", &self.leader).when_is("stage", self.stage)
    }

    /// What whoever takes it is given.
    pub(crate) fn reused(&self) -> Option<Reused> {
        let made = self.stage == Stage::Made && !self.assets.is_empty();
        let attempt = self.attempt.clone().filter(|_| made)?;
        Some(Reused { attempt, assets: self.assets.clone(), saved: self.usd, near: None })
    }

    /// Whether its leader still makes it.
    pub(crate) async fn led(&self, table: &dyn Table) -> Result<bool> {
        let job = self.leader.job();
        let keys = [JobRecord::key(&job), StepRecord::key(&job, self.leader.step())];
        let items = table.get(&keys).await?;
        let [Some(job), Some(step)] = items.as_slice() else { return Ok(false) };
        let (job, step): (JobRecord, StepRecord) = (from_item(job)?, from_item(step)?);
        let number = self.leader.number();
        let at_it = matches!(step.state, StepState::Waiting | StepState::Running);
        let this_round = step.attempts_before < number && number <= step.attempts;
        Ok(at_it && this_round && step.follows.is_none() && job.state.open())
    }
}

/// When the table drops what is written now.
pub(crate) fn expiry(now: Time) -> i64 {
    now.plus_s(KEPT_S).unix_s()
}

/// What the leader's success makes of the record. `followed`: whether somebody was seen to wait for it.
pub(crate) fn made(
    tenant: &TenantId,
    led: &Led,
    (attempt, assets, usd): (&AttemptId, Vec<&AssetId>, MicroUsd),
    followed: bool,
    now: Time,
) -> Write {
    let key = record_key(tenant, &led.key);
    let write = match led.elsewhere {
        true => Write::delete(key),
        false => Write::set(
            key,
            json!({
                "stage": Stage::Made, "attempt": attempt, "assets": assets, "usd": usd,
                "followed": null, "expires_at": expiry(now),
            }),
        ),
    };
    let write = write.when_is("leader", &led.leader).when_is("stage", Stage::Making);
    match followed {
        true => write.when_is("followed", true),
        false => write.when(Condition::Without("followed")),
    }
}

/// Reads what is known of a result.
pub(crate) async fn read(
    table: &dyn Table,
    tenant: &TenantId,
    key: &str,
) -> Result<Option<ReuseRecord>> {
    let items = table.get(&[record_key(tenant, key)]).await?;
    items[0].as_ref().map(from_item).transpose()
}
