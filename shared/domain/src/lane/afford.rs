//! What a step may cost when its turn comes: what is left of its job's budget and of its tenant's.
//!
//! Told twice: when a step is put on record, and by the claim itself, whose transaction is refused where its attempt
//! would cost more than is left beside all that is under way. So two claims at once never spend the same money.

use super::choose::does;
use super::elsewhere::{Doors, SOON_S, elsewhere};
use super::usage::sort;
use super::{Choice, HostRecord, LaneView, Lanes, Waiting, outcome};
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
use crate::vendor::Maker;
use crate::view::JobView;
use serde_json::{Map, Value, json};

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

impl LaneView {
    /// The least that a claim would count for a render here, by who is there now; none where nobody does such work.
    pub fn render_costs(
        &self,
        kind: Kind,
        model: Option<&str>,
        params: &Map<String, Value>,
        now: Time,
    ) -> Option<MicroUsd> {
        let does = |host: &&HostRecord| self.usable(host, now) && does(host, kind.as_str(), model);
        let price = self.hosts.values().filter(does).map(|host| host.usd_per_slot_second).min()?;
        let took = self.took(now).get(&sort(kind.as_str(), model)).map_or(0, |took| took.ms);
        let seconds = i64::from(kind.expected_slot_s(params));
        Some(MicroUsd::of_slot(price, if took == 0 { seconds * 1000 } else { took }))
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

    /// Gives an item that is too dear here to another who may do it for what is left. False where nobody may.
    pub(super) async fn cheaper(
        &self,
        choice: &Choice,
        (job, why): (&JobRecord, &str),
        now: Time,
    ) -> Result<bool> {
        let (waiting, quote) = (&choice.waiting, choice.quote());
        let work = &waiting.work;
        let mut left = MicroUsd((job.budget.0 - job.taken.0).max(0));
        if work.marks.as_ref().is_some_and(|marks| marks.budgeted)
            && let Some(tenant) = budget::left(self.table, &job.tenant, now).await?
        {
            left = left.min(tenant.micros());
        }
        let mut fit = Vec::new();
        for (place, maker) in work.others.iter().enumerate() {
            let costs = match &maker.ask {
                Some(ask) => Some(ask.quote),
                None => {
                    let view = LaneView::read(self.table, &maker.lane).await?;
                    let model = Some(maker.model.as_str()).filter(|model| !model.is_empty());
                    let kind = Kind::named(&work.kind);
                    kind.and_then(|kind| view.render_costs(kind, model, &work.params, now))
                }
            };
            if costs.is_some_and(|costs| costs <= left && costs < quote) {
                fit.push(place);
            }
        }
        let makers: Vec<Maker> = fit.iter().map(|place| work.others[*place].clone()).collect();
        let doors = Doors::read(self.table, &makers, now).await?;
        let Some(place) = doors.first(&makers).map(|first| fit[first]) else { return Ok(false) };
        // Who is too dear now is not asked later either: no less will be spent by then.
        let next = Waiting::new(elsewhere(work.clone(), place, now), &waiting.token);
        if next.work.lane != work.lane {
            // Before it is written: whoever dies in between leaves a look too many, not one too few.
            self.queue.send(&json!({ "tick": next.work.lane }), SOON_S).await?;
        }
        let went =
            self.move_one(waiting, (&next, &format!("{}: {why}", work.model())), now).await?;
        // Where somebody was faster, the next reading shows it.
        Ok(went || waiting.sk != next.sk)
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
