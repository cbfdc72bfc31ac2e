//! A decision takes effect: the gate's step, the job and the execution learn of it, in one transaction and one call.

use super::RACES;
use super::ask::Decision;
use super::clear::Approval;
use super::make::affordable;
use super::record::{Decided, ReviewRecord, ReviewState};
use super::rules::OnExpiry;
use super::wait::outcome_of;
use crate::call::QUIET_S;
use crate::error::{Error, Result};
use crate::event::{Committed, Event, commit, last_number};
use crate::gate::policy::copies;
use crate::gate::report;
use crate::gate::{again, remakes};
use crate::id::{PersonId, ReviewId};
use crate::lane::outcome;
use crate::ports::{Flow, Queue, Table};
use crate::record::{AssetRecord, DUE, JobRecord, StepRecord};
use crate::skip::Ending;
use crate::state::{JobState, StepState};
use crate::store::{Write, Written};
use crate::time::Time;
use crate::view::JobView;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Most steps that are sent back at once: a transaction takes 100 writes.
const STEPS_MOST: usize = 60;
/// One of those 100 is left for who watches the job.
const CHANGES_MOST: usize = 99;

/// Lets a decision take effect whose time has come, and tells the execution. Safe to repeat.
pub async fn take_effect(
    table: &dyn Table,
    (flow, queue): (&dyn Flow, &dyn Queue),
    id: &ReviewId,
    now: Time,
) -> Result<()> {
    for _ in 0..RACES {
        let Some(view) = JobView::read(table, &id.job()).await? else { return Ok(()) };
        let Some(review) = view.reviews.iter().find(|review| review.id == *id) else {
            return Ok(());
        };
        let decided = match (review.state, &review.decided) {
            (ReviewState::Closed, _) => return tell(flow, &view, review, None).await,
            (ReviewState::Decided, Some(decided)) => decided,
            _ => return Ok(()),
        };
        if now < decided.effect_at {
            let left_s = (decided.effect_at.0 - now.0).div_euclid(1000) + 1;
            return queue.send(&json!({ "review_due": id }), left_s.min(900) as u32).await;
        }
        let gate = view.step(id.gate());
        let stands = view.job.state.open()
            && view.job.run == review.run
            && gate.round == id.round()
            && gate.state == StepState::Waiting;
        if !stands {
            withdraw(table, review, now).await?;
            return Ok(());
        }
        let effect = Effect::of(&view, review, decided, now)?;
        let last = last_number(table, &view.job.id).await?;
        let (writes, events) = effect.writes(&view, review, now)?;
        if let Committed::Done(n) = commit(table, &view.job.id, last, writes, &events).await? {
            let after = JobView::expect(table, &view.job.id).await?;
            return tell(flow, &after, review, Some(n)).await;
        }
    }
    Err(Error::Again(format!("review {id} is contended")))
}

/// Nothing depends on a review any more.
pub(super) async fn withdraw(table: &dyn Table, review: &ReviewRecord, now: Time) -> Result<bool> {
    let withdrawn = review.clone().placed(ReviewState::Withdrawn, now);
    Ok(table.write(vec![withdrawn.replace(review)?]).await? == Written::Done)
}

/// Tells the execution what came of a wave, if all of it is known and the execution waits.
pub(super) async fn tell(
    flow: &dyn Flow,
    view: &JobView,
    review: &ReviewRecord,
    event: Option<u64>,
) -> Result<()> {
    let round = review.id.round();
    let Some(told) = outcome_of(view, review.wave, review.run, round) else { return Ok(()) };
    let told = event.map_or(told.clone(), |n| outcome::at(told, n));
    let of_wave = |one: &&ReviewRecord| one.wave == review.wave && one.id.round() == round;
    let tokens: BTreeSet<&String> =
        view.reviews.iter().filter(of_wave).filter_map(|one| one.token.as_ref()).collect();
    for token in tokens {
        flow.complete(token, &told).await?;
    }
    Ok(())
}

/// What a decision changes.
struct Effect {
    outcome: Value,
    word: &'static str,
    by: Vec<PersonId>,
    records: BTreeMap<String, StepRecord>,
    others: Vec<Write>,
    reason: Option<String>,
    round: Option<u32>,
    ending: Option<Ending>,
}

