//! A verdict with all that led to it: what was judged, the scores, the thresholds, the reasons.

use super::policy::Answer;
use super::tries::{Kept, Tried};
use crate::id::AssetId;
use crate::money::MicroUsd;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What a gate says, the better first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It may go on.
    Pass,
    /// A person must look at it.
    Review,
    /// It may not go on.
    Fail,
}

impl Verdict {
    /// As it is written everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Review => "review",
            Self::Fail => "fail",
        }
    }
}

/// One asset that a verdict is about, by the bytes that were read for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The asset.
    pub asset: AssetId,
    /// The SHA-256 of the bytes that were judged, computed when they were read.
    pub sha256: String,
}

/// How often a gate sent the flow back within one run, and what the job had spent before it first did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loops {
    /// The run.
    pub run: u32,
    /// How often.
    pub count: u32,
    /// What the job had spent when it was first sent back.
    pub spent_before: MicroUsd,
    /// What it has spent since, as of the gate's last verdict.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub spent: MicroUsd,
}

fn is_nothing(spent: &MicroUsd) -> bool {
    spent.0 == 0
}

impl Loops {
    /// What a gate's verdict says of it.
    pub fn of(verdict: &Value) -> Option<Self> {
        serde_json::from_value(verdict.get("loops")?.clone()).ok()
    }
}

/// The policy that a verdict was given by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// Its digest.
    pub sha256: String,
}

/// A gate's verdict as it is kept with its step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What was judged; empty where only a prompt was.
    pub subjects: Vec<Subject>,
    /// What was measured.
    #[serde(default)]
    pub scores: Map<String, Value>,
    /// What the scores were held against.
    #[serde(default)]
    pub thresholds: Map<String, Value>,
    /// Why it did not pass; empty where it did.
    pub reasons: Vec<String>,
    /// What judged, and in which version.
    pub evaluators: BTreeMap<String, u32>,
    /// What each criterion of a policy came to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub criteria: BTreeMap<String, Answer>,
    /// The policy that it was given by; none where the gate has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<By>,
    /// The weighted mean of the criteria, or how well the worst picture meets what is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// `not_judged` where nobody looked at what the pictures show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_content: Option<String>,
    /// The digest of the mandate that it was given under; none where the gate is the pipeline's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate: Option<String>,
    /// How often this gate sent the flow back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loops: Option<Loops>,
    /// What it came to before people were to be asked all the same. Kept for the report, and nowhere that they look.
    #[serde(skip)]
    pub machine: Option<Verdict>,
    /// All that it looked at in this run, where that was more than one thing: of each round, of each candidate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tries: Vec<Tried>,
    /// The best of what it sent back so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
}

impl Judgement {
    /// A pass, until something speaks against it.
    pub fn new(evaluators: &[(&str, u32)]) -> Self {
        Self {
            verdict: Verdict::Pass,
            subjects: Vec::new(),
            scores: Map::new(),
            thresholds: Map::new(),
            reasons: Vec::new(),
            evaluators: evaluators
                .iter()
                .map(|(name, version)| ((*name).into(), *version))
                .collect(),
            criteria: BTreeMap::new(),
            policy: None,
            score: None,
            image_content: None,
            mandate: None,
            loops: None,
            machine: None,
            tries: Vec::new(),
            kept: None,
        }
    }

    /// Lets something speak against it; a pass is never won back.
    pub fn object(&mut self, verdict: Verdict, reason: impl Into<String>) {
        self.verdict = self.verdict.max(verdict);
        self.reasons.push(reason.into());
    }

    /// Whether any of what was judged is known to be bad.
    pub fn planted(&self, planted: &BTreeSet<String>) -> bool {
        self.subjects.iter().any(|subject| planted.contains(&subject.sha256))
    }

    /// Whether it passes these very bytes.
    pub fn passes(&self, sha256: &str) -> bool {
        self.verdict == Verdict::Pass
            && self.subjects.iter().any(|subject| subject.sha256 == sha256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_never_won_back() {
        let mut judgement = Judgement::new(&[("quality", 1)]);
        judgement.object(Verdict::Fail, "blank");
        judgement.object(Verdict::Review, "too large to look at");
        assert_eq!(judgement.verdict, Verdict::Fail);
        assert_eq!(judgement.reasons, ["blank", "too large to look at"]);
    }

    #[test]
    fn a_pass_is_for_the_bytes_it_names() {
        let mut judgement = Judgement::new(&[]);
        let asset = AssetId::parse("j01hf7yat000e1c70w3gh0s6r2w.large.1.0").unwrap();
        judgement.subjects.push(Subject { asset, sha256: "ab".into() });
        assert!(judgement.passes("ab") && !judgement.passes("cd"));
        judgement.object(Verdict::Review, "nobody judged it");
        assert!(!judgement.passes("ab"));
    }
}
