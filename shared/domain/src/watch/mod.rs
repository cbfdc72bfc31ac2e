//! Who watches a job over a WebSocket: told at once by whoever writes an event, from where they left off.
//!
//! A job's META record says whether anybody `watched` it. Whoever appends an event learns of that in
//! the same transaction ([`Heard`]) and nudges the function `stream`, which pushes to each watcher what
//! came after the last event that watcher was sent. So each connection sees numbers without a gap;
//! one may come twice after a fault, never out of order. A nudge that is lost is made good by the
//! next one, or by the watcher's `ping`. A connection that does not take what it is sent in time is ended: so
//! the page behind it knows at once that it has to come back, and goes on from the last number it saw.

mod heard;
mod push;
mod talk;

pub use heard::Heard;
pub use push::{Streams, push};
pub use talk::{hear, leave};

use crate::error::Result;
use crate::id::JobId;
use crate::store::{Key, Write};
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// How long a connection may last, in seconds: API Gateway ends it after two hours.
const CONNECTION_S: i64 = 2 * 3600;

/// How many jobs one connection may watch.
const JOBS_MOST: usize = 100;

/// How many connections may watch one job.
const WATCHERS_MOST: usize = 100;

/// The field of a job's META record that says that somebody watches, or watched.
const WATCHED: &str = "watched";

/// One connection that watches one job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Watcher {
    /// The connection.
    connection: String,
    /// The job.
    job: JobId,
    /// The number of the last event it was sent.
    sent: u64,
    /// Until when a push keeps others off it.
    busy_until: Time,
    /// When the table forgets it, in seconds since the Unix epoch.
    expires_at: i64,
}

impl Watcher {
    fn new(connection: &str, job: &JobId, sent: u64, now: Time) -> Self {
        let expires_at = now.unix_s() + CONNECTION_S;
        Self {
            connection: connection.to_owned(),
            job: job.clone(),
            sent,
            busy_until: Time(0),
            expires_at,
        }
    }

    /// Where a job's watchers are found.
    fn of_job(job: &JobId) -> String {
        format!("WATCH#{job}")
    }

    /// Where a connection's jobs are found.
    fn of_connection(connection: &str) -> String {
        format!("CONNECTION#{connection}")
    }

    fn key(&self) -> Key {
        Key::new(Self::of_job(&self.job), self.connection.clone())
    }

    fn back(&self) -> Key {
        Key::new(Self::of_connection(&self.connection), self.job.to_string())
    }

    /// What takes it off the record, if it is there.
    fn gone(&self) -> Vec<Write> {
        [self.key(), self.back()].map(Write::forget).into()
    }
}

/// Ends a connection, and forgets all that it watched.
///
/// In this order: who is ended comes back, and whatever was not forgotten then goes with the news that the connection
/// is gone. Who were only forgotten would wait for events that nobody sends.
async fn end(streams: &Streams<'_>, connection: &str) -> Result<()> {
    streams.connections.close(connection).await?;
    leave(streams, connection).await
}
