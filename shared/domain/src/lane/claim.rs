//! The claim: slot, waiting item, ledger and step change hands in one transaction.

use super::{Choice, Context, Lanes, incoming, preview, slot_key};
use crate::budget::{self, Budget};
use crate::chunk::{self, Pieces};
use crate::error::Result;
use crate::event::{Committed, Event, commit};
use crate::gpu::{Chunks, Input, Output, Render, ReportTo};
use crate::id::{AttemptId, JobId};
use crate::money::MicroUsd;
use crate::record::{AttemptRecord, JobRecord, StepRecord, Work};
use crate::state::{AttemptState, JobState, StepState};
use crate::store::{Condition, Write};
use crate::time::Time;
use crate::vendor::Called;
use serde_json::json;
use std::collections::BTreeMap;

/// What must be true for money to be spent: the job is open. Written with every claim.
pub(crate) fn job_is_open(job: &JobId) -> Write {
    Write::check(JobRecord::key(job)).when_in("state", &JobState::OPEN)
}

/// The same, and what it will probably cost is left of the job's budget, and taken from it.
fn within_budget(work: &Work, quote: MicroUsd) -> Write {
    let open = Write::set(JobRecord::key(&work.attempt.job()), json!({}))
        .when_in("state", &JobState::OPEN)
        .plus("taken", quote.0);
    match work.budget.filter(|_| 0 < quote.0) {
        Some(budget) => open.when(Condition::UpTo("taken", budget.0 - quote.0)),
        None => open,
    }
}

/// The claim as a transaction, and the attempt that it puts on the ledger.
///
/// `from` is the attempt that hands its slot over; none where the slot must be free.
fn claim(
    choice: &Choice,
    from: Option<&AttemptId>,
    budget: &Budget,
    now: Time,
    lease_s: u32,
) -> Result<(Vec<Write>, AttemptRecord)> {
    let Choice { waiting, slot, host, memory, guards } = choice;
    let mut work = waiting.work.clone();
    // What is under way counts against its job's budget and its tenant's from here on.
    let quote = choice.quote();
    let model = work.model();
    let counts = work.marks.as_mut().map(|marks| {
        marks.model = Some(model);
        budget::hold(&work.tenant, marks, quote, budget, now)
    });
    let of_job = match work.marks.is_some() {
        true => within_budget(&work, quote),
        false => job_is_open(&work.attempt.job()),
    };
    let work = &work;
    let attempt = AttemptRecord {
        id: work.attempt.clone(),
        state: AttemptState::Claimed,
        work: work.clone(),
        host: host.host.clone(),
        address: host.address.clone(),
        slot: slot.clone(),
        usd_per_slot_second: host.usd_per_slot_second,
        started_at: now,
        seq: 0,
        fraction: 0.0,
        ended_at: None,
        usd: None,
        error: None,
        resolved: None,
        outputs: BTreeMap::new(),
        called: Called::default(),
    };
    let held = json!({
        "attempt": work.attempt, "last_attempt": null, "token": waiting.token,
        "lease_until": now.plus_s(lease_s), "memory": memory, "freed_at": null, "done": null,
    });
    let take = Write::set(slot_key(&work.lane, slot), held);
    let take = match from {
        Some(from) => take.when_is("attempt", from),
        None => {
            take.when(Condition::Below("lease_until", now.0)).when(Condition::Without("attempt"))
        }
    };
    let job = work.attempt.job();
    let step = StepRecord::key(&job, work.attempt.step());
    let mut writes = vec![
        Write::delete(waiting.key()),
        take,
        of_job,
        Write::create(AttemptRecord::key(&work.attempt), &attempt)?,
        Write::set(step, json!({ "state": StepState::Running }))
            .when_is("round", work.round)
            .when_is("state", StepState::Waiting),
    ];
    writes.extend(guards.iter().cloned());
    writes.extend(counts.into_iter().flatten());
    Ok((writes, attempt))
}

/// What is known when a host is asked to start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// The number of an event of the job known to exist.
    pub(super) event: u64,
    /// Whether others wait for a slot.
    pub(super) backlog: bool,
    /// Whether the host takes the next order ahead.
    pub(super) ahead: bool,
}

