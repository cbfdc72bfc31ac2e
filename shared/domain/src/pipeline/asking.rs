//! What a step asks of the models that may do it, beside its parameters.

use crate::reuse::NEAR_BITS;
use serde::{Deserialize, Serialize};

/// By what one of several models is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choose {
    /// By the order in which they are written.
    #[default]
    First,
    /// By what they cost.
    Cheapest,
    /// By how long they take.
    Fastest,
    /// By when they would be done: what waits there now counts.
    Soonest,
    /// By how good they are thought to be.
    Best,
}

impl Choose {
    /// All of them, as they are written.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("first", Self::First),
        ("cheapest", Self::Cheapest),
        ("fastest", Self::Fastest),
        ("soonest", Self::Soonest),
        ("best", Self::Best),
    ];

    /// Whether the written order counts.
    pub fn is_first(&self) -> bool {
        *self == Self::First
    }
}

/// Which earlier results are taken; unsaid, those of the same work where a seed is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cache {
    /// Also without a seed.
    On,
    /// Not even with a seed.
    Off,
    /// Also without one, and of pictures whose perceptual hashes differ by so many bits at most.
    Near(u32),
}

impl Cache {
    /// All of them, as they are written in one word.
    pub const NAMES: [(&'static str, Self); 3] =
        [("on", Self::On), ("off", Self::Off), ("near", Self::Near(NEAR_BITS))];
}

/// What a model must be able to do, whosever it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Class {
    /// How many millions of pixels its pictures must have at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_megapixels: Option<f64>,
    /// Whether backgrounds must be transparent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub transparent: bool,
    /// The format that it must give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Whether the same seed must give the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub seeded: bool,
}

/// What becomes of a step when nobody knows whether a vendor took an attempt of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUnknown {
    /// It waits for news until its deadline.
    #[default]
    Wait,
    /// It fails; what comes of the attempt later is adopted.
    Fail,
    /// It is asked for again, though both may have to be paid.
    Resubmit {
        /// Why that risk is taken: it is on record with the attempt.
        because: String,
    },
}

impl OnUnknown {
    /// The words that stand alone.
    pub const WORDS: [&'static str; 2] = ["wait", "fail"];

    /// Whether it waits.
    pub fn is_wait(&self) -> bool {
        *self == Self::Wait
    }
}
