//! Which models may do a step, and how one of them is chosen.

use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "seed: 7 }",
        "seed: 7 }, models: aster/sketch",
        &[
            r#"line 7, /steps/generate/models: models is "aster/sketch" — make it a list of models, such as [openai/gpt-image-1-mini, sketch-1]"#,
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, models: [aster/sketch, aster/sketch]",
        &["line 7, /steps/generate/models/1: models names aster/sketch twice — name it once"],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, models: [\"{{ inputs.prompt }}\"]",
        &[
            r#"line 7, /steps/generate/models/0: an entry of models is "{{ inputs.prompt }}" — use VENDOR/MODEL, or the bare name of a model on your own hosts"#,
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, models: [aster/]",
        &[
            r#"line 7, /steps/generate/models/0: an entry of models is "aster/" — use VENDOR/MODEL, or the bare name of a model on your own hosts"#,
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7, model: aster/sketch }, models: [brio/vivid-2]",
        &[
            "line 7, /steps/generate/with/model: model and models are both given — write the model into models, or take one of them out",
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7, model: aster/sketch }, class: { seeded: true }",
        &[
            "line 7, /steps/generate/with/model: model and class are both given — write the model into models, or take one of them out",
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, models: [aster/sketch], choose: cheepest",
        &[r#"line 7, /steps/generate/choose: choose is "cheepest" — did you mean cheapest?"#],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, choose: soonest",
        &[
            "line 7, /steps/generate/choose: there is only one model to choose — add models or class, or take choose out",
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, effort: high",
        &[r#"line 7, /steps/generate/effort: effort is "high" — use draft, standard or final"#],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, class: good",
        &[
            r#"line 7, /steps/generate/class: class is "good" — make it a mapping, such as { min_megapixels: 1, transparent: true }"#,
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, class: {}",
        &[
            "line 7, /steps/generate/class: class is empty — say what a model must be able to do, such as { min_megapixels: 1, transparent: true }",
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, class: { transparant: true }",
        &[
            "line 7, /steps/generate/class/transparant: a class has no field transparant — did you mean transparent?",
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, class: { transparent: 1 }",
        &["line 7, /steps/generate/class/transparent: class.transparent is 1 — use true or false"],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, class: { min_megapixels: 0 }",
        &[
            "line 7, /steps/generate/class/min_megapixels: class.min_megapixels is 0 — use a number from 0.01 to 100",
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, class: { min_megapixels: 5 }",
        &[
            "line 7, /steps/generate/class/min_megapixels: class asks for 5 megapixels, more than image.generate makes — ask for 4.194304 at most",
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7, width: 512, height: 512 }, class: { min_megapixels: 1 }",
        &[
            "line 7, /steps/generate/class/min_megapixels: width and height are 0.262144 megapixels, and class asks for 1 — make them larger, or leave them out: then they are as class asks",
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, class: { format: bmp }",
        &[
            r#"line 7, /steps/generate/class/format: class.format is "bmp" — use png, jpeg, webp, avif, mp4, webm, mpeg, wav, flac, ogg, json or plain"#,
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, on_unknown: resubmit",
        &[
            "line 7, /steps/generate/on_unknown: on_unknown asks again though both attempts may have to be paid, and does not say why — write { resubmit: { because: WHY } }",
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, on_unknown: { resubmit: {} }",
        &[
            "line 7, /steps/generate/on_unknown/resubmit: on_unknown.resubmit does not say why both may be paid — write { resubmit: { because: WHY } }: at most 500 characters, kept with the attempt",
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, on_unknown: { resubmitt: { because: it is cheap } }",
        &[
            "line 7, /steps/generate/on_unknown/resubmitt: on_unknown has no field resubmitt — did you mean resubmit?",
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, cache: onn",
        &[r#"line 7, /steps/generate/cache: cache is "onn" — did you mean on?"#],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, cache: 6",
        &["line 7, /steps/generate/cache: cache is 6 — write on, off, near or { near: 6 }"],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, cache: {}",
        &["line 7, /steps/generate/cache: cache is empty — write { near: 6 }"],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, cache: { nearr: 6 }",
        &["line 7, /steps/generate/cache/nearr: cache has no field nearr — did you mean near?"],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, cache: { near: 40 }",
        &[
            "line 7, /steps/generate/cache/near: cache.near is 40 — use a whole number of bits from 0 to 10",
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, cache: near",
        &[
            "line 7, /steps/generate/cache: image.generate takes no picture that could be near another one — write on, or take cache out",
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, on_unknown: waits",
        &[
            r#"line 7, /steps/generate/on_unknown: on_unknown is "waits" — did you mean wait?, or { resubmit: { because: WHY } }"#,
        ],
    ),
    (
        "seed: 7 }",
        "seed: 7 }, on_unknown: 3",
        &[
            "line 7, /steps/generate/on_unknown: on_unknown is 3 — write wait, fail or { resubmit: { because: WHY } }",
        ],
    ),
    (
        "formats: [jpeg, webp] }",
        "formats: [jpeg, webp] }, models: [aster/sketch]",
        &[
            "line 10, /steps/ladder/models: image.resize asks no model, so models means nothing here — take models out",
        ],
    ),
    (
        "kind: image.remove_background, with: { image: \"{{ generate.image }}\" }",
        "kind: image.edit, with: { image: \"{{ generate.image }}\", prompt: bluer }",
        &[
            "line 8, /steps/cutout/with/model: image.edit needs a model — add model: VENDOR/MODEL; or models, or class, to the step",
        ],
    ),
    (
        "publish: {",
        "say: { kind: audio.speak, with: { text: hi }, class: { transparent: true } }\n  publish: {",
        &[
            "line 13, /steps/say/class/transparent: audio.speak makes no picture — take transparent out",
        ],
    ),
    (
        "publish: {",
        "part: { kind: audio.separate, with: { audio: \"{{ inputs.photo }}\", model: aster/x } }\n  publish: {",
        &[
            "line 13, /steps/part/with/audio: audio takes a sound, but {{ inputs.photo }} is image — write it out, or declare an input of type audio for it",
        ],
    ),
];
