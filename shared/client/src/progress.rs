//! Live progress: one bar per step, moved by the job's events.
use std::{collections::HashMap, time::Duration};

use client::{Event, Job};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::{paint::note, show, story::reasons};

/// A thousand ticks make a whole bar.
const WHOLE: u64 = 1000;

/// The bars of a job on a terminal.
pub(crate) struct Bars {
    all: MultiProgress,
    steps: HashMap<String, ProgressBar>,
    width: usize,
}

impl Bars {
    pub(crate) fn new(job: &Job) -> Self {
        Self::on(MultiProgress::new(), job)
    }

    fn on(all: MultiProgress, job: &Job) -> Self {
        let width = job.steps.iter().map(|step| step.name.len()).max().unwrap_or(0);
        let mut bars = Self { all, steps: HashMap::new(), width };
        for step in &job.steps {
            bars.bar(&step.name);
        }
        bars
    }

    /// Moves the bar that the event is about. Event types that this client does not know move none.
    pub(crate) fn show(&mut self, event: &Event) {
        if event.kind == "job.retried" {
            return self.steps.values().filter(|bar| bar.position() < WHOLE).for_each(waiting);
        }
        let Some(step) = &event.step else { return };
        moved(&self.bar(step), event);
    }

    /// A remark above the bars. One that cannot be shown is no failure.
    pub(crate) fn say(&self, text: &str) {
        let _ = self.all.println(text);
    }

    /// Leaves the bars as they are.
    pub(crate) fn abandon(self) {
        for bar in self.steps.values() {
            bar.abandon();
        }
        // The last bar fills its line without ending it.
        note("");
    }

    /// Leaves the bars on the screen, those that moved no more in the state the job gives them.
    pub(crate) fn leave(self, job: &Job) {
        for step in &job.steps {
            let Some(bar) = self.steps.get(&step.name) else { continue };
            match step.state.as_str() {
                "succeeded" => bar.set_position(WHOLE),
                "pending" | "waiting" if job.terminal && bar.position() < WHOLE => {
                    bar.set_message("not reached")
                }
                _ => {}
            }
        }
        self.abandon();
    }

    fn bar(&mut self, step: &str) -> ProgressBar {
        if let Some(bar) = self.steps.get(step) {
            return bar.clone();
        }
        let bar = self.all.add(ProgressBar::new(WHOLE));
        let style = ProgressStyle::with_template(
            "{spinner:.cyan} {prefix:.bold} {bar:24.cyan/dim} {wide_msg}",
        );
        let style = style.expect("the template is well formed");
        bar.set_style(style.progress_chars("━╸─").tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "));
        bar.set_prefix(format!("{step:width$}", width = self.width));
        waiting(&bar);
        self.steps.insert(step.into(), bar.clone());
        bar
    }
}

/// What an event does to its step's bar.
fn moved(bar: &ProgressBar, event: &Event) {
    let said = |field: &str| event.data.get(field).map(show::value).unwrap_or_default();
    match event.kind.as_str() {
        "step.waiting" => {
            waiting(bar);
            bar.set_message(worded("waiting", "for", &said("lane")));
        }
        "step.started" => going(bar, worded("running", "on", &said("host"))),
        "step.progress" => {
            let fraction = event.data.get("fraction").and_then(Value::as_f64).unwrap_or(0.0);
            let fraction = fraction.clamp(0.0, 1.0);
            // The message draws at once, the position only when it is its turn.
            bar.set_position((fraction * WHOLE as f64) as u64);
            going(bar, format!("running {:.0}%", fraction * 100.0));
        }
        "step.preview" => bar.set_message("running, preview there"),
        "step.retrying" => {
            bar.set_position(0);
            going(bar, worded("trying again", "after", &said("reason")));
        }
        "step.succeeded" => {
            let cost = event.data.get("usd").and_then(Value::as_f64).filter(|usd| *usd > 0.0);
            ended(bar, "succeeded", &cost.map(show::usd).unwrap_or_default());
        }
        "step.failed" => ended(bar, "failed", &said("error")),
        "step.canceled" => ended(bar, "canceled", ""),
        "step.expired" => ended(bar, "expired", &said("error")),
        "gate.verdict" => ended(bar, &said("verdict"), &reasons(&event.data)),
        "publication.started" => going(bar, "publishing".into()),
        "publication.done" => ended(bar, "published", &said("location")),
        _ => {}
    }
}

fn worded(what: &str, link: &str, whom: &str) -> String {
    if whom.is_empty() { what.into() } else { format!("{what} {link} {whom}") }
}

fn waiting(bar: &ProgressBar) {
    bar.disable_steady_tick();
    bar.set_position(0);
    bar.set_message("waiting");
}

fn going(bar: &ProgressBar, message: String) {
    bar.enable_steady_tick(Duration::from_millis(100));
    bar.set_message(message);
}

fn ended(bar: &ProgressBar, word: &str, more: &str) {
    bar.disable_steady_tick();
    bar.set_position(WHOLE);
    let style = console::style(word).for_stderr();
    let style = match word {
        "succeeded" | "published" | "pass" => style.green(),
        "canceled" | "review" => style.yellow(),
        _ => style.red(),
    };
    bar.set_message(format!("{style}  {more}").trim_end().to_owned());
}

#[cfg(test)]
mod tests {
    use indicatif::{InMemoryTerm, ProgressDrawTarget};
    use serde_json::json;

