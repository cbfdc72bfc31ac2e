//! Names, inputs and what a step says of itself.

use super::Case;

pub(super) const CASES: &[Case] = &[
    ("name: hero\n", "", &["line 1, /name: name is missing — add one, such as name: hero-image"]),
    (
        "name: hero",
        "name: Hero Image",
        &[
            r#"line 1, /name: the pipeline's name is "Hero Image" — use a lower-case letter, then at most 63 of a-z, 0-9 and -"#,
        ],
    ),
    (
        "budget_usd: 0.50\n",
        "",
        &[
            "line 1, /budget_usd: budget_usd is missing — add what one run may spend, such as budget_usd: 0.50",
        ],
    ),
    (
        "budget_usd: 0.50",
        "budget_usd: a lot",
        &[
            r#"line 5, /budget_usd: budget_usd is "a lot" — use a number of dollars from 0 to 10000, such as 0.50"#,
        ],
    ),
    (
        "budget_usd: 0.50",
        "budget_usd: -1",
        &[
            "line 5, /budget_usd: budget_usd is -1 — use a number of dollars from 0 to 10000, such as 0.50",
        ],
    ),
    (
        "budget_usd: 0.50",
        "budget_usd: 0.1234567",
        &[
            "line 5, /budget_usd: budget_usd is 0.1234567 — use at most 6 decimals: a millionth of a dollar is the smallest amount",
        ],
    ),
    (
        "budget_usd: 0.50",
        "budget: 0.50\nbudget_usd: 0.50",
        &[
            "line 5, /budget: a pipeline has no field budget — use name, description, labels, inputs, budget_usd or steps",
        ],
    ),
    (
        "name: hero",
        "name: hero\ndescription: [a, b]",
        &["line 2, /description: description is a list — use a text of at most 2000 characters"],
    ),
    (
        "{ type: image }",
        "image",
        &[r#"line 4, /inputs/photo: input photo is "image" — write photo: { type: image }"#],
    ),
    (
        "{ type: image }",
        "{ kind: image }",
        &[
            "line 4, /inputs/photo/type: input photo has no type — add type: text, image, video, audio, json or number",
            "line 4, /inputs/photo/kind: an input has no field kind — use type, description, default, max_length, min or max",
        ],
    ),
    (
        "{ type: image }",
        "{ type: string }",
        &[r#"line 4, /inputs/photo/type: the type is "string" — did you mean text?"#],
    ),
    (
        "{ type: image }",
        "{ type: imagge }",
        &[r#"line 4, /inputs/photo/type: the type is "imagge" — did you mean image?"#],
    ),
    (
        "{ type: image }",
        "{ type: image, default: cat.png }",
        &[
            "line 4, /inputs/photo/default: input photo is of type image and has a default — take the default out: media belongs to a job",
        ],
    ),
    (
        "{ type: image }",
        "{ type: image, max_length: 5 }",
        &[
            "line 4, /inputs/photo/max_length: max_length does not apply to an input of type image — take it out, or make the type text",
        ],
    ),
    (
        "max_length: 2000",
        "max_length: 0",
        &[
            "line 3, /inputs/prompt/max_length: max_length is 0 — use a whole number from 1 to 20000",
        ],
    ),
    (
        "max_length: 2000",
        "max_length: 3, default: a fox",
        &["line 3, /inputs/prompt/default: the default has 5 characters — shorten it to 3"],
    ),
    (
        "max_length: 2000",
        "max: 3",
        &[
            "line 3, /inputs/prompt/max: max does not apply to an input of type text — take it out, or make the type number",
        ],
    ),
    (
        "  photo: {",
        "  size: { type: number, min: 3, max: 2 }\n  photo: {",
        &[
            r#"line 4, /inputs/size: no step uses the input size — use it as "{{ inputs.size }}", or take it out"#,
            "line 4, /inputs/size/min: min 3 is greater than max 2 — swap them, or leave one out",
        ],
    ),
    (
        "  photo: {",
        "  Größe: { type: number }\n  photo: {",
        &[
            r#"line 4, /inputs/Größe: the input's name is "Größe" — use a lower-case letter, then at most 39 of a-z, 0-9 and _"#,
        ],
    ),
    (
        "  cutout: {",
        "  cut-out: {",
        &[
            r#"line 8, /steps/cut-out: the step's name is "cut-out" — call it cut_out: a lower-case letter, then at most 39 of a-z, 0-9 and _"#,
            "line 9, /steps/large/with/image: there is no step cutout — did you mean cut-out?",
        ],
    ),
    (
        "  generate: {",
        "  inputs: {",
        &[
            "line 7, /steps/inputs: a step is called inputs — call it something else: {{ inputs.… }} means the pipeline's inputs",
            "line 8, /steps/cutout/with/image: there is no step generate — use {{ inputs.photo }}, for one",
        ],
    ),
    (
        "kind: image.upscale",
        "kind: upscale",
        &[r#"line 9, /steps/large/kind: there is no kind "upscale" — did you mean image.upscale?"#],
    ),
    (
        "kind: image.upscale",
        "kind: image.upscael",
        &[
            r#"line 9, /steps/large/kind: there is no kind "image.upscael" — did you mean image.upscale?"#,
        ],
    ),
    (
        "kind: image.upscale",
        "kind: video.invent",
        &[
            r#"line 9, /steps/large/kind: there is no kind "video.invent" — use one of image.generate, image.edit, image.remove_background, image.upscale, video.generate, audio.generate, audio.speak, audio.separate, text.generate, content.moderate, content.score, image.resize, image.convert, image.crop, image.composite, image.grade, image.print, text.template, gate.moderation, gate.quality, gate.policy, publish"#,
        ],
    ),
    (
        "kind: image.upscale, with",
        "with",
        &[
            "line 9, /steps/large/kind: step large has no kind — add kind: one of image.generate, image.edit, image.remove_background, image.upscale, video.generate, audio.generate, audio.speak, audio.separate, text.generate, content.moderate, content.score, image.resize, image.convert, image.crop, image.composite, image.grade, image.print, text.template, gate.moderation, gate.quality, gate.policy, publish",
        ],
    ),
    (
        "deadline_s: 300",
        "deadline_s: 0",
        &[
            "line 7, /steps/generate/deadline_s: deadline_s is 0 — use a whole number from 1 to 86400",
        ],
    ),
    (
        "deadline_s: 300",
        "deadline: 300",
        &[
            "line 7, /steps/generate/deadline: a step has no field deadline — did you mean deadline_s?",
        ],
    ),
    (
        "lane: gpu",
        "lane: GPU 1",
        &[
            r#"line 7, /steps/generate/lane: lane is "GPU 1" — use a lane's name: a lower-case letter, then a-z, 0-9 and -, such as gpu"#,
        ],
    ),
    (
        "{ attempts: 3 }",
        "{ attempts: 11 }",
        &[
            "line 7, /steps/generate/retry/attempts: attempts is 11 — use a whole number from 1 to 10",
        ],
    ),
    (
        "{ attempts: 3 }",
        "3",
        &["line 7, /steps/generate/retry: retry is 3 — make it a mapping, such as { attempts: 3 }"],
    ),
    (
        "{ attempts: 3 }",
        "{ times: 3 }",
        &[
            "line 7, /steps/generate/retry/attempts: retry does not say how often — add attempts, the first one included, such as attempts: 3",
            "line 7, /steps/generate/retry/times: retry has no field times — use attempts",
        ],
    ),
    (
        "formats: [jpeg, webp] }",
        "formats: [jpeg, webp] }, lane: gpu",
        &["line 10, /steps/ladder/lane: image.resize runs without a lane — take lane out"],
    ),
    (
        "formats: [jpeg, webp] }",
        "formats: [jpeg, webp] }, retry: { attempts: 2 }",
        &[
            "line 10, /steps/ladder/retry: image.resize makes no attempts that could be counted — take retry out: lane steps and publish have it",
        ],
    ),
    (
        "formats: [jpeg, webp] }",
        "formats: [jpeg, webp] }, on_fail: { retry: large, attempts: 2 }",
        &[
            "line 10, /steps/ladder/on_fail: image.resize gives no verdict, so on_fail means nothing here — move it to the gate; for lost attempts there is retry",
        ],
    ),
    (
        "after: [safe, good]",
        "after: safe",
        &[
            r#"line 13, /steps/publish/after: after is "safe" — make it a list of step names, such as [safe, good]"#,
        ],
    ),
    (
        "after: [safe, good]",
        "after: [safe, good, safe]",
        &["line 13, /steps/publish/after/2: after names safe twice — name it once"],
    ),
    (
        "after: [safe, good]",
        "after: [safe, good, 3]",
        &["line 13, /steps/publish/after/2: an entry of after is 3 — use the bare name of a step"],
    ),
];
