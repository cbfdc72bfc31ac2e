//! What was spent, by day, pipeline and label: counters that move with the ledger, in its transactions.
//!
//! A counter is added to in the very transaction that ends an attempt, under that attempt's own conditions; so each
//! attempt counts once, however often its report comes. What it was thought to cost when it was given up is corrected
//! on the day its late success is known. Counters are spread over shards, for many attempts end at once.

use crate::budget::{self, Held};
use crate::error::Result;
use crate::id::{JobId, TenantId};
use crate::label::Labels;
use crate::money::MicroUsd;
use crate::ports::Table;
use crate::record::JobRecord;
use crate::store::{From, Item, Key, Query, Write, sort_key};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// Over how many counters the sums of a day are spread: no two writers need wait for each other.
const SHARDS: u32 = 8;
/// Most counters that are read for one page.
pub const COUNTERS_MOST: usize = 5_000;
/// Most counters that one read brings.
const STRIDE: u32 = 1_000;

/// What comes before a model's name in the fields of a counter: its attempts, and what they cost.
const MODEL: [&str; 2] = ["attempts ", "micros "];

/// What a job's spend is told apart by; goes with the work, so that its end needs no read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// The pipeline's name.
    pub pipeline: String,
    /// The job's labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: Labels,
    /// Whether its tenant has a budget.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub budgeted: bool,
    /// The model that does it, as pipelines name it; known from the claim on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What was counted against that budget when the attempt was claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
}

impl Marks {
    /// The marks of a job.
    pub fn of(job: &JobRecord) -> Self {
        let (pipeline, labels) = (job.pipeline.clone(), job.labels.clone());
        Self { pipeline, labels, budgeted: job.rank.budgeted, ..Self::default() }
    }

    fn each(&self) -> impl Iterator<Item = (By, &str)> {
        let labels = self.labels.iter().map(|(name, value)| (By::Label(name.clone()), value));
        let labels = labels.map(|(by, value)| (by, value.as_str()));
        std::iter::once((By::Pipeline, self.pipeline.as_str())).chain(labels)
    }
}

/// What spend is told apart by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// All of it together.
    Total,
    /// The pipeline's name.
    Pipeline,
    /// The model that served.
    Model,
    /// The label of this name.
    Label(String),
}

impl By {
    /// Reads `total`, `pipeline`, `model` or `label.NAME`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "total" => Some(Self::Total),
            "pipeline" => Some(Self::Pipeline),
            "model" => Some(Self::Model),
            other => {
                let name = other.strip_prefix("label.")?;
                crate::label::is_name(name).then(|| Self::Label(name.to_owned()))
            }
        }
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Total => f.write_str("total"),
            Self::Pipeline => f.write_str("pipeline"),
            Self::Model => f.write_str("model"),
            Self::Label(name) => write!(f, "label.{name}"),
        }
    }
}

/// The partition of a tenant's counters.
///
/// Every job has a pipeline, so the total is theirs, and so is what each model cost:
/// that is told apart within a pipeline's counter, so that an attempt's end writes no more than without.
pub fn partition(tenant: &TenantId, by: &By) -> String {
    match by {
        By::Total | By::Pipeline | By::Model => format!("SPEND#{tenant}#pipeline"),
        By::Label(_) => format!("SPEND#{tenant}#{by}"),
    }
}

/// Counts a job as accepted, once for its pipeline and once for each label.
pub fn accepted(job: &JobRecord, now: Time) -> Vec<Write> {
    let add = |key| Write::count(key).plus("jobs", 1);
    counters(&job.tenant, &Marks::of(job), &job.id, now).map(add).collect()
}

