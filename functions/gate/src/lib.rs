//! All gates of a wave in one call: look at the pictures once, judge, decide, write it all together.
//!
//! A gate fails closed: what cannot be evaluated is for a person to review, or fails; it never passes.
//! A verdict names the SHA-256 of the bytes that were read for it.

mod bench;
mod judge;
mod look;
mod played;
mod policy;

use bench::Bench;
use domain::call::Call;
use domain::event::{Committed, commit};
use domain::gate::{Decision, answered, change, decide};
use domain::lane::outcome;
use domain::pipeline::{Function, Kind};
use domain::ports::{Objects, Table};
use domain::review::count_reviewers;
use domain::skip::Ending;
use domain::time::Now;
use domain::view::JobView;
use domain::{Error, Result};
use serde_json::Value;

/// Judges the gates of the wave that the call names, unless that was done before; gives the outcome.
pub async fn handle(
    table: &dyn Table,
    objects: &dyn Objects,
    call: Call,
    clock: impl Now,
) -> Result<Value> {
    let began = clock.now();
    let view = call.read(table).await?;
    let gates = call.steps(&view)?;
    for gate in &gates {
        kind(&view, gate)?;
    }
    let open = match answered(&call, &view, &gates) {
        Ok(answer) => return Ok(answer),
        Err(open) => open,
    };
    let mut bench = Bench::read(table, objects, &view, &open, began).await?;
    let mut judged = Vec::with_capacity(open.len());
    let mut gaps: Vec<Ending> = Vec::new();
    for gate in open {
        match bench.gate(&view, &gate, &call).await? {
            Ok(one) => judged.push(one),
            Err(ending) => gaps.push(ending.after(&gaps)),
        }
    }
    let mut decision = decide(&view, &call, &mut judged);
    if let Decision::Review { reviewers } = &mut decision {
        count_reviewers(table, &view, reviewers).await?;
    }
    let change = change(&call, &view, (&judged, gaps), &decision, (began, clock.now()))?;
    match commit(table, &call.job, call.event, change.writes, &change.events).await? {
        Committed::Done(n) => Ok(outcome::at(change.outcome, n)),
        Committed::Refused(_) => {
            // A twin was here, or the job was canceled meanwhile.
            let answer = answered(&call, &call.read(table).await?, &gates);
            answer.map_err(|open| Error::Again(format!("{open:?} of {} were changed", call.job)))
        }
    }
}

/// What a gate judges by; a wave of anything else is not ours to judge.
fn kind(view: &JobView, gate: &str) -> Result<Kind> {
    let kind = view.pipeline.step(gate).map(|step| step.kind);
    kind.filter(|kind| kind.function() == Function::Gate)
        .ok_or_else(|| Error::Invalid(format!("{gate} of job {} is no gate", view.job.id)))
}

#[cfg(test)]
mod tests;
