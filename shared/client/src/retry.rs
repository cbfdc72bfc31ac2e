//! How often and how soon a call is made again.
use std::time::Duration;

/// Bounds of trying again. The waits double from `base` up to `ceiling`, each shortened at random.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// How many times a call is made in all.
    pub attempts: u32,
    /// The longest first wait.
    pub base: Duration,
    /// The longest of all waits, a server's `Retry-After` included.
    pub ceiling: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 5, base: Duration::from_millis(250), ceiling: Duration::from_secs(20) }
    }
}

impl Retry {
    /// How long to wait after `made` calls; `dice` is in 0..=1.
    /// What the server asks for is a lower bound: everybody coming back at that very moment would hurt again.
    pub(crate) fn wait(&self, made: u32, asked: Option<Duration>, dice: f64) -> Duration {
        let step = self.base.saturating_mul(1 << made.saturating_sub(1).min(16)).min(self.ceiling);
        (asked.unwrap_or_default() + step.mul_f64(dice)).min(self.ceiling)
    }
}

/// A random number in 0..=1. Without entropy the wait is the longest one, which is safe.
pub(crate) fn dice() -> f64 {
    getrandom::u32().map_or(1.0, |number| f64::from(number) / f64::from(u32::MAX))
}

/// Reads `Retry-After` in its form of seconds.
pub(crate) fn asked_wait(headers: &reqwest::header::HeaderMap) -> Option<Duration> {
    headers.get("retry-after")?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(made: u32, asked: Option<u64>, dice: f64, expected_ms: u64) {
        let retry = Retry {
            attempts: 9,
            base: Duration::from_millis(100),
            ceiling: Duration::from_secs(2),
        };
        let wait = retry.wait(made, asked.map(Duration::from_secs), dice);
        assert_eq!(wait, Duration::from_millis(expected_ms), "{made} {asked:?} {dice}");
    }

    #[test]
    fn waits_double_up_to_the_ceiling_and_never_undercut_what_was_asked() {
        check(1, None, 1.0, 100);
        check(2, None, 1.0, 200);
        check(3, None, 0.5, 200);
        check(30, None, 1.0, 2000);
        check(1, None, 0.0, 0);
        check(1, Some(1), 0.0, 1000);
        check(1, Some(1), 1.0, 1100);
        check(1, Some(3600), 1.0, 2000);
    }
}
