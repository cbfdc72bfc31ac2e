//! What was spent, as the API tells it.
use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::{
    client::{Again, Client},
    error::Error,
};

/// Which spend is asked for.
#[derive(Debug, Clone, Default)]
pub struct SpendQuery {
    /// `total`, `pipeline`, `model`, or `label.` and a label's name.
    pub by: String,
    /// The first day, in UTC: `2026-11-20`.
    pub from: Option<String>,
    /// The last day, included.
    pub to: Option<String>,
}

/// Spend of a period, told apart by one thing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Spend {
    /// What it is told apart by.
    pub by: String,
    /// The first day.
    pub from: String,
    /// The last day, included.
    pub to: String,
    /// One entry for each value, the dearest first.
    pub values: Vec<SpendOf>,
    /// All of them together.
    pub total: Sum,
    /// The cursor of the next page; its sums are added to these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Spend of one value.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SpendOf {
    /// The value: a pipeline's name, a model's, a label's value.
    pub value: String,
    /// All of the period.
    #[serde(flatten)]
    pub sum: Sum,
    /// The days on which there was something.
    pub days: Vec<SpendOn>,
}

/// Spend of one day.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SpendOn {
    /// The day, in UTC.
    pub day: String,
    /// All of that day.
    #[serde(flatten)]
    pub sum: Sum,
}

/// Jobs, attempts and money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Sum {
    /// How many jobs were accepted.
    pub jobs: i64,
    /// How many attempts ended.
    pub attempts: i64,
    /// What they cost in US dollars.
    pub usd: f64,
    /// The same in millionths, exact.
    pub micro_usd: i64,
}

impl Sum {
    fn add(&mut self, other: &Self) {
        self.jobs += other.jobs;
        self.attempts += other.attempts;
        self.micro_usd += other.micro_usd;
        self.usd = self.micro_usd as f64 / 1e6;
    }
}

impl Spend {
    /// Adds the page that follows.
    fn add(&mut self, page: Self) {
        self.total.add(&page.total);
        self.next = page.next;
        for more in page.values {
            let Some(known) = self.values.iter_mut().find(|known| known.value == more.value) else {
                self.values.push(more);
                continue;
            };
            known.sum.add(&more.sum);
            for day in more.days {
                match known.days.iter_mut().find(|known| known.day == day.day) {
                    Some(known) => known.sum.add(&day.sum),
                    None => known.days.push(day),
                }
            }
        }
        self.values.sort_by_key(|it| std::cmp::Reverse(it.sum.micro_usd));
    }
}

impl Client {
    /// What the caller's tenant spent: all pages, added up.
    pub async fn spend(&self, query: &SpendQuery) -> Result<Spend, Error> {
        let mut all = self.spend_page(query, None).await?;
        while let Some(cursor) = all.next.take() {
            all.add(self.spend_page(query, Some(&cursor)).await?);
        }
        Ok(all)
    }

    async fn spend_page(&self, query: &SpendQuery, cursor: Option<&str>) -> Result<Spend, Error> {
        let call = self
            .call(Method::GET, &["spend"], Again::Harmless)
            .query("by", Some(&query.by))
            .query("from", query.from.as_deref())
            .query("to", query.to.as_deref())
            .query("cursor", cursor);
        self.send(call).await
    }
}
