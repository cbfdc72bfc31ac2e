//! Publishing: what may be published, what is asked of a target, and what the ledger says of it.

mod account;
mod cleared;
pub mod connection;
pub mod entry;
mod ledger;
mod listing;
mod metrics;
pub(crate) mod paused;
mod planted;
mod posting;
mod signin;
mod spoke;
mod target;
pub mod window;

pub use account::{Accounts, Opens, Question, SignedIn, Tried};
pub(crate) use cleared::lineage;
pub use cleared::{NotCleared, cleared, ready, same_bytes};
pub use connection::{Connection, Standing};
pub use entry::Wrote;
pub use ledger::{Fact, Finding, TRIES_MOST, finding, may_become, started};
pub use listing::{Line, Listed, line, lines};
pub use metrics::{CountsRecord, READINGS, Reading, counts_of_due, shown_counts};
pub use paused::{PAUSED_MOST_S, PAUSED_S, pauses, still_absent};
pub use planted::planted;
pub use posting::{End, LEFT_S, Posting, begun, ended, looked, post_of, shown, went};
pub use signin::{SignsIn, signs_in};
pub use spoke::{Counts, File, Grant, Place, Probed, Renewed, Sending, Spoke, Told, Went};
pub use target::{Outcome, Post, Posted, Target};

#[cfg(test)]
#[cfg(feature = "fakes")]
mod tests;
