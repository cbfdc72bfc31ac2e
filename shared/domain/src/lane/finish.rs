//! The end of an attempt: ledger, step, slot and event in one transaction; then the execution
//! is told, and the slot gets its next work in the same invocation.

use super::custody::Custody;
use super::elsewhere::Doors;
use super::retry::{Failure, sequel};
use super::success::{Done, Followed, Guess, price, success};
use super::{Context, LaneView, Lanes, outcome, slot_key};
use crate::budget;
use crate::error::{Error, Result};
use crate::event::{Committed, Event, commit};
use crate::gpu::{News, Report};
use crate::id::AttemptId;
use crate::money::MicroUsd;
use crate::record::{AttemptRecord, JobRecord, StepRecord};
use crate::spend::{self, Marks};
use crate::state::AttemptState;
use crate::store::{Write, from_item};
use crate::time::Time;
use crate::view::JobView;
use serde_json::{Value, json};

/// How often a lost race is run again.
const RACES: usize = 10;

/// Where an attempt, its step and its job stand.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) job: JobRecord,
    pub(crate) step: StepRecord,
    pub(crate) attempt: AttemptRecord,
    /// Whether the slot is still this attempt's.
    pub(crate) holds: bool,
}

impl Standing {
    /// Where an attempt stands in a job that was read whole.
    fn of(view: &JobView, attempt: &AttemptId) -> Option<Self> {
        let record = view.attempts.iter().find(|record| record.id == *attempt)?.clone();
        let step = view.steps.get(attempt.step())?.clone();
        Some(Self { job: view.job.clone(), step, attempt: record, holds: false })
    }

    /// Whether the step still hopes for this attempt.
    pub(crate) fn step_waits_for_it(&self) -> bool {
        !self.step.state.terminal() && self.step.attempts == self.attempt.id.number()
    }

    /// Whether its job is open, and its step still hopes for this attempt.
    pub(crate) fn wanted(&self) -> bool {
        self.job.state.open() && self.step_waits_for_it()
    }

    /// What the attempt was thought to cost when it was given up: counted already, to be corrected.
    fn given_up(&self) -> Option<MicroUsd> {
        let lost = self.attempt.state == AttemptState::Lost;
        lost.then(|| self.attempt.usd.unwrap_or_default())
    }
}

