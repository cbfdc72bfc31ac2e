//! Rules of the gates: terms, likeness, and what a job does with verdicts.

mod decided;
mod likeness;
mod terms;
