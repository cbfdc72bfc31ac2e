//! Everything ends: what may hang, how it is noticed, and what is done about it.
//!
//! Each variant has a rule here, an alarm in the template and a section in the runbook; a test compares
//! the three.

use crate::lane::{AllLanes, LaneView, QUARANTINE_AFTER};
use crate::publish::window;
use crate::record::PublicationState;
use crate::review::overdue;
use crate::state::{AttemptState, JobState, StepState};
use crate::time::Time;
use crate::vendor::Drifted;
use crate::view::JobView;
use serde::{Deserialize, Serialize};

/// A way to hang.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stuck {
    /// A job is on record, but nothing of it was taken up.
    JobNotStarted,
    /// An attempt is under way on the ledger, but holds no slot.
    AttemptWithoutLease,
    /// A slot's lease ended without a report.
    LeaseWithoutReport,
    /// An execution waits past its step's deadline.
    TokenWithoutCallback,
    /// A step is done, but no execution asked for it.
    CallbackWithoutToken,
    /// An attempt's outcome has been unknown for too long.
    UnknownPastBound,
    /// A review has waited past its time.
    ReviewOverdue,
    /// A publication was started and not finished, its window opened and nothing came of it, or it waits for an account.
    PublicationOverdue,
    /// A webhook was given up.
    DeadDelivery,
    /// A message was given up.
    DeadLetter,
    /// An operator put a lane on hold.
    LaneOnHold,
    /// A host, or a vendor's model, failed too often in a row and gets no work.
    CircuitOpen,
    /// Work has waited in a lane for too long: more comes in than is done, or nobody takes it.
    LaneBehind,
    /// A vendor's answers lacked what its contract promises.
    ContractDrift,
    /// A model's work passes more or less often than its last seven days let expect.
    PassRateOff,
    /// Something that was taken down is still public somewhere.
    TakedownOverdue,
}

impl Stuck {
    /// Every variant.
    pub const ALL: [Self; 16] = [
        Self::JobNotStarted,
        Self::AttemptWithoutLease,
        Self::LeaseWithoutReport,
        Self::TokenWithoutCallback,
        Self::CallbackWithoutToken,
        Self::UnknownPastBound,
        Self::ReviewOverdue,
        Self::PublicationOverdue,
        Self::DeadDelivery,
        Self::DeadLetter,
        Self::LaneOnHold,
        Self::CircuitOpen,
        Self::LaneBehind,
        Self::ContractDrift,
        Self::PassRateOff,
        Self::TakedownOverdue,
    ];

    /// As metrics, alarms and the runbook name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JobNotStarted => "job_not_started",
            Self::AttemptWithoutLease => "attempt_without_lease",
            Self::LeaseWithoutReport => "lease_without_report",
            Self::TokenWithoutCallback => "token_without_callback",
            Self::CallbackWithoutToken => "callback_without_token",
            Self::UnknownPastBound => "unknown_past_bound",
            Self::ReviewOverdue => "review_overdue",
            Self::PublicationOverdue => "publication_overdue",
            Self::DeadDelivery => "dead_delivery",
            Self::DeadLetter => "dead_letter",
            Self::LaneOnHold => "lane_on_hold",
            Self::CircuitOpen => "circuit_open",
            Self::LaneBehind => "lane_behind",
            Self::ContractDrift => "contract_drift",
            Self::PassRateOff => "pass_rate_off",
            Self::TakedownOverdue => "takedown_overdue",
        }
    }
}

/// One thing that hangs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How it hangs.
    pub stuck: Stuck,
    /// The job, lane or queue.
    pub at: String,
    /// What an operator should know.
    pub detail: String,
}

impl Finding {
    /// The attempt, step, host or asset that the detail begins with.
    pub fn subject(&self) -> &str {
        self.detail.split(' ').next().unwrap_or_default()
    }
}

/// After so many seconds an unknown outcome is a finding.
pub const UNKNOWN_S: u32 = 300;
/// After so many seconds a started publication is a finding.
pub const PUBLICATION_S: u32 = 900;
/// For so many seconds after it was met, drift is a finding.
pub const DRIFT_S: u32 = 3600;
/// After so many seconds a finished step that no execution asked for is a finding.
pub const UNASKED_S: u32 = 300;
/// After so many seconds in a lane, work that waits is a finding: half an hour.
pub const BEHIND_S: u32 = 1800;

/// So many seconds after its time, a job that was put off is a finding.
const PUT_OFF_S: u32 = 150;

