//! Why a person's act on a review was refused; nothing has changed then.

use super::ask::Decision;
use super::record::ReviewState;
use crate::id::{AssetId, PersonId};
use crate::person::Role;
use crate::time::Time;

/// Why an act was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// There is no such review, or it is another tenant's.
    #[error("there is no such review")]
    Unknown,
    /// They lack the role.
    #[error("{0} has not the role {1}, which this needs")]
    Role(PersonId, Role),
    /// They belong to none of the groups that may decide.
    #[error("{0} belongs to none of the groups that decide this: {1}")]
    Group(PersonId, String),
    /// They submitted the job, and its rules want somebody else to approve it.
    #[error("{0} submitted the job, and somebody else must approve it")]
    OwnJob(PersonId),
    /// Somebody else works on it.
    #[error("{0} works on it until {at}", at = .1.rfc3339())]
    Claimed(PersonId, Time),
    /// It is not open any more.
    #[error("the review is {state}{by}", state = .0.as_str(), by = said(.1))]
    Over(ReviewState, Option<Decision>),
    /// They decided otherwise before.
    #[error("{0} decided {1} before: take that back first")]
    Voted(PersonId, Decision),
    /// The decision is in effect.
    #[error("the decision is in effect since {at}, and cannot be taken back", at = .0.rfc3339())]
    TooLate(Time),
    /// What is shown was brought by the caller.
    #[error("nothing that this job made leads to what is shown, so nothing can be made again")]
    NothingToMake,
    /// The job's budget does not reach for another try.
    #[error("another try costs about ${0}, and ${1} is left of the job's budget")]
    Budget(f64, f64),
    /// A decision that says too little.
    #[error("{0}")]
    Incomplete(&'static str),
    /// An edit of what is not shown.
    #[error("{0} is not among what is shown")]
    NotShown(AssetId),
    /// There is no such upload, or it is of the wrong medium.
    #[error("{0}")]
    Upload(String),
    /// The link was good for one decision.
    #[error("the link was used before")]
    LinkUsed,
    /// The job is over.
    #[error("the job is over")]
    JobOver,
}

fn said(decision: &Option<Decision>) -> String {
    decision.map_or(String::new(), |decision| format!(": {decision}"))
}
