//! Steps that a job goes on without: when a step is not done, what that means for others, and what the
//! job then is.
//!
//! A gate can never be passed by not running: who comes after a gate that was skipped is skipped too.

mod degraded;
mod ending;
mod lost;
mod seen;
mod turn;

pub use degraded::{degraded, made_nothing};
pub use ending::Ending;
pub use lost::{Lost, lost};
pub use turn::{Turn, turn};

#[cfg(test)]
mod tests;
