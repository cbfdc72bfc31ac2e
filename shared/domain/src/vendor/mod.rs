//! Vendors: who makes media for money elsewhere, what they offer, and what is known after each call.
//!
//! A call that may cost money never fails: it answers with an [`Outcome`], and what follows from it is
//! decided here, once, for all vendors.

mod answer;
mod model;
mod order;
pub mod shape;

pub use answer::{Answer, Class, Done, Drift, Limits, Media, Outcome, Refusal, Source};
pub use model::{Effort, How, Model, Price, Sizes};
pub use order::{Handle, Heard, Order, Webhook};
