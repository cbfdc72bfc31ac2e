//! The gates, against a world in memory: what they say, what follows, and that it happens once.

mod best;
mod closed;
mod labelled;
mod mandated;
mod once;
mod optional;
mod played;
mod policies;
mod said;
mod sampled;
mod stage;
