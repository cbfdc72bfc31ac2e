//! Pixels: decode within limits, resize, crop, compose, grade, print, encode, hash, measure.
//!
//! Every function here is a pure one: bytes or a [`Picture`] in, bytes or numbers out. This crate must never know
//! where bytes come from or go to, what a job is, or what time it is.

mod color;
mod composite;
mod crop;
mod decode;
mod encode;
mod error;
mod fit;
mod format;
mod grade;
mod header;
mod ink;
mod ladder;
mod lettering;
mod limits;
mod looks;
mod measure;
mod orient;
mod paint;
mod phash;
mod picture;
mod print;
mod resize;
mod sha256;
mod text;

#[cfg(test)]
mod samples;

pub use composite::{Anchor, Canvas, Content, Layer, Shadow};
pub use crop::crop;
pub use decode::decode;
pub use encode::{Quality, encode};
pub use error::MediaError;
pub use fit::{Wanted, fit};
pub use format::Format;
pub use grade::{Lut, grade};
pub use header::{Mode, Probe, probe};
pub use ink::{Black, Intent, Separation};
pub use ladder::{Rendition, convert, ladder};
pub use lettering::lettering;
pub use limits::Limits;
pub use looks::{Looks, looks};
pub use measure::{Measures, measure};
pub use paint::{Blend, Color};
pub use phash::{distance, phash, phashes};
pub use picture::Picture;
pub use print::{Paper, PrintFile, Printed, print};
pub use resize::{Enlarge, Fit, Focus, resize};
pub use sha256::sha256_hex;
pub use text::{Align, Text, Weight};
