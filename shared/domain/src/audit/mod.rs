//! The audit chain: who decided what, when, on which bytes; append-only, each entry sealed by the hash of the one before.
//!
//! The entries lie in a partition of their own, the head (number and hash of the last one) lies elsewhere, and is
//! changed in the same transaction: so a changed, a missing and a cut-off entry all show. What people wrote lies
//! beside its entry, which holds only a salted hash of it: it can be erased, and the chain still verifies.

mod chain;
mod entry;
mod verify;

pub use chain::{Chain, Head, Kept, Link};
pub use entry::{Act, Entry, Said};
pub use verify::{Flaw, verify};

#[cfg(test)]
mod tests;
