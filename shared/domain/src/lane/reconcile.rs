//! Slots whose lease is over: their host is asked before anybody decides.

use super::retry::Failure;
use super::{AllLanes, Context, LaneView, Lanes, let_go, slot_key};
use crate::error::{Error, Result};
use crate::id::AttemptId;
use crate::money::MicroUsd;
use crate::state::AttemptState;
use crate::store::Write;
use crate::time::Time;
use crate::view::JobView;
use serde_json::json;

impl Lanes<'_> {
    /// Settles every slot whose lease is over. Returns the attempts that it found so.
    pub async fn reconcile_all(
        &self,
        view: &LaneView,
        lane: &str,
        now: Time,
    ) -> Result<Vec<AttemptId>> {
        let mut found = Vec::new();
        for (sk, slot) in view.expired(now) {
            let Some(attempt) = slot.attempt.as_deref().and_then(|id| AttemptId::parse(id).ok())
            else {
                continue;
            };
            self.reconcile(&attempt, lane, sk, now).await?;
            found.push(attempt);
        }
        Ok(found)
    }

    /// A host that is new, restarted or changed: what its slots hold is settled with it, for a new process
    /// knows nothing of the old one's renders; then waiting work is looked at.
    pub async fn announced(&self, host: &str, now: Time) -> Result<()> {
        let view = LaneView::read(self.table, super::GPU).await?;
        for (sk, slot) in view.slots.iter().filter(|(_, slot)| slot.host == host) {
            if let Some(attempt) = slot.attempt.as_deref().and_then(|id| AttemptId::parse(id).ok())
            {
                self.reconcile(&attempt, super::GPU, sk, now).await?;
            }
        }
        self.fill(super::GPU, now).await
    }

    /// Settles every attempt of a job that is under way but holds no slot.
    pub async fn reconcile_unheld(&self, job: &JobView, now: Time) -> Result<()> {
        let mut lanes = AllLanes::default();
        for attempt in job.attempts.iter().filter(|attempt| !attempt.state.over()) {
            let lane = &attempt.work.lane;
            if !lanes.0.contains_key(lane) {
                lanes.0.insert(lane.clone(), LaneView::read(self.table, lane).await?);
            }
            if !lanes.hold(attempt) {
                self.reconcile(&attempt.id, lane, &attempt.slot, now).await?;
            }
        }
        Ok(())
    }

    async fn reconcile(
        &self,
        attempt: &AttemptId,
        lane: &str,
        slot: &str,
        now: Time,
    ) -> Result<()> {
        let key = slot_key(lane, slot);
        let free = let_go(key.clone(), attempt, now);
        let Some(standing) = self.standing(attempt, None).await? else {
            return self.table.write(vec![free]).await.map(|_| ());
        };
        let record = &standing.attempt;
        if record.state.over() {
            return self.table.write(vec![free]).await.map(|_| ());
        }
        if record.work.ask.is_some() {
            // Only the vendor knows; whoever looks there renews the lease, or ends it.
            let renewed = json!({ "lease_until": now.plus_s(self.settings.lease_s) });
            let renew = Write::set(key, renewed).when_is("attempt", attempt);
            self.table.write(vec![renew]).await?;
            return self.calls.send(&json!({ "attempt": attempt }), 0).await;
        }
        match self.hosts.state(&record.address, attempt).await {
            Ok(Some(state)) => {
                if let Some(report) = state.report.filter(|report| report.news.last()) {
                    let context = Context::of(record, record.work.event, false);
                    return self.end(&report, &context, now).await.map(|_| ());
                }
                let renewed = json!({ "lease_until": now.plus_s(self.settings.lease_s) });
                let renew = Write::set(key, renewed).when_is("attempt", attempt);
                self.table.write(vec![renew]).await.map(|_| ())
            }
            Ok(None) => {
                let reason = format!("host {} does not know the render", record.host);
                let state = match record.state {
                    AttemptState::Running => AttemptState::Lost,
                    _ => AttemptState::Refused,
                };
                let counts = state == AttemptState::Lost;
                let failure =
                    Failure { reason, retryable: true, counts, avoid: false, class: None };
                self.came_to_nothing(attempt, state, &failure, MicroUsd(0), now).await
            }
            // It is there, but refuses us or talks nonsense: that is for a person, whom the alarm calls.
            Err(Error::Fault(_)) => Ok(()),
            Err(cause) => {
                let reason = format!("host {} is gone: {cause}", record.host);
                let failure =
                    Failure { reason, retryable: true, counts: true, avoid: true, class: None };
                // The slot was held, and nobody can say for how much of the time it worked.
                let usd =
                    MicroUsd::of_slot(record.usd_per_slot_second, now.since_ms(record.started_at));
                self.came_to_nothing(attempt, AttemptState::Lost, &failure, usd, now).await
            }
        }
    }
}
