//! How many hosts a lane wants: by what is busy and what waits, so that none is kept for nothing.
//!
//! The sweep tells how many slots are wanted and how many there are. The stack of the GPU hosts follows those
//! two numbers: a target of slots wanted per slot there is, and a first host where something waits and none is there.

use super::LaneView;
use crate::time::Time;

/// So many items may wait for each slot before more slots are wanted.
pub const WAITING_PER_SLOT: u32 = 4;

/// A lane in numbers, once a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measure {
    /// Items that wait.
    pub waiting: u32,
    /// For how long the oldest of them has, in seconds.
    pub oldest_wait_s: f64,
    /// Slots of hosts that are there.
    pub slots: u32,
    /// Slots that would be enough.
    pub slots_wanted: u32,
}

impl Measure {
    /// A lane as it was read, its lines counted.
    pub fn of(view: &LaneView, now: Time) -> Self {
        let there = |host: &str| view.hosts.get(host).is_some_and(|host| now < host.until);
        let busy = view.slots.values().filter(|slot| slot.attempt.is_some()).count() as u32;
        let slots = view.slots.values().filter(|slot| there(&slot.host)).count() as u32;
        let waiting = view.depth();
        Self {
            waiting,
            oldest_wait_s: view.oldest_wait_ms(now) as f64 / 1000.0,
            slots,
            slots_wanted: slots_wanted(busy, waiting),
        }
    }
}

/// How many slots are enough for what runs and what waits.
pub fn slots_wanted(busy: u32, waiting: u32) -> u32 {
    busy + waiting.div_ceil(WAITING_PER_SLOT)
}

/// How the hosts' stack follows: its parameters `MinHosts`, `MaxHosts` and `BusyPercentTarget`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Never fewer hosts.
    pub hosts_least: u32,
    /// Never more.
    pub hosts_most: u32,
    /// How many percent of the slots should be wanted.
    pub target_percent: u32,
}

/// How many hosts there should be, as target tracking decides; the first one comes where something is wanted.
pub fn hosts_wanted(policy: &Policy, hosts: u32, slots: u32, wanted: u32) -> u32 {
    let many = match (slots, wanted) {
        (0, 0) => policy.hosts_least,
        (0, _) => hosts.max(1),
        _ => (hosts * wanted * 100).div_ceil(slots * policy.target_percent.max(1)),
    };
    many.clamp(policy.hosts_least, policy.hosts_most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy { hosts_least: 0, hosts_most: 4, target_percent: 70 };
    /// A host takes so many minutes to come.
    const COLD_MIN: usize = 5;
    /// Hosts go no earlier than so many minutes after the last change.
    const SCALE_IN_MIN: usize = 15;

    /// Minutes of a lane of hosts with two slots each; renders take a minute. Hosts that were asked for, by minute, and
    /// what waited.
    fn play(comes: impl Fn(usize) -> u32, minutes: usize) -> Vec<(u32, u32)> {
        let (mut asked, mut changed, mut waiting) = (0, 0, 0);
        let mut coming: Vec<usize> = Vec::new();
        let mut there = 0_u32;
        let mut log = Vec::new();
        for minute in 0..minutes {
            there += coming.iter().filter(|at| **at == minute).count() as u32;
            coming.retain(|at| minute < *at);
            waiting += comes(minute);
            let busy = (there * 2).min(waiting);
            waiting -= busy;
            let wanted = hosts_wanted(&POLICY, asked, there * 2, slots_wanted(busy, waiting));
            if asked < wanted {
                coming.extend(std::iter::repeat_n(minute + COLD_MIN, (wanted - asked) as usize));
                (asked, changed) = (wanted, minute);
            } else if wanted < asked && changed + SCALE_IN_MIN <= minute && coming.is_empty() {
                there = wanted;
                (asked, changed) = (wanted, minute);
            }
            log.push((asked, waiting));
        }
        log
    }

    #[test]
    fn a_backlog_brings_hosts_is_worked_off_and_sends_them_away_again() {
        let log = play(|minute| if minute == 3 { 60 } else { 0 }, 90);
        assert_eq!(log[2].0, 0);
        assert_eq!(log[3].0, 1, "the first host is asked for at once");
        assert!(log.iter().any(|(hosts, _)| *hosts == POLICY.hosts_most));
        assert_eq!(log[40].1, 0, "{log:?}");
        assert_eq!(log[89], (0, 0), "idle hosts are kept: {log:?}");
    }

    #[test]
    fn a_steady_stream_keeps_a_steady_number_of_hosts() {
        let log = play(|_| 3, 240);
        let later: std::collections::BTreeSet<u32> =
            log[120..].iter().map(|(hosts, _)| *hosts).collect();
        assert!(later.len() <= 2 && !later.contains(&0), "{later:?}");
        assert!(log[120..].iter().all(|(_, waiting)| *waiting <= 12), "{log:?}");
    }

    #[test]
    fn bounds_are_kept_and_nothing_is_divided_by() {
        assert_eq!(hosts_wanted(&POLICY, 0, 0, 0), 0);
        assert_eq!(hosts_wanted(&POLICY, 0, 0, 500), 1);
        assert_eq!(hosts_wanted(&POLICY, 3, 0, 500), 3);
        assert_eq!(hosts_wanted(&POLICY, 3, 6, 500), 4);
        let least = Policy { hosts_least: 2, target_percent: 0, ..POLICY };
        assert_eq!(hosts_wanted(&least, 2, 4, 0), 2);
        assert_eq!((slots_wanted(2, 0), slots_wanted(0, 1), slots_wanted(2, 9)), (2, 1, 5));
    }
}
