//! What a job does with the verdicts of a wave: go on, go back to an earlier step, or end.

use super::tries::{Kept, Made, Tried, better, earlier};
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
    /// What goes on of what other steps made: of several candidates the best one's, of several rounds the best one's.
    pub made: BTreeMap<String, Made>,
}

impl Judged {
    /// A gate with its verdict on the one thing that there is.
    pub fn new(gate: impl Into<String>, judgement: Judgement) -> Self {
        Self { gate: gate.into(), judgement, made: BTreeMap::new() }
    }
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
/// What may be tried again is, before people are asked about the rest: they are when the flow comes by again. Where no
/// try is left, the best one so far takes the last one's place. Counts and tries are carried on in the judgements.
pub fn decide(view: &JobView, call: &Call, judged: &mut [Judged]) -> Decision {
    for gate in judged.iter_mut() {
        gate.judgement.loops = loops(view, call, &gate.gate);
    }
    let mut back: Vec<(usize, String)> = Vec::new();
    let mut last: BTreeMap<usize, String> = BTreeMap::new();
    let mut over: Option<(usize, NoChance)> = None;
    for (index, gate) in judged.iter().enumerate() {
        if gate.judgement.verdict == Verdict::Fail {
            match chance(view, call, gate) {
                Ok(step) => back.push((index, step)),
                Err(NoChance::UsedUp(bound)) if asks_then(view, &gate.gate) => {
                    last.insert(index, bound);
                }
                // Its dependents are skipped; all that does not depend on it goes on.
                Err(NoChance::UsedUp(bound)) if optional(view, &gate.gate) => {
                    last.insert(index, bound);
                }
                Err(_) if optional(view, &gate.gate) => {}
                Err(no_chance) => {
                    over.get_or_insert((index, no_chance));
                }
            }
        }
    }
    let goes_back = over.is_none() && !back.is_empty();
    let mut failing: BTreeSet<usize> = last.keys().copied().collect();
    failing.extend(over.iter().filter(|(_, why)| why.used_up()).map(|(index, _)| *index));
    if goes_back {
        failing.extend(back.iter().map(|(index, _)| *index));
    }
    settle(view, call, judged, (&failing, goes_back));
    // What the best round's other gates said of it counts as much.
    for (index, gate) in judged.iter().enumerate().filter(|_| !goes_back && over.is_none()) {
        let fails = gate.judgement.verdict == Verdict::Fail && !last.contains_key(&index);
        if fails && asks_then(view, &gate.gate) {
            last.insert(index, "no other try is left".into());
        } else if fails && !optional(view, &gate.gate) {
            over = Some((index, NoChance::Never));
            break;
        }
    }
    if let Some((index, no_chance)) = over {
        let gate = &judged[index];
        let why = gate.judgement.reasons.first().map_or("", String::as_str);
        return Decision::End { reason: format!("{}: {why}{no_chance}", gate.gate) };
    }
    let targets: BTreeSet<String> = back.iter().map(|(_, step)| step.clone()).collect();
    let mut steps: BTreeSet<String> = targets.iter().flat_map(|step| remakes(view, step)).collect();
    let asks = judged.iter().enumerate().filter(|(index, gate)| match gate.judgement.verdict {
        Verdict::Pass => false,
        Verdict::Review => true,
        Verdict::Fail => last.contains_key(index) && asks_then(view, &gate.gate),
    });
    let asks: BTreeMap<String, u32> = asks.map(|(_, gate)| (gate.gate.clone(), 0)).collect();
    let Some(wave) = targets.iter().filter_map(|step| view.plan.wave_of(step)).min() else {
        return match asks.len() {
            0 => Decision::Go,
            few if few <= REVIEWS_MOST => {
                for (index, bound) in last {
                    if asks.contains_key(&judged[index].gate) {
                        judged[index].judgement.reasons.push(bound);
                    }
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
        let model = on_fail(view, &judged[index].gate).and_then(|to| to.model.clone());
        let note = note(view, &judged[index]);
        for step in view.pipeline.beside(&step) {
            if let Some(model) = &model {
                models.insert(step.to_owned(), model.clone());
            }
            if let Some(note) = &note {
                let notes = notes.entry(step.to_owned()).or_default();
                notes.push_str(if notes.is_empty() { "" } else { "\n" });
                notes.push_str(note);
            }
        }
        let judgement = &mut judged[index].judgement;
        let before = judgement.loops.unwrap_or(first(view, call));
        judgement.loops = Some(Loops { count: before.count + 1, ..before });
    }
    Decision::Back { wave, round: view.job.round.max(call.round) + 1, steps, notes, models }
}

/// Puts the tries of earlier rounds beside this one's; keeps the best for gates that send the flow back, and puts
/// it in this one's place for those that may not any more.
fn settle(
    view: &JobView,
    call: &Call,
    judged: &mut [Judged],
    (failing, goes_back): (&BTreeSet<usize>, bool),
) {
    let mut covered: BTreeSet<String> = BTreeSet::new();
    for index in 0..judged.len() {
        let gate = &judged[index];
        let (mut tries, kept) = match gate.judgement.loops {
            Some(_) => earlier(view, &gate.gate),
            None => Default::default(),
        };
        let fails = failing.contains(&index);
        if !tries.is_empty() || (fails && goes_back) {
            let mut own = gate.judgement.tries.clone();
            if own.is_empty() {
                own.push(Tried { best: true, ..Tried::of(&gate.judgement, call.round, None) });
            }
            tries.iter_mut().for_each(|tried| tried.best = false);
            tries.extend(own);
            judged[index].judgement.tries = tries;
        }
        let gate = &judged[index];
        let Some(on_fail) = on_fail(view, &gate.gate).filter(|_| fails) else { continue };
        let mut body = remakes(view, &on_fail.retry);
        body.retain(|step| view.plan.wave_of(step).is_some_and(|wave| wave <= call.wave));
        let now = Kept::of(view, call, judged, (gate, &body));
        let best = match kept {
            Some(kept) if better(kept.rank(), now.rank()).is_gt() => kept,
            _ => now,
        };
        let fits = best.steps.len() + 4 * judged.len() <= CHANGES_MOST;
        if goes_back {
            judged[index].judgement.kept = Some(best);
        } else if best.round != call.round && fits && !covered.contains(&judged[index].gate) {
            covered.extend(best.steps.keys().cloned());
            restore(judged, index, best);
        }
    }
}

/// Puts the best try of a gate in the place of the last one: its bytes, and what all gates of the call said of them.
fn restore(judged: &mut [Judged], index: usize, best: Kept) {
    for gate in judged.iter_mut() {
        let Some(said) = best.judgement(&gate.gate) else { continue };
        let (loops, tries) = (gate.judgement.loops, std::mem::take(&mut gate.judgement.tries));
        gate.judgement = Judgement { loops, tries, kept: None, ..said };
        gate.made.clear();
    }
    let gates: BTreeSet<String> = judged.iter().map(|gate| gate.gate.clone()).collect();
    let own = &mut judged[index];
    let tries = &mut own.judgement.tries;
    let shown: BTreeSet<String> =
        own.judgement.subjects.iter().map(|subject| subject.sha256.clone()).collect();
    let same = |tried: &Tried| {
        tried.round == best.round
            && tried.subjects.iter().all(|subject| shown.contains(&subject.sha256))
    };
    tries.iter_mut().for_each(|tried| tried.best = false);
    if let Some(tried) = tries.iter_mut().find(|tried| tried.verdict.is_some() && same(tried)) {
        tried.best = true;
    }
    let why = format!("of {} tries that of round {} is the best", tries.len(), best.round);
    own.judgement.reasons.push(why);
    own.made = best.steps.into_iter().filter(|(step, _)| !gates.contains(step)).collect();
}

/// A step with the other candidates for its place, and all that waits for any of them, in the plan's order.
pub(crate) fn remakes(view: &JobView, step: &str) -> Vec<String> {
    let beside = view.pipeline.beside(step).into_iter();
    let all: BTreeSet<String> = beside.flat_map(|step| view.plan.downstream(step)).collect();
    let order = view.plan.waves.iter().flat_map(|wave| &wave.steps);
    order.filter(|step| all.contains(*step)).cloned().collect()
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

impl NoChance {
    /// Whether there was one before.
    fn used_up(&self) -> bool {
        matches!(self, Self::UsedUp(_))
    }
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
    let mut way = remakes(view, from);
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
