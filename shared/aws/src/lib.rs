//! The platform: DynamoDB, S3, SQS, Step Functions, KMS, the environment, the Lambda loop.
//!
//! This crate turns the domain's ports into calls of AWS and back. It must never know what a job is
//! for: no rule of the domain is decided here.

mod accounts;
mod bus;
mod cdn;
pub mod clock;
pub mod config;
pub mod env;
pub mod event;
mod failure;
mod flow;
pub mod http;
mod keys;
pub mod lambda;
mod lanes;
mod log;
mod message;
pub mod metrics;
mod objects;
mod queue;
mod secrets;
mod sockets;
mod table;
#[cfg(test)]
mod testing;
pub mod trace;

pub use accounts::PublishFunction;
pub use bus::EventBus;
pub use env::StartError;
pub use event::{Event, Reply, Talk};
pub use flow::SfnFlow;
pub use keys::KmsKey;
pub use lambda::{serve, serve_events, serve_held_and_events, serve_outbox, serve_queue};
pub use lanes::LanePorts;
pub use message::{Patient, SqsMessage};
pub use objects::{Buckets, S3Objects};
pub use queue::SqsQueue;
pub use secrets::{Reading, Secret, Secrets};
pub use sockets::{HeardTable, Sockets, StreamFunction, heard_table};
pub use table::DynamoTable;
