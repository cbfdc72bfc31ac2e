//! Vendors: who makes media for money elsewhere, what they offer, and what is known after each call.
//!
//! A call that may cost money never fails: it answers with an [`Outcome`], and what follows from it is
//! decided here, once, for all vendors.

mod answer;
mod choose;
pub mod circuit;
mod model;
mod models;
mod order;
mod quote;
pub mod quotes;
pub mod shape;
mod shown;
mod standing;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Class, Done, Drift, Limits, Media, Outcome, Refusal, Source};
pub use choose::{Asked, Because, Candidate, Candidates, Offer, Weighed, Why};
pub use model::{Effort, How, Model, Price, Sizes};
pub use models::{Models, of_vendor};
pub use order::{Handle, Heard, Order, Webhook};
pub use quote::Wish;
pub use shown::models_json;
pub use standing::{Standing, Standings};
