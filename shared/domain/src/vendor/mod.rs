//! Vendors: who makes media for money elsewhere, what they offer, and what is known after each call.
//!
//! A call that may cost money never fails: it answers with an [`Outcome`], and what follows from it is
//! decided here, once, for all vendors.

mod answer;
mod ask;
mod call;
mod choose;
pub mod circuit;
mod drift;
mod held;
mod model;
mod models;
mod order;
mod outputs;
mod quote;
pub mod quotes;
mod said;
pub mod shape;
mod shown;
mod standing;
#[cfg(test)]
mod tests;
mod unknown;

pub use answer::{Answer, Class, Done, Drift, Limits, Media, Outcome, Refusal, Source};
pub use ask::{Ask, Called, Maker};
pub use call::Caller;
pub use choose::{Asked, Because, Candidate, Candidates, Offer, Weighed, Why};
pub use drift::Drifted;
pub use model::{Effort, How, Model, Price, Sizes};
pub use models::{Models, of_vendor};
pub use order::{Handle, Heard, Order, Webhook};
pub use quote::Wish;
pub use said::{found, reason, segment};
pub use shown::models_json;
pub use standing::{Standing, Standings};
