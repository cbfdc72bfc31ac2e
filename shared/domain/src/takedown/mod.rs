//! Taking down: what was published of an asset goes everywhere, and its bytes are never published again.
//!
//! The intent is on record before anybody is asked, together with the block of the asset's bytes. Whoever publishes
//! writes on the ledger on the condition that nothing of it is blocked; whoever takes down blocks first, and looks at
//! the ledger then. So neither misses the other.

mod ask;
mod block;
mod find;
mod record;
mod result;

pub use ask::{Asked, ask, nudge};
pub use block::{Block, blocked, guards};
pub use find::{Found, look};
pub use record::{
    LATE_S, LEASE_S, PUBLISHED, Place, PlaceState, Takedown, TakedownState, due, key_of_due,
    overdue,
};
pub use result::{ended, taken};
