//! Free slots get the best of the waiting work; a claimed slot's host is asked to start.

use super::claim::Start;
use super::retry::Failure;
use super::{Choice, Context, LaneView, Lanes, Message};
use crate::error::{Error, Result};
use crate::id::AttemptId;
use crate::money::MicroUsd;
use crate::ports::{Refusal, Started};
use crate::record::{AttemptRecord, JobRecord, StepRecord};
use crate::state::{AttemptState, StepState};
use crate::store::{Write, from_item};
use crate::time::Time;
use serde_json::json;

/// How many lost races one invocation takes before it leaves the rest to the next look.
const RACES: usize = 20;
/// SQS delays a message by no more than this.
const DELAY_MOST_S: i64 = 900;

impl Lanes<'_> {
    /// As long as there is a free slot and a waiting item: claim and start.
    pub async fn fill(&self, lane: &str, now: Time) -> Result<()> {
        let mut view = LaneView::read(self.table, lane).await?;
        // What came from other lanes may be more than fits here.
        self.make_room(&mut view, None, now).await?;
        Box::pin(self.fill_from(view, lane, now)).await
    }

    /// The same after a step was recorded: where its tenant has much waiting, it is moved on to the tenant's line.
    pub async fn fill_after(&self, recorded: &Message, lane: &str, now: Time) -> Result<()> {
        let mut view = LaneView::read(self.table, lane).await?;
        self.make_room(&mut view, Some(&recorded.token), now).await?;
        Box::pin(self.fill_from(view, lane, now)).await
    }

    /// Awaited on the heap: it comes at the end of long ways, whose states add up.
    pub(super) async fn fill_from(&self, mut view: LaneView, lane: &str, now: Time) -> Result<()> {
        let (mut races, mut moved) = (0, false);
        if !view.waiting.is_empty() && !view.expired(now).is_empty() {
            Box::pin(self.reconcile_all(&view, lane, now)).await?;
            view = LaneView::read(self.table, lane).await?;
        }
        loop {
            let Some(choice) = view.choose(now) else {
                if self.refill(&mut view, lane, now).await? {
                    continue;
                }
                if !moved && self.move_on(&mut view, lane, now).await? {
                    moved = true;
                    continue;
                }
                break;
            };
            match self.claim(&choice, None, now).await? {
                Some(claimed) => view = self.begin_next(view, &choice, claimed, now).await?,
                None => {
                    races += 1;
                    if RACES < races {
                        return Err(Error::Again(format!("lane {lane} is contended")));
                    }
                    self.unclaimed(&choice, now).await?;
                    view = LaneView::read(self.table, lane).await?;
                }
            }
        }
        match view.next_look(now) {
            Some(at) => {
                let delay = (at.since_ms(now) / 1000 + 1).min(DELAY_MOST_S) as u32;
                self.queue.send(&json!({ "tick": lane }), delay).await
            }
            None => Ok(()),
        }
    }

    /// Under backlog, a slot whose render is ending or done goes to the next item before its outputs are taken
    /// into custody: the host is free already. None where nobody waits for this slot, or it was lost.
    ///
    /// Returns the lane as it is then, and the token of the attempt that held the slot; no token where the slot was
    /// handed over before, when the render was ending.
    pub(super) async fn hand_over(
        &self,
        from: &AttemptId,
        context: &Context,
        now: Time,
    ) -> Result<Option<(LaneView, Option<String>)>> {
        let mut view = LaneView::read(self.table, &context.lane).await?;
        let holder = view.slots.get(&context.slot).and_then(|slot| slot.attempt.as_deref());
        if holder.is_some_and(|holder| holder != from.as_str()) {
            return Ok(Some((view, None)));
        }
        let Some(token) = view.free(&context.slot, from, now) else { return Ok(None) };
        let Some(choice) = view.choose(now).filter(|choice| choice.slot == context.slot) else {
            return Ok(None);
        };
        let Some(claimed) = self.claim(&choice, Some(from), now).await? else {
            return Ok(None);
        };
        let view = self.begin_next(view, &choice, claimed, now).await?;
        Ok(Some((view, Some(token))))
    }

    /// Asks the host of a slot that was just claimed to start; the lane as it is then.
    async fn begin_next(
        &self,
        mut view: LaneView,
        choice: &Choice,
        (attempt, event): (AttemptRecord, u64),
        now: Time,
    ) -> Result<LaneView> {
        view.claimed(choice, now, now.plus_s(self.settings.lease_s));
        let backlog = !view.waiting.is_empty();
        let start = Start { event, backlog, ahead: choice.host.ahead };
        match self.begin(&attempt, &start, now).await? {
            true => Ok(view),
            // Its slot cools down and its work waits anew: what we know is stale.
            false => LaneView::read(self.table, &attempt.work.lane).await,
        }
    }

    /// Asks a claimed slot's host to start; asking again is safe, it attaches. False where it refused.
    pub(super) async fn begin(
        &self,
        attempt: &AttemptRecord,
        start: &Start,
        now: Time,
    ) -> Result<bool> {
        if attempt.work.ask.is_some() {
            // What may take minutes is not waited for here: the call is another function's.
            self.calls.send(&json!({ "attempt": attempt.id }), 0).await?;
            return Ok(true);
        }
        let render = self.render(attempt, start, now).await?;
        let mut started = self.hosts.start(&attempt.address, &render).await;
        if matches!(started, Started::Unknown(_)) {
            started = self.hosts.start(&attempt.address, &render).await;
        }
        match started {
            Started::Accepted => Ok(true),
            Started::Refused(refusal, reason) => {
                let failure = Failure {
                    reason,
                    retryable: refusal != Refusal::Never,
                    counts: refusal == Refusal::Never,
                    avoid: refusal == Refusal::Elsewhere,
                    class: None,
                };
                let refused = AttemptState::Refused;
                self.came_to_nothing(&attempt.id, refused, &failure, MicroUsd(0), now).await?;
                Ok(false)
            }
            Started::Unknown(reason) => {
                // The lease runs on: a report settles it, or its end does.
                let unknown = json!({ "state": AttemptState::Unknown, "error": reason });
                let write = Write::set(AttemptRecord::key(&attempt.id), unknown);
                let write = write.when_is("state", AttemptState::Claimed);
                self.table.write(vec![write]).await?;
                Ok(true)
            }
        }
    }

    /// Tells the host of an attempt to stop it; what was made or paid is reported as ever.
    pub async fn stop(&self, attempt: &AttemptId) -> Result<()> {
        match self.standing(attempt, None).await? {
            Some(standing) if standing.attempt.state.over() => Ok(()),
            Some(standing) if standing.attempt.work.ask.is_some() => {
                self.calls.send(&json!({ "attempt": attempt }), 0).await
            }
            Some(standing) => self.hosts.cancel(&standing.attempt.address, attempt).await,
            None => Ok(()),
        }
    }

    /// Removes an item that can never be claimed: its job is over, its step went on without it, or it costs more than
    /// is left; then its step ends.
    async fn unclaimed(&self, choice: &Choice, now: Time) -> Result<()> {
        let waiting = &choice.waiting;
        let job = waiting.work.attempt.job();
        let keys = [JobRecord::key(&job), StepRecord::key(&job, waiting.work.attempt.step())];
        let items = self.table.get(&keys).await?;
        if let [Some(job), Some(step)] = items.as_slice() {
            let (job, step): (JobRecord, StepRecord) = (from_item(job)?, from_item(step)?);
            let waits = step.state == StepState::Waiting
                && step.round == waiting.work.round
                && step.attempts == waiting.work.attempt.number();
            if job.state.open() && waits {
                return match self.too_dear(choice, &job, now).await? {
                    // Who may do it for less is asked before anybody gives it up.
                    Some(why) => match self.cheaper(choice, (&job, &why), now).await? {
                        true => Ok(()),
                        false => self.refuse(waiting, &why, now).await,
                    },
                    None => Ok(()),
                };
            }
        }
        self.table.write(vec![Write::delete(waiting.key())]).await.map(|_| ())
    }
}
