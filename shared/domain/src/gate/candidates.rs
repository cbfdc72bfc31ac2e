//! Several candidates of one step: how a gate looks at each of them, and which of them goes on.

use super::decide::Judged;
use super::tries::{Made, Tried, better};
use super::verdict::Judgement;
use crate::record::{AttemptRecord, StepRecord};
use crate::state::{AttemptState, StepState};
use crate::view::JobView;

/// A candidate as it stands when its gate's turn comes.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The step that makes it.
    pub step: String,
    /// Its number, from 1.
    pub number: u32,
    /// The job as the gate sees it: this one where the best of them would be. None where it was not made.
    pub view: Option<JobView>,
}

impl JobView {
    /// The candidates among which a gate chooses; none where it judges one thing.
    pub fn candidates(&self, gate: &str) -> Vec<Standing> {
        let candidates = self.pipeline.candidates(gate);
        let standing = candidates.iter().map(|(step, candidate)| {
            let mut record = self.step(&step.name);
            let others = candidates.iter().filter(|(other, _)| other.name != step.name);
            let mut others = others.filter_map(|(other, _)| self.steps.get(&other.name));
            // The gate chose before, and has put the best one's outputs here.
            if candidate.number == 1 && others.any(|other| other.outputs == record.outputs) {
                let own = |attempt: &&AttemptRecord| {
                    attempt.id.step() == step.name && attempt.state == AttemptState::Succeeded
                };
                match self.attempts.iter().rfind(own) {
                    Some(own) => record.outputs.clone_from(&own.outputs),
                    None => record.state = StepState::Skipped,
                }
            }
            let view = (record.state == StepState::Succeeded).then(|| {
                let record = StepRecord { name: candidate.of.clone(), ..record };
                let mut view = self.clone();
                view.steps.insert(candidate.of.clone(), record);
                view
            });
            Standing { step: step.name.clone(), number: candidate.number, view }
        });
        standing.collect()
    }

    /// Why no candidate of a gate was made, where errors are behind it.
    pub fn no_candidate(&self, gate: &str) -> Option<String> {
        let candidates = self.pipeline.candidates(gate);
        let of = &candidates.first()?.1.of;
        let made = |step: &str| self.step(step).state == StepState::Succeeded;
        if candidates.iter().any(|(step, _)| made(&step.name)) {
            return None;
        }
        let why =
            candidates.iter().find_map(|(step, _)| self.steps.get(&step.name)?.error.clone())?;
        Some(format!("none of {} candidates of {of} was made: {why}", candidates.len()))
    }

    /// Whether the job goes on where no candidate of a gate is made.
    pub fn candidates_optional(&self, gate: &str) -> bool {
        self.pipeline.candidates(gate).iter().any(|(_, candidate)| candidate.optional)
    }
}

impl Judged {
    /// A gate with its verdict on the best of several candidates; those without a verdict were not made.
    ///
    /// Nothing where none was made.
    pub fn best(
        view: &JobView,
        gate: &str,
        round: u32,
        said: Vec<(Standing, Option<Judgement>)>,
    ) -> Option<Self> {
        let tries = said.iter().map(|(standing, judgement)| match judgement {
            Some(judgement) => Tried::of(judgement, round, Some(&standing.step)),
            None => Tried::missing(&view.step(&standing.step), round),
        });
        let mut tries: Vec<Tried> = tries.collect();
        let mut best: Option<(usize, Judgement)> = None;
        for (at, (_, judgement)) in said.iter().enumerate() {
            let Some(judgement) = judgement else { continue };
            let rank = |it: &Judgement| (it.machine.unwrap_or(it.verdict), it.score);
            // Of two that are equally good the first is taken.
            if best.as_ref().is_none_or(|(_, known)| better(rank(judgement), rank(known)).is_gt()) {
                best = Some((at, judgement.clone()));
            }
        }
        let (at, mut judgement) = best?;
        tries[at].best = true;
        judgement.tries = tries;
        let chosen = Made::of(&view.step(&said[at].0.step));
        let of = view.pipeline.step(&said[at].0.step)?.candidate.as_ref()?.of.clone();
        Some(Self { made: [(of, chosen)].into(), ..Self::new(gate, judgement) })
    }
}
