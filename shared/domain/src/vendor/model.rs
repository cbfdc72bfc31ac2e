//! What a model of a vendor can do, and for how much: data, with a date and a source.

use crate::money::MicroUsd;
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// After 90 days a price is old.
const OLD_S: u32 = 90 * 86_400;

/// One kind of work that one model of a vendor does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Model {
    /// Whose it is, such as `openai`: also its lane's name.
    pub vendor: &'static str,
    /// As the vendor names it; `*` where the vendor has models of the caller's own.
    pub model: &'static str,
    /// What it does, such as `image.generate`.
    pub kind: &'static str,
    /// The sizes it makes or takes.
    pub sizes: Sizes,
    /// The media types that it gives.
    pub formats: &'static [&'static str],
    /// Whether its pictures can have a transparent background.
    pub transparent: bool,
    /// Whether the same seed gives the same.
    pub seeded: bool,
    /// The shortest and the longest that it makes, in seconds; none where nothing plays.
    pub seconds: Option<(u32, u32)>,
    /// What it costs.
    pub price: Price,
    /// How it is asked.
    pub how: How,
    /// How long the vendor keeps what it made, in seconds; none where it comes with the answer.
    pub output_life_s: Option<u32>,
    /// How long it takes as a rule, in seconds.
    pub typical_s: u32,
    /// How good it is thought to be, from 0 to 100: an operator's own ranking counts more.
    pub rank: u8,
    /// When this was true, as `2026-11-20`.
    pub as_of: &'static str,
    /// Where this is said.
    pub source: &'static str,
}

/// Which sizes a model makes, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sizes {
    /// Exactly these.
    Exact(&'static [(u32, u32)]),
    /// Any whose sides lie between these.
    Sides(u32, u32),
    /// Any with so many pixels at most; the shape follows the wish.
    Pixels(u32),
    /// That of its input.
    Input,
    /// Nothing that is seen.
    None,
}

/// How a vendor is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It answers when it is done.
    Waiting,
    /// It accepts, and is asked again after so many seconds at the earliest.
    Checked(u32),
    /// It accepts and tells the end; asked again after so many seconds where it does not.
    Told(u32),
}

/// How good something has to be, and so how dear it may be.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// To look at, and throw away.
    Draft,
    /// As usual.
    #[default]
    Standard,
    /// To be published as it is.
    Final,
}

impl Effort {
    /// All of them, as they are written.
    pub const NAMES: [(&'static str, Self); 3] =
        [("draft", Self::Draft), ("standard", Self::Standard), ("final", Self::Final)];

    /// Whether it is the usual one.
    pub fn is_standard(&self) -> bool {
        *self == Self::Standard
    }

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        Self::NAMES[self as usize].0
    }
}

/// What something costs, in millionths of a dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Price {
    /// Each one, by effort: draft, standard, final.
    Each([i64; 3]),
    /// Each one, by the pixels that are made, in the first row that holds them, and by effort.
    Sized(&'static [(u32, [i64; 3])]),
    /// Each started megapixel of the output.
    Megapixel(i64),
    /// Each clip, by the seconds that are made, in the first row that is as long.
    Clip(&'static [(u32, i64)]),
    /// Each second of the output.
    Second(i64),
    /// Each second that it works.
    Work(i64),
    /// Each thousand characters of the prompt or text.
    Characters(i64),
    /// A million tokens in, a million tokens out.
    Tokens(i64, i64),
}

impl Model {
    /// As pipelines name it: vendor, a slash, the model.
    pub fn name(&self) -> String {
        format!("{}/{}", self.vendor, self.model)
    }

    /// Whether its price was looked up so long ago that it may have changed.
    pub fn old(&self, now: Time) -> bool {
        Time::of_day(self.as_of).is_none_or(|day| day.plus_s(OLD_S) < now)
    }

    /// The price as if it were known to the cent: zero where it cannot be told before.
    pub fn each(&self, effort: Effort) -> Option<MicroUsd> {
        match self.price {
            Price::Each(by_effort) => Some(MicroUsd(by_effort[effort as usize])),
            _ => None,
        }
    }
}
