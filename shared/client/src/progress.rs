//! Live progress: one bar per step, moved by the job's events.
use std::collections::HashMap;

use client::{Event, Job};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use crate::{paint::note, show, story, times};

/// A thousand ticks make a whole bar.
const WHOLE: u64 = 1000;
/// Often enough that events which come together are all drawn.
const DRAWN_HZ: u8 = 100;

/// The bars of a job on a terminal.
pub(crate) struct Bars {
    all: MultiProgress,
    steps: HashMap<String, Bar>,
    width: usize,
}

/// One step's bar.
struct Bar {
    bar: ProgressBar,
    /// Whether its spinner turns.
    turning: bool,
    /// When its attempt started, as its event says.
    started: Option<String>,
}

impl Bars {
    pub(crate) fn new(job: &Job) -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(DRAWN_HZ);
        Self::on(MultiProgress::with_draw_target(target), job)
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
            let open = self.steps.values_mut().filter(|it| it.bar.position() < WHOLE);
            return open.for_each(|bar| bar.waiting("waiting".into()));
        }
        let Some(step) = &event.step else { return };
        self.bar(step).moved(event);
    }

    /// Turns the spinners, and draws what came too fast to be drawn.
    pub(crate) fn tick(&self) {
        let turning = self.steps.values().filter(|it| it.turning);
        turning.for_each(|it| it.bar.tick());
    }

    /// A remark above the bars. One that cannot be shown is no failure.
    pub(crate) fn say(&self, text: &str) {
        let _ = self.all.println(text);
    }

    /// Leaves the bars as they are.
    pub(crate) fn abandon(self) {
        for step in self.steps.values() {
            step.bar.abandon();
        }
        // The last bar fills its line without ending it.
        note("");
    }

    /// Leaves the bars on the screen, those that moved no more in the state the job gives them.
    pub(crate) fn leave(mut self, job: &Job) {
        for step in &job.steps {
            let Some(bar) = self.steps.get_mut(&step.name) else { continue };
            match step.state.as_str() {
                "succeeded" => bar.bar.set_position(WHOLE),
                "pending" | "waiting" if job.terminal && bar.bar.position() < WHOLE => {
                    bar.waiting("not reached".into());
                }
                _ => {}
            }
        }
        self.abandon();
    }

    fn bar(&mut self, step: &str) -> &mut Bar {
        let (all, width) = (&self.all, self.width);
        self.steps.entry(step.to_owned()).or_insert_with(|| {
            let bar = all.add(ProgressBar::new(WHOLE));
            bar.set_prefix(format!("{step:width$}"));
            let mut bar = Bar { bar, turning: false, started: None };
            bar.waiting("waiting".into());
            bar
        })
    }
}

impl Bar {
    /// What an event does to its step's bar.
    fn moved(&mut self, event: &Event) {
        let said = |field: &str| event.data.get(field).map(show::value).unwrap_or_default();
        match event.kind.as_str() {
            "step.waiting" => self.waiting(worded("waiting", "for", &said("lane"))),
            "step.started" => {
                self.started = Some(event.at.clone());
                self.going(worded("running", "on", &said("host")));
            }
            "step.progress" | "step.chunk" => self.at(event, ""),
            "step.preview" => self.at(event, ", preview there"),
            "step.retrying" => {
                self.bar.set_position(0);
                self.going(worded("trying again", "after", &said("reason")));
            }
            "step.succeeded" => {
                let cost = event.data.get("usd").and_then(Value::as_f64).filter(|usd| *usd > 0.0);
                let took = times::took(self.started.as_deref(), Some(&event.at));
                let more = took.into_iter().chain(cost.map(show::usd)).collect::<Vec<_>>();
                self.ended("succeeded", &more.join("  "));
            }
            "step.failed" => self.ended("failed", &said("error")),
            "step.skipped" => self.ended("skipped", &said("reason")),
            "step.canceled" => self.ended("canceled", ""),
            "step.expired" => self.ended("expired", &said("error")),
            "gate.verdict" => self.ended(&said("verdict"), &story::reasons(&event.data)),
            "review.requested" => self.going("waiting for people: galley reviews list".into()),
            "review.decided" => self.ended(&said("decision"), &said("by")),
            "publication.scheduled" | "publication.rescheduled" => {
                self.going(format!("to be published at {}", said("opens_at")));
            }
            "publication.started" => self.going("publishing".into()),
            "publication.done" => self.ended("published", &said("location")),
            _ => {}
        }
    }

    /// As far as an event says it is.
    fn at(&mut self, event: &Event, more: &str) {
        let fraction = event.data.get("fraction").and_then(Value::as_f64).unwrap_or(0.0);
        let fraction = fraction.clamp(0.0, 1.0);
        self.bar.set_position((fraction * WHOLE as f64) as u64);
        self.going(format!("running {:.0}%{more}", fraction * 100.0));
    }

    fn waiting(&mut self, message: String) {
        self.draw("·", message);
        self.bar.set_position(0);
        self.bar.tick();
    }

    fn going(&mut self, message: String) {
        self.draw("{spinner:.cyan}", message);
        self.turning = true;
    }

    fn ended(&mut self, word: &str, more: &str) {
        let style = console::style(word).for_stderr();
        let (mark, style) = match word {
            "succeeded" | "published" | "pass" => ("✓", style.green()),
            "canceled" | "skipped" | "review" | "needs review" => ("–", style.yellow()),
            _ => ("✗", style.red()),
        };
        self.bar.set_position(WHOLE);
        self.draw(mark, format!("{style}  {more}").trim_end().to_owned());
        self.bar.tick();
    }

    /// The mark before a step's name says its state where there are no colours.
    fn draw(&mut self, mark: &str, message: String) {
        let template = format!("{mark} {{prefix:.bold}} {{bar:24.cyan/dim}} {{wide_msg}}");
        let style = ProgressStyle::with_template(&template).expect("the template is well formed");
        self.bar.set_style(style.progress_chars("━╸─").tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "));
        self.bar.set_message(message);
        self.turning = false;
    }
}

fn worded(what: &str, link: &str, whom: &str) -> String {
    if whom.is_empty() { what.into() } else { format!("{what} {link} {whom}") }
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
        for step in bars.steps.values() {
            step.bar.tick();
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
