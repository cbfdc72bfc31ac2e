//! Pictures against the banned and the protected ones.

use crate::gate::{Fingerprint, Judgement, Known, Lists, Sample, Verdict, likeness};

const HASH: u64 = 0x0f0f_3c3c_5a5a_9669;

fn known(sha256: &str, phash: Option<u64>, reason: &str) -> Known {
    Known { sha256: sha256.into(), phash: phash.map(Fingerprint), reason: reason.into() }
}

#[track_caller]
fn check(lists: &Lists, phash: Option<u64>, verdict: Verdict, reasons: &[&str]) {
    let mut judgement = Judgement::new(&[]);
    let sample = Sample { name: "large.image", sha256: "aa11", phash: phash.map(Fingerprint) };
    likeness(&sample, lists, &mut judgement);
    assert_eq!(
        (judgement.verdict, judgement.reasons),
        (verdict, reasons.iter().map(|r| (*r).to_owned()).collect())
    );
}

#[test]
fn copies_fail_near_copies_are_reviewed_and_others_pass() {
    let banned =
        Lists { banned: vec![known("ff", Some(HASH), "court order 12")], ..Lists::default() };
    let is = "large.image is a banned picture (court order 12)";
    let like = "large.image is like a banned picture (court order 12)";
    check(&banned, Some(HASH), Verdict::Fail, &[is]);
    check(&banned, Some(HASH ^ 0b11_1111), Verdict::Fail, &[is]);
    check(&banned, Some(HASH ^ 0b111_1111), Verdict::Review, &[like]);
    check(&banned, Some(HASH ^ 0b11_1111_1111), Verdict::Review, &[like]);
    check(&banned, Some(HASH ^ 0b111_1111_1111), Verdict::Pass, &[]);
    check(&banned, None, Verdict::Pass, &[]);
}

#[test]
fn the_very_same_bytes_fail_whatever_they_look_like() {
    let lists = Lists {
        banned: vec![known("AA11", None, "")],
        protected: vec![known("aa11", Some(!HASH), "logo of Acme")],
        ..Lists::default()
    };
    let reasons = [
        "large.image is a banned picture (no reason on record)",
        "large.image is a protected picture (logo of Acme)",
    ];
    check(&lists, Some(HASH), Verdict::Fail, &reasons);
    check(&lists, None, Verdict::Fail, &reasons);
}

#[test]
fn of_several_the_nearest_counts() {
    let lists = Lists {
        protected: vec![
            known("01", Some(HASH ^ 0xff), "far"),
            known("02", Some(HASH ^ 1), "near"),
            known("03", Some(HASH ^ 0xf), "further"),
        ],
        ..Lists::default()
    };
    check(&lists, Some(HASH), Verdict::Fail, &["large.image is a protected picture (near)"]);
}

#[test]
fn a_hash_is_sixteen_digits() {
    let hash: Fingerprint = serde_json::from_str("\"00000000000000ff\"").unwrap();
    assert_eq!(hash, Fingerprint(255));
    assert_eq!(serde_json::to_string(&hash).unwrap(), "\"00000000000000ff\"");
    for wrong in ["\"ff\"", "\"zz000000000000ff\"", "\"+0000000000000ff\"", "255"] {
        assert!(serde_json::from_str::<Fingerprint>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn lists_are_read_as_operators_write_them() {
    let lists: Lists = serde_json::from_str(
        r#"{"terms": ["gore"], "banned": [{"sha256": "ab", "phash": "00000000000000ff"}]}"#,
    )
    .unwrap();
    assert_eq!((lists.terms.len(), lists.banned.len(), lists.protected.len()), (1, 1, 0));
    assert!(
        serde_json::from_str::<Lists>(r#"{"banned": [{"phash": "00000000000000ff"}]}"#).is_err()
    );
}
