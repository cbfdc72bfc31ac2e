//! References: to nothing, to the wrong thing, in the wrong place.

use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "{{ cutout.image }}",
        "{{ cutuot.image }}",
        &["line 9, /steps/large/with/image: there is no step cutuot — did you mean cutout?"],
    ),
    (
        "{{ cutout.image }}",
        "{{ cutout.picture }}",
        &[
            "line 9, /steps/large/with/image: cutout (image.remove_background) has no port picture — use image",
        ],
    ),
    (
        "{{ cutout.image }}",
        "{{ cutout }}",
        &[
            "line 9, /steps/large/with/image: {{ cutout }} is not a reference — write {{ cutout.image }}",
        ],
    ),
    (
        "{{ cutout.image }}",
        "{{ steps.cutout.image }}",
        &[
            "line 9, /steps/large/with/image: {{ steps.cutout.image }} is not a reference — write {{ cutout.image }}",
        ],
    ),
    (
        "{{ cutout.image }}",
        "{{ cutout.image.url }}",
        &[
            "line 9, /steps/large/with/image: {{ cutout.image.url }} is not a reference — write {{ cutout.image }}: there is nothing to reach below a port",
        ],
    ),
    (
        "{{ cutout.image }}",
        "{{ Cutout.Image }}",
        &[
            "line 9, /steps/large/with/image: {{ Cutout.Image }} is not a reference — use small letters, digits and _ : {{ inputs.NAME }} or {{ STEP.PORT }}",
        ],
    ),
    (
        "{{ cutout.image }}",
        "{{ inputs.prompt }}",
        &[
            "line 9, /steps/large/with/image: image takes an image, but {{ inputs.prompt }} is text — use {{ cutout.image }}, for one",
        ],
    ),
    (
        "{{ cutout.image }}",
        "{{ safe.verdict }}",
        &[
            "line 9, /steps/large/with/image: image takes an image, but {{ safe.verdict }} is json — use {{ cutout.image }}, for one",
            "line 9, /steps/large/with/image: steps wait for each other: large → safe → large — take out one of the references or after entries that close this circle",
        ],
    ),
    (
        r#"image: "{{ cutout.image }}""#,
        r#"image: "{{ photo.image }}""#,
        &[
            "line 9, /steps/large/with/image: there is no step photo — did you mean the input, {{ inputs.photo }}?",
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", seed"#,
        r#"prompt: "{{ inputs.promt }}", seed"#,
        &[
            "line 7, /steps/generate/with/prompt: there is no input promt — did you mean {{ inputs.prompt }}?",
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", seed"#,
        r#"prompt: "{{ prompt }}", seed"#,
        &[
            "line 7, /steps/generate/with/prompt: {{ prompt }} is not a reference — write {{ inputs.prompt }}",
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", seed"#,
        r#"prompt: "{{ inputs.text }}", seed"#,
        &[
            "line 7, /steps/generate/with/prompt: there is no input text — declare text under inputs, with its type",
        ],
    ),
    (
        "seed: 7",
        r#"seed: "{{ inputs.prompt }}""#,
        &[
            "line 7, /steps/generate/with/seed: seed takes a whole number from 0 to 4294967295, but {{ inputs.prompt }} is text — write it out, or declare an input of type number for it",
        ],
    ),
    (
        r#"images: "{{ large.image }}""#,
        "images: []",
        &[
            r#"line 12, /steps/good/with/images: images is an empty list — add "{{ ladder.images }}""#,
        ],
    ),
    (
        r#"images: "{{ large.image }}""#,
        r#"images: ["{{ large.image }}", cat.png]"#,
        &[
            r#"line 12, /steps/good/with/images/1: images is "cat.png", but only a reference can go here — write "{{ ladder.images }}""#,
        ],
    ),
    (
        r#"image: "{{ large.image }}", widths"#,
        r#"image: "{{ ladder.images }}", widths"#,
        &[
            "line 10, /steps/ladder/with/image: image takes an image, but {{ ladder.images }} is image[] — use {{ large.image }}, for one",
            "line 10, /steps/ladder/with/image: ladder waits for itself: ladder → ladder — name another step here",
        ],
    ),
    (
        "prefix: heroes",
        r#"prefix: "{{ inputs.prompt }}""#,
        &[
            "line 13, /steps/publish/with/target/prefix: {{ inputs.prompt }} stands inside a list or mapping — write the value out: only whole parameters and lists of images or texts take references",
        ],
    ),
    (
        "target: { kind: s3, prefix: heroes }",
        r#"target: "{{ inputs.prompt }}""#,
        &[
            "line 13, /steps/publish/with/target: the target is taken from {{ inputs.prompt }} — write the target out: where assets go is part of what is reviewed",
        ],
    ),
    (
        "after: [safe, good]",
        "after: [safe, godo]",
        &[
            "line 13, /steps/publish/after/1: after names godo, which is no step — did you mean good?",
        ],
    ),
];
