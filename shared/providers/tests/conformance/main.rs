//! Every adapter against the double of its vendor: `doubles::conformance` has the clauses.

mod fal;
mod openai;
mod stability;
