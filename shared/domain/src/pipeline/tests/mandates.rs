//! Mandates as operators write them: read, told what is wrong, written again.

use crate::pipeline::{Kind, Mandate, OnError, Problem};
use serde_json::json;

const STRICT: &str = r#"gates:
  safe: { kind: gate.moderation, with: { accept_unjudged: true, terms: [gore] } }
  good: { kind: gate.quality, with: { uniform_max: 0.95 }, on_error: skip }
"#;

/// What a single field can tell.
pub(super) const WRONG_SHAPES: [&str; 9] = [
    "gates: {}",
    "more: 1\ngates: { good: { kind: gate.quality } }",
    "gates: { good: { kind: image.upscale, with: { factor: 2 } } }",
    "gates: { tenant-good: { kind: gate.quality } }",
    "gates: { good: { kind: gate.quality, with: { min_widht: 9 } } }",
    "gates: { good: { kind: gate.quality, with: { min_width: 0 } } }",
    "gates: { good: { kind: gate.quality, with: { images: [] } } }",
    "gates: { safe: { kind: gate.moderation, with: { prompt: a fox } } }",
    "gates: { safe: { kind: gate.moderation, when: \"false\" } }",
];

fn said(text: &str) -> Vec<String> {
    Mandate::parse(text).err().unwrap_or_default().iter().map(Problem::to_string).collect()
}

#[test]
fn gates_are_read_as_pipelines_have_them_without_what_they_judge() {
    let mandate = Mandate::parse(STRICT).unwrap();
    let [good, safe] = mandate.gates.as_slice() else { panic!("{mandate:?}") };
    assert_eq!(
        (good.name.as_str(), good.kind, &good.on_error),
        ("good", Kind::Quality, &OnError::Skip)
    );
    assert_eq!(
        (safe.name.as_str(), safe.kind, &safe.on_error),
        ("safe", Kind::Moderation, &OnError::Fail)
    );
    assert_eq!(json!(safe.with), json!({ "accept_unjudged": true, "terms": ["gore"] }));
    assert_eq!(json!(good.with), json!({ "uniform_max": 0.95 }));
    let force = mandate.in_force().unwrap();
    assert_eq!(force.gates, ["good", "safe"]);
    assert_eq!((force.digest.len(), &force.digest), (16, &mandate.digest));
}

#[test]
fn the_same_gates_are_the_same_mandate_however_they_are_written_and_stored() {
    let mandate = Mandate::parse(STRICT).unwrap();
    assert_eq!(Mandate::parse(&mandate.document().to_string()).unwrap(), mandate);
    let stored = json!(mandate);
    assert_eq!(serde_json::from_value::<Mandate>(stored).unwrap(), mandate);
    let other = Mandate::parse(&STRICT.replace("0.95", "0.9")).unwrap();
    assert_ne!(other.digest, mandate.digest);
}

