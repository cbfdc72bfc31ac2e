//! Where media goes; one file per target, and what they share.
//!
//! This crate must never decide what may be published: it is handed what was cleared.

pub mod guarded;
mod latest;
pub mod notices;
#[cfg(test)]
mod receiver;
pub mod s3;
pub mod webhook;

pub use domain::notify::signature;
pub use guarded::Guarded;
pub use notices::Notices;
pub use s3::S3;
pub use webhook::Webhook;
