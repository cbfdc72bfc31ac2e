//! Hours of some days, as a clock on the wall of a zone shows them.
//!
//! Hours that the clocks skip are not there that day; hours that they show twice are there twice.

use crate::time::Time;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan, Zoned, civil};
use serde::{Deserialize, Serialize};

/// How days are written, Monday first.
pub const DAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// How many days are searched for the next opening: no week is without one, whatever the clocks do.
const SEARCHED: i64 = 10;

/// Hours as somebody wrote them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The days that they begin on; every day where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<String>,
    /// When they begin, such as `09:00`.
    pub from: String,
    /// When they are over, such as `17:30`; before `from` it is that time of the next day.
    pub to: String,
}

/// Hours in a zone; without hours any time is one of them.
#[derive(Clone, Debug)]
pub struct Week {
    zone: TimeZone,
    span: Option<Span>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    days: [bool; 7],
    from: u16,
    to: u16,
}

impl Hours {
    /// What is wrong with them, by field; nothing where they are good.
    pub fn fault(&self) -> Option<(&'static str, String)> {
        self.span().err()
    }

    fn span(&self) -> Result<Span, (&'static str, String)> {
        let mut days = [self.days.is_empty(); 7];
        for day in &self.days {
            let place = DAYS.iter().position(|known| known == day);
            let place = place.ok_or_else(|| ("days", format!("{day:?} is no day")))?;
            days[place] = true;
        }
        let clock = |field, text: &str| {
            minutes(text).ok_or_else(|| (field, format!("{text:?} is no time of a day")))
        };
        let (from, to) = (clock("from", &self.from)?, clock("to", &self.to)?);
        if from == to || from == DAY {
            return Err(("to", format!("from {} to {} is no time at all", self.from, self.to)));
        }
        Ok(Span { days, from, to })
    }
}

/// Minutes since midnight of `09:30`; `24:00` is the end of the day.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<u16>().ok().filter(|_| digits)
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    let all = hour * 60 + minute;
    (minute < 60 && all <= DAY).then_some(all)
}

/// The zone of that name.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// A time as people write it: with its offset, or as a clock in the zone shows it.
///
/// A time that the clocks skip is moved behind the gap; of one that they show twice the first counts.
pub fn read_time(text: &str, zone: &TimeZone) -> Option<Time> {
    if let Some(time) = Time::parse(text.trim()) {
        return Some(time);
    }
    let wall: civil::DateTime = text.trim().parse().ok()?;
    let stamp = zone.to_ambiguous_timestamp(wall).compatible().ok()?;
    Some(Time(stamp.as_millisecond()))
}

impl Week {
    /// Hours in a zone; or what is wrong with them.
    pub fn read(zone: TimeZone, hours: Option<&Hours>) -> Result<Self, String> {
        let span = hours.map(Hours::span).transpose().map_err(|(_, why)| why)?;
        Ok(Self { zone, span })
    }

    /// Whether a time is among the hours.
    pub fn open(&self, time: Time) -> bool {
        let Some(span) = self.span else { return true };
        self.local(time).is_some_and(|now| {
            let minute = now.hour() as u16 * 60 + now.minute() as u16;
            let day = now.weekday().to_monday_zero_offset() as usize;
            match span.from < span.to {
                true => span.days[day] && (span.from..span.to).contains(&minute),
                false => {
                    (span.days[day] && span.from <= minute)
                        || (span.days[(day + 6) % 7] && minute < span.to)
                }
            }
        })
    }

    /// The first time among the hours that is not before this one.
    pub fn next(&self, from: Time) -> Option<Time> {
        if self.open(from) { Some(from) } else { self.openings(from).first().copied() }
    }

    /// When the hours begin next, after this time.
    pub fn begins(&self, after: Time) -> Option<Time> {
        self.openings(after).into_iter().find(|time| !self.open(Time(time.0 - 1)))
    }

    /// The same time of a day as `at`, on the first day on which it is after this time.
    pub(super) fn same_clock(&self, at: Time, after: Time) -> Option<Time> {
        let (at, now) = (self.local(at)?.time(), self.local(after)?.date());
        (0..3).find_map(|days| {
            let wall = now.checked_add(days.days()).ok()?.to_datetime(at);
            let stamp = self.zone.to_ambiguous_timestamp(wall).compatible().ok()?;
            Some(Time(stamp.as_millisecond())).filter(|time| after < *time)
        })
    }

    /// The times after this one at which a clock that was outside may be within, in order.
    fn openings(&self, after: Time) -> Vec<Time> {
        let Some((span, local)) = self.span.zip(self.local(after)) else { return Vec::new() };
        let mut found: Vec<Time> = Vec::new();
        for days in -1..SEARCHED {
            let Ok(date) = local.date().checked_add(days.days()) else { continue };
            let Ok(clock) = civil::Time::new((span.from / 60) as i8, (span.from % 60) as i8, 0, 0)
            else {
                continue;
            };
            let wall = date.to_datetime(clock);
            let offsets = match self.zone.to_ambiguous_timestamp(wall).offset() {
                AmbiguousOffset::Unambiguous { offset } => vec![offset],
                AmbiguousOffset::Fold { before, after } => vec![before, after],
                AmbiguousOffset::Gap { .. } => Vec::new(),
            };
            let stamps = offsets.into_iter().filter_map(|offset| offset.to_timestamp(wall).ok());
            found.extend(stamps.map(|stamp| Time(stamp.as_millisecond())));
        }
        // Where the clocks turn, they may turn into the hours.
        let last = Time(after.0 + SEARCHED * 86_400_000);
        if let Ok(stamp) = Timestamp::from_millisecond(after.0) {
            let turns =
                self.zone.following(stamp).map(|turn| Time(turn.timestamp().as_millisecond()));
            found.extend(turns.take_while(|turn| *turn < last));
        }
        found.retain(|time| after < *time && self.open(*time));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// A time as a clock in the zone shows it.
    pub fn local(&self, time: Time) -> Option<Zoned> {
        Timestamp::from_millisecond(time.0).ok().map(|time| time.to_zoned(self.zone.clone()))
    }
}
