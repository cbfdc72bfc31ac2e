//! Content credentials: what is published says itself how it came to be, signed so that a change of it shows.
//!
//! A file carries a C2PA manifest, and beside it XMP with the IPTC's `DigitalSourceType`, as many sites strip manifests when
//! they resize. This crate must never decide what is true of an asset: `domain::provenance` reads that from its lineage.

mod certificate;
mod chain;
mod definition;
mod kept;
mod key;
mod notary;
mod request;
mod seal;
#[cfg(test)]
mod tests;
mod xmp;

pub use certificate::Certificates;
pub use chain::{Action, Chain, Ingredient, Manifest, State, read};
pub use key::{BadKey, Key};
pub use notary::{Reading, Sealer};
pub use request::{NotRequested, request};
pub use seal::{Brought, NotSealed, seal, supported};
pub use xmp::source_in_xmp;
