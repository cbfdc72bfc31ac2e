//! Texts and values that YAML allows and a pipeline does not.

use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        ": [480, 960]",
        ": [480, 960",
        &[
            "line 10, /steps/ladder/with/widths: this is not valid YAML: while parsing a flow sequence, expected ',' or ']' — check the brackets and commas up to here",
        ],
    ),
    (
        "name: hero",
        "name: 'hero",
        &[
            "line 1, the document: this is not valid YAML: invalid indentation in quoted scalar — check the quotes from here on",
        ],
    ),
    (
        "  cutout: {",
        "\tcutout: {",
        &[
            "line 8, /steps: this is not valid YAML: tabs disallowed within this context (block indentation) — indent with spaces",
        ],
    ),
    (
        "budget_usd: 0.50",
        "budget_usd: 0.50\nbudget_usd: 0.60",
        &["line 6, /budget_usd: budget_usd is given twice, first on line 5 — keep one of the two"],
    ),
    (
        "factor: 2 }",
        "factor: 2, factor: 4 }",
        &[
            "line 9, /steps/large/with/factor: factor is given twice, first on line 9 — keep one of the two",
        ],
    ),
    (
        "factor: 2 }",
        "factor: !!int 2 }",
        &[
            "line 9, /steps/large/with/factor: tags (!name) are not supported — leave it out: types are known from the fields",
        ],
    ),
    (
        "{ type: image }",
        "&picture { type: image }",
        &["line 4, /inputs/photo: anchors (&name) are not supported — write the value out"],
    ),
    (
        "min_width: 1024",
        "min_width: .inf",
        &[
            "line 12, /steps/good/with/min_width: .inf is not a finite number — write a number, or quote it if it is text",
        ],
    ),
    (
        "seed: 7",
        "7: seed",
        &[
            "line 7, /steps/generate/with: the field name 7 is not a string — put it in quotes or take it out",
        ],
    ),
    (
        "seed: 7",
        "[a, b]: seed",
        &[
            "line 7, /steps/generate/with: a list or mapping is used as a field name — use a plain word",
        ],
    ),
    (
        "after: [safe, good] }",
        "after: [safe, good] }\n---\nname: second",
        &["line 14, the document: a second document starts here — send one pipeline per document"],
    ),
];
