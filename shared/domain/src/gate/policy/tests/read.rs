//! What is read, what is wrong, and where.

use crate::gate::policy::{Evaluator, OnTrouble, Policy, policy_schema};
use crate::pipeline::{Problem, value};
use crate::version::VersionRef;
use serde_json::{Value, json};

const BRAND: &str = include_str!("../../../../../../infra/pipelines/gates/brand.yaml");

#[track_caller]
fn wrong(text: &str, expected: &[&str]) {
    let problems = Policy::parse(text).expect_err(text);
    let told: Vec<String> = problems.iter().map(Problem::to_string).collect();
    assert_eq!(told, expected, "{text}");
}

fn with(criteria: &str, rest: &str) -> String {
    format!("name: brand\nowner: design\ncriteria: {{ {criteria} }}\n{rest}\n")
}

#[test]
fn the_sample_is_read_with_its_defaults_and_its_document_gives_the_same_policy() {
    let policy = Policy::parse(BRAND).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!((policy.name.as_str(), policy.criteria.len()), ("brand", 5));
    let look = &policy.criteria["look"];
    assert_eq!(look.evaluator, Evaluator::Judge);
    assert_eq!((look.weight, look.pass_at, look.fail_at), (2.0, 0.8, 0.4));
    assert_eq!((look.text("lettering"), look.whole("deadline_s")), ("review", Some(120)));
    assert_eq!(look.on_error, OnTrouble::Review);
    let again = Policy::parse(&policy.document().to_string()).unwrap();
    assert_eq!((&again, again.digest()), (&policy, policy.digest()));
}

#[test]
fn the_order_of_fields_changes_no_digest_and_a_threshold_does() {
    let digest = |text: &str| Policy::parse(text).unwrap().digest();
    let one = with("a: { evaluator: technical, weight: 2 }", "verdict: \"'review'\"");
    let other = "criteria: { a: { weight: 2, evaluator: technical } }\nverdict: \"'review'\"\nowner: design\nname: brand\n";
    assert_eq!(digest(&one), digest(other));
    assert_ne!(digest(&one), digest(&one.replace("weight: 2", "weight: 3")));
}

#[test]
fn everything_wrong_is_told_at_once_with_its_place() {
    wrong(
        "name: Brand\nowners: me\ncriteria:\n  Sharp: { evaluator: technical }\n  look: { evaluator: juge }\n  safe: { evaluator: moderation, on_error: pass }\nverdict: 3\nreview: { approvals: 0 }\n",
        &[
            "line 1, /name: the name is \"Brand\" — use a small letter, then at most 63 of a-z, 0-9 and -, such as brand",
            "line 1, /owner: the owner is missing — say who answers for it, such as owner: design@example.com",
            "line 2, /owners: the document has no field owners — did you mean owner?",
            "line 4, /criteria/Sharp: the criterion's name is \"Sharp\" — call it sharp: a lower-case letter, then at most 39 of a-z, 0-9 and _",
            "line 5, /criteria/look/evaluator: there is no evaluator \"juge\" — did you mean judge?",
            "line 6, /criteria/safe/with/model: moderation needs model — add model: VENDOR/MODEL, as GET /v1/models lists them",
            "line 6, /criteria/safe/on_error: on_error is \"pass\" — use review or fail: what nobody answered never passes",
            "line 7, /verdict: verdict is 3 — use a rule in CEL of at most 500 characters, such as \"failed.size() > 0 ? 'fail' : (score >= 0.8 && unanswered.size() == 0 ? 'pass' : 'review')\"",
            "line 8, /review/approvals: approvals is 0 — use a whole number from 1 to 10",
        ],
    );
}

