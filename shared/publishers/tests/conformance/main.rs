//! Every spoke against the double of its target: `doubles::targets::conformance` has the clauses.

mod bluesky;
mod devto;
mod directus;
mod ghost;
mod hashnode;
mod linkedin;
mod mastodon;
mod paragraph;
mod wordpress;
mod x;
