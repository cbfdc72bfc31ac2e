//! Steps of items of which some were skipped, or replaced, or all.

use super::*;

const CARDS: &str = r#"
name: cards
inputs: { photo: { type: image }, locales: { type: json }, captions: { type: json } }
budget_usd: 1
steps:
  cutout: { kind: image.remove_background, with: { image: "{{ inputs.photo }}" } }
  caption: { foreach: { locale: "{{ inputs.locales }}" }, kind: text.template, with: { text: "{{ inputs.captions[locale] }}" } }
  spare: { foreach: { locale: "{{ inputs.locales }}" }, kind: image.composite, with: { width: 90, height: 60, layers: [{ image: "{{ cutout.image }}" }] } }
  card:
    foreach: { locale: "{{ inputs.locales }}" }
    kind: image.composite
    with: { width: 90, height: 60, layers: [{ image: "{{ cutout.image }}" }, { text: "{{ caption.text }}", size: 9 }] }
    on_error: { use: spare }
  safe: { foreach: { locale: "{{ inputs.locales }}" }, kind: gate.moderation, with: { prompt: "{{ caption.text }}", images: "{{ card.image }}", accept_unjudged: true } }
  sheet: { kind: gate.quality, with: { images: ["{{ card.image }}"] }, after: [safe] }
  out: { foreach: { locale: "{{ inputs.locales }}" }, kind: publish, with: { assets: "{{ card.image }}", target: { kind: s3 } }, after: [safe, sheet] }
  all: { kind: publish, with: { assets: "{{ card.image }}", target: { kind: s3 } }, after: [safe, sheet] }
"#;

fn cards() -> JobView {
    let captions = json!({ "en": "Up", "de": "Hoch", "ja": "高く" });
    let photo = json!({ "asset": "as_1" });
    let inputs = json!({ "photo": photo, "locales": ["en", "de", "ja"], "captions": captions });
    let mut job = job(CARDS, inputs);
    job.done(&["cutout"]);
    for item in ["en", "de", "ja"] {
        job.done(&[&format!("caption~{item}"), &format!("spare~{item}")]);
    }
    job
}

/// The pictures that a step is given.
fn given(job: &JobView, step: &str, param: &str) -> Vec<String> {
    let with = job.parameters(step).unwrap();
    let given = with[param].as_array().unwrap().iter();
    let item = |id: &Value| id.as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    given.map(item).collect()
}

#[test]
fn what_stands_in_for_a_step_of_an_item_is_the_one_of_that_item() {
    let mut job = cards();
    job.done(&["card~en"]);
    job.fails("card~de");
    let card = job.step("card~de");
    assert_eq!((card.state, card.used.as_deref()), (StepState::Succeeded, Some("spare~de")));
    assert_eq!(card.outputs, job.step("spare~de").outputs);
    let why = "spare~de was used instead: no luck";
    assert_eq!(degraded(&job)[0].reason, why);
    assert_eq!(job.why("safe~de"), None, "it goes on with what stands in");
    job.passed_over("spare~ja", true);
    job.fails("card~ja");
    assert_eq!(job.step("card~ja").state, StepState::Skipped);
    let why = "no luck; nor is there spare~ja, which would stand in";
    assert_eq!(degraded(&job)[2].reason, why);
    assert_eq!(job.why("safe~ja").as_deref(), Some("needs card~ja, which was skipped"));
}

#[test]
fn a_join_takes_the_items_that_are_there() {
    let mut job = cards();
    job.done(&["card~en", "card~de", "safe~en", "safe~de"]);
    job.passed_over("card~ja", true);
    job.passed_over("safe~ja", true);
    assert_eq!(job.why("sheet"), None, "the gate of an item is no gate of all");
    assert_eq!(given(&job, "sheet", "images"), ["card~en", "card~de"]);
    job.done(&["sheet"]);
    assert_eq!(given(&job, "all", "assets"), ["card~en", "card~de"]);
    assert_eq!((job.why("out~en"), job.why("all")), (None, None));
    let why = "comes after safe~ja, which did not pass";
    assert_eq!(job.why("out~ja").as_deref(), Some(why));
    job.passed_over("out~ja", true);
    job.done(&["out~en", "out~de", "all"]);
    assert_eq!(made_nothing(&job), None);
    let lacking: Vec<String> = degraded(&job).into_iter().map(|one| one.step).collect();
    assert_eq!(lacking, ["card~ja", "safe~ja", "out~ja"]);
}

#[test]
fn what_a_gate_of_an_item_did_not_pass_is_kept_from_every_join() {
    let mut job = cards();
    job.done(&["card~en", "card~de", "card~ja", "safe~en", "safe~de"]);
    job.fails("safe~ja");
    assert_eq!(job.step("safe~ja").state, StepState::Skipped, "as a step of an item is");
    assert_eq!(given(&job, "sheet", "images"), ["card~en", "card~de"]);
    job.done(&["sheet"]);
    assert_eq!(given(&job, "all", "assets"), ["card~en", "card~de"]);
    assert!(job.why("out~ja").is_some() && job.why("out~de").is_none());
}

#[test]
fn with_no_item_left_nobody_is_done_and_it_is_no_success() {
    let mut job = cards();
    for item in ["en", "de", "ja"] {
        job.passed_over(&format!("card~{item}"), true);
        job.passed_over(&format!("safe~{item}"), true);
    }
    let why = "needs card~en, which was skipped";
    assert_eq!(job.why("sheet").as_deref(), Some(why));
    job.end(job.not("sheet").unwrap());
    for step in ["out~en", "out~de", "out~ja", "all"] {
        job.end(job.not(step).unwrap());
    }
    assert_eq!(
        made_nothing(&job).as_deref(),
        Some("out~en: comes after safe~en, which did not pass")
    );
}

#[test]
fn with_no_item_left_by_choice_the_job_is_whole() {
    let mut job = cards();
    for item in ["en", "de", "ja"] {
        job.passed_over(&format!("card~{item}"), false);
        job.passed_over(&format!("safe~{item}"), false);
    }
    for step in ["sheet", "out~en", "out~de", "out~ja", "all"] {
        job.end(job.not(step).unwrap());
    }
    assert_eq!((made_nothing(&job), degraded(&job)), (None, vec![]));
}