/// What hangs in a job that is not over.
pub fn in_job(view: &JobView, lanes: &AllLanes, now: Time) -> Vec<Finding> {
    let reviews = view.reviews.iter().filter_map(|review| overdue(review, now));
    let windows = view.windows.iter().filter_map(|window| window::overdue(window, now));
    let mut found: Vec<Finding> = reviews.chain(windows).collect();
    let mut find = |stuck, detail: String| {
        found.push(Finding { stuck, at: view.job.id.to_string(), detail });
    };
    // What was put off begins with the first sweep after its time.
    let put_off = view.job.not_before.is_some_and(|at| now <= at.plus_s(PUT_OFF_S));
    let due = view.job.due_at.is_some_and(|due| due <= now);
    if view.job.state == JobState::Accepted && due && !put_off {
        find(Stuck::JobNotStarted, format!("accepted at {}", view.job.updated_at.rfc3339()));
    }
    for attempt in view.attempts.iter().filter(|attempt| !attempt.state.over()) {
        if !lanes.hold(attempt) {
            find(Stuck::AttemptWithoutLease, format!("{} at {}", attempt.id, attempt.host));
        }
        let since = attempt.started_at.plus_s(UNKNOWN_S);
        if attempt.state == AttemptState::Unknown && since <= now {
            find(Stuck::UnknownPastBound, format!("{} at {}", attempt.id, attempt.host));
        }
    }
    for step in view.steps.values() {
        if step.overdue(now) {
            find(Stuck::TokenWithoutCallback, format!("step {} is {}", step.name, step.state));
        }
        let unasked = step.state == StepState::Succeeded
            && step.round < view.job.round
            && view.plan.wave_of(&step.name) == first_unfinished(view)
            && view.job.updated_at.plus_s(UNASKED_S) <= now;
        if unasked {
            find(Stuck::CallbackWithoutToken, format!("step {} was not asked for", step.name));
        }
    }
    for publication in &view.publications {
        let open =
            matches!(publication.state, PublicationState::Started | PublicationState::Unknown);
        if open && publication.updated_at.plus_s(PUBLICATION_S) <= now {
            find(
                Stuck::PublicationOverdue,
                format!("{} by {}", publication.asset, publication.step),
            );
        }
        let webhook = publication.target == "webhook";
        if webhook && publication.state == PublicationState::Failed {
            find(Stuck::DeadDelivery, format!("{} by {}", publication.asset, publication.step));
        }
    }
    for posting in &view.postings {
        let open = matches!(posting.state, PublicationState::Started | PublicationState::Unknown);
        if open && posting.updated_at.plus_s(PUBLICATION_S) <= now {
            let (step, target) = (&posting.step, &posting.target);
            find(Stuck::PublicationOverdue, format!("{step} at {target}"));
        }
    }
    found
}

fn first_unfinished(view: &JobView) -> Option<usize> {
    let asked =
        |step: &String| view.steps.get(step).is_some_and(|record| record.round == view.job.round);
    view.plan.waves.iter().position(|wave| !wave.steps.iter().all(asked))
}

/// What hangs in a lane.
pub fn in_lane(name: &str, lane: &LaneView, now: Time) -> Vec<Finding> {
    let mut found = Vec::new();
    for (sk, slot) in lane.expired(now) {
        let detail = format!("{sk} of {}", slot.attempt.as_deref().unwrap_or("nobody"));
        found.push(Finding { stuck: Stuck::LeaseWithoutReport, at: name.into(), detail });
    }
    if let Some(reason) = &lane.hold {
        found.push(Finding { stuck: Stuck::LaneOnHold, at: name.into(), detail: reason.clone() });
    }
    let oldest_s = lane.oldest_wait_ms(now) / 1000;
    if i64::from(BEHIND_S) <= oldest_s {
        let detail = format!("{} items wait, the oldest for {oldest_s} s", lane.depth());
        found.push(Finding { stuck: Stuck::LaneBehind, at: name.into(), detail });
    }
    for host in lane.hosts.keys().filter(|host| lane.quarantined(host, now)) {
        let detail = format!("{host} failed {QUARANTINE_AFTER} times in a row");
        found.push(Finding { stuck: Stuck::CircuitOpen, at: name.into(), detail });
    }
    for (model, circuit) in &lane.circuits {
        if let Some(until) = circuit.until {
            let (faults, until) = (circuit.faults.len(), until.rfc3339());
            let detail =
                format!("{model} failed {faults} times in a row, and is tried again at {until}");
            found.push(Finding { stuck: Stuck::CircuitOpen, at: name.into(), detail });
        }
    }
    found
}

/// Drift that was met again lately, and so is not over.
pub fn in_drift(known: &[Drifted], now: Time) -> Vec<Finding> {
    let lately = known.iter().filter(|drifted| now < drifted.at.plus_s(DRIFT_S));
    let finding = |drifted: &Drifted| {
        let Drifted { vendor, field, found, count, .. } = drifted;
        let detail = format!("{field} was {found}, {count} times in all");
        Finding { stuck: Stuck::ContractDrift, at: vendor.clone(), detail }
    };
    lately.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_serialised_ones_and_differ() {
        let names: std::collections::BTreeSet<_> = Stuck::ALL.map(Stuck::as_str).into();
        assert_eq!(names.len(), Stuck::ALL.len());
        for stuck in Stuck::ALL {
            assert_eq!(serde_json::to_value(stuck).unwrap(), stuck.as_str());
        }
    }
}
