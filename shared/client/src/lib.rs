//! The typed client of Galley's HTTP API.
//!
//! Invariant: whatever a newer Galley adds — fields, states, event types — is read and kept, never refused.
//! Whether a job has ended is decided by `terminal` alone.
//!
//! ```no_run
//! # async fn run() -> Result<(), client::Error> {
//! use client::{Client, Ending, Pipeline, Submission};
//!
//! let client = Client::new("https://api.example.com", "gk_acme_…")?;
//! let mut submission = Submission::of(Pipeline::Stored("hero-image".into()));
//! submission.inputs.insert("prompt".into(), "a lighthouse at dusk".into());
//! let job = client.submit(&submission).await?;
//!
//! let mut watch = client.watch(&job.id, 0);
//! while let Some(event) = watch.next().await? {
//!     println!("{} {}", event.n, event.kind);
//! }
//! let job = client.job(&job.id).await?;
//! if job.ending() == Some(Ending::Succeeded) {
//!     for asset in &job.assets {
//!         client.download(asset, format!("{}.bin", asset.id).as_ref()).await?;
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod answers;
mod client;
mod error;
mod lanes;
mod plants;
mod problem;
mod publications;
mod quotes;
mod retry;
mod reviews;
mod socket;
mod spend;
mod submission;
mod transfer;
mod watch;
mod webhooks;

pub use answers::{
    Asset, Attempt, Cost, Degraded, Ending, Event, Events, Job, Jobs, Links, PipelineVersion,
    Pipelines, Publication, Step, Upload,
};
pub use client::{Client, Filter};
pub use error::Error;
pub use lanes::{Lane, Lanes, Typical, Yours};
pub use plants::PlantOf;
pub use problem::{FieldProblem, Problem};
pub use quotes::{Candidate, Model, Models, PassedOver, Quote, QuotedStep};
pub use retry::Retry;
pub use reviews::{Review, ReviewDecision, Reviews};
pub use spend::{Spend, SpendOf, SpendOn, SpendQuery, Sum};
pub use submission::{Document, Pipeline, Submission, idempotency_key};
pub use transfer::media_type_of;
pub use watch::Watch;
pub use webhooks::{
    Deliveries, Delivery, DeliveryFilter, News, NewsEvent, Retried, Secrets, Webhook,
};