impl Lanes<'_> {
    /// Reads where an attempt stands; none where it is not on the ledger.
    pub(crate) async fn standing(
        &self,
        attempt: &AttemptId,
        slot: Option<(&str, &str)>,
    ) -> Result<Option<Standing>> {
        let job = attempt.job();
        let mut keys = vec![
            JobRecord::key(&job),
            StepRecord::key(&job, attempt.step()),
            AttemptRecord::key(attempt),
        ];
        keys.extend(slot.map(|(lane, slot)| slot_key(lane, slot)));
        let items = self.table.get(&keys).await?;
        let [Some(job), Some(step), Some(record), ..] = items.as_slice() else { return Ok(None) };
        let holder = items.get(3).and_then(|slot| slot.as_ref()?.get("attempt")?.as_str());
        Ok(Some(Standing {
            job: from_item(job)?,
            step: from_item(step)?,
            attempt: from_item(record)?,
            holds: holder == Some(attempt.as_str()),
        }))
    }

    /// Takes a final report in. Returns the lane as it was found after the slot's release, if it was read.
    pub(crate) async fn end(
        &self,
        report: &Report,
        context: &Context,
        now: Time,
    ) -> Result<Option<LaneView>> {
        let usd = price(report, context, now);
        match &report.news {
            News::Succeeded { outputs } => {
                let handed = match context.backlog {
                    true => self.hand_over(&report.attempt, context, now).await?,
                    false => None,
                };
                let ended = match self.custody(report, context, outputs, now).await? {
                    Custody::Taken(assets) => {
                        let marks = self.marks(&report.attempt, context).await?;
                        let done = Done { assets, usd, marks, handed_over: handed.is_some() };
                        self.succeeded(&report.attempt, context, &done, now).await?
                    }
                    Custody::Broken(reason) => {
                        let failure = Failure {
                            reason,
                            retryable: true,
                            counts: true,
                            avoid: true,
                            class: None,
                        };
                        let failed = AttemptState::Failed;
                        self.came_to_nothing(&report.attempt, failed, &failure, usd, now).await?;
                        None
                    }
                };
                self.tell(report, context, ended, handed).await
            }
            News::Failed { error } => {
                let reason = format!("{}: {}", error.code, error.message);
                let retryable = error.retryable;
                let failure =
                    Failure { reason, retryable, counts: true, avoid: retryable, class: None };
                self.came_to_nothing(&report.attempt, AttemptState::Failed, &failure, usd, now)
                    .await
                    .map(|()| None)
            }
            _ => {
                let reason = "canceled at the host".into();
                let failure =
                    Failure { reason, retryable: true, counts: true, avoid: false, class: None };
                self.came_to_nothing(&report.attempt, AttemptState::Canceled, &failure, usd, now)
                    .await
                    .map(|()| None)
            }
        }
    }

    /// What the spend of an attempt is told apart by: its context says so, unless an older release sealed it.
    async fn marks(&self, attempt: &AttemptId, context: &Context) -> Result<Marks> {
        if let Some(marks) = &context.marks {
            return Ok(marks.clone());
        }
        let items = self.table.get(&[JobRecord::key(&attempt.job())]).await?;
        let job: Option<JobRecord> = items[0].as_ref().map(from_item).transpose()?;
        Ok(job.as_ref().map(Marks::of).unwrap_or_default())
    }

    /// Takes in that an attempt succeeded. Returns what the execution that waits by the slot's token is to
    /// be told; none where the step is not as it was when the slot was claimed, and its own token counts.
    async fn succeeded(
        &self,
        attempt: &AttemptId,
        context: &Context,
        done: &Done,
        now: Time,
    ) -> Result<Option<Value>> {
        let job = attempt.job();
        // The usual case needs no read: all that it depends on is a condition.
        let holds = !done.handed_over;
        let mut guess = Guess {
            round: context.round,
            step_open: true,
            holds,
            given_up: None,
            followed: Followed::No,
        };
        let mut last = context.event;
        for _ in 0..RACES {
            let writes = success(attempt, context, done, now, &guess)?;
            let kind = if guess.step_open { "step.succeeded" } else { "attempt.ended" };
            let ids: Vec<_> = done.assets.iter().map(|asset| &asset.id).collect();
            let event = Event::new(now, kind)
                .step(attempt.step())
                .attempt(attempt)
                .with("outputs", ids)
                .with("usd", done.usd.usd());
            let committed = commit(self.table, &job, last, writes, &[event]).await?;
            if matches!(committed, Committed::Done(_)) && guess.followed != Followed::No {
                self.wake_all(context).await?;
            }
            match committed {
                Committed::Done(n) if guess.round == context.round && guess.step_open => {
                    return Ok(Some(outcome::at(outcome::ok(), n)));
                }
                Committed::Done(_) => {
                    let standing = self.standing(attempt, None).await?;
                    if let Some(standing) = standing {
                        self.tell_again(&standing).await?;
                    }
                    return Ok(None);
                }
                Committed::Refused(_) => {}
            }
            let slot = (context.lane.as_str(), context.slot.as_str());
            let Some(standing) = self.standing(attempt, Some(slot)).await? else {
                return Err(Error::Invalid(format!("attempt {attempt} is not on the ledger")));
            };
            if !standing.attempt.state.may_become(AttemptState::Succeeded) {
                self.tell_again(&standing).await?;
                self.wake_all(context).await?;
                return Ok(None);
            }
            guess = Guess {
                round: standing.step.round,
                step_open: !standing.step.state.terminal(),
                holds: standing.holds,
                given_up: standing.given_up(),
                followed: self.followed(context).await?,
            };
            last = crate::event::last_number(self.table, &job).await?;
        }
        Err(Error::Again(format!("attempt {attempt} is contended")))
    }

    /// Takes in that an attempt ended without outputs, and decides on what follows.
    pub(crate) async fn came_to_nothing(
        &self,
        attempt: &AttemptId,
        state: AttemptState,
        failure: &Failure,
        usd: MicroUsd,
        now: Time,
    ) -> Result<()> {
        let job = attempt.job();
        for _ in 0..RACES {
            let view = JobView::read(self.table, &job).await?;
            let standing = view.as_ref().and_then(|view| Standing::of(view, attempt));
            let Some((view, standing)) = view.as_ref().zip(standing) else {
                return Err(Error::Invalid(format!("attempt {attempt} is not on the ledger")));
            };
            let record = &standing.attempt;
            if !record.state.may_become(state) {
                return self.tell_again(&standing).await;
            }
            let lane = record.work.lane.clone();
            let slot = slot_key(&lane, &record.slot);
            let held = self.table.get(std::slice::from_ref(&slot)).await?;
            let holder = held[0].as_ref().and_then(|slot| slot.get("attempt")?.as_str());
            // Read anew each time: others may have failed meanwhile.
            let doors = Doors::read(self.table, &record.work.others, now).await?;
            let sequel = sequel(view, &standing.step, record, failure, &doors, now)?;
            let given_up = standing.given_up();
            let more = usd.0 - given_up.unwrap_or_default().0;
            let tenant = &standing.job.tenant;
            let marks = record.work.marks.clone().unwrap_or_else(|| Marks::of(&standing.job));
            let ended =
                json!({ "state": state, "ended_at": now, "usd": usd, "error": failure.reason });
            let taken = budget::instead(&marks, MicroUsd(more), given_up.is_some());
            let of_job = Write::set(JobRecord::key(&job), json!({}));
            let of_job = of_job.plus("spent", more).plus("taken", taken);
            let mut writes = vec![
                Write::set(AttemptRecord::key(attempt), ended).when_is("state", record.state),
                match &sequel.ending {
                    Some(ending) => ending.mark(of_job),
                    None => of_job,
                },
            ];
            writes.extend(spend::ended(tenant, &marks, &job, MicroUsd(more), given_up, now));
            if holder == Some(attempt.as_str()) {
                let cool = if failure.counts { Time(0) } else { now.plus_s(super::COOL_DOWN_S) };
                let mut free = json!({
                    "attempt": null, "last_attempt": attempt, "lease_until": cool, "freed_at": now,
                });
                // A vendor is no host: what is wrong there is told by its circuits.
                let failed = failure.avoid && record.work.ask.is_none();
                if failed {
                    free["failed_at"] = json!(now);
                }
                let free = Write::set(slot, free).when_is("attempt", attempt);
                writes.push(free.plus("failures", i64::from(failed)));
            }
            writes.extend(sequel.writes);
            let last = crate::event::last_number(self.table, &job).await?;
            match commit(self.table, &job, last, writes, &sequel.events).await? {
                Committed::Done(n) => {
                    if let Some((lane, at)) = sequel.moved {
                        // Nobody else looks there because of this.
                        let delay_s = (at.since_ms(now) / 1000).clamp(0, 900) as u32;
                        self.queue.send(&json!({ "tick": lane }), delay_s).await?;
                    }
                    let over = sequel.outcome.is_some();
                    if let (Some(outcome), Some(token)) = (sequel.outcome, &standing.step.token) {
                        self.flow.complete(token, &outcome::at(outcome, n)).await?;
                    }
                    if let Some(led) = record.work.reuse.as_ref().filter(|_| over) {
                        // One of those who waited for it makes it now.
                        self.wake(tenant, &led.key).await?;
                    }
                    // The caller looks for the slot's next work; it may be in the midst of looking.
                    return Ok(());
                }
                Committed::Refused(_) => {}
            }
        }
        Err(Error::Again(format!("attempt {attempt} is contended")))
    }

    /// Tells the execution. One reading of the lane finds the token and shows the slot's next work; where
    /// the slot was handed over, that reading was made before.
    async fn tell(
        &self,
        report: &Report,
        context: &Context,
        outcome: Option<Value>,
        handed: Option<(LaneView, Option<String>)>,
    ) -> Result<Option<LaneView>> {
        let attempt = &report.attempt;
        let Some(outcome) = outcome else { return Ok(handed.map(|(view, _)| view)) };
        let (view, token) = match handed {
            Some((view, token)) => (view, token),
            None => {
                let view = LaneView::read(self.table, &context.lane).await?;
                let slot = view.slots.get(&context.slot);
                let ours =
                    slot.filter(|slot| slot.last_attempt.as_deref() == Some(attempt.as_str()));
                let token = ours.and_then(|slot| slot.token.clone());
                (view, token)
            }
        };
        match token {
            Some(token) => {
                self.flow.complete(&token, &outcome).await?;
            }
            None => {
                if let Some(standing) = self.standing(attempt, None).await? {
                    self.tell_again(&standing).await?;
                }
            }
        }
        Ok(Some(view))
    }

    /// What follows the end of an attempt, once more: the execution, those who wait for the same, the slot's next work.
    pub(crate) async fn ended_before(&self, standing: &Standing, now: Time) -> Result<()> {
        self.tell_again(standing).await?;
        let work = &standing.attempt.work;
        if let Some(led) = &work.reuse {
            self.wake(&work.tenant, &led.key).await?;
        }
        self.fill(&work.lane, now).await
    }

    /// A doubled or late report may be the one whose twin died before the execution was told.
    async fn tell_again(&self, standing: &Standing) -> Result<()> {
        if let (Some(outcome), Some(token)) =
            (outcome::of(standing.step.state), &standing.step.token)
        {
            self.flow.complete(token, &outcome).await?;
        }
        Ok(())
    }
}
