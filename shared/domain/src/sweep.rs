//! The sweep: finds what hangs, reports it, and mends what can be mended without a person.

use crate::erase::{self, Erasing};
use crate::error::Result;
use crate::event::{Committed, commit, last_number};
use crate::gate::report;
use crate::id::{JobId, ReviewId};
use crate::job::{self, End};
use crate::lane::{AllLanes, Lanes, outcome};
use crate::publish::paused;
use crate::publish::window::{self, WindowState};
use crate::record::{DUE, JobRecord, StepRecord};
use crate::review;
use crate::skip::Ending;
use crate::state::{JobState, StepState};
use crate::store::{From, Query, Write, from_item, sort_key};
use crate::stuck::{Finding, Stuck, in_drift, in_job, in_lane};
use crate::time::Time;
use crate::vendor::Drifted;
use crate::view::JobView;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How many due jobs one sweep looks at.
const JOBS_MOST: u32 = 100;
/// When a job that is in order is looked at next, if no deadline comes first.
pub(crate) const NEXT_S: u32 = 300;
/// The same for a job that waits for people.
const ASKED_S: u32 = 3600;

/// Looks at everything that is due. Returns what hung; most of it no longer does.
pub async fn sweep(lanes: &Lanes<'_>, now: Time) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for (at, dead) in lanes.queue.dead().await? {
        let detail = format!("{dead} messages were given up");
        found.push(Finding { stuck: Stuck::DeadLetter, at, detail });
    }
    let mut all = AllLanes::read(lanes.table).await?;
    let mut busy = BTreeSet::new();
    for (name, view) in &mut all.0 {
        lanes.count_lines(view, name).await?;
        found.extend(in_lane(name, view, now));
        let reconciled = lanes.reconcile_all(view, name, now).await?;
        if !(view.waiting.is_empty() && view.lines.is_empty() && reconciled.is_empty()) {
            busy.insert(name.clone());
        }
    }
    found.extend(in_drift(&Drifted::all(lanes.table).await?, now));
    found.extend(report::off(lanes.table, now).await?);
    let query = Query { from: From::Due { until: now.0 }, backwards: false, limit: JOBS_MOST };
    for item in lanes.table.query(&query).await? {
        let pk = item.get("pk").and_then(Value::as_str).unwrap_or_default();
        if let Some((tenant, name)) = paused::due(pk, sort_key(&item)) {
            paused::resume(lanes.table, lanes.flow, (&tenant, &name), now).await?;
            continue;
        }
        if let Some((tenant, name)) = paused::head_due(pk, sort_key(&item)) {
            found.extend(paused::watch(lanes.table, (&tenant, &name), now).await?);
            continue;
        }
        let Some(id) = pk.strip_prefix("JOB#").and_then(|id| JobId::parse(id).ok()) else {
            continue;
        };
        let erasing = Erasing { table: lanes.table, eraser: lanes.objects };
        match sort_key(&item) {
            "ERASE" => {
                erase::resume(&erasing, &id, now).await?;
                continue;
            }
            "KEEP" => {
                erase::keep(&erasing, &id, now).await?;
                continue;
            }
            sk if sk.starts_with("REVIEW#") => {
                let mut parts = sk.split('#').skip(1);
                let gate = parts.next().unwrap_or_default();
                let round = parts.next().and_then(|round| round.parse().ok()).unwrap_or(0);
                let id = ReviewId::new(&id, gate, round);
                let world = (lanes.flow, lanes.queue);
                let hung = review::due(lanes.table, world, &id, now).await?;
                found.extend(hung.filter(|hung| !found.contains(hung)));
                continue;
            }
            sk if sk.starts_with("WINDOW#") => {
                let step = sk.split_once('#').map_or("", |(_, step)| step);
                let world = (lanes.flow, lanes.queue);
                let hung = window::due(lanes.table, world, (&id, step), now).await?;
                found.extend(hung.filter(|hung| !found.contains(hung)));
                continue;
            }
            _ => {}
        }
        let Some(job) = JobView::read(lanes.table, &id).await? else { continue };
        if job.job.state.terminal() || job.job.due_at.is_none_or(|due| now < due) {
            // The index is a little late.
            continue;
        }
        let hung = in_job(&job, &all, now);
        let known = found.clone();
        mend(lanes, &job, &hung, now).await?;
        // What mending put back to waiting is not in what was read.
        if hung.iter().any(|finding| finding.stuck == Stuck::AttemptWithoutLease) {
            busy.extend(job.attempts.iter().map(|attempt| attempt.work.lane.clone()));
        }
        // A review was perhaps found by itself.
        found.extend(hung.into_iter().filter(|one| !known.contains(one)));
    }
    for name in busy {
        lanes.fill(&name, now).await?;
    }
    Ok(found)
}

