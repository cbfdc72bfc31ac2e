//! Texts that are no documents, in either language, and what bounds them.

use serde_json::json;

use crate::pipeline::{Pipeline, Problem};

fn problems(text: &str) -> Vec<Problem> {
    Pipeline::parse(text).unwrap_err()
}

fn lines(text: &str) -> Vec<String> {
    problems(text).iter().map(Problem::to_string).collect()
}

const SMALL: &str = r#"{
	"name": "small", "budget_usd": 1, "description": "tabs and \ud83e\udd8a and \/",
	"steps": {
		"paint": {"kind": "image.generate", "with": {"prompt": "a fox"}},
		"good": {"kind": "gate.quality", "with": {"images": "{{ paint.image }}", "min_width": FIELD}}
	}
}"#;

#[test]
fn json_with_tabs_and_surrogates_reads_like_yaml() {
    let pipeline = Pipeline::parse(&SMALL.replace("FIELD", "64")).unwrap();
    assert_eq!(pipeline.description, "tabs and 🦊 and /");
    let again = Pipeline::from_value(
        &serde_json::from_str(&SMALL.replace("FIELD", "64")).expect("it is JSON"),
    );
    assert_eq!(again.unwrap().steps.len(), 2);
}

#[test]
fn json_has_places_too() {
    let found = &problems(&SMALL.replace("FIELD", "\"wide\""))[0];
    assert_eq!(found.pointer, "/steps/good/with/min_width");
    assert_eq!((found.line, found.column), (Some(5), Some(76)));
}

#[test]
fn a_document_inside_another_has_no_lines() {
    let document = json!({"name": "x", "budget_usd": 1, "steps": {}});
    let found = Pipeline::from_value(&document).unwrap_err()[0].clone().below("/pipeline");
    assert_eq!((found.pointer.as_str(), found.line), ("/pipeline/steps", None));
}

#[test]
fn aliases_cannot_be_used_to_grow_a_document() {
    let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n";
    let found = lines(bomb);
    for line in [
        "line 1, /a: anchors (&name) are not supported — write the value out",
        "line 2, /b/0: aliases (*name) are not supported — repeat the value here",
    ] {
        assert!(found.iter().any(|found| found == line), "{found:?}");
    }
}

#[test]
fn depth_size_and_number_of_values_are_bounded() {
    let deep = format!("name: {}{}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(lines(&deep)[0].ends_with("flatten it: 32 levels are the most"));
    let deep = format!("name: {}{}", "[".repeat(100), "]".repeat(100));
    assert!(lines(&deep)[0].contains("nested more than 32 levels deep — flatten it"));
    let deep = format!("{{\"name\": {}{}}}", "[".repeat(100), "]".repeat(100));
    assert!(lines(&deep)[0].contains("nested more than 32 levels deep — flatten it"));
    let wide = format!("name: [{}]", "1,".repeat(30_000));
    assert!(lines(&wide)[0].contains("more than 20000 values — split it into several pipelines"));
    assert_eq!(
        lines(&format!("name: {}", "x".repeat(300_000))),
        ["the document: the document has 300006 bytes — keep it within 262144 bytes"]
    );
}

#[test]
fn no_text_makes_the_reader_panic() {
    let hero = include_str!("../../../../../infra/pipelines/hero-image.yaml");
    let json = SMALL.replace("FIELD", "64");
    for text in [hero, &json] {
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let _ = Pipeline::parse(&text[..end]);
            let _ = Pipeline::parse(&text[end..]);
        }
    }
}

#[test]
fn what_a_stranger_writes_is_quoted_only_so_far() {
    let steps: Vec<String> =
        (0..2_000).map(|n| format!("  s{n}: {{ kind: x, after: [{}] }}", "y".repeat(20))).collect();
    let found = lines(&format!("name: many\nbudget_usd: 1\nsteps:\n{}\n", steps.join("\n")));
    assert_eq!(found.len(), 101);
    assert_eq!(
        found[0],
        "line 3, /steps: there are 2000 steps — keep to 100, or split the pipeline"
    );
    assert_eq!(found[100], "the document: 1901 more problems — mend these first");
    let (key, value) = ("k".repeat(900), "v".repeat(100_000));
    let text =
        format!("name: long\n{key}: 1\nbudget_usd: 1\nsteps: {{ a: {{ after: [{value}] }} }}");
    let found = lines(&text);
    assert_eq!(found[0], "line 2, the document: a field name has 900 bytes — keep it within 200");
    assert!(found.iter().all(|line| line.len() < 1_500));
}
