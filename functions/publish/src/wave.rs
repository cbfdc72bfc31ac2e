//! The way of a wave: judge, put on the ledger, send, record. Usually one read and two writes.

use crate::Publishing;
use crate::task::{self, Task};
use domain::call::Call;
use domain::error::{Error, Result};
use domain::event::{Committed, Event, commit};
use domain::lane::outcome;
use domain::pipeline::Function;
use domain::ports::Refusal;
use domain::publish::{Fact, Finding, NotCleared, Outcome, Posted, finding, started};
use domain::record::{PublicationState, Skipped, StepRecord, Told};
use domain::skip::{Ending, Turn, turn};
use domain::state::{JobState, StepState};
use domain::store::Write;
use domain::time::{Now, Time};
use domain::view::JobView;
use serde_json::Value;
use std::collections::BTreeMap;

/// How often a lost race is run again.
const RACES: usize = 5;
/// Publications per transaction, which holds at most 100 changes.
const AT_ONCE: usize = 30;

impl Publishing<'_> {
    /// Publishes the wave of a call.
    pub(crate) async fn wave(&self, call: &Call, clock: &dyn Now) -> Result<Value> {
        for _ in 0..RACES {
            let view = call.read(self.table).await?;
            let steps = call.steps(&view)?;
            must_publish(&view, &steps)?;
            if let Some(told) = answer(call, &view, &steps) {
                if !view.job.state.open() {
                    self.reconcile(call, &view, &steps, clock.now()).await?;
                }
                return Ok(told);
            }
            if view.job.run < call.run {
                return Err(Error::Invalid(format!("job {} has no run {}", call.job, call.run)));
            }
            if let Some(told) = self.publish(call, view, &steps, clock).await? {
                return Ok(told);
            }
        }
        Err(Error::Again(format!("publications of {} are contended", call.job)))
    }

    /// None where somebody else changed the job meanwhile.
    async fn publish(
        &self,
        call: &Call,
        mut view: JobView,
        steps: &[String],
        clock: &dyn Now,
    ) -> Result<Option<Value>> {
        let now = clock.now();
        let open = steps.iter().filter(|step| call.answered(&view, step).is_none());
        let open: Vec<String> = open.cloned().collect();
        let (mut tasks, mut gaps) = (Vec::new(), Vec::new());
        // All of the wave is judged before anything of it is sent.
        for step in &open {
            if let Turn::Not(ending) = turn(&view, step, call.run)? {
                gaps.push(ending);
                continue;
            }
            match self.tasks(call, &view, step, now).await? {
                Ok(more) => tasks.extend(more),
                Err(why) => match unsent(call, &view, step, &why) {
                    Some(gap) => gaps.push(gap),
                    None => return self.refuse(call, &view, step, &why, now).await,
                },
            }
        }
        task::check(&mut tasks).await;
        let Some(last) = self.begin(call, &mut view, &mut tasks, now).await? else {
            return Ok(None);
        };
        task::send(&mut tasks).await;
        self.finish(call, &view, (&open, gaps), &tasks, last, clock.now()).await
    }

    /// Ledger first: nothing is sent that is not on it, nor for a job that is not open.
    async fn begin(
        &self,
        call: &Call,
        view: &mut JobView,
        tasks: &mut [Task<'_>],
        now: Time,
    ) -> Result<Option<u64>> {
        let mut fresh: BTreeMap<String, Event> = BTreeMap::new();
        let mut writes = Vec::new();
        let mut head = Vec::new();
        for task in tasks.iter_mut().filter(|task| task.outcome.is_none()) {
            let step = task.post.step.clone();
            let first =
                task.record.as_ref().is_none_or(|old| old.state == PublicationState::Failed);
            let (record, write) = started(&task.post, &task.kind, task.record.as_ref(), now)?;
            task.record = Some(record);
            writes.push(write);
            if first {
                let event = fresh.entry(step.clone()).or_insert_with(|| {
                    Event::new(now, "publication.started")
                        .step(&step)
                        .with("target", &task.kind)
                        .with("assets", Vec::<Value>::new())
                });
                if let Some(Value::Array(assets)) = event.data.get_mut("assets") {
                    assets.push(task.post.asset.id.as_str().into());
                }
            }
            let old = view.step(&step);
            if (old.round, old.state) != (call.round, StepState::Running) {
                let new = running(call, view, old, now);
                head.push(call.replace(view, &new)?);
                view.steps.insert(step, new);
            }
        }
        let mut last = call.event;
        let mut events: Vec<Event> = fresh.into_values().collect();
        for some in writes.chunks(AT_ONCE) {
            let mut all = vec![call.if_open(now)];
            all.append(&mut head);
            all.extend_from_slice(some);
            match commit(self.table, &call.job, last, all, &std::mem::take(&mut events)).await? {
                Committed::Done(n) => last = n,
                Committed::Refused(_) => return Ok(None),
            }
        }
        Ok(Some(last))
    }

    /// Records what came of it: publications, steps and events.
    async fn finish(
        &self,
        call: &Call,
        view: &JobView,
        (steps, mut gaps): (&[String], Vec<Ending>),
        tasks: &[Task<'_>],
        mut last: u64,
        now: Time,
    ) -> Result<Option<Value>> {
        let mut facts = Vec::new();
        let mut of_steps = Vec::new();
        let (mut failed, mut again) = (false, None);
        let unsent: Vec<String> = gaps.iter().map(|gap| gap.step().to_owned()).collect();
        for step in steps.iter().filter(|step| !unsent.contains(step)) {
            let (mut more, finding) = self.find(step, tasks, now).await;
            facts.append(&mut more);
            match finding {
                Finding::There(_) => of_steps.push(ended(call, view, step, Ok(()), now)?),
                Finding::Never(why) => {
                    let ending = Ending::failed(view, step, StepState::Failed, &why);
                    match ending.state {
                        StepState::Skipped => gaps.push(ending),
                        _ => {
                            failed = true;
                            let end = Err((JobState::Failed, why));
                            of_steps.push(ended(call, view, step, end, now)?);
                        }
                    }
                }
                Finding::Again(why) => again = again.or(Some(format!("publish {step}: {why}"))),
            }
        }
        failed |= gaps.iter().any(|gap| gap.state != StepState::Skipped);
        of_steps.extend(without(call, view, gaps, now)?);
        let tail = facts.split_off(facts.len().saturating_sub(1) / AT_ONCE * AT_ONCE);
        for some in facts.chunks(AT_ONCE) {
            last = self.record(call, some.to_vec(), last).await?;
        }
        let (writes, events) = changes(tail.iter().chain(&of_steps));
        if !writes.is_empty() {
            match commit(self.table, &call.job, last, writes, &events).await? {
                Committed::Done(n) => last = n,
                Committed::Refused(_) => {
                    // What is published is so, whatever became of the step meanwhile.
                    self.record(call, tail, last).await?;
                    return Ok(None);
                }
            }
        }
        match again {
            _ if failed => Ok(Some(outcome::at(outcome::end(JobState::Failed), last))),
            Some(why) => Err(Error::Again(why)),
            None => Ok(Some(outcome::at(outcome::ok(), last))),
        }
    }

    /// What is known of all that a step publishes, made visible if all of it is there.
    async fn find(&self, step: &str, tasks: &[Task<'_>], now: Time) -> (Vec<Fact>, Finding) {
        let (mut facts, mut posted, mut worst) = (Vec::new(), Vec::new(), None);
        let ours: Vec<&Task<'_>> = tasks.iter().filter(|task| task.post.step == step).collect();
        for task in &ours {
            let (Some(record), Some(outcome)) = (&task.record, &task.outcome) else { continue };
            let (finding, fact) = finding(&task.post, record, outcome, now);
            if !task.was_done() {
                facts.push(fact);
            }
            match finding {
                Finding::There(location) => {
                    posted.push(Posted { post: task.post.clone(), location });
                }
                Finding::Never(_) => worst = Some(finding),
                Finding::Again(_) => worst = worst.or(Some(finding)),
            }
        }
        let finding = match (worst, ours.first()) {
            (Some(worst), _) => worst,
            (None, None) => Finding::There(String::new()),
            (None, Some(task)) => match task.target().finalize(&posted).await {
                Outcome::Done(location) => Finding::There(location),
                Outcome::Accepted => Finding::Again("the target still works on it".into()),
                Outcome::Refused(Refusal::Later, why) | Outcome::Unknown(why) => {
                    Finding::Again(why)
                }
                Outcome::Refused(_, why) => Finding::Never(why),
            },
        };
        (facts, finding)
    }

    /// Records facts, leaving out those that somebody else was faster with.
    async fn record(&self, call: &Call, mut facts: Vec<Fact>, last: u64) -> Result<u64> {
        let mut last = last;
        while !facts.is_empty() {
            let (writes, events) = changes(facts.iter());
            match commit(self.table, &call.job, last, writes, &events).await? {
                Committed::Done(n) => {
                    last = n;
                    break;
                }
                Committed::Refused(known) => {
                    let ours = facts.into_iter().enumerate();
                    let ours = ours.filter(|(index, _)| !known.contains(index));
                    facts = ours.map(|(_, fact)| fact).collect();
                }
            }
        }
        Ok(last)
    }

    /// Bytes that no verdict covers: the job is rejected, and nothing of the wave is sent.
    async fn refuse(
        &self,
        call: &Call,
        view: &JobView,
        step: &str,
        why: &NotCleared,
        now: Time,
    ) -> Result<Option<Value>> {
        let fact = ended(call, view, step, Err((JobState::Rejected, why.to_string())), now)?;
        let writes = vec![call.if_open(now), fact.write];
        let events: Vec<Event> = fact.event.into_iter().collect();
        match commit(self.table, &call.job, call.event, writes, &events).await? {
            Committed::Done(n) => Ok(Some(outcome::at(outcome::end(JobState::Rejected), n))),
            Committed::Refused(_) => Ok(None),
        }
    }

    /// Of a job that is over: what had been sent is recorded, what had not never will be.
    async fn reconcile(
        &self,
        call: &Call,
        view: &JobView,
        steps: &[String],
        now: Time,
    ) -> Result<()> {
        let mut facts = Vec::new();
        for task in self.left_open(view, steps, now)? {
            let outcome = match task.target().check(&task.post).await {
                Outcome::Refused(_, _) => {
                    Outcome::Refused(Refusal::Never, "the job was over before it was sent".into())
                }
                Outcome::Done(location) => Outcome::Done(location),
                Outcome::Accepted | Outcome::Unknown(_) => continue,
            };
            let Some(record) = &task.record else { continue };
            facts.push(finding(&task.post, record, &outcome, now).1);
        }
        for some in facts.chunks(AT_ONCE) {
            self.record(call, some.to_vec(), call.event).await?;
        }
        Ok(())
    }
}

fn must_publish(view: &JobView, steps: &[String]) -> Result<()> {
    let publishes = |step: &&String| {
        view.pipeline.step(step).is_some_and(|step| step.kind.function() == Function::Publish)
    };
    match steps.iter().find(|step| !publishes(step)) {
        Some(step) => {
            Err(Error::Invalid(format!("step {step} of {} publishes nothing", view.job.id)))
        }
        None => Ok(()),
    }
}

/// What the execution is told without any work: an end of any step, or that all are done.
fn answer(call: &Call, view: &JobView, steps: &[String]) -> Option<Value> {
    let told: Vec<Option<Value>> = steps.iter().map(|step| call.answered(view, step)).collect();
    let end = told.iter().flatten().find(|told| told.get("end").is_some());
    end.cloned().or_else(|| told.into_iter().collect::<Option<Vec<_>>>()?.pop())
}

/// The gap that a step leaves of which nothing may be sent, where the job goes on all the same: a gate
/// that has a say did not pass, and the job goes on without it; or the step may be lacking.
fn unsent(call: &Call, view: &JobView, step: &str, why: &NotCleared) -> Option<Ending> {
    if let NotCleared::Gate(gate) = why
        && let Some(skipped) = view.skipped(gate).and_then(|gate| gate.skipped.as_ref())
    {
        let (run, error) = (call.run, skipped.error);
        let reason = format!("{gate} did not pass what it would publish");
        return Some(Ending::skipped(view, step, Skipped { run, reason, error }));
    }
    let ending = Ending::failed(view, step, StepState::Failed, &why.to_string());
    Some(ending).filter(|ending| ending.state == StepState::Skipped)
}

/// The ends of steps that the job goes on without, and what its own record learns of them.
fn without(call: &Call, view: &JobView, gaps: Vec<Ending>, now: Time) -> Result<Vec<Fact>> {
    let mut facts = Vec::new();
    let mut known: Vec<Ending> = Vec::new();
    for gap in gaps {
        let gap = gap.after(&known);
        let mut record = view.step(gap.step());
        record.round = call.round;
        record.started_at = record.started_at.or(Some(now));
        record.told = Some(Told { round: call.round, outcome: gap.outcome() });
        gap.close(&mut record, now);
        facts.push(Fact { write: call.replace(view, &record)?, event: Some(gap.event(now)) });
        known.push(gap);
    }
    if let Some(last) = known.iter().rfind(|gap| gap.marks()) {
        facts.push(Fact { write: last.mark(call.if_open(now)), event: None });
    }
    Ok(facts)
}

fn running(call: &Call, view: &JobView, old: StepRecord, now: Time) -> StepRecord {
    let deadline = view.pipeline.step(&old.name).map(|step| now.plus_s(step.deadline_s));
    StepRecord {
        round: call.round,
        state: StepState::Running,
        started_at: Some(now),
        deadline_at: deadline,
        ended_at: None,
        error: None,
        skipped: None,
        told: None,
        ..old
    }
}

/// The end of a step, and what the execution is told of it now and whenever it asks again.
fn ended(
    call: &Call,
    view: &JobView,
    step: &str,
    end: Result<(), (JobState, String)>,
    now: Time,
) -> Result<Fact> {
    let (state, told, error) = match end {
        Ok(()) => (StepState::Succeeded, outcome::ok(), None),
        Err((end, why)) => (StepState::Failed, outcome::end(end), Some(why)),
    };
    let event = Event::new(now, format!("step.{state}")).step(step);
    let event = match &error {
        None => event.with("outputs", Vec::<Value>::new()).with("usd", 0),
        Some(why) => event.with("error", why),
    };
    let told = Some(Told { round: call.round, outcome: told });
    let ended_at = Some(now);
    let skipped = None;
    let new =
        StepRecord { round: call.round, state, ended_at, error, skipped, told, ..view.step(step) };
    Ok(Fact { write: call.replace(view, &new)?, event: Some(event) })
}

fn changes<'f>(facts: impl Iterator<Item = &'f Fact>) -> (Vec<Write>, Vec<Event>) {
    let (writes, events): (Vec<_>, Vec<_>) =
        facts.map(|fact| (fact.write.clone(), fact.event.clone())).unzip();
    (writes, events.into_iter().flatten().collect())
}
