//! An approval as it is kept with a gate's verdict: what clears bytes for a publish.

use crate::gate::Subject;
use crate::id::{PersonId, ReviewId};
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// That people approved bytes that a gate was not sure of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The review.
    pub review: ReviewId,
    /// Who approved.
    pub by: Vec<PersonId>,
    /// When it took effect.
    pub at: Time,
    /// Exactly what they approved, by its bytes.
    pub subjects: Vec<Subject>,
}
