//! The texts of a job, written before anything is paid.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::pipeline::Pipeline;

const DOCUMENT: &str = r#"
name: rehearsed
inputs:
  product: { type: text, max_length: 2000 }
  facts: { type: json, default: {} }
budget_usd: 1
steps:
  caption: { kind: text.template, with: { text: "{{ inputs.product | upper }} for {{ labels.campaign | default('all') }}" } }
  long: { kind: text.template, with: { text: "{{ caption.text }}{% if inputs.facts.twice is defined %} {{ caption.text }}{% endif %}" } }
  plain: { kind: text.template, with: { text: as it stands } }
  paint: { kind: image.generate, with: { prompt: "{{ long.text }}", model: "{{ plain.text }}" } }
  card: { kind: image.composite, with: { image: "{{ paint.image }}", layers: [{ text: "{{ caption.text }}", size: 9 }] } }
  safe: { kind: gate.moderation, with: { prompt: "{{ plain.text }}: {{ inputs.facts.say | default('') }}", images: "{{ card.image }}" } }
  out: { kind: publish, with: { assets: "{{ card.image }}", target: { kind: s3 } }, after: [safe] }
"#;

fn bound(document: &str, given: Value, labels: &[(&str, &str)]) -> Result<(), Vec<String>> {
    let pipeline = Pipeline::parse(document).unwrap_or_else(|problems| panic!("{problems:?}"));
    let labels: BTreeMap<String, String> =
        labels.iter().map(|(name, label)| ((*name).into(), (*label).into())).collect();
    let bound = pipeline.bound(&given, &labels);
    bound.map(drop).map_err(|problems| problems.iter().map(|p| p.to_string()).collect())
}

#[test]
fn a_job_whose_texts_can_be_written_is_right() {
    assert_eq!(bound(DOCUMENT, json!({"product": "a kite"}), &[("campaign", "spring")]), Ok(()));
    assert_eq!(bound(DOCUMENT, json!({"product": "a kite", "facts": {"twice": 1}}), &[]), Ok(()));
}

#[test]
fn what_does_not_fit_is_told_at_the_input_that_it_comes_from() {
    let facts = |product: &str, facts: Value| {
        bound(DOCUMENT, json!({"product": product, "facts": facts}), &[]).unwrap_err()
    };
    assert_eq!(
        facts(&"m".repeat(600), json!({"twice": true})),
        ["/inputs: text of card has 608 characters — shorten it to 500"],
    );
    assert_eq!(
        facts(&"m".repeat(1995), json!({})),
        ["/inputs/product: text of caption has 2003 characters — shorten it to 2000"],
        "and nothing is said of what follows from it"
    );
    assert_eq!(
        facts("a kite", json!({"say": ["no"]})),
        [
            "/inputs/facts: the template for prompt of safe gives no text: what is to be written is a list \
             — give what it names, and no more than it may hold"
        ]
    );
}

#[test]
fn a_label_that_is_missing_is_told_by_its_name() {
    let text = DOCUMENT.replace("text: as it stands", "text: '{{ labels.model }}'");
    let given = json!({"product": "a kite"});
    assert_eq!(bound(&text, given.clone(), &[("model", "sketch-1")]), Ok(()));
    assert_eq!(
        bound(&text, given.clone(), &[]).unwrap_err(),
        ["/labels/model: text of plain takes {{ labels.model }}, which the job has not \
             — add the label, or use a template with a default"]
    );
    let text = DOCUMENT.replace("text: as it stands", "text: 'by {{ labels.model }}'");
    assert_eq!(
        bound(&text, given, &[]).unwrap_err(),
        [
            "/labels/model: the template for text of plain gives no text: something that it names is not there \
             — give what it names, and no more than it may hold"
        ]
    );
}

#[test]
fn a_value_that_looks_like_a_template_stays_a_value() {
    let given = json!({"product": "{{ labels.secret }}{% if %}"});
    assert_eq!(bound(DOCUMENT, given, &[("secret", "told")]), Ok(()));
}

#[test]
fn words_from_templates_are_covered_only_by_a_verdict_on_the_picture() {
    for words in ["{{ caption.text }}", "Sale: {{ inputs.product }}", "Sale {{ labels.campaign }}"]
    {
        let text = DOCUMENT.replace(
            r#"layers: [{ text: "{{ caption.text }}""#,
            &format!(r#"layers: [{{ text: "{words}""#),
        );
        let early =
            text.replace(r#"images: "{{ card.image }}" }"#, r#"images: "{{ paint.image }}" }"#);
        let step = Pipeline::parse(&text).unwrap().step("card").unwrap().clone();
        assert!(!step.follows_from_its_pictures(), "{words}");
        let problems = Pipeline::parse(&early).unwrap_err();
        assert_eq!(problems[0].detail, "{{ card.image }} would be published without a verdict");
    }
}
