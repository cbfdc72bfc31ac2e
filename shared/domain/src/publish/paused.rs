//! Posts that wait until an account is open: on record where a grant is over, a connection is not there, or its target
//! takes nothing more for a while; resumed and watched by the sweep, and given up at last.
//!
//! Beside the posts of a connection lies their head, in the due index: so however many wait, one record is looked at.

use super::connection::{Connection, PREFIX, Standing};
use crate::error::{Error, Result};
use crate::event::{Committed, Event, commit, last_number};
use crate::id::{JobId, TenantId};
use crate::job;
use crate::ports::{Flow, Table};
use crate::record::{DUE, JobRecord, PostingRecord, PublicationState};
use crate::state::JobState;
use crate::store::{Condition, Key, Query, Write, from_item, sort_key};
use crate::stuck::{Finding, Stuck};
use crate::time::Time;
use crate::whole;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How many posts of one connection go on, or are given up, in one sweep.
const AT_ONCE: u32 = 25;
/// When the sweep looks again for those that could not go on yet, in seconds; and for what hangs.
const AGAIN_S: u32 = 60;
/// After so many seconds a post that waits is a finding: a day.
pub const PAUSED_S: u32 = 24 * 3600;
/// After so many it waits no more: a week.
pub const PAUSED_MOST_S: u32 = 7 * 24 * 3600;
/// So many seconds after it began to wait, what changes is not about that.
const LATER_S: u32 = 600;
/// How often a lost race is run again.
const RACES: usize = 5;
const PARTITION: &str = "PAUSED#";
const HEAD: &str = "HEAD";

/// A post that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Paused {
    job: JobId,
    step: String,
    at: Time,
}

/// When the sweep looks at the posts that wait for one connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Head {
    version: u64,
    due_at: Time,
}

fn waiting(tenant: &TenantId, connection: &str) -> String {
    format!("{PARTITION}{tenant}#{connection}")
}

fn key((tenant, connection): (&TenantId, &str), job: &JobId, step: &str) -> Key {
    Key::new(waiting(tenant, connection), format!("{job}#{step}"))
}

fn head((tenant, connection): (&TenantId, &str)) -> Key {
    Key::new(waiting(tenant, connection), HEAD)
}

/// Puts on record that a post waits until a connection is there, and opens its account.
pub fn pauses(of: (&TenantId, &str), (job, step): (&JobId, &str), now: Time) -> Result<Vec<Write>> {
    let paused = Paused { job: job.clone(), step: step.to_owned(), at: now };
    let head = Write::count(head(of)).also("due_pk", DUE).also("due_at", now.plus_s(AGAIN_S));
    Ok(vec![Write::put(key(of, job, step), &paused)?, head.plus("version", 1)])
}

/// Nothing, on the condition that there is no such connection: who puts it finds what waits.
pub fn still_absent((tenant, connection): (&TenantId, &str)) -> Write {
    Write::check(Connection::key(tenant, connection)).when(Condition::Absent)
}

impl Connection {
    /// Nothing, on the condition that this is still over: who connects it again finds what waits.
    pub fn still_over(&self, tenant: &TenantId) -> Write {
        Write::check(Self::key(tenant, &self.name))
            .when_is("connected_at", self.connected_at)
            .when_is("state", Standing::Expired)
    }

    /// Lets nothing more go to its target until then; at that time, what waits goes on.
    pub fn rests(&self, tenant: &TenantId, until: Time, now: Time) -> Write {
        let fields =
            json!({ "rests_until": until, "due_pk": DUE, "due_at": until, "updated_at": now });
        Write::set(Self::key(tenant, &self.name), fields).when_is("connected_at", self.connected_at)
    }

    /// Until when its target takes nothing more, if that is not over.
    pub fn resting(&self, now: Time) -> Option<Time> {
        self.rests_until.filter(|until| now < *until)
    }

