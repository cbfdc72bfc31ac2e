//! What must hold between steps: circles, unused work, money, ways back.

use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        r#"image: "{{ generate.image }}""#,
        r#"image: "{{ large.image }}""#,
        &[
            "line 7, /steps/generate: generate is paid for nothing: nobody uses its image — gate or publish {{ generate.image }}, use it in another step, or take generate out",
            "line 8, /steps/cutout/with/image: steps wait for each other: cutout → large → cutout — take out one of the references or after entries that close this circle",
        ],
    ),
    (
        r#"image: "{{ generate.image }}""#,
        r#"image: "{{ cutout.image }}""#,
        &[
            "line 7, /steps/generate: generate is paid for nothing: nobody uses its image — gate or publish {{ generate.image }}, use it in another step, or take generate out",
            "line 8, /steps/cutout/with/image: cutout waits for itself: cutout → cutout — name another step here",
        ],
    ),
    (
        "lane: gpu,",
        "lane: gpu, after: [publish],",
        &[
            "line 7, /steps/generate/after: steps wait for each other: generate → publish → ladder → large → cutout → generate — take out one of the references or after entries that close this circle",
        ],
    ),
    (
        "  ladder: {",
        "  spare: { kind: image.generate, with: { prompt: a fox } }\n  ladder: {",
        &[
            "line 10, /steps/spare: spare is paid for nothing: nobody uses its image — gate or publish {{ spare.image }}, use it in another step, or take spare out",
        ],
    ),
    (
        "  ladder: {",
        "  tiny: { kind: image.resize, with: { image: \"{{ large.image }}\", width: 16 } }\n  ladder: {",
        &[
            "line 10, /steps/tiny: tiny works for nothing: nobody uses its images — gate or publish {{ tiny.images }}, use it in another step, or take tiny out",
        ],
    ),
    (
        "  photo: {",
        "  style: { type: text }\n  photo: {",
        &[
            r#"line 4, /inputs/style: no step uses the input style — use it as "{{ inputs.style }}", or take it out"#,
        ],
    ),
    (
        "budget_usd: 0.50",
        "budget_usd: 0.0003",
        &[
            "line 5, /budget_usd: $0.0003 cannot pay for one attempt of each lane step: at least $0.0004 (generate $0.0002, cutout $0.0001, large $0.0001) — use 0.0004 or more",
            "line 12, /steps/good/on_fail/budget_usd: repeating may cost $0.2, more than the whole run's $0.0003 — use at most 0.0003",
        ],
    ),
    (
        "budget_usd: 0.20",
        "budget_usd: 0.60",
        &[
            "line 12, /steps/good/on_fail/budget_usd: repeating may cost $0.6, more than the whole run's $0.5 — use at most 0.5",
        ],
    ),
    (
        "budget_usd: 0.20",
        "budget_usd: 0.0001",
        &[
            "line 12, /steps/good/on_fail/budget_usd: $0.0001 cannot pay for one way from generate back to good: at least $0.0004 — use at least 0.0004",
        ],
    ),
    (
        "retry: generate",
        "retry: genrate",
        &[
            "line 12, /steps/good/on_fail/retry: on_fail goes back to genrate, which is no step — did you mean generate?",
        ],
    ),
    (
        "retry: generate",
        "retry: ladder",
        &[
            "line 12, /steps/good/on_fail/retry: ladder is no lane step: another try would give the same — use generate, cutout or large",
        ],
    ),
    (
        "  ladder: {",
        "  other: { kind: image.generate, with: { prompt: a fox } }\n  also: { kind: gate.quality, with: { images: \"{{ other.image }}\" }, on_fail: { retry: generate, attempts: 1 } }\n  ladder: {",
        &[
            "line 11, /steps/also/on_fail/retry: generate does not lead to what also judges: another try would change nothing — use other",
        ],
    ),
    (
        r#"images: ["{{ large.image }}", "{{ inputs.photo }}"] }"#,
        r#"images: ["{{ large.image }}", "{{ inputs.photo }}"] }, on_fail: { attempts: 12 }"#,
        &[
            "line 11, /steps/safe/on_fail/retry: on_fail has no retry — add the step to go back to",
            "line 11, /steps/safe/on_fail/attempts: attempts is 12 — use a whole number from 1 to 10",
        ],
    ),
    (
        "retry: generate, attempts: 2",
        "retry: generate",
        &[
            "line 12, /steps/good/on_fail/attempts: on_fail has no attempts — add how often, such as attempts: 2",
        ],
    ),
    (
        "retry: generate, attempts: 2",
        "retry: 3, attempts: 2",
        &[
            "line 12, /steps/good/on_fail/retry: on_fail.retry is 3 — use the bare name of a lane step",
        ],
    ),
    (
        "{ retry: generate, attempts: 2, budget_usd: 0.20 }",
        "generate",
        &[
            r#"line 12, /steps/good/on_fail: on_fail is "generate" — make it a mapping, such as { retry: generate, attempts: 2, budget_usd: 0.20 }"#,
        ],
    ),
    (
        "budget_usd: 0.20",
        "budget_usd: lots",
        &[
            r#"line 12, /steps/good/on_fail/budget_usd: on_fail.budget_usd is "lots" — use a number of dollars from 0 to 10000, such as 0.50"#,
        ],
    ),
    (
        "budget_usd: 0.20 }",
        "budget_usd: 0.20, then: ask, reason: why, model: 'a model' }",
        &[
            r#"line 12, /steps/good/on_fail/then: then is "ask" — use fail or review"#,
            r#"line 12, /steps/good/on_fail/reason: on_fail.reason is "why" — use true or false"#,
            r#"line 12, /steps/good/on_fail/model: on_fail.model is "a model" — use VENDOR/MODEL, or the bare name of a model on your own hosts"#,
        ],
    ),
    (
        "retry: generate, attempts: 2",
        "retry: cutout, reason: true, attempts: 2",
        &[
            "line 12, /steps/good/on_fail/reason: cutout has no prompt that a reason could be added to — take reason out, or go back to a step with a prompt",
        ],
    ),
    (
        "  ladder: {",
        "  other: { kind: image.generate, with: { prompt: a fox }, after: [cutout] }\n  also: { kind: gate.quality, with: { images: \"{{ other.image }}\" }, on_fail: { retry: cutout, attempts: 1 } }\n  ladder: {",
        &[
            "line 11, /steps/also/on_fail/retry: cutout does not lead to what also judges: another try would change nothing — use other",
        ],
    ),
];
