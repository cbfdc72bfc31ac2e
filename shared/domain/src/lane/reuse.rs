//! A step whose result may be there, or be under way for another step: given, waited for, or made for all.

use super::custody::OUTPUT_MOST;
use super::recorded::{record, regenerations, replace, variation};
use super::success::Followed;
use super::{Context, Lanes, Message, outcome};
use crate::error::Result;
use crate::event::{Committed, Event, commit};
use crate::id::{AssetId, TenantId};
use crate::ports::{Bucket, Put};
use crate::record::{AssetRecord, DUE, JobRecord, StepRecord, Work};
use crate::reuse::{self, Follows, Led, ReuseRecord, Reused, Sought, Stage};
use crate::sign::sha256;
use crate::state::{JobState, StepState};
use crate::store::{Condition, Write, from_item};
use crate::time::Time;
use crate::view::JobView;
use crate::whole;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Whoever waits for another's work is looked at after so many seconds, should nobody wake it.
const LOOK_S: u32 = 120;

/// A step that is about to be taken.
pub(super) struct Taking<'a> {
    pub(super) view: &'a JobView,
    pub(super) step: &'a StepRecord,
    pub(super) work: Work,
    message: &'a Message,
    now: Time,
    /// What its pictures look like, where results are taken that are close enough.
    pub(super) sought: Option<Sought>,
}

