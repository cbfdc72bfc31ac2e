//! Pixels: decode within limits, resize, encode, hash, measure.
//!
//! Every function here is a pure one: bytes or a [`Picture`] in, bytes or numbers out. This crate must never know
//! where bytes come from or go to, what a job is, or what time it is.

mod color;
mod decode;
mod encode;
mod error;
mod format;
mod header;
mod ladder;
mod limits;
mod measure;
mod orient;
mod phash;
mod picture;
mod resize;
mod sha256;

#[cfg(test)]
mod samples;

pub use decode::decode;
pub use encode::{Quality, encode};
pub use error::MediaError;
pub use format::Format;
pub use header::{Probe, probe};
pub use ladder::{Rendition, convert, ladder};
pub use limits::Limits;
pub use measure::{Measures, measure};
pub use phash::{distance, phash};
pub use picture::Picture;
pub use resize::{Enlarge, Fit, Focus, resize};
pub use sha256::sha256_hex;
