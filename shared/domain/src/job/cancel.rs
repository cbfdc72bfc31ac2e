//! Cancel: a state of the job first; then whoever waits is told, and what runs is told to stop.

use crate::error::{Error, Result};
use crate::event::{Committed, Event, commit, last_number};
use crate::id::JobId;
use crate::lane::{GPU, forget, outcome};
use crate::ports::{Flow, Queue, Table};
use crate::publish::window;
use crate::record::{JobRecord, StepRecord};
use crate::review::withdraw_all;
use crate::state::{JobState, StepState};
use crate::store::Write;
use crate::time::Time;
use crate::view::JobView;
use serde_json::json;

/// After so many seconds the sweep looks whether a canceled job came to its end.
const END_S: u32 = 60;

/// Cancels a job. Safe to repeat: each time, all that is still open is told again.
pub async fn cancel(
    table: &dyn Table,
    flow: &dyn Flow,
    queue: &dyn Queue,
    id: &JobId,
    now: Time,
) -> Result<JobState> {
    let view = JobView::expect(table, id).await?;
    if view.job.state.terminal() {
        return Ok(view.job.state);
    }
    if view.job.state.open() {
        let fields = json!({
            "state": JobState::Canceling, "updated_at": now, "due_at": now.plus_s(END_S),
        });
        let write = Write::set(JobRecord::key(id), fields)
            .when_is("state", view.job.state)
            .when_is("run", view.job.run);
        let last = last_number(table, id).await?;
        let event = Event::new(now, "job.canceling");
        match commit(table, id, last, vec![write], &[event]).await? {
            Committed::Done(_) => {}
            Committed::Refused(_) => {
                return Err(Error::Again(format!("job {id} was changed; cancel it again")));
            }
        }
    }
    stop(table, flow, queue, &JobView::expect(table, id).await?, now).await?;
    Ok(JobState::Canceling)
}

/// Ends the steps that wait, tells their executions, and asks for running renders to be stopped.
pub(crate) async fn stop(
    table: &dyn Table,
    flow: &dyn Flow,
    queue: &dyn Queue,
    view: &JobView,
    now: Time,
) -> Result<()> {
    for attempt in view.attempts.iter().filter(|attempt| !attempt.state.over()) {
        queue.send(&json!({ "stop": attempt.id }), 0).await?;
    }
    withdraw_all(table, flow, view, now).await?;
    window::withdraw_all(table, flow, view, now).await?;
    for step in view.steps.values() {
        if let Some(waits_at) =
            step.waits_at.as_ref().filter(|_| step.state != StepState::Succeeded)
        {
            // Before the step's end is written, which a repetition would take for all of it.
            table
                .write(forget(
                    step.lane.as_deref().unwrap_or(GPU),
                    view.job.tenant.as_str(),
                    waits_at,
                ))
                .await?;
        }
        if step.state.under_way() {
            end_step(table, view, step, now).await?;
        }
        if let Some(token) = &step.token {
            // Told once more where it was told before: a twin may have died in between.
            let end = outcome::of(step.state).unwrap_or_else(|| outcome::end(JobState::Canceled));
            flow.complete(token, &end).await?;
        }
    }
    Ok(())
}

async fn end_step(table: &dyn Table, view: &JobView, step: &StepRecord, now: Time) -> Result<()> {
    let fields = json!({ "state": StepState::Canceled, "ended_at": now });
    let write = Write::set(StepRecord::key(&view.job.id, &step.name), fields)
        .when_is("round", step.round)
        .when_in("state", StepState::Canceled.from());
    let event = Event::new(now, "step.canceled").step(&step.name);
    let last = last_number(table, &view.job.id).await?;
    // Refused where a report was faster: then the step has its own end.
    commit(table, &view.job.id, last, vec![write], &[event]).await.map(drop)
}
