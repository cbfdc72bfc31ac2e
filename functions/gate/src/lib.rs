//! The gate function.
