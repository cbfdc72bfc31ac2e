//! Jobs and assets as a person reads them.
use client::{Asset, Attempt, Degraded, Job, Publication, Step};
use serde_json::Value;

use crate::{
    paint::{self, BOLD, DIM, paint, plain},
    story, times, tries,
};

/// So many publications at a job's end, or failed attempts of a step, are told one by one.
const FEW: usize = 3;

/// A value on one line: text bare, lists by commas, the rest as JSON.
pub(crate) fn value(said: &Value) -> String {
    match said {
        Value::Null => "-".into(),
        Value::String(text) => plain(text),
        Value::Array(items) => items.iter().map(value).collect::<Vec<_>>().join(","),
        Value::Object(fields) => {
            // An error or a target speaks for itself where it has words.
            let words = ["message", "detail", "name", "kind", "lane"];
            let words = words.iter().find_map(|it| fields.get(*it));
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

/// A number of bytes.
pub(crate) fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
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
    if let Some(took) = times::took(job.created_at.as_deref(), job.ended_at.as_deref()) {
        line += &format!("  {took}");
    }
    if job.run > 1 {
        line += &format!("  run {}", job.run);
    }
    line
}

/// What became of a job: where its results are, or why there are none.
pub(crate) fn ending(job: &Job) -> String {
    let mut lines = vec![headline(job)];
    lines.extend(job.reason.as_ref().map(|reason| format!("  {}", plain(reason))));
    lines.extend(degraded(job));
    for step in job.steps.iter().filter(|step| lacking(job, step).is_none()) {
        let Some((why, core)) = why_not(step) else { continue };
        // What the reason says already need not be said twice.
        if !job.reason.as_ref().is_some_and(|reason| plain(reason).contains(&core)) {
            lines.push(format!("  {}  {why}", paint(BOLD, &step.name)));
        }
    }
    lines.extend(published(&job.publications));
    lines.extend(hint(job));
    lines.join("\n")
}

/// A warning for each step that the job went on without because of an error.
fn degraded(job: &Job) -> Vec<String> {
    let warn = paint(paint::WARN, "degraded");
    let lines = job.degraded.iter();
    lines.map(|it| format!("  {warn}  {}: {}", plain(&it.step), plain(&it.reason))).collect()
}

fn lacking<'a>(job: &'a Job, step: &Step) -> Option<&'a Degraded> {
    job.degraded.iter().find(|it| it.step == step.name)
}

/// Few publications one by one, many by what their places have in common.
fn published(publications: &[Publication]) -> Vec<String> {
    let done = |it: &Publication| it.state == "done" && it.location.is_some();
    if publications.len() <= FEW || !publications.iter().all(done) {
        return publications.iter().map(publication).collect();
    }
    let mut places: Vec<(String, usize)> = Vec::new();
    for publication in publications {
        let location = publication.location.as_deref().unwrap_or_default();
        let folder = location.rfind('/').map_or("", |slash| &location[..=slash]);
        let (step, target) = (&publication.step, value(&publication.target));
        let place = format!("  {step}  {target}  {}  {folder}", paint::state("done", 0));
        match places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, count)) => *count += 1,
            None => places.push((place, 1)),
        }
    }
    places.into_iter().map(|(place, count)| format!("{place}  {}", story::assets(count))).collect()
}

/// What one can do next about a job in this state.
fn hint(job: &Job) -> Option<String> {
    let id = &job.id;
    let hint = match job.state.as_str() {
        _ if job.retryable => format!("galley retry {id} tries again; what succeeded is kept"),
        _ if !job.terminal => format!("galley watch {id} follows it, galley cancel {id} stops it"),
        "succeeded" if !job.assets.is_empty() => {
            format!("{}: galley download {id}", story::assets(job.assets.len()))
        }
        _ => return None,
    };
    Some(paint(DIM, &format!("  {hint}")))
}

/// Why a step stands in the way of success, and the core of that without its verdict.
fn why_not(step: &Step) -> Option<(String, String)> {
    if let Some(verdict) = &step.verdict {
        let passed = story::word(verdict).starts_with("pass");
        return (!passed).then(|| (story::verdict(verdict), story::reasons(verdict)));
    }
    let of_attempt = step.attempts.last().and_then(|attempt| attempt.error.as_ref());
    let error = step.rest.get("error").or(of_attempt).filter(|_| step.state == "failed")?;
    Some((value(error), value(error)))
}

/// All about a job.
pub(crate) fn job(job: &Job) -> String {
    let accepted = job.created_at.as_deref().map(times::when);
    let accepted = accepted.map(|when| paint(DIM, &format!("  accepted {when}")));
    let mut lines = vec![headline(job) + &accepted.unwrap_or_default()];
    lines.extend(job.reason.as_ref().map(|reason| format!("  {}", plain(reason))));
    lines.extend(degraded(job));
    lines.extend(labels(job));
    let parts = [
        job.steps.iter().flat_map(|it| step(it, job)).collect::<Vec<_>>(),
        assets(job),
        job.publications.iter().map(publication).collect(),
        hint(job).into_iter().collect(),
    ];
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        lines.push(String::new());
        lines.extend(part);
    }
    lines.join("\n")
}

