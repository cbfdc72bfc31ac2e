//! The report on gates, as the description has it.

use super::build::{Operation, operation, schema};
use super::schemas::{count, list, object, or_null, text};
use domain::gate::report::{DAYS_MOST, DAYS_USUAL};
use serde_json::{Value, json};

pub(super) fn report() -> Operation {
    operation("readGatesReport", "policies", "How good the gates are")
        .about("Each verdict by a policy, held against what people said of it and against what was planted: agreement, overrides, what other thresholds would have done, how long people took, and how often each model's work passes.")
        .query("policy", json!({ "type": "string" }), "Only this policy; all that judged something where none is named.")
        .query(
            "days",
            json!({ "type": "integer", "minimum": 1, "maximum": DAYS_MOST, "default": DAYS_USUAL }),
            "Over so many days.",
        )
        .answer(200, "The reports, by name.", schema("GatesReports"), json!({ "days": 30, "reports": [example()] }))
}

fn example() -> Value {
    let agreement =
        json!({ "of": 40, "agreed": 37, "false_passes": 2, "false_fails": 1, "share": 0.925 });
    let other = json!({ "at": 0.75, "pass": 900, "review": 60, "fail": 40, "false_passes": 3, "false_fails": 1 });
    let paces = json!({ "decisions": 42, "median_s": 14.2, "fast": 1 });
    let mut person = paces.clone();
    person["person"] = json!("mia");
    json!({
        "policy": "brand", "since": "2026-10-21T00:00:00.000Z", "until": "2026-11-20T00:00:00.000Z",
        "whole": true, "verdicts": 1000,
        "versions": [{
            "version": 3, "said": { "pass": 880, "review": 80, "fail": 40 }, "decided": 42,
            "agreement": agreement, "decisions": paces,
            "sampled": { "asked": 18, "decided": 17, "refused": 1 },
            "planted": { "judged": 9, "gate_missed": 2, "decided": 4, "people_missed": 0 },
            "criteria": [{
                "name": "look", "mean": 0.84, "agreement": agreement,
                "ended": { "pass": 850, "doubtful": 100, "fail": 40, "unanswered": 10 },
                "pass_at": 0.8, "fail_at": 0.4, "other_pass_at": [other], "other_fail_at": [other],
            }],
        }],
        "decisions": paces, "people": [person],
        "missed": [{
            "review": "j01hf7yat000e1c70w3gh0s6r2w.good.1", "job": "j01hf7yat000e1c70w3gh0s6r2w",
            "gate": "good", "at": "2026-11-19T08:00:00.000Z", "by_gate": true, "by": [],
        }],
        "models": [{
            "model": "chat/gpt-5-mini", "criterion": "look", "today": { "n": 60, "passed": 51, "share": 0.85 },
            "band": { "low": 0.78, "high": 0.96 }, "off": false,
            "days": [{ "day": "2026-11-19", "n": 140, "passed": 122, "share": 0.871 }],
        }],
    })
}

fn share(about: &str) -> Value {
    json!({ "type": "number", "minimum": 0, "maximum": 1, "description": about })
}

fn truth(about: &str) -> Value {
    json!({ "type": "boolean", "description": about })
}

