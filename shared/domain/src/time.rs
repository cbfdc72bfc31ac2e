//! Points in time, as handlers receive them; nothing here reads a clock.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A point in time in milliseconds since the Unix epoch.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    /// The time `seconds` later.
    pub fn plus_s(self, seconds: u32) -> Self {
        Self(self.0 + i64::from(seconds) * 1000)
    }

    /// Milliseconds from `earlier` to here; zero if it is later.
    pub fn since_ms(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).max(0)
    }

    /// RFC 3339 in UTC with milliseconds, as the HTTP API writes it.
    pub fn rfc3339(self) -> String {
        Timestamp::from_millisecond(self.0)
            .map_or_else(|_| String::from("out of range"), |time| format!("{time:.3}"))
    }

    /// Reads a time with its offset, such as `2026-11-20T06:00:00Z`; none where the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        let time: Timestamp = text.parse().ok()?;
        Some(Self(time.as_millisecond()))
    }

    /// The day in UTC, such as `2026-11-20`.
    pub fn day(self) -> String {
        self.rfc3339().chars().take(10).collect()
    }

    /// When a day in UTC such as `2026-11-20` begins; none where it is no day.
    pub fn of_day(day: &str) -> Option<Self> {
        let shape = day.len() == 10 && day.is_ascii();
        let time: Timestamp = format!("{day}T00:00:00Z").parse().ok().filter(|_| shape)?;
        Some(Self(time.as_millisecond()))
    }

    /// Whole seconds since the Unix epoch.
    pub fn unix_s(self) -> i64 {
        self.0 / 1000
    }
}

/// Tells the time whenever it is asked: a clock, or a point in time, at which everything then happens.
pub trait Now: Send + Sync {
    /// The time now.
    fn now(&self) -> Time;
}

impl Now for Time {
    fn now(&self) -> Time {
        *self
    }
}

impl<F: Fn() -> Time + Send + Sync> Now for F {
    fn now(&self) -> Time {
        self()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_with_its_milliseconds() {
        assert_eq!(Time(1_700_000_000_120).rfc3339(), "2023-11-14T22:13:20.120Z");
    }
}
