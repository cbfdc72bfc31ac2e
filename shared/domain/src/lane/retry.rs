//! What follows an attempt that came to nothing: the one place where attempts are repeated.

use super::Waiting;
use super::elsewhere::{Doors, elsewhere};
use crate::error::Result;
use crate::event::Event;
use crate::id::AttemptId;
use crate::record::{AttemptRecord, StepRecord, Work};
use crate::skip::Ending;
use crate::state::StepState;
use crate::store::Write;
use crate::time::Time;
use crate::vendor::{Class, Refusal};
use crate::view::JobView;
use serde_json::{Value, json};

/// Why an attempt came to nothing, and whether that should count.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// What a person should know.
    pub(crate) reason: String,
    /// Whether another attempt may succeed.
    pub(crate) retryable: bool,
    /// Whether it used up one of the step's attempts; a refusal, which costs nothing, does not.
    pub(crate) counts: bool,
    /// Whether its host should not get the next one.
    pub(crate) avoid: bool,
    /// What a vendor's refusal means for the next move, where a vendor was asked.
    pub(crate) class: Option<Class>,
}

impl Failure {
    /// A vendor's refusal, or the end of what it accepted: that uses up an attempt.
    pub(crate) fn of(refusal: &Refusal, accepted: bool, others: bool) -> Self {
        let class = refusal.class;
        let final_here = matches!(class, Class::Quota | Class::Credentials) && !others;
        let given_up = final_here || matches!(class, Class::Content | Class::Invalid);
        Self {
            reason: refusal.reason.clone(),
            retryable: !given_up,
            // Where nobody else is left, a vendor that does not take it is asked so often, and no more.
            counts: accepted || (class == Class::Elsewhere && !others),
            avoid: false,
            class: Some(class),
        }
    }
}

/// What becomes of the step: writes, what is reported, and what its execution is told, if anything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sequel {
    pub(crate) writes: Vec<Write>,
    pub(crate) events: Vec<Event>,
    pub(crate) outcome: Option<Value>,
    /// How the step ends, where it does and the job was open.
    pub(crate) ending: Option<Ending>,
    /// The lane that it waits in from now on, and until when, where that is another one.
    pub(crate) moved: Option<(String, Time)>,
}

/// A vendor that wants us back no later than this, in seconds, is waited for; else another one is asked.
const SPILL_S: u32 = 15;
/// Longest pause before the next attempt.
const PAUSE_MOST_MS: i64 = 30_000;

/// Decides on what follows. Only the step's latest attempt decides on the step.
pub(crate) fn sequel(
    view: &JobView,
    step: &StepRecord,
    attempt: &AttemptRecord,
    failure: &Failure,
    doors: &Doors,
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
    let next = next(&attempt.work, &attempt.host, failure, doors, now)
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
            "state": StepState::Waiting, "attempts": attempt.id.number() + 1, "waits_at": waiting.sk, "lane": waiting.work.lane,
        });
        let work = &waiting.work;
        let moved = (work.lane != attempt.work.lane).then(|| (work.lane.clone(), work.not_before));
        return Ok(Sequel {
            moved,
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
            ..Sequel::default()
        });
    }
    let state = if too_late { StepState::Expired } else { StepState::Failed };
    let ending = Ending::failed(view, &step.name, state, &failure.reason);
    Ok(Sequel {
        writes: vec![of_step(ending.fields(now))],
        events: vec![ending.event(now).attempt(&attempt.id)],
        outcome: Some(ending.outcome()),
        ending: Some(ending),
        moved: None,
    })
}

/// The same work as the next attempt; none where no attempt is left.
fn next(work: &Work, host: &str, failure: &Failure, doors: &Doors, now: Time) -> Option<Work> {
    let number = work.attempt.number() + 1;
    let mut next = work.clone();
    next.attempt = AttemptId::new(&work.attempt.job(), work.attempt.step(), number);
    next.last_attempt = work.last_attempt + u32::from(!failure.counts);
    let leave = match failure.class {
        Some(Class::Later(wait_s)) => SPILL_S < wait_s,
        Some(Class::Elsewhere | Class::Quota | Class::Credentials) => true,
        Some(Class::Content | Class::Invalid) => return None,
        // Hosts of our own: another one of them, until no attempt is left.
        None => next.last_attempt < number,
    };
    if let Some(place) = doors.first(&next.others).filter(|_| leave) {
        next.last_attempt = next.last_attempt.max(number);
        return Some(elsewhere(next, place, now));
    }
    if next.last_attempt < number {
        return None;
    }
    next.not_before = Time(now.0 + pause_ms(&next.attempt));
    if let Some(Class::Later(wait_s)) = failure.class {
        next.not_before = next.not_before.max(now.plus_s(wait_s));
    }
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
