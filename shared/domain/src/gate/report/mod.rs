//! How good the gates are: every verdict by a policy on record with what people said of it, and what that comes to.
//!
//! A row is written in the transaction of the verdict; what people decided is added in the transaction in which that
//! takes effect. One bounded reading of a policy's rows is all that a report needs.

mod ask;
mod band;
mod criteria;
mod made;
mod pace;
mod row;
mod show;
mod version;
mod watch;
mod what_if;

pub use ask::{DAYS_MOST, DAYS_USUAL, report, reports};
pub use band::{Band, DAYS, Series, Tally, Trend, band, trends};
pub use criteria::{Agreement, OfCriterion};
pub use pace::{FAST_MS, Pace};
pub use row::{KEPT_S, Mark, People, ROWS_MOST, Row, Rows, Word, read};
pub(crate) use row::{decided, judged, latest};
pub use version::{Missed, OfVersion, Planted, Report, Sampled};
pub(crate) use watch::watched;
pub use watch::{WATCHED, off, watch};
pub use what_if::{Counts, OtherThreshold};

#[cfg(test)]
mod tests;
