//! The hub post: one post, whatever the target, and the form that each target is given of it.
//!
//! A pipeline writes [`Content`] once. What a target can carry is data, its [`Able`]. [`form`] turns the one
//! into the other's form, and notes what it had to change. Pure: no target is asked for anything.

pub mod able;
mod article;
mod atoms;
mod content;
mod cut;
mod entry;
mod fit;
mod form;
mod little;
mod make;
mod markdown;
mod rich;
mod short;
mod spell;
mod weigh;

pub use able::Able;
pub use content::{Content, Disclosure, Embed, EmbedKind, Focal, IfNot, Medium};
pub use form::{
    Body, Card, Disclosed, Facet, Feature, Fit, Fitted, Form, Format, Note, Piece, Shape,
};
pub use make::{Making, form};
pub use spell::slug;
pub use weigh::weighted;

#[cfg(test)]
mod tests;
