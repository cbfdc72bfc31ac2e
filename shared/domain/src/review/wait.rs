//! The execution's side of a review: its token is put on record, then it is looked whether all was decided before.

use super::record::ReviewRecord;
use crate::error::{Error, Result};
use crate::id::JobId;
use crate::lane::outcome;
use crate::pipeline::Function;
use crate::ports::{Flow, Queue, Table};
use crate::publish::window;
use crate::state::{JobState, StepState};
use crate::store::{Write, Written};
use crate::time::Time;
use crate::view::JobView;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the state machine sends when people are asked about a wave of gates, or one that publishes waits for its windows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// Always true: what tells it from work for a lane.
    pub review: bool,
    /// The job.
    pub job: JobId,
    /// Its run.
    pub run: u32,
    /// Its round.
    pub round: u32,
    /// The wave of the plan.
    pub wave: usize,
    /// The task token that waits.
    pub token: String,
}

impl Wait {
    /// The reviews that it waits for.
    fn of<'v>(&self, view: &'v JobView) -> impl Iterator<Item = &'v ReviewRecord> {
        let (wave, round) = (self.wave, self.round);
        view.reviews.iter().filter(move |one| one.wave == wave && one.id.round() == round)
    }
}

/// Takes the token of an execution that waits for people. Safe to repeat.
///
/// Of a wave that publishes it is windows that are waited for.
pub async fn wait(
    table: &dyn Table,
    (flow, queue): (&dyn Flow, &dyn Queue),
    message: &Wait,
    now: Time,
) -> Result<()> {
    let tell = async |told: Value| flow.complete(&message.token, &told).await.map(drop);
    let Some(view) = JobView::read(table, &message.job).await? else {
        return tell(outcome::end(JobState::Failed)).await;
    };
    if view.plan.waves.get(message.wave).is_some_and(|wave| wave.function == Function::Publish) {
        return window::wait(table, (flow, queue), message, &view, now).await;
    }
    if let Some(told) = outcome_of(&view, message.wave, message.run, message.round) {
        return tell(told).await;
    }
    let strange = |review: &&ReviewRecord| {
        review.state.waits() && review.token.as_ref() != Some(&message.token)
    };
    let writes: Vec<Write> = message
        .of(&view)
        .filter(strange)
        .map(|review| {
            let token =
                Write::set(ReviewRecord::key(&review.id), json!({ "token": message.token }));
            // Whoever decides meanwhile reads it again, with the token.
            token.plus("version", 1).when_is("version", review.version)
        })
        .collect();
    if !writes.is_empty() && table.write(writes).await? != Written::Done {
        return Err(Error::Again(format!("reviews of {} were changed", message.job)));
    }
    // What was decided before the token was on record told nobody.
    let view = JobView::expect(table, &message.job).await?;
    match outcome_of(&view, message.wave, message.run, message.round) {
        Some(told) => tell(told).await,
        None => Ok(()),
    }
}

/// What the execution of a run is told of a wave that people were asked about; none while it waits for them.
pub(crate) fn outcome_of(view: &JobView, wave: usize, run: u32, round: u32) -> Option<Value> {
    if run < view.job.run {
        return Some(outcome::end(JobState::Canceled));
    }
    let reviews = || view.reviews.iter().filter(|one| one.wave == wave && one.id.round() == round);
    let with = |word: &str| {
        let mut told = reviews().filter_map(|review| review.outcome.as_ref());
        told.find(|told| told.get(word).is_some()).cloned()
    };
    if let Some(told) = with("end").or_else(|| with("goto")) {
        return Some(told);
    }
    if !view.job.state.open() {
        let end = if view.job.state.terminal() { view.job.state } else { JobState::Canceled };
        return Some(outcome::end(end));
    }
    if reviews().any(|review| review.state.waits()) {
        return None;
    }
    // A gate that nobody is asked about any more, and that did not pass, lets nothing through.
    let over =
        |step: &String| matches!(view.step(step).state, StepState::Succeeded | StepState::Skipped);
    match view.plan.steps_of(wave).iter().all(over) {
        true => Some(outcome::ok()),
        false => Some(outcome::end(JobState::Failed)),
    }
}
