//! What slots remember: whose work they did, and how long work of each sort took.
//!
//! The memory of a slot lies in its own record and is written by the claim, which changes that record
//! anyway. It tells which tenant has used the lane least, and what work will probably take. A claim that
//! comes between another's reading and writing of one slot may forget one render; nothing depends on it.

use super::{LaneView, SlotRecord, Waiting};
use crate::record::Work;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// After so many seconds half of what was used is forgiven: long enough to even out renders of minutes, short
/// enough that nobody pays for this morning.
const HALF_LIFE_S: i64 = 300;
/// A render that runs counts for at least so much: the next slot goes to somebody else.
const RUNNING_LEAST_MS: i64 = 1_000;
/// What is forgiven down to this is forgotten.
const FORGOTTEN_MS: i64 = 20;
/// How many tenants one slot remembers, and how many sorts of work.
const REMEMBERED: usize = 24;
/// An average follows the last so many samples.
const SAMPLES: u32 = 20;
/// With fewer samples nothing is said.
pub const SAMPLES_LEAST: u32 = 5;

/// What a slot remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Whose work was claimed for it last.
    #[serde(default)]
    pub tenant: String,
    /// Of what sort that work is.
    #[serde(default)]
    pub sort: String,
    /// When it was claimed.
    #[serde(default)]
    pub claimed_at: Time,
    /// How long it was expected to take; 0 where nothing was known.
    #[serde(default)]
    pub expected_ms: i64,
    /// Slot-milliseconds by tenant, as far as they are not forgiven.
    #[serde(default)]
    pub used: BTreeMap<String, i64>,
    /// As of when.
    #[serde(default)]
    pub used_at: Time,
    /// What renders took, by sort of work.
    #[serde(default)]
    pub took: BTreeMap<String, Took>,
}

/// How long work of one sort takes: an average that follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Took {
    /// How many renders it is from.
    pub n: u32,
    /// Milliseconds.
    pub ms: i64,
}

impl Took {
    fn with(self, ms: i64) -> Self {
        let n = self.n + 1;
        Self { n, ms: self.ms + (ms - self.ms) / i64::from(n.min(SAMPLES)) }
    }

    fn and(self, other: Self) -> Self {
        let n = self.n + other.n;
        let sum = self.ms * i64::from(self.n) + other.ms * i64::from(other.n);
        Self { n, ms: sum / i64::from(n.max(1)) }
    }

    /// The average, once it is worth saying.
    pub fn known(self) -> Option<i64> {
        (SAMPLES_LEAST <= self.n).then_some(self.ms)
    }
}

/// The sort of a piece of work: its kind and its model.
pub fn sort_of(work: &Work) -> String {
    let model = work.params.get("model").and_then(|model| model.as_str()).unwrap_or("-");
    sort(&work.kind, Some(model))
}

/// The same of a kind and a model; none where the host decides.
pub(super) fn sort(kind: &str, model: Option<&str>) -> String {
    format!("{kind} {}", model.unwrap_or("-"))
}

fn forgiven(ms: i64, over_ms: i64) -> i64 {
    let halves = over_ms as f64 / (HALF_LIFE_S * 1000) as f64;
    (ms as f64 * 0.5_f64.powf(halves)) as i64
}

impl SlotRecord {
    /// What it remembers by now; whoever holds it is not yet part of that, whoever held it last is.
    pub(super) fn remembered(&self, now: Time) -> Memory {
        let mut memory = self.memory.clone();
        for ms in memory.used.values_mut() {
            *ms = forgiven(*ms, now.since_ms(memory.used_at));
        }
        memory.used_at = now;
        let freed = self.freed_at.filter(|_| self.attempt.is_none());
        if let Some(freed) = freed.filter(|_| !memory.tenant.is_empty()) {
            let held = freed.since_ms(memory.claimed_at);
            let more = forgiven(held, now.since_ms(freed));
            *memory.used.entry(memory.tenant.clone()).or_default() += more;
            if self.done {
                let took = memory.took.entry(memory.sort.clone()).or_default();
                *took = took.with(held);
            }
        }
        memory.used.retain(|_, ms| FORGOTTEN_MS <= *ms);
        while REMEMBERED < memory.used.len() {
            let least = memory.used.iter().min_by_key(|(_, ms)| **ms).map(|(name, _)| name.clone());
            memory.used.remove(&least.unwrap_or_default());
        }
        while REMEMBERED < memory.took.len() {
            let least =
                memory.took.iter().min_by_key(|(_, took)| took.n).map(|(sort, _)| sort.clone());
            memory.took.remove(&least.unwrap_or_default());
        }
        memory
    }

