//! Steps that the machine got no answer for: their function failed however often it was called, or a wait ran out.
//!
//! Such a step may have been done all the same. So what is on record counts first; only a step that is not over
//! ends here, by what its `on_error` says. Whatever comes of it later changes the ledger alone.

use super::Ending;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::event::{Committed, Event, commit};
use crate::lane::outcome;
use crate::pipeline::Function;
use crate::ports::{Queue, Table};
use crate::record::Told;
use crate::state::StepState;
use crate::store::Write;
use crate::time::Time;
use crate::view::JobView;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How often a lost race is run again.
const RACES: usize = 5;
/// What Step Functions calls a wait that ran out.
const TIMEOUT: &str = "States.Timeout";

/// A call of the machine that came to no answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lost {
    /// What was called.
    #[serde(flatten)]
    pub call: Call,
    /// What Step Functions calls the failure.
    pub lost: String,
}

/// Ends the steps of a lost call that are not over; gives what the call would have answered.
pub async fn lost(table: &dyn Table, queue: &dyn Queue, lost: &Lost, now: Time) -> Result<Value> {
    let call = &lost.call;
    for _ in 0..RACES {
        let view = call.read(table).await?;
        let steps = call.steps(&view)?;
        if let Some(told) = told(call, &view, &steps) {
            stop(queue, &view, &steps).await?;
            return Ok(told);
        }
        let open = steps.iter().filter(|step| call.answered(&view, step).is_none());
        let (writes, events, told) = lost.change(&view, open, now)?;
        if let Committed::Done(n) = commit(table, &call.job, call.event, writes, &events).await? {
            stop(queue, &call.read(table).await?, &steps).await?;
            return Ok(outcome::at(told, n));
        }
        // A late answer was faster, or the job was canceled meanwhile.
    }
    Err(Error::Again(format!("steps of {} are contended", call.job)))
}

/// What is on record of the call: an end of any step, a way back, or that all are done.
fn told(call: &Call, view: &JobView, steps: &[String]) -> Option<Value> {
    let told: Vec<Option<Value>> = steps.iter().map(|step| call.answered(view, step)).collect();
    let with = |word: &str| told.iter().flatten().find(|told| told.get(word).is_some()).cloned();
    let first = with("end").or_else(|| with("goto"));
    first.or_else(|| told.into_iter().collect::<Option<Vec<_>>>()?.pop())
}

/// Asks for the renders of steps that were given up to be stopped; what they make is adopted and paid as ever.
async fn stop(queue: &dyn Queue, view: &JobView, steps: &[String]) -> Result<()> {
    let given_up = |name: &str| {
        let record = view.step(name);
        let done = record.state == StepState::Succeeded && record.used.is_none();
        record.state.terminal() && !done
    };
    let attempts = view.attempts.iter().filter(|attempt| !attempt.state.over());
    for attempt in attempts {
        let step = attempt.id.step();
        if steps.iter().any(|name| name == step) && given_up(step) {
            queue.send(&json!({ "stop": attempt.id }), 0).await?;
        }
    }
    Ok(())
}

impl Lost {
    fn change<'s>(
        &self,
        view: &JobView,
        open: impl Iterator<Item = &'s String>,
        now: Time,
    ) -> Result<(Vec<Write>, Vec<Event>, Value)> {
        let call = &self.call;
        let mut endings: Vec<Ending> = Vec::new();
        for step in open {
            let (state, error) = self.came_to(view.definition(step)?.kind.function());
            endings.push(Ending::failed(view, step, state, &error).after(&endings));
        }
        let ends = endings.iter().map(Ending::outcome).find(|told| told.get("end").is_some());
        let outcome = ends.unwrap_or_else(outcome::ok);
        let of_job = endings.iter().fold(call.if_open(now), |write, ending| ending.mark(write));
        let mut writes = vec![of_job];
        for ending in &endings {
            let mut record = view.step(ending.step());
            let attempts = record.attempts;
            record.round = call.round;
            record.verdict = None;
            record.started_at = record.started_at.or(Some(now));
            record.told = Some(Told { round: call.round, outcome: outcome.clone() });
            ending.close(&mut record, now);
            let write = call.replace(view, &record)?;
            writes.push(match view.steps.contains_key(ending.step()) {
                true => write.when_is("attempts", attempts),
                false => write,
            });
        }
        let events = endings.iter().map(|ending| ending.event(now)).collect();
        Ok((writes, events, outcome))
    }

    /// What a step came to that nothing is known of, and why.
    fn came_to(&self, function: Function) -> (StepState, String) {
        let lost = &self.lost;
        match function {
            Function::Lane if lost == TIMEOUT => {
                (StepState::Expired, "nobody said in time what became of it".into())
            }
            Function::Lane => (StepState::Failed, format!("it did not get to its lane: {lost}")),
            _ => (StepState::Failed, format!("its function gave no answer: {lost}")),
        }
    }
}
