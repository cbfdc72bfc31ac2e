//! Figures of many jobs: percentiles of times, costs, and pass rates.
use std::collections::BTreeMap;

use client::{Attempt, Job, Step};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// All that is shown.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) jobs: usize,
    pub(super) steps: Vec<Row>,
    pub(super) gates: Vec<Gate>,
}

/// Steps of one kind, made by one model.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Row {
    pub(super) kind: String,
    pub(super) model: Option<String>,
    /// How many succeeded.
    pub(super) count: usize,
    /// Percentiles of their seconds.
    pub(super) p50: Option<f64>,
    pub(super) p95: Option<f64>,
    pub(super) p99: Option<f64>,
    /// Of the seconds that they waited for a slot.
    pub(super) waiting_p95: Option<f64>,
    /// What all attempts cost, those that failed too.
    pub(super) usd: f64,
    /// The same for each that succeeded.
    pub(super) usd_each: Option<f64>,
}

/// Gates of one kind.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Gate {
    pub(super) kind: String,
    pub(super) count: usize,
    pub(super) pass_rate: f64,
}

impl Row {
    /// `image.generate sketch-1`.
    pub(super) fn name(&self) -> String {
        match &self.model {
            Some(model) => format!("{} {model}", self.kind),
            None => self.kind.clone(),
        }
    }
}

/// What was seen of one kind and model.
#[derive(Default)]
struct Seen {
    seconds: Vec<f64>,
    waiting: Vec<f64>,
    micros: i64,
}

impl Figures {
    pub(super) fn of(jobs: &[Job]) -> Self {
        let mut seen: BTreeMap<(String, Option<String>), Seen> = BTreeMap::new();
        let mut verdicts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for step in jobs.iter().flat_map(|job| &job.steps) {
            let said = step.verdict.as_ref().and_then(|verdict| verdict["verdict"].as_str());
            // One that a later round took back was no last word.
            if let Some(said) = said.filter(|said| *said != "superseded") {
                let (count, passed) = verdicts.entry(step.kind.clone()).or_default();
                *count += 1;
                *passed += usize::from(said == "pass");
            }
            if step.attempts.is_empty() {
                let ended = matches!(step.state.as_str(), "succeeded") || said.is_some();
                if let Some(seconds) = took(step).filter(|_| ended) {
                    seen.entry((step.kind.clone(), None)).or_default().seconds.push(seconds);
                }
                continue;
            }
            let waited = step.rest.get("timings").and_then(|it| it["waiting"].as_f64());
            for attempt in &step.attempts {
                let key = (step.kind.clone(), model(attempt));
                let seen = seen.entry(key).or_default();
                seen.micros += attempt.usd.map_or(0, |usd| (usd * 1e6).round() as i64);
                if attempt.state == "succeeded" {
                    seen.seconds.extend(between(&attempt.started_at, &attempt.ended_at));
                    seen.waiting.extend(waited);
                }
            }
        }
        let steps = seen.into_iter().map(|((kind, model), seen)| row(kind, model, seen));
        let gates = verdicts.into_iter().map(|(kind, (count, passed))| Gate {
            kind,
            count,
            pass_rate: passed as f64 / count as f64,
        });
        Self { jobs: jobs.len(), steps: steps.collect(), gates: gates.collect() }
    }
}

fn row(kind: String, model: Option<String>, seen: Seen) -> Row {
    let count = seen.seconds.len();
    let usd = seen.micros as f64 / 1e6;
    let mut seconds = seen.seconds;
    let mut waiting = seen.waiting;
    seconds.sort_by(f64::total_cmp);
    waiting.sort_by(f64::total_cmp);
    Row {
        kind,
        model,
        count,
        p50: percentile(&seconds, 50),
        p95: percentile(&seconds, 95),
        p99: percentile(&seconds, 99),
        waiting_p95: percentile(&waiting, 95),
        usd,
        usd_each: (0 < count && 0 < seen.micros).then(|| usd / count as f64),
    }
}

/// The least value that so many percent are not above: the nearest rank.
pub(super) fn percentile(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.max(1) - 1).copied()
}