impl Lanes<'_> {
    /// Puts work on record, unless its result is there or under way. False where somebody wrote in between.
    pub(super) async fn put(
        &self,
        view: &JobView,
        step: &StepRecord,
        work: Work,
        message: &Message,
        now: Time,
    ) -> Result<bool> {
        let definition = view.definition(&step.name)?;
        let key = reuse::key(definition, &work, variation(definition, step));
        let mut taking = Taking { view, step, work, message, now, sought: None };
        let Some(key) = key else {
            let refused = self.put_down(&taking, None).await?;
            return Ok(refused.is_none());
        };
        let leader = taking.work.attempt.clone();
        taking.work.reuse = Some(Led { key: key.clone(), leader, elsewhere: false });
        taking.sought = self.sought(&taking).await?;
        if let Some((found, assets)) = self.near(&taking, &key).await?
            && let Some(reused) = found.record.reused()
        {
            let reused = Reused { near: Some(found.near), ..reused };
            return self.give(&taking, &found.key, &found.record, (&reused, assets)).await;
        }
        let place = reuse::record_key(&taking.work.tenant, &key);
        // Nothing is read where nobody asked for it before, and nobody does at the same time.
        let first = ReuseRecord::making(&taking.work, None, now);
        let Some(refused) =
            self.put_down(&taking, Some(Write::create(place.clone(), &first)?)).await?
        else {
            return Ok(true);
        };
        if refused.iter().any(|index| *index < RECORDED) {
            return Ok(false);
        }
        let Some(found) = reuse::read(self.table, &taking.work.tenant, &key).await? else {
            return Ok(false);
        };
        if let Some(reused) = found.reused()
            && let Some(assets) = self.copies(&taking, &reused).await?
        {
            return self.give(&taking, &key, &found, (&reused, assets)).await;
        }
        if found.led(self.table).await? {
            return self.follow(&taking, &key, &found).await;
        }
        // Its leader came to nothing, or what it made is gone: this one leads, and whoever followed follows it.
        let next = ReuseRecord::making(&taking.work, found.followed, now);
        let over = found.unchanged(Write::put(place, &next)?);
        Ok(self.put_down(&taking, Some(over)).await?.is_none())
    }

    /// Writes the step and its work, and who leads; which writes were refused, if any were.
    async fn put_down(
        &self,
        taking: &Taking<'_>,
        led: Option<Write>,
    ) -> Result<Option<Vec<usize>>> {
        let Taking { view, step, work, message, now, sought } = taking;
        let mut step = (*step).clone();
        let mut noted = None;
        if let Some((sought, led)) = sought.as_ref().zip(work.reuse.as_ref()) {
            step.seen.push(sought.place(&work.attempt));
            noted = Some(sought.note(work, &led.key, *now)?);
        }
        let (mut writes, event) = record(view, &step, work.clone(), message, *now)?;
        debug_assert_eq!(writes.len(), RECORDED);
        writes.extend(led.into_iter().chain(noted));
        writes.extend(step.follows.as_ref().map(|before| unfollow(taking, before)));
        match commit(self.table, &view.job.id, message.event, writes, &[event]).await? {
            Committed::Done(_) => Ok(None),
            Committed::Refused(which) => Ok(Some(which)),
        }
    }

    /// Copies of what was made, under this job; none where something of it is gone.
    pub(super) async fn copies(
        &self,
        taking: &Taking<'_>,
        reused: &Reused,
    ) -> Result<Option<Vec<AssetRecord>>> {
        let Taking { view, step, work, now, .. } = taking;
        let keys: Vec<_> = reused.assets.iter().map(AssetRecord::record_key).collect();
        let mut copies = Vec::new();
        for (index, item) in self.table.get(&keys).await?.iter().enumerate() {
            let Some(item) = item else { return Ok(None) };
            let source: AssetRecord = from_item(item)?;
            if source.erased.is_some() || source.tenant != work.tenant {
                return Ok(None);
            }
            let bytes = self.objects.get(Bucket::Assets, &source.key, OUTPUT_MOST).await?;
            let Some(bytes) = bytes.filter(|bytes| sha256(bytes) == source.sha256) else {
                return Ok(None);
            };
            let (job, how) =
                (&view.job.id, Put { media_type: source.media_type.clone(), ..Put::default() });
            let key =
                AssetRecord::object_key(&work.tenant, job, &source.sha256, &source.media_type);
            self.objects.put(Bucket::Assets, &key, bytes, &how).await?;
            let mut made_from: Vec<AssetId> =
                work.inputs.values().map(|it| it.asset.clone()).collect();
            made_from.push(source.id.clone());
            copies.push(AssetRecord {
                id: AssetId::new(job, &step.name, &work.attempt.number().to_string(), index),
                step: step.name.clone(),
                key,
                upload: None,
                made_from,
                deterministic: false,
                created_at: *now,
                ..source
            });
        }
        Ok(Some(copies))
    }

    /// Ends a step with what was made before: no attempt, no call, nothing to pay.
    async fn give(
        &self,
        taking: &Taking<'_>,
        key: &str,
        found: &ReuseRecord,
        (reused, assets): (&Reused, Vec<AssetRecord>),
    ) -> Result<bool> {
        let Taking { view, step, work, message, now, .. } = taking;
        let mut outputs: BTreeMap<String, Vec<AssetId>> = BTreeMap::new();
        for asset in &assets {
            outputs.entry(asset.port.clone()).or_default().push(asset.id.clone());
        }
        let mut given = self.taken(taking);
        // It takes a number, as an attempt would: what a gate sends back is made with another seed.
        given.attempts = work.attempt.number();
        given.state = StepState::Succeeded;
        given.outputs = outputs;
        given.ended_at = Some(*now);
        given.reused = Some(reused.clone());
        let running = json!({ "state": JobState::Running, "updated_at": now, "reused": true });
        let mut writes = vec![
            replace(step, view, &given)?,
            Write::set(JobRecord::key(&view.job.id), running).when_in("state", &JobState::OPEN),
            found.unchanged(Write::check(reuse::record_key(&work.tenant, key))),
        ];
        for asset in &assets {
            writes.push(Write::put(AssetRecord::record_key(&asset.id), asset)?);
        }
        for source in &reused.assets {
            let source = Write::check(AssetRecord::record_key(source)).when(Condition::Present);
            writes.push(source.when(Condition::Without("erased")));
        }
        writes.extend(step.follows.as_ref().map(|before| unfollow(taking, before)));
        let ids: Vec<_> = assets.iter().map(|asset| &asset.id).collect();
        let mut event = Event::new(*now, "step.succeeded")
            .step(&step.name)
            .with("outputs", ids)
            .with("usd", 0.0)
            .with("reused", &reused.assets)
            .with("saved_usd", reused.saved.usd());
        if let Some(near) = &reused.near {
            event = event.with("near", near);
        }
        match commit(self.table, &view.job.id, message.event, writes, &[event]).await? {
            Committed::Done(n) => {
                let told = outcome::at(outcome::ok(), n);
                self.flow.complete(&message.token, &told).await.map(|_| true)
            }
            Committed::Refused(_) => Ok(false),
        }
    }

    /// Lets a step wait for another's work.
    async fn follow(&self, taking: &Taking<'_>, key: &str, found: &ReuseRecord) -> Result<bool> {
        let Taking { view, step, work, message, now, .. } = taking;
        let follows = Follows { key: key.to_owned(), leader: found.leader.clone() };
        if step.follows.as_ref() == Some(&follows) {
            return Ok(true);
        }
        let mut follower = self.taken(taking);
        follower.state = StepState::Waiting;
        follower.deadline_at = Some(work.deadline_at);
        follower.follows = Some(follows);
        let due = work.deadline_at.min(now.plus_s(LOOK_S));
        let due = view.job.due_at.filter(|at| now < at).map_or(due, |at| at.min(due));
        let running = json!({
            "state": JobState::Running, "updated_at": now, "due_pk": DUE, "due_at": due,
        });
        let place = reuse::record_key(&work.tenant, key);
        let here = reuse::follower_key(&work.tenant, key, &view.job.id, &step.name);
        let waits = json!({ "message": message, "expires_at": reuse::expiry(*now) });
        let writes = vec![
            replace(step, view, &follower)?,
            Write::set(JobRecord::key(&view.job.id), running).when_in("state", &JobState::OPEN),
            found.unchanged(Write::set(place, json!({ "followed": true }))),
            Write::put(here, &waits)?,
        ];
        let event = Event::new(*now, "step.waiting")
            .step(&step.name)
            .with("lane", &work.lane)
            .with("follows", &found.leader);
        let done = commit(self.table, &view.job.id, message.event, writes, &[event]).await?;
        Ok(matches!(done, Committed::Done(_)))
    }

    /// The step as it is once it is taken, before it is known how it goes on.
    fn taken(&self, taking: &Taking<'_>) -> StepRecord {
        let Taking { step, work, message, now, .. } = taking;
        StepRecord {
            round: message.round,
            attempts_before: step.attempts,
            regenerations: regenerations(step),
            token: Some(message.token.clone()),
            waits_at: None,
            lane: Some(work.lane.clone()),
            started_at: step.started_at.filter(|_| step.follows.is_some()).or(Some(*now)),
            ended_at: None,
            outputs: BTreeMap::new(),
            error: None,
            skipped: None,
            used: None,
            follows: None,
            reused: None,
            ..(*step).clone()
        }
    }

    /// What is known of who waits for what an attempt makes, where its success was not as was thought.
    pub(super) async fn followed(&self, context: &Context) -> Result<Followed> {
        let Some(led) = &context.reuse else { return Ok(Followed::No) };
        let found = reuse::read(self.table, &context.tenant, &led.key).await?;
        let ours = found.filter(|found| found.leader == led.leader && found.stage == Stage::Making);
        Ok(match ours {
            None => Followed::Lost,
            Some(found) if found.followed.is_some() => Followed::Yes,
            Some(_) => Followed::No,
        })
    }

    /// Wakes whoever waits for what an attempt led.
    pub(super) async fn wake_all(&self, context: &Context) -> Result<()> {
        match &context.reuse {
            Some(led) => self.wake(&context.tenant, &led.key).await,
            None => Ok(()),
        }
    }

    /// Wakes whoever waits for a result: it looks again, and is given it or makes it.
    pub(super) async fn wake(&self, tenant: &TenantId, key: &str) -> Result<()> {
        for item in whole::records(self.table, &reuse::pk(tenant), &reuse::followers(key)).await? {
            self.queue.send(item.get("message").unwrap_or(&Value::Null), 0).await?;
        }
        Ok(())
    }

    /// Wakes the steps of a job that wait for others' work, should nobody have done so. For the sweep.
    pub(crate) async fn wake_followers(&self, view: &JobView) -> Result<()> {
        let waiting = view.steps.values().filter(|step| step.state == StepState::Waiting);
        for step in waiting.filter(|step| step.follows.is_some()) {
            let place = view.plan.wave_of(&step.name).zip(view.plan.item_of(&step.name));
            let Some(((wave, item), token)) = place.zip(step.token.clone()) else { continue };
            let message = Message {
                job: view.job.id.clone(),
                run: view.job.run,
                round: step.round,
                wave,
                item,
                token,
                traceparent: view.job.traceparent.clone(),
                event: 1,
            };
            self.queue.send(&json!(message), 0).await?;
        }
        Ok(())
    }
}

/// How many writes put work on record, before those about its result.
const RECORDED: usize = 3;

/// That a step waits for another's work no longer.
fn unfollow(taking: &Taking<'_>, before: &Follows) -> Write {
    let (job, step) = (&taking.view.job.id, &taking.step.name);
    Write::forget(reuse::follower_key(&taking.work.tenant, &before.key, job, step))
}
