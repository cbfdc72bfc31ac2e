//! What a job does with the verdicts of a wave: go on, go back to an earlier step, or end.

use super::verdict::{Judgement, Loops, Verdict};
use crate::call::Call;
use crate::money::MicroUsd;
use crate::pipeline::{OnError, OnFail};
use crate::state::AttemptState;
use crate::view::JobView;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A gate with its verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The gate.
    pub gate: String,
    /// What it said.
    pub judgement: Judgement,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// On to the next wave.
    Go,
    /// Back to an earlier step, for another try.
    Back {
        /// The wave to go back to.
        wave: usize,
        /// The round in which that is.
        round: u32,
        /// The steps to make again, with all that waits for them.
        steps: BTreeSet<String>,
        /// Why their last try was refused, for those that are told: goes with their prompts.
        notes: BTreeMap<String, String>,
        /// The models that make them again, for those that another one is to make.
        models: BTreeMap<String, String>,
    },
    /// People are asked.
    Review {
        /// Which gates ask, and how many people of the tenant could answer, as far as is known.
        reviewers: BTreeMap<String, u32>,
    },
    /// The job is rejected.
    End {
        /// Why.
        reason: String,
    },
}

impl Decision {
    /// How many people could answer a gate that asks; none where it does not.
    pub fn asks(&self, gate: &str) -> Option<u32> {
        match self {
            Self::Review { reviewers } => reviewers.get(gate).copied(),
            _ => None,
        }
    }
}

/// Most gates of a wave that ask people: each writes its step, its review and two events.
const REVIEWS_MOST: usize = 20;
/// A transaction takes 100 writes: steps and events besides the job itself.
const CHANGES_MOST: usize = 99;

/// Decides: `fail` outranks `review`, which outranks `pass`.
///
/// What may be tried again is, before people are asked about the rest: they are when the flow comes by again. Counts are
/// carried on in the judgements.
pub fn decide(view: &JobView, call: &Call, judged: &mut [Judged]) -> Decision {
    for gate in judged.iter_mut() {
        gate.judgement.loops = loops(view, call, &gate.gate);
    }
    let mut back: Vec<(usize, String)> = Vec::new();
    let mut last: BTreeMap<usize, String> = BTreeMap::new();
    for (index, gate) in judged.iter().enumerate() {
        if gate.judgement.verdict == Verdict::Fail {
            match chance(view, call, gate) {
                Ok(step) => back.push((index, step)),
                Err(NoChance::UsedUp(bound)) if asks_then(view, &gate.gate) => {
                    last.insert(index, bound);
                }
                // Its dependents are skipped; all that does not depend on it goes on.
                Err(_) if optional(view, &gate.gate) => {}
                Err(no_chance) => {
                    let why = gate.judgement.reasons.first().map_or("", String::as_str);
                    return Decision::End { reason: format!("{}: {why}{no_chance}", gate.gate) };
                }
            }
        }
    }
    let targets: BTreeSet<String> = back.iter().map(|(_, step)| step.clone()).collect();
    let mut steps: BTreeSet<String> =
        targets.iter().flat_map(|step| view.plan.downstream(step)).collect();
    let asks = judged.iter().enumerate().filter(|(index, gate)| {
        gate.judgement.verdict == Verdict::Review || last.contains_key(index)
    });
    let asks: BTreeMap<String, u32> = asks.map(|(_, gate)| (gate.gate.clone(), 0)).collect();
    let Some(wave) = targets.iter().filter_map(|step| view.plan.wave_of(step)).min() else {
        return match asks.len() {
            0 => Decision::Go,
            few if few <= REVIEWS_MOST => {
                for (index, bound) in last {
                    judged[index].judgement.reasons.push(bound);
                }
                Decision::Review { reviewers: asks }
            }
            many => Decision::End {
                reason: format!(
                    "{many} gates ask for people at once, and {REVIEWS_MOST} are the most"
                ),
            },
        };
    };
    steps.extend(asks.into_keys());
    if CHANGES_MOST < steps.len() + 2 * judged.len() {
        let reason = format!("{} steps are too many to be sent back at once", steps.len());
        return Decision::End { reason };
    }
    let mut notes: BTreeMap<String, String> = BTreeMap::new();
    let mut models: BTreeMap<String, String> = BTreeMap::new();
    for (index, step) in back {
        if let Some(model) = on_fail(view, &judged[index].gate).and_then(|to| to.model.clone()) {
            models.insert(step.clone(), model);
        }
        if let Some(note) = note(view, &judged[index]) {
            let notes = notes.entry(step).or_default();
            notes.push_str(if notes.is_empty() { "" } else { "\n" });
            notes.push_str(&note);
        }
        let judgement = &mut judged[index].judgement;
        let before = judgement.loops.unwrap_or(first(view, call));
        judgement.loops = Some(Loops { count: before.count + 1, ..before });
    }
    Decision::Back { wave, round: view.job.round.max(call.round) + 1, steps, notes, models }
}

