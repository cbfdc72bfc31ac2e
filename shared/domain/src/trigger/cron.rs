//! Cron's five fields: minute, hour, day of the month, month, day of the week.

use jiff::civil::{Date, Time as Clock};

/// A cron expression that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    minutes: Vec<i8>,
    hours: Vec<i8>,
    days: Vec<i8>,
    months: Vec<i8>,
    /// From Sunday, 0, to Saturday, 6.
    weekdays: Vec<i8>,
    /// Whether it names days of the month; whether it names days of the week.
    names: (bool, bool),
    /// Whether it runs in every hour there is: then it follows the clock's every turn.
    pub(super) hourly: bool,
}

/// What a field may hold.
struct Field {
    what: &'static str,
    least: i8,
    most: i8,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { what: "minute", least: 0, most: 59, names: &[] },
    Field { what: "hour", least: 0, most: 23, names: &[] },
    Field { what: "day of the month", least: 1, most: 31, names: &[] },
    Field {
        what: "month",
        least: 1,
        most: 12,
        names: &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    },
    // Sunday is 0 and 7.
    Field {
        what: "day of the week",
        least: 0,
        most: 7,
        names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    },
];

impl Cron {
    /// Reads five fields; or says which one is wrong.
    pub fn read(text: &str) -> Result<Self, String> {
        let given: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minute, hour, day, month, weekday] = given.as_slice() else {
            let count = given.len();
            return Err(format!("it has {count} fields, not five (minute hour day month weekday)"));
        };
        let fields = [minute, hour, day, month, weekday];
        let mut read = fields.into_iter().zip(&FIELDS).map(|(text, field)| field.read(text));
        let mut next = || read.next().unwrap_or_else(|| Ok(Vec::new()));
        let (minutes, hours, days, months) = (next()?, next()?, next()?, next()?);
        let mut weekdays: Vec<i8> = next()?.into_iter().map(|day| day % 7).collect();
        weekdays.sort_unstable();
        weekdays.dedup();
        Ok(Self {
            minutes,
            hours,
            days,
            months,
            weekdays,
            names: (!day.starts_with('*'), !weekday.starts_with('*')),
            hourly: hour.starts_with('*'),
        })
    }

    /// Whether it runs on a day. Where both kinds of days are named, either is enough, as everywhere.
    pub(super) fn on(&self, date: Date) -> bool {
        let day = self.days.contains(&date.day());
        let weekday = self.weekdays.contains(&date.weekday().to_sunday_zero_offset());
        let fits = match self.names {
            (true, true) => day || weekday,
            _ => day && weekday,
        };
        fits && self.months.contains(&date.month())
    }

    /// The times of a day at which it runs, as a clock on the wall shows them.
    pub(super) fn times(&self) -> impl Iterator<Item = Clock> + '_ {
        let at = |hour: i8| {
            self.minutes.iter().filter_map(move |minute| Clock::new(hour, *minute, 0, 0).ok())
        };
        self.hours.iter().flat_map(move |hour| at(*hour))
    }
}

impl Field {
    fn read(&self, text: &str) -> Result<Vec<i8>, String> {
        let mut all = Vec::new();
        for part in text.split(',') {
            let (range, step) = part.split_once('/').unwrap_or((part, "1"));
            let step = step.parse::<usize>().ok().filter(|step| 0 < *step);
            let step = step.ok_or_else(|| self.wrong(part))?;
            let (least, most) = match range.split_once('-') {
                _ if range == "*" => (self.least, self.most),
                Some((least, most)) => (self.one(least)?, self.one(most)?),
                None if part.contains('/') => (self.one(range)?, self.most),
                None => (self.one(range)?, self.one(range)?),
            };
            if most < least {
                return Err(self.wrong(part));
            }
            all.extend((least..=most).step_by(step));
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    fn one(&self, text: &str) -> Result<i8, String> {
        let name = self.names.iter().position(|name| text.eq_ignore_ascii_case(name));
        let number = match name {
            // The names of months begin with 1, those of days with 0: as their fields do.
            Some(place) => i8::try_from(place).ok().map(|place| place + self.least),
            None => text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit())),
        };
        let number = number.filter(|number| (self.least..=self.most).contains(number));
        number.ok_or_else(|| self.wrong(text))
    }

    fn wrong(&self, text: &str) -> String {
        let Self { what, least, most, names } = self;
        let names = match names {
            [first, .., last] => format!(" or {first} to {last}"),
            _ => String::new(),
        };
        format!("{text:?} is no {what} ({least} to {most}{names}, lists, ranges and steps of them)")
    }
}
