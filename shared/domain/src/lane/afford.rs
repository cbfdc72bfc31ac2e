//! What a step may cost when its turn comes: what is left of its job's budget and of its tenant's.

use super::Lanes;
use crate::budget::{self, Left};
use crate::error::Result;
use crate::money::MicroUsd;
use crate::pipeline::Kind;
use crate::record::Work;
use crate::time::Time;
use crate::view::JobView;

/// What is left.
pub(super) struct Purse {
    /// What the job may spend.
    budget: MicroUsd,
    /// What it has spent, and what its calls to vendors that are under way will probably cost.
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

impl Lanes<'_> {
    /// What is left for another attempt of a job. The tenant is looked at only where it has a budget.
    pub(super) async fn purse(&self, view: &JobView, now: Time) -> Result<Purse> {
        let job = &view.job;
        let under_way = view.attempts.iter().filter(|attempt| !attempt.state.over());
        let asked = under_way.filter_map(|attempt| attempt.work.ask.as_ref());
        let taken = job.spent + asked.map(|ask| ask.quote).sum();
        let tenant = match job.rank.budgeted {
            true => budget::left(self.table, &job.tenant, now).await?,
            false => None,
        };
        Ok(Purse { budget: job.budget, taken, tenant })
    }
}

/// What an attempt will probably cost: its quote, or its time in a slot.
pub(super) fn expected(work: &Work, per_second: MicroUsd) -> MicroUsd {
    if let Some(ask) = &work.ask {
        return ask.quote;
    }
    let seconds = Kind::named(&work.kind).map_or(0, |kind| kind.expected_slot_s(&work.params));
    MicroUsd(per_second.0.saturating_mul(i64::from(seconds)))
}