/// Whether the job goes on when a gate does not pass.
fn optional(view: &JobView, gate: &str) -> bool {
    view.pipeline.step(gate).is_some_and(|step| step.on_error == OnError::Skip)
}

/// How often a gate sent the flow back in this run.
fn loops(view: &JobView, call: &Call, gate: &str) -> Option<Loops> {
    let loops = Loops::of(view.steps.get(gate)?.verdict.as_ref()?)?;
    let spent = MicroUsd((view.job.spent.0 - loops.spent_before.0).max(0));
    Some(Loops { spent, ..loops }).filter(|loops| loops.run == call.run)
}

fn first(view: &JobView, call: &Call) -> Loops {
    Loops { run: call.run, count: 0, spent_before: view.job.spent, spent: MicroUsd(0) }
}

fn on_fail<'v>(view: &'v JobView, gate: &str) -> Option<&'v OnFail> {
    view.pipeline.step(gate).and_then(|step| step.on_fail.as_ref())
}

/// Whether people decide on a gate's last try.
fn asks_then(view: &JobView, gate: &str) -> bool {
    on_fail(view, gate).is_some_and(|on_fail| !on_fail.then.is_fail())
}

/// Most characters of the reasons that the next try is told.
const NOTE_MOST: usize = 300;

/// Why a gate refused what it saw, in one line for the prompt of the next try, where its pipeline wants that told.
///
/// Reasons may be a model's words: what breaks lines in them is taken out, so that they stay what they are said to be.
fn note(view: &JobView, gate: &Judged) -> Option<String> {
    on_fail(view, &gate.gate).filter(|on_fail| on_fail.reason)?;
    let reasons = gate.judgement.reasons.join("; ");
    let breaks = |c: char| c.is_whitespace() || c.is_control();
    let words: Vec<&str> = reasons.split(breaks).filter(|word| !word.is_empty()).collect();
    let line: String = words.join(" ").chars().take(NOTE_MOST).collect();
    Some(format!("Earlier try was refused because: {line}")).filter(|_| !line.is_empty())
}

/// Why a failed gate does not go back; reads as the end of a reason.
enum NoChance {
    /// It has nowhere to go back to.
    Never,
    /// Nothing would be made again that it judges.
    Astray(String),
    /// A bound of attempts or money is reached.
    UsedUp(String),
}

impl fmt::Display for NoChance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => Ok(()),
            Self::Astray(why) | Self::UsedUp(why) => write!(f, " ({why})"),
        }
    }
}

/// The step that a failed gate may go back to; or why it may not.
fn chance(view: &JobView, call: &Call, gate: &Judged) -> Result<String, NoChance> {
    let Some(on_fail) = on_fail(view, &gate.gate) else { return Err(NoChance::Never) };
    let way = way(view, &on_fail.retry, &gate.gate);
    if way.is_empty() || view.plan.wave_of(&on_fail.retry).is_none_or(|wave| call.wave <= wave) {
        return Err(NoChance::Astray(format!("{} does not lead here", on_fail.retry)));
    }
    let loops = gate.judgement.loops.unwrap_or(first(view, call));
    if on_fail.attempts <= loops.count {
        let why = format!("sent back {} times, as often as it may be", loops.count);
        return Err(NoChance::UsedUp(why));
    }
    let price = price(view, &way).0;
    let repeated = view.job.spent.0 - loops.spent_before.0;
    let left = (on_fail.budget_micros - repeated).min(view.job.budget.0 - view.job.spent.0).max(0);
    if left < price {
        let (price, left) = (MicroUsd(price).usd(), MicroUsd(left).usd());
        let why = format!("another try costs about ${price}, and ${left} is left for it");
        return Err(NoChance::UsedUp(why));
    }
    Ok(on_fail.retry.clone())
}

/// The steps between one to go back to and a gate, both included; none where it does not lead there.
pub(crate) fn way(view: &JobView, from: &str, gate: &str) -> Vec<String> {
    let upstream = view.plan.upstream(gate);
    let mut way = view.plan.downstream(from);
    way.retain(|step| upstream.contains(step));
    way
}

/// What the way will cost: what it cost the last time, and at least the least it can cost.
pub(crate) fn price(view: &JobView, way: &[String]) -> MicroUsd {
    let of_step = |step: &String| {
        let floor = view.pipeline.step(step).map_or(0, |step| step.kind.spec().floor_micros);
        let made = |attempt: &&crate::record::AttemptRecord| {
            attempt.work.attempt.step() == step && attempt.state == AttemptState::Succeeded
        };
        let last = view.attempts.iter().rfind(made).and_then(|attempt| attempt.usd);
        MicroUsd(last.unwrap_or_default().0.max(floor))
    };
    way.iter().map(of_step).sum()
}
