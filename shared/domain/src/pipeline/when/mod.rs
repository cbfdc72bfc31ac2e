//! Conditions in CEL under which steps are done: read, checked against the pipeline, and told for a job.
//!
//! A condition is small and its evaluation bounded: at most 500 characters, nested 24 deep, and no loop
//! within a loop.

mod check;
mod names;
mod tell;

pub(super) use check::check;
pub(crate) use names::walk;
pub use names::{Meant, meant};
pub(super) use names::{Named, named};
pub use tell::holds;
pub(crate) use tell::value_of;

use cel::common::ast::IdedExpr;
use cel::parser::PrattParser;

/// How deep a condition may be nested.
const DEPTH_MOST: u16 = 24;

/// Why a text is no condition, and in which column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slip {
    /// From 1; none where the whole text is meant.
    pub(crate) column: Option<usize>,
    /// What is wrong.
    pub(crate) detail: String,
}

/// The expression of a condition.
pub(crate) fn parsed(text: &str) -> Result<IdedExpr, Slip> {
    let parser = PrattParser::new().max_recursion_depth(DEPTH_MOST).error_reporting_limit(1);
    // A condition of several lines is one line to people who are told a column.
    parser.parse(&text.replace(['\n', '\r', '\t'], " ")).map_err(|wrong| {
        let first = wrong.errors.into_iter().find(|error| 0 < error.pos.0);
        let Some(first) = first else {
            return Slip { column: None, detail: "it cannot be read".into() };
        };
        let column = usize::try_from(first.pos.1).ok().filter(|column| 0 < *column);
        let detail = first.msg.lines().next().unwrap_or_default();
        Slip { column, detail: detail.trim_start_matches("Syntax error: ").to_owned() }
    })
}
