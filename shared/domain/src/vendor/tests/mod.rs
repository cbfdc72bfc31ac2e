//! Which model does a step, and what it costs, told by an invented table.

mod choosing;
mod quoting;
