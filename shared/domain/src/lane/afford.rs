//! What a step may cost when its turn comes: what is left of its job's budget and of its tenant's.
//!
//! Told twice: when a step is put on record, and by the claim itself, whose transaction is refused where its attempt
//! would cost more than is left beside all that is under way. So two claims at once never spend the same money.

use super::{Choice, Lanes, Waiting, outcome};
use crate::budget::{self, Left};
use crate::error::Result;
use crate::event::{Committed, commit};
use crate::money::MicroUsd;
use crate::pipeline::Kind;
use crate::record::{AttemptRecord, JobRecord, StepRecord};
use crate::skip::Ending;
use crate::state::StepState;
use crate::store::Write;
use crate::time::Time;
use crate::view::JobView;
use serde_json::json;

/// What is left.
pub(super) struct Purse {
    /// What the job may spend.
    budget: MicroUsd,
    /// What it has spent, and what its attempts that are under way will probably cost.
    taken: MicroUsd,
    /// What its tenant has left, where that is limited.
    tenant: Option<Left>,
}

impl Purse {
    /// The most that an attempt may cost.
    pub(super) fn left(&self) -> MicroUsd {
        let left = MicroUsd(self.budget.0 - self.taken.0);
        self.tenant.map_or(left, |tenant| tenant.micros().min(left))
    }

    /// Why nothing at all can be begun, where that is so.
    pub(super) fn empty(&self) -> Option<String> {
        if self.budget <= self.taken {
            return Some(format!("the budget of ${} is spent", self.budget.usd()));
        }
        self.tenant.filter(|left| left.micros() <= MicroUsd(0)).map(|left| left.to_string())
    }
}

/// What an attempt that is under way will probably cost: what its claim counted.
fn under_way(attempt: &AttemptRecord) -> MicroUsd {
    let held = attempt.work.marks.as_ref().and_then(|marks| marks.held.as_ref());
    // One that an older release claimed counted no render of our own hosts.
    let asked = attempt.work.ask.as_ref().map(|ask| ask.quote);
    held.map(|held| held.micros).or(asked).unwrap_or_default()
}

impl Choice {
    /// What the attempt will probably cost: its quote, or its time in a slot, as such work took of late.
    pub(super) fn quote(&self) -> MicroUsd {
        let work = &self.waiting.work;
        if let Some(ask) = &work.ask {
            return ask.quote;
        }
        let seconds = Kind::named(&work.kind).map_or(0, |kind| kind.expected_slot_s(&work.params));
        let ms = match self.memory.expected_ms {
            0 => i64::from(seconds) * 1000,
            known => known,
        };
        MicroUsd::of_slot(self.host.usd_per_slot_second, ms)
    }
}

impl Lanes<'_> {
    /// What is left for another attempt of a job. The tenant is looked at only where it has a budget.
    pub(super) async fn purse(&self, view: &JobView, now: Time) -> Result<Purse> {
        let job = &view.job;
        let begun = view.attempts.iter().filter(|attempt| !attempt.state.over());
        let taken = job.spent + begun.map(under_way).sum();
        let tenant = match job.rank.budgeted {
            true => budget::left(self.table, &job.tenant, now).await?,
            false => None,
        };
        Ok(Purse { budget: job.budget, taken, tenant })
    }

    /// Why a claim that was refused costs more than is left; none where that is not the reason.
    pub(super) async fn too_dear(
        &self,
        choice: &Choice,
        job: &JobRecord,
        now: Time,
    ) -> Result<Option<String>> {
        let Some(marks) = &choice.waiting.work.marks else { return Ok(None) };
        let quote = choice.quote();
        if quote.0 <= 0 {
            return Ok(None);
        }
        let why = |left: String| Some(format!("it costs about ${}, and {left}", quote.usd()));
        let left = MicroUsd((job.budget.0 - job.taken.0).max(0));
        if left < quote {
            let (left, budget) = (left.usd(), job.budget.usd());
            let left = format!("${left} of its job's ${budget} is neither spent nor under way");
            return Ok(why(left));
        }
        let left = match marks.budgeted {
            true => budget::left(self.table, &job.tenant, now).await?,
            false => None,
        };
        Ok(left.filter(|left| left.micros() < quote).and_then(|left| why(left.to_string())))
    }

    /// Ends the step of an item that nobody may pay for. Nothing was asked of anybody.
    pub(super) async fn refuse(&self, waiting: &Waiting, why: &str, now: Time) -> Result<()> {
        let work = &waiting.work;
        let (job, name) = (work.attempt.job(), work.attempt.step());
        let view = JobView::expect(self.table, &job).await?;
        let ending = Ending::failed(&view, name, StepState::Failed, why);
        let of_step = Write::set(StepRecord::key(&job, name), ending.fields(now))
            .when_is("round", work.round)
            .when_is("state", StepState::Waiting)
            .when_is("attempts", work.attempt.number());
        let mut writes = vec![of_step, Write::delete(waiting.key())];
        if ending.marks() {
            writes.push(ending.mark(Write::set(JobRecord::key(&job), json!({}))));
        }
        let events = [ending.event(now)];
        let Committed::Done(n) = commit(self.table, &job, work.event, writes, &events).await?
        else {
            // Somebody was faster, and the next reading shows it.
            return Ok(());
        };
        self.flow.complete(&waiting.token, &outcome::at(ending.outcome(), n)).await?;
        match &work.reuse {
            // One of those who waited for it makes it now.
            Some(led) => self.wake(&work.tenant, &led.key).await,
            None => Ok(()),
        }
    }
}
