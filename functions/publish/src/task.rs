//! One asset on its way to one target.

use crate::Publishing;
use domain::call::Call;
use domain::error::{Error, Result};
use domain::ports::{Bucket, Refusal};
use domain::publish::{NotCleared, Outcome, Post, Target, cleared, planted, ready, same_bytes};
use domain::record::{AssetRecord, PublicationRecord, PublicationState};
use domain::time::Time;
use domain::view::JobView;
use futures_util::future::join_all;
use serde_json::{Map, Value};

/// The largest asset that is published.
const ASSET_MOST: u64 = 64 << 20;
/// How many assets are under way at a time.
const AT_A_TIME: usize = 8;

/// One asset on its way to one target.
pub(crate) struct Task<'a> {
    /// What the target is asked for.
    pub(crate) post: Post,
    /// The kind of target.
    pub(crate) kind: String,
    target: &'a dyn Target,
    bytes: Vec<u8>,
    /// What the ledger says.
    pub(crate) record: Option<PublicationRecord>,
    /// What is known since this call asked.
    pub(crate) outcome: Option<Outcome>,
}

impl Task<'_> {
    /// Whether it was there before this call.
    pub(crate) fn was_done(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.state == PublicationState::Done)
    }

    /// Whether it is at its target.
    pub(crate) fn is_there(&self) -> bool {
        self.was_done() || matches!(self.outcome, Some(Outcome::Done(_)))
    }

    /// The target.
    pub(crate) fn target(&self) -> &dyn Target {
        self.target
    }

    /// Looks whether the target has it, where it may have been asked before.
    async fn check(&mut self) {
        let pending = [PublicationState::Started, PublicationState::Unknown];
        if !self.record.as_ref().is_some_and(|record| pending.contains(&record.state)) {
            return;
        }
        self.outcome = match self.target.check(&self.post).await {
            Outcome::Refused(Refusal::Later, _) => None,
            Outcome::Unknown(_) if self.target.deduplicates() => None,
            known => Some(known),
        };
    }

    async fn send(&mut self) {
        if self.outcome.is_none() {
            let bytes = std::mem::take(&mut self.bytes);
            self.outcome = Some(self.target.start(&self.post, bytes).await);
        }
    }
}

/// Asks the targets about what may be there already.
pub(crate) async fn check(tasks: &mut [Task<'_>]) {
    for some in tasks.chunks_mut(AT_A_TIME) {
        join_all(some.iter_mut().map(Task::check)).await;
    }
}

/// Sends what is not there.
pub(crate) async fn send(tasks: &mut [Task<'_>]) {
    for some in tasks.chunks_mut(AT_A_TIME) {
        join_all(some.iter_mut().map(Task::send)).await;
    }
}

impl<'a> Publishing<'a> {
    /// All that a step publishes, with bytes read just now; or why nothing of it may be published.
    pub(crate) async fn tasks(
        &self,
        call: &Call,
        view: &JobView,
        step: &str,
        now: Time,
    ) -> Result<Result<Vec<Task<'a>>, NotCleared>> {
        if let Err(why) = ready(view, step) {
            return Ok(Err(why));
        }
        let parameters = view.parameters(step)?;
        let settings = settings(&parameters);
        let (kind, target) = self.target(&settings)?;
        let mut tasks: Vec<Task<'a>> = Vec::new();
        for asset in view.assets_of(parameters.get("assets"))? {
            if tasks.iter().any(|task| task.post.asset.id == asset.id) {
                continue;
            }
            let record = record(view, step, asset);
            let post = Post::new(view, step, asset, &settings, now);
            let post = Post { traceparent: call.traceparent.clone(), ..post };
            let kind = kind.to_owned();
            let task = Task { post, kind, target, bytes: Vec::new(), record, outcome: None };
            if !task.was_done()
                && let Err(why) = cleared(view, asset)
            {
                return Ok(Err(why));
            }
            tasks.push(task);
        }
        let goes = tasks.iter().filter(|task| !task.was_done()).map(|task| &task.post.asset);
        if let Some(why) = planted(self.table, view, &goes.collect::<Vec<_>>()).await? {
            return Ok(Err(why));
        }
        for some in tasks.chunks_mut(AT_A_TIME) {
            for read in join_all(some.iter_mut().map(|task| self.read(view, task))).await {
                if let Err(why) = read? {
                    return Ok(Err(why));
                }
            }
        }
        Ok(Ok(tasks))
    }

    /// Reads the bytes now: what was judged may have been swapped since.
    async fn read(&self, view: &JobView, task: &mut Task<'_>) -> Result<Result<(), NotCleared>> {
        if task.was_done() {
            let location = task.record.as_ref().and_then(|record| record.location.clone());
            task.outcome = Some(Outcome::Done(location.unwrap_or_default()));
            task.post.asset = self.as_sent(&task.post).await?;
            return Ok(Ok(()));
        }
        let asset = &task.post.asset;
        let bytes = match self.objects.get(Bucket::Assets, &asset.key, ASSET_MOST).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(Err(NotCleared::Gone(asset.id.clone()))),
            // Larger than any that custody lets in.
            Err(Error::Invalid(_)) => return Ok(Err(NotCleared::Swapped(asset.id.clone()))),
            Err(cause) => return Err(cause),
        };
        if let Err(swapped) = same_bytes(asset, &bytes) {
            return Ok(Err(swapped));
        }
        // What is cleared is the asset; what goes out shows the same, and says what it is.
        (task.post.asset, task.bytes) = self.sealed(view, &task.post, bytes).await?;
        Ok(Ok(()))
    }

    /// What an earlier call left open for a job that is over: to be looked at, never to be sent.
    pub(crate) async fn left_open(
        &self,
        view: &JobView,
        steps: &[String],
        now: Time,
    ) -> Result<Vec<Task<'a>>> {
        let mut tasks = Vec::new();
        for record in view.publications.iter().filter(|record| steps.contains(&record.step)) {
            let open = !matches!(record.state, PublicationState::Done | PublicationState::Failed);
            let Some(asset) = view.assets.get(&record.asset).filter(|_| open) else { continue };
            let settings = settings(&view.parameters(&record.step)?);
            let (kind, target) = self.target(&settings)?;
            let mut post = Post::new(view, &record.step, asset, &settings, now);
            post.asset = self.as_sent(&post).await?;
            let (kind, record) = (kind.to_owned(), Some(record.clone()));
            tasks.push(Task { post, kind, target, bytes: Vec::new(), record, outcome: None });
        }
        Ok(tasks)
    }

    fn target<'s>(&self, settings: &'s Map<String, Value>) -> Result<(&'s str, &'a dyn Target)> {
        let kind = settings.get("kind").and_then(Value::as_str).unwrap_or_default();
        let target = self.targets.get(kind).copied();
        let target = target.ok_or_else(|| Error::Fault(format!("there is no target {kind:?}")))?;
        Ok((kind, target))
    }
}

/// Where it goes, with what is said of an order beside it.
pub(crate) fn settings(parameters: &Map<String, Value>) -> Map<String, Value> {
    let target = parameters.get("target").and_then(Value::as_object).cloned().unwrap_or_default();
    let said = ["copies", "ship_to"].into_iter();
    let said = said.filter_map(|name| Some((name.to_owned(), parameters.get(name)?.clone())));
    target.into_iter().chain(said).collect()
}

fn record(view: &JobView, step: &str, asset: &AssetRecord) -> Option<PublicationRecord> {
    let of = |record: &&PublicationRecord| record.step == step && record.asset == asset.id;
    view.publications.iter().find(of).cloned()
}
