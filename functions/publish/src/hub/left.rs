//! Looking up what became of a post that was left open: whoever published it died, and its job is over.

use super::Ready;
use crate::Publishing;
use domain::error::Result;
use domain::event::{commit, last_number};
use domain::id::JobId;
use domain::ports::Refusal;
use domain::post::able::Lookup;
use domain::publish::{CountsRecord, End, Told, Went, ended, looked};
use domain::record::{PostingRecord, PublicationState};
use domain::store::Write;
use domain::time::{Now, Time};
use domain::view::JobView;

/// What is said of a post that is not there, and whose job is over.
const NOT_THERE: &str = "whoever published it died before it was there, and its job is over";
const UNSEEN: &str = "it lies at its target, where nobody sees it: its job was over before";

impl Publishing<'_> {
    /// Looks up a post that is due, and puts on record what became of it. Nothing is sent, and nothing made visible.
    pub(crate) async fn look_up(&self, job: &JobId, step: &str, clock: &dyn Now) -> Result<()> {
        let now = clock.now();
        let Some(view) = JobView::read(self.table, job).await? else { return Ok(()) };
        let Some(old) = view.postings.iter().find(|posting| posting.step == step) else {
            return Ok(());
        };
        if old.due_at.is_none_or(|due| now < due) {
            return Ok(());
        }
        let open = [PublicationState::Started, PublicationState::Unknown].contains(&old.state);
        let busy = old.busy_until.is_some_and(|until| now < until);
        let (writes, event) = match open && old.taken_down.is_none() {
            false => (vec![over(job, old)?], None),
            // Whoever is at it, or comes again, says what became of it.
            true if busy || !view.job.state.terminal() => {
                (vec![looked(job, old, None, now)?], None)
            }
            true => self.found_out(&view, old, now).await?,
        };
        let last = last_number(self.table, job).await?;
        let events: Vec<_> = event.into_iter().collect();
        // Refused: somebody else is at it, or wrote an event; then it is still due.
        commit(self.table, job, last, writes, &events).await.map(drop)
    }

    async fn found_out(
        &self,
        view: &JobView,
        old: &PostingRecord,
        now: Time,
    ) -> Result<(Vec<Write>, Option<domain::event::Event>)> {
        let job = &view.job.id;
        let told = self.told_of(view, old, now).await?;
        tracing::info!(job.id = %job, step = %old.step, target = %old.target, "left open: {:?}", told.went);
        let end = match &told.went {
            Went::Done(place) => End::There(place.clone()),
            Went::Ready => End::Never(UNSEEN.into()),
            Went::On | Went::Refused(Refusal::Never, _) => End::Never(NOT_THERE.into()),
            Went::Working => {
                let why = "the target still works on it";
                return Ok((vec![looked(job, old, Some(why), now)?], None));
            }
            Went::Unknown(why) | Went::Refused(_, why) => {
                return Ok((vec![looked(job, old, Some(why), now)?], None));
            }
        };
        let progress = told.progress.unwrap_or_else(|| old.progress.clone());
        let known = PostingRecord { progress, ..old.clone() };
        let fact = ended(job, &known, None, &end, now)?;
        let mut writes = vec![fact.write];
        if let (End::There(_), Some(counts)) =
            (&end, CountsRecord::fresh(&old.step, &old.target, now))
        {
            writes.push(Write::put(CountsRecord::key(job, &old.step), &counts)?);
        }
        Ok((writes, fact.event))
    }

    /// What its target says of it.
    async fn told_of(&self, view: &JobView, old: &PostingRecord, now: Time) -> Result<Told> {
        let hub = self.hub.as_ref();
        let found = hub.and_then(|hub| Some((hub, *hub.spokes.get(old.target.as_str())?)));
        let Some((hub, spoke)) = found else {
            return Ok(Told::unknown(format!("nothing here asks a {} of posts", old.target)));
        };
        // A receiver takes the same message again, and says nothing of the first.
        if spoke.able().verbs.lookup == Lookup::None || old.target == "webhook" {
            return Ok(Told::unknown(format!("{} tells nobody what it got", spoke.able().name)));
        }
        Ok(match self.at(hub, spoke, view, old, now).await? {
            Ok(Ready { spoke, grant, sending, .. }) => spoke.check(&grant, &sending).await,
            Err(why) => Told::unknown(why),
        })
    }
}

/// A posting that is known, and not looked up any more.
fn over(job: &JobId, old: &PostingRecord) -> Result<Write> {
    let new = PostingRecord { rev: old.rev + 1, due_pk: None, due_at: None, ..old.clone() };
    Ok(Write::put(PostingRecord::key(job, &old.step), &new)?.when_is("rev", old.rev))
}
