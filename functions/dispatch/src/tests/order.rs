//! Who is next, tried with whole lanes in memory: the very code that claims, on a clock that the test turns.

mod cancel;
mod crowd;
mod fair;
mod limits;
mod lines;
mod sim;
mod tiers;
