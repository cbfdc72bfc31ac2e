//! The callback function.
fn main() {}
