//! The gate function.
fn main() {}