/// Mends what hangs in a job, and says when it is to be looked at next.
async fn mend(lanes: &Lanes<'_>, view: &JobView, found: &[Finding], now: Time) -> Result<()> {
    let has = |stuck| found.iter().any(|finding| finding.stuck == stuck);
    if view.job.state == JobState::Accepted {
        job::restart(lanes.table, lanes.flow, view).await?;
    }
    if has(Stuck::AttemptWithoutLease) {
        lanes.reconcile_unheld(view, now).await?;
    }
    if has(Stuck::TokenWithoutCallback) {
        expire(lanes, view, now).await?;
    }
    if view.job.state == JobState::Canceling {
        // Whoever canceled it may have died in the midst of it, and so may its execution have.
        job::stop(lanes.table, lanes.flow, lanes.queue, view, now).await?;
        let end = End {
            job: view.job.id.clone(),
            run: view.job.run,
            end: JobState::Canceled,
            event: last_number(lanes.table, &view.job.id).await?,
            reason: None,
        };
        job::settle(lanes.table, &end, now).await?;
        return Ok(());
    }
    tell_again(lanes, view).await?;
    lanes.wake_followers(view).await?;
    let deadlines = view.steps.values().filter(|step| !step.state.terminal());
    let next = deadlines.filter_map(|step| step.deadline_at).filter(|at| now < *at).min();
    // People take their time, and reviews and windows are due by themselves.
    let asks = view.reviews.iter().any(|review| review.state.waits())
        || view.windows.iter().any(|window| window.state == WindowState::Scheduled);
    let soon = now.plus_s(if asks { ASKED_S } else { NEXT_S });
    let next = next.map_or(soon, |next| next.min(soon));
    let later = Write::set(JobRecord::key(&view.job.id), json!({ "due_pk": DUE, "due_at": next }))
        .when_in("state", &JobState::OPEN)
        .when_is("due_at", view.job.due_at);
    lanes.table.write(vec![later]).await.map(|_| ())
}

/// Ends the steps whose deadline passed, and tells their executions.
async fn expire(lanes: &Lanes<'_>, view: &JobView, now: Time) -> Result<()> {
    let job = &view.job.id;
    for step in view.steps.values().filter(|step| step.overdue(now)) {
        // An earlier one of this loop may have left its mark on the job.
        let Some(view) = JobView::read(lanes.table, job).await? else { continue };
        let ending = Ending::failed(&view, &step.name, StepState::Expired, "its deadline passed");
        let write = Write::set(StepRecord::key(job, &step.name), ending.fields(now))
            .when_is("round", step.round)
            .when_is("state", step.state)
            .when_is("attempts", step.attempts);
        let mut writes = vec![write];
        if ending.marks() {
            writes.push(ending.mark(Write::set(JobRecord::key(job), json!({}))));
        }
        let last = last_number(lanes.table, job).await?;
        let Committed::Done(n) =
            commit(lanes.table, job, last, writes, &[ending.event(now)]).await?
        else {
            // A report was faster.
            continue;
        };
        if let Some(token) = &step.token {
            let end = outcome::at(ending.outcome(), n);
            lanes.flow.complete(token, &end).await?;
        }
        let attempts = view.attempts.iter().filter(|attempt| attempt.id.step() == step.name);
        for attempt in attempts.filter(|attempt| !attempt.state.over()) {
            lanes.queue.send(&json!({ "stop": attempt.id }), 0).await?;
        }
    }
    Ok(())
}

/// Tells executions of steps that ended in this round: whoever ended them may have died before.
async fn tell_again(lanes: &Lanes<'_>, view: &JobView) -> Result<()> {
    for step in view.steps.values().filter(|step| step.round == view.job.round) {
        if let (Some(outcome), Some(token)) = (outcome::of(step.state), &step.token) {
            lanes.flow.complete(token, &outcome).await?;
        }
    }
    for review in view.reviews.iter().filter(|review| review.run == view.job.run) {
        let round = review.id.round();
        let told = review::outcome_of(view, review.wave, review.run, round);
        if let (Some(token), Some(told)) = (&review.token, told) {
            lanes.flow.complete(token, &told).await?;
        }
    }
    Ok(())
}

/// An execution that died settles its job, whatever it died of.
pub async fn execution_died(
    lanes: &Lanes<'_>,
    name: &str,
    status: &str,
    cause: &str,
    now: Time,
) -> Result<JobState> {
    let (job, run) = JobId::of_execution(name)?;
    let items = lanes.table.get(&[JobRecord::key(&job)]).await?;
    let record: Option<JobRecord> = items[0].as_ref().map(from_item).transpose()?;
    let end = match (status, record.map(|record| record.state)) {
        ("TIMED_OUT", _) => JobState::Expired,
        ("ABORTED", Some(JobState::Canceling)) => JobState::Canceled,
        _ => JobState::Failed,
    };
    let reason = Some(format!("the execution ended {status}: {cause}"));
    let event = last_number(lanes.table, &job).await?;
    let state =
        job::settle(lanes.table, &End { job: job.clone(), run, end, event, reason }, now).await?;
    if let Some(view) = JobView::read(lanes.table, &job).await?.filter(|view| view.job.run == run) {
        job::stop(lanes.table, lanes.flow, lanes.queue, &view, now).await?;
    }
    Ok(state)
}
