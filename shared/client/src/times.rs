//! Points in time and spans as a person reads them.
use std::io::IsTerminal;

use jiff::Timestamp;

/// When it was: how long ago for a person at a terminal, the timestamp itself for everything else.
pub(crate) fn when(stamp: &str) -> String {
    match millis(stamp) {
        Some(then) if std::io::stdout().is_terminal() => ago(aws::clock::now().0 - then),
        _ => stamp.to_owned(),
    }
}

/// How long it took from one timestamp to another.
pub(crate) fn took(from: Option<&str>, to: Option<&str>) -> Option<String> {
    Some(span(millis(to?)? - millis(from?)?))
}

fn millis(stamp: &str) -> Option<i64> {
    stamp.parse().ok().map(Timestamp::as_millisecond)
}

fn ago(ms: i64) -> String {
    let seconds = ms / 1000;
    let said = match seconds {
        ..5 => return "just now".into(),
        5..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    };
    format!("{said} ago")
}

fn span(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    match seconds {
        0..60 => format!("{:.1} s", ms.max(0) as f64 / 1e3),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_get_coarser_the_longer_they_are_past() {
        let told = [-9_000, 4_999, 5_000, 59_999, 60_000, 7_200_000, 172_800_000].map(ago);
        let expected =
            ["just now", "just now", "5 s ago", "59 s ago", "1 min ago", "2 h ago", "2 days ago"];
        assert_eq!(told, expected);
    }

    #[test]
    fn spans_have_two_units_at_most() {
        let told = [-1, 450, 42_500, 61_000, 3_660_000].map(span);
        assert_eq!(told, ["0.0 s", "0.5 s", "42.5 s", "1 min 1 s", "1 h 1 min"]);
    }

    #[test]
    fn what_is_no_timestamp_is_shown_as_it_is() {
        assert_eq!(when("yesterday"), "yesterday");
        assert_eq!(took(Some("2026-11-20T10:00:00Z"), None), None);
    }
}
