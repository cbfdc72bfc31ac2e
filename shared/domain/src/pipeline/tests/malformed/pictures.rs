//! Crops, composites, grades and prints, each with one slip.

use super::{Case, said};

const RIGHT: &str = r##"name: card
inputs:
  photo: { type: image }
  title: { type: text }
  look: { type: json }
budget_usd: 0.50
steps:
  part: { kind: image.crop, with: { image: "{{ inputs.photo }}", aspect: "16:9", focus: { x: 0.5, y: 0.2 } } }
  toned: { kind: image.grade, with: { image: "{{ part.image }}", lut: "{{ inputs.look }}" } }
  card:
    kind: image.composite
    with: { width: 1200, height: 630, background: "#fff", layers: [{ gradient: { from: "#000", to: "#fff" } }, { image: "{{ toned.image }}", scale: 0.5, shadow: { blur: 9 } }, { text: "{{ inputs.title }}", size: 48, color: "#123456" }] }
  paper: { kind: image.print, with: { image: "{{ card.image }}", width_mm: 210, height_mm: 297, bleed_mm: 3 } }
  good: { kind: gate.quality, with: { images: "{{ paper.image }}", min_dpi: 150 } }
  publish: { kind: publish, with: { assets: "{{ paper.image }}", target: { kind: s3 } }, after: [good] }
"##;

