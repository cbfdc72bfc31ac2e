//! Calls to vendors: one look at an attempt does whatever is next, however often it is asked to look.
//!
//! Nothing of it was called: the ledger says that it is about to be, then the vendor is called, once. It was
//! called and nobody knows what came of it: that is found out, never called again. The vendor has it: it is
//! asked how the work stands. So a look that comes twice, late, or after a crash, costs nothing twice.

use super::circuit::{self, Told};
use super::held::Hold;
use super::{Answer, Ask, Handle, Order, Outcome};
use crate::error::{Error, Result};
use crate::gpu::{Input, News, Report};
use crate::id::AttemptId;
use crate::lane::{Context, Failure, Lanes, Standing, job_is_open, let_go, slot_key};
use crate::money::MicroUsd;
use crate::ports::{Bucket, Message, Vendors};
use crate::record::{AttemptRecord, MadeBy};
use crate::state::AttemptState;
use crate::store::{Condition, Write, Written};
use crate::time::Time;
use serde_json::json;
use std::collections::BTreeMap;

/// A message of the queue may come so much before its time, in milliseconds.
const EARLY_MS: i64 = 500;
/// So long after its step's deadline work is still asked about, in seconds: a late paid result is kept.
pub(super) const AFTER_S: u32 = 3_600;
/// Inputs can be fetched for so long, in seconds.
const INPUT_S: u32 = 3_600;

/// Who calls vendors.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// The lanes that the attempts are in.
    pub lanes: Lanes<'a>,
    /// The vendors.
    pub vendors: &'a dyn Vendors,
    /// What time it is: calls take long.
    pub clock: &'a (dyn Fn() -> Time + Sync),
}

