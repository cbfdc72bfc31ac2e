//! When a window opens: what was said of it, what is taken, and the time, and nothing else.

use super::hours::{Hours, Week, read_time, zone};
use crate::pipeline::kinds::WINDOW;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How far ahead a window may open, in seconds: four weeks. The state machine waits a day longer.
pub const AHEAD_S: u32 = 28 * 86_400;
/// Most seconds between two of one target: a week.
pub const SPACING_MOST: u32 = 7 * 86_400;

/// What is done where what is published was not approved in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Else {
    /// It is not published.
    Drop,
    /// It waits until the hours begin again, or for the same time of the next day.
    Next,
    /// It is published at once, whatever the hours.
    Now,
}

impl Else {
    /// As documents write them.
    pub const WORDS: &[&str] = &["drop", "next", "now"];
}

/// The hours of a tenant, and where its clocks are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usual {
    /// The IANA zone of times without an offset; UTC where none is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// When windows without hours of their own are open; always where none are said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
}

impl Usual {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A window, as a step has it with all references replaced.
#[derive(Clone, Debug)]
pub struct Window {
    at: Option<Time>,
    /// Before this nothing of it is published, whoever asks.
    pub not_before: Option<Time>,
    week: Week,
    /// How far it keeps from others of its target; 0 where it does not.
    pub spacing_s: u32,
    approved_by: Option<Time>,
    otherwise: Option<Else>,
}

/// When a window opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opens {
    /// Then.
    At(Time),
    /// Never: it was not approved in time.
    Dropped(String),
    /// Never: there is no such time.
    Never(String),
}

impl Window {
    /// Reads the window of a step's parameters; or what is wrong with it.
    pub fn read(parameters: &Map<String, Value>, usual: &Usual) -> Result<Self, String> {
        let field = |name: &str| {
            parameters.get(&format!("{WINDOW}{name}")).filter(|value| !value.is_null())
        };
        let word = |name: &str| field(name).and_then(Value::as_str);
        let name = word("zone").or(usual.zone.as_deref()).unwrap_or("UTC");
        let zone = zone(name).ok_or_else(|| format!("there is no time zone {name:?}"))?;
        let time = |name: &str| {
            let read = |text| {
                let wrong = || format!("the window's {name} is {text:?}, which is no time");
                read_time(text, &zone).ok_or_else(wrong)
            };
            word(name).map(read).transpose()
        };
        let own: Option<Hours> = field("hours")
            .map(|hours| serde_json::from_value(hours.clone()))
            .transpose()
            .map_err(|cause| format!("the window's hours: {cause}"))?;
        let any = field("any_hour").and_then(Value::as_bool).unwrap_or(false);
        let hours = own.as_ref().or(usual.hours.as_ref().filter(|_| !any));
        let otherwise = field("else")
            .map(|word| serde_json::from_value(word.clone()))
            .transpose()
            .map_err(|_| "the window's else is neither drop, next nor now".to_owned())?;
        let spacing = field("spacing_s").and_then(Value::as_u64).unwrap_or(0);
        Ok(Self {
            at: time("at")?,
            not_before: time("not_before")?,
            approved_by: time("approved_by")?,
            spacing_s: u32::try_from(spacing).unwrap_or(SPACING_MOST).min(SPACING_MOST),
            week: Week::read(zone.clone(), hours)
                .map_err(|why| format!("the window's hours: {why}"))?,
            otherwise,
        })
    }

    /// When it opens, where all that it waits for is there `now`, and others of its target have these times.
    pub fn opens(&self, now: Time, taken: &[Time]) -> Opens {
        let not_before = self.not_before.unwrap_or(now).max(now);
        let by = self.approved_by.or(self.at);
        let late = by.filter(|by| *by < now).zip(self.otherwise);
        let (mut from, mut free) = (self.at.unwrap_or(now).max(not_before), false);
        match late {
            None => {}
            Some((by, Else::Drop)) => {
                return Opens::Dropped(format!("it was not approved by {}", by.rfc3339()));
            }
            Some((_, Else::Now)) => (from, free) = (not_before, true),
            Some((by, Else::Next)) => {
                let same = || self.week.same_clock(self.at.unwrap_or(by), now);
                from = self.week.begins(now).or_else(same).unwrap_or(now).max(not_before);
            }
        }
        let none = || Opens::Never("no time of its window is free within four weeks".into());
        let last = now.plus_s(AHEAD_S);
        while from <= last {
            let Some(open) = (if free { Some(from) } else { self.week.next(from) }) else { break };
            let next = apart(open, self.spacing_s, taken);
            if next == open {
                return if open <= last { Opens::At(open) } else { none() };
            }
            from = next;
        }
        none()
    }
}

/// The first time from `from` on that keeps its distance to all that are taken.
pub(super) fn apart(from: Time, spacing_s: u32, taken: &[Time]) -> Time {
    let spacing = i64::from(spacing_s) * 1000;
    let mut taken: Vec<i64> = taken.iter().map(|time| time.0).collect();
    taken.sort_unstable();
    let near = |time: i64, other: i64| (time - other).abs() < spacing;
    Time(taken.into_iter().fold(
        from.0,
        |time, other| {
            if near(time, other) { other + spacing } else { time }
        },
    ))
}
