//! Answers into verdicts: what rules can say, and what they cannot.

use crate::gate::Verdict;
use crate::gate::policy::{Answer, Policy, Said, scored, weigh};
use std::collections::BTreeMap;

fn policy(rule: &str, on_error: &str) -> Policy {
    let text = format!(
        "name: brand\nowner: design\ncriteria:\n  sharp: {{ evaluator: technical }}\n  copies: {{ evaluator: copies }}\n  safe: {{ evaluator: moderation, with: {{ model: a/b }} }}\n  look: {{ evaluator: judge, with: {{ model: a/b, rubric: fine }}, weight: 3, on_error: {on_error} }}\nverdict: {}\n",
        serde_json::json!(rule)
    );
    Policy::parse(&text).unwrap_or_else(|problems| panic!("{problems:?}"))
}

const USUAL: &str = crate::gate::policy::DEFAULT_RULE;
/// A rule that wants to let through whatever it can.
const LENIENT: &str =
    "passed.size() + failed.size() + unanswered.size() > 3 && failed.size() > 3 ? 'fail' : 'pass'";

fn answers(said: [Said; 4]) -> BTreeMap<String, Answer> {
    ["copies", "look", "safe", "sharp"]
        .into_iter()
        .zip(said)
        .map(|(name, said)| (name.to_owned(), Answer::plain(said, "test", vec![])))
        .collect()
}

#[track_caller]
fn check(rule: &str, [sharp, copies, safe, look]: [Said; 4], expected: Verdict) {
    let weighed = weigh(&policy(rule, "review"), &answers([copies, look, safe, sharp]));
    assert_eq!(weighed.verdict, expected, "{weighed:?}");
    assert_eq!(weighed.reasons.is_empty(), expected == Verdict::Pass, "{weighed:?}");
}

#[test]
fn what_is_good_passes_and_what_fails_does_not() {
    use Said::{Doubtful, Fail, Pass, Unanswered};
    use Verdict::Review;
    check(USUAL, [Pass, Pass, Pass, Pass], Verdict::Pass);
    check(USUAL, [Pass, Pass, Pass, Doubtful], Review);
    check(USUAL, [Pass, Pass, Pass, Fail], Verdict::Fail);
    check(USUAL, [Fail, Pass, Pass, Pass], Verdict::Fail);
    check(USUAL, [Pass, Doubtful, Pass, Pass], Review);
    check(USUAL, [Pass, Pass, Unanswered, Pass], Review);
}

#[test]
fn no_rule_lets_through_what_was_measured_known_or_classified_as_bad() {
    use Said::{Doubtful, Fail, Pass};
    check(LENIENT, [Pass, Pass, Pass, Pass], Verdict::Pass);
    for bad in [Fail, Doubtful] {
        check(LENIENT, [bad, Pass, Pass, Pass], Verdict::Review);
        check(LENIENT, [Pass, bad, Pass, Pass], Verdict::Review);
        check(LENIENT, [Pass, Pass, bad, Pass], Verdict::Review);
        // A judge's opinion is the rule's to weigh.
        check(LENIENT, [Pass, Pass, Pass, bad], Verdict::Pass);
    }
}

#[test]
fn what_nobody_answered_never_passes_whatever_the_rule_and_whichever_it_is() {
    let pass = answers([Said::Pass; 4]);
    for name in ["copies", "look", "safe", "sharp"] {
        for rule in [USUAL, LENIENT] {
            let mut answers = pass.clone();
            answers.insert(name.into(), Answer::unanswered("test", "it took too long"));
            let weighed = weigh(&policy(rule, "review"), &answers);
            assert_eq!(weighed.verdict, Verdict::Review);
            assert_eq!(weighed.reasons, [format!("{name} was not answered: it took too long")]);
            answers.remove(name);
            assert_eq!(weigh(&policy(rule, "review"), &answers).verdict, Verdict::Review);
        }
    }
    let mut answers = pass;
    answers.insert("look".into(), Answer::unanswered("test", "it took too long"));
    assert_eq!(weigh(&policy(LENIENT, "fail"), &answers).verdict, Verdict::Fail);
    assert_eq!(weigh(&policy(LENIENT, "review"), &BTreeMap::new()).verdict, Verdict::Review);
}

#[test]
fn a_rule_that_says_nothing_is_a_review() {
    let rule = "scores.look > 0.5 ? 'pass' : 'fail'";
    let mut answers = answers([Said::Pass; 4]);
    assert_eq!(weigh(&policy(rule, "review"), &answers).verdict, Verdict::Pass);
    answers.insert("look".into(), Answer::unanswered("test", "it is gone"));
    let weighed = weigh(&policy(rule, "review"), &answers);
    assert_eq!(weighed.verdict, Verdict::Review);
    assert!(weighed.reasons[0].starts_with("the rule of brand says nothing: "), "{weighed:?}");
}

#[test]
fn a_score_is_held_against_its_thresholds() {
    let policy = policy(USUAL, "review");
    let look = &policy.criteria["look"];
    for (score, said) in [
        (1.0, Said::Pass),
        (0.8, Said::Pass),
        (0.79, Said::Doubtful),
        (0.4, Said::Doubtful),
        (0.39, Said::Fail),
        (0.0, Said::Fail),
        (1.01, Said::Unanswered),
        (-0.1, Said::Unanswered),
        (f64::NAN, Said::Unanswered),
        (f64::INFINITY, Said::Unanswered),
    ] {
        let answer = scored(look, "test", score, "as it is");
        assert_eq!(answer.said, said, "{score}");
        assert_eq!(answer.score.is_some(), said != Said::Unanswered, "{score}");
    }
}

#[test]
fn the_score_is_the_mean_by_weight_of_what_was_answered() {
    let mut answers = answers([Said::Pass; 4]);
    answers.insert("look".into(), Answer::plain(Said::Fail, "test", vec![]));
    let score = |answers: &BTreeMap<String, Answer>| weigh(&policy(USUAL, "review"), answers).score;
    assert_eq!(score(&answers), Some(3.0 / 6.0));
    answers.insert("sharp".into(), Answer::unanswered("test", "it is gone"));
    assert_eq!(score(&answers), Some(2.0 / 5.0));
    assert_eq!(score(&BTreeMap::new()), None);
}
