//! One criterion of one version: how it ended, and how far people agree with it.

use super::what_if::{OtherThreshold, others};
use super::{Mark, Row};
use crate::gate::policy::{Policy, Said};

/// How often a criterion and people said the same, where both said something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Both said yes, or both no.
    pub agreed: usize,
    /// It passed, and people refused.
    pub false_passes: usize,
    /// It failed, and people approved.
    pub false_fails: usize,
}

impl Agreement {
    /// How many both said something of.
    pub fn of(self) -> usize {
        self.agreed + self.false_passes + self.false_fails
    }

    /// The share that they agree on; none where they never met.
    pub fn share(self) -> Option<f64> {
        (0 < self.of()).then(|| self.agreed as f64 / self.of() as f64)
    }

    pub(super) fn add(&mut self, passed: bool, good: bool) {
        match (passed, good) {
            (true, false) => self.false_passes += 1,
            (false, true) => self.false_fails += 1,
            _ => self.agreed += 1,
        }
    }
}

/// A criterion under one version of its policy.
#[derive(Clone, Debug, PartialEq)]
pub struct OfCriterion {
    /// Its name.
    pub name: String,
    /// How often it ended as pass, doubtful, fail and unanswered.
    pub ended: [usize; 4],
    /// The mean of its scores; none where it has none.
    pub mean: Option<f64>,
    /// How far people agree. What was doubtful took no side.
    pub agreement: Agreement,
    /// What other thresholds would have done; none where it has no thresholds.
    pub others: Option<OtherThreshold>,
}

pub(super) fn of(name: &str, rows: &[&Row], policy: Option<&Policy>) -> OfCriterion {
    let marks: Vec<(&Row, &Mark)> =
        rows.iter().filter_map(|row| Some((*row, row.criteria.get(name)?))).collect();
    let mut ended = [0; 4];
    let mut agreement = Agreement::default();
    let (mut sum, mut scores) = (0.0, 0_usize);
    for (row, mark) in &marks {
        ended[mark.said as usize] += 1;
        if let Some(score) = mark.score {
            sum += score;
            scores += 1;
        }
        if let (Some(good), Said::Pass | Said::Fail) = (row.good(), mark.said) {
            agreement.add(mark.said == Said::Pass, good);
        }
    }
    OfCriterion {
        name: name.to_owned(),
        ended,
        mean: (0 < scores).then(|| sum / scores as f64),
        agreement,
        others: policy.and_then(|policy| others(policy, name, &marks)),
    }
}
