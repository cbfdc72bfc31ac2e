//! Rules: what is wrong with one when it is stored, and what it says.

use crate::gate::Verdict;
use crate::gate::policy::{DEFAULT_RULE, Policy, said};
use serde_json::{Value, json};

fn values(score: f64, passed: &[&str], failed: &[&str], unanswered: &[&str]) -> Value {
    json!({
        "scores": { "look": score }, "score": score, "passed": passed, "doubtful": [],
        "failed": failed, "unanswered": unanswered,
    })
}

#[track_caller]
fn says(rule: &str, values: &Value, expected: Result<Verdict, &str>) {
    let told = said(rule, values.as_object().unwrap());
    assert_eq!(told, expected.map_err(str::to_owned), "{rule} of {values}");
}

#[test]
fn the_usual_rule_passes_what_is_good_and_answered() {
    says(DEFAULT_RULE, &values(1.0, &["look"], &[], &[]), Ok(Verdict::Pass));
    says(DEFAULT_RULE, &values(0.8, &["look"], &[], &[]), Ok(Verdict::Pass));
    says(DEFAULT_RULE, &values(0.79, &["look"], &[], &[]), Ok(Verdict::Review));
    says(DEFAULT_RULE, &values(1.0, &["look"], &[], &["safe"]), Ok(Verdict::Review));
    says(DEFAULT_RULE, &values(1.0, &["look"], &["sharp"], &[]), Ok(Verdict::Fail));
}

#[test]
fn a_rule_sees_single_scores_and_lists() {
    let good = values(0.9, &["look"], &[], &[]);
    says("scores.look > 0.85 ? 'pass' : 'fail'", &good, Ok(Verdict::Pass));
    says("'look' in passed ? 'pass' : 'review'", &good, Ok(Verdict::Pass));
    says("score >= 1 ? 'pass' : 'review'", &good, Ok(Verdict::Review));
    says("has(scores.safe) ? 'pass' : 'review'", &good, Ok(Verdict::Review));
}

#[test]
fn a_rule_that_says_anything_else_says_nothing() {
    let good = values(0.9, &["look"], &[], &[]);
    says("'PASS'", &good, Err("it gives \"PASS\""));
    says("true", &good, Err("it gives no text, but bool"));
    assert!(said("scores.safe > 0.5 ? 'pass' : 'fail'", good.as_object().unwrap()).is_err());
}

#[test]
fn what_is_wrong_with_a_rule_is_told_when_it_is_stored() {
    for (rule, detail, fix) in [
        ("score >", "the rule cannot be read", ""),
        ("scores.lok > 0.5 ? 'pass' : 'fail'", "there is no criterion lok", "did you mean look?"),
        (
            "look > 0.5 ? 'pass' : 'fail'",
            "the rule does not know look",
            "did you mean scores.look?",
        ),
        ("scor > 0.5 ? 'pass' : 'fail'", "the rule does not know scor", "did you mean score?"),
        (
            "'ok'",
            "where all criteria pass, the rule gives no verdict: it gives \"ok\"",
            "have it give 'pass', 'review' or 'fail' in any case",
        ),
        (
            "failed.size() > 0 ? 1 : 'pass'",
            "where all criteria fail, the rule gives no verdict: it gives no text, but int",
            "have it give 'pass', 'review' or 'fail' in any case",
        ),
        (
            "'pass'",
            "the rule says pass where all criteria fail",
            "have it look at failed, score or scores",
        ),
        (
            "passed.all(a, failed.all(b, a != b)) ? 'pass' : 'fail'",
            "the rule has a loop within a loop",
            "take one of all, exists, filter and map out of the other",
        ),
    ] {
        let text = format!(
            "name: brand\nowner: design\ncriteria: {{ look: {{ evaluator: technical }} }}\nverdict: {}\n",
            json!(rule)
        );
        let problems = Policy::parse(&text).expect_err(rule);
        assert_eq!((problems.len(), problems[0].pointer.as_str()), (1, "/verdict"), "{problems:?}");
        assert!(problems[0].detail.starts_with(detail), "{rule}: {:?}", problems[0]);
        assert!(fix.is_empty() || problems[0].fix == fix, "{rule}: {:?}", problems[0]);
    }
}
