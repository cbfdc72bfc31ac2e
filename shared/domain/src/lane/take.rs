//! A step that the state machine hands to a lane: on record first, then in the queue for a slot.

use super::claim::Start;
use super::recorded::{replace, unchanged, variation};
use super::{LaneView, Lanes, outcome};
use crate::chunk;
use crate::error::{Error, Result};
use crate::event::{Committed, commit};
use crate::id::{AttemptId, JobId};
use crate::money::MicroUsd;
use crate::pipeline::{Kind, PortType};
use crate::record::{AttemptRecord, JobRecord, StepRecord, Stored, Work};
use crate::skip::{Ending, Turn, turn};
use crate::spend::Marks;
use crate::state::{JobState, StepState};
use crate::store::Write;
use crate::time::Time;
use crate::vendor::{Asked, Maker, Standing, Standings, Weighed, Why, of_vendor};
use crate::view::JobView;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What the state machine sends to a lane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The job.
    pub job: JobId,
    /// Its run.
    pub run: u32,
    /// Its round.
    pub round: u32,
    /// The wave of the plan.
    pub wave: usize,
    /// The place in the wave.
    pub item: usize,
    /// The task token that waits.
    pub token: String,
    /// The trace it belongs to.
    pub traceparent: String,
    /// The number of the last event the execution heard of.
    #[serde(default)]
    pub event: u64,
}

/// What is to be done with a message, told from how the job stands.
#[derive(Debug)]
enum Disposition {
    /// Tell the execution; there is nothing to do.
    Tell(Value),
    /// It was taken before.
    Ignore,
    /// It was claimed before; its host may never have been asked.
    Begin(Box<AttemptRecord>),
    /// An attempt of an earlier run is still under way: it is this run's now.
    Adopt,
    /// Put it on record.
    Record,
}

fn disposition(view: &JobView, step: &StepRecord, message: &Message) -> Disposition {
    let latest = view.attempts.iter().rfind(|attempt| attempt.work.attempt.step() == step.name);
    let under_way = latest.filter(|attempt| !attempt.state.over());
    if message.round < step.round || message.run < view.job.run {
        return Disposition::Ignore;
    }
    if view.settled(&step.name, message.run) {
        return Disposition::Tell(outcome::ok());
    }
    if !view.job.state.open() {
        let end = if view.job.state.terminal() { view.job.state } else { JobState::Canceled };
        return Disposition::Tell(outcome::end(end));
    }
    if step.round < message.round {
        return if under_way.is_some() && step.state == StepState::Running {
            Disposition::Adopt
        } else {
            Disposition::Record
        };
    }
    match (step.state, under_way) {
        (StepState::Pending, _) => Disposition::Record,
        // What it waits for may be there, or be given up.
        (StepState::Waiting, _) if step.follows.is_some() => Disposition::Record,
        (StepState::Running, Some(attempt))
            if attempt.state == crate::state::AttemptState::Claimed =>
        {
            Disposition::Begin(Box::new(attempt.clone()))
        }
        (StepState::Waiting | StepState::Running, _) => Disposition::Ignore,
        (over, _) => Disposition::Tell(outcome::of(over).unwrap_or_else(outcome::ok)),
    }
}