impl Effect {
    fn of(view: &JobView, review: &ReviewRecord, decided: &Decided, now: Time) -> Result<Self> {
        let mut effect = Self {
            outcome: outcome::ok(),
            word: decided.decision.map_or("expire", Decision::as_str),
            by: decided.by.clone(),
            records: BTreeMap::new(),
            others: Vec::new(),
            reason: None,
            round: None,
            ending: None,
        };
        let names: Vec<&str> = decided.by.iter().map(PersonId::as_str).collect();
        let by = names.join(", ");
        match decided.decision {
            Some(Decision::Approve | Decision::Edit) => effect.approve(view, review, now)?,
            Some(Decision::Reject) => {
                let why = format!("rejected by {by}");
                // What was planted is not what people made of it: it stays as hard to tell as it was.
                let planted = review.subjects.iter().any(|it| view.planted.contains(&it.sha256));
                if !planted {
                    effect.others = copies::reject(view, &review.subjects, &why)?;
                }
                effect.end(view, review, StepState::Failed, &why, now);
            }
            Some(Decision::Regenerate) => match affordable(view, review) {
                Ok(maker) => effect.back(view, review, &maker, decided.note.clone()),
                Err(why) => {
                    let why = format!("{by} wants it made again: {why}");
                    effect.end(view, review, StepState::Failed, &why, now);
                }
            },
            None => {
                let state = match review.rules.on_expiry {
                    OnExpiry::Reject => StepState::Failed,
                    OnExpiry::Expire => StepState::Expired,
                };
                effect.end(view, review, state, "nobody decided in time", now);
            }
        }
        Ok(effect)
    }

    fn approve(&mut self, view: &JobView, review: &ReviewRecord, now: Time) -> Result<()> {
        let gate = review.id.gate();
        let mut record = view.step(gate);
        let approval = Approval {
            review: review.id.clone(),
            by: self.by.clone(),
            at: now,
            subjects: review.subjects.clone(),
        };
        record.state = StepState::Succeeded;
        record.error = None;
        record.ended_at = Some(now);
        let mut verdict = record.verdict.take().unwrap_or_else(|| review.verdict.clone());
        verdict["approved"] = json!(approval);
        record.verdict = Some(verdict);
        self.records.insert(gate.to_owned(), record);
        let Some(edited) = &review.edited else { return Ok(()) };
        let Some(new) = &edited.replacement else {
            let change = json!({ "edited": edited.change });
            self.others.push(Write::set(AssetRecord::record_key(&edited.subject), change));
            return Ok(());
        };
        self.others.push(Write::create(AssetRecord::record_key(&new.id), new)?);
        // The step that made it; and where it was the best of several, the one whose outputs go on.
        for record in view.steps.values() {
            if record.outputs.values().flatten().any(|id| *id == edited.subject) {
                let mut record = record.clone();
                for id in record.outputs.values_mut().flatten().filter(|id| **id == edited.subject)
                {
                    id.clone_from(&new.id);
                }
                self.records.insert(record.name.clone(), record);
            }
        }
        let upstream = view.plan.upstream(gate);
        let mut steps = view.plan.downstream(&new.step);
        // What was made or judged of the other bytes meanwhile is not of these.
        steps.retain(|step| {
            *step != new.step
                && step != gate
                && !upstream.contains(step)
                && view.steps.get(step).is_some_and(|record| record.state != StepState::Pending)
        });
        if let Some(wave) = steps.iter().filter_map(|step| view.plan.wave_of(step)).min() {
            self.send_back(view, review, wave, steps);
        }
        Ok(())
    }

    fn back(&mut self, view: &JobView, review: &ReviewRecord, maker: &str, note: Option<String>) {
        let makers = view.pipeline.beside(maker);
        let wave = makers.iter().filter_map(|step| view.plan.wave_of(step)).min();
        self.send_back(view, review, wave.unwrap_or(review.wave), remakes(view, maker));
        for maker in makers {
            if let Some(record) = self.records.get_mut(maker) {
                record.note.clone_from(&note);
            }
        }
    }

