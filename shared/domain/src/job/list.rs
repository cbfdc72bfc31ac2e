//! A tenant's jobs, newest first, by what is sought in them.

use crate::error::{Error, Result};
use crate::id::TenantId;
use crate::label::{self, Labels};
use crate::ports::Table;
use crate::record::JobRecord;
use crate::state::JobState;
use crate::store::{From, Query, from_item};
use crate::time::Time;
use serde_json::Value;

/// How many jobs are looked at for one page; a rare filter comes back with fewer, and a place to go on.
const LOOKED_AT_MOST: usize = 1000;
/// How many jobs one read brings while filtering.
const STRIDE: u32 = 100;

/// What jobs are sought by; everything where nothing is said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sought {
    /// The state they are in.
    pub state: Option<JobState>,
    /// Their pipeline.
    pub pipeline: Option<String>,
    /// The labels they have.
    pub labels: Labels,
    /// Words of their texts, in lower case: all of them.
    pub words: Vec<String>,
    /// Accepted then or later.
    pub from: Option<Time>,
}

/// Some jobs, and the place where the next page goes on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Jobs {
    /// The jobs.
    pub jobs: Vec<JobRecord>,
    /// The last one that was looked at; none on the last page.
    pub next: Option<String>,
}

impl Sought {
    /// Whether every job fits.
    fn anything(&self) -> bool {
        *self == Self::default()
    }

    fn fits(&self, job: &JobRecord) -> bool {
        self.state.is_none_or(|state| job.state == state)
            && self.pipeline.as_ref().is_none_or(|pipeline| *pipeline == job.pipeline)
            && self.labels.iter().all(|(name, value)| job.labels.get(name) == Some(value))
            && self.from.is_none_or(|from| from <= job.created_at)
            && self.says(job)
    }

    fn says(&self, job: &JobRecord) -> bool {
        let texts = job.inputs.values().filter_map(Value::as_str).map(str::to_lowercase);
        let texts: Vec<String> = texts.collect();
        self.words.iter().all(|word| texts.iter().any(|text| text.contains(word.as_str())))
    }

    /// At most `limit` jobs, from after the one that `after` names.
    pub async fn jobs(
        &self,
        table: &dyn Table,
        tenant: &TenantId,
        mut after: Option<String>,
        limit: usize,
    ) -> Result<Jobs> {
        // One more than the page shows whether there is another.
        let stride = if self.anything() { limit as u32 + 1 } else { STRIDE };
        let (mut page, mut looked_at) = (Vec::new(), 0);
        let mut more = true;
        while more && page.len() < limit && looked_at < LOOKED_AT_MOST {
            let found = match self.labels.first_key_value() {
                Some(label) => labelled(table, tenant, label, after.clone(), stride).await?,
                None => newest(table, tenant, after.clone(), stride).await?,
            };
            more = found.len() == stride as usize;
            let last = found.len();
            for (place, (id, job)) in found.into_iter().enumerate() {
                looked_at += 1;
                after = Some(id);
                if let Some(job) = &job
                    && self.from.is_some_and(|from| job.created_at < from)
                {
                    more = false;
                    break;
                }
                page.extend(job.filter(|job| self.fits(job)));
                if page.len() == limit {
                    more |= place + 1 < last;
                    break;
                }
            }
        }
        Ok(Jobs { jobs: page, next: after.filter(|_| more) })
    }
}

/// A stretch of jobs, newest first, each with its place; an entry whose job is gone has none.
type Stretch = Vec<(String, Option<JobRecord>)>;

async fn newest(
    table: &dyn Table,
    tenant: &TenantId,
    after: Option<String>,
    limit: u32,
) -> Result<Stretch> {
    let from = From::Jobs { tenant: tenant.to_string(), after };
    let items = table.query(&Query { from, backwards: true, limit }).await?;
    let jobs = items.iter().map(|item| {
        let job: JobRecord = from_item(item)?;
        Ok((job.sk_job.clone(), Some(job)))
    });
    jobs.collect::<Result<_, Error>>()
}

/// The same by the entries of a label: only jobs that have it are looked at.
async fn labelled(
    table: &dyn Table,
    tenant: &TenantId,
    (name, value): (&String, &String),
    after: Option<String>,
    limit: u32,
) -> Result<Stretch> {
    let pk = label::partition(tenant, name, value);
    let from = From::Partition { pk, prefix: String::new(), after };
    let entries = table.query(&Query { from, backwards: true, limit }).await?;
    let ids = entries.iter().map(label::job_of).collect::<Result<Vec<_>, Error>>()?;
    let keys: Vec<_> = ids.iter().map(JobRecord::key).collect();
    let jobs = table.get(&keys).await?;
    let jobs = ids
        .iter()
        .zip(jobs)
        .map(|(id, item)| Ok((id.to_string(), item.as_ref().map(from_item).transpose()?)));
    jobs.collect::<Result<_, Error>>()
}
