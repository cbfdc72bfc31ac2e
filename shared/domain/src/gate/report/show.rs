//! The report as callers see it.

use super::{
    Agreement, Counts, OfCriterion, OfVersion, OtherThreshold, Pace, Report, Tally, Trend,
};
use serde_json::{Value, json};

impl Report {
    /// As the API shows it.
    pub fn json(&self) -> Value {
        let versions: Vec<Value> = self.versions.iter().map(version).collect();
        let people = self.people.iter().map(|(person, pace)| {
            let mut shown = pace_json(pace);
            shown["person"] = json!(person);
            shown
        });
        let missed = self.missed.iter().map(|it| {
            json!({
                "review": it.id, "job": it.id.job(), "gate": it.id.gate(),
                "at": it.at.rfc3339(), "by_gate": it.gate, "by": it.people,
            })
        });
        json!({
            "policy": self.policy, "since": self.since.rfc3339(), "until": self.until.rfc3339(),
            "whole": self.whole, "verdicts": self.verdicts, "versions": versions,
            "decisions": pace_json(&self.pace), "people": people.collect::<Vec<_>>(),
            "missed": missed.collect::<Vec<_>>(),
            "models": self.trends.iter().map(trend).collect::<Vec<_>>(),
        })
    }
}

/// Three decimals: more would pretend.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

fn words([pass, review, fail]: [usize; 3]) -> Value {
    json!({ "pass": pass, "review": review, "fail": fail })
}

fn version(of: &OfVersion) -> Value {
    let (sampled, planted) = (of.sampled, of.planted);
    json!({
        "version": of.version, "said": words(of.said), "decided": of.decided,
        "agreement": agreement(of.agreement),
        "sampled": { "asked": sampled.asked, "decided": sampled.decided, "refused": sampled.refused },
        "planted": {
            "judged": planted.judged, "gate_missed": planted.gate_missed,
            "decided": planted.decided, "people_missed": planted.people_missed,
        },
        "decisions": pace_json(&of.pace),
        "criteria": of.criteria.iter().map(criterion).collect::<Vec<_>>(),
    })
}

fn agreement(of: Agreement) -> Value {
    json!({
        "of": of.of(), "agreed": of.agreed, "false_passes": of.false_passes,
        "false_fails": of.false_fails, "share": of.share().map(rounded),
    })
}

fn criterion(of: &OfCriterion) -> Value {
    let [pass, doubtful, fail, unanswered] = of.ended;
    let mut shown = json!({
        "name": of.name, "mean": of.mean.map(rounded), "agreement": agreement(of.agreement),
        "ended": { "pass": pass, "doubtful": doubtful, "fail": fail, "unanswered": unanswered },
    });
    if let Some(OtherThreshold { now: (pass_at, fail_at), .. }) = of.others {
        shown["pass_at"] = json!(pass_at);
        shown["fail_at"] = json!(fail_at);
    }
    if let Some(others) = &of.others {
        let row = |(at, counts): &(f64, Counts)| {
            let mut row = words(counts.said);
            row["at"] = json!(at);
            row["false_passes"] = json!(counts.false_passes);
            row["false_fails"] = json!(counts.false_fails);
            row
        };
        shown["other_pass_at"] = others.pass_at.iter().map(row).collect();
        shown["other_fail_at"] = others.fail_at.iter().map(row).collect();
    }
    shown
}

fn pace_json(pace: &Pace) -> Value {
    let median_s = pace.median_ms.map(|median| rounded(median as f64 / 1000.0));
    json!({ "decisions": pace.decisions, "median_s": median_s, "fast": pace.fast })
}

fn tally(of: Tally) -> Value {
    json!({ "n": of.n, "passed": of.passed, "share": rounded(of.rate()) })
}

fn trend(of: &Trend) -> Value {
    let days = of.days.iter().map(|(day, passed)| {
        let mut shown = tally(*passed);
        shown["day"] = json!(day);
        shown
    });
    let band = of.band.map(|band| json!({ "low": rounded(band.low), "high": rounded(band.high) }));
    json!({
        "model": of.series.model, "criterion": of.series.criterion, "today": tally(of.today),
        "band": band, "off": of.off(), "days": days.collect::<Vec<_>>(),
    })
}
