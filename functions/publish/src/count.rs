//! Reading what a target counts of a post that is there: free to repeat, and no business of anybody who publishes.

use crate::Publishing;
use domain::error::Result;
use domain::id::JobId;
use domain::publish::CountsRecord;
use domain::time::Now;
use domain::view::JobView;

impl Publishing<'_> {
    /// Reads the figures of a publication, if they are due. What fails is tried again later.
    pub(crate) async fn count(&self, job: &JobId, step: &str, clock: &dyn Now) -> Result<()> {
        let now = clock.now();
        let Some(old) = CountsRecord::read(self.table, job, step).await? else { return Ok(()) };
        if old.due_at.is_none_or(|due| now < due) {
            return Ok(());
        }
        let view = JobView::read(self.table, job).await?;
        let known = view.as_ref().and_then(|view| {
            let posting = view.postings.iter().find(|posting| posting.step == step)?;
            Some((view, posting)).filter(|(_, posting)| posting.taken_down.is_none())
        });
        let new = match known {
            None => old.over(),
            Some((view, posting)) => match self.figures(view, posting, now).await? {
                Ok(counts) => old.told(counts, clock.now()),
                Err(why) => old.failed(&why, clock.now()),
            },
        };
        let (target, tries) = (&new.target, new.tries);
        tracing::info!(job.id = %job, step, %target, tries, "figures: {:?}", new.error);
        // Refused: somebody else read them at the same time.
        self.table.write(vec![new.instead_of(job, &old)?]).await.map(drop)
    }
}
