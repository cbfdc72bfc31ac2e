//! A table that tells of events: whoever writes through it needs to know nothing of those who watch.

use super::WATCHED;
use crate::error::Result;
use crate::id::JobId;
use crate::ports::{Pusher, Table};
use crate::record::JobRecord;
use crate::store::{Change, Condition, Item, Key, Query, Write, Written};
use async_trait::async_trait;

/// As many writes as one transaction of DynamoDB takes.
const WRITES_MOST: usize = 100;

/// A table, and whom to nudge when an event of a watched job was written.
///
/// Whether a job is watched costs no call where it is not: the transaction asks for its META record, which is
/// part of nearly every change, to be unwatched. Only where that fails is the record read, and the
/// change made without asking.
#[derive(Debug)]
pub struct Heard<T, P> {
    /// The table.
    pub table: T,
    /// Whom to nudge.
    pub pusher: P,
}

#[async_trait]
impl<T: Table, P: Pusher> Table for Heard<T, P> {
    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Item>>> {
        self.table.get(keys).await
    }

    async fn query(&self, query: &Query) -> Result<Vec<Item>> {
        self.table.query(query).await
    }

    async fn write(&self, writes: Vec<Write>) -> Result<Written> {
        let Some(job) = reported(&writes) else { return self.table.write(writes).await };
        let meta = JobRecord::key(&job);
        let (mut asking, unwatched) = (writes.clone(), Condition::Without(WATCHED));
        let at = match writes.iter().position(|write| write.key == meta) {
            // Nobody watches what is only now accepted.
            Some(at) if matches!(writes[at].change, Change::Put(_)) => {
                return self.table.write(writes).await;
            }
            Some(at) => {
                asking[at].conditions.push(unwatched);
                at
            }
            None if writes.len() < WRITES_MOST => {
                asking.push(Write::check(meta).when(unwatched));
                writes.len()
            }
            None => return self.write_then_look(writes, &job).await,
        };
        match self.table.write(asking).await? {
            Written::Refused(refused) if refused.contains(&at) && self.watched(&job).await? => {
                let written = self.table.write(writes).await?;
                self.nudge_after(&written, &job).await;
                Ok(written)
            }
            written => Ok(written),
        }
    }
}

impl<T: Table, P: Pusher> Heard<T, P> {
    async fn write_then_look(&self, writes: Vec<Write>, job: &JobId) -> Result<Written> {
        let written = self.table.write(writes).await?;
        // What is written is written: a failure to look must not look like a failure to write.
        if written == Written::Done && self.watched(job).await.unwrap_or(true) {
            self.nudge_after(&written, job).await;
        }
        Ok(written)
    }

    async fn watched(&self, job: &JobId) -> Result<bool> {
        let found = self.table.get(&[JobRecord::key(job)]).await?;
        Ok(found.into_iter().flatten().any(|item| item.contains_key(WATCHED)))
    }

    async fn nudge_after(&self, written: &Written, job: &JobId) {
        if *written == Written::Done {
            // The next nudge, or the watcher's own ping, makes up for one that is lost.
            self.pusher.nudge(job).await.ok();
        }
    }
}

/// The job whose log grows by these writes.
fn reported(writes: &[Write]) -> Option<JobId> {
    let event = writes.iter().find(|write| {
        write.key.sk.starts_with("EVENT#") && matches!(write.change, Change::Put(_))
    })?;
    JobId::parse(event.key.pk.strip_prefix("LOG#")?).ok()
}
