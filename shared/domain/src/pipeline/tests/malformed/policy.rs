//! Under which condition a step is done, and what becomes of the job when it fails.

use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "factor: 2 }",
        "factor: 2 }, on_error: skipp",
        &[
            r#"line 9, /steps/large/on_error: on_error is "skipp" — did you mean skip?, or { use: STEP }"#,
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, on_error: use",
        &[r#"line 9, /steps/large/on_error: on_error is "use" — write { use: STEP }"#],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, on_error: 3",
        &["line 9, /steps/large/on_error: on_error is 3 — write fail, skip or { use: STEP }"],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, on_error: {}",
        &[
            "line 9, /steps/large/on_error: on_error names no step to use — write { use: STEP }, or skip",
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, on_error: { user: cutout }",
        &["line 9, /steps/large/on_error/user: on_error has no field user — did you mean use?"],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, on_error: { use: 3 }",
        &["line 9, /steps/large/on_error/use: on_error.use is 3 — use the bare name of a step"],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, on_error: { use: cutuot }",
        &[
            "line 9, /steps/large/on_error/use: on_error uses cutuot, which is no step — did you mean cutout?",
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, on_error: { use: large }",
        &[
            "line 9, /steps/large/on_error/use: large waits for itself: large → large — name another step here",
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, on_error: { use: ladder }",
        &[
            "line 9, /steps/large/on_error/use: ladder (image.resize) cannot stand in for large: it gives no image — use generate or cutout",
            "line 9, /steps/large/on_error/use: steps wait for each other: large → ladder → large — take out one of the references or after entries that close this circle",
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, on_error: { use: large }",
        &[
            "line 7, /steps/generate/on_error/use: steps wait for each other: generate → large → cutout → generate — take out one of the references or after entries that close this circle",
        ],
    ),
    (
        "min_width: 1024 }",
        "min_width: 1024 }, on_error: { use: safe }",
        &[
            "line 12, /steps/good/on_error/use: good is a gate: no other verdict can stand in for its own — write skip, or fail",
        ],
    ),
    (
        "after: [safe, good]",
        "after: [safe, good], on_error: { use: ladder }",
        &[
            "line 13, /steps/publish/on_error/use: publish gives nothing that another step could give instead — write skip, or fail",
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, when: 3",
        &[
            r#"line 9, /steps/large/when: when is 3 — use a condition in CEL of at most 500 characters, such as "inputs.tall > 2""#,
        ],
    ),
    (
        "factor: 2 }",
        r#"factor: 2 }, when: """#,
        &[
            r#"line 9, /steps/large/when: when is "" — use a condition in CEL of at most 500 characters, such as "inputs.tall > 2""#,
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, when: inputs.prompt != 'fox'",
        &["line 9, /steps/large/when: conditions are not decided yet — take when out"],
    ),
];
