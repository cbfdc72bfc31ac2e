//! Limits of a lane besides its slots: how many starts in a while, and how many slots a tenant may hold.
//!
//! Two claims at once could each find room for one more. So a claim under a limit also changes a record of
//! that limit, on the condition that it is as it was read: the slower of two is refused, and looks again.

use super::{LaneView, Lanes, pk};
use crate::error::Result;
use crate::record::Work;
use crate::store::{Condition, Key, Write};
use crate::time::Time;
use crate::vendor::Limits;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// After so many seconds without a claim the record of a cap goes by itself.
const CAP_KEPT_S: u32 = 24 * 3600;

/// A vendor's word holds its lane back no longer than this, in seconds.
const SLOW_MOST_S: u32 = 600;

/// How many renders may start in a lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// So many starts.
    pub starts: u32,
    /// In so many seconds, as the clock counts them.
    pub per_s: u32,
    /// The stretch of time that is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<i64>,
    /// Starts in it.
    #[serde(default)]
    pub count: u32,
}

/// The claims of a tenant with a cap: their number only tells one reading from the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// How many there were.
    pub claims: u64,
    /// When the table forgets it, in seconds since the Unix epoch.
    pub expires_at: i64,
}

impl Rate {
    /// Where a lane's rate lies.
    pub fn key(lane: &str) -> Key {
        Key::new(pk(lane), "RATE")
    }

    /// So many starts in so many seconds.
    pub fn new(starts: u32, per_s: u32) -> Self {
        Self { starts, per_s, window: None, count: 0 }
    }

    fn window(&self, now: Time) -> i64 {
        now.unix_s().div_euclid(i64::from(self.per_s.max(1)))
    }

    fn spent(&self, now: Time) -> bool {
        self.window == Some(self.window(now)) && self.starts <= self.count
    }

    /// When the next stretch of time begins.
    fn next(&self, now: Time) -> Time {
        Time((self.window(now) + 1) * i64::from(self.per_s.max(1)) * 1000)
    }

    fn with_one_more(&self, now: Time) -> Self {
        let window = self.window(now);
        let before = if self.window == Some(window) { self.count } else { 0 };
        Self { window: Some(window), count: before + 1, ..self.clone() }
    }
}

impl LaneView {
    /// When a start is allowed again; none where one is allowed now.
    pub fn rate_allows_at(&self, now: Time) -> Option<Time> {
        self.rate.as_ref().filter(|rate| rate.spent(now)).map(|rate| rate.next(now))
    }

    /// Whether the work's tenant holds as many slots as it may.
    pub fn capped(&self, work: &Work) -> bool {
        work.slots_most.is_some_and(|most| most as usize <= self.held_by(work.tenant.as_str()))
    }

    /// What a claim writes so that no other claim oversteps a limit at the same time.
    pub(super) fn guards(&self, work: &Work, now: Time) -> Vec<Write> {
        let mut writes = Vec::new();
        if let Some(rate) = &self.rate {
            let next = rate.with_one_more(now);
            let set = json!({ "window": next.window, "count": next.count });
            let write = Write::set(Rate::key(&work.lane), set).when_is("starts", rate.starts);
            writes.push(match rate.window {
                Some(window) => write.when_is("window", window).when_is("count", rate.count),
                None => write.when(Condition::Without("window")),
            });
        }
        if work.slots_most.is_some() {
            let key = Key::new(pk(&work.lane), format!("CAP#{}", work.tenant));
            let expires_at = now.plus_s(CAP_KEPT_S).unix_s();
            writes.push(match self.caps.get(work.tenant.as_str()) {
                Some(cap) => {
                    let set = json!({ "claims": cap.claims + 1, "expires_at": expires_at });
                    Write::set(key, set).when_is("claims", cap.claims)
                }
                None => {
                    let first = Write::count(key).also("claims", 1).also("expires_at", expires_at);
                    first.when(Condition::Absent)
                }
            });
        }
        writes
    }

    /// The limits after a claim, as far as the claimer knows.
    pub(super) fn count(&mut self, work: &Work, now: Time) {
        self.rate = self.rate.as_ref().map(|rate| rate.with_one_more(now));
        if work.slots_most.is_some() {
            let cap = self.caps.entry(work.tenant.to_string());
            cap.or_insert(Cap { claims: 0, expires_at: 0 }).claims += 1;
        }
    }
}

impl Lanes<'_> {
    /// Holds a vendor's lane back where the vendor says that it takes no more for now: before it has to refuse.
    pub(crate) async fn slow(&self, lane: &str, limits: Limits, now: Time) -> Result<()> {
        if 0 < limits.remaining {
            return Ok(());
        }
        let until = now.plus_s(limits.reset_s.min(SLOW_MOST_S));
        let slow = Write::count(Key::new(pk(lane), "SLOW"))
            .also("until", until)
            .also("expires_at", until.plus_s(SLOW_MOST_S).unix_s());
        self.table.write(vec![slow]).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_counted_by_the_clock() {
        let now = Time(1_700_000_040_000);
        let mut rate = Rate::new(2, 60);
        for _ in 0..2 {
            assert!(!rate.spent(now));
            rate = rate.with_one_more(now);
        }
        assert!(rate.spent(now));
        let next = rate.next(now);
        assert!(now < next && next <= now.plus_s(60) && next.unix_s() % 60 == 0);
        assert!(!rate.spent(next));
        assert_eq!(rate.with_one_more(next).count, 1);
    }
}