    /// What it remembers once this work has claimed it.
    pub(super) fn memory_with(&self, work: &Work, expected_ms: i64, now: Time) -> Memory {
        Memory {
            tenant: work.tenant.to_string(),
            sort: sort_of(work),
            claimed_at: now,
            expected_ms,
            ..self.remembered(now)
        }
    }
}

impl LaneView {
    /// Slot-milliseconds in use by tenant: what runs, for as long as it has or is expected to, and what ran
    /// lately, of which half is forgiven every five minutes.
    pub fn in_use(&self, now: Time) -> BTreeMap<String, i64> {
        let mut sums = BTreeMap::new();
        for slot in self.slots.values() {
            let memory = slot.remembered(now);
            if slot.attempt.is_some() && !memory.tenant.is_empty() {
                let runs = now.since_ms(memory.claimed_at);
                let runs = runs.max(memory.expected_ms).max(RUNNING_LEAST_MS);
                *sums.entry(memory.tenant).or_default() += runs;
            }
            for (tenant, ms) in memory.used {
                *sums.entry(tenant).or_default() += ms;
            }
        }
        sums
    }

    /// How many slots a tenant holds.
    pub fn held_by(&self, tenant: &str) -> usize {
        let held = |slot: &&SlotRecord| slot.attempt.is_some() && slot.memory.tenant == tenant;
        self.slots.values().filter(held).count()
    }

    /// What renders took in this lane, by sort of work.
    pub fn took(&self, now: Time) -> BTreeMap<String, Took> {
        let mut sums: BTreeMap<String, Took> = BTreeMap::new();
        for slot in self.slots.values() {
            for (sort, took) in slot.remembered(now).took {
                let sum = sums.entry(sort).or_default();
                *sum = sum.and(took);
            }
        }
        sums
    }

    /// How long an item will hold a slot, in milliseconds, as far as that is known; 0 where nothing is.
    pub(super) fn expected_ms(&self, waiting: &Waiting, now: Time) -> i64 {
        self.took(now).get(&sort_of(&waiting.work)).map_or(0, |took| took.ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_700_000_000_000);

    fn slot(held_ms: i64, done: bool) -> SlotRecord {
        SlotRecord {
            memory: Memory {
                tenant: "acme".into(),
                sort: "image.generate sketch-1".into(),
                claimed_at: Time(NOW.0 - held_ms),
                ..Memory::default()
            },
            freed_at: Some(NOW),
            done,
            ..SlotRecord::free("host-a")
        }
    }

    #[test]
    fn what_was_used_is_forgiven_by_half_in_five_minutes() {
        let slot = slot(60_000, true);
        assert_eq!(slot.remembered(NOW).used["acme"], 60_000);
        assert_eq!(slot.remembered(NOW.plus_s(300)).used["acme"], 30_000);
        assert_eq!(slot.remembered(NOW.plus_s(36_000)).used.len(), 0);
    }

    #[test]
    fn a_render_that_came_to_nothing_was_used_but_says_nothing_of_what_work_takes() {
        assert_eq!(slot(4_000, false).remembered(NOW).took.len(), 0);
        let took = &slot(4_000, true).remembered(NOW).took["image.generate sketch-1"];
        assert_eq!(*took, Took { n: 1, ms: 4_000 });
    }

    #[test]
    fn an_average_is_said_from_five_samples_on_and_follows() {
        let mut took = Took::default();
        for _ in 0..4 {
            took = took.with(1_000);
        }
        assert_eq!(took.known(), None);
        took = took.with(1_000);
        assert_eq!(took.known(), Some(1_000));
        for _ in 0..200 {
            took = took.with(3_000);
        }
        assert!((2_900..=3_000).contains(&took.ms), "{took:?}");
    }

    #[test]
    fn a_slot_remembers_a_bounded_number_of_tenants() {
        let mut slot = slot(1_000, true);
        let many = (0..100).map(|n| (format!("tenant-{n}"), 1_000 + n));
        slot.memory.used = many.collect();
        slot.memory.used_at = NOW;
        assert_eq!(slot.remembered(NOW).used.len(), REMEMBERED);
        assert!(slot.remembered(NOW).used.contains_key("tenant-99"));
    }
}
