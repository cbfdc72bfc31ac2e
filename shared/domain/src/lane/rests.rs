//! Models of a vendor that are left alone: work for them waits in the lane, and one claim tries them again.

use super::LaneView;
use crate::record::Work;
use crate::store::Write;
use crate::time::Time;
use crate::vendor::circuit::{EVERY_MODEL, State};

/// The circuits that a piece of work depends on: that of its model, and that of all models.
fn names(work: &Work) -> impl Iterator<Item = &str> {
    let model = work.ask.as_ref().map(|ask| ask.model.as_str());
    model.into_iter().flat_map(|model| [model, EVERY_MODEL])
}

impl LaneView {
    /// Until when the model is left alone that the work is for.
    pub(super) fn rests_until(&self, work: &Work, now: Time) -> Option<Time> {
        let circuits = names(work).filter_map(|name| self.circuits.get(name));
        let until = circuits.filter_map(|circuit| match circuit.state(now) {
            State::Open(until) => Some(until),
            State::Closed | State::HalfOpen => None,
        });
        until.max()
    }

    /// What a claim writes so that it alone tries a model that was left alone.
    pub(super) fn tries(&self, work: &Work, now: Time) -> Vec<Write> {
        let tried =
            |name: &str| self.circuits.get(name)?.trying(&work.lane, name, &work.attempt, now);
        names(work).filter_map(tried).collect()
    }

    /// The lane as if the work's claim tried what was left alone.
    pub(super) fn tried(&mut self, work: &Work, now: Time) {
        for name in names(work) {
            if let Some(circuit) = self.circuits.get_mut(name)
                && let Some(next) = circuit.tried(&work.attempt, now)
            {
                *circuit = next;
            }
        }
    }
}
