//! Which waiting item goes to which slot: a pure choice over one reading of the lane.

use super::usage::Memory;
use super::{
    Cap, HostRecord, HostState, Line, PROBE_AFTER_S, QUARANTINE_AFTER, Rate, SlotRecord, Waiting,
    pk,
};
use crate::error::Result;
use crate::id::AttemptId;
use crate::ports::Table;
use crate::record::Work;
use crate::store::{Item, Query, Write, from_item, sort_key};
use crate::time::Time;
use crate::vendor::circuit::Circuit;
use serde_json::Value;
use std::collections::BTreeMap;

/// A lane is read up to so many records: its hosts and slots, and the first items of some seventy tenants.
const READ_MOST: u32 = 600;

/// A lane as one consistent query found it.
#[derive(Clone, Debug, Default)]
pub struct LaneView {
    /// Whether an operator has put it on hold, and why.
    pub hold: Option<String>,
    /// Its hosts, by name.
    pub hosts: BTreeMap<String, HostRecord>,
    /// Its slots, by sort key.
    pub slots: BTreeMap<String, SlotRecord>,
    /// How many starts it allows, if that is limited.
    pub rate: Option<Rate>,
    /// Until when its vendor takes no more, as the vendor said.
    pub slow_until: Option<Time>,
    /// Claims of tenants with a cap, by tenant.
    pub caps: BTreeMap<String, Cap>,
    /// The tenants of whom more waits than is here.
    pub lines: BTreeMap<String, Line>,
    /// What is wrong with models of the vendor whose lane it is, by model.
    pub circuits: BTreeMap<String, Circuit>,
    /// What operators think of its models, by model.
    pub ranks: BTreeMap<String, u8>,
    /// The first of the waiting items of each tenant, in order.
    pub waiting: Vec<Waiting>,
}

/// A waiting item and the slot it gets.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The item.
    pub waiting: Waiting,
    /// The slot's sort key.
    pub slot: String,
    /// The slot's host.
    pub host: HostRecord,
    /// What the slot remembers from then on.
    pub(super) memory: Memory,
    /// What else the claim writes, so that no limit is overstepped.
    pub(super) guards: Vec<Write>,
}

impl LaneView {
    /// Reads a lane: hosts and slots come first, then the best waiting items.
    pub async fn read(table: &dyn Table, lane: &str) -> Result<Self> {
        Self::from_items(&table.query(&Query::partition(pk(lane)).limit(READ_MOST)).await?)
    }

    pub(super) fn from_items(items: &[Item]) -> Result<Self> {
        let mut view = Self::default();
        for item in items {
            let sk = sort_key(item);
            match sk.split('#').next() {
                Some("HOLD") => {
                    let reason = item.get("reason").and_then(|reason| reason.as_str());
                    view.hold = Some(reason.unwrap_or("no reason given").to_owned());
                }
                Some("HOST") => {
                    let host: HostRecord = from_item(item)?;
                    view.hosts.insert(host.host.clone(), host);
                }
                Some("SLOT") => {
                    view.slots.insert(sk.to_owned(), from_item(item)?);
                }
                Some("SLOW") => {
                    view.slow_until = item.get("until").and_then(Value::as_i64).map(Time)
                }
                Some("RATE") => view.rate = Some(from_item(item)?),
                Some("CAP") => {
                    view.caps.insert(rest(sk), from_item(item)?);
                }
                Some("CIRCUIT") => {
                    view.circuits.insert(rest(sk), from_item(item)?);
                }
                Some("RANK") => {
                    let rank = item.get("rank").and_then(|rank| rank.as_u64()).unwrap_or_default();
                    view.ranks.insert(rest(sk), u8::try_from(rank).unwrap_or(u8::MAX));
                }
                Some("LINE") => {
                    view.lines.insert(rest(sk), from_item(item)?);
                }
                Some("WAIT") => view.waiting.push(from_item(item)?),
                _ => {}
            }
        }
        Ok(view)
    }

    /// The next claim: the first item of the tenant with the least slot-seconds in use, in the tier whose turn it
    /// is: the one that has the earliest virtual start among what could start now.
    pub fn choose(&self, now: Time) -> Option<Choice> {
        let slow = self.slow_until.is_some_and(|until| now < until);
        if slow || self.hold.is_some() || self.rate_allows_at(now).is_some() {
            return None;
        }
        let (waiting, slot, host) = self.next(now)?;
        let work = &waiting.work;
        let held = self.slots.get(slot)?;
        Some(Choice {
            waiting: waiting.clone(),
            slot: slot.to_owned(),
            host: host.clone(),
            memory: held.memory_with(work, self.expected_ms(waiting, now), now),
            guards: [self.guards(work, now), self.tries(work, now)].concat(),
        })
    }

    fn next(&self, now: Time) -> Option<(&Waiting, &str, &HostRecord)> {
        // The usual case under backlog, told before each item is looked at.
        if !self.slots.values().any(|slot| is_free(slot, now)) {
            return None;
        }
        // The first that could start of each tenant, in the order of virtual starts.
        let mut firsts: BTreeMap<(&str, &str), (&Waiting, &str, &HostRecord)> = BTreeMap::new();
        for waiting in self.waiting.iter().filter(|waiting| waiting.work.not_before <= now) {
            let work = &waiting.work;
            let whose = (work.tier.as_str(), work.tenant.as_str());
            if !firsts.contains_key(&whose)
                && !self.capped(work)
                && self.rests_until(work, now).is_none()
                && let Some((slot, host)) = self.slot_for(work, now)
            {
                firsts.insert(whose, (waiting, slot, host));
            }
        }
        let turn = firsts
            .iter()
            .min_by_key(|(_, (waiting, ..))| &waiting.sk)
            .map(|((tier, _), _)| *tier)?;
        let in_use = self.in_use(now);
        let used = |tenant: &str| in_use.get(tenant).copied().unwrap_or_default();
        let of_tier = firsts.into_iter().filter(|((tier, _), _)| *tier == turn);
        let least = of_tier.min_by_key(|((_, tenant), (waiting, ..))| (used(tenant), &waiting.sk));
        least.map(|(_, first)| first)
    }

