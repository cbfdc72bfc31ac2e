//! Where media goes; one file per target, and what they share.
//!
//! This crate must never decide what may be published: it is handed what was cleared.

pub mod bluesky;
pub mod contentful;
pub mod devto;
pub mod directus;
mod document;
mod entry;
pub mod feed;
pub mod ghost;
pub mod guarded;
pub mod hashnode;
#[cfg(any(test, feature = "double"))]
pub mod heard;
mod latest;
pub mod line;
pub mod linkedin;
pub mod mastodon;
pub mod medium;
mod named;
pub mod notices;
mod oauth;
pub mod paragraph;
#[cfg(any(test, feature = "double"))]
pub mod partner_double;
pub mod print_partner;
#[cfg(test)]
mod receiver;
pub mod s3;
pub mod sanity;
pub mod shelf;
mod signed;
mod spokes;
pub mod strapi;
pub mod webhook;
pub mod wordpress;
pub mod x;

pub use domain::notify::signature;
pub use guarded::Guarded;
pub use notices::Notices;
pub use print_partner::PrintPartner;
pub use s3::S3;
pub use shelf::Shelf;
pub use signed::{Reading, Signed};
pub use spokes::{own, spokes};
pub use webhook::Webhook;
