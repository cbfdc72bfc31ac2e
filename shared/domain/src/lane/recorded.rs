//! A step as it is recorded when it is taken: it waits in its lane, with all that the call for it needs.

use super::{Message, Waiting};
use crate::error::Result;
use crate::event::Event;
use crate::pipeline::Step;
use crate::record::{DUE, JobRecord, StepRecord, Work};
use crate::state::{JobState, StepState};
use crate::store::{Condition, Write};
use crate::time::Time;
use crate::view::JobView;
use serde_json::json;
use std::collections::BTreeMap;

/// The condition that a step is as it was read.
pub(super) fn unchanged(write: Write, step: &StepRecord) -> Write {
    write
        .when_is("round", step.round)
        .when_is("state", step.state)
        .when_is("attempts", step.attempts)
}

/// The new record of a step in place of the old one, if nobody else was faster.
pub(super) fn replace(old: &StepRecord, view: &JobView, new: &StepRecord) -> Result<Write> {
    let write = Write::put(StepRecord::key(&view.job.id, &new.name), new)?;
    Ok(match view.steps.contains_key(&new.name) {
        true => unchanged(write, old),
        false => write.when(Condition::Absent),
    })
}

/// How often a gate will have sent the step back once it is recorded.
pub(super) fn regenerations(step: &StepRecord) -> u32 {
    // Only a gate puts a step that was attempted back to pending in the present round.
    let sent_back = step.state == StepState::Pending && 0 < step.attempts;
    step.regenerations + u32::from(sent_back)
}

/// How many other tries of its like there are before this one, of other rounds and other candidates.
pub(super) fn variation(definition: &Step, step: &StepRecord) -> u32 {
    let rounds = regenerations(step);
    definition.candidate.as_ref().map_or(rounds, |candidate| candidate.variation(rounds))
}

/// What puts work on record and in its place, and what is told of it.
pub(super) fn record(
    view: &JobView,
    step: &StepRecord,
    work: Work,
    message: &Message,
    now: Time,
) -> Result<(Vec<Write>, Event)> {
    let job = &view.job;
    let mut waiting_step = step.clone();
    waiting_step.regenerations = regenerations(step);
    waiting_step.round = message.round;
    waiting_step.state = StepState::Waiting;
    waiting_step.attempts_before = step.attempts;
    waiting_step.attempts = step.attempts + 1;
    waiting_step.token = Some(message.token.clone());
    waiting_step.deadline_at = Some(work.deadline_at);
    waiting_step.started_at = Some(now);
    waiting_step.ended_at = None;
    waiting_step.outputs = BTreeMap::new();
    waiting_step.error = None;
    waiting_step.skipped = None;
    waiting_step.used = None;
    waiting_step.follows = None;
    waiting_step.reused = None;
    let due = job.due_at.filter(|due| now < *due && job.state == JobState::Running);
    let due = due.map_or(work.deadline_at, |due| due.min(work.deadline_at));
    let running = json!({
        "state": JobState::Running, "updated_at": now, "due_pk": DUE, "due_at": due,
    });
    let waiting = Waiting::new(work, &message.token);
    waiting_step.waits_at = Some(waiting.sk.clone());
    waiting_step.lane = Some(waiting.work.lane.clone());
    let writes = vec![
        replace(step, view, &waiting_step)?,
        Write::put(waiting.key(), &waiting)?,
        Write::set(JobRecord::key(&job.id), running).when_in("state", &JobState::OPEN),
    ];
    let event = Event::new(now, "step.waiting").step(&step.name).with("lane", &waiting.work.lane);
    Ok((writes, event))
}
