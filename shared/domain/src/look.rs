//! A look at what hangs, as an operator takes it: nothing is changed, and no more is read than is asked for.

use crate::error::Result;
use crate::gate::report;
use crate::id::JobId;
use crate::lane::AllLanes;
use crate::notify;
use crate::ports::Table;
use crate::publish::paused;
use crate::store::{From, Query, sort_key};
use crate::stuck::{Finding, in_drift, in_job, in_lane};
use crate::sweep::NEXT_S;
use crate::takedown;
use crate::time::Time;
use crate::vendor::Drifted;
use crate::view::JobView;
use serde_json::Value;

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// What hangs.
    pub found: Vec<Finding>,
    /// How many jobs were looked at.
    pub jobs: usize,
    /// Whether more are due than were looked at.
    pub more: bool,
}

/// What hangs in the lane, and in the jobs that the sweep looks at next. A sweep puts off what it cannot
/// mend, so this looks as far ahead as that.
pub async fn look(table: &dyn Table, most: u32, now: Time) -> Result<Look> {
    let lanes = AllLanes::read(table).await?;
    let mut found: Vec<Finding> =
        lanes.0.iter().flat_map(|(name, lane)| in_lane(name, lane, now)).collect();
    found.extend(in_drift(&Drifted::all(table).await?, now));
    found.extend(report::off(table, now).await?);
    found.extend(notify::dead(table, now).await?);
    // What is not over is looked at each hour at the latest.
    found.extend(takedown::due(table, now.plus_s(3600), now).await?.1);
    let until = now.plus_s(NEXT_S).0;
    let query = Query { from: From::Due { until }, backwards: false, limit: most };
    let due = table.query(&query).await?;
    for item in &due {
        let pk = item.get("pk").and_then(Value::as_str).unwrap_or_default();
        if let Some((tenant, name)) = paused::head_due(pk, sort_key(item)) {
            found.extend(paused::look(table, (&tenant, &name), now).await?);
            continue;
        }
        let id = pk.strip_prefix("JOB#").and_then(|id| JobId::parse(id).ok());
        let Some(id) = id else { continue };
        let Some(job) = JobView::read(table, &id).await? else { continue };
        if !job.job.state.terminal() {
            found.extend(in_job(&job, &lanes, now));
        }
    }
    Ok(Look { found, jobs: due.len(), more: due.len() as u32 == most })
}
