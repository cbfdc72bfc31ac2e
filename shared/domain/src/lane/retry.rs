//! What follows an attempt that came to nothing: the one place where attempts are repeated.

use super::Waiting;
use crate::error::Result;
use crate::event::Event;
use crate::id::AttemptId;
use crate::record::{AttemptRecord, StepRecord, Work};
use crate::skip::Ending;
use crate::state::StepState;
use crate::store::Write;
use crate::time::Time;
use crate::view::JobView;
use serde_json::{Value, json};

/// Why an attempt came to nothing, and whether that should count.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// What a person should know.
    pub(super) reason: String,
    /// Whether another attempt may succeed.
    pub(super) retryable: bool,
    /// Whether it used up one of the step's attempts; a refusal, which costs nothing, does not.
    pub(super) counts: bool,
    /// Whether its host should not get the next one.
    pub(super) avoid: bool,
}

/// What becomes of the step: writes, what is reported, and what its execution is told, if anything.
#[derive(Clone, Debug, Default)]
pub(super) struct Sequel {
    pub(super) writes: Vec<Write>,
    pub(super) events: Vec<Event>,
    pub(super) outcome: Option<Value>,
    /// How the step ends, where it does and the job was open.
    pub(super) ending: Option<Ending>,
}

/// Longest pause before the next attempt.
const PAUSE_MOST_MS: i64 = 30_000;

/// Decides on what follows. Only the step's latest attempt decides on the step.
pub(super) fn sequel(
    view: &JobView,
    step: &StepRecord,
    attempt: &AttemptRecord,
    failure: &Failure,
    now: Time,
) -> Result<Sequel> {
    let job = &view.job;
    let ours = !step.state.terminal() && step.attempts == attempt.id.number();
    if !ours {
        let event = Event::new(now, "attempt.ended").step(&step.name).attempt(&attempt.id);
        let events = vec![event.with("reason", &failure.reason)];
        return Ok(Sequel { events, ..Sequel::default() });
    }
    let key = StepRecord::key(&job.id, &step.name);
    let of_step = |fields| {
        Write::set(key.clone(), fields)
            .when_is("round", step.round)
            .when_is("state", step.state)
            .when_is("attempts", step.attempts)
    };
    let next = next(&attempt.work, &attempt.host, failure, now)
        .filter(|_| failure.retryable && job.state.open());
    let too_late = next.as_ref().is_some_and(|next| next.deadline_at <= next.not_before);
    let next = next.filter(|_| !too_late);
    if let Some((next, token)) = next.zip(step.token.as_deref()) {
        let waiting = Waiting::new(Work { round: step.round, ..next }, token);
        let event = Event::new(now, "step.retrying")
            .step(&step.name)
            .attempt(&attempt.id)
            .with("reason", &failure.reason);
        let fields = json!({
            "state": StepState::Waiting, "attempts": attempt.id.number() + 1, "waits_at": waiting.sk,
        });
        return Ok(Sequel {
            writes: vec![of_step(fields), Write::create(waiting.key(), &waiting)?],
            events: vec![event],
            ..Sequel::default()
        });
    }
    if !job.state.open() {
        let state = StepState::Canceled;
        let event = Event::new(now, format!("step.{state}"))
            .step(&step.name)
            .attempt(&attempt.id)
            .with("error", &failure.reason);
        let fields = json!({ "state": state, "error": failure.reason, "ended_at": now });
        return Ok(Sequel {
            writes: vec![of_step(fields)],
            events: vec![event],
            outcome: super::outcome::of(state),
            ending: None,
        });
    }
    let state = if too_late { StepState::Expired } else { StepState::Failed };
    let ending = Ending::failed(view, &step.name, state, &failure.reason);
    Ok(Sequel {
        writes: vec![of_step(ending.fields(now))],
        events: vec![ending.event(now).attempt(&attempt.id)],
        outcome: Some(ending.outcome()),
        ending: Some(ending),
    })
}

/// The same work as the next attempt; none where no attempt is left.
fn next(work: &Work, host: &str, failure: &Failure, now: Time) -> Option<Work> {
    let number = work.attempt.number() + 1;
    let last_attempt = work.last_attempt + u32::from(!failure.counts);
    if last_attempt < number {
        return None;
    }
    let mut next = work.clone();
    next.attempt = AttemptId::new(&work.attempt.job(), work.attempt.step(), number);
    next.last_attempt = last_attempt;
    next.not_before = Time(now.0 + pause_ms(&next.attempt));
    if failure.avoid && !next.avoid.iter().any(|avoided| avoided == host) {
        next.avoid.push(host.to_owned());
    }
    Some(next)
}

/// Back-off: half a second, doubled with each attempt, of which a share that depends on the attempt.
fn pause_ms(attempt: &AttemptId) -> i64 {
    let doubled = 500_i64 << attempt.number().saturating_sub(2).min(10);
    let whole = doubled.min(PAUSE_MOST_MS);
    let share =
        attempt.as_str().bytes().fold(17_i64, |sum, byte| (sum * 31 + i64::from(byte)) % 1000);
    whole / 2 + whole / 2 * share / 1000
}