/// Adds what an attempt cost; a correction of what it was thought to cost counts no attempt.
pub fn ended(
    tenant: &TenantId,
    marks: &Marks,
    job: &JobId,
    more: MicroUsd,
    given_up: Option<MicroUsd>,
    now: Time,
) -> Vec<Write> {
    let attempts = i64::from(given_up.is_none());
    let model = marks.model.as_ref().map(|name| (name, partition(tenant, &By::Model)));
    let add = |key: Key| {
        let of_model = model.as_ref().filter(|(_, pk)| *pk == key.pk);
        let write = Write::count(key).plus("attempts", attempts).plus("micros", more.0);
        match of_model {
            Some((name, _)) => {
                let [n, micros] = MODEL.map(|what| format!("{what}{name}"));
                write.plus(&n, attempts).plus(&micros, more.0)
            }
            None => write,
        }
    };
    let settled = budget::settled(tenant, marks, more, given_up.is_some(), now);
    counters(tenant, marks, job, now).map(add).chain(settled).collect()
}

fn counters(tenant: &TenantId, marks: &Marks, job: &JobId, now: Time) -> impl Iterator<Item = Key> {
    let shard = job.as_str().bytes().fold(7_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 9973);
    let (day, shard) = (now.day(), shard % SHARDS);
    marks
        .each()
        .map(move |(by, value)| Key::new(partition(tenant, &by), format!("{day}#{shard}#{value}")))
}

/// Jobs, attempts and money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many jobs were accepted.
    pub jobs: i64,
    /// How many attempts ended.
    pub attempts: i64,
    /// What they cost.
    pub spent: MicroUsd,
}

impl std::ops::AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.jobs += other.jobs;
        self.attempts += other.attempts;
        self.spent = self.spent + other.spent;
    }
}

/// A stretch of counters, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The sums of each day, by value.
    pub values: BTreeMap<String, BTreeMap<String, Sum>>,
    /// Where the next page goes on; none on the last one.
    pub next: Option<String>,
}

/// Adds up the counters of the days `from` to `to`, both included; goes on after `after`.
pub async fn read(
    table: &dyn Table,
    tenant: &TenantId,
    by: &By,
    (from, to): (&str, &str),
    after: Option<String>,
) -> Result<Page> {
    let mut page = Page::default();
    let mut after = after.unwrap_or_else(|| from.to_owned());
    let mut read = 0;
    loop {
        let pk = partition(tenant, by);
        let place = From::Partition { pk, prefix: String::new(), after: Some(after.clone()) };
        let query = Query { from: place, backwards: false, limit: STRIDE };
        let items = table.query(&query).await?;
        for item in &items {
            let mut parts = sort_key(item).splitn(3, '#');
            let (Some(day), Some(_), Some(value)) = (parts.next(), parts.next(), parts.next())
            else {
                continue;
            };
            if to < day {
                return Ok(page);
            }
            let of = |value: &str, sum| (value.to_owned(), sum);
            let sums = match by {
                By::Model => by_model(item),
                By::Total => vec![of("total", sum(item))],
                By::Pipeline | By::Label(_) => vec![of(value, sum(item))],
            };
            for (value, sum) in sums {
                *page.values.entry(value).or_default().entry(day.to_owned()).or_default() += sum;
            }
            after = sort_key(item).to_owned();
        }
        read += items.len();
        if items.len() < STRIDE as usize {
            return Ok(page);
        }
        if COUNTERS_MOST <= read {
            page.next = Some(after);
            return Ok(page);
        }
    }
}

/// What a pipeline's counter has of each model. Jobs are nobody's: one may be served by several.
fn by_model(item: &Item) -> Vec<(String, Sum)> {
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for (field, amount) in item {
        let amount = amount.as_i64().unwrap_or(0);
        let [n, micros] = MODEL.map(|what| field.strip_prefix(what));
        if let Some(model) = n {
            sums.entry(model).or_default().attempts += amount;
        } else if let Some(model) = micros {
            sums.entry(model).or_default().spent.0 += amount;
        }
    }
    sums.into_iter().map(|(model, sum)| (model.to_owned(), sum)).collect()
}

fn sum(item: &Item) -> Sum {
    let count = |name: &str| item.get(name).and_then(Value::as_i64).unwrap_or(0);
    Sum { jobs: count("jobs"), attempts: count("attempts"), spent: MicroUsd(count("micros")) }
}
