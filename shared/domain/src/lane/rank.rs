//! Where a tenant stands in the lanes, and the head start of a piece of work.
//!
//! An item's place is its virtual start: when it was asked for, less its head start. The head start has a
//! highest and a lowest value, so whoever has waited longer than the two are apart is overtaken by nothing
//! that is asked for now: a free render waits, but does not starve.

use crate::tenant::TenantRecord;
use serde::{Deserialize, Serialize};

/// The head start that a tier may have, in seconds.
pub const HEAD_START_MOST_S: u32 = 3600;
/// How much earlier work is begun that somebody watches, beside what its tier has twice.
const WATCHED_S: u32 = 60;
/// Heavy work is put back by no more than this, in seconds.
const HEAVY_MOST_S: u32 = 600;
/// The most that two head starts are apart, in seconds.
pub const SPREAD_S: u32 = 2 * HEAD_START_MOST_S + WATCHED_S + HEAVY_MOST_S;

/// Where a tenant stands in the lanes, as it was when its job was accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rank {
    /// Its tier.
    #[serde(default)]
    pub tier: String,
    /// The head start of its work, in seconds.
    #[serde(default)]
    pub head_start_s: u32,
    /// How many slots of a lane it may hold at once; none where it has no cap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slots_most: Option<u32>,
    /// Whether what it spends is limited.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub budgeted: bool,
}

impl Rank {
    /// The rank of a tenant; the lowest where nothing is known of it.
    pub fn of(tenant: Option<&TenantRecord>) -> Self {
        let Some(tenant) = tenant else { return Self::default() };
        Self {
            tier: tenant.tier.clone(),
            head_start_s: tenant.head_start_s,
            slots_most: tenant.slots_most,
            budgeted: !tenant.budget.is_empty(),
        }
    }

    /// The head start of its work, in seconds; below zero where the work is put back.
    ///
    /// Previews are for somebody who watches: they have the tier's head start twice, and a minute. Each second
    /// that the work will probably hold a slot takes one away, up to ten minutes: heavy work waits for
    /// quieter skies.
    pub fn head_start_s(&self, preview: bool, expected_s: u32) -> i32 {
        let tier = self.head_start_s.min(HEAD_START_MOST_S);
        let watched = if preview { tier + WATCHED_S } else { 0 };
        // All of these are small.
        (tier + watched) as i32 - expected_s.min(HEAVY_MOST_S) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(head_start_s: u32) -> Rank {
        Rank { tier: "t".into(), head_start_s, ..Rank::default() }
    }

    #[test]
    fn tiers_and_previews_have_a_head_start_that_falls_with_the_weight_of_the_work() {
        let check = |tier, preview, expected, head_start| {
            assert_eq!(rank(tier).head_start_s(preview, expected), head_start);
        };
        check(0, false, 0, 0);
        check(0, false, 30, -30);
        check(0, true, 30, 30);
        check(300, false, 30, 270);
        check(300, true, 30, 630);
        check(300, false, 500, -200);
        check(300, false, 9_000, -300);
    }

    #[test]
    fn no_two_head_starts_are_further_apart_than_the_spread() {
        let mut all = Vec::new();
        for tier in [0, 1, 300, 3600, u32::MAX] {
            for expected in [0, 1, 599, 600, u32::MAX] {
                all.extend([false, true].map(|preview| rank(tier).head_start_s(preview, expected)));
            }
        }
        let (least, most) = (all.iter().min().unwrap(), all.iter().max().unwrap());
        assert_eq!(most - least, SPREAD_S as i32);
    }

    #[test]
    fn a_lower_weight_never_starts_later() {
        for expected in 0..700 {
            let of = |expected| rank(300).head_start_s(false, expected);
            assert!(of(expected + 1) <= of(expected));
        }
    }
}
