//! The step function.
fn main() {}
