//! Events of EventBridge: each trigger that one fires makes a job, once.

use crate::answer::{Answered, Stop};
use crate::{Intake, jobs};
use aws::metrics::{self, Metric, Unit};
use domain::Result;
use domain::catalog::{PipelineRecord, PipelineRef};
use domain::custody::{self, Taking};
use domain::job::{self, Acceptance, Idempotency, Request};
use domain::pipeline::Bound;
use domain::record::JobRecord;
use domain::sign::sha256;
use domain::store::{Item, Key, from_item};
use domain::tenant::TenantRecord;
use domain::trigger::{self, Match, Occurrence, TriggerRecord, matching};
use serde_json::Value;
use std::collections::BTreeMap;

/// What came of a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// A new job.
    Made,
    /// The event was here before.
    Repeated,
}

/// Lets an event fire its triggers. What can never become a job is told to the operator, not sent again.
pub(crate) async fn take(intake: &Intake<'_>, event: &Occurrence, traceparent: &str) -> Result<()> {
    let triggers = trigger::all(intake.table).await?;
    let matches = matching(&triggers, event);
    if matches.is_empty() {
        tracing::info!(event = event.id, source = event.source, "no trigger waits for this event");
        count(intake, "unmatched");
    }
    let mut failure = Ok(());
    for found in matches {
        let TriggerRecord { name, tenant, .. } = found.trigger;
        match fire(intake, &found, traceparent).await {
            Ok(Outcome::Made) => count(intake, "made"),
            Ok(Outcome::Repeated) => count(intake, "repeated"),
            Err(Stop::Problem(problem)) => {
                tracing::warn!(
                    event = event.id, trigger = name, tenant = %tenant,
                    "no job came of it: {}", problem.detail,
                );
                count(intake, "refused");
            }
            // The other triggers get their jobs all the same; those made twice are made once.
            Err(Stop::Error(error)) => failure = Err(error),
        }
    }
    failure
}

async fn fire(intake: &Intake<'_>, found: &Match<'_>, traceparent: &str) -> Answered<Outcome> {
    let trigger = found.trigger;
    let fired = found.fired.clone().map_err(|why| refused(&why))?;
    let which = PipelineRef::parse(&trigger.pipeline);
    let which = which.ok_or_else(|| jobs::no_pipeline(&trigger.pipeline))?;
    let mut keys = vec![
        which.key(&trigger.tenant),
        JobRecord::key(&fired.job),
        TenantRecord::key(&trigger.tenant),
    ];
    keys.extend(custody::assets_named(&fired.inputs));
    let found = read(intake, keys).await?;
    if found.contains_key(&JobRecord::key(&fired.job)) {
        // The event was here, a moment or a week ago.
        job::start_again(intake.table, intake.flow, &fired.job).await?;
        return Ok(Outcome::Repeated);
    }
    let stored = found.get(&which.key(&trigger.tenant));
    let stored: PipelineRecord =
        from_item(stored.ok_or_else(|| jobs::no_pipeline(&trigger.pipeline))?)?;
    let labels = BTreeMap::from([("trigger".to_owned(), trigger.name.clone())]);
    let Bound { pipeline, mut inputs } =
        jobs::bind(&stored.pipeline, &Value::Object(fired.inputs), &labels)?;
    let now = intake.clock.now();
    let taking = Taking { tenant: &trigger.tenant, job: &fired.job, found: &found, now };
    let assets = custody::take(intake.objects, &taking, &pipeline, &mut inputs).await?;
    let key = format!("trigger:{}:{}", trigger.name, fired.dedupe);
    let tenant = found.get(&TenantRecord::key(&trigger.tenant));
    let keep = tenant.map(from_item::<TenantRecord>).transpose()?.map(|tenant| tenant.keep);
    let request = Request {
        tenant: trigger.tenant.clone(),
        pipeline,
        version: Some(stored.version),
        inputs,
        assets,
        labels,
        keep: keep.unwrap_or_default(),
        webhook: None,
        idempotency: Some(Idempotency { fingerprint: sha256(key.as_bytes()), key }),
        traceparent: traceparent.to_owned(),
    };
    match job::accept(intake.table, intake.flow, request, fired.job, now).await? {
        Acceptance::Accepted(accepted) => {
            tracing::info!(
                job = %accepted.job, tenant = %trigger.tenant, trigger = trigger.name,
                replayed = accepted.replayed, "accepted",
            );
            Ok(if accepted.replayed { Outcome::Repeated } else { Outcome::Made })
        }
        Acceptance::KeyReused => Err(refused("its key was used by hand for another job").into()),
    }
}

async fn read(intake: &Intake<'_>, mut keys: Vec<Key>) -> Result<BTreeMap<Key, Item>> {
    keys.sort();
    keys.dedup();
    let items = intake.table.get(&keys).await?;
    Ok(keys.into_iter().zip(items).filter_map(|(key, item)| Some((key, item?))).collect())
}

fn refused(why: &str) -> domain::problem::ProblemDocument {
    domain::problem::ProblemDocument::new(domain::problem::ProblemType::InvalidInputs, why)
}

fn count(intake: &Intake<'_>, outcome: &str) {
    let metric = Metric { name: "TriggerEvents", unit: Unit::Count, value: 1.0 };
    metrics::emit(intake.clock.now(), &[("Outcome", outcome)], &[metric]);
}
