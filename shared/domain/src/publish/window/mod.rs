//! Windows: when something may be published, who waits for it, and what may be changed until then.
//!
//! The due time is on the record, in the index that the sweep looks at each minute; up to a quarter of an hour is a
//! delayed message. So a window opens to the second, and a lost message costs a minute.

mod change;
mod due;
mod hours;
mod opens;
mod record;
mod spaced;
mod wait;

pub use change::{Change, Refused, change};
pub use due::{due, list, shown};
pub(crate) use due::{free, overdue, withdraw_all};
pub use hours::{DAYS, Hours, Week, read_time, zone};
pub use opens::{AHEAD_S, Else, Opens, SPACING_MOST, Usual, Window};
pub use record::{WindowRecord, WindowState};
pub use spaced::Spaced;
pub(crate) use wait::wait;

/// How often a change that met another one is made again.
const RACES: usize = 20;

#[cfg(test)]
mod tests;
