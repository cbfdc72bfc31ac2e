//! When a webhook is tried again: twelve tries over a day, none at the same moment as another's.

use crate::time::Time;
use jiff::fmt::rfc2822::DateTimeParser;

/// How often a receiver is asked to take one delivery.
pub const TRIES_MOST: u32 = 12;
/// The waits between the tries, in seconds: 23 hours and 53 minutes in all.
const WAITS_S: [u32; TRIES_MOST as usize - 1] =
    [5, 30, 120, 300, 900, 1800, 3600, 7200, 14_400, 21_600, 36_000];
/// The most that a receiver's `Retry-After` is believed, in milliseconds.
const PATIENCE_MS: i64 = 6 * 3600 * 1000;

/// How long to wait after so many tries, in milliseconds; none where there is no other try.
///
/// `chance` takes up to a fifth off, so that what failed together does not come back together. `percent` of 100
/// is the real pace; less is for tests.
pub fn wait_ms(tries: u32, chance: u8, percent: u32) -> Option<i64> {
    let place = usize::try_from(tries).ok()?.checked_sub(1)?;
    let whole = i64::from(*WAITS_S.get(place)?) * 10 * i64::from(percent);
    Some(whole - whole / 5 * i64::from(chance) / 255)
}

/// What `Retry-After` asks for, in milliseconds, within what is believed: seconds, or a date.
pub fn retry_after_ms(text: &str, now: Time) -> Option<i64> {
    let text = text.trim();
    let asked = match text.parse::<u32>() {
        Ok(seconds) => i64::from(seconds) * 1000,
        Err(_) => {
            let date = DateTimeParser::new().parse_timestamp(text).ok()?;
            Time(date.as_millisecond()).since_ms(now)
        }
    };
    Some(asked.min(PATIENCE_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_tries_take_a_day_and_not_more() {
        let all =
            |chance| (1..TRIES_MOST).map(|tries| wait_ms(tries, chance, 100).unwrap()).sum::<i64>();
        assert_eq!(all(0), 85_955_000);
        assert!(all(0) < 24 * 3_600_000 && 19 * 3_600_000 < all(255), "{}", all(255));
        assert_eq!((wait_ms(0, 0, 100), wait_ms(TRIES_MOST, 0, 100)), (None, None));
    }

    #[test]
    fn chance_takes_up_to_a_fifth_off() {
        assert_eq!((wait_ms(3, 0, 100), wait_ms(3, 255, 100)), (Some(120_000), Some(96_000)));
        assert!((96_000..120_000).contains(&wait_ms(3, 77, 100).unwrap()));
        assert_eq!((wait_ms(11, 9, 0), wait_ms(3, 0, 1)), (Some(0), Some(1200)));
    }

    #[test]
    fn a_receiver_says_in_seconds_or_by_date_when_to_come_back() {
        let now = Time(784_111_777_000);
        assert_eq!(retry_after_ms("120", now), Some(120_000));
        assert_eq!(retry_after_ms("Sun, 06 Nov 1994 08:50:37 GMT", now), Some(60_000));
        assert_eq!(retry_after_ms("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(0));
        assert_eq!(retry_after_ms("999999999", now), Some(PATIENCE_MS));
        assert_eq!((retry_after_ms("soon", now), retry_after_ms("-1", now)), (None, None));
    }
}
