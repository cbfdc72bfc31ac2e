//! The language as its users meet it: documents in, plans or problems out.

mod accepted;
mod asking;
mod bound;
mod documented;
mod fanned;
mod gating;
mod malformed;
mod mandated;
mod mandates;
mod planned;
mod posted;
mod rehearsed;
mod schema;
mod several;
mod unreadable;