    fn slot_for(&self, work: &Work, now: Time) -> Option<(&str, &HostRecord)> {
        let able = |host: &HostRecord| self.usable(host, now) && can(host, work);
        let free = self.slots.iter().filter(|(_, slot)| is_free(slot, now));
        let mut places: Vec<_> = free
            .filter_map(|(sk, slot)| self.hosts.get(&slot.host).map(|host| (sk, host)))
            .filter(|(_, host)| able(host))
            .collect();
        // A host to avoid is better than none at all only when no other host could ever take it.
        let elsewhere =
            self.hosts.values().any(|host| able(host) && !work.avoid.contains(&host.host));
        if elsewhere {
            places.retain(|(_, host)| !work.avoid.contains(&host.host));
        }
        let least = places.into_iter().min_by_key(|(sk, host)| (self.busy(&host.host, now), *sk));
        least.map(|(sk, host)| (sk.as_str(), host))
    }

    /// Whether new work may go there.
    pub(crate) fn usable(&self, host: &HostRecord, now: Time) -> bool {
        host.state == HostState::Ready && now < host.until && !self.quarantined(&host.host, now)
    }

    /// Whether a host failed too often in a row, and its time for another try has not come.
    pub fn quarantined(&self, host: &str, now: Time) -> bool {
        self.quarantine_ends(host).is_some_and(|end| now < end)
    }

    /// When a host that failed too often in a row gets another try.
    fn quarantine_ends(&self, host: &str) -> Option<Time> {
        let slots = self.slots.values().filter(|slot| slot.host == host);
        let (failures, last) = slots.fold((0, Time(0)), |(failures, last), slot| {
            (failures + slot.failures, last.max(slot.failed_at))
        });
        (QUARANTINE_AFTER <= failures).then(|| last.plus_s(PROBE_AFTER_S))
    }

    /// The lane after a claim, as far as the claimer knows.
    pub(super) fn claimed(&mut self, choice: &Choice, now: Time, until: Time) {
        self.waiting.retain(|waiting| waiting.sk != choice.waiting.sk);
        self.count(&choice.waiting.work, now);
        if let Some(slot) = self.slots.get_mut(&choice.slot) {
            slot.lease_until = until;
            slot.attempt = Some(choice.waiting.work.attempt.to_string());
            slot.memory = choice.memory.clone();
            slot.freed_at = None;
            slot.done = false;
        }
        self.tried(&choice.waiting.work, now);
    }

    /// The lane as if a slot's holder had succeeded and let it go; gives the holder's token, none if it is
    /// another's.
    pub(super) fn free(&mut self, slot: &str, holder: &AttemptId, now: Time) -> Option<String> {
        let held = self.slots.get(slot)?;
        if held.attempt.as_deref() != Some(holder.as_str()) {
            return None;
        }
        let token = held.token.clone();
        self.let_go(slot, now);
        token
    }

    /// The lane as if whoever holds a slot had succeeded.
    pub(super) fn let_go(&mut self, slot: &str, now: Time) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.attempt = None;
            slot.lease_until = Time(0);
            slot.freed_at = Some(now);
            slot.done = true;
        }
    }

    fn busy(&self, host: &str, now: Time) -> usize {
        self.slots.values().filter(|slot| slot.host == host && now <= slot.lease_until).count()
    }

    /// Slots whose lease is over though somebody holds them.
    pub fn expired(&self, now: Time) -> Vec<(&str, &SlotRecord)> {
        let over = |slot: &SlotRecord| slot.attempt.is_some() && slot.lease_until < now;
        self.slots
            .iter()
            .filter(|(_, slot)| over(slot))
            .map(|(sk, slot)| (sk.as_str(), slot))
            .collect()
    }

    /// When to look again although nobody will have written: an item may start, a slot cools down, or a
    /// host gets another try.
    pub fn next_look(&self, now: Time) -> Option<Time> {
        if self.waiting.is_empty() {
            return None;
        }
        let items = self.waiting.iter().map(|waiting| waiting.work.not_before);
        let cooling = self.slots.values().filter(|slot| slot.attempt.is_none());
        let tries = self.hosts.keys().filter_map(|host| self.quarantine_ends(host));
        let times = items.chain(cooling.map(|slot| slot.lease_until)).chain(tries);
        let rests = self.circuits.values().filter_map(|circuit| circuit.until);
        let times = times.chain(self.rate_allows_at(now)).chain(self.slow_until).chain(rests);
        times.filter(|at| now < *at).min()
    }
}

/// The part of a sort key after its first word.
fn rest(sk: &str) -> String {
    sk.split_once('#').map(|(_, rest)| rest.to_owned()).unwrap_or_default()
}

fn is_free(slot: &SlotRecord, now: Time) -> bool {
    slot.attempt.is_none() && slot.lease_until < now
}

/// Whether a host does such work.
pub(super) fn can(host: &HostRecord, work: &Work) -> bool {
    let model = work.params.get("model").and_then(|model| model.as_str());
    // A vendor was chosen for what it can do.
    work.ask.is_some() || does(host, &work.kind, model)
}

/// Whether a host does work of this kind by this model.
pub(super) fn does(host: &HostRecord, kind: &str, model: Option<&str>) -> bool {
    let has_model = |model| host.models.iter().any(|have| have == "*" || have == model);
    host.kinds.iter().any(|have| have == kind) && model.is_none_or(has_model)
}
