//! What a job gives, and what is said when it does not fit.

use serde_json::{Value, json};

use crate::pipeline::Pipeline;

const DOCUMENT: &str = r#"
name: bound
inputs:
  prompt: { type: text, max_length: 10 }
  photo: { type: image }
  seed: { type: number, default: 7 }
  share: { type: number, min: 0, max: 1 }
  widths: { type: json, default: [480] }
budget_usd: 1
steps:
  paint: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}", seed: "{{ inputs.seed }}" } }
  ladder: { kind: image.resize, with: { image: "{{ inputs.photo }}", widths: "{{ inputs.widths }}" } }
  good:
    kind: gate.quality
    with: { images: ["{{ paint.image }}", "{{ ladder.images }}"], clipped_max: "{{ inputs.share }}" }
"#;

fn bind(given: Value) -> Result<Value, Vec<String>> {
    let bound = Pipeline::parse(DOCUMENT).unwrap().bind(&given);
    bound.map(Value::Object).map_err(|problems| problems.iter().map(|p| p.to_string()).collect())
}

#[test]
fn defaults_fill_what_is_not_given() {
    let photo = json!({"upload": "up_1"});
    let bound = bind(json!({"prompt": "a fox", "photo": photo, "share": 0.5})).unwrap();
    let whole = json!({
        "prompt": "a fox", "photo": photo, "share": 0.5, "seed": 7, "widths": [480]
    });
    assert_eq!(bound, whole);
}

#[test]
fn all_misfits_are_reported_at_once_below_inputs() {
    let given = json!({
        "promt": "a fox", "photo": "cat.png", "seed": 1.5, "share": 2, "widths": [480, 0]
    });
    assert_eq!(
        bind(given).unwrap_err(),
        [
            r#"/inputs/photo: photo is "cat.png" — give {"upload": ID} or {"asset": ID}"#,
            "/inputs/prompt: the input prompt is missing — add it: a text",
            "/inputs/promt: bound has no input promt — did you mean prompt?",
            "/inputs/seed: seed, used as seed of paint, is 1.5 — use a whole number from 0 to 4294967295",
            "/inputs/share: share is 2 — give a number from 0 to 1",
            "/inputs/widths/1: an entry of widths, used as widths of ladder, is 0 \
             — use a whole number from 1 to 16384",
        ]
    );
}

#[test]
fn a_text_is_counted_in_characters() {
    let photo = json!({"asset": "as_1"});
    let ten = json!({"prompt": "ééééééééé!", "photo": photo, "share": 0});
    assert!(bind(ten).is_ok());
    let eleven = json!({"prompt": "ééééééééé!!", "photo": photo, "share": 0});
    assert_eq!(
        bind(eleven).unwrap_err(),
        ["/inputs/prompt: prompt has 11 characters — shorten it to 10"]
    );
}

#[test]
fn inputs_must_be_an_object() {
    assert_eq!(
        bind(json!([])).unwrap_err(),
        ["/inputs: inputs is an empty list — give an object with a field per input"]
    );
}

#[test]
fn an_input_suits_the_field_of_the_layer_that_takes_it() {
    let document = r#"
name: bound
inputs: { photo: { type: image }, title: { type: text }, ink: { type: text }, look: { type: json } }
budget_usd: 1
steps:
  card:
    kind: image.composite
    with: { image: "{{ inputs.photo }}", layers: [{ text: "{{ inputs.title }}", color: "{{ inputs.ink }}", size: 9 }] }
  toned: { kind: image.grade, with: { image: "{{ card.image }}", lut: "{{ inputs.look }}" } }
  good: { kind: gate.quality, with: { images: "{{ toned.image }}" } }
"#;
    let bind = |title: &str, ink: &str, look: Value| {
        let given = json!({"photo": {"asset": "as_1"}, "title": title, "ink": ink, "look": look});
        let problems = Pipeline::parse(document).unwrap().bind(&given).err().unwrap_or_default();
        problems.iter().map(|p| p.to_string()).collect::<Vec<_>>()
    };
    let table = [0.5; 24];
    assert_eq!(bind("Sale", "#fff", json!({"size": 2, "table": table})), [""; 0]);
    assert_eq!(
        bind(&"m".repeat(501), "white", json!({"size": 3, "table": table})),
        [
            r##"/inputs/ink: ink, used as color of card, is "white" — use a colour such as "#1a2b3c", with alpha "#1a2b3c80""##,
            "/inputs/look: look, used as lut of toned, is a mapping — use the text of a .cube file with a 3D LUT",
            "/inputs/title: title, used as text of card, has 501 characters — shorten it to 500",
        ]
    );
}
