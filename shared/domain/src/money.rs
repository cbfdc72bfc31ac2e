//! Money in millionths of a US dollar: exact, so that ledgers add up.

use serde::{Deserialize, Serialize};

/// An amount in millionths of a US dollar.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MicroUsd(pub i64);

impl MicroUsd {
    /// The price of a slot held for `ms` milliseconds; a started microdollar counts.
    pub fn of_slot(per_second: Self, ms: i64) -> Self {
        Self((per_second.0 * ms + 999) / 1000)
    }

    /// Dollars, as the HTTP API writes them.
    pub fn usd(self) -> f64 {
        self.0 as f64 / 1_000_000.0
    }
}

impl std::ops::Add for MicroUsd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::iter::Sum for MicroUsd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self(0), |sum, amount| sum + amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_started_microdollar_counts() {
        assert_eq!(MicroUsd::of_slot(MicroUsd(400), 1), MicroUsd(1));
        assert_eq!(MicroUsd::of_slot(MicroUsd(400), 2500), MicroUsd(1000));
        assert_eq!(MicroUsd::of_slot(MicroUsd(0), 2500), MicroUsd(0));
    }
}
