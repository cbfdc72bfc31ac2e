//! A report on gates in lines.
use serde_json::Value;

use crate::paint::{BAD, BOLD, DIM, paint, plain};

/// The report of one policy.
pub(super) fn lines(report: &Value, thresholds: bool) -> Vec<String> {
    let day = |field: &str| text(report, field).chars().take(10).collect::<String>();
    let (policy, verdicts) = (text(report, "policy"), &report["verdicts"]);
    let newest = if report["whole"] == true { "" } else { ", the newest of them" };
    let head = format!("{verdicts} verdicts, {} to {}, UTC{newest}", day("since"), day("until"));
    let mut lines = vec![format!("{}  {head}", paint(BOLD, &policy))];
    for version in list(report, "versions") {
        lines.extend(of_version(&policy, version, thresholds));
    }
    let people = list(report, "people");
    if !people.is_empty() {
        let width = width(people.iter().map(|it| text(it, "person")), "PERSON");
        let title = format!(
            "  {:width$}  {:>9}  {:>8}  {:>9}",
            "PERSON", "DECISIONS", "MEDIAN", "UNDER 2 S"
        );
        lines.push(paint(DIM, &title));
        for person in people {
            let median = person["median_s"].as_f64().map_or("-".into(), |it| format!("{it:.1} s"));
            let fast = format!("{:>9}", person["fast"].to_string());
            let fast = if person["fast"] == 0 { fast } else { paint(BAD, &fast) };
            let decisions = person["decisions"].to_string();
            lines.push(format!(
                "  {:width$}  {decisions:>9}  {median:>8}  {fast}",
                text(person, "person")
            ));
        }
    }
    for missed in list(report, "missed") {
        let by: Vec<String> =
            list(missed, "by").iter().filter_map(Value::as_str).map(plain).collect();
        let gate = (missed["by_gate"] == true).then(|| "the gate".to_owned());
        let by: Vec<String> = gate.into_iter().chain(by).collect();
        let line =
            format!("  planted {} was let pass by {}", text(missed, "review"), by.join(", "));
        lines.push(paint(BAD, &line));
    }
    lines.extend(models(report));
    lines
}

fn of_version(policy: &str, version: &Value, thresholds: bool) -> Vec<String> {
    let said = &version["said"];
    let (sampled, planted) = (&version["sampled"], &version["planted"]);
    let mut head = format!(
        "  {policy}@{}  pass {}, review {}, fail {}; people decided {}; {}",
        version["version"],
        said["pass"],
        said["review"],
        said["fail"],
        version["decided"],
        agreed(&version["agreement"]),
    );
    if sampled["asked"] != 0 {
        head += &format!(
            "; of {} sampled passes {} decided, {} refused",
            sampled["asked"], sampled["decided"], sampled["refused"]
        );
    }
    if planted["judged"] != 0 {
        head += &format!(
            "; of {} planted the gate missed {}, of {} people missed {}",
            planted["judged"], planted["gate_missed"], planted["decided"], planted["people_missed"]
        );
    }
    let criteria = list(version, "criteria");
    let width = width(criteria.iter().map(|it| text(it, "name")), "CRITERION");
    let title = format!(
        "  {:width$}  {:>6}  {:>8}  {:>6}  {:>10}  {:>5}  AGREEMENT",
        "CRITERION", "PASS", "DOUBTFUL", "FAIL", "UNANSWERED", "MEAN"
    );
    let mut lines = vec![head, paint(DIM, &title)];
    for criterion in criteria {
        let ended = |name: &str| criterion["ended"][name].to_string();
        let mean = criterion["mean"].as_f64().map_or("-".into(), |mean| format!("{mean:.2}"));
        lines.push(format!(
            "  {:width$}  {:>6}  {:>8}  {:>6}  {:>10}  {mean:>5}  {}",
            text(criterion, "name"),
            ended("pass"),
            ended("doubtful"),
            ended("fail"),
            ended("unanswered"),
            agreed(&criterion["agreement"]),
        ));
        for (field, what) in [("other_pass_at", "PASS AT"), ("other_fail_at", "FAIL BELOW")] {
            if thresholds && !list(criterion, field).is_empty() {
                let now = &criterion[field.trim_start_matches("other_")];
                lines.extend(others(what, list(criterion, field), now));
            }
        }
    }
    lines
}

/// What other thresholds would have done; the one that is in force is marked.
fn others(what: &str, rows: &[Value], now: &Value) -> Vec<String> {
    let title = format!(
        "    {what:>10}  {:>6}  {:>6}  {:>6}  {:>12}  {:>11}",
        "PASS", "REVIEW", "FAIL", "FALSE PASSES", "FALSE FAILS"
    );
    let mut lines = vec![paint(DIM, &title)];
    for row in rows {
        let number = |field: &str| row[field].to_string();
        let at = row["at"].as_f64().unwrap_or_default();
        let line = format!(
            "    {at:>10.2}  {:>6}  {:>6}  {:>6}  {:>12}  {:>11}",
            number("pass"),
            number("review"),
            number("fail"),
            number("false_passes"),
            number("false_fails"),
        );
        lines.push(if row["at"] == *now { paint(BOLD, &format!("{line}  now")) } else { line });
    }
    lines
}