/// The seconds that a step without attempts took in its function.
fn took(step: &Step) -> Option<f64> {
    let timings = step.rest.get("timings")?;
    let spent = ["running", "gated", "published"].map(|name| timings[name].as_f64().unwrap_or(0.0));
    let ended = step.rest.get("ended_at").is_some();
    ended.then(|| spent.iter().sum())
}

fn model(attempt: &Attempt) -> Option<String> {
    attempt.rest.get("model").and_then(Value::as_str).map(str::to_owned)
}

fn between(from: &Option<String>, to: &Option<String>) -> Option<f64> {
    let ms = |stamp: &Option<String>| -> Option<i64> {
        let time: Timestamp = stamp.as_deref()?.parse().ok()?;
        Some(time.as_millisecond())
    };
    Some((ms(to)? - ms(from)?) as f64 / 1000.0)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    /// A job whose only render took so many seconds, after waiting for one, and whose gate took a tenth.
    pub(in super::super) fn job(seconds: u32, usd: f64, verdict: &str) -> Job {
        let ended = format!("2026-11-20T10:{:02}:{:02}.000Z", seconds / 60, seconds % 60);
        let job = json!({
            "id": "j1", "state": "succeeded", "terminal": true,
            "steps": [
                {
                    "name": "generate", "kind": "image.generate", "state": "succeeded",
                    "timings": { "queued": 0.1, "waiting": 1.0, "running": seconds, "gated": 0, "published": 0 },
                    "attempts": [
                        { "id": "j1.generate.1", "state": "failed", "usd": 0.001, "model": "sketch-1",
                          "started_at": "2026-11-20T09:00:00Z", "ended_at": "2026-11-20T09:59:00Z" },
                        { "id": "j1.generate.2", "state": "succeeded", "usd": usd, "model": "sketch-1",
                          "started_at": "2026-11-20T10:00:00.000Z", "ended_at": ended },
                    ],
                },
                {
                    "name": "good", "kind": "gate.quality", "state": "succeeded", "ended_at": ended,
                    "timings": { "queued": 0, "waiting": 0, "running": 0, "gated": 0.1, "published": 0 },
                    "verdict": { "verdict": verdict },
                },
                { "name": "ladder", "kind": "image.resize", "state": "pending", "timings": { "running": 0 } },
            ],
        });
        serde_json::from_value(job).unwrap()
    }

    #[test]
    fn percentiles_are_times_that_occurred() {
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(percentile(&hundred, 50), Some(50.0));
        assert_eq!(percentile(&hundred, 95), Some(95.0));
        assert_eq!(percentile(&hundred, 99), Some(99.0));
        // Of four, the second, and for both of the others the last.
        let four = [1.0, 2.0, 3.0, 40.0];
        assert_eq!([50, 95, 99].map(|p| percentile(&four, p)), [Some(2.0), Some(40.0), Some(40.0)]);
        assert_eq!((percentile(&[7.0], 50), percentile(&[], 99)), (Some(7.0), None));
    }

    #[test]
    fn times_costs_and_pass_rates_are_those_worked_out_by_hand() {
        let jobs = [
            job(4, 0.002, "pass"),
            job(2, 0.001, "fail"),
            job(90, 0.030, "pass"),
            job(3, 0.001, "superseded"),
        ];
        let figures = Figures::of(&jobs);
        assert_eq!(figures.jobs, 4);
        let generate = Row {
            kind: "image.generate".into(),
            model: Some("sketch-1".into()),
            count: 4,
            p50: Some(3.0),
            p95: Some(90.0),
            p99: Some(90.0),
            waiting_p95: Some(1.0),
            // 0.002 + 0.001 + 0.030 + 0.001 and four failed attempts of 0.001.
            usd: 0.038,
            usd_each: Some(0.0095),
        };
        assert_eq!(figures.steps[1], generate);
        let gate = &figures.steps[0];
        assert_eq!(
            (gate.kind.as_str(), gate.count, gate.p50, gate.usd_each),
            ("gate.quality", 4, Some(0.1), None)
        );
        assert_eq!(figures.steps.len(), 2, "what never ran is not counted: {:?}", figures.steps);
        assert_eq!(
            figures.gates,
            [Gate { kind: "gate.quality".into(), count: 3, pass_rate: 2.0 / 3.0 }]
        );
    }
}
