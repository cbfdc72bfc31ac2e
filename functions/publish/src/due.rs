//! What is due of what was published: take-downs that are not over, figures that are to be read, and posts of which
//! nobody said what became.

use crate::Publishing;
use domain::error::Result;
use domain::publish::counts_of_due;
use domain::record::posting_of_due;
use domain::store::{From, Query};
use domain::takedown::{PUBLISHED, key_of_due};
use domain::time::Now;
use serde_json::{Value, json};

/// How much one call looks at.
const MOST: u32 = 50;
/// How long one call is at it, in seconds; the next goes on.
const CALL_S: i64 = 15;

impl Publishing<'_> {
    /// Does what is due. What fails keeps nothing else from being done, and is told at the end.
    pub(crate) async fn due(&self, clock: &dyn Now) -> Result<Value> {
        let begun = clock.now();
        let from = From::DueOf { hash: PUBLISHED, until: begun.0 };
        let query = Query { from, backwards: false, limit: MOST };
        let (mut done, mut lost) = (0, None);
        for item in self.table.query(&query).await? {
            if CALL_S * 1000 < clock.now().since_ms(begun) {
                break;
            }
            let told = if let Some((tenant, id)) = key_of_due(&item) {
                self.take_down(&tenant, &id, clock).await.map(drop)
            } else if let Some((job, step)) = counts_of_due(&item) {
                self.count(&job, &step, clock).await
            } else if let Some((job, step)) = posting_of_due(&item) {
                self.look_up(&job, &step, clock).await
            } else {
                Ok(())
            };
            match told {
                Ok(()) => done += 1,
                Err(cause) => lost = lost.or(Some(cause)),
            }
        }
        match lost {
            Some(cause) => Err(cause),
            None => Ok(json!({ "due": done })),
        }
    }
}
