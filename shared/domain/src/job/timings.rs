//! Where the time of a job went, told from its records alone.
//!
//! A lane step has been *queued* until it was on record, and then *waiting* for a slot and *running* in one, attempt by
//! attempt, over all rounds. CPU steps run, gates are *gated* and publishes *published* from the beginning of the call
//! that did it to its write. Only what is over is counted.

use crate::pipeline::Function;
use crate::record::StepRecord;
use crate::time::Time;
use crate::view::JobView;
use serde_json::{Value, json};
use std::ops::AddAssign;

/// Milliseconds by what they were spent on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// From when it could begin until a function had taken it up.
    pub queued: i64,
    /// In a lane, until a slot was free.
    pub waiting: i64,
    /// In slots, or in the function that does it.
    pub running: i64,
    /// Judged.
    pub gated: i64,
    /// On the way to its target.
    pub published: i64,
}

impl Timings {
    /// In seconds, as the HTTP API writes them.
    pub fn json(&self) -> Value {
        let seconds = |ms: i64| ms as f64 / 1000.0;
        json!({
            "queued": seconds(self.queued), "waiting": seconds(self.waiting),
            "running": seconds(self.running), "gated": seconds(self.gated),
            "published": seconds(self.published),
        })
    }
}

impl AddAssign for Timings {
    fn add_assign(&mut self, other: Self) {
        self.queued += other.queued;
        self.waiting += other.waiting;
        self.running += other.running;
        self.gated += other.gated;
        self.published += other.published;
    }
}

impl JobView {
    /// Where the time of a step went.
    pub fn timings(&self, name: &str) -> Timings {
        let mut timings = Timings::default();
        let Some(function) = self.pipeline.step(name).map(|step| step.kind.function()) else {
            return timings;
        };
        let step = self.step(name);
        timings.queued = step.started_at.map_or(0, |at| at.since_ms(self.could_begin(&step, at)));
        let took = step.started_at.zip(step.ended_at).map_or(0, |(from, to)| to.since_ms(from));
        match function {
            Function::Lane => self.in_lane(name, &mut timings),
            Function::Step => timings.running = took,
            Function::Gate => timings.gated = took,
            Function::Publish => timings.published = took,
        }
        timings
    }

    /// The latest end of another step before this one was taken up; the job's acceptance where there is none.
    fn could_begin(&self, step: &StepRecord, at: Time) -> Time {
        let others = self.steps.values().filter(|other| other.name != step.name);
        let ends = others.filter_map(|other| other.ended_at).filter(|end| *end <= at);
        ends.chain([self.job.created_at]).max().unwrap_or(self.job.created_at)
    }

    fn in_lane(&self, name: &str, timings: &mut Timings) {
        let mut before = Time(0);
        for attempt in self.attempts.iter().filter(|attempt| attempt.id.step() == name) {
            timings.waiting += attempt.started_at.since_ms(attempt.work.enqueued_at.max(before));
            if let Some(ended) = attempt.ended_at {
                timings.running += ended.since_ms(attempt.started_at);
                before = ended;
            }
        }
    }
}
