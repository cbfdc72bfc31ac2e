//! GPU hosts and their slots: hosts announce themselves and renew; slots belong to hosts.

use super::{GPU, Memory, pk, slot_key};
use crate::error::{Error, Result};
use crate::money::MicroUsd;
use crate::ports::Table;
use crate::store::{Condition, Key, Query, Write, Written, from_item, sort_key};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Whether a host takes new work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HostState {
    /// It takes work.
    Ready,
    /// It finishes what it has, and goes.
    Draining,
}

/// What a host says of itself: the body of `PUT /v1/hosts/{host}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Announcement {
    /// Its name.
    pub host: String,
    /// Where it can be reached.
    pub address: String,
    /// How many renders it runs at once.
    pub slots: u32,
    /// The models it has; `*` for any.
    pub models: Vec<String>,
    /// The kinds of steps it does.
    pub kinds: Vec<String>,
    /// What a second in one of its slots costs, in dollars.
    pub usd_per_slot_second: f64,
    /// Whether it takes work.
    pub state: HostState,
    /// How often it will renew, in seconds.
    pub renew_s: u32,
    /// Tells one process from the next: a host that restarted has forgotten its renders and its faults.
    #[serde(default)]
    pub boot: Option<String>,
    /// Whether it takes an order ahead for a slot whose render it has said to be ending.
    #[serde(default)]
    pub ahead: bool,
}

/// A host on record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HostRecord {
    /// Its name.
    pub host: String,
    /// Where it can be reached.
    pub address: String,
    /// The models it has.
    pub models: Vec<String>,
    /// The kinds of steps it does.
    pub kinds: Vec<String>,
    /// What a second in one of its slots costs.
    pub usd_per_slot_second: MicroUsd,
    /// Whether it takes work.
    pub state: HostState,
    /// How many slots it has.
    pub slots: u32,
    /// Until when it is believed to be there.
    pub until: Time,
    /// Its present process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// Whether it takes an order ahead for a slot whose render is ending.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ahead: bool,
}

/// One place for one render at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SlotRecord {
    /// Its host.
    pub host: String,
    /// Held until then; 0 when free.
    pub lease_until: Time,
    /// Who holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<String>,
    /// Who held it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_attempt: Option<String>,
    /// The token of whoever holds or held it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Faults in a row.
    #[serde(default)]
    pub failures: u32,
    /// When the last of them was.
    #[serde(default)]
    pub failed_at: Time,
    /// When it was let go, where nobody holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freed_at: Option<Time>,
    /// Whether the last that held it succeeded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub done: bool,
    /// What it remembers.
    #[serde(default)]
    pub memory: Memory,
}

impl HostRecord {
    /// Where a host lies.
    pub fn key(host: &str) -> Key {
        Key::new(pk(GPU), format!("HOST#{host}"))
    }
}

impl SlotRecord {
    /// The sort key of a host's `n`th slot.
    pub fn sk(host: &str, n: u32) -> String {
        format!("SLOT#{host}#{n:03}")
    }

    /// A host's slot that nobody held yet.
    pub fn free(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            lease_until: Time(0),
            attempt: None,
            last_attempt: None,
            token: None,
            failures: 0,
            failed_at: Time(0),
            freed_at: None,
            done: false,
            memory: Memory::default(),
        }
    }
}

/// How many slots one host may announce.
const SLOTS_MOST: u32 = 64;

impl Announcement {
    /// Says what is wrong with it, if anything.
    pub fn check(&self, host: &str) -> Result<()> {
        let name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
        let wrong = if self.host != host {
            "host: must be the name in the path"
        } else if self.host.is_empty() || self.host.len() > 64 || !self.host.chars().all(name) {
            "host: must be 1 to 64 letters, digits, dots, dashes or underscores"
        } else if !(1..=SLOTS_MOST).contains(&self.slots) {
            "slots: must be from 1 to 64"
        } else if !(self.usd_per_slot_second.is_finite() && 0.0 <= self.usd_per_slot_second) {
            "usd_per_slot_second: must be a number not below 0"
        } else if !(1..=3600).contains(&self.renew_s) {
            "renew_s: must be from 1 to 3600"
        } else if !self.address.starts_with("http") {
            "address: must be an http or https URL"
        } else {
            return Ok(());
        };
        Err(Error::Invalid(wrong.into()))
    }
}

/// What an announcement changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announced {
    /// Nothing but the time until which the host is believed to be there.
    Renewed,
    /// The host is new, restarted, or changed what it offers.
    Changed,
}

/// Puts a host on record, or renews it. Slots that are held stay so; a restart clears their faults.
pub async fn register(table: &dyn Table, said: &Announcement, now: Time) -> Result<Announced> {
    let record = HostRecord {
        host: said.host.clone(),
        address: said.address.clone(),
        models: said.models.clone(),
        kinds: said.kinds.clone(),
        usd_per_slot_second: MicroUsd((said.usd_per_slot_second * 1e6).round() as i64),
        state: said.state,
        slots: said.slots,
        until: now.plus_s(said.renew_s * 3),
        boot: said.boot.clone(),
        ahead: said.ahead,
    };
    // The usual case is one write: same process, same offer, later `until`.
    let renewal = Write::set(HostRecord::key(&said.host), json!({ "until": record.until }))
        .when_is("address", &record.address)
        .when_is("models", &record.models)
        .when_is("kinds", &record.kinds)
        .when_is("usd_per_slot_second", record.usd_per_slot_second)
        .when_is("state", record.state)
        .when_is("slots", record.slots);
    let renewal = match &record.boot {
        Some(boot) => renewal.when_is("boot", boot),
        None => renewal.when(Condition::Without("boot")),
    };
    let renewal = match record.ahead {
        true => renewal.when_is("ahead", true),
        false => renewal.when(Condition::Without("ahead")),
    };
    if table.write(vec![renewal]).await? == Written::Done {
        return Ok(Announced::Renewed);
    }
    for n in 0..said.slots {
        let key = slot_key(GPU, &SlotRecord::sk(&said.host, n));
        let create = Write::create(key.clone(), &SlotRecord::free(&said.host))?;
        if table.write(vec![create]).await? != Written::Done {
            // It is there, held or free; what its host's last process did is forgiven.
            table.write(vec![Write::set(key, json!({ "failures": 0 }))]).await?;
        }
    }
    remove_slots(table, GPU, &said.host, said.slots).await?;
    table.write(vec![Write::put(HostRecord::key(&said.host), &record)?]).await?;
    Ok(Announced::Changed)
}

/// Takes a host that is gone off the record, with its free slots; held ones go when they are found.
pub async fn unregister(table: &dyn Table, host: &str) -> Result<()> {
    table.write(vec![Write::delete(HostRecord::key(host))]).await?;
    remove_slots(table, GPU, host, 0).await
}

/// Removes a host's free slots from the `from`th on.
pub(super) async fn remove_slots(
    table: &dyn Table,
    lane: &str,
    host: &str,
    from: u32,
) -> Result<()> {
    let slots = table.query(&Query::prefix(pk(lane), &format!("SLOT#{host}#"))).await?;
    for item in slots.iter().filter(|item| SlotRecord::sk(host, from).as_str() <= sort_key(item)) {
        let slot: SlotRecord = from_item(item)?;
        if slot.attempt.is_none() {
            let key = slot_key(lane, sort_key(item));
            table.write(vec![Write::delete(key).when(Condition::Without("attempt"))]).await?;
        }
    }
    Ok(())
}
