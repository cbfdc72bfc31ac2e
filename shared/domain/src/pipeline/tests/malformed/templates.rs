//! Templates: ill-formed, of things that are not there, where no text is taken.

use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        r#"prompt: "{{ inputs.prompt }}", seed"#,
        r#"prompt: "A fox: {{ inputs.pormpt }}", seed"#,
        &[
            "line 7, /steps/generate/with/prompt: there is no input pormpt — did you mean {{ inputs.prompt }}?",
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", seed"#,
        r#"prompt: "A fox: {{ inputs.prompt", seed"#,
        &[
            "line 7, /steps/generate/with/prompt: this is no template: unexpected end of input, expected end of variable block — check the braces and what stands between them",
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", seed"#,
        r#"prompt: "A fox: {% if inputs.prompt %}\n{% endfor %}", seed"#,
        &[
            "line 7, /steps/generate/with/prompt: in line 2 of the template, this is no template: unknown statement endfor — check the braces and what stands between them",
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", seed"#,
        r#"prompt: "{% set a = inputs.prompt %}{{ a }}", seed"#,
        &[
            "line 7, /steps/generate/with/prompt: templates have no {% set %} — use {{ … }}, {% if … %} and {% for … in … %}",
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", seed"#,
        r#"prompt: "A fox: {{ inputs.prompt | uper }}", seed"#,
        &["line 7, /steps/generate/with/prompt: there is no filter uper — did you mean upper?"],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", seed"#,
        r#"prompt: "A fox: {{ prompt }}", seed"#,
        &[
            "line 7, /steps/generate/with/prompt: the template names prompt, which is nothing — did you mean inputs.prompt?",
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", seed"#,
        r#"prompt: "A fox: {{ inputs }}", seed"#,
        &[
            "line 7, /steps/generate/with/prompt: the template names inputs, which is nothing — name the input: inputs.NAME",
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", seed"#,
        r#"prompt: "A fox: {{ locale }}", seed"#,
        &[
            "line 7, /steps/generate/with/prompt: the template names locale, which is nothing — use inputs.NAME, labels.NAME or the text of a step, STEP.text",
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", images"#,
        r#"prompt: "A fox: {{ generat }}", images"#,
        &[
            "line 11, /steps/safe/with/prompt: the template names generat, which is nothing — did you mean generate.image?",
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", images"#,
        r#"prompt: "A fox: {{ generate.text }}", images"#,
        &[
            "line 11, /steps/safe/with/prompt: generate (image.generate) has no port text — use image",
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", images"#,
        r#"prompt: "A fox: {{ caption.text }}", images"#,
        &[
            "line 11, /steps/safe/with/prompt: there is no step caption — use {{ inputs.prompt }}, for one",
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", images"#,
        r#"prompt: "A fox: {{ generate.image }}", images"#,
        &[
            "line 11, /steps/safe/with/prompt: the template writes generate.image, which is image — name a text, a number or a part of a json input",
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", images"#,
        r#"prompt: "A fox: {{ inputs.photo }}", images"#,
        &[
            "line 11, /steps/safe/with/prompt: the template writes inputs.photo, which is image — name a text, a number or a part of a json input",
        ],
    ),
    (
        r#"prompt: "{{ inputs.prompt }}", images"#,
        r#"terms: ["no {{ inputs.word }}"], images"#,
        &[
            "line 11, /steps/safe/with/terms/0: there is no input word — declare word under inputs, with its type",
        ],
    ),
    (
        "seed: 7",
        r#"seed: "{{ inputs.prompt }}7""#,
        &[
            r#"line 7, /steps/generate/with/seed: a template gives text, and none is taken here: "{{ inputs.prompt }}7" — use the whole value, "{{ STEP.PORT }}" or "{{ inputs.NAME }}", and nothing around it"#,
        ],
    ),
    (
        r#"image: "{{ cutout.image }}""#,
        r#"image: "{{ cutout.image }}.png""#,
        &[
            r#"line 9, /steps/large/with/image: a template gives text, and none is taken here: "{{ cutout.image }}.png" — use the whole value, "{{ STEP.PORT }}" or "{{ inputs.NAME }}", and nothing around it"#,
        ],
    ),
    (
        "prefix: heroes",
        r#"prefix: "heroes/{{ inputs.prompt }}""#,
        &[
            r#"line 13, /steps/publish/with/target/prefix: a template gives text, and none is taken here: "heroes/{{ inputs.prompt }}" — use the whole value, "{{ STEP.PORT }}" or "{{ inputs.NAME }}", and nothing around it"#,
        ],
    ),
];
