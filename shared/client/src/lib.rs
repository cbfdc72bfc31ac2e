//! The typed client of Galley's HTTP API.
//!
//! Invariant: whatever a newer Galley adds — fields, states, event types — is read and kept, never refused.
//! Whether a job has ended is decided by `terminal` alone.

mod answers;
mod client;
mod error;
mod problem;
mod retry;
mod submission;
mod transfer;
mod watch;

pub use answers::{
    Asset, Attempt, Cost, Ending, Event, Events, Job, Jobs, Links, PipelineVersion, Publication,
    Step, Upload,
};
pub use client::{Client, Filter};
pub use error::Error;
pub use problem::{FieldProblem, Problem};
pub use retry::Retry;
pub use submission::{Document, Pipeline, Submission, idempotency_key};
pub use transfer::media_type_of;
pub use watch::Watch;
