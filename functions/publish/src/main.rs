//! The publish function.
fn main() {}
