//! How an asset came to be, read from its lineage: what labels of AI and signed manifests say of it.
//!
//! Nothing here is asked of a caller. What is claimed follows from the assets' records: the step and the model that made
//! each, what it was made from, what people did to it by hand, and what gates and reviewers said.

mod facts;
mod sealed;
mod source;
#[cfg(test)]
mod tests;

pub use facts::{Act, Facts, Looked, facts};
pub use sealed::sealed_key;
pub use source::{SourceType, source};
