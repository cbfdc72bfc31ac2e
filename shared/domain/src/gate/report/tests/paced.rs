//! How long people take.

use super::*;

fn pace(report: &Report, who: &str) -> (usize, Option<i64>, usize) {
    let pace = &report.people[&PersonId::parse(who).unwrap()];
    (pace.decisions, pace.median_ms, pace.fast)
}

#[test]
fn the_median_is_that_of_each_person_and_haste_is_flagged() {
    use Decision::{Approve, Reject};
    // A quarter of an hour apart: nobody's last decision bounds the next.
    let of = |n: i64, who, took| decided(row(15 * n, 0.6), who, Approve, took);
    let report = report(vec![
        of(1, "mia", 4_000),
        of(2, "mia", 10_000),
        of(3, "mia", 1_999),
        of(4, "mia", 2_000),
        decided(row(75, 0.6), "bo", Reject, 600_000),
    ]);
    // 1,999, 2,000, 4,000, 10,000: between the two in the middle lies 3,000.
    assert_eq!(pace(&report, "mia"), (4, Some(3_000), 1));
    assert_eq!(pace(&report, "bo"), (1, Some(600_000), 0));
    let all = &report.pace;
    assert_eq!((all.decisions, all.median_ms, all.fast), (5, Some(4_000), 1));
    assert_eq!(report.versions[0].pace.median_ms, Some(4_000));
}

#[test]
fn nobody_looks_at_two_at_once() {
    use Decision::Approve;
    // Both were opened a quarter of an hour before, and decided one second apart.
    let first = decided(row(0, 0.6), "mia", Approve, 500_000);
    let mut second = decided(row(0, 0.7), "mia", Approve, 500_000);
    second.people.as_mut().unwrap().words[0].at = Time(NOON.0 + 601_000);
    assert_eq!(pace(&report(vec![first, second]), "mia"), (2, Some(250_500), 1));
}

#[test]
fn who_says_nothing_but_a_decision_is_in_no_median_and_may_still_be_hasty() {
    use Decision::Approve;
    let bare = |n: i64, after_ms: i64| {
        let mut row = decided(row(n, 0.6), "mia", Approve, 0);
        let word = &mut row.people.as_mut().unwrap().words[0];
        (word.since, word.at) = (None, Time(row.at.0 + after_ms));
        row
    };
    assert_eq!(pace(&report(vec![bare(0, 1_500), bare(10, 30_000)]), "mia"), (2, None, 1));
}
