//! Nobody knows what came of a call: it is found out, waited for, or decided; never asked for again blindly.

use super::call::AFTER_S;
use super::{Ask, Caller};
use crate::error::Result;
use crate::lane::{Failure, Standing};
use crate::pipeline::OnUnknown;
use crate::record::AttemptRecord;
use crate::state::AttemptState;
use crate::store::Write;
use crate::time::Time;
use serde_json::json;

/// After so many seconds without knowing what came of a call, a step that does not want to wait decides.
const UNKNOWN_BOUND_S: u32 = 900;
/// So long a slot is held for work of which nobody knows whether there is any, in seconds.
const HELD_UNKNOWN_S: u32 = 120;

impl Caller<'_> {
    /// Finds out what came of a call that nobody heard the answer of.
    pub(super) async fn find(&self, standing: &Standing, ask: &Ask, now: Time) -> Result<()> {
        let record = &standing.attempt;
        if let Some(made) = self.brought(record).await? {
            // Whoever called put the outputs in their place, and died before saying so.
            return self.end(standing, ask, made, None, now).await;
        }
        let order = self.order(record, ask).await?;
        let answer = self.vendors.find(&order).await;
        self.take_in(standing, ask, answer, now).await
    }

    /// Whether a slot was held for as long as a start may take of which nothing is known.
    pub(super) fn kept_long_enough(&self, record: &AttemptRecord, now: Time) -> bool {
        let since = record.called.called_at.unwrap_or(now);
        record.state == AttemptState::Unknown && since.plus_s(HELD_UNKNOWN_S) < now
    }

    /// Nobody knows whether the vendor has it. Never asked for again blindly; looked for until the bound.
    pub(super) async fn unknown(
        &self,
        standing: &Standing,
        ask: &Ask,
        reason: &str,
        now: Time,
    ) -> Result<()> {
        let record = &standing.attempt;
        let looks = record.called.looks + 1;
        if record.followed() {
            // The vendor has it, only this answer was none.
            return match record.work.deadline_at.plus_s(AFTER_S) < now {
                true => self.let_go(record, now).await,
                false => self.again(record, looks, ask.pause_s(looks - 1), now).await,
            };
        }
        let unknown = json!({ "state": AttemptState::Unknown, "error": reason, "call_until": now });
        let from = [AttemptState::Claimed, AttemptState::Running, AttemptState::Unknown];
        let write = Write::set(AttemptRecord::key(&record.id), unknown).when_in("state", &from);
        self.lanes.table.write(vec![write]).await?;
        let since = record.called.called_at.unwrap_or(now);
        // Whoever asks again needs the other half of the time.
        let half = Time(since.0 + record.work.deadline_at.since_ms(since).max(0) / 2);
        let bound = match &ask.on_unknown {
            OnUnknown::Wait => record.work.deadline_at,
            _ => since.plus_s(UNKNOWN_BOUND_S).min(half),
        };
        if now < bound {
            return self.again(record, looks, ask.pause_s(looks - 1), now).await;
        }
        let counts = ask.on_unknown != OnUnknown::Fail;
        match &ask.on_unknown {
            OnUnknown::Wait => self.let_go(record, now).await,
            OnUnknown::Fail | OnUnknown::Resubmit { .. } => {
                let reason = format!("nobody knows whether it was accepted: {reason}");
                let failure =
                    Failure { reason, retryable: counts, counts: true, avoid: false, class: None };
                // As if it were paid, until a late result or an operator says otherwise.
                self.nothing(record, AttemptState::Lost, &failure, ask.quote, now).await
            }
        }
    }
}
