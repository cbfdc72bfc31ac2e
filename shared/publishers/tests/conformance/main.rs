//! Every spoke against the double of its target: `doubles::targets::conformance` has the clauses.

mod bluesky;
mod directus;
mod ghost;
mod wordpress;
mod x;
