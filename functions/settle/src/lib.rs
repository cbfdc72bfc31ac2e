//! Brings jobs to their end: the machine's last state, abnormal ends, and a sweep of what a crash left.

pub mod edge;

use domain::gate::plant::{Planted, plant_due};
use domain::job::{self, End};
use domain::lane::Lanes;
use domain::notify;
use domain::ports::{Publisher, Queue};
use domain::skip::{Lost, lost};
use domain::stuck::Finding;
use domain::sweep;
use domain::takedown;
use domain::trigger::{Due, Making, fire_due};
use domain::{Result, Time};
use serde_json::{Value, json};

/// What settle is called for.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The machine came to its last state.
    End(End),
    /// A call of the machine came to no answer.
    Lost(Lost),
    /// An execution ended without its last state.
    Died {
        /// The execution's name.
        name: String,
        /// `FAILED`, `TIMED_OUT` or `ABORTED`.
        status: String,
        /// Why, as far as Step Functions tells.
        cause: String,
    },
    /// It is time to look for what hangs.
    Sweep,
}

/// Settles, and returns what hung.
pub async fn handle(
    lanes: &Lanes<'_>,
    notices: &dyn Queue,
    input: Input,
    now: Time,
) -> Result<(Value, Vec<Finding>)> {
    match input {
        Input::End(end) => {
            let state = job::settle(lanes.table, &end, now).await?;
            Ok((json!({ "state": state }), Vec::new()))
        }
        Input::Lost(call) => {
            let told = lost(lanes.table, lanes.queue, &call, now).await?;
            let (why, wave, item) = (&call.lost, call.call.wave, call.call.item);
            tracing::error!(job.id = %call.call.job, wave, item, why, "a step was lost: {told}");
            Ok((told, Vec::new()))
        }
        Input::Died { name, status, cause } => {
            let state = sweep::execution_died(lanes, &name, &status, &cause, now).await?;
            Ok((json!({ "state": state }), Vec::new()))
        }
        Input::Sweep => {
            let mut found = sweep::sweep(lanes, now).await?;
            found.extend(notify::sweep(lanes.table, notices, now).await?);
            Ok((json!({ "found": found }), found))
        }
    }
}

/// Lets what is due of what was published be looked at, and tells which take-downs hang.
pub async fn published(
    lanes: &Lanes<'_>,
    publisher: &dyn Publisher,
    now: Time,
) -> Result<Vec<Finding>> {
    let (due, hung) = takedown::due(lanes.table, now, now).await?;
    if due {
        publisher.nudge(&json!({ "due": true })).await?;
    }
    Ok(hung)
}

/// Fires the schedules that are due.
pub async fn fire(lanes: &Lanes<'_>, now: Time) -> Result<Vec<Due>> {
    let Lanes { table, objects, flow, .. } = *lanes;
    // Each job's trace begins with its own time.
    let signing_key = &lanes.settings.signing_key;
    fire_due(&Making { table, objects, flow, now, traceparent: "", signing_key }).await
}

/// Plants what is due.
pub async fn plant(lanes: &Lanes<'_>, now: Time) -> Result<Vec<Planted>> {
    let Lanes { table, objects, flow, .. } = *lanes;
    let signing_key = &lanes.settings.signing_key;
    plant_due(&Making { table, objects, flow, now, traceparent: "", signing_key }).await
}

#[cfg(test)]
mod tests;
