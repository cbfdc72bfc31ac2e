//! Records waiting work, claims slots, starts attempts, and ends at once.

mod eyes;

pub use eyes::Eyes;

use domain::id::{AttemptId, ReviewId};
use domain::lane::{Lanes, Message, Resolution};
use domain::publish::window;
use domain::record::PostingRecord;
use domain::review::{self, Wait};
use domain::{Result, Time};
use serde::Deserialize;

/// What the queue brings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Input {
    /// People are asked about a wave of gates: the token of the execution that waits for them.
    Wait(Wait),
    /// A review whose decision may take effect.
    ReviewDue {
        /// The review.
        review_due: ReviewId,
    },
    /// A window that may open.
    WindowDue {
        /// The publication.
        window_due: String,
    },
    /// A step that waits for a slot.
    Take(Message),
    /// An attempt that should stop.
    Stop {
        /// The attempt.
        stop: AttemptId,
    },
    /// An operator's word on an attempt whose outcome is unknown.
    Resolve(Resolution),
    /// Nothing new: look at a lane.
    Tick {
        /// The lane.
        tick: String,
    },
}

/// Takes one message in. Safe to repeat, at the same time and next week.
pub async fn handle(lanes: &Lanes<'_>, input: Input, now: Time) -> Result<()> {
    match input {
        Input::Wait(message) => {
            review::wait(lanes.table, (lanes.flow, lanes.queue), &message, now).await
        }
        Input::ReviewDue { review_due } => {
            let world = (lanes.flow, lanes.queue);
            review::due(lanes.table, world, &review_due, now).await.map(drop)
        }
        Input::WindowDue { window_due } => {
            let (job, step) = PostingRecord::parse_id(&window_due)?;
            let world = (lanes.flow, lanes.queue);
            window::due(lanes.table, world, (&job, &step), now).await.map(drop)
        }
        Input::Take(message) => {
            let lane = lanes.take(&message, now).await?;
            lanes.fill_after(&message, &lane, now).await
        }
        Input::Stop { stop } => lanes.stop(&stop).await,
        Input::Resolve(said) => lanes.resolve(&said, now).await,
        Input::Tick { tick } => lanes.fill(&tick, now).await,
    }
}

#[cfg(test)]
mod tests;
