//! Passes that people look at all the same: a share of them, unannounced, chosen so that a repetition chooses the same.

use super::Pinned;
use crate::gate::{Judgement, Verdict};
use crate::id::ReviewId;
use crate::sign::sha256;

/// Has people asked about a pass, if it is one of those that are chosen, or of what is known to be bad.
///
/// What they see is what they see of a gate whose rule asks for them where all criteria are met. That the machine passed
/// it is kept for the report alone.
pub fn sample(pinned: &Pinned, review: &ReviewId, planted: bool, judgement: &mut Judgement) {
    if judgement.verdict == Verdict::Pass && (planted || chosen(pinned, review)) {
        judgement.machine = Some(Verdict::Pass);
        ask(pinned, judgement);
    }
}

/// People are asked, and see no more than that the rule says so.
fn ask(pinned: &Pinned, judgement: &mut Judgement) {
    judgement.object(Verdict::Review, super::says_so(&pinned.policy, judgement.score));
}

/// Whether this verdict is among the policy's share. Nobody outside can tell: the job's secret is in it.
fn chosen(pinned: &Pinned, review: &ReviewId) -> bool {
    let Pinned { secret, version, policy, .. } = pinned;
    let digest = sha256(format!("sample\n{secret}\n{version}\n{review}").as_bytes());
    // 52 bits: as many as such a number holds.
    let drawn = u64::from_str_radix(&digest[..13], 16).unwrap_or(u64::MAX);
    (drawn as f64) < policy.sample * (1_u64 << 52) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::policy::Policy;
    use crate::id::JobId;
    use crate::time::Time;

    const BRAND: &str = "
name: brand
owner: design
criteria: { sharp: { evaluator: technical } }
";

    fn pinned(sample: &str) -> Pinned {
        let policy = Policy::parse(&format!("{BRAND}sample: {sample}\n")).unwrap();
        let sha256 = policy.digest();
        Pinned { version: 3, sha256, policy, secret: "s".into() }
    }

    fn review(n: i64) -> ReviewId {
        ReviewId::new(&JobId::new(Time(n), [7; 10]), "good", 1)
    }

    fn sampled(pinned: &Pinned, n: i64) -> Judgement {
        let mut judgement = Judgement::new(&[]);
        judgement.score = Some(0.91);
        sample(pinned, &review(n), false, &mut judgement);
        judgement
    }

    #[test]
    fn about_the_share_that_is_asked_for_goes_to_people_and_the_same_again() {
        for (share, range) in [("10 %", 900..=1100), ("0", 0..=0), ("100 %", 10_000..=10_000)] {
            let pinned = pinned(share);
            let asked = |n: &i64| sampled(&pinned, *n).machine.is_some();
            let first: Vec<i64> = (0..10_000).filter(asked).collect();
            assert!(range.contains(&first.len()), "{share}: {}", first.len());
            assert_eq!(first, (0..10_000).filter(asked).collect::<Vec<_>>());
        }
    }

    #[test]
    fn another_version_or_round_draws_anew() {
        let before = pinned("50 %");
        let after = Pinned { version: 4, ..before.clone() };
        let differ = |n: &i64| chosen(&before, &review(*n)) != chosen(&after, &review(*n));
        assert!((400..600).contains(&(0..1000).filter(differ).count()));
        let again = |n: i64| ReviewId::new(&review(n).job(), "good", 2);
        let differ = |n: &i64| chosen(&before, &review(*n)) != chosen(&before, &again(*n));
        assert!((400..600).contains(&(0..1000).filter(differ).count()));
    }

    #[test]
    fn a_sampled_pass_looks_as_a_rule_that_asks_for_people() {
        let judgement = sampled(&pinned("100 %"), 1);
        assert_eq!(judgement.verdict, Verdict::Review);
        assert_eq!(judgement.reasons, ["the rule of brand says so: score 0.91"]);
        let kept = serde_json::to_string(&judgement).unwrap();
        assert!(!kept.contains("sample") && !kept.contains("machine"), "{kept}");
    }

    #[test]
    fn what_did_not_pass_is_left_as_it_is() {
        let mut judgement = Judgement::new(&[]);
        judgement.object(Verdict::Fail, "blurred");
        sample(&pinned("100 %"), &review(1), true, &mut judgement);
        assert_eq!((judgement.verdict, judgement.machine), (Verdict::Fail, None));
        assert_eq!(judgement.reasons, ["blurred"]);
    }
}
