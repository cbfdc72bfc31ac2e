//! Answers of evaluators into one verdict: the rule decides, within bounds that no rule can move.

use super::rule::said;
use super::{Criterion, OnTrouble, Policy};
use crate::gate::Verdict;
use crate::money::MicroUsd;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How a criterion ended, the better first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Said {
    /// It is met.
    Pass,
    /// A person has to look.
    Doubtful,
    /// It is not met.
    Fail,
    /// Nobody said, or nothing that can be believed.
    Unanswered,
}

/// What an evaluator made of a criterion, as the verdict keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// How it ended.
    pub said: Said,
    /// From 0 to 1, the higher the better; none where it is not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// Who said so, and in which version or by which model.
    pub by: String,
    /// What it cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd: Option<MicroUsd>,
    /// What the score was held against, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<(f64, f64)>,
}

/// What comes of all answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    /// The verdict.
    pub verdict: Verdict,
    /// The weighted mean of what was answered; none where nothing was.
    pub score: Option<f64>,
    /// Why it did not pass; empty where it did.
    pub reasons: Vec<String>,
}

impl Answer {
    /// Nobody answered, or nobody can be believed.
    pub fn unanswered(by: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            said: Said::Unanswered,
            score: None,
            reasons: vec![why.into()],
            by: by.into(),
            usd: None,
            thresholds: None,
        }
    }

    /// Of an evaluator that says pass or fail itself.
    pub fn plain(said: Said, by: impl Into<String>, reasons: Vec<String>) -> Self {
        let score = match said {
            Said::Pass => Some(1.0),
            Said::Doubtful => Some(0.5),
            Said::Fail => Some(0.0),
            Said::Unanswered => None,
        };
        Self { said, score, reasons, by: by.into(), usd: None, thresholds: None }
    }
}

/// A score held against the thresholds of its criterion. What is no number from 0 to 1 is no answer.
pub fn scored(criterion: &Criterion, by: &str, score: f64, reason: &str) -> Answer {
    if !score.is_finite() || !(0.0..=1.0).contains(&score) {
        return Answer::unanswered(by, "its score is no number from 0 to 1");
    }
    let said = if score < criterion.fail_at {
        Said::Fail
    } else if criterion.pass_at <= score {
        Said::Pass
    } else {
        Said::Doubtful
    };
    let reasons = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
    Answer {
        score: Some(score),
        thresholds: Some((criterion.pass_at, criterion.fail_at)),
        ..Answer::plain(said, by, reasons.into_iter().collect())
    }
}

/// One verdict of all answers. A criterion without an answer among them is not answered.
pub fn weigh(policy: &Policy, answers: &BTreeMap<String, Answer>) -> Weighed {
    let missing = Answer::unanswered("nobody", "nobody looked at it");
    let of = |name: &String| answers.get(name).unwrap_or(&missing);
    let named = |said: Said| -> Vec<&String> {
        policy.criteria.keys().filter(|name| of(name).said == said).collect()
    };
    let score = mean(policy, &of);
    let scores: Map<String, Value> = policy
        .criteria
        .keys()
        .filter_map(|name| Some((name.clone(), json!(of(name).score?))))
        .collect();
    let values = [
        ("scores", scores.into()),
        // Where nothing was answered, nothing is good.
        ("score", json!(score.unwrap_or(0.0))),
        ("passed", json!(named(Said::Pass))),
        ("doubtful", json!(named(Said::Doubtful))),
        ("failed", json!(named(Said::Fail))),
        ("unanswered", json!(named(Said::Unanswered))),
    ];
    let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut reasons = Vec::new();
    let mut verdict = said(&policy.verdict, &values).unwrap_or_else(|why| {
        reasons.push(format!("the rule of {} says nothing: {why}", policy.name));
        Verdict::Review
    });
    // What no rule can move.
    for (name, criterion) in &policy.criteria {
        let least = match (of(name).said, criterion.evaluator.binds(), criterion.on_error) {
            (Said::Unanswered, _, OnTrouble::Fail) => Verdict::Fail,
            (Said::Unanswered, _, OnTrouble::Review) => Verdict::Review,
            (Said::Fail | Said::Doubtful, true, _) => Verdict::Review,
            _ => Verdict::Pass,
        };
        verdict = verdict.max(least);
    }
    if verdict != Verdict::Pass {
        let told = policy.criteria.keys().filter(|name| of(name).said != Said::Pass);
        let mut told: Vec<&String> = told.collect();
        // What was decided comes before what was not.
        let rank = |said| match said {
            Said::Fail => 0,
            Said::Unanswered => 1,
            Said::Doubtful => 2,
            Said::Pass => 3,
        };
        told.sort_by_key(|name| rank(of(name).said));
        reasons.extend(told.into_iter().map(|name| reason(name, of(name))));
        if reasons.is_empty() {
            reasons.push(says_so(policy, score));
        }
    }
    Weighed { verdict, score, reasons }
}

/// The reason where no criterion is one.
pub(super) fn says_so(policy: &Policy, score: Option<f64>) -> String {
    format!("the rule of {} says so: score {:.2}", policy.name, score.unwrap_or(0.0))
}

fn reason(name: &str, answer: &Answer) -> String {
    let what = match answer.said {
        Said::Pass => "passed",
        Said::Doubtful => "is doubtful",
        Said::Fail => "failed",
        Said::Unanswered => "was not answered",
    };
    let score = answer.score.map(|score| format!(" with {score:.2}")).unwrap_or_default();
    let score = if answer.thresholds.is_some() { score } else { String::new() };
    match answer.reasons.is_empty() {
        true => format!("{name} {what}{score}"),
        false => format!("{name} {what}{score}: {}", answer.reasons.join("; ")),
    }
}

fn mean<'a>(policy: &Policy, of: &dyn Fn(&String) -> &'a Answer) -> Option<f64> {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (name, criterion) in &policy.criteria {
        if let Some(score) = of(name).score {
            sum += score * criterion.weight;
            weights += criterion.weight;
        }
    }
    (0.0 < weights).then(|| sum / weights)
}
