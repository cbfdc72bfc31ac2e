//! When a schedule is due: cron in a time zone, or every so often.
//!
//! A time of day that the clocks skip is moved behind the gap; one that they show twice counts the first
//! time. Only what runs every hour follows each turn of the clock.

use super::cron::Cron;
use crate::pipeline::Problem;
use crate::time::Time;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan, Zoned, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// When a trigger fires by itself: as its author wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Five fields of cron.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// How often instead, such as `15 minutes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// The IANA time zone of `cron`; UTC where none is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

/// A schedule that was read.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    how: How,
}

#[derive(Clone, Debug)]
enum How {
    Cron(Cron),
    /// Every so many milliseconds, counted from when the schedule began.
    Rate(i64, Time),
}

/// How many days are searched for the next time: 29 February may be eight years away.
const DAYS_MOST: i32 = 9 * 366;
/// How the units of a rate are written, in seconds.
const UNITS: [(&str, i64); 8] = [
    ("minute", 60),
    ("minutes", 60),
    ("hour", 3600),
    ("hours", 3600),
    ("day", 86_400),
    ("days", 86_400),
    ("week", 604_800),
    ("weeks", 604_800),
];

impl Schedule {
    /// Reads a schedule's document, or tells all that is wrong with it.
    pub(super) fn check(how: &Map<String, Value>, now: Time, problems: &mut Vec<Problem>) -> Self {
        super::check::unknown(how, "/on/schedule", &["cron", "rate", "timezone"], problems);
        let mut text = |name: &str| {
            let text = how.get(name)?.as_str();
            if text.is_none() {
                let place = format!("/on/schedule/{name}");
                problems.push(Problem::new(&place, format!("{name} is no text"), "write a text"));
            }
            text.map(str::to_owned)
        };
        let (cron, rate, timezone) = (text("cron"), text("rate"), text("timezone"));
        let schedule = Self { cron, rate, timezone };
        if problems.is_empty() {
            match schedule.calendar(now) {
                Err(problem) => problems.push(problem),
                Ok(calendar) if calendar.next(now).is_none() => {
                    let fix = "name a day that exists";
                    let detail = "it never comes";
                    problems.push(Problem::new("/on/schedule/cron", detail, fix));
                }
                Ok(_) => {}
            }
        }
        schedule
    }

    /// The schedule as a calendar that began `since`.
    pub fn calendar(&self, since: Time) -> Result<Calendar, Problem> {
        let wrong = |place: &str, detail: String, fix: &str| {
            Problem::new(&format!("/on/schedule{place}"), detail, fix)
        };
        let name = self.timezone.as_deref().unwrap_or("UTC");
        let zone = TimeZone::get(name).map_err(|_| {
            let fix = "write one of IANA's, such as Europe/Berlin";
            wrong("/timezone", format!("there is no time zone {name:?}"), fix)
        })?;
        let how = match (&self.cron, &self.rate) {
            (Some(cron), None) => {
                let fix = "write five fields: \"30 7 * * mon-fri\" is 7:30 on working days";
                How::Cron(Cron::read(cron).map_err(|why| wrong("/cron", why, fix))?)
            }
            (None, Some(rate)) => {
                let fix = "write a number of minutes, hours, days or weeks, such as 15 minutes";
                let ms = rate_ms(rate);
                let ms = ms.ok_or_else(|| wrong("/rate", format!("{rate:?} is no rate"), fix))?;
                How::Rate(ms, since)
            }
            _ => {
                let fix = "write cron: \"30 7 * * mon-fri\" and a timezone, or rate: 15 minutes";
                return Err(wrong("", "it needs cron or rate, and only one".into(), fix));
            }
        };
        Ok(Calendar { zone, how })
    }
}

/// Milliseconds of `15 minutes`: a minute at least, a year at most.
fn rate_ms(text: &str) -> Option<i64> {
    let (count, unit) = text.trim().split_once(' ')?;
    let count = count.parse::<i64>().ok().filter(|count| 0 < *count)?;
    let unit = UNITS.iter().find(|(name, _)| *name == unit.trim())?.1;
    let seconds = count.checked_mul(unit).filter(|seconds| *seconds <= 366 * 86_400)?;
    Some(seconds * 1000)
}

impl Calendar {
    /// The first time after this one.
    pub fn next(&self, after: Time) -> Option<Time> {
        match &self.how {
            How::Rate(every, since) => {
                let passed = (after.0 - since.0).div_euclid(*every).max(0);
                Some(Time(since.0 + (passed + 1) * every))
            }
            How::Cron(cron) => {
                let from = self.local(after)?.date();
                (-1..DAYS_MOST).find_map(|days| {
                    let date = from.checked_add(days.days()).ok()?;
                    self.on(cron, date).into_iter().find(|time| after < *time)
                })
            }
        }
    }

    /// The last time until this one, itself included.
    pub fn last(&self, until: Time) -> Option<Time> {
        match &self.how {
            How::Rate(every, since) => {
                let passed = (until.0 - since.0).div_euclid(*every);
                (0 < passed).then(|| Time(since.0 + passed * every))
            }
            How::Cron(cron) => {
                let from = self.local(until)?.date();
                (-1..DAYS_MOST).find_map(|days| {
                    let date = from.checked_sub(days.days()).ok()?;
                    self.on(cron, date).into_iter().rfind(|time| *time <= until)
                })
            }
        }
    }

    /// A time as a clock in the schedule's zone shows it.
    pub fn local(&self, time: Time) -> Option<Zoned> {
        Timestamp::from_millisecond(time.0).ok().map(|time| time.to_zoned(self.zone.clone()))
    }

    /// The times of one day, in order.
    fn on(&self, cron: &Cron, date: Date) -> Vec<Time> {
        if !cron.on(date) {
            return Vec::new();
        }
        let mut times: Vec<Time> = Vec::new();
        for clock in cron.times() {
            let wall = date.to_datetime(clock);
            let ambiguous = self.zone.to_ambiguous_timestamp(wall);
            let offsets = match ambiguous.offset() {
                AmbiguousOffset::Unambiguous { offset } => vec![offset],
                AmbiguousOffset::Fold { before, after } if cron.hourly => vec![before, after],
                AmbiguousOffset::Fold { before, .. } => vec![before],
                AmbiguousOffset::Gap { .. } if cron.hourly => Vec::new(),
                // With the offset from before the gap, the time falls as far behind it as it was into it.
                AmbiguousOffset::Gap { before, .. } => vec![before],
            };
            let stamps = offsets.into_iter().filter_map(|offset| offset.to_timestamp(wall).ok());
            times.extend(stamps.map(|stamp| Time(stamp.as_millisecond())));
        }
        times.sort_unstable();
        times.dedup();
        times
    }
}
