//! How a publish step begins and ends, and what a step leaves behind of which nothing is sent.

use domain::call::Call;
use domain::error::Result;
use domain::event::Event;
use domain::lane::outcome;
use domain::publish::{Fact, NotCleared};
use domain::record::{Skipped, StepRecord, Told};
use domain::skip::Ending;
use domain::state::{JobState, StepState};
use domain::time::Time;
use domain::view::JobView;
use serde_json::Value;

/// The gap that a step leaves of which nothing may be sent, where the job goes on all the same: a gate
/// that has a say did not pass, and the job goes on without it; or the step may be lacking.
pub(crate) fn unsent(call: &Call, view: &JobView, step: &str, why: &NotCleared) -> Option<Ending> {
    if let NotCleared::Gate(gate) = why
        && let Some(skipped) = view.skipped(gate).and_then(|gate| gate.skipped.as_ref())
    {
        let (run, error) = (call.run, skipped.error);
        let reason = format!("{gate} did not pass what it would publish");
        return Some(Ending::skipped(view, step, Skipped { run, reason, error }));
    }
    let ending = Ending::failed(view, step, StepState::Failed, &why.to_string());
    Some(ending).filter(|ending| ending.state == StepState::Skipped)
}

/// The ends of steps that the job goes on without, and what its own record learns of them.
pub(crate) fn without(
    call: &Call,
    view: &JobView,
    gaps: Vec<Ending>,
    now: Time,
) -> Result<Vec<Fact>> {
    let mut facts = Vec::new();
    let mut known: Vec<Ending> = Vec::new();
    for gap in gaps {
        let gap = gap.after(&known);
        let mut record = view.step(gap.step());
        record.round = call.round;
        record.started_at = record.started_at.or(Some(now));
        record.told = Some(Told { round: call.round, outcome: gap.outcome() });
        gap.close(&mut record, now);
        facts.push(Fact { write: call.replace(view, &record)?, event: Some(gap.event(now)) });
        known.push(gap);
    }
    if let Some(last) = known.iter().rfind(|gap| gap.marks()) {
        facts.push(Fact { write: last.mark(call.if_open(now)), event: None });
    }
    Ok(facts)
}

/// The record of a step that is under way from now on.
pub(crate) fn running(call: &Call, view: &JobView, old: StepRecord, now: Time) -> StepRecord {
    let deadline = view.pipeline.step(&old.name).map(|step| now.plus_s(step.deadline_s));
    StepRecord {
        round: call.round,
        state: StepState::Running,
        started_at: Some(now),
        deadline_at: deadline,
        ended_at: None,
        error: None,
        skipped: None,
        told: None,
        ..old
    }
}

/// The end of a step, and what the execution is told of it now and whenever it asks again.
pub(crate) fn ended(
    call: &Call,
    view: &JobView,
    step: &str,
    end: Result<(), (JobState, String)>,
    now: Time,
) -> Result<Fact> {
    let (state, told, error) = match end {
        Ok(()) => (StepState::Succeeded, outcome::ok(), None),
        Err((end, why)) => (StepState::Failed, outcome::end(end), Some(why)),
    };
    let event = Event::new(now, format!("step.{state}")).step(step);
    let event = match &error {
        None => event.with("outputs", Vec::<Value>::new()).with("usd", 0),
        Some(why) => event.with("error", why),
    };
    let told = Some(Told { round: call.round, outcome: told });
    let ended_at = Some(now);
    let skipped = None;
    let new =
        StepRecord { round: call.round, state, ended_at, error, skipped, told, ..view.step(step) };
    Ok(Fact { write: call.replace(view, &new)?, event: Some(event) })
}