impl Lanes<'_> {
    /// Takes a message of the state machine. The caller then fills the lane that is returned.
    pub async fn take(&self, message: &Message, now: Time) -> Result<String> {
        let Some(view) = JobView::read(self.table, &message.job).await? else {
            let end = outcome::end(JobState::Failed);
            self.flow.complete(&message.token, &end).await?;
            return Ok(super::GPU.to_owned());
        };
        let name = view.plan.step_at(message.wave, message.item).ok_or_else(|| {
            let (wave, item) = (message.wave, message.item);
            Error::Invalid(format!("job {} has no step at wave {wave}, item {item}", message.job))
        })?;
        let step = view.step(name);
        let mut lane = step.lane.clone().unwrap_or_else(|| super::GPU.to_owned());
        let refused = match disposition(&view, &step, message) {
            Disposition::Tell(outcome) => {
                self.flow.complete(&message.token, &outcome).await?;
                return Ok(lane);
            }
            Disposition::Ignore => return Ok(lane),
            Disposition::Begin(attempt) => {
                let start = Start { event: message.event, backlog: false, ahead: false };
                self.begin(&attempt, &start, now).await?;
                return Ok(lane);
            }
            Disposition::Adopt => {
                let adopted = json!({ "round": message.round, "token": message.token });
                let write =
                    unchanged(Write::set(StepRecord::key(&view.job.id, name), adopted), &step);
                self.table.write(vec![write]).await? != crate::store::Written::Done
            }
            Disposition::Record => {
                let purse = self.purse(&view, now).await?;
                let ending = match turn(&view, name, message.run)? {
                    Turn::Not(ending) => Some(ending),
                    Turn::Make => purse
                        .empty()
                        .map(|error| Ending::failed(&view, name, StepState::Failed, &error)),
                };
                if let Some(ending) = ending {
                    self.end_untried(&view, &step, message, &ending, now).await?;
                    return Ok(lane);
                }
                let work = match self.work(&view, &step, message, (purse.left(), now)).await? {
                    Ok(work) => work,
                    Err(why) => {
                        let failed = StepState::Failed;
                        let ending = Ending::failed(&view, name, failed, &why.to_string());
                        self.end_untried(&view, &step, message, &ending, now).await?;
                        return Ok(lane);
                    }
                };
                lane = work.lane.clone();
                !self.put(&view, &step, work, message, now).await?
            }
        };
        match refused {
            // Somebody wrote in between: the redelivered message meets what they wrote.
            true => Err(Error::Again(format!("step {name} of {} was changed", message.job))),
            false => Ok(lane),
        }
    }

    /// Ends a step of which nothing was attempted in this round.
    async fn end_untried(
        &self,
        view: &JobView,
        step: &StepRecord,
        message: &Message,
        ending: &Ending,
        now: Time,
    ) -> Result<()> {
        let job = &view.job;
        let mut ended = step.clone();
        ended.round = message.round;
        ended.token = Some(message.token.clone());
        ending.close(&mut ended, now);
        // The job runs from here on, and learns what it lacks.
        let running = json!({ "state": JobState::Running, "updated_at": now });
        let of_job = Write::set(JobRecord::key(&job.id), running);
        let of_job = ending.mark(of_job.when_in("state", &JobState::OPEN));
        let writes = vec![replace(step, view, &ended)?, of_job];
        match commit(self.table, &job.id, message.event, writes, &[ending.event(now)]).await? {
            Committed::Done(n) => {
                let told = outcome::at(ending.outcome(), n);
                self.flow.complete(&message.token, &told).await.map(|_| ())
            }
            Committed::Refused(_) => Err(Error::Again(format!("step {} was changed", step.name))),
        }
    }
}

