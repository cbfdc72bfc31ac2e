//! Policies: a tenant's versioned documents of criteria, and of the rule that makes one verdict of them.
//!
//! A criterion is looked at by an evaluator and ends as pass, doubtful, fail or unanswered. The rule decides, within
//! bounds that it cannot move: what failed a check that takes no opinion, and what nobody answered, never passes.

mod aimed;
pub mod copies;
mod evaluate;
mod evaluator;
pub mod judge;
mod judged;
mod read;
mod rigour;
mod rule;
mod sample;
mod schema;
mod store;

use crate::ordered::ordered;
use crate::review::Rules;
use crate::sign::sha256;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub use aimed::aimed;
use evaluate::says_so;
pub use evaluate::{Answer, Said, Weighed, scored, weigh};
pub use evaluator::Evaluator;
pub use judged::{Asks, Pinned, pin, pin_stored, secret_of, seed, step_of, wanted};
pub use rule::{DEFAULT_RULE, said};
pub use sample::sample;
pub use schema::policy_schema;
pub use store::{PolicyRecord, named, put};

/// What is looked at, by whom, and what follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// What it is called under `/v1/policies`.
    pub name: String,
    /// What it is for; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Who answers for it.
    pub owner: String,
    /// What is looked at, by name.
    pub criteria: BTreeMap<String, Criterion>,
    /// The rule, in CEL: `'pass'`, `'review'` or `'fail'`.
    pub verdict: String,
    /// How people decide what the rule does not.
    #[serde(default)]
    pub review: Rules,
    /// The share of its passes that people look at all the same, unannounced.
    #[serde(default, skip_serializing_if = "is_none_of_it")]
    pub sample: f64,
    /// How many pictures that are known to be bad are slipped in among what it judges each day.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub plant: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_none_of_it(share: &f64) -> bool {
    *share <= 0.0
}

/// One thing that a policy looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// What scores it.
    pub evaluator: Evaluator,
    /// What the evaluator is told, defaults filled in.
    pub with: Map<String, Value>,
    /// What its score weighs in the mean.
    pub weight: f64,
    /// From this score on it passes.
    pub pass_at: f64,
    /// Below this score it fails.
    pub fail_at: f64,
    /// What the verdict is at least where it is not answered.
    pub on_error: OnTrouble,
}

/// What becomes of a criterion that nobody answered: never a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnTrouble {
    /// People look.
    #[default]
    Review,
    /// The gate fails.
    Fail,
}

impl OnTrouble {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Fail => "fail",
        }
    }
}

impl Policy {
    /// The document: reading it gives the same policy.
    pub fn document(&self) -> Value {
        let criteria: BTreeMap<&String, Value> =
            self.criteria.iter().map(|(name, criterion)| (name, criterion.document())).collect();
        let mut document = json!({
            "name": self.name, "owner": self.owner, "criteria": criteria, "verdict": self.verdict,
            "review": self.review,
        });
        if !self.description.is_empty() {
            document["description"] = json!(self.description);
        }
        if !is_none_of_it(&self.sample) {
            document["sample"] = json!(self.sample);
        }
        if self.plant != 0 {
            document["plant"] = json!(self.plant);
        }
        document
    }

    /// What tells it from any other, whatever the order of its fields.
    pub fn digest(&self) -> String {
        sha256(ordered(self.document()).to_string().as_bytes())
    }
}

impl Criterion {
    fn document(&self) -> Value {
        let mut document = json!({
            "evaluator": self.evaluator.as_str(), "with": self.with, "weight": self.weight,
            "on_error": self.on_error,
        });
        if self.evaluator.scores() {
            document["pass_at"] = json!(self.pass_at);
            document["fail_at"] = json!(self.fail_at);
        }
        document
    }

    /// A parameter that is text; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.with.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A parameter that is a whole number.
    pub fn whole(&self, name: &str) -> Option<u32> {
        self.with.get(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok())
    }
}

#[cfg(test)]
mod tests;
