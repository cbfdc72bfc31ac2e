//! What time does to windows: they open; and which of them a tenant has.

use super::RACES;
use super::record::{AFTER_S, WindowRecord, WindowState};
use super::spaced::Spaced;
use super::wait::{outcome_of, remind};
use crate::error::{Error, Result};
use crate::id::{JobId, TenantId};
use crate::lane::outcome;
use crate::ports::{Flow, Queue, Table};
use crate::record::{PostingRecord, StepRecord, job_pk};
use crate::state::JobState;
use crate::store::{From, Query, Write, Written, from_item};
use crate::stuck::{Finding, Stuck};
use crate::time::Time;
use crate::view::JobView;
use crate::whole;
use serde_json::{Value, json};

/// So many seconds after its time, a window that did not open is a finding.
const LATE_S: u32 = 150;
/// How many windows are read at once.
const PAGE: u32 = 200;
/// Of how many what became of them is read at once.
const KEYS: usize = 40;

/// Looks at a window whose time has come: by its message, or by the sweep. Returns what hung.
pub async fn due(
    table: &dyn Table,
    (flow, queue): (&dyn Flow, &dyn Queue),
    (job, step): (&JobId, &str),
    now: Time,
) -> Result<Option<Finding>> {
    let Some(view) = JobView::read(table, job).await? else { return Ok(None) };
    let Some(window) = view.windows.iter().find(|window| window.step == step) else {
        return Ok(None);
    };
    if window.state != WindowState::Scheduled {
        return Ok(None);
    }
    if !view.job.state.open() || view.job.run != window.run {
        withdraw(table, window, now).await?;
        return Ok(None);
    }
    let due_at = match window.is_due(now) {
        // Told again until it is seen that it was heard.
        true => {
            tell(flow, &view, window, now).await?;
            now.plus_s(AFTER_S)
        }
        false => {
            remind(queue, window, now).await?;
            window.opens_at.plus_s(AFTER_S)
        }
    };
    let later = Write::set(WindowRecord::key(job, step), json!({ "due_at": due_at }));
    table.write(vec![later.when_is("version", window.version)]).await?;
    Ok(overdue(window, now))
}

/// A window that is past its time, and did not open.
pub(crate) fn overdue(window: &WindowRecord, now: Time) -> Option<Finding> {
    let late = window.is_due(now) && window.opens_at.plus_s(LATE_S) <= now;
    let detail = format!("{} was to be published at {}", window.step, window.opens_at.rfc3339());
    let at = window.job.to_string();
    late.then_some(Finding { stuck: Stuck::PublicationOverdue, at, detail })
}

/// Tells the execution that waits for it to look again.
pub(super) async fn tell(
    flow: &dyn Flow,
    view: &JobView,
    window: &WindowRecord,
    now: Time,
) -> Result<()> {
    let told = outcome_of(view, (window.wave, window.run, window.round), now);
    match (&window.token, told) {
        (Some(token), Some(told)) => flow.complete(token, &told).await.map(drop),
        _ => Ok(()),
    }
}

/// Nothing depends on a window any more; its time is free again.
async fn withdraw(table: &dyn Table, window: &WindowRecord, now: Time) -> Result<()> {
    for _ in 0..RACES {
        // Nobody did it: it is not shown among what people took out.
        let over = WindowRecord { by: None, ..window.clone().over(WindowState::Canceled) };
        let mut writes = vec![over.replace(Some(window))?];
        if 0 < window.spacing_s {
            let spaced = Spaced::read(table, &window.tenant, window.place()).await?;
            writes.push(spaced.take(window, None, now)?);
        }
        match table.write(writes).await? {
            Written::Done => return Ok(()),
            // Somebody else was faster with the window itself.
            Written::Refused(refused) if refused.contains(&0) => return Ok(()),
            Written::Refused(_) => {}
        }
    }
    Err(Error::Again(format!("window {} is contended", window.id())))
}

/// Withdraws what is still scheduled of a job that is over, whose execution is over as well.
pub(crate) async fn free(table: &dyn Table, job: &JobId, run: u32, now: Time) -> Result<()> {
    for item in whole::records(table, &job_pk(job), "WINDOW#").await? {
        let window: WindowRecord = from_item(&item)?;
        if window.state == WindowState::Scheduled && window.run == run {
            withdraw(table, &window, now).await?;
        }
    }
    Ok(())
}

/// Withdraws all windows of a job that is over or is being canceled, and tells who waits for them.
pub(crate) async fn withdraw_all(
    table: &dyn Table,
    flow: &dyn Flow,
    view: &JobView,
    now: Time,
) -> Result<()> {
    for window in &view.windows {
        if window.state == WindowState::Scheduled {
            withdraw(table, window, now).await?;
        }
        // Told once more where it was told before: a twin may have died in between.
        if let Some(token) = window.token.as_ref().filter(|_| window.run == view.job.run) {
            flow.complete(token, &outcome::end(JobState::Canceled)).await?;
        }
    }
    Ok(())
}

/// A tenant's windows from one time until before another, a little late, in the order of their times.
pub async fn list(
    table: &dyn Table,
    tenant: &TenantId,
    (from, until): (Time, Time),
    most: usize,
) -> Result<Vec<WindowRecord>> {
    let (mut found, mut after) = (Vec::new(), format!("{:013}", from.0.max(0)));
    loop {
        let of = From::Jobs { tenant: WindowRecord::index(tenant), after: Some(after) };
        let query = Query { from: of, backwards: false, limit: PAGE };
        let items = table.query(&query).await?;
        let page: Vec<WindowRecord> = items.iter().map(from_item).collect::<Result<_>>()?;
        let full = page.len() == PAGE as usize;
        let next = page.last().map(|last| last.sk_job.clone());
        let passed = page.iter().any(|one| until <= one.opens_at);
        // What nobody took out went with its job.
        let shown = |one: &WindowRecord| one.state != WindowState::Canceled || one.by.is_some();
        found.extend(page.into_iter().filter(|one| one.opens_at < until).filter(shown));
        match next {
            Some(next) if full && !passed && found.len() < most => after = next,
            _ => break,
        }
    }
    found.truncate(most);
    Ok(found)
}

/// What callers see of windows: of those that opened, what became of what was sent.
pub async fn shown(table: &dyn Table, windows: &[WindowRecord]) -> Result<Vec<Value>> {
    let mut all: Vec<Value> = windows.iter().map(WindowRecord::shown).collect();
    let opened = |place: &usize| windows[*place].state == WindowState::Opened;
    let opened: Vec<usize> = (0..windows.len()).filter(opened).collect();
    for some in opened.chunks(KEYS) {
        let of = |place: &usize| (&windows[*place].job, windows[*place].step.as_str());
        let posts = some.iter().map(of).map(|(job, step)| PostingRecord::key(job, step));
        let steps = some.iter().map(of).map(|(job, step)| StepRecord::key(job, step));
        let items = table.get(&posts.chain(steps).collect::<Vec<_>>()).await?;
        let (posts, steps) = items.split_at(some.len());
        for ((place, post), step) in some.iter().zip(posts).zip(steps) {
            let record = post.as_ref().or(step.as_ref());
            let word = record.and_then(|item| item.get("state")).and_then(Value::as_str);
            all[*place]["state"] = json!(match word {
                Some("succeeded" | "done") => "done",
                Some("failed" | "expired") => "failed",
                _ => "started",
            });
        }
    }
    Ok(all)
}