#[test]
fn a_criterion_is_told_what_its_evaluator_takes() {
    let at = "line 3, /criteria";
    for (criterion, expected) in [
        (
            "a: { evaluator: technical, with: { sharpnes_min: 3 } }",
            format!(
                "{at}/a/with/sharpnes_min: technical has no parameter sharpnes_min — did you mean sharpness_min?"
            ),
        ),
        (
            "a: { evaluator: technical, with: { sharpness_min: soft } }",
            format!(
                "{at}/a/with/sharpness_min: sharpness_min is \"soft\" — use a number from 0 to 1000000"
            ),
        ),
        (
            "a: { evaluator: technical, pass_at: 0.5 }",
            format!("{at}/a/pass_at: technical says pass or fail itself — take pass_at out"),
        ),
        (
            "a: { evaluator: copies, with: { against: [enemies] } }",
            format!(
                "{at}/a/with/against/0: an entry of against is \"enemies\" — use rejected, published or protected"
            ),
        ),
        (
            "a: { evaluator: copies, with: { distance: 9, near: 4 } }",
            format!("{at}/a/with/near: near is 4 and distance 9 — make it at least distance"),
        ),
        (
            "a: { evaluator: judge, with: { model: gpt, rubric: nice } }",
            format!(
                "{at}/a/with/model: model is \"gpt\" — name vendor and model, such as chat/gpt-5-mini"
            ),
        ),
        (
            "a: { evaluator: endpoint, with: { model: house/x }, pass_at: 0.2, fail_at: 0.6 }",
            format!(
                "{at}/a/fail_at: a fails below 0.6 and passes from 0.2 on — make it at most pass_at"
            ),
        ),
        (
            "a: technical",
            format!(
                "{at}/a: criterion a is \"technical\" — make it a mapping, such as {{ evaluator: technical }}"
            ),
        ),
    ] {
        let problems = Policy::parse(&with(criterion, "")).expect_err(criterion);
        let told: Vec<String> = problems.iter().map(Problem::to_string).collect();
        let told: Vec<String> = told.into_iter().map(|one| one.replace("\n", " ")).collect();
        let plain = |text: &str| {
            // Columns are the reader's business, not this test's.
            text.to_owned()
        };
        assert_eq!(
            told.iter().map(|one| plain(one)).collect::<Vec<_>>(),
            [expected],
            "{criterion}"
        );
    }
}

#[test]
fn a_review_says_who_decides_and_until_when() {
    let read = |review: &str| {
        Policy::parse(&with("a: { evaluator: technical }", &format!("review: {review}")))
    };
    let rules = read("{ approvals: 2, groups: [brand], escalate: { after_s: 60, groups: [leads] }, on_expiry: expire }").unwrap().review;
    assert_eq!((rules.approvals, rules.expires_s, rules.self_approval), (2, 7 * 86_400, false));
    assert!(rules.escalate.unwrap().groups.contains("leads"));
    for (review, pointer) in [
        ("{ groups: [A] }", "/review/groups/0"),
        ("{ expires_s: 5 }", "/review/expires_s"),
        ("{ on_expiry: approve }", "/review/on_expiry"),
        ("{ self_approval: maybe }", "/review/self_approval"),
        ("{ escalate: { groups: [x] } }", "/review/escalate/after_s"),
        ("{ expires_s: 600, escalate: { after_s: 600, groups: [x] } }", "/review/escalate/after_s"),
        ("{ owner: me }", "/review/owner"),
    ] {
        let problems = read(review).expect_err(review);
        assert_eq!(problems[0].pointer, pointer, "{review}: {problems:?}");
    }
}

#[test]
fn a_policy_that_is_too_long_for_every_plan_is_refused() {
    let rubric = "r".repeat(6_000);
    let one =
        |n: u32| format!("j{n}: {{ evaluator: judge, with: {{ model: a/b, rubric: {rubric} }} }}");
    let many: Vec<String> = (0..5).map(one).collect();
    let problems = Policy::parse(&with(&many.join(", "), "")).unwrap_err();
    assert!(problems[0].detail.starts_with("the policy has 3"), "{problems:?}");
}

#[test]
fn a_reference_is_a_name_with_or_without_a_version() {
    assert_eq!(VersionRef::parse("brand@2").unwrap().to_string(), "brand@2");
    assert_eq!(VersionRef::parse("brand").unwrap().version, None);
    for text in ["", "Brand", "brand@0", "brand@x", "a#b"] {
        assert_eq!(VersionRef::parse(text), None, "{text}");
    }
}

#[test]
fn the_committed_schema_is_what_the_tables_say() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/pipelines/gates/");
    let path = format!("{folder}policy.schema.json");
    let made = format!("{:#}\n", policy_schema());
    if std::fs::read_to_string(&path).unwrap_or_default() != made {
        std::fs::write(&path, &made).unwrap();
        panic!("policy.schema.json was old; look at the difference and commit it");
    }
    assert!(BRAND.starts_with("# yaml-language-server: $schema=policy.schema.json\n"));
    let sample: Value = value(BRAND).unwrap();
    assert_eq!(sample["name"], json!("brand"));
}