    /// Nothing, on the condition that this still rests so long: who ends that finds what waits.
    pub fn still_rests(&self, tenant: &TenantId) -> Write {
        Write::check(Self::key(tenant, &self.name))
            .when_is("connected_at", self.connected_at)
            .when_is("rests_until", self.rests_until)
    }
}

/// The connection that a record of the due index is, if it is one.
pub(crate) fn due(pk: &str, sk: &str) -> Option<(TenantId, String)> {
    let tenant = TenantId::parse(pk.strip_prefix("TENANT#")?).ok()?;
    Some((tenant, sk.strip_prefix(PREFIX)?.to_owned()))
}

/// The connection whose posts a record of the due index is the head of, if it is one.
pub(crate) fn head_due(pk: &str, sk: &str) -> Option<(TenantId, String)> {
    let (tenant, connection) = pk.strip_prefix(PARTITION)?.split_once('#')?;
    let tenant = TenantId::parse(tenant).ok()?;
    (sk == HEAD).then(|| (tenant, connection.to_owned()))
}

async fn head_of(table: &dyn Table, of: (&TenantId, &str)) -> Result<Option<Head>> {
    let items = table.get(&[head(of)]).await?;
    items[0].as_ref().map(from_item).transpose()
}

/// All posts that wait for a connection, those that wait longest first.
async fn rows(table: &dyn Table, (tenant, name): (&TenantId, &str)) -> Result<Vec<Paused>> {
    let items = whole::records(table, &waiting(tenant, name), "").await?;
    let rows = items.iter().filter(|item| sort_key(item) != HEAD).map(from_item);
    let mut rows: Vec<Paused> = rows.collect::<Result<_>>()?;
    rows.sort_by_key(|row| row.at);
    Ok(rows)
}

/// Lets what waited for a connection go on, each target by itself. What belongs to a job that has not ended waits on.
pub(crate) async fn resume(
    table: &dyn Table,
    flow: &dyn Flow,
    (tenant, name): (&TenantId, &str),
    now: Time,
) -> Result<()> {
    let Some(connection) = Connection::read(table, tenant, name).await? else { return Ok(()) };
    let rest = connection.resting(now);
    let later = |at: Option<Time>| {
        let fields = json!({ "due_pk": at.map(|_| DUE), "due_at": at, "rests_until": rest });
        Write::set(Connection::key(tenant, name), fields)
            .when_is("connected_at", connection.connected_at)
            .when_is("due_at", connection.due_at)
    };
    if rest.is_some() {
        return table.write(vec![later(rest)]).await.map(drop);
    }
    let mut left = false;
    if connection.state == Standing::Ok {
        let head = head_of(table, (tenant, name)).await?;
        // One more than go on: the head lies among them.
        let query = Query::partition(waiting(tenant, name)).limit(AT_ONCE + 1);
        let rows = table.query(&query).await?;
        left = u32::try_from(rows.len()).is_ok_and(|rows| AT_ONCE < rows);
        for row in rows.iter().filter(|row| sort_key(row) != HEAD) {
            let Paused { job, step, .. } = from_item(row)?;
            match goes_on(table, flow, (&job, &step), now).await? {
                true => {
                    let gone = Write::forget(key((tenant, name), &job, &step));
                    table.write(vec![gone]).await?;
                }
                false => left = true,
            }
        }
        if !left {
            // As long as nothing began to wait meanwhile; otherwise it is still due.
            let alone = match head {
                Some(old) => {
                    Write::delete(self::head((tenant, name))).when_is("version", old.version)
                }
                None => Write::check(self::head((tenant, name))).when(Condition::Absent),
            };
            return table.write(vec![alone, later(None)]).await.map(drop);
        }
    }
    let at = left.then(|| now.plus_s(AGAIN_S));
    table.write(vec![later(at)]).await.map(drop)
}

