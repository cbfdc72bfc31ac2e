//! How the lanes stand that a choice is between: who is there, who is held up, and how long work waits.

use crate::lane::LaneView;
use crate::money::MicroUsd;
use crate::time::Time;
use crate::vendor::circuit::{EVERY_MODEL, State};
use std::collections::BTreeMap;

/// How one lane stands now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Whether somebody is there who does the work: a host, or a vendor whose key we have.
    pub ready: bool,
    /// Why an operator holds it, where one does.
    pub hold: Option<String>,
    /// How long work that comes now will wait, in seconds, where that is known.
    pub wait_s: Option<u32>,
    /// What a second in a slot costs: of hosts, not of vendors.
    pub per_second: Option<MicroUsd>,
    /// The models that failed too often in a row, and when each is tried again.
    pub open: BTreeMap<String, Time>,
    /// What operators think of its models, where they said so: from 0 to 100.
    pub ranks: BTreeMap<String, u8>,
}

/// How all lanes stand that matter to a choice, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standings(pub BTreeMap<String, Standing>);

impl Standings {
    /// A lane of which nothing is known.
    const NOBODY: &'static Standing = &Standing {
        ready: false,
        hold: None,
        wait_s: None,
        per_second: None,
        open: BTreeMap::new(),
        ranks: BTreeMap::new(),
    };

    /// A lane as it stands; of one that is not known, nobody is there.
    pub fn of(&self, lane: &str) -> &Standing {
        self.0.get(lane).unwrap_or(Self::NOBODY)
    }

    /// The same with this lane.
    #[must_use]
    pub fn with(mut self, lane: &str, standing: Standing) -> Self {
        self.0.insert(lane.to_owned(), standing);
        self
    }

    /// As if every lane were there and idle: for quotes that are only about prices.
    pub fn idle<'a>(lanes: impl IntoIterator<Item = &'a str>) -> Self {
        let idle = || Standing { ready: true, wait_s: Some(0), ..Standing::default() };
        Self(lanes.into_iter().map(|lane| (lane.to_owned(), idle())).collect())
    }
}

impl Standing {
    /// Until when a model is not asked, because it or its vendor failed too often.
    pub fn open_until(&self, model: &str, now: Time) -> Option<Time> {
        let until = [model, EVERY_MODEL].into_iter().filter_map(|name| self.open.get(name));
        until.copied().filter(|until| now < *until).max()
    }

    /// A lane from one reading of it; work there takes `each_s` seconds where nothing better is known.
    pub fn of(view: &LaneView, kind: &str, each_s: u32, now: Time) -> Self {
        let does = |does: &String| does == kind || does == "*";
        let hosts = view.hosts.values().filter(|host| host.kinds.iter().any(does));
        let hosts: Vec<_> = hosts.filter(|host| view.usable(host, now)).collect();
        let slots = view.slots.values();
        let theirs = |name: &str| hosts.iter().any(|host| host.host == name);
        let slots: Vec<_> = slots.filter(|slot| theirs(&slot.host)).collect();
        let free = slots.iter().filter(|slot| slot.attempt.is_none()).count();
        let ahead = view.waiting.len()
            + view.lines.values().map(|line| line.waiting as usize).sum::<usize>();
        // Whoever is ahead takes the free slots first; then one slot after the other comes free.
        let turns = (ahead + 1).saturating_sub(free).div_ceil(slots.len().max(1));
        let turns = u32::try_from(turns).unwrap_or(u32::MAX);
        Self {
            ready: !hosts.is_empty(),
            hold: view.hold.clone(),
            wait_s: (!slots.is_empty()).then(|| turns.saturating_mul(each_s)),
            open: view
                .circuits
                .iter()
                .filter_map(|(model, circuit)| match circuit.state(now) {
                    State::Open(until) => Some((model.clone(), until)),
                    State::Closed | State::HalfOpen => None,
                })
                .collect(),
            ranks: view.ranks.clone(),
            per_second: hosts.iter().map(|host| host.usd_per_slot_second).max(),
        }
    }
}
