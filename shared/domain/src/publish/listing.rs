//! A tenant's publications by time: one line for each step of a job that publishes, written with its first ledger entry.

use crate::error::{Error, Result};
use crate::id::{JobId, TenantId};
use crate::label::Labels;
use crate::ports::Table;
use crate::store::{From, Key, Query, Write, from_item, sort_key};
use crate::time::Time;
use crate::view::JobView;
use serde::{Deserialize, Serialize};

/// That a step of a job publishes somewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The kind of target.
    pub target: String,
    /// Whose account it goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// The job's pipeline.
    pub pipeline: String,
    /// The job's labels.
    #[serde(default)]
    pub labels: Labels,
    /// When it was first asked for.
    pub at: Time,
}

/// A line with what it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The job.
    pub job: JobId,
    /// The step.
    pub step: String,
    /// What is known of it without looking further.
    pub line: Line,
}

impl Listed {
    /// By what the page of a listing goes on after this.
    pub fn cursor(&self) -> String {
        format!("{}#{}", self.job, self.step)
    }
}

fn pk(tenant: &TenantId) -> String {
    format!("PUBLICATIONS#{tenant}")
}

/// The line of a step; written again it is the same.
pub fn line(
    view: &JobView,
    step: &str,
    (target, connection): (&str, Option<&str>),
    at: Time,
) -> Result<Write> {
    let line = Line {
        target: target.to_owned(),
        connection: connection.map(str::to_owned),
        pipeline: view.job.pipeline.clone(),
        labels: view.job.labels.clone(),
        at,
    };
    let key = Key::new(pk(&view.job.tenant), format!("{}#{step}", view.job.id));
    Write::put(key, &line)
}

/// A tenant's lines, those of the latest jobs first; after that one, where a page goes on.
pub async fn lines(
    table: &dyn Table,
    tenant: &TenantId,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Listed>> {
    let after = after.map(str::to_owned);
    let from = From::Partition { pk: pk(tenant), prefix: String::new(), after };
    let items = table.query(&Query { from, backwards: true, limit }).await?;
    let listed = items.iter().map(|item| {
        let wrong = || Error::Fault(format!("{} is no line", sort_key(item)));
        let (job, step) = sort_key(item).split_once('#').ok_or_else(wrong)?;
        Ok(Listed { job: JobId::parse(job)?, step: step.to_owned(), line: from_item(item)? })
    });
    listed.collect()
}
