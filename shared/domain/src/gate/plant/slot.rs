//! When plants are due: so many a day, each at a time within its share of the day that nobody can foretell.

use crate::id::TenantId;
use crate::sign::SigningKey;
use crate::time::Time;

const DAY_MS: i64 = 86_400_000;

/// One time at which something is planted: the nth of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// When.
    pub(super) at: Time,
    /// Its day, in days since the Unix epoch.
    pub(super) day: i64,
    /// Which of the day, from 0.
    pub(super) n: u32,
}

/// The times of one policy.
#[derive(Clone, Copy)]
pub(super) struct Slots<'a> {
    pub(super) key: &'a SigningKey,
    pub(super) tenant: &'a TenantId,
    pub(super) policy: &'a str,
    /// How many a day has.
    pub(super) each_day: u32,
}

impl Slots<'_> {
    fn on(self, day: i64) -> impl Iterator<Item = Slot> {
        let Self { key, tenant, policy, each_day } = self;
        (0..each_day).map(move |n| {
            let drawn = key.derive("plant", &format!("{tenant}/{policy}/{day}/{n}"));
            let drawn = u32::from_str_radix(drawn.get(..8).unwrap_or("0"), 16).unwrap_or(0);
            let share = DAY_MS / i64::from(each_day.max(1));
            let within = i64::from(drawn) * share / (1 << 32);
            Slot { at: Time(day * DAY_MS + i64::from(n) * share + within), day, n }
        })
    }

    /// The first after a time; none where none is wanted.
    pub(super) fn next(self, after: Time) -> Option<Slot> {
        let today = after.0.div_euclid(DAY_MS);
        (today..=today + 1).flat_map(|day| self.on(day)).find(|slot| after < slot.at)
    }

    /// The last until a time, itself included: what was missed before it is not made up for.
    pub(super) fn last(self, until: Time) -> Option<Slot> {
        let today = until.0.div_euclid(DAY_MS);
        let slots = (today - 1..=today).flat_map(|day| self.on(day));
        slots.filter(|slot| slot.at <= until).last()
    }
}
