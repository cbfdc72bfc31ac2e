//! Parameters: unknown, missing, of the wrong type, out of range, at odds with each other.

use super::Case;

pub(super) const CASES: &[Case] = &[
    ("factor: 2", "factor: 3", &["line 9, /steps/large/with/factor: factor is 3 — use 2 or 4"]),
    (
        "factor: 2",
        "fatcor: 2",
        &[
            "line 9, /steps/large/with/fatcor: image.upscale has no parameter fatcor — did you mean factor?",
        ],
    ),
    (
        ", factor: 2",
        "",
        &["line 9, /steps/large/with/factor: image.upscale needs factor — add factor: 2 or 4"],
    ),
    (
        "seed: 7",
        "seed: -7",
        &[
            "line 7, /steps/generate/with/seed: seed is -7 — use a whole number from 0 to 4294967295",
        ],
    ),
    (
        "seed: 7",
        "width: 5000",
        &["line 7, /steps/generate/with/width: width is 5000 — use a whole number from 64 to 2048"],
    ),
    (
        r#"good: { kind: gate.quality"#,
        r#"film: { kind: video.generate, with: { prompt: a fox, width: 641, seconds: 90, fps: 29 } }
  good: { kind: gate.quality"#,
        &[
            "line 12, /steps/film/with/width: width is 641 — use an even number from 64 to 1280",
            "line 12, /steps/film/with/seconds: seconds is 90 — use a whole number from 1 to 60",
            "line 12, /steps/film/with/fps: fps is 29 — use 12, 24, 25 or 30",
        ],
    ),
    (
        "seed: 7",
        "preview: sometimes",
        &[r#"line 7, /steps/generate/with/preview: preview is "sometimes" — use true or false"#],
    ),
    (
        "seed: 7",
        "model: 1",
        &[
            r#"line 7, /steps/generate/with/model: model is 1, which is no text — put it in quotes: "1""#,
        ],
    ),
    (
        "seed: 7",
        "model: ''",
        &["line 7, /steps/generate/with/model: model is an empty text — write something"],
    ),
    (
        "seed: 7",
        "test: slow",
        &[r#"line 7, /steps/generate/with/test: test is "slow" — use an object"#],
    ),
    (
        "seed: 7",
        "colour: red",
        &[
            "line 7, /steps/generate/with/colour: image.generate has no parameter colour — use prompt, model, width, height, negative_prompt, transparent, seed, preview or test",
        ],
    ),
    (
        r#"with: { image: "{{ generate.image }}" }"#,
        "with: {}",
        &[
            r#"line 8, /steps/cutout/with/image: image.remove_background needs image — add image: "{{ generate.image }}""#,
        ],
    ),
    (
        r#"with: { image: "{{ generate.image }}" }"#,
        "with: cat.png",
        &[
            r#"line 8, /steps/cutout/with: with is "cat.png" — make it a mapping, such as { image: "{{ generate.image }}" }"#,
            r#"line 8, /steps/cutout/with/image: image.remove_background needs image — add image: "{{ generate.image }}""#,
        ],
    ),
    (
        r#""{{ generate.image }}""#,
        "cat.png",
        &[
            r#"line 8, /steps/cutout/with/image: image is "cat.png", but only a reference can go here — write "{{ generate.image }}""#,
        ],
    ),
    (
        "[jpeg, webp]",
        "[jpg, webp]",
        &[
            r#"line 10, /steps/ladder/with/formats/0: an entry of formats is "jpg" — did you mean jpeg?"#,
        ],
    ),
    (
        "[jpeg, webp]",
        "jpeg",
        &[
            r#"line 10, /steps/ladder/with/formats: formats is "jpeg" — use a list of jpeg, webp, avif or png"#,
        ],
    ),
    (
        "[jpeg, webp]",
        "[jpeg, webp, jpeg]",
        &[r#"line 10, /steps/ladder/with/formats/2: formats names "jpeg" twice — name it once"#],
    ),
    (
        "[jpeg, webp]",
        "[]",
        &[
            "line 10, /steps/ladder/with/formats: formats is an empty list — use a list of jpeg, webp, avif or png",
        ],
    ),
    (
        "[480, 960]",
        "[480, 9.5]",
        &[
            "line 10, /steps/ladder/with/widths/1: an entry of widths is 9.5 — use a whole number from 1 to 16384",
        ],
    ),
    (
        "[480, 960]",
        "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]",
        &["line 10, /steps/ladder/with/widths: widths has 21 entries — keep to 20"],
    ),
    (
        "widths: [480, 960], ",
        "",
        &[
            "line 10, /steps/ladder/with: ladder says no size — add widths: [480, 960], or width or height for a single size",
        ],
    ),
    (
        "widths: [480, 960]",
        "widths: [480, 960], width: 3",
        &[
            "line 10, /steps/ladder/with/widths: widths stands beside width or height — keep widths for a ladder, or width and height for a single size",
        ],
    ),
    (
        "widths: [480, 960]",
        "width: 3, fit: cover",
        &[
            "line 10, /steps/ladder/with/fit: fit needs a box to fit into — add width and height, or take fit out",
        ],
    ),
    (
        "min_width: 1024",
        "min_width: 1024, max_width: 512",
        &[
            "line 12, /steps/good/with/min_width: min_width 1024 is greater than max_width 512: nothing can pass — swap them, or leave one out",
        ],
    ),
    (
        "min_width: 1024",
        "exposure_max: 300",
        &[
            "line 12, /steps/good/with/exposure_max: exposure_max is 300 — use a number from 0 to 255",
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", images: ["{{ large.image }}", "{{ inputs.photo }}"]"#,
        "accept_unjudged: true",
        &[
            "line 11, /steps/safe/with: safe judges nothing — add prompt or images, each a reference",
            r#"line 13, /steps/publish/with/assets/1: {{ inputs.photo }} would be published without a verdict — add a gate with images: "{{ inputs.photo }}" (or what it is resized or converted from) and name that gate under publish's after"#,
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", images"#,
        "terms: [xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx], images",
        &[
            "line 11, /steps/safe/with/terms/0: an entry of terms has 201 characters — shorten it to 200",
        ],
    ),
];
