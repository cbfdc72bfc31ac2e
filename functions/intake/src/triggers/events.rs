//! Events of EventBridge: each trigger that one fires makes a job, once.

use super::{count, unmatched};
use crate::Intake;
use crate::answer::Stop;
use domain::Result;
use domain::problem::ProblemDocument;
use domain::trigger::{self, Made, Making, Match, Occurrence, TriggerRecord, matching};

/// Lets an event fire its triggers. What can never become a job is told to the operator, not sent again.
pub(crate) async fn take(intake: &Intake<'_>, event: &Occurrence, traceparent: &str) -> Result<()> {
    let triggers = trigger::all(intake.table).await?;
    let matches = matching(&triggers, event);
    if matches.is_empty() {
        tracing::info!(event = event.id, source = event.source, "no trigger waits for this event");
        unmatched(intake);
    }
    let mut failure = Ok(());
    for found in matches {
        match fire(intake, &found, traceparent).await {
            Ok(_) => {}
            Err(Stop::Problem(problem)) => refused(intake, found.trigger, &event.id, &problem),
            // The other triggers get their jobs all the same; those made twice are made once.
            Err(Stop::Error(error)) => failure = Err(error),
        }
    }
    failure
}

/// Makes the job of a trigger that fired.
pub(super) async fn fire(
    intake: &Intake<'_>,
    found: &Match<'_>,
    traceparent: &str,
) -> std::result::Result<Made, Stop> {
    let fired = found.fired.clone().map_err(|why| ProblemDocument::unmappable(&why))?;
    let making = Making {
        table: intake.table,
        objects: intake.objects,
        flow: intake.flow,
        now: intake.clock.now(),
        traceparent,
        signing_key: intake.signing_key,
    };
    let TriggerRecord { tenant, name, .. } = found.trigger;
    let made = trigger::make(&making, found.trigger, &fired).await?;
    let (job, outcome) = match &made {
        Made::New(job) => (job, "made"),
        Made::Repeated(job) => (job, "repeated"),
    };
    tracing::info!(%job, %tenant, trigger = name, replayed = outcome == "repeated", "accepted");
    count(intake, outcome);
    Ok(made)
}

/// Tells the operator of an event that became no job.
pub(super) fn refused(
    intake: &Intake<'_>,
    trigger: &TriggerRecord,
    event: &str,
    problem: &ProblemDocument,
) {
    let TriggerRecord { tenant, name, .. } = trigger;
    tracing::warn!(event, trigger = name, %tenant, "no job came of it: {}", problem.detail);
    count(intake, "refused");
}
