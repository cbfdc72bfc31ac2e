//! What a job is and what may happen next. No I/O.
pub mod pipeline;
