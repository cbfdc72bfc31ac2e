//! The rule of a policy, in CEL: checked when it is stored, and asked for a verdict.

use super::Criterion;
use crate::gate::Verdict;
use crate::pipeline::{Problems, did_you_mean, parsed, value_of, walk};
use cel::{Context, Value as Cel};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The rule where a policy has none of its own.
pub const DEFAULT_RULE: &str =
    "failed.size() > 0 ? 'fail' : (score >= 0.8 && unanswered.size() == 0 ? 'pass' : 'review')";

/// Most characters of a rule.
pub(super) const RULE_MOST: usize = 500;
const AT: &str = "/verdict";
/// What a rule may name.
const NAMES: [&str; 6] = ["scores", "score", "passed", "doubtful", "failed", "unanswered"];

/// What a rule says of these values; an error says why it says nothing.
pub fn said(rule: &str, values: &Map<String, Value>) -> Result<Verdict, String> {
    let expression = parsed(rule).map_err(|slip| slip.detail)?;
    let mut context = Context::default();
    for (name, value) in values {
        context.add_variable_from_value(name.as_str(), value_of(value));
    }
    let answer = Cel::resolve(&expression, &context).map_err(|cause| cause.to_string())?;
    let Cel::String(word) = &answer else {
        return Err(format!("it gives no text, but {}", answer.type_of()));
    };
    match word.as_str() {
        "pass" => Ok(Verdict::Pass),
        "review" => Ok(Verdict::Review),
        "fail" => Ok(Verdict::Fail),
        other => Err(format!("it gives {:?}", other.chars().take(40).collect::<String>())),
    }
}

/// Reports what is wrong with a rule, as far as that can be told without a picture.
pub(super) fn check(rule: &str, criteria: &BTreeMap<String, Criterion>, problems: &mut Problems) {
    let expression = match parsed(rule) {
        Ok(expression) => expression,
        Err(slip) => {
            let column = slip.column.map(|column| format!(" at column {column}"));
            let column = column.unwrap_or_default();
            let detail = format!("the rule cannot be read{column}: {}", slip.detail);
            let fix = "write CEL that gives 'pass', 'review' or 'fail'";
            return problems.add(AT, detail, fix);
        }
    };
    let met = walk(&expression);
    let before = problems.count();
    if 1 < met.loops {
        let fix = "take one of all, exists, filter and map out of the other";
        problems.add(AT, "the rule has a loop within a loop", fix);
    }
    for name in &met.names {
        let head = name.head.as_str();
        match (head, name.fields.first()) {
            ("scores", Some(field)) if !criteria.contains_key(field) => {
                let fix = did_you_mean(field, criteria.keys().map(String::as_str));
                problems.add(AT, format!("there is no criterion {field}"), fix);
            }
            (head, _) if NAMES.contains(&head) => {}
            (head, _) if criteria.contains_key(head) => {
                let fix = format!("did you mean scores.{head}?");
                problems.add(AT, format!("the rule does not know {head}"), fix);
            }
            (head, _) => {
                let fix = did_you_mean(head, NAMES);
                problems.add(AT, format!("the rule does not know {head}"), fix);
            }
        }
    }
    if before < problems.count() || criteria.is_empty() {
        return;
    }
    // Where nothing is answered it may well have nothing to say: that is a review.
    for (all, score) in [("pass", 1.0), ("fail", 0.0)] {
        if let Err(why) = said(rule, &rehearsed(criteria, all, score)) {
            let detail = format!("where all criteria {all}, the rule gives no verdict: {why}");
            return problems.add(AT, detail, "have it give 'pass', 'review' or 'fail' in any case");
        }
    }
    let all_fail = said(rule, &rehearsed(criteria, "fail", 0.0));
    if all_fail == Ok(Verdict::Pass) {
        let fix = "have it look at failed, score or scores";
        problems.add(AT, "the rule says pass where all criteria fail", fix);
    }
}

/// The values as they are where all criteria end alike.
fn rehearsed(criteria: &BTreeMap<String, Criterion>, all: &str, score: f64) -> Map<String, Value> {
    let names: Vec<&String> = criteria.keys().collect();
    let scores: Map<String, Value> =
        names.iter().map(|name| ((*name).clone(), json!(score))).collect();
    let of = |word: &str| if word == all { json!(names) } else { json!([]) };
    let values = [
        ("scores", scores.into()),
        ("score", json!(score)),
        ("passed", of("pass")),
        ("doubtful", json!([])),
        ("failed", of("fail")),
        ("unanswered", json!([])),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
