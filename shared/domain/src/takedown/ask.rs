//! Asking for a take-down: the intent, the block of the asset's bytes and the audit entry, in one transaction.

use super::block::block;
use super::record::{PUBLISHED, Takedown, TakedownState};
use crate::audit::{Act, Chain};
use crate::error::{Error, Result};
use crate::event::{Committed, Event, commit, last_number};
use crate::gate::Subject;
use crate::id::TenantId;
use crate::ports::{Publisher, Table};
use crate::record::{AssetRecord, JobRecord};
use crate::store::Write;
use crate::time::Time;
use serde_json::json;
use std::collections::BTreeSet;

/// How often a lost race is run again.
const RACES: usize = 10;

/// What somebody asks for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Whose asset it is.
    pub tenant: &'a TenantId,
    /// The asset.
    pub asset: &'a AssetRecord,
    /// Why.
    pub reason: &'a str,
    /// Who asks.
    pub by: &'a str,
}

/// Puts a take-down on record, or lets the one that is there look once more; whether it is new.
pub async fn ask(
    table: &dyn Table,
    asked: &Asked<'_>,
    salt: [u8; 16],
    now: Time,
) -> Result<(Takedown, bool)> {
    let Asked { tenant, asset, reason, by } = *asked;
    let id = Takedown::id_of(tenant, &asset.id);
    for _ in 0..RACES {
        if let Some(old) = Takedown::read(table, tenant, &id).await? {
            if old.busy_until.is_some_and(|until| now < until) {
                return Ok((old, false));
            }
            let again = Takedown {
                rev: old.rev + 1,
                looks: 0,
                updated_at: now,
                due_pk: Some(PUBLISHED.into()),
                due_at: Some(now),
                ..old.clone()
            };
            match commit_alone(table, again.instead_of(Some(&old))?).await? {
                true => return Ok((again, false)),
                false => continue,
            }
        }
        let new = Takedown {
            id: id.clone(),
            tenant: tenant.clone(),
            asset: asset.id.clone(),
            sha256: asset.sha256.clone(),
            reason: reason.to_owned(),
            by: by.to_owned(),
            state: TakedownState::Working,
            places: Vec::new(),
            sealed: BTreeSet::new(),
            blocked: 1,
            rev: 1,
            looks: 0,
            busy_until: None,
            asked_at: now,
            updated_at: now,
            due_pk: Some(PUBLISHED.into()),
            due_at: Some(now),
        };
        let job = asset.id.job();
        let chain = Chain::Job(job.clone());
        let head = chain.head(table).await?;
        let act = Act::new("asset.takedown", by, &asset.id)
            .shown(&[Subject { asset: asset.id.clone(), sha256: asset.sha256.clone() }])
            .fact("takedown", &id)
            .said("reason", reason);
        let link = chain.link(head.as_ref(), act, salt, now)?;
        let mut writes = vec![new.instead_of(None)?];
        let hashes = BTreeSet::from([asset.sha256.clone()]);
        writes.extend(block(tenant, (&id, &asset.id), &hashes, now)?);
        writes.push(link.head_in(Write::set(JobRecord::key(&job), json!({}))));
        writes.extend(link.writes);
        let event =
            Event::new(now, "takedown.asked").with("takedown", &id).with("asset", &asset.id);
        let last = last_number(table, &job).await?;
        if let Committed::Done(_) = commit(table, &job, last, writes, &[event]).await? {
            return Ok((new, true));
        }
    }
    Err(Error::Again(format!("the job of {} is contended", asset.id)))
}

/// Lets publish look at a take-down at once. It is on record already: whoever is not heard here is by the sweep.
pub async fn nudge(publisher: &dyn Publisher, takedown: &Takedown) -> Result<()> {
    publisher.nudge(&json!({ "takedown": takedown.id, "tenant": takedown.tenant })).await
}

async fn commit_alone(table: &dyn Table, write: Write) -> Result<bool> {
    Ok(table.write(vec![write]).await? == crate::store::Written::Done)
}
