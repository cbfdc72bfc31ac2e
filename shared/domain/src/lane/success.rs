//! A success as one transaction: what it writes, and what it assumes of the world.

use super::{Context, slot_key};
use crate::budget;
use crate::error::Result;
use crate::gpu::Report;
use crate::id::{AssetId, AttemptId};
use crate::money::MicroUsd;
use crate::record::{AssetRecord, AttemptRecord, JobRecord, StepRecord};
use crate::reuse;
use crate::spend::{self, Marks};
use crate::state::{AttemptState, StepState};
use crate::store::Write;
use crate::time::Time;
use serde_json::json;
use std::collections::BTreeMap;

/// What a success brought.
pub(super) struct Done {
    pub(super) assets: Vec<AssetRecord>,
    pub(super) usd: MicroUsd,
    /// What the spend is told apart by.
    pub(super) marks: Marks,
    /// Whether the slot has its next holder already.
    pub(super) handed_over: bool,
}

/// What a success assumes of the world; each assumption is a condition of its transaction.
pub(super) struct Guess {
    pub(super) round: u32,
    pub(super) step_open: bool,
    pub(super) holds: bool,
    /// What the attempt was thought to cost when it was given up, if it was.
    pub(super) given_up: Option<MicroUsd>,
    /// What is known of who waits for the same result.
    pub(super) followed: Followed,
}

/// Whether others wait for the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Followed {
    /// Nobody does, as far as is known.
    No,
    /// Somebody does.
    Yes,
    /// It is not this attempt's any more, or nobody's.
    Lost,
}

/// The transaction.
pub(super) fn success(
    attempt: &AttemptId,
    context: &Context,
    done: &Done,
    now: Time,
    guess: &Guess,
) -> Result<Vec<Write>> {
    let Done { assets, usd, .. } = done;
    let job = attempt.job();
    let mut outputs: BTreeMap<&str, Vec<&AssetId>> = BTreeMap::new();
    for asset in assets {
        outputs.entry(&asset.port).or_default().push(&asset.id);
    }
    let ended = json!({
        "state": AttemptState::Succeeded, "ended_at": now, "usd": usd, "outputs": outputs, "fraction": 1.0,
    });
    let lost = |state: &&AttemptState| **state == AttemptState::Lost;
    let from = AttemptState::Succeeded.from().iter();
    let from: Vec<_> = from.filter(|state| lost(state) == guess.given_up.is_some()).collect();
    let more = usd.0 - guess.given_up.unwrap_or_default().0;
    let mut writes = vec![
        Write::set(AttemptRecord::key(attempt), ended).when_in("state", &from),
        Write::set(JobRecord::key(&job), json!({}))
            .plus("spent", more)
            .plus("taken", budget::instead(&done.marks, MicroUsd(more), guess.given_up.is_some())),
    ];
    let (tenant, given_up) = (&context.tenant, guess.given_up);
    writes.extend(spend::ended(tenant, &done.marks, &job, MicroUsd(more), given_up, now));
    for asset in assets {
        writes.push(Write::put(AssetRecord::record_key(&asset.id), asset)?);
    }
    if guess.step_open {
        let done = json!({ "state": StepState::Succeeded, "outputs": outputs, "ended_at": now });
        let step = Write::set(StepRecord::key(&job, attempt.step()), done);
        writes
            .push(step.when_is("round", guess.round).when_in("state", StepState::Succeeded.from()));
    }
    if let Some(led) = context.reuse.as_ref().filter(|_| guess.followed != Followed::Lost) {
        let ids = assets.iter().map(|asset| &asset.id).collect();
        let followed = guess.followed == Followed::Yes;
        writes.push(reuse::made(tenant, led, (attempt, ids, *usd), followed, now));
    }
    if guess.holds {
        let free = json!({
            "attempt": null, "last_attempt": attempt, "lease_until": 0, "failures": 0,
            "freed_at": now, "done": true,
        });
        writes.push(
            Write::set(slot_key(&context.lane, &context.slot), free).when_is("attempt", attempt),
        );
    }
    Ok(writes)
}

/// What the slot cost: what the host measured, but never more than we saw pass.
pub(super) fn price(report: &Report, context: &Context, now: Time) -> MicroUsd {
    if let Some(usd) = report.usd {
        return usd;
    }
    let seen = now.since_ms(context.started_at);
    let said = report.slot_seconds.filter(|said| said.is_finite() && 0.0 <= *said);
    let ms = said.map_or(seen, |said| ((said * 1000.0) as i64).min(seen));
    MicroUsd::of_slot(context.price, ms)
}