    use super::*;

    fn screen(events: &[Value]) -> String {
        let term = InMemoryTerm::new(10, 70);
        let target = ProgressDrawTarget::term_like(Box::new(term.clone()));
        let job = json!({"id": "j1", "state": "running", "terminal": false,
            "steps": [{"name": "generate"}, {"name": "good"}]});
        let job: Job = serde_json::from_value(job).unwrap();
        let mut bars = Bars::on(MultiProgress::with_draw_target(target), &job);
        for event in events {
            bars.show(&serde_json::from_value(event.clone()).unwrap());
        }
        for bar in bars.steps.values() {
            bar.tick();
        }
        term.contents()
    }

    #[track_caller]
    fn check(events: &[Value], expected: &[&str]) {
        let screen = screen(events);
        for (line, expected) in screen.lines().zip(expected) {
            assert!(line.ends_with(expected), "{line:?} should end with {expected:?}\n{screen}");
        }
        assert_eq!(screen.lines().count(), expected.len(), "{screen}");
    }

    #[test]
    fn every_step_has_a_bar_that_its_events_move() {
        let waits =
            json!({"n": 1, "type": "step.waiting", "step": "generate", "data": {"lane": "gpu"}});
        let half =
            json!({"n": 2, "type": "step.progress", "step": "generate", "data": {"fraction": 0.5}});
        let done =
            json!({"n": 3, "type": "step.succeeded", "step": "generate", "data": {"usd": 0.0004}});
        let fail = json!({"n": 4, "type": "gate.verdict", "step": "good",
            "data": {"verdict": "fail", "reasons": ["blank"]}});
        check(std::slice::from_ref(&waits), &["waiting for gpu", "waiting"]);
        check(&[waits.clone(), half.clone()], &["running 50%", "waiting"]);
        let screen = screen(&[half]);
        assert_eq!(screen.matches('━').count(), 12, "{screen}");
        check(&[waits, done, fail], &["succeeded  $0.0004", "fail  blank"]);
    }

    #[test]
    fn an_event_of_an_unknown_type_or_step_does_no_harm() {
        let unknown = json!({"n": 1, "type": "step.sung", "step": "generate"});
        let new_step = json!({"n": 2, "type": "step.started", "step": "encore"});
        check(&[unknown, new_step], &["waiting", "waiting", "running"]);
    }
}
