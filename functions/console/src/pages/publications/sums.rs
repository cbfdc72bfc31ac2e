//! What publications come to: how they stand, what they count, and when they went out.

use super::read::Row;
use crate::html::chart::Bar;
use domain::Time;
use domain::publish::CountsRecord;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// How a publication can stand, how that looks, and what people call it.
pub(super) const STANDS: [(&str, &str, &str); 5] = [
    ("done", "good", "there"),
    ("started", "going", "under way"),
    ("unknown", "odd", "not known"),
    ("failed", "bad", "failed"),
    ("taken_down", "flat", "taken down"),
];
const DAY_MS: i64 = 86_400_000;
/// How many days a bar stands for, and how many bars there are at most.
const WIDTHS: [i64; 3] = [1, 7, 28];
const BARS_MOST: i64 = 40;
/// How many days are shown at least, so that one alone is no wall.
const DAYS_LEAST: i64 = 21;

/// What was counted of a publication last, by the target's own names.
pub(super) fn counted(row: &Row, name: &str) -> Option<u64> {
    row.counts.as_ref().and_then(CountsRecord::latest)?.counts.get(name).copied()
}

/// What was counted of all of them: by name, the most first.
pub(super) fn totals(rows: &[Row]) -> Vec<(String, u64)> {
    let mut all: BTreeMap<&str, u64> = BTreeMap::new();
    let latest = rows.iter().filter_map(|row| row.counts.as_ref().and_then(CountsRecord::latest));
    for (name, count) in latest.flat_map(|reading| &reading.counts) {
        *all.entry(name).or_default() += count;
    }
    let mut all: Vec<_> = all.into_iter().map(|(name, sum)| (name.to_owned(), sum)).collect();
    all.sort_by_key(|(_, sum)| Reverse(*sum));
    all
}

/// Those of which most was counted of one thing; none that count nothing of it.
pub(super) fn best<'r>(rows: &'r [Row], name: &str, most: usize) -> Vec<&'r Row> {
    let mut all: Vec<_> = rows.iter().filter_map(|row| Some((counted(row, name)?, row))).collect();
    all.sort_by_key(|(count, row)| (Reverse(*count), Reverse(row.listed.line.at)));
    all.truncate(most);
    all.into_iter().map(|(_, row)| row).collect()
}

/// How many stand how, in the order of [`STANDS`].
pub(super) fn stands<'r>(rows: impl IntoIterator<Item = &'r Row>) -> [usize; STANDS.len()] {
    let mut all = [0; STANDS.len()];
    for row in rows {
        let place = STANDS.iter().position(|(state, ..)| *state == row.state());
        all[place.unwrap_or_default()] += 1;
    }
    all
}

/// Bars of days, weeks or months, up to today; and how many days one of them stands for.
pub(super) fn bars(rows: &[Row], now: Time) -> (i64, Vec<Bar<'static>>) {
    let day = |at: Time| at.0.div_euclid(DAY_MS);
    let last = day(now);
    let first = rows.iter().map(|row| day(row.listed.line.at)).min().unwrap_or(last);
    let span = (last - first + 1).max(DAYS_LEAST);
    let fits = |width: &&i64| span <= **width * BARS_MOST;
    let width = *WIDTHS.iter().find(fits).unwrap_or(&WIDTHS[WIDTHS.len() - 1]);
    let count = ((span + width - 1) / width).min(BARS_MOST);
    let begins = |bar: i64| last - (count - bar) * width + 1;
    let of = |bar: i64| {
        let (from, until) = (begins(bar), begins(bar + 1));
        let within = |row: &&Row| (from..until).contains(&day(row.listed.line.at));
        let stands = stands(rows.iter().filter(within));
        let parts = STANDS.iter().zip(stands).filter(|(_, count)| 0 < *count);
        let name = Time(from * DAY_MS).day();
        let axis = name.get(5..).unwrap_or_default().to_owned();
        let name = if width == 1 { name } else { format!("{width} days from {name}") };
        Bar { name, axis, parts: parts.map(|((_, class, _), n)| (*class, n as i64)).collect() }
    };
    (width, (0..count).map(of).collect())
}