/// Takes a head away, unless something began to wait meanwhile.
async fn forget(table: &dyn Table, of: (&TenantId, &str), old: &Head) -> Result<()> {
    let gone = Write::delete(head(of)).when_is("version", old.version);
    table.write(vec![gone]).await.map(drop)
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

/// Looks after what waits for a connection: gives up what waited too long, and says when to look again. Returns what hung.
pub(crate) async fn watch(
    table: &dyn Table,
    of: (&TenantId, &str),
    now: Time,
) -> Result<Option<Finding>> {
    let Some(old) = head_of(table, of).await?.filter(|head| head.due_at <= now) else {
        return Ok(None);
    };
    let mut left = rows(table, of).await?;
    let over = left.iter().take_while(|row| row.at.plus_s(PAUSED_MOST_S) <= now).count();
    for row in left.drain(..over.min(AT_ONCE as usize)) {
        give_up(table, of, &row, now).await?;
    }
    let Some(first) = left.first() else {
        forget(table, of, &old).await?;
        return Ok(None);
    };
    let at = first.at.plus_s(PAUSED_S).max(now.plus_s(AGAIN_S));
    let later = Write::set(head(of), json!({ "due_at": at })).when_is("version", old.version);
    table.write(vec![later]).await?;
    hangs(table, of, &left, now).await
}

/// What hangs of what waits for a connection, for those who only look.
pub(crate) async fn look(
    table: &dyn Table,
    of: (&TenantId, &str),
    now: Time,
) -> Result<Option<Finding>> {
    hangs(table, of, &rows(table, of).await?, now).await
}

async fn hangs(
    table: &dyn Table,
    (tenant, name): (&TenantId, &str),
    rows: &[Paused],
    now: Time,
) -> Result<Option<Finding>> {
    let Some(first) = rows.first().filter(|row| row.at.plus_s(PAUSED_S) <= now) else {
        return Ok(None);
    };
    let connection = Connection::read(table, tenant, name).await?;
    let why = match &connection {
        None => "it is not there",
        // They go on just now.
        Some(known) if known.state == Standing::Ok => return Ok(None),
        Some(known) => known.error.as_deref().unwrap_or("its grant is over"),
    };
    let posts =
        if rows.len() == 1 { "1 post waits".into() } else { format!("{} posts wait", rows.len()) };
    let id = PostingRecord::public_id(&first.job, &first.step);
    let since = first.at.rfc3339();
    let detail = format!("{posts} for connection {name} ({why}), {id} since {since}");
    Ok(Some(Finding { stuck: Stuck::PublicationOverdue, at: format!("{tenant}/{name}"), detail }))
}

/// The end of a post that nobody connected an account for.
async fn give_up(table: &dyn Table, of: (&TenantId, &str), row: &Paused, now: Time) -> Result<()> {
    let (Paused { job, step, .. }, gone) = (row, Write::forget(key(of, &row.job, &row.step)));
    let id = PostingRecord::public_id(job, step);
    let days = PAUSED_MOST_S / (24 * 3600);
    let again = format!("connect it, then galley publications retry {id}");
    let why = format!("connection {} was not connected within {days} days: {again}", of.1);
    for _ in 0..RACES {
        let items = table.get(&[PostingRecord::key(job, step)]).await?;
        let posting: Option<PostingRecord> = items[0].as_ref().map(from_item).transpose()?;
        // It is there, or was tried again since: then it waits for nothing.
        let waits = |old: &PostingRecord| {
            old.state == PublicationState::Failed && old.updated_at <= row.at.plus_s(LATER_S)
        };
        let Some(old) = posting.filter(waits) else { break };
        let told =
            Write::set(PostingRecord::key(job, step), json!({ "error": why, "updated_at": now }));
        let told = told.when_is("rev", old.rev).plus("rev", 1);
        let event = Event::new(now, "publication.failed")
            .step(step)
            .with("target", &old.target)
            .with("publication", &id)
            .with("error", &why);
        let last = last_number(table, job).await?;
        let writes = vec![told, gone.clone()];
        if let Committed::Done(_) = commit(table, job, last, writes, &[event]).await? {
            return Ok(());
        }
    }
    table.write(vec![gone]).await.map(drop)
}
