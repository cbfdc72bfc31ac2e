//! The one table of evaluators: what each is told, and what it may say.

use crate::pipeline::Type;
use crate::pipeline::kinds::{Kind, Param, defaulted, optional, required};
use serde::{Deserialize, Serialize};

/// What scores a criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evaluator {
    /// Measures, without any model.
    Technical,
    /// Likeness to pictures that are known.
    Copies,
    /// Words that must not be there.
    Terms,
    /// A vendor's classifier of what is harmful.
    Moderation,
    /// A chat model that sees, with a rubric.
    Judge,
    /// A scorer of the tenant's own, over HTTPS.
    Endpoint,
}

/// What a gate judges: not its evaluators' to say.
const JUDGED: [&str; 3] = ["images", "audio", "video"];

/// Sets of pictures that a copy is looked for in.
pub(super) const SETS: &[&str] = &["rejected", "published", "protected"];

const MODEL: Param = required("model", Type::Text { most: 200 });
const DEADLINE: Param = defaulted("deadline_s", Type::Integer { min: 5, max: 3_600 }, "120");

const COPIES: &[Param] = &[
    defaulted("against", Type::Choices(SETS), "[\"rejected\", \"published\", \"protected\"]"),
    // Bits of 64 that differ: up to here it is the same picture, up to there a person looks.
    defaulted("distance", Type::Integer { min: 0, max: 16 }, "6"),
    defaulted("near", Type::Integer { min: 0, max: 24 }, "10"),
];
const TERMS: &[Param] = &[
    optional("terms", Type::Texts { most: 1_000, each: 200 }),
    defaulted("lists", Type::Boolean, "true"),
];
const MODERATION: &[Param] = &[MODEL, DEADLINE];
const JUDGE: &[Param] = &[
    MODEL,
    required("rubric", Type::Text { most: 6_000 }),
    // Whether a judge is believed about pictures that have words on them.
    defaulted("lettering", Type::Choice(&["review", "accept"]), "\"review\""),
    DEADLINE,
];
const ENDPOINT: &[Param] = &[MODEL, optional("settings", Type::Object), DEADLINE];

impl Evaluator {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Technical, Self::Copies, Self::Terms, Self::Moderation, Self::Judge, Self::Endpoint];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Technical => "technical",
            Self::Copies => "copies",
            Self::Terms => "terms",
            Self::Moderation => "moderation",
            Self::Judge => "judge",
            Self::Endpoint => "endpoint",
        }
    }

    /// The evaluator of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|evaluator| evaluator.as_str() == name)
    }

    /// What it is told.
    pub fn params(self) -> Vec<Param> {
        match self {
            Self::Technical => {
                let of_quality = Kind::Quality.spec().params.iter();
                of_quality.filter(|param| !JUDGED.contains(&param.name)).copied().collect()
            }
            Self::Copies => COPIES.to_vec(),
            Self::Terms => TERMS.to_vec(),
            Self::Moderation => MODERATION.to_vec(),
            Self::Judge => JUDGE.to_vec(),
            Self::Endpoint => ENDPOINT.to_vec(),
        }
    }

    /// Whether somebody else is asked, in a lane, before the gate's turn comes.
    pub fn asks(self) -> bool {
        matches!(self, Self::Moderation | Self::Judge | Self::Endpoint)
    }

    /// Whether its scores are held against thresholds; the others say pass or fail themselves.
    pub fn scores(self) -> bool {
        self.asks()
    }

    /// Whether no rule and no judge can make up for its not passing.
    pub fn binds(self) -> bool {
        !matches!(self, Self::Judge | Self::Endpoint)
    }
}
