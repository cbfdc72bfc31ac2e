//! Content credentials: what is published says itself how it came to be, signed so that a change of it shows.
//!
//! A file carries a C2PA manifest, and beside it XMP with the IPTC's `DigitalSourceType`, as many sites strip manifests when
//! they resize. This crate must never decide what is true of an asset: `domain::provenance` reads that from its lineage.

mod chain;
mod definition;
mod key;
mod notary;
mod seal;
#[cfg(test)]
mod tests;
mod xmp;

pub use chain::{Action, Chain, Ingredient, Manifest, State, read};
pub use key::{BadKey, Key};
pub use notary::{Reading, Sealer};
pub use seal::{Brought, NotSealed, seal, supported};