impl Caller<'_> {
    /// Looks at an attempt, as a message asks for, and does what is next.
    pub async fn look(&self, attempt: &AttemptId, message: &dyn Message) -> Result<()> {
        let again = message.again();
        // Where that fails it is hidden for longer than needed: the queue's own time is the function's.
        let _ = self.hide(message).await;
        let standing = self.standing(attempt).await?;
        let record = &standing.attempt;
        let Some(ask) = &record.work.ask else {
            return Err(Error::Invalid(format!("attempt {attempt} is no vendor's")));
        };
        if !record.state.may_become(AttemptState::Succeeded) {
            // Whoever had the message before may have died between the end and what follows it.
            return match again {
                true => self.lanes.ended_before(&standing, (self.clock)()).await,
                false => Ok(()),
            };
        }
        let (called, now) = (&record.called, (self.clock)());
        if called.look_at.is_some_and(|at| now < at) && (standing.wanted() || called.stopped) {
            // Somebody looked already, and asked for the look that comes then.
            return Ok(());
        }
        match (&called.handle, called.called_at, called.call_until) {
            // An operator has found out what no vendor tells.
            (Some(_), ..) if record.resolved.is_some() && !record.followed() => Ok(()),
            (Some(handle), ..) => {
                let check = self.check(&standing, ask, handle, now);
                self.holding(message, Hold::Message, check).await
            }
            (None, None, _) if record.state == AttemptState::Claimed => {
                self.start(&standing, ask, message, now).await
            }
            (None, None, _) => Ok(()),
            // Somebody is calling just now, or died at it: this is told when the time is over.
            (None, Some(_), Some(until)) if now < until => {
                let left = (until.since_ms(now) / 1000 + 1).clamp(1, 900) as u32;
                self.lanes.calls.send(&json!({ "attempt": attempt }), left).await
            }
            // An operator has found out: only a webhook can still bring a handle.
            (None, Some(_), _) if record.resolved.is_some() => Ok(()),
            (None, Some(_), _) => {
                self.holding(message, Hold::Message, self.find(&standing, ask, now)).await
            }
        }
    }

    async fn standing(&self, attempt: &AttemptId) -> Result<Standing> {
        let standing = self.lanes.standing(attempt, None).await?;
        standing.ok_or_else(|| Error::Invalid(format!("attempt {attempt} is not on the ledger")))
    }

    /// The first call. The ledger knows of it before the vendor does.
    async fn start(
        &self,
        standing: &Standing,
        ask: &Ask,
        message: &dyn Message,
        now: Time,
    ) -> Result<()> {
        let record = &standing.attempt;
        let attempt = &record.id;
        if !standing.wanted() {
            return self.uncalled(record, "given up before the vendor was called", now).await;
        }
        let slot = slot_key(&record.work.lane, &record.slot);
        let held = self.lanes.table.get(std::slice::from_ref(&slot)).await?;
        let holder = held[0].as_ref().and_then(|slot| slot.get("attempt")?.as_str());
        if holder != Some(attempt.as_str()) {
            let reason = "its slot went to another before the vendor was called";
            return self.uncalled(record, reason, now).await;
        }
        let order = self.order(record, ask).await?;
        let (until, lease) = self.lease(now);
        let called = json!({ "called_at": now, "call_until": until });
        let writes = vec![
            Write::set(AttemptRecord::key(attempt), called)
                .when_is("state", AttemptState::Claimed)
                .when(Condition::Without("called_at")),
            Write::set(slot, lease).when_is("attempt", attempt),
            job_is_open(&attempt.job()),
        ];
        if self.lanes.table.write(writes).await? != Written::Done {
            // A twin was faster, or the job was canceled: the next look sees which.
            return Err(Error::Again(format!("attempt {attempt} was changed")));
        }
        let call = async {
            let answer = self.vendors.start(&order).await;
            self.take_in(standing, ask, answer, (self.clock)()).await
        };
        self.holding(message, Hold::Lease(record), call).await
    }

    /// The vendor was never called, and is not.
    async fn uncalled(&self, record: &AttemptRecord, reason: &str, now: Time) -> Result<()> {
        let reason = reason.to_owned();
        let failure = Failure { reason, retryable: true, counts: false, avoid: false, class: None };
        let noted = match &record.work.ask {
            Some(ask) => self.tells(record, ask, Told::Nothing, now).await,
            None => Ok(()),
        };
        self.nothing(record, AttemptState::Refused, &failure, MicroUsd(0), now).await?;
        noted
    }

    /// How accepted work stands.
    async fn check(
        &self,
        standing: &Standing,
        ask: &Ask,
        handle: &Handle,
        now: Time,
    ) -> Result<()> {
        let record = &standing.attempt;
        if ask.check_s.is_none()
            && let Some(made) = self.brought(record).await?
        {
            // It answered when it was done; whoever called died after the outputs were in their place.
            return self.end(standing, ask, made, None, now).await;
        }
        let order = self.order(record, ask).await?;
        let answer = self.vendors.check(&order, handle).await;
        // What is done is paid, and kept; only what still runs is stopped.
        let running = matches!(answer.outcome, Outcome::Accepted { .. });
        if running && !standing.wanted() && !record.called.stopped {
            // Where that fails it is tried at the next look; what the check told is not lost for it.
            if self.vendors.cancel(&order, handle).await.is_ok() {
                let stopped = json!({ "stopped": true });
                let stopped = Write::set(AttemptRecord::key(&record.id), stopped);
                self.lanes.table.write(vec![stopped]).await?;
            }
        }
        self.take_in(standing, ask, answer, now).await
    }

    /// News of a webhook that was verified: it can only say which work to ask about.
    pub async fn heard(&self, attempt: &AttemptId, handle: &Handle) -> Result<()> {
        let standing = self.standing(attempt).await?;
        let record = &standing.attempt;
        match &record.called.handle {
            Some(known) if known.id != handle.id => {
                return Err(Error::Invalid(format!("{} is not what {attempt} is", handle.id)));
            }
            Some(_) => {}
            // It came before the answer to the start was on record, or that answer was lost.
            None => self.keep_handle(record, handle).await?,
        }
        // News are worth a look before its time.
        let now = Write::set(AttemptRecord::key(attempt), json!({ "look_at": null }));
        self.lanes.table.write(vec![now]).await?;
        self.lanes.calls.send(&json!({ "attempt": attempt }), 0).await
    }

    /// The handle goes on record before anything else happens.
    pub(super) async fn keep_handle(&self, record: &AttemptRecord, handle: &Handle) -> Result<()> {
        let key = AttemptRecord::key(&record.id);
        let fields = json!({ "handle": handle });
        let write = Write::set(key.clone(), fields).when(Condition::Without("handle"));
        self.lanes.table.write(vec![write]).await?;
        let running = Write::set(key, json!({ "state": AttemptState::Running }))
            .when_in("state", AttemptState::Running.from());
        self.lanes.table.write(vec![running]).await.map(drop)
    }

    /// Takes an answer in.
    pub(super) async fn take_in(
        &self,
        standing: &Standing,
        ask: &Ask,
        answer: Answer,
        now: Time,
    ) -> Result<()> {
        let record = &standing.attempt;
        let vendor = &record.work.lane;
        if let (Outcome::Accepted { handle, .. }, None) = (&answer.outcome, &record.called.handle) {
            self.keep_handle(record, handle).await?;
        }
        let slowed = match answer.limits {
            Some(limits) => self.lanes.slow(vendor, limits, now).await,
            None => Ok(()),
        };
        // What is only not known of accepted work says nothing of the model.
        let told = match &answer.outcome {
            Outcome::Unknown(_) if record.called.handle.is_some() => None,
            // Whether it is of use, is seen when it is fetched.
            Outcome::Done(_) => None,
            outcome => Told::of(outcome),
        };
        // Before the slot is free, since whoever comes next must know; the ledger gets the answer all the same.
        let noted = match told {
            Some(told) => self.tells(record, ask, told, now).await,
            None => Ok(()),
        };
        let silent = told.is_some() && matches!(answer.outcome, Outcome::Unknown(_));
        let drift = answer.drift;
        let taken = match answer.outcome {
            Outcome::Accepted { fraction, .. } => self.accepted(standing, ask, fraction, now).await,
            Outcome::Done(done) => Box::pin(self.done(standing, ask, done, now)).await,
            Outcome::Refused(refusal) => {
                let accepted = record.called.handle.is_some();
                let failure = Failure::of(&refusal, accepted, !record.work.others.is_empty());
                let state = if accepted { AttemptState::Failed } else { AttemptState::Refused };
                Box::pin(self.nothing(record, state, &failure, MicroUsd(0), now)).await
            }
            Outcome::Failed { refusal, usd } => {
                let failure = Failure::of(&refusal, true, !record.work.others.is_empty());
                let usd = usd.unwrap_or_default();
                Box::pin(self.nothing(record, AttemptState::Failed, &failure, usd, now)).await
            }
            Outcome::Unknown(reason) => Box::pin(self.unknown(standing, ask, &reason, now)).await,
        };
        taken?;
        noted?;
        slowed?;
        if silent {
            // Nothing ended, so nobody looks at what waits there: it may have to go elsewhere now.
            self.lanes.fill(vendor, now).await?;
        }
        match drift {
            Some(drift) => drift.keep(self.lanes.table, vendor, &record.id, now).await,
            None => Ok(()),
        }
    }

    /// Notes what an attempt tells of its vendor. An attempt counts once.
    pub(super) async fn tells(
        &self,
        record: &AttemptRecord,
        ask: &Ask,
        told: Told,
        now: Time,
    ) -> Result<()> {
        let whose = (record.work.lane.as_str(), ask.model.as_str());
        circuit::note(self.lanes.table, whose, told, &record.id, now).await
    }

    /// The vendor has it, and its handle is on record: now the lease, then the next look.
    async fn accepted(
        &self,
        standing: &Standing,
        ask: &Ask,
        fraction: Option<f64>,
        now: Time,
    ) -> Result<()> {
        let record = &standing.attempt;
        let looks = record.called.looks + 1;
        let fraction = fraction.filter(|fraction| record.fraction < *fraction);
        if let Some(fraction) = fraction {
            let news = News::Progress { fraction };
            let report = self.report(record, u64::from(looks), news, None);
            let context = Context::of(record, record.work.event, false);
            self.lanes.progress(&report, &context, now).await?;
        }
        let given_up = record.work.deadline_at.plus_s(AFTER_S) < now;
        if given_up {
            // It stays on the ledger as it is: the sweep reports it, and an operator decides.
            return self.let_go(record, now).await;
        }
        let pause_s = ask.pause_s(looks - 1);
        self.again(record, looks, pause_s, now).await
    }

    /// Looks again later, and holds the slot until then.
    pub(super) async fn again(
        &self,
        record: &AttemptRecord,
        looks: u32,
        pause_s: u32,
        now: Time,
    ) -> Result<()> {
        if !record.followed() && self.kept_long_enough(record, now) {
            // Nobody knows of any work there; those who wait need not wait for that too.
            self.let_go(record, now).await?;
        }
        let until = now.plus_s(pause_s).plus_s(self.lanes.settings.lease_s);
        let lease =
            Write::set(slot_key(&record.work.lane, &record.slot), json!({ "lease_until": until }));
        self.lanes.table.write(vec![lease.when_is("attempt", &record.id)]).await?;
        // First asked for, then written: who dies in between leaves one look too many, not one too few.
        self.lanes.calls.send(&json!({ "attempt": record.id }), pause_s).await?;
        let look_at = Time(now.plus_s(pause_s).0 - EARLY_MS);
        let looked = json!({ "looks": looks, "look_at": look_at });
        let looked = Write::set(AttemptRecord::key(&record.id), looked);
        self.lanes.table.write(vec![looked]).await.map(drop)
    }

    /// The slot of work that nobody asks about any more goes to others.
    pub(super) async fn let_go(&self, record: &AttemptRecord, now: Time) -> Result<()> {
        let slot = slot_key(&record.work.lane, &record.slot);
        self.lanes.table.write(vec![let_go(slot, &record.id, now)]).await?;
        self.lanes.fill(&record.work.lane, now).await
    }

    /// It came to nothing: what follows is decided where all repeats are; then the slot is free.
    pub(super) async fn nothing(
        &self,
        record: &AttemptRecord,
        state: AttemptState,
        failure: &Failure,
        usd: MicroUsd,
        now: Time,
    ) -> Result<()> {
        self.lanes.came_to_nothing(&record.id, state, failure, usd, now).await?;
        self.lanes.fill(&record.work.lane, now).await
    }

    pub(super) fn report(
        &self,
        record: &AttemptRecord,
        seq: u64,
        news: News,
        usd: Option<MicroUsd>,
    ) -> Report {
        let model = match &record.called.served {
            Some(served) => format!("{}/{served}", record.work.lane),
            None => record.work.model(),
        };
        Report {
            attempt: record.id.clone(),
            seq,
            context: String::new(),
            news,
            slot_seconds: None,
            made_by: Some(MadeBy { model, procedural: false }),
            usd,
        }
    }

    /// All that the vendor is asked with.
    pub(super) async fn order(&self, record: &AttemptRecord, ask: &Ask) -> Result<Order> {
        let work = &record.work;
        let mut inputs = BTreeMap::new();
        for (port, stored) in &work.inputs {
            let signed =
                self.lanes.objects.presign_get(Bucket::Assets, &stored.key, INPUT_S).await?;
            let (sha256, media_type) = (stored.sha256.clone(), stored.media_type.clone());
            inputs.insert(port.clone(), Input { url: signed.url, sha256, media_type });
        }
        let left = work.deadline_at.since_ms((self.clock)()) / 1000;
        Ok(Order {
            attempt: record.id.clone(),
            vendor: work.lane.clone(),
            kind: work.kind.clone(),
            model: ask.model.clone(),
            effort: ask.effort,
            params: work.params.clone(),
            inputs,
            outputs: work.outputs.clone(),
            webhook: Some(self.lanes.settings.webhook_of(&work.lane, &record.id)),
            deadline_s: left.clamp(1, 86_400) as u32,
        })
    }
}
