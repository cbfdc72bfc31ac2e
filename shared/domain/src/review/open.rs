//! Opens the reviews of a wave, as part of the transaction of its verdicts.

use super::record::{ReviewRecord, ReviewState};
use super::rules::Rules;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::gate::Judgement;
use crate::id::ReviewId;
use crate::person::{PREFIX, PersonRecord, Role};
use crate::ports::Table;
use crate::store::{Query, Write, from_item};
use crate::tenant;
use crate::time::Time;
use crate::view::JobView;
use std::collections::BTreeMap;

/// Most people that are looked at to tell whether somebody can decide.
const PEOPLE_MOST: u32 = 500;

/// Counts, for each gate that asks, how many people of its tenant have a personal key, may decide, and are in one
/// of its groups.
///
/// Those who sign in at the console are not counted: nobody knows of them before they come.
pub async fn count_reviewers(
    table: &dyn Table,
    view: &JobView,
    gates: &mut BTreeMap<String, u32>,
) -> Result<()> {
    let query = Query::prefix(tenant::pk(&view.job.tenant), PREFIX).limit(PEOPLE_MOST);
    let people = table.query(&query).await?;
    let people = people.iter().map(from_item::<PersonRecord>).collect::<Result<Vec<_>>>()?;
    for (gate, count) in gates {
        let groups = rules(view, gate).groups;
        let may = |person: &&PersonRecord| {
            let among = groups.is_empty() || !person.groups.is_disjoint(&groups);
            among && person.roles.contains(&Role::Reviewer)
        };
        *count = people.iter().filter(may).count() as u32;
    }
    Ok(())
}

/// The rules of a gate's reviews.
pub fn rules(view: &JobView, gate: &str) -> Rules {
    view.pipeline.step(gate).and_then(|step| step.review.clone()).unwrap_or_default()
}

/// The write that opens a gate's review, and what it is reported as.
pub(crate) fn open(
    view: &JobView,
    call: &Call,
    (gate, judgement): (&str, &Judgement),
    reviewers: u32,
    now: Time,
) -> Result<(Write, Event)> {
    let rules = rules(view, gate);
    let id = ReviewId::new(&view.job.id, gate, call.round);
    let verdict = serde_json::to_value(judgement)
        .map_err(|cause| Error::Fault(format!("verdict of {gate}: {cause}")))?;
    let expires_at = now.plus_s(rules.expires_s);
    let review = ReviewRecord {
        tenant: view.job.tenant.clone(),
        pipeline: view.job.pipeline.clone(),
        run: call.run,
        wave: call.wave,
        state: ReviewState::Open,
        version: 1,
        subjects: judgement.subjects.clone(),
        verdict,
        groups: rules.groups.clone(),
        submitted_by: view.job.submitted_by.clone(),
        reviewers,
        votes: Vec::new(),
        claim: None,
        edited: None,
        decided: None,
        outcome: None,
        token: None,
        opened_at: now,
        expires_at,
        escalate_at: rules.escalate.as_ref().map(|escalate| now.plus_s(escalate.after_s)),
        closed_at: None,
        due_pk: None,
        due_at: None,
        tenant_jobs: ReviewRecord::index(&view.job.tenant, true),
        sk_job: format!("{:013}#{id}", now.0),
        rules,
        id: id.clone(),
    };
    let review = review.placed(ReviewState::Open, now);
    let assets: Vec<_> = review.subjects.iter().map(|subject| &subject.asset).collect();
    let mut event = Event::new(now, "review.requested")
        .step(gate)
        .with("review", &id)
        .with("assets", assets)
        .with("approvals", review.rules.approvals)
        .with("groups", &review.groups)
        .with("reviewers", reviewers)
        .with("expires_at", expires_at.rfc3339());
    if reviewers == 0 {
        event = event.with("warning", NOBODY);
    }
    // A crash before the answer runs the gate again: its verdict is on record then, and so is this.
    let write = Write::create(ReviewRecord::key(&id), &review)?;
    Ok((write, event))
}

/// What is said where no personal key can decide.
pub const NOBODY: &str = "nobody with a personal key can decide this; it waits for somebody who signs in at the console, or until it expires: galley admin people put";
