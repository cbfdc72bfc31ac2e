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
        "factor: 2 }, when: 'inputs.promt == 1'",
        &["line 9, /steps/large/when: there is no input promt — did you mean prompt?"],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, when: 'inptus.prompt == 1'",
        &[
            "line 9, /steps/large/when: the condition names inptus, which is no step — did you mean inputs?",
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, when: 'lage.state == 1'",
        &[
            "line 9, /steps/large/when: the condition names lage, which is no step — did you mean large?",
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, when: 'good.verdct == 1'",
        &[
            "line 9, /steps/large/when: good (gate.quality) has no verdct to look at — did you mean verdict?",
            "line 9, /steps/large/when: steps wait for each other: large → good → large — take out one of the references or after entries that close this circle",
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, when: 'large.verdict == 1'",
        &[
            "line 9, /steps/large/when: large (image.upscale) has no verdict to look at — use state or outputs",
            "line 9, /steps/large/when: large waits for itself: large → large — name another step here",
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, when: 'cutout.outputs.img == 1'",
        &[
            "line 9, /steps/large/when: cutout (image.remove_background) has no port img — use image",
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, when: 'prompt == 1'",
        &["line 9, /steps/large/when: there is no step prompt — did you mean inputs.prompt?"],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, when: 'inputs.prompt'",
        &[
            "line 9, /steps/large/when: the condition is a text — compare it: the condition must be true or false",
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, when: '1 + 2'",
        &[
            "line 9, /steps/large/when: the condition is a number or a text — compare it: the condition must be true or false",
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, when: '(true'",
        &[
            r#"line 9, /steps/large/when: the condition cannot be read at column 6: expected ')' — write a condition in CEL, such as "good.verdict == 'pass'""#,
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, when: '[1, 2]'",
        &[
            "line 9, /steps/large/when: the condition is a list — compare it: the condition must be true or false",
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, when: '[1].all(a, [2].all(b, a == b))'",
        &[
            "line 9, /steps/large/when: the condition has a loop within a loop — take one of all, exists, filter and map out of the other",
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, when: 'publish.state == 1'",
        &[
            "line 9, /steps/large/when: steps wait for each other: large → publish → ladder → large — take out one of the references or after entries that close this circle",
        ],
    ),
    (
        "factor: 2 }",
        "factor: 2 }, when: 'large.state == 1'",
        &[
            "line 9, /steps/large/when: large waits for itself: large → large — name another step here",
        ],
    ),
];
