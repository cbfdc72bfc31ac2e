//! The time and randomness: the only place that asks the machine for either.

use domain::Time;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time now.
pub fn now() -> Time {
    #[expect(clippy::disallowed_methods, reason = "this is where handlers' time comes from")]
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// So many random bytes, fit for secrets.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without randomness there are no ids and no secrets: better no answer than a guessable one.
    getrandom::fill(&mut bytes).expect("the operating system has randomness");
    bytes
}

/// Random bytes in hexadecimal, two digits each.
pub(crate) fn random_hex<const N: usize>() -> String {
    random::<N>().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_in_milliseconds_since_1970() {
        assert!(now() > Time(1_700_000_000_000));
        assert!(now() < Time(17_000_000_000_000));
    }

    #[test]
    fn random_bytes_do_not_repeat() {
        assert_ne!(random::<16>(), random::<16>());
        assert_eq!(random_hex::<16>().len(), 32);
    }
}