    /// Back to a wave; these steps are made again, and so is what other gates of this wave asked people about.
    fn send_back(
        &mut self,
        view: &JobView,
        review: &ReviewRecord,
        wave: usize,
        steps: Vec<String>,
    ) {
        let round = view.job.round.max(review.id.round()) + 1;
        let gates = siblings(view, review).map(|other| other.id.gate().to_owned());
        for step in steps.into_iter().chain(gates) {
            if let Some(record) = view.steps.get(&step) {
                self.records.insert(step, again(record, round));
            }
        }
        self.round = Some(round);
        self.outcome = json!({ "goto": wave, "round": round });
    }

    fn end(
        &mut self,
        view: &JobView,
        review: &ReviewRecord,
        state: StepState,
        why: &str,
        now: Time,
    ) {
        let gate = review.id.gate();
        let ending = Ending::failed(view, gate, state, why);
        let mut record = view.step(gate);
        ending.close(&mut record, now);
        self.records.insert(gate.to_owned(), record);
        self.outcome = match ending.state {
            StepState::Skipped => outcome::ok(),
            StepState::Expired => outcome::end(JobState::Expired),
            _ => outcome::end(JobState::Rejected),
        };
        if self.outcome.get("end").is_some() {
            self.reason = Some(format!("{gate}: {why}"));
            for other in siblings(view, review) {
                let mut record = view.step(other.id.gate());
                record.state = StepState::Canceled;
                record.ended_at = Some(now);
                self.records.insert(record.name.clone(), record);
            }
        }
        self.ending = Some(ending);
    }

    fn writes(
        mut self,
        view: &JobView,
        review: &ReviewRecord,
        now: Time,
    ) -> Result<(Vec<Write>, Vec<Event>)> {
        if STEPS_MOST < self.records.len() {
            let why = format!("{} steps are too many to be sent back at once", self.records.len());
            (self.records, self.others, self.round) = (BTreeMap::new(), Vec::new(), None);
            self.end(view, review, StepState::Failed, &why, now);
        }
        let running = json!({
            "state": JobState::Running, "updated_at": now, "due_pk": DUE,
            "due_at": now.plus_s(QUIET_S),
        });
        let mut of_job = Write::set(JobRecord::key(&view.job.id), running)
            .when_in("state", &JobState::OPEN)
            .when_is("run", review.run)
            .when_is("round", view.job.round);
        if let Some(reason) = &self.reason {
            of_job = of_job.also("reason", reason);
        }
        if let Some(round) = self.round {
            of_job = of_job.also("round", round);
        }
        if let Some(ending) = &self.ending {
            of_job = ending.mark(of_job);
        }
        let mut closed = review.clone().placed(ReviewState::Closed, now);
        closed.outcome = Some(self.outcome.clone());
        let mut writes = vec![of_job, closed.replace(review)?];
        for record in self.records.values() {
            let before = view.step(&record.name);
            let write = Write::put(StepRecord::key(&view.job.id, &record.name), record)?;
            writes.push(write.when_is("round", before.round).when_is("state", before.state));
        }
        writes.extend(self.others);
        let mut event = Event::new(now, "review.decided")
            .step(review.id.gate())
            .with("review", &review.id)
            .with("decision", self.word)
            .with("by", &self.by);
        if let Some(head) = &view.job.audit {
            event = event.with("audit", head);
        }
        let mut events: Vec<Event> = self.ending.iter().map(|ending| ending.event(now)).collect();
        events.push(event);
        if self.outcome.get("ok").is_none() {
            for other in siblings(view, review) {
                let withdrawn = other.clone().placed(ReviewState::Withdrawn, now);
                writes.push(withdrawn.replace(other)?);
                let event = Event::new(now, "review.withdrawn").step(other.id.gate());
                events.push(event.with("review", &other.id));
            }
        }
        // What the gate said is on record for the report; now people's word is, too, where it fits in.
        if writes.len() + events.len() < CHANGES_MOST {
            writes.extend(review.decided.as_ref().and_then(|it| report::decided(review, it)));
        }
        Ok((writes, events))
    }
}

/// The other reviews of the same wave that are still waited for.
fn siblings<'v>(
    view: &'v JobView,
    review: &'v ReviewRecord,
) -> impl Iterator<Item = &'v ReviewRecord> {
    view.reviews.iter().filter(move |other| {
        other.id != review.id
            && other.wave == review.wave
            && other.id.round() == review.id.round()
            && other.state.waits()
    })
}
