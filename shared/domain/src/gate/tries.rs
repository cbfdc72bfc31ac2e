//! What a gate looked at before it was done: the tries of earlier rounds, and candidates of one round.
//!
//! The best of them goes on, not the last: by verdict, then by score. Of what is equally good the latest is taken.

use super::decide::Judged;
use super::verdict::{Judgement, Subject, Verdict};
use crate::call::Call;
use crate::id::AssetId;
use crate::record::{Skipped, StepRecord};
use crate::reuse::Reused;
use crate::state::StepState;
use crate::view::JobView;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Most reasons of a try that are kept, and most characters of each.
const REASONS_MOST: (usize, usize) = (3, 200);

/// One thing that a gate looked at: what a round made, or one candidate of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// The round.
    pub round: u32,
    /// The step that made it, of several candidates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What was judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<Subject>,
    /// What the gate said of it; none where nothing was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// How good it is, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Why it did not pass, or was not made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// Whether it is the one that goes on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub best: bool,
}

impl Tried {
    /// What a gate said of one thing.
    pub fn of(judgement: &Judgement, round: u32, step: Option<&str>) -> Self {
        let (most, long) = REASONS_MOST;
        let reasons = judgement.reasons.iter().take(most);
        Self {
            round,
            step: step.map(str::to_owned),
            subjects: judgement.subjects.clone(),
            verdict: Some(judgement.verdict),
            score: judgement.score,
            reasons: reasons.map(|reason| reason.chars().take(long).collect()).collect(),
            best: false,
        }
    }

    /// A candidate that was not made.
    pub fn missing(record: &StepRecord, round: u32) -> Self {
        let skipped = record.skipped.as_ref().map(|skipped| skipped.reason.clone());
        Self {
            round,
            step: Some(record.name.clone()),
            subjects: Vec::new(),
            verdict: None,
            score: None,
            reasons: record.error.clone().or(skipped).into_iter().collect(),
            best: false,
        }
    }
}

/// Which of two is better: by verdict, then by score; what has no score is worse than what has one.
pub(super) fn better(one: (Verdict, Option<f64>), other: (Verdict, Option<f64>)) -> Ordering {
    let score = |score: Option<f64>| score.unwrap_or(-1.0);
    other.0.cmp(&one.0).then_with(|| score(one.1).total_cmp(&score(other.1)))
}

/// What a step made in a round, and what was said of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// What became of the step.
    pub state: StepState,
    /// Its outputs by port.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Vec<AssetId>>,
    /// A gate's verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Value>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Why it was skipped, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Skipped>,
    /// The step whose outputs stood in for its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<String>,
    /// The earlier result that it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reused: Option<Reused>,
}

impl Made {
    /// What a step has now.
    pub fn of(record: &StepRecord) -> Self {
        Self {
            state: record.state,
            outputs: record.outputs.clone(),
            verdict: record.verdict.clone(),
            error: record.error.clone(),
            skipped: record.skipped.clone(),
            used: record.used.clone(),
            reused: record.reused.clone(),
        }
    }

    /// A step's record with this in place of what it has; how often it was tried stays.
    pub(super) fn onto(&self, record: &StepRecord) -> StepRecord {
        let mut verdict = self.verdict.clone();
        let counted = record.verdict.as_ref().and_then(|verdict| verdict.get("loops"));
        if let (Some(Value::Object(verdict)), Some(counted)) = (&mut verdict, counted) {
            verdict.insert("loops".into(), counted.clone());
        }
        StepRecord {
            state: self.state,
            outputs: self.outputs.clone(),
            verdict,
            error: self.error.clone(),
            skipped: self.skipped.clone(),
            used: self.used.clone(),
            reused: self.reused.clone(),
            ..record.clone()
        }
    }
}

/// The best of what a gate sent back, with all that was made on the way to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The round that made it.
    pub round: u32,
    /// The worst that a gate of that call said of it.
    pub verdict: Verdict,
    /// How good it is, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// What each step made that would be made again, the gates of that call included.
    pub steps: BTreeMap<String, Made>,
}

impl Kept {
    /// How this call's try of a gate stands: with what the other gates of the call say of the same.
    pub(super) fn of(
        view: &JobView,
        call: &Call,
        judged: &[Judged],
        (gate, body): (&Judged, &[String]),
    ) -> Self {
        let of = |judgement: &Judgement| {
            let plain =
                Judgement { loops: None, tries: Vec::new(), kept: None, ..judgement.clone() };
            serde_json::to_value(plain).ok()
        };
        let mut kept = Self {
            round: call.round,
            verdict: gate.judgement.verdict,
            score: gate.judgement.score,
            steps: BTreeMap::new(),
        };
        for step in body {
            let said = judged.iter().find(|judged| judged.gate == *step);
            let chosen = judged.iter().find_map(|judged| judged.made.get(step));
            let made = match (said, chosen, view.steps.get(step)) {
                (Some(said), ..) => {
                    kept.verdict = kept.verdict.max(said.judgement.verdict);
                    let record = StepRecord::pending(step, call.round);
                    Made { verdict: of(&said.judgement), ..Made::of(&record) }
                }
                (None, Some(chosen), _) => chosen.clone(),
                (None, None, Some(record)) => Made::of(record),
                (None, None, None) => continue,
            };
            kept.steps.insert(step.clone(), made);
        }
        kept
    }

    /// How good it is.
    pub(super) fn rank(&self) -> (Verdict, Option<f64>) {
        (self.verdict, self.score)
    }

    /// What a gate said of it then.
    pub(super) fn judgement(&self, gate: &str) -> Option<Judgement> {
        serde_json::from_value(self.steps.get(gate)?.verdict.clone()?).ok()
    }
}

/// What a gate's verdict says of earlier tries of this run.
pub(super) fn earlier(view: &JobView, gate: &str) -> (Vec<Tried>, Option<Kept>) {
    let verdict = view.steps.get(gate).and_then(|record| record.verdict.as_ref());
    let field = |name: &str| verdict.and_then(|verdict| verdict.get(name)).cloned();
    let tries = field("tries").and_then(|tries| serde_json::from_value(tries).ok());
    let kept = field("kept").and_then(|kept| serde_json::from_value(kept).ok());
    (tries.unwrap_or_default(), kept)
}
