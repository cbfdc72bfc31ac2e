//! What other thresholds would have done.

use super::*;

fn counts(said: [usize; 3], false_passes: usize, false_fails: usize) -> Counts {
    Counts { said, false_passes, false_fails }
}

fn others(rows: Vec<Row>) -> OtherThreshold {
    let report = report(rows);
    let look = report.versions[0].criteria.iter().find(|of| of.name == "look").unwrap();
    look.others.clone().unwrap()
}

fn at(rows: &[(f64, Counts)], threshold: f64) -> Counts {
    rows.iter().find(|(at, _)| (at - threshold).abs() < 1e-9).unwrap().1
}

#[test]
fn the_policys_own_rule_is_asked_once_more_at_each_threshold() {
    use Decision::{Approve, Reject};
    let rows = vec![
        row(0, 0.95),
        decided(Row { sampled: true, ..row(1, 0.85) }, "mia", Reject, 5_000),
        decided(row(2, 0.7), "mia", Approve, 5_000),
        decided(row(3, 0.62), "mia", Reject, 5_000),
        row(4, 0.3),
    ];
    let others = others(rows);
    assert_eq!(others.now, (0.8, 0.4));
    // The rule: fail where anything failed, pass from a mean of 0.8 on, else people. The mean is that of look and 1.
    // As it is: 0.95 and 0.85 pass; 0.7 has a mean of 0.85 and is only doubtful, which this rule lets pass; so is 0.62.
    assert_eq!(at(&others.pass_at, 0.8), counts([4, 0, 1], 2, 0));
    // A threshold of 0.9 changes how the criterion ends, and nothing that the rule looks at.
    assert_eq!(at(&others.pass_at, 0.9), counts([4, 0, 1], 2, 0));
    // Had it failed below 0.65, 0.62 had failed, rightly; below 0.75 0.7, too, wrongly.
    assert_eq!(at(&others.fail_at, 0.65), counts([3, 0, 2], 1, 0));
    assert_eq!(at(&others.fail_at, 0.75), counts([2, 0, 3], 1, 1));
    // Below 0.3 nothing had failed: 0.3 has a mean of 0.65, and people had been asked.
    assert_eq!(at(&others.fail_at, 0.3), counts([4, 1, 0], 2, 0));
    assert_eq!(others.pass_at.len(), 19);
    assert!(others.pass_at.windows(2).all(|pair| pair[0].0 < pair[1].0));
}

#[test]
fn a_threshold_between_the_usual_ones_is_among_them() {
    let text = BRAND.replace("pass_at: 0.8", "pass_at: 0.83");
    let documents = BTreeMap::from([(1, Policy::parse(&text).unwrap())]);
    let rows = Rows { rows: vec![row(0, 0.82)], whole: true };
    let report = Report::of("brand", &rows, &documents, (Time(0), NOON));
    let others = report.versions[0].criteria[0].others.clone().unwrap();
    assert_eq!((others.now, others.pass_at.len()), ((0.83, 0.4), 20));
}

#[test]
fn what_a_classifier_flagged_fails_at_any_threshold() {
    let mut flagged = row(0, 0.9);
    flagged.criteria.get_mut("look").unwrap().said = Said::Fail;
    let others = others(vec![flagged]);
    assert!(others.pass_at.iter().chain(&others.fail_at).all(|(_, it)| it.said == [0, 0, 1]));
}

#[test]
fn what_nobody_answered_is_not_tried() {
    let mut silent = row(0, 0.9);
    let look = silent.criteria.get_mut("look").unwrap();
    (look.said, look.score) = (Said::Unanswered, None);
    let others = others(vec![silent]);
    assert!(others.pass_at.iter().all(|(_, it)| *it == Counts::default()));
}