impl Lanes<'_> {
    /// All that the calls for a step need, the first of those who may do it asked first; or why nobody may.
    async fn work(
        &self,
        view: &JobView,
        step: &StepRecord,
        message: &Message,
        (left, now): (MicroUsd, Time),
    ) -> Result<Result<Work, Why>> {
        let fault =
            |what: String| Error::Fault(format!("step {} of {}: {what}", step.name, view.job.id));
        let definition =
            view.pipeline.step(&step.name).ok_or_else(|| fault("is not in the pipeline".into()))?;
        let other = step.model.as_ref().map(|model| definition.by(model));
        let definition = other.as_ref().unwrap_or(definition);
        let spec = definition.kind.spec();
        let mut params = view.parameters(&step.name)?;
        if other.is_some() {
            params.remove("model");
        }
        let mut inputs: BTreeMap<String, Stored> = BTreeMap::new();
        let mut size = None;
        for param in spec.params.iter().filter(|param| param.ty.needs_reference()) {
            for (port, id) in ports(param.name, params.remove(param.name)) {
                let asset = view.asset(&id)?;
                size = size.or(asset.width.zip(asset.height));
                inputs.insert(port, asset.stored());
            }
        }
        let asked = Asked { step: definition, params: &params, input: size };
        let mut makers = match self.makers(&asked, left, now).await? {
            Ok(makers) => makers,
            Err(why) => return Ok(Err(why)),
        };
        let first = makers.remove(0);
        match first.ask {
            Some(_) => params.remove("model"),
            None if first.model.is_empty() => None,
            None => params.insert("model".into(), first.model.into()),
        };
        vary_seed(&mut params, variation(definition, step));
        let preview = params.remove("preview").and_then(|preview| preview.as_bool());
        let opinion = matches!(definition.kind, Kind::Moderate | Kind::Score);
        let form = opinion || params.contains_key("schema");
        let words = if form { "application/json" } else { "text/plain" };
        let outputs = spec.outputs.iter().filter_map(|output| match output.ty {
            PortType::Image => Some((output.name, "image/png")),
            PortType::Text => Some((output.name, words)),
            other => Some((output.name, chunk::media_type(other)?)),
        });
        let number = step.attempts + 1;
        let (rank, preview) = (&view.job.rank, preview.unwrap_or(false));
        let head_start_s = rank.head_start_s(preview, definition.kind.expected_slot_s(&params));
        Ok(Ok(Work {
            attempt: AttemptId::new(&view.job.id, &step.name, number),
            tenant: view.job.tenant.clone(),
            marks: Some(Marks::of(&view.job)),
            budget: Some(view.job.budget),
            round: message.round,
            lane: first.lane,
            kind: spec.name.to_owned(),
            params,
            inputs,
            outputs: outputs
                .map(|(name, media_type)| (name.to_owned(), media_type.to_owned()))
                .collect(),
            preview,
            last_attempt: step.attempts + definition.retry.attempts,
            enqueued_at: now,
            not_before: now,
            tier: rank.tier.clone(),
            head_start_s,
            slots_most: rank.slots_most,
            // Who waited for another's work in vain has no longer for it.
            deadline_at: step
                .deadline_at
                .filter(|_| step.follows.is_some())
                .unwrap_or_else(|| now.plus_s(definition.deadline_s)),
            stall_s: stall_s(definition.deadline_s),
            ask: first.ask,
            others: makers,
            reuse: None,
            avoid: Vec::new(),
            traceparent: message.traceparent.clone(),
            event: message.event + 1,
        }))
    }

    /// Those who may do a step, in order. Where our own hosts are the only ones, nothing is read.
    async fn makers(
        &self,
        asked: &Asked<'_>,
        left: MicroUsd,
        now: Time,
    ) -> Result<Result<Vec<Maker>, Why>> {
        let models = &self.settings.models;
        let (step, name) = (asked.step, asked.params.get("model").and_then(Value::as_str));
        let ours = step.models.is_empty() && step.class.is_none();
        if ours && name.is_none_or(|name| of_vendor(name).is_none()) {
            let lane = step.lane.clone().unwrap_or_else(|| super::GPU.to_owned());
            let model = name.unwrap_or_default().to_owned();
            return Ok(Ok(vec![Maker { lane, model, ask: None }]));
        }
        let mut standings = Standings::default();
        for lane in asked.lanes(models) {
            let lane_view = LaneView::read(self.table, lane).await?;
            let each_s = asked.step.kind.expected_slot_s(asked.params);
            let standing = Standing::of(&lane_view, step.kind.as_str(), each_s, now);
            standings = standings.with(lane, standing);
        }
        let Weighed { free, why } = asked.weigh(models, &standings, left, now);
        if free.is_empty() && why.held.is_empty() {
            return Ok(Err(why));
        }
        // Whoever is only held up is asked when nobody else is left, or it works again by then.
        let candidates = free.iter().chain(&why.held);
        Ok(Ok(candidates.map(|one| Maker::of(one, step, models)).collect()))
    }
}

/// The assets of a parameter, each with the port it goes in by: of several, `name-1`, `name-2` and so on.
fn ports(name: &str, given: Option<Value>) -> Vec<(String, String)> {
    let id = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match given {
        None => Vec::new(),
        Some(Value::Array(ids)) => {
            let port = |(n, value): (usize, &Value)| (format!("{name}-{}", n + 1), id(value));
            ids.iter().enumerate().map(port).collect()
        }
        Some(value) => vec![(name.to_owned(), id(&value))],
    }
}

/// A picture that a gate did not like is painted with the next seed: the same one would give it again.
fn vary_seed(params: &mut serde_json::Map<String, Value>, regenerations: u32) {
    if let Some(seed) = params.get("seed").and_then(Value::as_u64) {
        let next = (seed + u64::from(regenerations)) % (u64::from(u32::MAX) + 1);
        params.insert("seed".into(), next.into());
    }
}

/// How long a host may be without progress, in seconds, where the deadline leaves time for so much.
const STALL_S: u32 = 60;

/// How long a host may be without progress: never so long that no time is left for another host.
fn stall_s(deadline_s: u32) -> u32 {
    STALL_S.min(deadline_s / 3).max(1)
}
