//! The end of a step that did not do its work: the job's end, or a gap that the job goes on with.

use super::degraded::reason;
use crate::event::Event;
use crate::id::AssetId;
use crate::lane::outcome;
use crate::pipeline::OnError;
use crate::record::{Degraded, Skipped, StepRecord};
use crate::state::StepState;
use crate::store::Write;
use crate::time::Time;
use crate::view::JobView;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How a step ends that did not do its work.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// Its state.
    pub state: StepState,
    step: String,
    error: Option<String>,
    skipped: Option<Skipped>,
    used: Option<String>,
    outputs: BTreeMap<String, Vec<AssetId>>,
    /// What the job lacks, this step included; none where it lacks nothing.
    degraded: Option<Vec<Degraded>>,
}

impl Ending {
    /// A step that was skipped before it began.
    pub fn skipped(view: &JobView, step: &str, skipped: Skipped) -> Self {
        let ending = Self {
            state: StepState::Skipped,
            step: step.to_owned(),
            error: None,
            skipped: Some(skipped),
            used: None,
            outputs: BTreeMap::new(),
            degraded: None,
        };
        ending.known(view)
    }

    /// A step that failed or expired, by what its `on_error` says. `state` is what it is without one.
    pub fn failed(view: &JobView, step: &str, state: StepState, error: &str) -> Self {
        let definition = view.pipeline.step(step);
        let on_error = definition.map(|step| &step.on_error);
        // Of several candidates one may be missing: nothing is worse for it.
        let error_counts = definition.is_none_or(|step| step.candidate.is_none());
        let plain = Self {
            state,
            step: step.to_owned(),
            error: Some(error.to_owned()),
            skipped: None,
            used: None,
            outputs: BTreeMap::new(),
            degraded: None,
        };
        let gap = |reason| Some(Skipped { run: view.job.run, reason, error: error_counts });
        match on_error {
            None | Some(OnError::Fail) => plain,
            Some(OnError::Skip) => {
                let skipped = gap(error.to_owned());
                Self { state: StepState::Skipped, skipped, ..plain }.known(view)
            }
            Some(OnError::Use(name)) => {
                let stand_in = view.steps.get(name);
                match stand_in.filter(|record| record.state == StepState::Succeeded) {
                    Some(record) => Self {
                        state: StepState::Succeeded,
                        skipped: gap(error.to_owned()),
                        used: Some(name.clone()),
                        outputs: record.outputs.clone(),
                        ..plain
                    },
                    None => {
                        let reason = format!("{error}; nor is there {name}, which would stand in");
                        Self { state: StepState::Skipped, skipped: gap(reason), ..plain }
                    }
                }
                .known(view)
            }
        }
    }

    fn known(mut self, view: &JobView) -> Self {
        if self.skipped.as_ref().is_some_and(|skipped| skipped.error) {
            let mut all = view.job.degraded.clone();
            all.retain(|known| known.step != self.step);
            let reason = reason(self.skipped.as_ref(), self.used.as_deref());
            all.push(Degraded { step: self.step.clone(), reason });
            self.degraded = Some(all);
        }
        self
    }

    /// The same after other steps of the same transaction.
    pub fn after(mut self, others: &[Self]) -> Self {
        if let Some(own) = &mut self.degraded {
            let before = others.iter().rev().find_map(|other| other.degraded.as_ref());
            for known in before.into_iter().flatten().rev() {
                if own.iter().all(|one| one.step != known.step) {
                    own.insert(0, known.clone());
                }
            }
        }
        self
    }

    /// The step.
    pub fn step(&self) -> &str {
        &self.step
    }

    /// What the execution is told.
    pub fn outcome(&self) -> Value {
        outcome::of(self.state).unwrap_or_else(outcome::ok)
    }

    /// The fields of the step's record that change.
    pub fn fields(&self, now: Time) -> Value {
        let mut fields = json!({ "state": self.state, "ended_at": now });
        if let Some(error) = &self.error {
            fields["error"] = json!(error);
        }
        if let Some(skipped) = &self.skipped {
            fields["skipped"] = json!(skipped);
        }
        if let Some(used) = &self.used {
            fields["used"] = json!(used);
            fields["outputs"] = json!(self.outputs);
        }
        fields
    }

    /// Puts the end into a step's record.
    pub fn close(&self, record: &mut StepRecord, now: Time) {
        record.state = self.state;
        record.ended_at = Some(now);
        record.error.clone_from(&self.error);
        record.skipped.clone_from(&self.skipped);
        record.used.clone_from(&self.used);
        record.outputs.clone_from(&self.outputs);
    }

    /// The job's own record learns what it lacks, so that its end looks closer.
    pub fn mark(&self, job: Write) -> Write {
        match &self.degraded {
            Some(degraded) => job.also("degraded", degraded),
            None => job,
        }
    }

    /// Whether the job's own record changes.
    pub fn marks(&self) -> bool {
        self.degraded.is_some()
    }

    /// What it is reported as.
    pub fn event(&self, now: Time) -> Event {
        let mut event = Event::new(now, format!("step.{}", self.state)).step(&self.step);
        match (&self.skipped, &self.used) {
            (Some(skipped), None) => {
                event = event.with("reason", &skipped.reason).with("degraded", skipped.error);
            }
            (_, Some(used)) => {
                let outputs: Vec<_> = self.outputs.values().flatten().collect();
                event = event.with("outputs", outputs).with("used", used);
            }
            (None, None) => {}
        }
        match &self.error {
            Some(error) => event.with("error", error),
            None => event,
        }
    }
}
