//! Agreement, overrides, samples and plants.

use super::*;

/// Ten verdicts: the judge's scores, and what people said.
fn ten() -> Vec<Row> {
    use Decision::{Approve, Edit, Regenerate, Reject};
    let sampled = |row: Row| Row { sampled: true, ..row };
    let planted = |row: Row| Row { planted: true, ..row };
    let failed = |row: Row| Row { verdict: Verdict::Fail, ..row };
    vec![
        row(0, 0.95),
        row(1, 0.85),
        decided(sampled(row(2, 0.9)), "mia", Approve, 5_000),
        decided(sampled(row(3, 0.8)), "mia", Reject, 5_000),
        decided(row(4, 0.6), "mia", Approve, 5_000),
        decided(row(5, 0.5), "bo", Regenerate, 5_000),
        decided(failed(row(6, 0.3)), "bo", Edit, 5_000),
        decided(failed(row(7, 0.2)), "bo", Reject, 5_000),
        decided(planted(row(8, 0.9)), "mia", Approve, 5_000),
        failed(planted(row(9, 0.1))),
    ]
}

#[test]
fn verdicts_are_held_against_what_people_said() {
    let report = report(ten());
    let [version] = &report.versions[..] else { panic!("{:?}", report.versions) };
    // Planted ones are not among them: 0, 1, 2, 3 pass, 4 and 5 ask, 6 and 7 fail.
    assert_eq!(version.said, [4, 2, 2]);
    assert_eq!(version.decided, 7);
    // 2 and 7 agree; 3 was passed and refused, 6 failed and approved; 4 and 5 took no side.
    let agreement = version.agreement;
    assert_eq!((agreement.agreed, agreement.false_passes, agreement.false_fails), (2, 1, 1));
    assert_eq!(agreement.share(), Some(0.5));
    let sampled = version.sampled;
    assert_eq!((sampled.asked, sampled.decided, sampled.refused), (2, 2, 1));
    let planted = version.planted;
    assert_eq!((planted.judged, planted.gate_missed), (2, 1));
    assert_eq!((planted.decided, planted.people_missed), (1, 1));
}

#[test]
fn each_criterion_is_held_against_people_and_plants() {
    let report = report(ten());
    let [look, sharp] = &report.versions[0].criteria[..] else { panic!("two criteria") };
    assert_eq!((look.name.as_str(), look.ended), ("look", [5, 2, 3, 0]));
    // The sum is 6.1 of ten.
    assert!((look.mean.unwrap() - 0.61).abs() < 1e-9);
    // Agreed: 2, 7 and the planted 9. False passes: 3 and the planted 8, whatever people said of it. False fail: 6.
    let agreement = look.agreement;
    assert_eq!((agreement.agreed, agreement.false_passes, agreement.false_fails), (3, 2, 1));
    // What is always well is wrong wherever people refuse: 3, 5 and 7, and both planted ones.
    let agreement = sharp.agreement;
    assert_eq!((agreement.agreed, agreement.false_passes, agreement.false_fails), (3, 5, 0));
    assert_eq!(sharp.others, None);
}

#[test]
fn what_was_planted_and_let_pass_is_named_with_who_did() {
    let report = report(ten());
    let [missed] = &report.missed[..] else { panic!("{:?}", report.missed) };
    assert_eq!((&missed.id, missed.gate), (&row(8, 0.9).id, true));
    assert_eq!(missed.people, [PersonId::parse("mia").unwrap()]);
}

#[test]
fn what_is_planted_and_not_yet_decided_is_named_to_nobody() {
    let waits = Row { planted: true, ..row(1, 0.9) };
    assert_eq!(report(vec![waits.clone()]).missed, []);
    let caught = decided(waits, "mia", Decision::Reject, 4_000);
    let missed = report(vec![caught]).missed;
    assert_eq!((missed[0].gate, missed[0].people.len()), (true, 0));
}

#[test]
fn other_bytes_in_its_place_say_that_it_was_not_good() {
    let mut edited = decided(row(1, 0.9), "mia", Decision::Edit, 4_000);
    assert_eq!(edited.good(), Some(true));
    edited.people.as_mut().unwrap().replaced = true;
    assert_eq!(edited.good(), Some(false));
    let silent = People { decision: None, replaced: false, words: Vec::new() };
    assert_eq!(Row { people: Some(silent), ..row(1, 0.9) }.good(), None);
}

#[test]
fn versions_are_told_apart_the_newest_first() {
    let rows =
        vec![row(0, 0.9), Row { version: 3, ..row(1, 0.2) }, Row { version: 2, ..row(2, 0.5) }];
    let report = report(rows);
    let said: Vec<_> = report.versions.iter().map(|of| (of.version, of.said)).collect();
    assert_eq!(said, [(3, [0, 0, 1]), (2, [0, 1, 0]), (1, [1, 0, 0])]);
    // Only the first version's document is at hand.
    let tried = |at: usize| report.versions[at].criteria[0].others.is_some();
    assert_eq!([tried(0), tried(1), tried(2)], [false, false, true]);
}