impl Lanes<'_> {
    /// Claims a slot for an item; none where somebody was faster, the job is no longer open, or it costs more than is left.
    pub(super) async fn claim(
        &self,
        choice: &Choice,
        from: Option<&AttemptId>,
        now: Time,
    ) -> Result<Option<(AttemptRecord, u64)>> {
        let work = &choice.waiting.work;
        let budgeted = work.marks.as_ref().is_some_and(|marks| marks.budgeted);
        let budget = match budgeted {
            true => budget::of(self.table, &work.tenant).await?,
            false => Budget::default(),
        };
        let (writes, attempt) = claim(choice, from, &budget, now, self.settings.lease_s)?;
        let job = attempt.id.job();
        let event = Event::new(now, "step.started")
            .step(attempt.id.step())
            .attempt(&attempt.id)
            .with("host", &attempt.host);
        match commit(self.table, &job, choice.waiting.work.event, writes, &[event]).await? {
            Committed::Done(n) => Ok(Some((attempt, n))),
            Committed::Refused(_) => Ok(None),
        }
    }

    /// What the host is asked, with URLs that live as long as the work may.
    pub(super) async fn render(
        &self,
        attempt: &AttemptRecord,
        start: &Start,
        now: Time,
    ) -> Result<Render> {
        let work = &attempt.work;
        let seconds = (work.deadline_at.since_ms(now) / 1000).clamp(60, 43_200) as u32;
        let mut inputs = BTreeMap::new();
        for (port, stored) in &work.inputs {
            let url = self
                .objects
                .presign_get(crate::ports::Bucket::Assets, &stored.key, seconds)
                .await?
                .url;
            let input =
                Input { url, sha256: stored.sha256.clone(), media_type: stored.media_type.clone() };
            inputs.insert(port.clone(), input);
        }
        let mut outputs = Vec::new();
        for (name, media_type) in &work.outputs {
            outputs
                .push(self.output(name, media_type, &incoming(&attempt.id, name), seconds).await?);
        }
        let preview = match work.preview {
            true => {
                Some(self.output("preview", "image/jpeg", &preview(&attempt.id), seconds).await?)
            }
            false => None,
        };
        Ok(Render {
            attempt: attempt.id.clone(),
            kind: work.kind.clone(),
            params: work.params.clone(),
            inputs,
            outputs,
            preview,
            chunks: self.chunks(attempt, seconds).await?,
            report: self.report_to(attempt, start),
            stall_s: work.stall_s,
            deadline_s: seconds,
            traceparent: work.traceparent.clone(),
        })
    }

    /// Where the pieces of a video or sound go; signing takes no call.
    async fn chunks(&self, attempt: &AttemptRecord, seconds: u32) -> Result<Option<Chunks>> {
        let Some(pieces) = Pieces::of(&attempt.work) else { return Ok(None) };
        let mut to = Vec::new();
        for number in 0..pieces.count {
            let key = chunk::key(&attempt.id, number, &pieces.media_type);
            let bucket = crate::ports::Bucket::Assets;
            to.push(self.objects.presign_put(bucket, &key, &pieces.media_type, seconds).await?);
        }
        Ok(Some(Chunks { seconds: pieces.seconds, to }))
    }

    async fn output(
        &self,
        name: &str,
        media_type: &str,
        key: &str,
        seconds: u32,
    ) -> Result<Output> {
        let to = self
            .objects
            .presign_put(crate::ports::Bucket::Assets, key, media_type, seconds)
            .await?;
        Ok(Output { name: name.to_owned(), media_type: media_type.to_owned(), to })
    }

    fn report_to(&self, attempt: &AttemptRecord, start: &Start) -> ReportTo {
        let key = &self.settings.signing_key;
        ReportTo {
            url: format!("{}/v1/reports/{}", self.settings.api_url, attempt.id),
            secret: key.derive("report", attempt.id.as_str()),
            ending: start.backlog && start.ahead,
            context: key.seal("report", &Context::of(attempt, start.event, start.backlog)),
        }
    }
}
