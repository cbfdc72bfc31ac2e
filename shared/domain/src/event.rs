//! A job's log: events numbered without gaps, each written with the change it reports.

use crate::error::{Error, Result};
use crate::id::JobId;
use crate::ports::Table;
use crate::store::{Item, Key, Query, Write, Written, from_item};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One numbered entry in a job's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its number, from 1.
    pub n: u64,
    /// When it happened.
    pub at: Time,
    /// What happened, such as `step.succeeded`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The step it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The attempt it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<String>,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
}

impl Event {
    /// An event of a job, not yet numbered.
    pub fn new(at: Time, kind: impl Into<String>) -> Self {
        Self { n: 0, at, kind: kind.into(), step: None, attempt: None, data: Map::new() }
    }

    /// Says which step it is about.
    pub fn step(mut self, step: &str) -> Self {
        self.step = Some(step.to_owned());
        self
    }

    /// Says which attempt it is about.
    pub fn attempt(mut self, attempt: impl ToString) -> Self {
        self.attempt = Some(attempt.to_string());
        self
    }

    /// Says something else.
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.data.insert(name.into(), serde_json::to_value(value).unwrap_or(Value::Null));
        self
    }

    /// As the API shows it, with its time as text.
    pub fn json(&self) -> Value {
        let mut value = serde_json::to_value(self).unwrap_or(Value::Null);
        value["at"] = self.at.rfc3339().into();
        value
    }
}

/// The key of a job's `n`th event.
pub fn key(job: &JobId, n: u64) -> Key {
    Key::new(log(job), format!("EVENT#{n:08}"))
}

/// The partition of a job's log.
pub fn log(job: &JobId) -> String {
    format!("LOG#{job}")
}

/// What became of a change and its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// All of it happened; the last event has this number.
    Done(u64),
    /// None of it happened: these writes found their conditions false.
    Refused(Vec<usize>),
}

/// How often a number may be taken by another writer before we give up for now.
const RACES: usize = 50;

/// Writes a change together with the events that report it, in one transaction.
///
/// `last` is the number of an event known to exist (0 at the start of a job): a good guess of the
/// last one saves a read. A number that is taken means that others wrote; then the end is looked up.
pub async fn commit(
    table: &dyn Table,
    job: &JobId,
    last: u64,
    writes: Vec<Write>,
    events: &[Event],
) -> Result<Committed> {
    let mut last = last;
    for _ in 0..RACES {
        let mut all = writes.clone();
        for (event, n) in events.iter().zip(last + 1..) {
            all.push(Write::create(key(job, n), &Event { n, ..event.clone() })?);
        }
        match table.write(all).await? {
            Written::Done => return Ok(Committed::Done(last + events.len() as u64)),
            Written::Refused(refused) => {
                let ours: Vec<usize> =
                    refused.into_iter().filter(|index| *index < writes.len()).collect();
                if !ours.is_empty() {
                    return Ok(Committed::Refused(ours));
                }
                last = last_number(table, job).await?;
            }
        }
    }
    Err(Error::Again(format!("the log of {job} is contended")))
}

/// The number of a job's last event; 0 where there is none.
pub async fn last_number(table: &dyn Table, job: &JobId) -> Result<u64> {
    let mut query = Query::partition(log(job)).limit(1);
    query.backwards = true;
    let items = table.query(&query).await?;
    items.first().map_or(Ok(0), |item| from_item::<Event>(item).map(|event| event.n))
}

/// The events of a job after the `after`th, up to the first gap.
pub async fn read(table: &dyn Table, job: &JobId, after: u64, limit: u32) -> Result<Vec<Event>> {
    let mut query = Query::partition(log(job)).limit(limit);
    if let crate::store::From::Partition { after: beyond, .. } = &mut query.from {
        *beyond = Some(key(job, after).sk);
    }
    let items = table.query(&query).await?;
    until_gap(after, &items)
}

fn until_gap(after: u64, items: &[Item]) -> Result<Vec<Event>> {
    let mut events = Vec::with_capacity(items.len());
    for (item, n) in items.iter().zip(after + 1..) {
        let event: Event = from_item(item)?;
        if event.n != n {
            break;
        }
        events.push(event);
    }
    Ok(events)
}
