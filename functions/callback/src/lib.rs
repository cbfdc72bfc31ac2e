//! The callback function.