pub(super) fn schemas() -> Value {
    json!({
        "GatesReports": object("Reports on policies.", json!({
            "days": count("Over so many days."),
            "reports": list("GatesReport"),
        }), &[]),
        "GatesReport": object("What is known of a policy's verdicts.", json!({
            "policy": schema("Name"),
            "since": schema("Time"),
            "until": schema("Time"),
            "whole": truth("Whether all verdicts of that time are in it, and not only the newest."),
            "verdicts": count("Of how many it is made."),
            "versions": list("GatesVersion"),
            "decisions": schema("DecisionPace"),
            "people": list("PersonPace"),
            "missed": list("MissedPlant"),
            "models": list("ModelPasses"),
        }), &[]),
        "GatesVersion": object("One version of a policy.", json!({
            "version": count("Which."),
            "said": schema("VerdictCounts"),
            "decided": count("How many verdicts people decided."),
            "agreement": schema("GateAgreement"),
            "sampled": object("Passes that people were asked about, unannounced.", json!({
                "asked": count("How many were to be asked about."),
                "decided": count("How many people decided."),
                "refused": count("How many they refused."),
            }), &[]),
            "planted": object("What was known to be bad.", json!({
                "judged": count("How many came to a verdict."),
                "gate_missed": count("How many the gate let pass."),
                "decided": count("How many people decided."),
                "people_missed": count("How many they let pass."),
            }), &[]),
            "decisions": schema("DecisionPace"),
            "criteria": list("GatesCriterion"),
        }), &[]),
        "GatesCriterion": object("One criterion under one version.", json!({
            "name": text("Its name."),
            "ended": object("How it ended.", json!({
                "pass": count("It was met."), "doubtful": count("It was between its thresholds."),
                "fail": count("It was not met."), "unanswered": count("Nobody said, or nothing that can be believed."),
            }), &[]),
            "mean": or_null(share("The mean of its scores.")),
            "agreement": schema("GateAgreement"),
            "pass_at": share("From where it passes."),
            "fail_at": share("Below which it fails."),
            "other_pass_at": list("OtherThreshold"),
            "other_fail_at": list("OtherThreshold"),
        }), &["pass_at", "fail_at", "other_pass_at", "other_fail_at"]),
        "VerdictCounts": object("How often a rule said what.", json!({
            "pass": count("It may go on."), "review": count("People must look."), "fail": count("It may not go on."),
        }), &[]),
        "GateAgreement": object("Where both took a side: how often the machine and people said the same. The rest are overrides.", json!({
            "of": count("How often both took a side."),
            "agreed": count("How often they said the same."),
            "false_passes": count("The machine passed what people refused, or what was planted."),
            "false_fails": count("The machine failed what people approved."),
            "share": or_null(share("The share that they agree on; null where they never met.")),
        }), &[]),
        "OtherThreshold": object("What the gate would have said in all, had this threshold been so.", json!({
            "at": share("The threshold."),
            "pass": count("It would have passed."), "review": count("People would have been asked."),
            "fail": count("It would have failed."),
            "false_passes": count("It would have passed what people refused, or what was planted."),
            "false_fails": count("It would have failed what people approved."),
        }), &[]),
        "DecisionPace": object("How long decisions took.", pace(), &[]),
        "PersonPace": object("How long one person took.", {
            let mut pace = pace();
            pace["person"] = text("Who.");
            pace
        }, &[]),
        "MissedPlant": object("What was known to be bad, and was let pass.", json!({
            "review": text("The verdict: job, gate and round."),
            "job": text("The job that it was planted as."),
            "gate": text("The gate."),
            "at": schema("Time"),
            "by_gate": truth("Whether the gate let it pass."),
            "by": { "type": "array", "items": { "type": "string" }, "description": "Who let it pass." },
        }), &[]),
        "ModelPasses": object("How often a model's work passes, or how often it lets pass.", json!({
            "model": text("The model or evaluator, in the version that served."),
            "criterion": or_null(text("The criterion that it answers for; null where it made what was judged.")),
            "today": object("Today, in UTC.", tally(), &[]),
            "band": or_null(object("What the last seven days let expect of today; null where they tell too little.", json!({
                "low": share("From."), "high": share("To."),
            }), &[])),
            "off": truth("Whether today is outside."),
            "days": { "type": "array", "items": object("One day.", {
                let mut day = tally();
                day["day"] = json!({ "type": "string", "format": "date", "description": "The day, in UTC." });
                day
            }, &[]) },
        }), &[]),
    })
}

fn pace() -> Value {
    json!({
        "decisions": count("How many decisions."),
        "median_s": or_null(json!({ "type": "number", "minimum": 0, "description": "The median of those of which it is known when they began, in seconds." })),
        "fast": count("How many were made in less than two seconds."),
    })
}

fn tally() -> Value {
    json!({ "n": count("How many verdicts."), "passed": count("How many passes."), "share": share("The share that passed.") })
}