fn labels(job: &Job) -> Option<String> {
    let labels = job.rest.get("labels")?.as_object().filter(|labels| !labels.is_empty())?;
    let labels = labels.iter().map(|(key, said)| format!("{}={}", plain(key), value(said)));
    Some(format!("  {}", labels.collect::<Vec<_>>().join(" ")))
}

/// A step, and below it the attempts that went wrong.
fn step(step: &Step, job: &Job) -> Vec<String> {
    let widest =
        |text: fn(&Step) -> &str| job.steps.iter().map(|it| text(it).len()).max().unwrap_or(0);
    let (name, kind) = (widest(|step| &step.name), widest(|step| &step.kind));
    let (tries, cost) = match step.attempts.len() {
        0 => (String::new(), String::new()),
        many => {
            let cost = step.attempts.iter().filter_map(|attempt| attempt.usd).sum();
            let plural = if many == 1 { "" } else { "s" };
            (format!("{many} attempt{plural}"), usd(cost))
        }
    };
    let state = paint::state(&step.state, 9);
    let time = |name: &str| step.rest.get(name).and_then(Value::as_str);
    let took = times::took(time("started_at"), time("ended_at")).filter(|took| took != "0.0 s");
    let took = took.unwrap_or_default();
    let line = format!(
        "  {:name$}  {:kind$}  {state}  {took:>7}  {tries:10}  {cost:>9}  {}",
        step.name,
        step.kind,
        remark(step)
    );
    let failed: Vec<_> = step.attempts.iter().filter(|it| it.error.is_some()).collect();
    let earlier = failed.len().saturating_sub(FEW);
    let told = (0 < earlier).then(|| format!("  {:name$}  {earlier} earlier ones failed too", ""));
    let failed = failed[earlier..].iter().map(|it| attempt(it, name));
    let tried = step.verdict.iter().flat_map(|verdict| tries::lines(verdict, name));
    std::iter::once(line.trim_end().to_owned()).chain(told).chain(failed).chain(tried).collect()
}

/// What a step waits for: `waits for gpu: the slots are busy (3rd, in about 12 s)`.
fn waits(it: &Value) -> String {
    let Some(detail) = it["detail"].as_str() else { return format!("waits for {}", value(it)) };
    let place = it["position"].as_u64().map(|place| format!("place {place}"));
    let soon = it["estimate_s"].as_f64().map(|seconds| format!("in about {seconds:.0} s"));
    let parts: Vec<String> = place.into_iter().chain(soon).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    format!("waits for {}: {}{parts}", value(&it["lane"]), plain(detail))
}

