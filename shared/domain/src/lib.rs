//! What a job is and what may happen next: words, rules, and the ports they need. No I/O, no clock, no
//! randomness: all of that is handed in.

pub mod audit;
pub mod budget;
pub mod call;
pub mod catalog;
pub mod chunk;
pub mod custody;
pub mod erase;
pub mod error;
pub mod event;
#[cfg(feature = "fakes")]
pub mod fakes;
pub mod gate;
pub mod gpu;
pub mod id;
pub mod job;
pub mod label;
pub mod lane;
pub mod look;
pub mod money;
pub mod notify;
pub mod ordered;
pub mod person;
pub mod pipeline;
pub mod playlist;
pub mod ports;
pub mod post;
pub mod problem;
pub mod provenance;
pub mod publish;
pub mod record;
pub mod reuse;
pub mod review;
pub mod schema;
pub mod show;
pub mod sign;
pub mod skip;
pub mod sniff;
pub mod spend;
pub mod state;
pub mod store;
pub mod stuck;
pub mod sweep;
pub mod takedown;
pub mod tenant;
pub mod time;
pub mod trigger;
pub mod upload;
pub mod vendor;
pub mod version;
pub mod view;
pub mod watch;
pub mod whole;

pub use error::{Error, Result};
pub use time::Time;
