//! The best of several candidates: nobody who chooses, too many, or one who cannot.

use super::said;

const RIGHT: &str = r#"name: best
inputs: { prompt: { type: text } }
budget_usd: 0.50
steps:
  paint: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}" }, best_of: 4 }
  good: { kind: gate.quality, with: { images: "{{ paint.image }}" } }
  safe: { kind: gate.moderation, with: { images: "{{ paint.image }}", accept_unjudged: true } }
  large: { kind: image.upscale, with: { image: "{{ paint.image }}", factor: 2 } }
  last: { kind: gate.quality, with: { images: "{{ large.image }}" } }
  publish: { kind: publish, with: { assets: ["{{ paint.image }}", "{{ large.image }}"], target: { kind: s3 } }, after: [good, safe, last] }
"#;

#[track_caller]
fn says(find: &str, replace: &str, expected: &[&str]) {
    let text = RIGHT.replacen(find, replace, 1);
    assert_ne!(text, RIGHT);
    assert_eq!(said(&text), expected);
}

#[test]
fn one_gate_with_a_score_chooses() {
    assert_eq!(said(RIGHT), [""; 0]);
    says(
        r#"good: { kind: gate.quality, with: { images: "{{ paint.image }}" } }"#,
        r#"good: { kind: gate.quality, with: { images: "{{ large.image }}" } }"#,
        &[
            r#"line 5, /steps/paint/best_of: nothing says which candidate of paint is the best: no gate with a score looks at it — add a gate.quality or gate.policy with images: "{{ paint.image }}"; gate.moderation has no score"#,
        ],
    );
    says(
        r#"safe: { kind: gate.moderation, with: { images: "{{ paint.image }}", accept_unjudged: true } }"#,
        r#"safe: { kind: gate.quality, with: { images: "{{ paint.image }}" } }"#,
        &[
            "line 5, /steps/paint/best_of: good and safe would both choose among the candidates of paint — let one of them look at what is made of the best one",
        ],
    );
}

#[test]
fn a_gate_that_chooses_can_always_choose() {
    says(
        r#"good: { kind: gate.quality, with: { images: "{{ paint.image }}" } }"#,
        r#"good: { kind: gate.quality, with: { images: ["{{ paint.image }}", "{{ large.image }}"] } }"#,
        &[
            "line 6, /steps/good: good chooses among the candidates of paint, and waits for large, which is made of the best one — let good look at paint alone, and another gate at large",
        ],
    );
    says(
        r#"images: "{{ paint.image }}" } }"#,
        r#"images: "{{ paint.image }}" }, when: "inputs.prompt != ''" }"#,
        &[
            "line 6, /steps/good/when: good chooses among the candidates of paint, and is left out under a condition — take when out",
        ],
    );
    says(
        "best_of: 4 }",
        "best_of: 4, on_error: { use: spare } }\n  spare: { kind: image.generate, with: { prompt: a fox } }",
        &[
            "line 5, /steps/paint/on_error: spare cannot stand in for the best of several — use fail or skip",
        ],
    );
}

#[test]
fn only_what_varies_has_candidates_and_their_number_is_bounded() {
    says(
        "best_of: 4",
        "best_of: 9",
        &["line 5, /steps/paint/best_of: best_of is 9 — use a whole number from 2 to 8"],
    );
    says(
        "factor: 2 } }",
        "factor: 2 }, best_of: 2 }",
        &[
            "line 8, /steps/large/best_of: image.upscale gives nothing that one of several could be best of — move it to a step that makes something from a prompt",
        ],
    );
    says(
        "budget_usd: 0.50",
        "budget_usd: 0.0008",
        &[
            "line 3, /budget_usd: $0.0008 cannot pay for one attempt of each lane step: at least $0.0009 (paint $0.0008, large $0.0001) — use 0.0009 or more",
        ],
    );
}
