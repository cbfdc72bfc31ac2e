//! Jobs, assets and events as a person reads them.
use client::{Asset, Event, Job, Step};
use jiff::Timestamp;
use serde_json::Value;

use crate::paint::{self, BOLD, DIM, paint, plain};

/// An event as one line.
pub(crate) fn event(event: &Event) -> String {
    let style = match event.kind.rsplit_once('.').map_or("", |(_, what)| what) {
        "succeeded" | "done" => paint::GOOD,
        "failed" | "rejected" | "expired" => paint::BAD,
        "retrying" | "canceled" | "canceling" => paint::WARN,
        _ => anstyle::Style::new(),
    };
    let kind = paint(style, &format!("{:18}", event.kind));
    let step = event.step.as_deref().unwrap_or("-");
    let mut line = format!("{} {:>4} {kind} {step:10}", paint(DIM, &event.at), event.n);
    if let Some(attempt) = &event.attempt {
        line += &format!(" attempt={}", value(attempt));
    }
    for (name, said) in event.data.as_object().into_iter().flatten() {
        line += &format!(" {name}={}", value(said));
    }
    line.trim_end().to_owned()
}

/// A value on one line: text bare, lists by commas, the rest as JSON.
pub(crate) fn value(said: &Value) -> String {
    match said {
        Value::Null => "-".into(),
        Value::String(text) => plain(text),
        Value::Array(items) => items.iter().map(value).collect::<Vec<_>>().join(","),
        Value::Object(fields) => {
            // An error or a target speaks for itself where it has words.
            let words = ["message", "detail", "name", "kind"].iter().find_map(|it| fields.get(*it));
            words.and_then(Value::as_str).map_or_else(|| said.to_string(), plain)
        }
        _ => said.to_string(),
    }
}

/// Dollars, without zeros that say nothing.
pub(crate) fn usd(usd: f64) -> String {
    let text = format!("{usd:.6}");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    format!("${whole}.{:0<2}", part.trim_end_matches('0'))
}

/// The first line about a job.
fn headline(job: &Job) -> String {
    let mut line = format!(
        "{}  {}  {}  {}",
        paint::state(&job.state, 0),
        job.pipeline_at_version(),
        paint(BOLD, &job.id),
        usd(job.cost.usd)
    );
    if let Some(took) = took(job) {
        line += &format!("  {took}");
    }
    if job.run > 1 {
        line += &format!("  run {}", job.run);
    }
    line
}

fn took(job: &Job) -> Option<String> {
    let started: Timestamp = job.created_at.as_ref()?.parse().ok()?;
    let ended: Timestamp = job.ended_at.as_ref()?.parse().ok()?;
    Some(format!("{:.1} s", ended.duration_since(started).as_secs_f64()))
}

/// What became of a job: where its results are, or why there are none.
pub(crate) fn ending(job: &Job) -> String {
    let mut lines = vec![headline(job)];
    lines.extend(job.reason.as_ref().map(|reason| format!("  {}", plain(reason))));
    lines.extend(job.steps.iter().filter_map(why_not));
    lines.extend(job.publications.iter().map(|publication| {
        let location = publication.location.as_deref().unwrap_or("-");
        let (step, target) = (&publication.step, value(&publication.target));
        format!("  {step} {target} {}  {location}", paint::state(&publication.state, 0))
    }));
    if job.terminal && job.state == "succeeded" {
        lines.push(paint(
            DIM,
            &format!("  {} assets: galley download {}", job.assets.len(), job.id),
        ));
    }
    if job.retryable {
        lines.push(paint(DIM, &format!("  what succeeded is kept: galley retry {}", job.id)));
    }
    lines.join("\n")
}

/// Why a step stands in the way of success.
fn why_not(step: &Step) -> Option<String> {
    let of_attempt = step.attempts.last().and_then(|attempt| attempt.error.as_ref());
    let error = step.rest.get("error").or(of_attempt);
    if step.state == "failed"
        && let Some(error) = error
    {
        return Some(format!("  {} {}", paint(BOLD, &step.name), value(error)));
    }
    let verdict = step.verdict.as_ref()?;
    let word = verdict.get("verdict").unwrap_or(verdict);
    let word = value(word);
    let reasons = verdict.get("reasons").map(value).unwrap_or_default();
    (!word.starts_with("pass")).then(|| format!("  {} {word}: {reasons}", paint(BOLD, &step.name)))
}

/// All about a job.
pub(crate) fn job(job: &Job) -> String {
    let mut lines = vec![ending(job)];
    if !job.steps.is_empty() {
        lines.push(String::new());
    }
    let width =
        |text: fn(&Step) -> &str| job.steps.iter().map(|it| text(it).len()).max().unwrap_or(0);
    let (name, kind) = (width(|step| &step.name), width(|step| &step.kind));
    for step in &job.steps {
        let cost: f64 = step.attempts.iter().filter_map(|attempt| attempt.usd).sum();
        let mut line =
            format!("  {:name$}  {:kind$}  {}", step.name, step.kind, paint::state(&step.state, 9));
        if !step.attempts.is_empty() {
            let many = if step.attempts.len() == 1 { "attempt" } else { "attempts" };
            line += &format!("  {} {many}  {}", step.attempts.len(), usd(cost));
        }
        if let Some(waits) = &step.waiting_for {
            line += &format!("  waits for {}", value(waits));
        }
        lines.push(line.trim_end().to_owned());
    }
    if !job.assets.is_empty() {
        lines.push(String::new());
    }
    lines.extend(job.assets.iter().map(|it| format!("  {}", asset(it))));
    lines.join("\n")
}

/// An asset as one line.
pub(crate) fn asset(asset: &Asset) -> String {
    let size = match (asset.width, asset.height) {
        (Some(width), Some(height)) => format!("{width}×{height}"),
        _ => "-".into(),
    };
    let (port, id) = (format!("{}.{}", asset.step, asset.port), paint(DIM, &asset.id));
    format!("{port:16} {:11} {size:9} {:>9}  {id}", asset.media_type, bytes(asset.bytes))
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// A job as one line of a list.
pub(crate) fn row(job: &Job) -> String {
    let created = job.created_at.as_deref().unwrap_or("-");
    let (id, pipeline) = (&job.id, job.pipeline_at_version());
    format!(
        "{id}  {}  {pipeline:20}  {}  {}",
        paint::state(&job.state, 9),
        usd(job.cost.usd),
        paint(DIM, created)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_lose_their_empty_places() {
        for (amount, text) in
            [(0.0, "$0.00"), (0.5, "$0.50"), (0.0004, "$0.0004"), (12.345678, "$12.345678")]
        {
            assert_eq!(usd(amount), text);
        }
    }

    #[test]
    fn values_are_one_line_and_cannot_steer_the_terminal() {
        let said = serde_json::json!(["a\u{1b}[2J", 1, {"code": "x", "message": "out of\nmemory"}]);
        assert_eq!(value(&said), "a [2J,1,out of memory");
    }
}