const CASES: &[Case] = &[
    (
        r#"aspect: "16:9""#,
        "aspect: wide",
        &[r#"line 8, /steps/part/with/aspect: aspect is "wide" — use proportions such as "16:9""#],
    ),
    (
        r#"aspect: "16:9", "#,
        "",
        &[
            "line 8, /steps/part/with: part says no part — add aspect: \"16:9\", or width and height",
        ],
    ),
    (
        r#"aspect: "16:9""#,
        "width: 100",
        &["line 8, /steps/part/with: part has only one side — add the other, or use aspect"],
    ),
    (
        r#"aspect: "16:9""#,
        r#"aspect: "16:9", width: 100, height: 100"#,
        &[
            "line 8, /steps/part/with/aspect: aspect stands beside width or height — keep aspect for pixels as they are, or width and height for a size",
        ],
    ),
    (
        "focus: { x: 0.5, y: 0.2 }",
        "focus: { x: 1.5, right: 0.2 }",
        &[
            "line 8, /steps/part/with/focus/y: focus has no y — add y: a number from 0 to 1",
            "line 8, /steps/part/with/focus/x: focus.x is 1.5 — use a number from 0 to 1",
            "line 8, /steps/part/with/focus/right: focus has no field right — use x or y",
        ],
    ),
    (
        "bleed_mm: 3",
        "bleed_mm: 3, color: cmyk",
        &[
            "line 13, /steps/paper/with/format: paper would be a PNG, which holds no cmyk — add format: tiff",
        ],
    ),
    (
        "bleed_mm: 3",
        "bleed_mm: 3, format: tiff, black: pure",
        &[
            "line 13, /steps/paper/with/black: black is said of inks, and paper prints in srgb — add color: cmyk, or take it out",
        ],
    ),
    (
        "focus: { x: 0.5, y: 0.2 }",
        "focus: middle",
        &[r#"line 8, /steps/part/with/focus: focus is "middle" — use a mapping of x, y"#],
    ),
    (
        r#"lut: "{{ inputs.look }}""#,
        "lut: teal and orange",
        &[
            "line 5, /inputs/look: no step uses the input look — use it as \"{{ inputs.look }}\", or take it out",
            r#"line 9, /steps/toned/with/lut: lut is "teal and orange" — use the text of a .cube file with a 3D LUT"#,
        ],
    ),
    (
        "width: 1200, ",
        "",
        &[
            "line 12, /steps/card/with/width: the canvas has no width — add width, or image: a picture to begin with",
        ],
    ),
    (
        "width: 1200, height: 630,",
        r#"image: "{{ toned.image }}","#,
        &[
            "line 12, /steps/card/with/background: background stands beside image, which is the canvas — keep one of the two",
        ],
    ),
    (
        "width: 1200, height: 630",
        "width: 16000, height: 16000",
        &["line 12, /steps/card/with: card would have 16000 × 16000 pixels — keep to 52 million"],
    ),
    (
        r##"background: "#fff""##,
        "background: white",
        &[
            r##"line 12, /steps/card/with/background: background is "white" — use a colour such as "#1a2b3c", with alpha "#1a2b3c80""##,
        ],
    ),
    (
        r##"gradient: { from: "#000", to: "#fff" }"##,
        r##"gradient: { from: "{{ inputs.title }}", to: "#fff" }"##,
        &[
            "line 12, /steps/card/with/layers/0/gradient/from: {{ inputs.title }} stands inside a list or mapping — write the value out: only whole parameters and lists of images or texts take references",
        ],
    ),
    (
        r##"gradient: { from: "#000", to: "#fff" }"##,
        "opacity: 0.5",
        &[
            "line 12, /steps/card/with/layers/0: the layer shows nothing — add image, text, gradient or color",
        ],
    ),
    (
        r##"gradient: { from: "#000", to: "#fff" }"##,
        "colour: red",
        &[
            "line 12, /steps/card/with/layers/0: the layer shows nothing — add image, text, gradient or color",
            "line 12, /steps/card/with/layers/0/colour: a layer has no field colour — did you mean color?",
        ],
    ),
    (
        r##"gradient: { from: "#000", to: "#fff" }"##,
        r##"color: "#000", size: 9, blend: darken, anchor: middle"##,
        &[
            "line 12, /steps/card/with/layers/0/size: size means nothing for a layer of color — take it out",
            r#"line 12, /steps/card/with/layers/0/blend: blend is "darken" — use normal, multiply or screen"#,
            r#"line 12, /steps/card/with/layers/0/anchor: anchor is "middle" — use top-left, top, top-right, left, center, right, bottom-left, bottom or bottom-right"#,
        ],
    ),
    (
        r#"{ image: "{{ toned.image }}", scale"#,
        r##"{ image: "{{ toned.image }}", color: "#000", scale"##,
        &[
            "line 12, /steps/card/with/layers/1: the layer shows image and color — make each a layer of its own",
        ],
    ),
    (
        r#"{ image: "{{ toned.image }}", scale"#,
        r#"{ image: logo.png, scale"#,
        &[
            r#"line 12, /steps/card/with/layers/1/image: image is "logo.png", but only a reference can go here — write "{{ toned.image }}""#,
        ],
    ),
    (
        r#"{ image: "{{ toned.image }}", scale"#,
        r#"{ image: "{{ inputs.title }}", scale"#,
        &[
            "line 12, /steps/card/with/layers/1/image: image takes an image, but {{ inputs.title }} is text — use {{ toned.image }}, for one",
        ],
    ),
    (
        r#"{ image: "{{ toned.image }}", scale"#,
        r#"{ image: "{{ tonde.image }}", scale"#,
        &["line 12, /steps/card/with/layers/1/image: there is no step tonde — did you mean toned?"],
    ),
    (
        r#"{ image: "{{ toned.image }}", scale"#,
        r#"{ image: "{{ paper.image }}", scale"#,
        &[
            "line 9, /steps/toned: toned works for nothing: nobody uses its image — gate or publish {{ toned.image }}, use it in another step, or take toned out",
            "line 12, /steps/card/with/layers/1/image: steps wait for each other: card → paper → card — take out one of the references or after entries that close this circle",
        ],
    ),
    (
        "shadow: { blur: 9 }",
        "shadow: { blur: 900, colour: black }",
        &[
            "line 12, /steps/card/with/layers/1/shadow/blur: shadow.blur is 900 — use a whole number from 0 to 200",
            "line 12, /steps/card/with/layers/1/shadow/colour: shadow has no field colour — did you mean color?",
        ],
    ),
    (
        ", size: 48",
        "",
        &[
            "line 12, /steps/card/with/layers/2/size: the text has no size — add size: the height of its letters in pixels, such as 48",
        ],
    ),
    (
        r#"text: "{{ inputs.title }}""#,
        r#"text: "{{ inputs.photo }}""#,
        &[
            "line 12, /steps/card/with/layers/2/text: text takes text of 1 to 500 characters, but {{ inputs.photo }} is image — use {{ inputs.title }}, for one",
        ],
    ),
    (
        r#"text: "{{ inputs.title }}""#,
        r#"text: "Only {{ inputs.titel }}""#,
        &[
            "line 12, /steps/card/with/layers/2/text: there is no input titel — did you mean {{ inputs.title }}?",
        ],
    ),
    (
        "width_mm: 210, height_mm: 297",
        "width_mm: 841, height_mm: 1189",
        &[
            "line 13, /steps/paper/with: paper would have 10004 × 14114 pixels — keep to 52 million and to 20000 on each side: lower dpi, as posters are seen from afar",
        ],
    ),
    (
        "width_mm: 210, ",
        "",
        &[
            "line 13, /steps/paper/with/width_mm: image.print needs width_mm — add width_mm: a number from 1 to 5000",
        ],
    ),
    (
        r#"images: "{{ paper.image }}""#,
        r#"images: "{{ part.image }}""#,
        &[
            r#"line 15, /steps/publish/with/assets: {{ paper.image }} would be published without a verdict — add a gate with images: "{{ paper.image }}" (or what it is resized or converted from) and name that gate under publish's after"#,
        ],
    ),
];

#[test]
fn the_card_without_a_slip_is_right() {
    assert_eq!(said(RIGHT), [""; 0]);
}

#[test]
fn each_slip_in_a_card_is_told_with_its_place_and_its_mend() {
    let mut wrong = Vec::new();
    for (find, replace, expected) in CASES {
        assert!(RIGHT.contains(find), "{find:?} is not in the document");
        let said = said(&RIGHT.replacen(find, replace, 1));
        if said != *expected {
            wrong.push(format!("{find:?} replaced by {replace:?}:\n  {}", said.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn layers_are_a_list_of_mappings_and_not_too_many() {
    let layers = |layers: &str| {
        let at = RIGHT.find("layers: ").unwrap();
        let end = RIGHT[at..].find(" }\n").unwrap() + at;
        let text = format!("{}layers: {layers}{}", &RIGHT[..at], &RIGHT[end..]);
        said(&text).remove(0)
    };
    let list =
        "make it a list, such as [{ image: \"{{ cutout.image }}\" }, { text: Hello, size: 48 }]";
    let place = "line 12, /steps/card/with/layers";
    assert_eq!(layers("[]"), format!("{place}: layers is an empty list — {list}"));
    assert_eq!(layers("logo"), format!("{place}: layers is \"logo\" — {list}"));
    assert_eq!(
        layers("[logo]"),
        format!(
            "{place}/0: a layer is \"logo\" — make it a mapping with image, text, gradient or color"
        )
    );
    let many = format!("[{}]", ["{ color: '#000' }"; 21].join(", "));
    assert_eq!(layers(&many), format!("{place}: layers has 21 entries — keep to 20"));
    assert_eq!(
        layers(r#""{{ inputs.look }}""#),
        format!(
            "{place}: layers is taken whole from {{{{ inputs.look }}}} — write the list out: the fields of its entries take references"
        )
    );
}
