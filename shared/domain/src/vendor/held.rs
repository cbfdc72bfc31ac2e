//! Whoever works on an attempt holds its message, and while a vendor is called the attempt's lease: both are short
//! and renewed, so that the work of whoever died is soon taken up.

use super::Caller;
use crate::error::Result;
use crate::lane::slot_key;
use crate::ports::Message;
use crate::record::AttemptRecord;
use crate::state::AttemptState;
use crate::store::{Condition, Key, Write, Written};
use crate::time::Time;
use futures_util::future::{Either, select};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::pin::pin;

/// So much longer than the lease a message is hidden, in seconds: who gets it next finds the lease over.
const SLACK_S: u32 = 2;

/// What is held of an attempt.
#[derive(Clone, Copy)]
pub(super) enum Hold<'a> {
    /// The message: others may look all the same, and no harm is done.
    Message,
    /// The lease too: its vendor is being called.
    Lease(&'a AttemptRecord),
}

impl Caller<'_> {
    /// Does some work, and holds on meanwhile to what is begun with.
    pub(super) async fn holding(
        &self,
        message: &dyn Message,
        hold: Hold<'_>,
        work: impl Future<Output = Result<()>>,
    ) -> Result<()> {
        let beats = async {
            loop {
                message.pause((self.lanes.settings.lease_s / 3).max(1)).await;
                // Where that fails the next beat mends it; if none does, others look, and a look calls nothing twice.
                if let Hold::Lease(record) = hold {
                    let _ = self.renew(record).await;
                }
                let _ = self.hide(message).await;
            }
        };
        // On the heap: an answer leads on to the next claim, and the states of all that is on the way add up.
        let (work, beats) = (Box::pin(work), pin!(beats));
        let done: Either<_, (Infallible, _)> = select(work, beats).await;
        match done {
            Either::Left((done, _)) => done,
            Either::Right((never, _)) => match never {},
        }
    }

    /// Hides the message for as long as a lease lasts.
    pub(super) async fn hide(&self, message: &dyn Message) -> Result<()> {
        message.hide(self.lanes.settings.lease_s + SLACK_S).await
    }

    /// Until when a call, and the slot that it is made in, are held from now on.
    pub(super) fn lease(&self, now: Time) -> (Time, Value) {
        let lease_s = self.lanes.settings.lease_s;
        let until = now.plus_s(lease_s);
        (until, json!({ "lease_until": until.plus_s(lease_s) }))
    }

    /// Holds on to a call, as long as nobody knows what comes of it.
    async fn renew(&self, record: &AttemptRecord) -> Result<Written> {
        let (until, lease) = self.lease((self.clock)());
        let key: Key = AttemptRecord::key(&record.id);
        let renewed = Write::set(key, json!({ "call_until": until }))
            .when_is("state", AttemptState::Claimed)
            .when(Condition::Without("handle"));
        let slot = slot_key(&record.work.lane, &record.slot);
        let held = Write::set(slot, lease).when_is("attempt", &record.id);
        self.lanes.table.write(vec![renewed, held]).await
    }
}
