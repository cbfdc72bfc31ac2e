//! What a job does with the verdicts of a wave: go on, go back to an earlier step, or end.

use super::verdict::{Judgement, Loops, Verdict};
use crate::call::Call;
use crate::money::MicroUsd;
use crate::pipeline::OnError;
use crate::state::AttemptState;
use crate::view::JobView;
use std::collections::{BTreeMap, BTreeSet};

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
    for (index, gate) in judged.iter().enumerate() {
        if gate.judgement.verdict == Verdict::Fail {
            match chance(view, call, gate) {
                Ok(step) => back.push((index, step)),
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
    let asks = judged.iter().filter(|gate| gate.judgement.verdict == Verdict::Review);
    let asks: BTreeMap<String, u32> = asks.map(|gate| (gate.gate.clone(), 0)).collect();
    let Some(wave) = targets.iter().filter_map(|step| view.plan.wave_of(step)).min() else {
        return match asks.len() {
            0 => Decision::Go,
            few if few <= REVIEWS_MOST => Decision::Review { reviewers: asks },
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
    for (index, _) in back {
        let judgement = &mut judged[index].judgement;
        let before = judgement.loops.unwrap_or(first(view, call));
        judgement.loops = Some(Loops { count: before.count + 1, ..before });
    }
    Decision::Back { wave, round: view.job.round.max(call.round) + 1, steps }
}

/// Whether the job goes on when a gate does not pass.
fn optional(view: &JobView, gate: &str) -> bool {
    view.pipeline.step(gate).is_some_and(|step| step.on_error == OnError::Skip)
}

/// How often a gate sent the flow back in this run.
fn loops(view: &JobView, call: &Call, gate: &str) -> Option<Loops> {
    let verdict = view.steps.get(gate)?.verdict.as_ref()?;
    let loops: Loops = serde_json::from_value(verdict.get("loops")?.clone()).ok()?;
    Some(loops).filter(|loops| loops.run == call.run)
}

fn first(view: &JobView, call: &Call) -> Loops {
    Loops { run: call.run, count: 0, spent_before: view.job.spent }
}

/// The step that a failed gate may go back to; or why it may not, as the end of a reason.
fn chance(view: &JobView, call: &Call, gate: &Judged) -> Result<String, String> {
    let on_fail = view.pipeline.step(&gate.gate).and_then(|step| step.on_fail.as_ref());
    let Some(on_fail) = on_fail else { return Err(String::new()) };
    let way = way(view, &on_fail.retry, &gate.gate);
    if way.is_empty() || view.plan.wave_of(&on_fail.retry).is_none_or(|wave| call.wave <= wave) {
        return Err(format!(" ({} does not lead here)", on_fail.retry));
    }
    let loops = gate.judgement.loops.unwrap_or(first(view, call));
    if on_fail.attempts <= loops.count {
        return Err(format!(" (sent back {} times, as often as it may be)", loops.count));
    }
    let price = price(view, &way).0;
    let repeated = view.job.spent.0 - loops.spent_before.0;
    let left = (on_fail.budget_micros - repeated).min(view.job.budget.0 - view.job.spent.0).max(0);
    if left < price {
        let (price, left) = (MicroUsd(price).usd(), MicroUsd(left).usd());
        return Err(format!(" (another try costs about ${price}, and ${left} is left for it)"));
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
