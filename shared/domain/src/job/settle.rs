//! The end of a run: the machine's last state, or whoever finds that the machine is no more. What it scheduled is free.

use crate::error::{Error, Result};
use crate::event::{Committed, Event, commit, last_number};
use crate::id::JobId;
use crate::ports::Table;
use crate::publish::window;
use crate::record::{Degraded, JobRecord};
use crate::skip;
use crate::state::JobState;
use crate::store::{Condition, Write, from_item};
use crate::time::Time;
use crate::view::JobView;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How a run ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// The job.
    pub job: JobId,
    /// Its run.
    pub run: u32,
    /// The state that the machine came to.
    pub end: JobState,
    /// The number of the last event the execution heard of.
    #[serde(default)]
    pub event: u64,
    /// Why, where the machine knows.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Brings a run to its end. A job that was canceled ends canceled, whatever the machine came to.
///
/// Returns the state that the job is in. Safe to repeat; an older run changes nothing.
pub async fn settle(table: &dyn Table, end: &End, now: Time) -> Result<JobState> {
    let mut end_state = end.end;
    let mut last = end.event;
    let mut from = JobState::Running;
    let mut degraded: Option<Vec<Degraded>> = None;
    // A success needs no read: all that it depends on is a condition. Anything else says why.
    let mut reason = match (&end.reason, end.end) {
        (Some(reason), _) => Some(reason.clone()),
        (None, JobState::Succeeded) => None,
        (None, _) => JobView::read(table, &end.job).await?.as_ref().and_then(why),
    };
    for _ in 0..5 {
        let mut fields = json!({
            "state": end_state, "ended_at": now, "updated_at": now, "due_pk": null, "due_at": null,
        });
        if let Some(reason) = &reason {
            fields["reason"] = json!(reason);
        }
        let write = Write::set(JobRecord::key(&end.job), fields)
            .when_is("run", end.run)
            .when_is("state", from);
        let write = match &degraded {
            // Marked by whoever went on without a step; then what is lacking is looked up.
            None if end_state == JobState::Succeeded => write.when(Condition::Without("degraded")),
            None => write,
            Some(lacking) if lacking.is_empty() => write.also("degraded", ()),
            Some(lacking) => write.also("degraded", lacking),
        };
        let mut event = Event::new(now, format!("job.{end_state}"));
        if let Some(reason) = &reason {
            event = event.with("reason", reason);
        }
        if let Some(lacking) = degraded.as_ref().filter(|lacking| !lacking.is_empty()) {
            event = event.with("degraded", lacking);
        }
        if let Committed::Done(_) = commit(table, &end.job, last, vec![write], &[event]).await? {
            if end_state != JobState::Succeeded || degraded.is_some() {
                window::free(table, &end.job, end.run, now).await?;
            }
            return Ok(end_state);
        }
        let items = table.get(&[JobRecord::key(&end.job)]).await?;
        let Some(job) = items[0].as_ref() else {
            return Err(Error::Invalid(format!("there is no job {}", end.job)));
        };
        let job: JobRecord = from_item(job)?;
        if job.run == end.run && job.state.terminal() && job.state != JobState::Succeeded {
            // Whoever ended it may have died before this.
            window::free(table, &end.job, end.run, now).await?;
        }
        if job.run != end.run || job.state.terminal() {
            return Ok(job.state);
        }
        from = job.state;
        end_state = match job.state {
            JobState::Canceling => JobState::Canceled,
            // Nothing ran, so nothing can have succeeded.
            JobState::Accepted if !end.end.from().contains(&JobState::Accepted) => JobState::Failed,
            _ => end.end,
        };
        if end_state == JobState::Succeeded && !job.degraded.is_empty() {
            let view = JobView::expect(table, &end.job).await?;
            degraded = Some(skip::degraded(&view));
            if let Some(nothing) = skip::made_nothing(&view) {
                (end_state, reason) = (JobState::Failed, Some(nothing));
            }
        }
        last = last_number(table, &end.job).await?;
    }
    Err(Error::Again(format!("the end of {} is contended", end.job)))
}

/// Why a run did not succeed: what a gate wrote, or the first step that came to a bad end.
fn why(view: &JobView) -> Option<String> {
    let failed = |name: &String| {
        let step = view.steps.get(name).filter(|step| step.skipped.is_none())?;
        Some(format!("{name}: {}", step.error.as_ref()?))
    };
    let steps = || view.plan.waves.iter().flat_map(|wave| &wave.steps).find_map(failed);
    view.job.reason.clone().or_else(steps)
}