#[test]
fn a_tenants_record_of_before_asks_for_nothing() {
    let record = json!({ "tenant": "acme", "tier": "standard", "created_at": 1 });
    let record: crate::tenant::TenantRecord = serde_json::from_value(record).unwrap();
    assert_eq!(record.mandate, Mandate::default());
    assert_eq!(record.mandate.in_force(), None);
    assert!(json!(record).get("mandate").is_none());
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_its_mend() {
    for (text, expected) in [
        ("gates: {}", "line 1, /gates: there are 0 gates — name 1 to 10; `--none` asks for none"),
        (
            "gates:\n  good: { kind: gate.quality }\ngate: {}",
            "line 3, /gate: the document has no field gate — did you mean gates?",
        ),
        (
            "gates:\n  safe: { kind: gate.moderatoin }",
            "line 2, /gates/safe/kind: there is no kind \"gate.moderatoin\" — did you mean gate.moderation?",
        ),
        (
            "gates:\n  big: { kind: image.upscale, with: { factor: 2 } }",
            "line 2, /gates/big/kind: image.upscale gives no verdict — use gate.moderation or gate.quality or gate.policy",
        ),
        (
            "gates:\n  Safe!: { kind: gate.moderation }",
            "line 2, /gates/Safe!: the gate's name is \"Safe!\" — call it safe_: a lower-case letter, then at most 39 of a-z, 0-9 and _",
        ),
        (
            "gates:\n  tenant-safe: { kind: gate.moderation }",
            "line 2, /gates/tenant-safe: the gate's name is \"tenant-safe\" — leave tenant- out: its steps get that name by themselves",
        ),
        (
            "gates:\n  safe: { kind: gate.moderation, with: { prompt: a fox } }",
            "line 2, /gates/safe/with/prompt: prompt is not for a tenant's gate to say — take it out: it judges all words that went into what is published",
        ),
        (
            "gates:\n  good: { kind: gate.quality, with: { images: \"{{ large.image }}\" } }",
            "line 2, /gates/good/with/images: images is not for a tenant's gate to say — take it out: it judges what is published",
        ),
        (
            "gates:\n  good: { kind: gate.quality, with: { min_width: \"{{ inputs.width }}\" } }",
            "line 2, /gates/good/with/min_width: min_width has \"{{ inputs.width }}\", and pipelines differ in what they have — write the value out",
        ),
        (
            "gates:\n  good: { kind: gate.quality, with: { min_widht: 9 } }",
            "line 2, /gates/good/with/min_widht: gate.quality has no parameter min_widht — did you mean min_width?",
        ),
        (
            "gates:\n  good: { kind: gate.quality, with: { min_width: 0 } }",
            "line 2, /gates/good/with/min_width: min_width is 0 — use a whole number from 1 to 16384",
        ),
        (
            "gates:\n  good: { kind: gate.quality, with: { min_width: 9, max_width: 8 } }",
            "line 2, /gates/good/with/min_width: min_width 9 is greater than max_width 8: nothing can pass — swap them, or leave one out",
        ),
        (
            "gates:\n  good: { kind: gate.quality, when: \"false\" }",
            "line 2, /gates/good/when: a tenant's gate has no when — take it out: it judges whenever something is published",
        ),
        (
            "gates:\n  good: { kind: gate.quality, on_fail: { retry: generate, attempts: 2 } }",
            "line 2, /gates/good/on_fail: a tenant's gate has no on_fail — take it out: it knows no step to go back to; a pipeline's own gates do",
        ),
        (
            "gates:\n  good: { kind: gate.quality, after: [safe] }",
            "line 2, /gates/good/after: a tenant's gate has no after — take it out: it comes before each publish by itself",
        ),
        (
            "gates:\n  good: { kind: gate.quality, foreach: { x: [a] } }",
            "line 2, /gates/good/foreach: a tenant's gate has no foreach — take it out: it judges all that a publish takes",
        ),
        (
            "gates:\n  good: { kind: gate.quality, retry: { attempts: 2 } }",
            "line 2, /gates/good/retry: gate.quality makes no attempts that could be counted — take retry out: lane steps and publish have it",
        ),
        (
            "[]",
            "line 1, the document: the document is an empty list — make it a mapping, such as gates: { safe: { kind: gate.moderation, with: { accept_unjudged: true } } }",
        ),
    ] {
        assert_eq!(said(text), [expected], "{text}");
    }
}

#[test]
fn nothing_stands_in_for_a_gate() {
    let [problem] = &said("gates:\n  good: { kind: gate.quality, on_error: { use: safe } }")[..]
    else {
        panic!("one problem")
    };
    assert!(problem.starts_with("line 2, /gates/good/on_error"), "{problem}");
}

#[test]
fn a_mandate_is_small_and_says_where_long_lists_go() {
    let terms: Vec<String> = (0..400).map(|n| format!("{n} {}", "x".repeat(90))).collect();
    let document =
        json!({ "gates": { "safe": { "kind": "gate.moderation", "with": { "terms": terms } } } });
    let [problem] = &said(&document.to_string())[..] else { panic!("one problem") };
    assert!(problem.contains("/gates: the gates have 3"), "{problem}");
    assert!(
        problem.ends_with("long lists of terms go to `galley admin moderation put`"),
        "{problem}"
    );
}
