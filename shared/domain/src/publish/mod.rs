//! Publishing: what may be published, what is asked of a target, and what the ledger says of it.

mod cleared;
mod ledger;
mod target;

pub use cleared::{NotCleared, cleared, ready, same_bytes};
pub use ledger::{Fact, Finding, TRIES_MOST, finding, may_become, started};
pub use target::{Outcome, Post, Posted, Target};

#[cfg(test)]
#[cfg(feature = "fakes")]
mod tests;
