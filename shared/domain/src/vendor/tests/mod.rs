//! Which model does a step, told by an invented table.

mod choosing;
