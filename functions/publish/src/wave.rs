//! The way of a wave: judge, put on the ledger, send, record. Usually one read and two writes.

use crate::Publishing;
use crate::facts::{AT_ONCE, changes, published};
use crate::hub::{LEASE_S, Sent};
use crate::steps::{ended, running, unsent, without};
use crate::task::{self, Task};
use crate::window::{self, Door};
use domain::call::Call;
use domain::error::{Error, Result};
use domain::event::{Committed, Event, commit};
use domain::lane::outcome;
use domain::pipeline::{Function, Step};
use domain::publish::{Finding, NotCleared, begun, line, started};
use domain::record::{AssetRecord, PostingRecord, PublicationState};
use domain::skip::{Ending, Turn, turn};
use domain::state::{JobState, StepState};
use domain::store::Write;
use domain::takedown::guards;
use domain::time::{Now, Time};
use domain::view::JobView;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How often a lost race is run again.
const RACES: usize = 5;
/// Entries of the ledger per transaction, which holds at most 100 changes: with steps and events beside them.
const BEGUN_AT_ONCE: usize = 60;

impl Publishing<'_> {
    /// Publishes the wave of a call.
    pub(crate) async fn wave(&self, call: &Call, clock: &dyn Now) -> Result<Value> {
        let mut waited = BTreeMap::new();
        for race in 0..RACES {
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
            if let Some(told) = self.publish(call, view, (&steps, &mut waited, race), clock).await?
            {
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
        (steps, waited, race): (&[String], &mut BTreeMap<String, Time>, usize),
        clock: &dyn Now,
    ) -> Result<Option<Value>> {
        let now = clock.now();
        let open = steps.iter().filter(|step| call.answered(&view, step).is_none());
        let open: Vec<String> = open.cloned().collect();
        let (mut tasks, mut posts, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
        let (mut opened, mut shut, mut last) = (Vec::new(), Vec::new(), call.event);
        // All of the wave is judged before anything of it is sent.
        for step in &open {
            if let Turn::Not(ending) = turn(&view, step, call.run)? {
                gaps.push(ending);
                continue;
            }
            match self.door(call, (&mut view, step), &mut last, now).await? {
                Some(Door::Open(write)) => opened.extend(write),
                Some(Door::Shut) => {
                    shut.push(step.clone());
                    continue;
                }
                Some(Door::Gone(ending)) => {
                    gaps.push(ending);
                    continue;
                }
                None => return Ok(None),
            }
            let is_post = view.pipeline.step(step).is_some_and(Step::posts);
            let judged = match is_post {
                true => self.post(&view, step, now).await?.map(|post| posts.push(post)),
                false => {
                    let more = self.tasks(call, &view, step, now).await?;
                    more.map(|more| tasks.extend(more))
                }
            };
            let judged = match judged {
                // The ledger was refused before: perhaps because something of it was taken down.
                Ok(()) if 0 < race => {
                    self.taken_down_of(&view, step, (&mut tasks, &mut posts)).await?
                }
                judged => judged,
            };
            match judged {
                Ok(()) => {}
                Err(why) => match unsent(call, &view, step, &why) {
                    Some(gap) => gaps.push(gap),
                    None => return self.refuse(call, &view, step, &why, now).await,
                },
            }
        }
        let open: Vec<String> = open.into_iter().filter(|step| !shut.contains(step)).collect();
        if open.is_empty() {
            return Ok(Some(outcome::at(window::waits(), last)));
        }
        if self.others(&posts, waited, now).await {
            return Ok(None);
        }
        task::check(&mut tasks).await;
        let begins = (opened, last);
        let begun = self.begin(call, &mut view, (&mut tasks, &mut posts), begins, now).await?;
        let Some(last) = begun else { return Ok(None) };
        task::send(&mut tasks).await;
        let lost = self.drive_all(&view, &mut posts, clock).await;
        let done = (tasks.as_slice(), posts.as_slice());
        let told = self.finish(call, &view, (&open, gaps), done, last, clock.now()).await?;
        match lost {
            // What became of the others is on record all the same.
            Some(why) => Err(why),
            None => Ok(told.map(|told| window::told(told, !shut.is_empty()))),
        }
    }

    /// Ledger first: nothing is sent that is not on it, nor for a job that is not open, nor before its window is on record as open.
    async fn begin(
        &self,
        call: &Call,
        view: &mut JobView,
        (tasks, posts): (&mut [Task<'_>], &mut [Sent<'_>]),
        (mut head, mut last): (Vec<Write>, u64),
        now: Time,
    ) -> Result<Option<u64>> {
        let mut fresh: BTreeMap<String, Event> = BTreeMap::new();
        let mut writes = Vec::new();
        let mut assets = BTreeSet::new();
        let mut listed = BTreeMap::new();
        for task in tasks.iter_mut().filter(|task| task.outcome.is_none()) {
            let step = task.post.step.clone();
            let first =
                task.record.as_ref().is_none_or(|old| old.state == PublicationState::Failed);
            let (record, write) = started(&task.post, &task.kind, task.record.as_ref(), now)?;
            task.record = Some(record);
            writes.push(write);
            assets.insert(task.post.asset.id.clone());
            if first {
                listed.insert(step.clone(), (task.kind.clone(), None));
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
            head.extend(taken_up(call, view, step, now)?);
        }
        for post in posts.iter_mut().filter(|post| !post.was_done()) {
            let busy = (now, now.plus_s(LEASE_S));
            let of = (&call.job, post.step.as_str());
            let (record, write) = begun(of, (&post.posting, &post.gone), post.old.as_ref(), busy)?;
            writes.push(write);
            assets.extend(post.posting.content.media.iter().map(|medium| medium.asset.clone()));
            if post.old.as_ref().is_none_or(|old| old.state == PublicationState::Failed) {
                let event = Event::new(now, "publication.started")
                    .step(&post.step)
                    .with("target", &record.target)
                    .with("publication", PostingRecord::public_id(&call.job, &post.step));
                fresh.insert(post.step.clone(), event);
                let whose = record.connection.clone();
                listed.insert(post.step.clone(), (record.target.clone(), whose));
            }
            post.record = Some(record);
            head.extend(taken_up(call, view, post.step.clone(), now)?);
        }
        for (step, (target, whose)) in &listed {
            writes.push(line(view, step, (target, whose.as_deref()), now)?);
        }
        // At the end: what is on the ledger by then is seen by whoever blocks something of it after that.
        let assets: Vec<&AssetRecord> =
            assets.iter().filter_map(|asset| view.assets.get(asset)).collect();
        writes.extend(guards(view, &assets)?);
        let mut events: Vec<Event> = fresh.into_values().collect();
        for some in writes.chunks(BEGUN_AT_ONCE) {
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
        (tasks, posts): (&[Task<'_>], &[Sent<'_>]),
        mut last: u64,
        now: Time,
    ) -> Result<Option<Value>> {
        let mut facts = Vec::new();
        let mut of_steps = Vec::new();
        let (mut failed, mut again) = (false, None);
        let unsent: Vec<String> = gaps.iter().map(|gap| gap.step().to_owned()).collect();
        for step in steps.iter().filter(|step| !unsent.contains(step)) {
            let finding = match posts.iter().find(|post| post.step == *step) {
                Some(post) => {
                    let (fact, finding) = post.found(call, now)?;
                    facts.extend(fact);
                    finding
                }
                None => {
                    let (mut more, finding) = self.find(step, tasks, now).await;
                    facts.append(&mut more);
                    finding
                }
            };
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
        let out: Vec<_> = tasks.iter().filter(|task| task.is_there()).collect();
        facts.extend(published(call, view, &out)?);
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
}

/// The record of a step that is taken up now, where it was not before.
fn taken_up(call: &Call, view: &mut JobView, step: String, now: Time) -> Result<Option<Write>> {
    let old = view.step(&step);
    if (old.round, old.state) == (call.round, StepState::Running) {
        return Ok(None);
    }
    let new = running(call, view, old, now);
    let write = call.replace(view, &new)?;
    view.steps.insert(step, new);
    Ok(Some(write))
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
