//! What became of publications, as facts on the ledger: found at the targets, written once.

use crate::Publishing;
use crate::task::Task;
use domain::call::Call;
use domain::error::Result;
use domain::event::{Committed, Event, commit};
use domain::gate::policy::copies;
use domain::ports::Refusal;
use domain::publish::{Fact, Finding, Outcome, Posted, finding};
use domain::store::Write;
use domain::time::Time;
use domain::view::JobView;

/// Publications per transaction, which holds at most 100 changes.
pub(crate) const AT_ONCE: usize = 30;

impl Publishing<'_> {
    /// What is known of all that a step publishes, made visible if all of it is there.
    pub(crate) async fn find(
        &self,
        step: &str,
        tasks: &[Task<'_>],
        now: Time,
    ) -> (Vec<Fact>, Finding) {
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
    pub(crate) async fn record(&self, call: &Call, mut facts: Vec<Fact>, last: u64) -> Result<u64> {
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

    /// Of a job that is over: what had been sent is recorded, what had not never will be.
    pub(crate) async fn reconcile(
        &self,
        call: &Call,
        view: &JobView,
        steps: &[String],
        now: Time,
    ) -> Result<()> {
        let (mut facts, mut out) = (Vec::new(), Vec::new());
        let tasks = self.left_open(view, steps, now).await?;
        for task in &tasks {
            let outcome = match task.target().check(&task.post).await {
                Outcome::Refused(_, _) => {
                    Outcome::Refused(Refusal::Never, "the job was over before it was sent".into())
                }
                Outcome::Done(location) => Outcome::Done(location),
                Outcome::Accepted | Outcome::Unknown(_) => continue,
            };
            let Some(record) = &task.record else { continue };
            if matches!(outcome, Outcome::Done(_)) {
                out.push(task);
            }
            facts.push(finding(&task.post, record, &outcome, now).1);
        }
        facts.extend(published(call, view, &out)?);
        for some in facts.chunks(AT_ONCE) {
            self.record(call, some.to_vec(), call.event).await?;
        }
        Ok(())
    }
}

/// That what is at its target is known to policies that compare with it.
pub(crate) fn published(call: &Call, view: &JobView, out: &[&Task<'_>]) -> Result<Vec<Fact>> {
    let assets = out.iter().filter_map(|task| view.assets.get(&task.post.asset.id));
    let why = format!("published by job {}", call.job);
    let writes = copies::publish(view, &assets.collect::<Vec<_>>(), &why)?;
    Ok(writes.into_iter().map(|write| Fact { write, event: None }).collect())
}

/// The writes and the events of facts.
pub(crate) fn changes<'f>(facts: impl Iterator<Item = &'f Fact>) -> (Vec<Write>, Vec<Event>) {
    let (writes, events): (Vec<_>, Vec<_>) =
        facts.map(|fact| (fact.write.clone(), fact.event.clone())).unzip();
    (writes, events.into_iter().flatten().collect())
}
