//! How often a model's work passes, day by day, and whether today is within what its own last seven days let expect.

use super::Row;
use crate::gate::Verdict;
use crate::gate::policy::Said;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Of how many days before today a band is made.
pub const DAYS: usize = 7;
/// A day counts from so many verdicts on.
const OF_DAY: u32 = 10;
/// So many days must count, and have so many verdicts together.
const DAYS_LEAST: usize = 3;
const BEFORE_LEAST: u32 = 100;
/// Today is held against the band from so many verdicts on.
const TODAY_LEAST: u32 = 20;
/// How many standard deviations the band reaches to each side.
const SIGMAS: f64 = 3.0;

/// Verdicts, and how many of them were passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many.
    pub n: u32,
    /// How many passed.
    pub passed: u32,
}

impl Tally {
    /// The share that passed; 0 of none.
    pub fn rate(self) -> f64 {
        f64::from(self.passed) / f64::from(self.n.max(1))
    }

    /// Counts one more.
    pub fn add(&mut self, passed: bool) {
        self.n += 1;
        self.passed += u32::from(passed);
    }
}

/// Between what shares of passes a day is as usual.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// From.
    pub low: f64,
    /// To.
    pub high: f64,
}

impl Band {
    /// Whether a day is outside.
    pub fn left_by(self, today: Tally) -> bool {
        TODAY_LEAST <= today.n && !(self.low..=self.high).contains(&today.rate())
    }
}

/// The band of a day with so many verdicts: the mean of the days before, three standard deviations to each side.
///
/// In these are both how far days differ from each other and what chance makes of as many verdicts as today has.
/// None where the days before tell too little: three of ten verdicts each and a hundred together are the least.
pub fn band(before: &[Tally], today: u32) -> Option<Band> {
    let counted: Vec<Tally> = before.iter().copied().filter(|day| OF_DAY <= day.n).collect();
    let n: u32 = counted.iter().map(|day| day.n).sum();
    let passed: u32 = counted.iter().map(|day| day.passed).sum();
    if counted.len() < DAYS_LEAST || n < BEFORE_LEAST {
        return None;
    }
    // One pass and one failure more than were seen: nothing is certain because it was always so.
    let mean = f64::from(passed + 1) / f64::from(n + 2);
    let rates = counted.iter().map(|day| day.rate());
    let middle = rates.clone().sum::<f64>() / counted.len() as f64;
    let between =
        rates.map(|rate| (rate - middle).powi(2)).sum::<f64>() / (counted.len() - 1) as f64;
    let chance = mean * (1.0 - mean) / f64::from(today.max(1));
    let half = SIGMAS * (between + chance).sqrt();
    Some(Band { low: (mean - half).max(0.0), high: (mean + half).min(1.0) })
}

/// Whose passes are counted: those of what a model made, or those that it gave as a criterion's evaluator.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Series {
    /// The criterion that it answers for; none where it made what was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criterion: Option<String>,
    /// The model, or evaluator, in the version that served.
    pub model: String,
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.criterion {
            Some(criterion) => write!(f, "{criterion} by {}", self.model),
            None => write!(f, "made by {}", self.model),
        }
    }
}

impl Row {
    /// For whom a verdict counts, and whether it was a pass. What was planted says nothing of anybody's work.
    pub fn counts(&self) -> Vec<(Series, bool)> {
        if self.planted {
            return Vec::new();
        }
        let made = self.made_by.iter().map(|model| {
            let series = Series { criterion: None, model: model.clone() };
            (series, self.verdict == Verdict::Pass)
        });
        let answered = self.criteria.iter().filter(|(_, mark)| mark.said != Said::Unanswered);
        let judged = answered.map(|(name, mark)| {
            let series = Series { criterion: Some(name.clone()), model: mark.by.clone() };
            (series, mark.said == Said::Pass)
        });
        made.chain(judged).collect()
    }
}

/// One model's passes, day by day.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// Whose.
    pub series: Series,
    /// The days that there were verdicts on, the oldest first.
    pub days: BTreeMap<String, Tally>,
    /// What the last seven days before today let expect of today; none where they tell too little.
    pub band: Option<Band>,
    /// Today, in UTC.
    pub today: Tally,
}

impl Trend {
    /// The trend of these days, as of now.
    pub fn of(series: Series, days: BTreeMap<String, Tally>, now: Time) -> Self {
        let today = now.day();
        let first = Time(now.0 - DAYS as i64 * 86_400_000).day();
        let before: Vec<Tally> =
            days.range(first..today.clone()).map(|(_, tally)| *tally).collect();
        let today = days.get(&today).copied().unwrap_or_default();
        Self { band: band(&before, today.n), series, days, today }
    }

    /// Whether today left the band.
    pub fn off(&self) -> bool {
        self.band.is_some_and(|band| band.left_by(self.today))
    }
}

/// The trends that are in these verdicts.
pub fn trends(rows: &[Row], now: Time) -> Vec<Trend> {
    let mut found: BTreeMap<Series, BTreeMap<String, Tally>> = BTreeMap::new();
    for row in rows {
        for (series, passed) in row.counts() {
            found.entry(series).or_default().entry(row.at.day()).or_default().add(passed);
        }
    }
    found.into_iter().map(|(series, days)| Trend::of(series, days, now)).collect()
}
