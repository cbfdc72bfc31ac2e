//! Every adapter against the double of its vendor: `doubles::conformance` has the clauses.

mod openai;
mod stability;
