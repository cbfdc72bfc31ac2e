//! One slip at a time in a document that is right, and every word its author then reads.

mod asking;
mod best_of;
mod document;
mod fields;
mod foreach;
mod graph;
mod params;
mod pictures;
mod policy;
mod publishing;
mod references;
mod templates;

use std::collections::BTreeMap;

use crate::pipeline::{Pipeline, Problem};

/// What is replaced, by what, and all that is then said.
type Case = (&'static str, &'static str, &'static [&'static str]);

const RIGHT: &str = r#"name: hero
inputs:
  prompt: { type: text, max_length: 2000 }
  photo: { type: image }
budget_usd: 0.50
steps:
  generate: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}", seed: 7 }, deadline_s: 300, lane: gpu, retry: { attempts: 3 } }
  cutout: { kind: image.remove_background, with: { image: "{{ generate.image }}" } }
  large: { kind: image.upscale, with: { image: "{{ cutout.image }}", factor: 2 } }
  ladder: { kind: image.resize, with: { image: "{{ large.image }}", widths: [480, 960], formats: [jpeg, webp] } }
  safe: { kind: gate.moderation, with: { prompt: "{{ inputs.prompt }}", images: ["{{ large.image }}", "{{ inputs.photo }}"] } }
  good: { kind: gate.quality, with: { images: "{{ large.image }}", min_width: 1024 }, on_fail: { retry: generate, attempts: 2, budget_usd: 0.20 } }
  publish: { kind: publish, with: { assets: ["{{ ladder.images }}", "{{ inputs.photo }}"], target: { kind: s3, prefix: heroes } }, after: [safe, good] }
"#;

fn cases() -> impl Iterator<Item = &'static Case> {
    [
        asking::CASES,
        document::CASES,
        fields::CASES,
        params::CASES,
        policy::CASES,
        references::CASES,
        templates::CASES,
        graph::CASES,
        publishing::CASES,
    ]
    .into_iter()
    .flatten()
}

/// Every document with a slip, and what is said of it.
pub(super) fn documents() -> impl Iterator<Item = (String, &'static [&'static str])> {
    cases().map(|(find, replace, expected)| (RIGHT.replacen(find, replace, 1), *expected))
}

fn said(text: &str) -> Vec<String> {
    let problems = Pipeline::parse(text).err().unwrap_or_default();
    problems.iter().map(Problem::to_string).collect()
}

#[test]
fn the_document_without_a_slip_is_right() {
    assert_eq!(said(RIGHT), [""; 0]);
}

#[test]
fn each_slip_is_told_with_its_place_and_its_mend() {
    let mut otherwise = String::new();
    for (find, replace, expected) in cases() {
        assert!(RIGHT.contains(find), "{find:?} is not in the document");
        let said = said(&RIGHT.replacen(find, replace, 1));
        if said != *expected {
            otherwise.push_str(&format!("{replace:?} for {find:?} says {said:#?}\n"));
        }
    }
    assert!(otherwise.is_empty(), "{otherwise}");
}

#[test]
fn no_two_slips_read_alike() {
    let mut seen = BTreeMap::new();
    for (find, replace, expected) in cases() {
        assert!(!expected.is_empty());
        if let Some(other) = seen.insert(expected, (find, replace)) {
            panic!("{other:?} and {:?} both say {expected:?}", (find, replace));
        }
    }
    assert!(seen.len() >= 40, "only {} slips", seen.len());
}

#[test]
fn every_problem_names_a_line_and_a_mend() {
    for (find, replace, _) in cases() {
        for problem in Pipeline::parse(&RIGHT.replacen(find, replace, 1)).unwrap_err() {
            assert!(problem.line.is_some() && problem.column.is_some(), "{problem}");
            assert!(!problem.detail.is_empty() && !problem.fix.is_empty(), "{problem}");
            assert!(problem.pointer.is_empty() || problem.pointer.starts_with('/'), "{problem}");
        }
    }
}

#[test]
fn slips_in_different_places_are_told_together_from_top_to_bottom() {
    let text = RIGHT
        .replace("budget_usd: 0.50", "budget_usd: a lot")
        .replace("factor: 2", "factor: 3")
        .replace("prefix: heroes", "name_by: title")
        .replace("type: image", "type: imagge")
        .replace("lane: gpu", "lane: GPU");
    let lines: Vec<u32> =
        Pipeline::parse(&text).unwrap_err().iter().filter_map(|problem| problem.line).collect();
    assert_eq!(lines, [4, 5, 7, 9, 13]);
}

#[test]
fn a_problem_is_an_object_of_pointer_place_detail_and_fix() {
    let problem = &Pipeline::parse(&RIGHT.replace("factor: 2", "factor: 3")).unwrap_err()[0];
    assert_eq!(
        serde_json::to_value(problem).unwrap(),
        serde_json::json!({
            "pointer": "/steps/large/with/factor", "line": 9, "column": 70,
            "detail": "factor is 3", "fix": "use 2 or 4"
        })
    );
}
