//! Sounds and films: played from end to end within limits, and measured.
//!
//! Every function here is a pure one: bytes in, numbers out. This crate must never know where bytes come from,
//! what a job is, or what time it is.

mod film;
mod play;
mod sound;

#[cfg(test)]
mod dice;

pub use film::{Film, Stretch, watch};
pub use play::{PlayError, PlayLimits};
pub use sound::{Sound, hear};
