//! A job's log as a person reads it: one aligned line per event.
use client::Event;
use serde_json::Value;

use crate::{
    paint::{self, DIM, paint},
    show::{reused, usd, value},
};

/// The least width of the step's column, so that lines of short logs look alike.
const STEP: usize = 8;

/// How wide the column of steps has to be for these names.
pub(crate) fn width<'a>(steps: impl Iterator<Item = &'a str>) -> usize {
    steps.map(|name| name.chars().count()).fold(STEP, usize::max)
}

/// An event as one line: when, its number, what, which step, and what there is to know.
pub(crate) fn line(event: &Event, width: usize) -> String {
    let style = match event.kind.rsplit_once('.').map_or("", |(_, what)| what) {
        "succeeded" | "done" => paint::GOOD,
        "failed" | "rejected" | "expired" => paint::BAD,
        "retrying" | "canceled" | "canceling" | "skipped" => paint::WARN,
        _ => anstyle::Style::new(),
    };
    let kind = paint(style, &format!("{:19}", event.kind));
    let step = event.step.as_deref().unwrap_or("-");
    let line =
        format!("{} {:>4} {kind}  {step:width$}  {}", paint(DIM, &event.at), event.n, told(event));
    line.trim_end().to_owned()
}

/// What is worth knowing of an event beyond its type and step.
fn told(event: &Event) -> String {
    let said = |name: &str| event.data.get(name).map(value).unwrap_or_default();
    let mut told = match event.kind.as_str() {
        "job.accepted" => said("pipeline"),
        "job.retried" => worded("run", &said("run")),
        "step.waiting" if event.data.get("reason").is_some() => {
            format!("{}: {}", worded("for", &said("lane")), said("reason"))
        }
        "step.waiting" => worded("for", &said("lane")),
        "step.started" => worded("on", &said("host")),
        "step.progress" | "step.preview" => percent(event),
        "step.chunk" => chunk(event),
        "step.succeeded" => made(event),
        "step.retrying" | "attempt.ended" | "step.skipped" => said("reason"),
        "step.failed" | "step.expired" | "step.canceled" => said("error"),
        "gate.verdict" => verdict(&event.data),
        "review.requested" => format!("people are asked: galley reviews show {}", said("review")),
        "gate.decision" | "review.decided" => format!("{} by {}", said("decision"), said("by")),
        "publication.started" => match worded("to", &said("target")) {
            to if count(event, "assets") == 0 => to,
            to => format!("{} {to}", assets(count(event, "assets"))),
        },
        "publication.scheduled" | "publication.rescheduled" => {
            format!("{} at {}", worded("to", &said("target")), said("opens_at"))
        }
        "publication.canceled" => worded("by", &said("by")),
        "publication.done" => match said("location") {
            location if location.is_empty() || location == "-" => worded("to", &said("target")),
            location => location,
        },
        kind if kind.starts_with("job.") => ended(event),
        _ => return everything(event),
    };
    // The first attempt is what one expects, and a later one is told once.
    let news = matches!(event.kind.as_str(), "step.started" | "step.retrying" | "attempt.ended");
    if let Some(number) = attempt(event).filter(|number| news && *number > 1) {
        let comma = if told.is_empty() { "" } else { ", " };
        told += &format!("{comma}attempt {number}");
    }
    told
}

/// `pass`, or what a gate objects to.
pub(crate) fn verdict(verdict: &Value) -> String {
    let (word, reasons) = (paint::state(&word(verdict), 0), reasons(verdict));
    if reasons.is_empty() { word } else { format!("{word}: {reasons}") }
}

/// A verdict in a word.
pub(crate) fn word(verdict: &Value) -> String {
    value(verdict.get("verdict").unwrap_or(verdict))
}

/// What a gate objects to.
pub(crate) fn reasons(verdict: &Value) -> String {
    match verdict.get("reasons") {
        Some(Value::Array(reasons)) => reasons.iter().map(value).collect::<Vec<_>>().join("; "),
        Some(reason) => value(reason),
        None => String::new(),
    }
}

/// `9 assets`.
pub(crate) fn assets(count: usize) -> String {
    if count == 1 { "1 asset".into() } else { format!("{count} assets") }
}

fn worded(link: &str, whom: &str) -> String {
    if whom.is_empty() { String::new() } else { format!("{link} {whom}") }
}

fn count(event: &Event, list: &str) -> usize {
    event.data.get(list).and_then(Value::as_array).map_or(0, Vec::len)
}

fn percent(event: &Event) -> String {
    let fraction = event.data.get("fraction").and_then(Value::as_f64);
    let percent = fraction.map(|it| format!("{:.0}%", it.clamp(0.0, 1.0) * 100.0));
    percent.into_iter().chain(place(event)).collect::<Vec<_>>().join("  ")
}

/// Where what is shown on the way lies. Its address is some five hundred characters of signature, which nobody reads.
fn place(event: &Event) -> Option<String> {
    let address = event.data.get("url").and_then(Value::as_str)?;
    let path = address.split('?').next().unwrap_or_default();
    let key = ["previews/", "chunks/"].iter().find_map(|folder| Some(&path[path.find(folder)?..]));
    Some(format!("{} (address: --json)", paint::plain(key.unwrap_or(path))))
}

/// Which piece, how long it plays, and where it is.
fn chunk(event: &Event) -> String {
    let number = format!("number {}", said(event, "number"));
    let seconds = event.data.get("seconds").and_then(Value::as_f64).filter(|it| *it > 0.0);
    let plays = seconds.map(|seconds| format!("{seconds:.1} s"));
    [Some(number), plays, place(event)].into_iter().flatten().collect::<Vec<_>>().join("  ")
}

