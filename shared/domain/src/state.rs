//! The states of jobs, steps and attempts, and the one table of the ways between them.
//!
//! Every change of state is a conditional write on the states it may come from, so a late `running`
//! never undoes a `succeeded`.

use serde::{Deserialize, Serialize};

macro_rules! states {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal from [$($from:ident),*]),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every state.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The state as it is written everywhere.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The states that may become this one.
            pub fn from(self) -> &'static [Self] {
                match self { $(Self::$variant => &[$(Self::$from),*]),+ }
            }

            /// Whether this state may become `next`.
            pub fn may_become(self, next: Self) -> bool {
                next.from().contains(&self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

states! {
    /// Where a job's present run stands. A retry starts the next run at `accepted`.
    JobState {
        /// On record; its execution may not have started.
        Accepted = "accepted" from [Succeeded, Rejected, Failed, Canceled, Expired],
        /// A step of it has been taken up.
        Running = "running" from [Accepted],
        /// Somebody canceled it; nothing new is paid, what runs is told to stop.
        Canceling = "canceling" from [Accepted, Running],
        /// Every step is done and everything is published.
        Succeeded = "succeeded" from [Running],
        /// A gate said no.
        Rejected = "rejected" from [Running],
        /// A step failed for good.
        Failed = "failed" from [Accepted, Running],
        /// It was canceled.
        Canceled = "canceled" from [Accepted, Running, Canceling],
        /// A deadline passed.
        Expired = "expired" from [Accepted, Running],
    }
}

states! {
    /// Where a step stands in its present round.
    StepState {
        /// Not taken up in this round.
        Pending = "pending" from [],
        /// Waiting for a slot.
        Waiting = "waiting" from [Pending, Running],
        /// An attempt of it is under way.
        Running = "running" from [Pending, Waiting],
        /// Its outputs are in custody.
        Succeeded = "succeeded" from [Pending, Waiting, Running],
        /// No attempt is left.
        Failed = "failed" from [Pending, Waiting, Running],
        /// The job was canceled before it was done.
        Canceled = "canceled" from [Pending, Waiting, Running],
        /// Its deadline passed.
        Expired = "expired" from [Pending, Waiting, Running],
        /// The job went on without it: a condition was false, or what it lacked may be lacking.
        Skipped = "skipped" from [Pending, Waiting, Running],
    }
}

states! {
    /// What the ledger knows of an attempt.
    AttemptState {
        /// On the ledger; the call may not have been made.
        Claimed = "claimed" from [],
        /// The other side reports that it works.
        Running = "running" from [Claimed, Unknown],
        /// It may have been accepted: to be reconciled, never resubmitted blindly.
        Unknown = "outcome_unknown" from [Claimed, Running],
        /// Outputs in custody; paid.
        Succeeded = "succeeded" from [Claimed, Running, Unknown, Lost],
        /// It ended without outputs.
        Failed = "failed" from [Claimed, Running, Unknown, Lost],
        /// Certain that nothing was accepted; nothing is owed.
        Refused = "refused" from [Claimed, Unknown],
        /// Told to stop, and it did.
        Canceled = "canceled" from [Claimed, Running, Unknown, Lost],
        /// Given up: its host is gone or its lease is over. A late result is still adopted.
        Lost = "lost" from [Claimed, Running, Unknown],
    }
}

impl JobState {
    /// The states in which work may still be started and paid for.
    pub const OPEN: [Self; 2] = [Self::Accepted, Self::Running];

    /// Whether the run is over.
    pub fn terminal(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Rejected | Self::Failed | Self::Canceled | Self::Expired
        )
    }

    /// Whether a second run may mend it. Of successes only a degraded one: the job knows.
    pub fn retryable(self) -> bool {
        self != Self::Succeeded && self.may_become(Self::Accepted)
    }

    /// Whether work may still be started and paid for it.
    pub fn open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}

impl StepState {
    /// Whether an execution waits for it.
    pub fn under_way(self) -> bool {
        !self.terminal() && self != Self::Pending
    }

    /// Whether the step is over in this round.
    pub fn terminal(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Failed | Self::Canceled | Self::Expired | Self::Skipped
        )
    }
}

impl AttemptState {
    /// Whether nothing more is expected of the attempt.
    pub fn over(self) -> bool {
        !matches!(self, Self::Claimed | Self::Running | Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_terminal_job_moves_but_by_a_retry() {
        for from in JobState::ALL.iter().filter(|state| state.terminal()) {
            for to in JobState::ALL.iter().filter(|to| from.may_become(**to)) {
                assert_eq!(*to, JobState::Accepted, "{from} may become {to}");
            }
        }
        assert!(!JobState::Succeeded.retryable());
    }

    #[test]
    fn a_late_running_never_undoes_an_end() {
        assert!(!StepState::Succeeded.may_become(StepState::Running));
        assert!(!AttemptState::Succeeded.may_become(AttemptState::Running));
        assert!(!JobState::Succeeded.may_become(JobState::Running));
    }

    #[test]
    fn a_late_result_of_a_lost_attempt_is_adopted() {
        assert!(AttemptState::Lost.may_become(AttemptState::Succeeded));
    }

    #[test]
    fn names_are_the_serialised_ones() {
        for state in JobState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        for state in AttemptState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        for state in StepState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }
}