/// What there is to know of a step as it is now.
fn remark(step: &Step) -> String {
    let now = step.attempts.last().filter(|attempt| attempt.state == "running");
    let percent = now.and_then(|attempt| attempt.rest.get("fraction")?.as_f64());
    let host = now.and_then(|attempt| attempt.host.as_ref()).map(|host| format!("on {host}"));
    let percent = percent.filter(|it| *it > 0.0).map(|it| format!("{:.0}%", it * 100.0));
    let waits = step.waiting_for.as_ref().map(waits);
    let verdict = step.verdict.as_ref().map(story::verdict);
    // A gate's error is its verdict, an attempt's is told below; any other has no place but this.
    let errors = step.attempts.iter().filter_map(|attempt| attempt.error.as_ref());
    let below: Vec<String> = errors.map(value).collect();
    let error = step.rest.get("error").filter(|_| step.verdict.is_none()).map(value);
    let error = error.filter(|error| !below.contains(error));
    let when = step.rest.get("when").filter(|_| step.state == "pending");
    let when = when.map(|when| format!("when {}", value(when)));
    let skipped = step.rest.get("reason").filter(|_| step.state == "skipped").map(value);
    let skipped = skipped.filter(|reason| error.as_ref() != Some(reason));
    let used = step.rest.get("used").map(|used| format!("used {} instead", value(used)));
    let given = step.rest.get("reused");
    let reused = given.and_then(|it| reused(it.get("saved_usd"), it.get("near")));
    let parts = [host, percent, waits, verdict, when, error, skipped, used, reused];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

/// What an earlier result saved, and how near it is where it was made from something else.
pub(crate) fn reused(saved: Option<&Value>, near: Option<&Value>) -> Option<String> {
    let saved = usd(saved?.as_f64()?);
    let Some(near) = near else { return Some(format!("reused, saved {saved}")) };
    let like = near.get("like").and_then(Value::as_object).into_iter().flatten();
    let like: Vec<String> = like.map(|(_, asset)| value(asset)).collect();
    let bits = near.get("distance").map(value).unwrap_or_default();
    Some(format!("reused: near {} by {bits} of 64 bits, saved {saved}", like.join(", ")))
}

fn attempt(attempt: &Attempt, indent: usize) -> String {
    let number = attempt.id.rsplit_once('.').map_or(attempt.id.as_str(), |(_, number)| number);
    let host = attempt.host.as_ref().map(|host| format!(" on {host}")).unwrap_or_default();
    let error = attempt.error.as_ref().map(value).unwrap_or_default();
    let state = paint::state(&attempt.state, 0);
    format!("  {:indent$}  attempt {number} {state}{host}: {error}", "")
}

fn publication(publication: &Publication) -> String {
    let error = publication.rest.get("error").filter(|error| !error.is_null()).map(value);
    let end = publication.location.clone().or(error).unwrap_or_default();
    let (step, target) = (&publication.step, value(&publication.target));
    let state = paint::state(&publication.state, 0);
    format!("  {step}  {target}  {state}  {end}").trim_end().to_owned()
}

/// A job's assets, in the order of its steps.
fn assets(job: &Job) -> Vec<String> {
    let mut assets: Vec<_> = job.assets.iter().collect();
    assets.sort_by_key(|asset| job.steps.iter().position(|step| step.name == asset.step));
    let ports = assets.iter().map(|asset| asset.step.len() + 1 + asset.port.len());
    let width = ports.max().unwrap_or(0);
    assets.iter().map(|it| asset(it, width)).collect()
}

fn asset(asset: &Asset, width: usize) -> String {
    let size = match (asset.width, asset.height) {
        (Some(width), Some(height)) => format!("{width}×{height}"),
        _ => "-".into(),
    };
    let (port, id) = (format!("{}.{}", asset.step, asset.port), paint(DIM, &asset.id));
    format!("  {port:width$}  {:10}  {size:9}  {:>8}  {id}", asset.media_type, bytes(asset.bytes))
}

/// So much of a text as the line still holds; all of it where nobody looks.
fn fitting(text: &str, taken: usize) -> String {
    let columns = console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    let room = columns.map(|columns| columns.saturating_sub(taken)).filter(|room| 10 <= *room);
    match room {
        Some(room) if room < text.chars().count() => {
            text.chars().take(room - 1).chain(['…']).collect()
        }
        _ => text.to_owned(),
    }
}

/// Jobs as lines of a list; the first line names the columns where a person reads.
pub(crate) fn rows(jobs: &[Job], named: bool) -> Vec<String> {
    let names = jobs.iter().map(|job| job.pipeline_at_version().chars().count());
    let width = names.fold("PIPELINE".len(), usize::max);
    let id = jobs.iter().map(|job| job.id.len()).max().unwrap_or(0);
    let head = format!(
        "{:id$}  {:9}  {:width$}  {:>9}  {:11}  REASON",
        "JOB", "STATE", "PIPELINE", "COST", "ACCEPTED"
    );
    let head = named.then(|| paint(DIM, &head));
    head.into_iter().chain(jobs.iter().map(|job| row(job, width))).collect()
}

fn row(job: &Job, width: usize) -> String {
    let (id, state) = (&job.id, paint::state(&job.state, 9));
    let (pipeline, cost) = (job.pipeline_at_version(), usd(job.cost.usd));
    let when = job.created_at.as_deref().map(times::when).unwrap_or_default();
    let when = paint(DIM, &format!("{when:11}"));
    let lacking = || {
        let steps = job.degraded.iter().map(|it| plain(&it.step)).collect::<Vec<_>>();
        (!steps.is_empty()).then(|| format!("degraded: {}", steps.join(", ")))
    };
    let reason = job.reason.as_deref().map(plain).or_else(lacking).unwrap_or_default();
    let start = format!("{id}  {state}  {pipeline:width$}  {cost:>9}  {when}  ");
    let reason = fitting(&reason, anstream::adapter::strip_str(&start).to_string().chars().count());
    format!("{start}{reason}").trim_end().to_owned()
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
    fn a_step_tells_its_condition_and_then_why_it_is_not_there() {
        let late = "its deadline passed";
        let attempt =
            |error| serde_json::json!([{ "id": "j.a.1", "state": "canceled", "error": error }]);
        for (step, told) in [
            (
                serde_json::json!({ "state": "pending", "when": "inputs.tall > 2" }),
                "when inputs.tall > 2",
            ),
            (
                serde_json::json!({ "state": "skipped", "when": "true", "reason": "when: inputs.tall > 2" }),
                "when: inputs.tall > 2",
            ),
            (serde_json::json!({ "state": "skipped", "reason": late, "error": late }), late),
            (
                serde_json::json!({ "state": "expired", "error": late, "attempts": attempt(None) }),
                late,
            ),
            (
                serde_json::json!({ "state": "failed", "error": late, "attempts": attempt(Some(late)) }),
                "",
            ),
            (
                serde_json::json!({ "state": "succeeded", "error": late, "used": "plain" }),
                "its deadline passed  used plain instead",
            ),
        ] {
            let mut whole = serde_json::json!({ "name": "a" });
            whole.as_object_mut().unwrap().extend(step.as_object().unwrap().clone());
            assert_eq!(remark(&serde_json::from_value(whole).unwrap()), told);
        }
    }

    #[test]
    fn values_are_one_line_and_cannot_steer_the_terminal() {
        let said = serde_json::json!(["a\u{1b}[2J", 1, {"code": "x", "message": "out of\nmemory"}]);
        assert_eq!(value(&said), "a [2J,1,out of memory");
    }
}
