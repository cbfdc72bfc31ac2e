//! A synchronous call of the state machine: a CPU step, the gates of a wave, or its publications.

use crate::error::{Error, Result};
use crate::id::JobId;
use crate::lane::outcome;
use crate::ports::Table;
use crate::record::{DUE, JobRecord, StepRecord};
use crate::state::JobState;
use crate::store::{Condition, Write};
use crate::time::Time;
use crate::view::JobView;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the state machine calls a function with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The job.
    pub job: JobId,
    /// Its run.
    pub run: u32,
    /// Its round.
    pub round: u32,
    /// The wave of the plan.
    pub wave: usize,
    /// The place in the wave; 0 where the wave is one call.
    pub item: usize,
    /// The trace it belongs to.
    pub traceparent: String,
    /// The number of the last event the execution heard of.
    #[serde(default)]
    pub event: u64,
}

impl Call {
    /// Reads the job.
    pub async fn read(&self, table: &dyn Table) -> Result<JobView> {
        JobView::expect(table, &self.job).await
    }

    /// The steps that the call is about: one, or all of a wave that is one call.
    pub fn steps(&self, view: &JobView) -> Result<Vec<String>> {
        let steps = view.plan.steps_of(self.wave);
        let fans_out = view.plan.waves.get(self.wave).is_some_and(|wave| wave.function.fans_out());
        let steps = match fans_out {
            true => steps.get(self.item).cloned().into_iter().collect(),
            false => steps.to_vec(),
        };
        if steps.is_empty() {
            let (wave, item) = (self.wave, self.item);
            let message = format!("job {} has no step at wave {wave}, item {item}", self.job);
            return Err(Error::Invalid(message));
        }
        Ok(steps)
    }

    /// What the execution is told of a step that needs no work: it was told before, the step is kept
    /// from an earlier round, or the job is over.
    pub fn answered(&self, view: &JobView, step: &str) -> Option<Value> {
        let record = view.step(step);
        if let Some(told) = record.told.as_ref().filter(|told| told.round == self.round) {
            return Some(told.outcome.clone());
        }
        if view.settled(step, self.run) {
            return Some(outcome::ok());
        }
        if self.run < view.job.run || self.round < record.round {
            return Some(outcome::end(JobState::Canceled));
        }
        if !view.job.state.open() {
            let end = if view.job.state.terminal() { view.job.state } else { JobState::Canceled };
            return Some(outcome::end(end));
        }
        outcome::of(record.state).filter(|_| record.round == self.round)
    }

    /// The new record of a step in place of the one that was read, if nobody else was faster.
    pub fn replace(&self, view: &JobView, new: &StepRecord) -> Result<Write> {
        let write = Write::put(StepRecord::key(&self.job, &new.name), new)?;
        Ok(match view.steps.get(&new.name) {
            Some(old) => write.when_is("round", old.round).when_is("state", old.state),
            None => write.when(Condition::Absent),
        })
    }

    /// The write that makes a transaction depend on the job being open: nothing is paid, judged or
    /// published for one that is not.
    pub fn if_open(&self, now: Time) -> Write {
        let due = now.plus_s(QUIET_S);
        let running = json!({
            "state": JobState::Running, "updated_at": now, "due_pk": DUE, "due_at": due,
        });
        Write::set(JobRecord::key(&self.job), running)
            .when_in("state", &JobState::OPEN)
            .when_is("run", self.run)
    }
}

/// After so many seconds without a change the sweep looks at a job that no deadline covers.
pub const QUIET_S: u32 = 900;
