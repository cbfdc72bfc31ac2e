//! Which waiting item goes to which slot: a pure choice over one reading of the lane.

use super::{HostRecord, HostState, PROBE_AFTER_S, QUARANTINE_AFTER, SlotRecord, Waiting, pk};
use crate::error::Result;
use crate::id::AttemptId;
use crate::ports::Table;
use crate::record::Work;
use crate::store::{Item, Query, from_item, sort_key};
use crate::time::Time;
use std::collections::BTreeMap;

/// A lane as one consistent query found it.
#[derive(Clone, Debug, Default)]
pub struct LaneView {
    /// Whether an operator has put it on hold, and why.
    pub hold: Option<String>,
    /// Its hosts, by name.
    pub hosts: BTreeMap<String, HostRecord>,
    /// Its slots, by sort key.
    pub slots: BTreeMap<String, SlotRecord>,
    /// The first of the waiting items, in order.
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
}

impl LaneView {
    /// Reads a lane: hosts and slots come first, then the best waiting items.
    pub async fn read(table: &dyn Table, lane: &str) -> Result<Self> {
        Self::from_items(&table.query(&Query::partition(pk(lane)).limit(400)).await?)
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
                Some("WAIT") => view.waiting.push(from_item(item)?),
                _ => {}
            }
        }
        Ok(view)
    }

    /// The next claim: the first item that a free slot can take.
    pub fn choose(&self, now: Time) -> Option<Choice> {
        if self.hold.is_some() {
            return None;
        }
        self.waiting
            .iter()
            .filter(|waiting| waiting.work.not_before <= now)
            .find_map(|waiting| self.slot_for(waiting, now))
    }

    fn slot_for(&self, waiting: &Waiting, now: Time) -> Option<Choice> {
        let work = &waiting.work;
        let able = |host: &HostRecord| self.usable(host, now) && can(host, work);
        let free = |slot: &SlotRecord| slot.attempt.is_none() && slot.lease_until < now;
        let free = self.slots.iter().filter(|(_, slot)| free(slot));
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
        let (slot, host) =
            places.into_iter().min_by_key(|(sk, host)| (self.busy(&host.host, now), *sk))?;
        Some(Choice { waiting: waiting.clone(), slot: slot.clone(), host: host.clone() })
    }

    /// Whether new work may go there.
    fn usable(&self, host: &HostRecord, now: Time) -> bool {
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
    pub(super) fn claimed(&mut self, choice: &Choice, until: Time) {
        self.waiting.retain(|waiting| waiting.sk != choice.waiting.sk);
        if let Some(slot) = self.slots.get_mut(&choice.slot) {
            slot.lease_until = until;
            slot.attempt = Some(choice.waiting.work.attempt.to_string());
        }
    }

    /// The lane as if a slot's holder had let it go; gives the holder's token, none if it is another's.
    pub(super) fn free(&mut self, slot: &str, holder: &AttemptId) -> Option<String> {
        let slot = self.slots.get_mut(slot)?;
        if slot.attempt.as_deref() != Some(holder.as_str()) {
            return None;
        }
        slot.attempt = None;
        slot.lease_until = Time(0);
        slot.token.clone()
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
        times.filter(|at| now < *at).min()
    }
}

fn can(host: &HostRecord, work: &Work) -> bool {
    let model = work.params.get("model").and_then(|model| model.as_str());
    let has_model = |model| host.models.iter().any(|have| have == "*" || have == model);
    host.kinds.iter().any(|kind| kind == &work.kind) && model.is_none_or(has_model)
}
