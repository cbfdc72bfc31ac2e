//! Gates: what a verdict is, how prompts and measured pictures are judged, and what a job does with it.
//!
//! A gate fails closed: what cannot be evaluated is for a person to review, or fails; it never passes.
//! Nothing here pretends to see what a picture shows.

mod alike;
mod candidates;
mod change;
mod decide;
mod fold;
mod moderation;
pub mod plant;
mod played;
pub mod policy;
mod quality;
pub mod report;
mod terms;
mod tries;
mod verdict;
mod words;

pub use candidates::Standing;
pub(crate) use change::again;
pub use change::{Change, answered, change};
pub use decide::{Decision, Judged, decide};
pub(crate) use decide::{price, remakes, way};
pub use moderation::{
    Action, Fingerprint, Known, LISTS_MOST, Lists, Sample, Term, copies, likeness, prompt,
};
pub use played::{AskedOfFilm, AskedOfSound, Heard, Watched, film, sound};
pub use quality::{Asked, Measured, merit, quality};
pub use tries::{Kept, Made, Tried};
pub use verdict::{By, Judgement, Loops, Subject, Verdict};
pub use words::{Word, words};

#[cfg(test)]
mod tests;