fn models(report: &Value) -> Vec<String> {
    let models = list(report, "models");
    if models.is_empty() {
        return Vec::new();
    }
    let of = |it: &Value| match it["criterion"].as_str() {
        Some(criterion) => format!("{} by {}", plain(criterion), text(it, "model")),
        None => format!("made by {}", text(it, "model")),
    };
    let width = width(models.iter().map(of), "MODEL");
    let mut lines = vec![paint(
        DIM,
        &format!("  {:width$}  {:>14}  SEVEN DAYS LET EXPECT", "MODEL", "PASSES TODAY"),
    )];
    for model in models {
        let today = &model["today"];
        let today = format!("{} of {}", today["passed"], today["n"]);
        let percent = |side: &str| {
            model["band"][side].as_f64().map(|share| format!("{:.0} %", share * 100.0))
        };
        let band = percent("low").zip(percent("high"));
        let band = band.map_or("-".into(), |(low, high)| format!("{low} to {high}"));
        let line = format!("  {:width$}  {today:>14}  {band}", of(model));
        lines.push(if model["off"] == true {
            paint(BAD, &format!("{line}, it is off"))
        } else {
            line
        });
    }
    lines
}

fn agreed(agreement: &Value) -> String {
    let number = |field: &str| agreement[field].as_u64().unwrap_or_default();
    match number("of") {
        0 => "people took no side".into(),
        of => format!(
            "agreed {} of {of} ({} false passes, {} false fails)",
            number("agreed"),
            number("false_passes"),
            number("false_fails")
        ),
    }
}

fn width(names: impl Iterator<Item = String>, head: &str) -> usize {
    names.map(|name| name.chars().count()).fold(head.len(), usize::max)
}

fn text(of: &Value, field: &str) -> String {
    of[field].as_str().map(plain).unwrap_or_default()
}

fn list<'a>(of: &'a Value, field: &str) -> &'a [Value] {
    of[field].as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_report_is_read_from_top_to_bottom() {
        let other = |at: f64, pass: u32| json!({ "at": at, "pass": pass, "review": 1, "fail": 2, "false_passes": 1, "false_fails": 0 });
        let agreement =
            json!({ "of": 3, "agreed": 2, "false_passes": 1, "false_fails": 0, "share": 0.667 });
        let report = json!({
            "policy": "brand", "since": "2026-10-21T00:00:00.000Z", "until": "2026-11-20T00:00:00.000Z",
            "whole": true, "verdicts": 12,
            "versions": [{
                "version": 3, "said": { "pass": 8, "review": 2, "fail": 1 }, "decided": 4, "agreement": agreement,
                "sampled": { "asked": 2, "decided": 2, "refused": 1 },
                "planted": { "judged": 1, "gate_missed": 1, "decided": 1, "people_missed": 0 },
                "criteria": [{
                    "name": "look", "mean": 0.81, "agreement": agreement,
                    "ended": { "pass": 8, "doubtful": 2, "fail": 1, "unanswered": 1 },
                    "pass_at": 0.8, "fail_at": 0.4, "other_pass_at": [other(0.75, 9), other(0.8, 8)], "other_fail_at": [],
                }],
            }],
            "people": [{ "person": "mia", "decisions": 4, "median_s": 12.34, "fast": 1 }],
            "missed": [{ "review": "j1.good.1", "by_gate": true, "by": ["mia"] }],
            "models": [
                { "model": "chat/scribe", "criterion": "look", "today": { "n": 20, "passed": 9 }, "band": { "low": 0.7, "high": 0.98 }, "off": true },
                { "model": "fal/flux", "criterion": null, "today": { "n": 3, "passed": 3 }, "band": null, "off": false },
            ],
        });
        let expected = "\
brand  12 verdicts, 2026-10-21 to 2026-11-20, UTC
  brand@3  pass 8, review 2, fail 1; people decided 4; agreed 2 of 3 (1 false passes, 0 false fails); of 2 sampled passes 2 decided, 1 refused; of 1 planted the gate missed 1, of 1 people missed 0
  CRITERION    PASS  DOUBTFUL    FAIL  UNANSWERED   MEAN  AGREEMENT
  look            8         2       1           1   0.81  agreed 2 of 3 (1 false passes, 0 false fails)
       PASS AT    PASS  REVIEW    FAIL  FALSE PASSES  FALSE FAILS
          0.75       9       1       2             1            0
          0.80       8       1       2             1            0  now
  PERSON  DECISIONS    MEDIAN  UNDER 2 S
  mia             4    12.3 s          1
  planted j1.good.1 was let pass by the gate, mia
  MODEL                  PASSES TODAY  SEVEN DAYS LET EXPECT
  look by chat/scribe         9 of 20  70 % to 98 %, it is off
  made by fal/flux             3 of 3  -";
        let shown = lines(&report, true).join("\n");
        assert_eq!(anstream::adapter::strip_str(&shown).to_string(), expected);
        assert!(!lines(&report, false).join("\n").contains("PASS AT"));
    }
}
