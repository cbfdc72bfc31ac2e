//! Reports of GPU hosts: safe ten times over, in any order, after any end.

use super::claim::job_is_open;
use super::{Lanes, slot_key};
use crate::chunk::{self, Pieces};
use crate::error::{Error, Result};
use crate::event::{Committed, Event, commit};
use crate::gpu::{News, Report};
use crate::id::{AssetId, TenantId};
use crate::money::MicroUsd;
use crate::record::{AttemptRecord, Stored};
use crate::reuse::Led;
use crate::spend::Marks;
use crate::state::AttemptState;
use crate::store::{Condition, Write};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a host is given to hand back, sealed: enough to take its success in without a read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// Who pays.
    pub tenant: TenantId,
    /// What the spend is told apart by; none in what an older release sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
    /// The lane.
    pub lane: String,
    /// The slot's sort key.
    pub slot: String,
    /// The step's round.
    pub round: u32,
    /// The number of the event that reported the start.
    pub event: u64,
    /// When the slot was claimed.
    pub started_at: Time,
    /// What a second in it costs.
    pub price: MicroUsd,
    /// What the outputs are made from.
    pub made_from: Vec<AssetId>,
    /// The ports that must have an output.
    pub outputs: Vec<String>,
    /// Whether others waited for a slot at the start: then the slot is handed over before custody.
    #[serde(default)]
    pub backlog: bool,
    /// The pieces that it was given places for, if it can be had in pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pieces: Option<Pieces>,
    /// The result for others that it makes, where it may be used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reuse: Option<Led>,
}

impl Context {
    pub(crate) fn of(attempt: &AttemptRecord, event: u64, backlog: bool) -> Self {
        let work = &attempt.work;
        Self {
            tenant: work.tenant.clone(),
            marks: work.marks.clone(),
            lane: work.lane.clone(),
            slot: attempt.slot.clone(),
            round: work.round,
            event,
            started_at: attempt.started_at,
            price: attempt.usd_per_slot_second,
            made_from: work.inputs.values().map(|Stored { asset, .. }| asset.clone()).collect(),
            outputs: work.outputs.keys().cloned().collect(),
            backlog,
            pieces: Pieces::of(work),
            reuse: work.reuse.clone(),
        }
    }
}

/// What a host is told in answer to a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Whether to go on.
    #[serde(rename = "continue")]
    pub go_on: bool,
}

impl Lanes<'_> {
    /// Takes a report in whose signature was verified. `Invalid`: it is not about work of ours.
    pub async fn report(&self, report: &Report, now: Time) -> Result<Answer> {
        let context: Context = self
            .settings
            .signing_key
            .open("report", &report.context)
            .ok_or_else(|| Error::Invalid("context: is not one that we gave".into()))?;
        let go_on = match &report.news {
            News::Alive => self.working(report, &context, None, now).await?,
            News::Progress { fraction } => {
                let event = Event::new(now, "step.progress").with("fraction", fraction);
                self.working(report, &context, Some((event, *fraction)), now).await?
            }
            News::Preview { fraction } => {
                let event = Event::new(now, "step.preview")
                    .with("fraction", fraction)
                    .with("key", super::preview(&report.attempt));
                self.working(report, &context, Some((event, *fraction)), now).await?
            }
            News::Chunk { fraction, chunk } => {
                let ours = context.pieces.as_ref().is_some_and(|pieces| pieces.have(chunk));
                if !ours {
                    let message = format!("chunk {}: there is no place for it", chunk.number);
                    return Err(Error::Invalid(message));
                }
                let event = chunk::event(&report.attempt, chunk, *fraction, now);
                self.working(report, &context, Some((event, *fraction)), now).await?
            }
            News::Ending => {
                // Whoever waits first gets the slot now, and its host starts the moment this one ends.
                if context.backlog {
                    self.hand_over(&report.attempt, &context, now).await?;
                }
                self.wanted(report).await?
            }
            News::Succeeded { .. } | News::Failed { .. } | News::Canceled => {
                self.ended(report, &context, now).await?;
                false
            }
        };
        Ok(Answer { go_on })
    }

    /// Takes in how far a vendor is.
    pub(crate) async fn progress(
        &self,
        report: &Report,
        context: &Context,
        now: Time,
    ) -> Result<()> {
        let News::Progress { fraction } = report.news else { return Ok(()) };
        let event = Event::new(now, "step.progress").with("fraction", fraction);
        self.working(report, context, Some((event, fraction)), now).await.map(drop)
    }

    /// Takes an end in; the slot's next work starts in the same invocation.
    pub(crate) async fn ended(&self, report: &Report, context: &Context, now: Time) -> Result<()> {
        match Box::pin(self.end(report, context, now)).await? {
            Some(view) => Box::pin(self.fill_from(view, &context.lane, now)).await,
            None => self.fill(&context.lane, now).await,
        }
    }

    /// A sign of life renews the lease; false where the work is no longer wanted.
    async fn working(
        &self,
        report: &Report,
        context: &Context,
        news: Option<(Event, f64)>,
        now: Time,
    ) -> Result<bool> {
        let attempt = &report.attempt;
        let job = attempt.job();
        let mut fields = json!({ "state": AttemptState::Running, "seq": report.seq });
        if let Some((_, fraction)) = &news {
            fields["fraction"] = json!(fraction);
        }
        let lease = json!({ "lease_until": now.plus_s(self.settings.lease_s) });
        let from = [AttemptState::Claimed, AttemptState::Running, AttemptState::Unknown];
        let writes = vec![
            Write::set(AttemptRecord::key(attempt), fields)
                .when_in("state", &from)
                .when(Condition::Below("seq", report.seq as i64)),
            Write::set(slot_key(&context.lane, &context.slot), lease).when_is("attempt", attempt),
            job_is_open(&job),
        ];
        let events: Vec<Event> = news
            .into_iter()
            .map(|(event, _)| event.step(attempt.step()).attempt(attempt))
            .collect();
        let last = match (report.seq, events.is_empty()) {
            (0 | 1, _) | (_, true) => context.event,
            _ => crate::event::last_number(self.table, &job).await?,
        };
        match commit(self.table, &job, last, writes, &events).await? {
            Committed::Done(_) => Ok(true),
            Committed::Refused(_) => self.wanted(report).await,
        }
    }

    /// Whether a render whose report changed nothing should go on: it is late or doubled, or its job is over.
    async fn wanted(&self, report: &Report) -> Result<bool> {
        let Some(now) = self.standing(&report.attempt, None).await? else { return Ok(false) };
        Ok(now.wanted() && !now.attempt.state.over())
    }
}
