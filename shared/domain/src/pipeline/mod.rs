//! The pipeline language: documents read, checked, bound to inputs, planned and resolved.

mod asking;
mod bind;
mod candidates;
mod check;
mod document;
mod expand;
mod graph;
mod items;
pub mod kinds;
mod literal;
mod mandate;
mod model;
mod names;
mod parse;
mod plan;
mod price;
mod problem;
mod read;
mod reference;
mod rehearse;
mod resolve;
mod schema;
mod suggest;
mod template;
mod types;
mod when;
mod without;
mod write;

pub use asking::{Cache, Choose, Class, OnUnknown};
pub use candidates::Candidate;
pub(crate) use candidates::{looking_at, name_of};
pub(crate) use document::read as read_document;
pub use document::value;
pub use kinds::{Function, Kind};
pub(crate) use literal::check as check_literal;
pub use mandate::{Gated, InForce, MANDATED, Mandate, Mandated};
pub use model::{Each, Foreach, Input, InputType, OnError, OnFail, Pipeline, Retry, Step, Then};
pub use plan::{Plan, WAVE_MOST, Wave, Width};
pub use problem::Problem;
pub(crate) use problem::{Marks, Problems, child};
pub(crate) use read::{better, is_name, known_fields, object, review as read_review, shown, text};
pub use reference::Reference;
pub(crate) use reference::of_item;
pub use rehearse::Bound;
pub use resolve::{Scope, Unresolved, resolve};
pub use schema::{mandate_schema, schema};
pub(crate) use schema::{params_schema, review_schema};
pub(crate) use suggest::did_you_mean;
pub use types::{PortType, Type};
pub use when::{Meant, holds, meant};
pub(crate) use when::{parsed, value_of, walk};
pub use write::document;

#[cfg(test)]
mod tests;
