//! A window is moved or canceled, until it opens.

use super::RACES;
use super::due::tell;
use super::opens::{AHEAD_S, apart};
use super::record::{WindowRecord, WindowState};
use super::spaced::Spaced;
use super::wait::remind;
use crate::error::{Error, Result};
use crate::event::{Committed, Event, commit, last_number};
use crate::id::JobId;
use crate::ports::{Flow, Queue, Table};
use crate::record::JobRecord;
use crate::state::JobState;
use crate::store::Write;
use crate::time::Time;
use crate::view::JobView;

/// What is asked of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// To open then instead, whatever the hours: embargo and distance hold.
    Move(Time),
    /// Not to open at all.
    Cancel,
}

/// Why a window stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is none.
    #[error("it has no window")]
    Unknown,
    /// It opened, or nothing waits for it any more.
    #[error("its window is {0}: it can be moved and canceled until it opens")]
    Over(&'static str),
    /// That is before it may be published.
    #[error("nothing of it may be published before {}", .0.rfc3339())]
    Embargo(Time),
    /// That is in the past.
    #[error("that time has passed")]
    Passed,
    /// That is too far away.
    #[error("that is more than four weeks ahead")]
    Far,
    /// That is too near to another one at the same target.
    #[error("another one of its target is too near; the next free time is {}", .0.rfc3339())]
    Near(Time),
}

/// Moves or cancels a window. Safe to repeat: what is as it should be stays so.
pub async fn change(
    table: &dyn Table,
    (flow, queue): (&dyn Flow, &dyn Queue),
    (job, step): (&JobId, &str),
    (change, by): (Change, &str),
    now: Time,
) -> Result<std::result::Result<WindowRecord, Refused>> {
    for _ in 0..RACES {
        let Some(view) = JobView::read(table, job).await? else { return Ok(Err(Refused::Unknown)) };
        let Some(old) = view.windows.iter().find(|window| window.step == step) else {
            return Ok(Err(Refused::Unknown));
        };
        let settled = match change {
            Change::Move(at) => old.state == WindowState::Scheduled && old.opens_at == at,
            Change::Cancel => old.state == WindowState::Canceled,
        };
        if !settled {
            if let Err(why) = may(&view, old, change, now) {
                return Ok(Err(why));
            }
            let taken = match old.spacing_s {
                0 => None,
                _ => Some(Spaced::read(table, &old.tenant, old.place()).await?),
            };
            if let (Change::Move(at), Some(taken)) = (change, &taken) {
                let free = apart(at, old.spacing_s, &taken.others(&old.id()));
                if free != at {
                    return Ok(Err(Refused::Near(free)));
                }
            }
            let new = changed(old, (change, by), now);
            let mut writes = vec![new.replace(Some(old))?, open(&view)];
            if let Some(taken) = taken {
                let at = matches!(change, Change::Move(_)).then_some(new.opens_at);
                writes.push(taken.take(&new, at, now)?);
            }
            let last = last_number(table, job).await?;
            let event = told(&new, old, change, now);
            if matches!(commit(table, job, last, writes, &[event]).await?, Committed::Refused(_)) {
                continue;
            }
        }
        // Who died after the change comes here again.
        let view = JobView::expect(table, job).await?;
        let Some(new) = view.windows.iter().find(|window| window.step == step) else {
            return Ok(Err(Refused::Unknown));
        };
        match change {
            Change::Move(_) => remind(queue, new, now).await?,
            Change::Cancel => tell(flow, &view, new, now).await?,
        }
        return Ok(Ok(new.clone()));
    }
    Err(Error::Again(format!("window {job}.{step} is contended")))
}

fn may(view: &JobView, old: &WindowRecord, change: Change, now: Time) -> Result<(), Refused> {
    match old.state {
        WindowState::Opened => return Err(Refused::Over("open")),
        WindowState::Canceled => return Err(Refused::Over("canceled")),
        WindowState::Scheduled if old.is_due(now) => return Err(Refused::Over("open")),
        WindowState::Scheduled if !view.job.state.open() => return Err(Refused::Over("canceled")),
        WindowState::Scheduled => {}
    }
    let Change::Move(at) = change else { return Ok(()) };
    match old.not_before {
        Some(least) if at < least => Err(Refused::Embargo(least)),
        _ if at < now => Err(Refused::Passed),
        _ if now.plus_s(AHEAD_S) < at => Err(Refused::Far),
        _ => Ok(()),
    }
}

fn changed(old: &WindowRecord, (change, by): (Change, &str), now: Time) -> WindowRecord {
    let new = WindowRecord { by: Some(by.to_owned()), ..old.clone() };
    match change {
        Change::Move(at) => new.opening(at, now),
        Change::Cancel => new.over(WindowState::Canceled),
    }
}

/// Nothing of a job is moved that is over, or of another run.
fn open(view: &JobView) -> Write {
    Write::check(JobRecord::key(&view.job.id))
        .when_in("state", &JobState::OPEN)
        .when_is("run", view.job.run)
}

fn told(new: &WindowRecord, old: &WindowRecord, change: Change, now: Time) -> Event {
    let event = |kind: &str| {
        Event::new(now, kind)
            .step(&new.step)
            .with("target", &new.target)
            .with("publication", new.id())
            .with("by", &new.by)
    };
    match change {
        Change::Move(at) => event("publication.rescheduled")
            .with("opens_at", at.rfc3339())
            .with("instead_of", old.opens_at.rfc3339()),
        Change::Cancel => event("publication.canceled"),
    }
}
