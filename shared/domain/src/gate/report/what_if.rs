//! What other thresholds of one criterion would have done: the policy's own rule over the recorded answers once more.

use super::{Mark, Row};
use crate::gate::Verdict;
use crate::gate::policy::{Policy, Said, weigh};
use std::collections::BTreeMap;

/// How far the thresholds that are tried lie from each other, in hundredths.
const STEP: u32 = 5;

/// What a gate would have said in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How often pass, review and fail.
    pub said: [usize; 3],
    /// Passes of what people refused, or of what was known to be bad.
    pub false_passes: usize,
    /// Failures of what people approved.
    pub false_fails: usize,
}

/// What other thresholds would have done, each with all else as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherThreshold {
    /// As they are: from where it passes, and below which it fails.
    pub now: (f64, f64),
    /// Had it passed from here on.
    pub pass_at: Vec<(f64, Counts)>,
    /// Had it failed below this.
    pub fail_at: Vec<(f64, Counts)>,
}

/// One verdict as it would be for each end of the criterion.
struct Ends {
    score: f64,
    /// It failed although its score would not have: a classifier flagged it, which no threshold changes.
    flagged: bool,
    as_if: [Verdict; 3],
    good: Option<bool>,
}

pub(super) fn others(
    policy: &Policy,
    name: &str,
    marks: &[(&Row, &Mark)],
) -> Option<OtherThreshold> {
    let criterion = policy.criteria.get(name).filter(|it| it.evaluator.scores())?;
    let now = (criterion.pass_at, criterion.fail_at);
    let ends: Vec<Ends> =
        marks.iter().filter_map(|(row, mark)| ends(policy, name, row, mark.score?)).collect();
    let grid = || (1..100 / STEP).map(|step| f64::from(step * STEP) / 100.0);
    let with = |own: f64| {
        let mut all: Vec<f64> = grid().chain([own]).collect();
        all.sort_by(f64::total_cmp);
        all.dedup();
        all
    };
    let pass_at = with(now.0).into_iter().map(|at| (at, counted(&ends, (at, now.1.min(at)))));
    let fail_at = with(now.1).into_iter().map(|at| (at, counted(&ends, (now.0.max(at), at))));
    Some(OtherThreshold { now, pass_at: pass_at.collect(), fail_at: fail_at.collect() })
}

/// What the rule says of a verdict's answers where this criterion passes, is doubtful and fails. Its score stays.
fn ends(policy: &Policy, name: &str, row: &Row, score: f64) -> Option<Ends> {
    let answers: BTreeMap<_, _> =
        row.criteria.iter().map(|(name, mark)| (name.clone(), mark.answer(mark.said))).collect();
    let own = row.criteria.get(name)?;
    let as_if = [Said::Pass, Said::Doubtful, Said::Fail].map(|said| {
        let mut answers = answers.clone();
        answers.insert(name.to_owned(), own.answer(said));
        weigh(policy, &answers).verdict
    });
    let flagged = own.said == Said::Fail && own.thresholds.is_some_and(|(_, fail)| fail <= score);
    Some(Ends { score, flagged, as_if, good: row.good() })
}

fn counted(ends: &[Ends], (pass_at, fail_at): (f64, f64)) -> Counts {
    let mut counts = Counts::default();
    for one in ends {
        let said = if one.flagged || one.score < fail_at {
            Said::Fail
        } else if pass_at <= one.score {
            Said::Pass
        } else {
            Said::Doubtful
        };
        let verdict = one.as_if[said as usize];
        counts.said[verdict as usize] += 1;
        match (verdict, one.good) {
            (Verdict::Pass, Some(false)) => counts.false_passes += 1,
            (Verdict::Fail, Some(true)) => counts.false_fails += 1,
            _ => {}
        }
    }
    counts
}
