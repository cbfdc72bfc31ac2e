//! Rules of the gates: terms, likeness, and what a job does with verdicts.

mod best;
mod decided;
mod likeness;
mod looped;
mod terms;
