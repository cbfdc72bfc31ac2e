//! Posts that wait until an account is connected again: on record where a grant is over, and resumed by the sweep.

use super::connection::{Connection, PREFIX, Standing};
use crate::error::{Error, Result};
use crate::id::{JobId, TenantId};
use crate::job;
use crate::ports::{Flow, Table};
use crate::record::{DUE, JobRecord};
use crate::state::JobState;
use crate::store::{Key, Query, Write, from_item};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How many posts of one connection go on in one sweep.
const AT_ONCE: u32 = 25;
/// When the sweep looks again for those that could not go on yet, in seconds.
const AGAIN_S: u32 = 60;

/// A post that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Paused {
    job: JobId,
    step: String,
    at: Time,
}

fn waiting(tenant: &TenantId, connection: &str) -> String {
    format!("PAUSED#{tenant}#{connection}")
}

fn key(tenant: &TenantId, connection: &str, job: &JobId, step: &str) -> Key {
    Key::new(waiting(tenant, connection), format!("{job}#{step}"))
}

impl Connection {
    /// Puts on record that a post waits until this is connected again.
    pub fn pauses(
        &self,
        tenant: &TenantId,
        (job, step): (&JobId, &str),
        now: Time,
    ) -> Result<Write> {
        let paused = Paused { job: job.clone(), step: step.to_owned(), at: now };
        Write::put(key(tenant, &self.name, job, step), &paused)
    }

    /// Nothing, on the condition that this is still over: who connects it again finds what waits.
    pub fn still_over(&self, tenant: &TenantId) -> Write {
        Write::check(Self::key(tenant, &self.name))
            .when_is("connected_at", self.connected_at)
            .when_is("state", Standing::Expired)
    }
}

/// The connection that a record of the due index is, if it is one.
pub(crate) fn due(pk: &str, sk: &str) -> Option<(TenantId, String)> {
    let tenant = TenantId::parse(pk.strip_prefix("TENANT#")?).ok()?;
    Some((tenant, sk.strip_prefix(PREFIX)?.to_owned()))
}

/// Lets what waited for a connection go on, each target by itself. What belongs to a job that has not ended waits on.
pub(crate) async fn resume(
    table: &dyn Table,
    flow: &dyn Flow,
    (tenant, name): (&TenantId, &str),
    now: Time,
) -> Result<()> {
    let Some(connection) = Connection::read(table, tenant, name).await? else { return Ok(()) };
    let later = |at: Option<Time>| {
        let fields = json!({ "due_pk": at.map(|_| DUE), "due_at": at });
        Write::set(Connection::key(tenant, name), fields)
            .when_is("connected_at", connection.connected_at)
            .when_is("due_at", connection.due_at)
    };
    let mut left = false;
    if connection.state == Standing::Ok {
        let query = Query::partition(waiting(tenant, name)).limit(AT_ONCE);
        let rows = table.query(&query).await?;
        left = u32::try_from(rows.len()).is_ok_and(|rows| AT_ONCE <= rows);
        for row in &rows {
            let Paused { job, step, .. } = from_item(row)?;
            match goes_on(table, flow, (&job, &step), now).await? {
                true => {
                    let gone = Write::forget(key(tenant, name, &job, &step));
                    table.write(vec![gone]).await?;
                }
                false => left = true,
            }
        }
    }
    let at = left.then(|| now.plus_s(AGAIN_S));
    table.write(vec![later(at)]).await.map(drop)
}

/// Retries one post; false where its job has to end first.
async fn goes_on(
    table: &dyn Table,
    flow: &dyn Flow,
    (job, step): (&JobId, &str),
    now: Time,
) -> Result<bool> {
    let items = table.get(&[JobRecord::key(job)]).await?;
    let Some(item) = &items[0] else { return Ok(true) };
    let record: JobRecord = from_item(item)?;
    let begun = record.state == JobState::Accepted && record.only.as_deref() == Some(step);
    if !record.state.terminal() && !begun {
        return Ok(false);
    }
    match job::retry_post(table, flow, (job, step), now).await {
        // It is there by now, or its job cannot go on with it alone.
        Ok(()) | Err(Error::Invalid(_)) => Ok(true),
        Err(why) => Err(why),
    }
}
