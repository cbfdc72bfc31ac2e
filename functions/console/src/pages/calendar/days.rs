//! Which days a calendar shows: a week from Monday on, or the weeks of a month.

use crate::form::pairs;
use crate::{Asked, Console};
use domain::Time;
use domain::publish::window::Week;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The days that are shown.
pub(super) struct Span {
    month: bool,
    /// The day that was asked for.
    at: Date,
    first: Date,
    days: i64,
}

impl Span {
    /// The days that are asked for; today's week where nothing is.
    pub(super) fn of(asked: &Asked<'_>, week: &Week, now: Time) -> Option<Self> {
        let at = match asked.query("from") {
            "" => week.local(now)?.date(),
            day => day.parse().ok()?,
        };
        let month = asked.query("view") == "month";
        let monday = |day: Date| {
            day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()).ok()
        };
        if !month {
            return Some(Self { month, at, first: monday(at)?, days: 7 });
        }
        let (first, last) = (monday(at.first_of_month())?, at.last_of_month());
        let days = i64::from((last - first).get_days()) + 1;
        Some(Self { month, at, first, days: (days + 6) / 7 * 7 })
    }

    pub(super) fn view(&self) -> &'static str {
        if self.month { "month" } else { "week" }
    }

    /// When the first day begins, and when the last one is over.
    pub(super) fn bounds(&self, zone: &TimeZone) -> Option<(Time, Time)> {
        let midnight = |day: Date| {
            let stamp = zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0)).compatible().ok()?;
            Some(Time(stamp.as_millisecond()))
        };
        Some((midnight(self.first)?, midnight(self.first.checked_add(self.days.days()).ok()?)?))
    }

    /// The days, as `2026-12-01`.
    pub(super) fn days(&self) -> Vec<String> {
        let day = |n: i64| self.first.checked_add(n.days()).ok().map(|day| day.to_string());
        (0..self.days).filter_map(day).collect()
    }

    /// The page as it is seen, below the console's place.
    pub(super) fn seen(&self) -> String {
        page(self.view(), self.at)
    }

    /// The address of so many weeks or months on.
    pub(super) fn link(&self, console: &Console<'_>, view: &str, on: i64) -> String {
        let span = if self.month { on.months() } else { on.weeks() };
        let at = self.at.checked_add(span).unwrap_or(self.at);
        console.place.link(&page(view, at))
    }
}

fn page(view: &str, at: Date) -> String {
    format!("calendar?{}", pairs(&[("view", view), ("from", &at.to_string())]))
}

/// A day as people say it.
pub(super) fn named(day: &str) -> String {
    let date: Option<Date> = day.parse().ok();
    date.map_or_else(|| day.to_owned(), |date| date.strftime("%a %-d %b").to_string())
}