fn made(event: &Event) -> String {
    let count = count(event, "outputs");
    let cost = event.data.get("usd").and_then(Value::as_f64).filter(|cost| *cost > 0.0);
    if let Some(used) = event.data.get("used") {
        return format!("with what {} made: {}", value(used), said(event, "error"));
    }
    let saved = reused(event.data.get("saved_usd"), event.data.get("near"));
    let parts = [(count > 0).then(|| assets(count)), cost.map(usd), saved];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn ended(event: &Event) -> String {
    let cost = event.data.get("cost").and_then(Value::as_f64).map(usd);
    let reason = event.data.get("reason").map(value);
    let lacking = event.data.get("degraded").and_then(Value::as_array);
    let steps = lacking.into_iter().flatten().filter_map(|it| it.get("step")).map(value);
    let steps = steps.collect::<Vec<_>>().join(", ");
    let degraded = (!steps.is_empty()).then(|| format!("degraded: without {steps}"));
    reason.into_iter().chain(degraded).chain(cost).collect::<Vec<_>>().join(", ")
}

fn said(event: &Event, name: &str) -> String {
    event.data.get(name).map(value).unwrap_or_default()
}

/// The number of the attempt that an event is about, the last part of its id.
fn attempt(event: &Event) -> Option<u64> {
    event.attempt.as_ref()?.as_str()?.rsplit_once('.')?.1.parse().ok()
}

/// What belongs to a type that this client does not know.
fn everything(event: &Event) -> String {
    let attempt = event.attempt.iter().map(|attempt| format!("attempt={}", value(attempt)));
    let data = event.data.as_object().into_iter().flatten();
    let data = data.map(|(name, said)| format!("{name}={}", value(said)));
    attempt.chain(data).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(kind: &str, attempt: &str, data: Value, expected: &str) {
        let event = json!({"n": 1, "type": kind, "step": "s", "attempt": attempt, "data": data});
        let event: Event = serde_json::from_value(event).unwrap();
        assert_eq!(anstream::adapter::strip_str(&told(&event)).to_string(), expected, "{kind}");
    }

    #[test]
    fn an_event_is_told_in_words_not_in_fields() {
        let (first, second) = ("j1.s.1", "j1.s.2");
        check("step.started", first, json!({"host": "h1"}), "on h1");
        check("step.started", second, json!({"host": "h1"}), "on h1, attempt 2");
        let address = "https://b.s3.test/chunks/j1.s.2/0.mp4?X-Amz-Signature=a1";
        let init = json!({"number": 0, "seconds": 0.0, "url": address});
        check("step.chunk", second, init, "number 0  chunks/j1.s.2/0.mp4 (address: --json)");
        let next = json!({"number": 1, "seconds": 1.0, "fraction": 0.3});
        check("step.chunk", second, next, "number 1  1.0 s");
        check("step.preview", second, json!({"fraction": 0.55, "key": "previews/x.jpg"}), "55%");
        let shown =
            json!({"fraction": 0.55, "url": "http://127.0.0.1/b/previews/x.jpg?X-Amz-Date=1"});
        check("step.preview", second, shown, "55%  previews/x.jpg (address: --json)");
        let made = json!({"outputs": ["a", "b"], "usd": 0.000148});
        check("step.succeeded", first, made, "2 assets, $0.000148");
        check("step.succeeded", first, json!({"outputs": [], "usd": 0}), "");
        let given = json!({"outputs": ["a"], "usd": 0, "reused": ["b"], "saved_usd": 0.04});
        check("step.succeeded", "", given.clone(), "1 asset, reused, saved $0.04");
        let mut near = given;
        near["near"] = json!({"distance": 2, "bound": 6, "like": {"image": "j1.inputs.photo.0"}});
        let said = "1 asset, reused: near j1.inputs.photo.0 by 2 of 64 bits, saved $0.04";
        check("step.succeeded", "", near, said);
        check("publication.started", "", json!({"assets": ["a"], "target": "s3"}), "1 asset to s3");
        check("publication.started", "", json!({"assets": [], "target": "s3"}), "to s3");
        check("publication.done", "", json!({"target": "webhook", "location": null}), "to webhook");
        check(
            "job.failed",
            "",
            json!({"reason": "generate: out of memory"}),
            "generate: out of memory",
        );
        check("step.skipped", "", json!({"reason": "too late", "degraded": true}), "too late");
        let used = json!({"outputs": ["a"], "used": "plain", "error": "too late"});
        check("step.succeeded", "", used, "with what plain made: too late");
        let lacking = json!({"degraded": [{"step": "fancy", "reason": "too late"}]});
        check("job.succeeded", "", lacking, "degraded: without fancy");
        check("step.sung", first, json!({"key": "C"}), "attempt=j1.s.1 key=C");
    }

    #[test]
    fn people_are_told_what_they_are_asked_and_what_others_decided() {
        let asked = json!({"review": "j1.safe.1", "reviewers": 2});
        check("review.requested", "", asked, "people are asked: galley reviews show j1.safe.1");
        let decided = json!({"by": "anna", "decision": "approve"});
        check("gate.decision", "", decided, "approve by anna");
    }

    #[test]
    fn a_verdict_is_its_word_and_its_reasons_without_the_scores() {
        let scores = json!({"a": {"width": 1}});
        let pass = json!({"gate": "s", "verdict": "pass", "reasons": [], "scores": scores});
        check("gate.verdict", "", pass, "pass");
        let fail = json!({"verdict": "fail", "reasons": ["blank", "too small"], "scores": scores});
        check("gate.verdict", "", fail, "fail: blank; too small");
    }
}
