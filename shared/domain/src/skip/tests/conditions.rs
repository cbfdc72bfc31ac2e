//! Conditions on items, steps and verdicts, and what a retry makes of them.

use super::*;
use crate::publish::{NotCleared, ready};

const FANS: &str = r#"
name: fans
inputs: { prompt: { type: text }, locales: { type: json }, lands: { type: json } }
budget_usd: 1
steps:
  paint: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}" } }
  card: { foreach: { locale: "{{ inputs.locales }}" }, kind: image.convert, with: { image: "{{ paint.image }}", format: png }, when: "locale.tall" }
  note: { foreach: { locale: "{{ inputs.locales }}" }, kind: image.convert, with: { image: "{{ paint.image }}", format: webp }, when: "card.state == 'succeeded'" }
  flag: { foreach: { land: "{{ inputs.lands }}" }, kind: image.convert, with: { image: "{{ paint.image }}", format: jpeg }, when: "card.exists(one, one.state == 'succeeded')" }
  sum: { kind: image.convert, with: { image: "{{ paint.image }}", format: avif }, when: "card.all(one, one.state == 'succeeded') && size(card) == 2" }
  good: { kind: gate.quality, with: { images: ["{{ card.image }}", "{{ note.image }}", "{{ flag.image }}", "{{ sum.image }}"] } }
"#;

fn fans(lands: &[&str]) -> JobView {
    let locales = json!([{ "key": "en", "tall": true }, { "key": "de", "tall": false }]);
    let lands: Vec<Value> = lands.iter().map(|key| json!({ "key": key })).collect();
    let inputs = json!({ "prompt": "a fox", "locales": locales, "lands": lands });
    let mut job = job(FANS, inputs);
    job.done(&["paint"]);
    job
}

#[test]
fn a_condition_is_told_for_each_item_by_its_fields() {
    let job = fans(&["at"]);
    assert_eq!(job.why("card~en"), None);
    assert_eq!(job.why("card~de").as_deref(), Some("when: locale.tall"));
    assert_eq!(job.not("card~de").unwrap().state, StepState::Skipped);
}

#[test]
fn a_step_of_the_same_item_is_one_and_of_another_list_all_whatever_their_names() {
    // A land may be called as a locale is, and be the only one.
    for lands in [&["at", "de"][..], &["de"], &["en"]] {
        let mut job = fans(lands);
        job.done(&["card~en"]);
        job.passed_over("card~de", false);
        assert_eq!(job.why("note~en"), None);
        assert_eq!(job.why("note~de").as_deref(), Some("when: card.state == 'succeeded'"));
        for land in lands {
            assert_eq!(job.why(&format!("flag~{land}")), None, "{lands:?}");
            assert!(job.plan.needs[&format!("flag~{land}")].contains(&"card~de".into()));
        }
        assert!(job.why("sum").is_some(), "not all of them");
        job.done(&["card~de"]);
        assert_eq!(job.why("sum"), None);
    }
}

const SPARE: &str = r#"
name: spare
inputs: { prompt: { type: text } }
budget_usd: 1
steps:
  fancy: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}" }, on_error: skip }
  plain: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}" }, when: "fancy.state == 'skipped'" }
  large: { kind: image.upscale, with: { image: "{{ fancy.image }}", factor: 2 }, when: "fancy.state == 'succeeded'" }
  good: { kind: gate.quality, with: { images: ["{{ plain.image }}", "{{ large.image }}"] } }
  fine: { kind: gate.quality, with: { images: ["{{ plain.image }}", "{{ large.image }}"] }, when: "labels.campaign == 'autumn'" }
  publish: { kind: publish, with: { assets: ["{{ plain.image }}", "{{ large.image }}"], target: { kind: s3 } }, after: [good] }
  proof: { kind: publish, with: { assets: ["{{ plain.image }}", "{{ large.image }}"], target: { kind: s3 } }, after: [good, fine], when: "good.verdict == 'pass'" }
"#;

fn spare() -> JobView {
    job(SPARE, json!({ "prompt": "a fox" }))
}

#[test]
fn the_next_run_decides_a_condition_anew() {
    let mut job = spare();
    job.fails("fancy");
    assert_eq!((job.why("plain"), job.why("large").is_some()), (None, true));
    job.done(&["plain"]);
    job.end(job.not("large").unwrap());
    job.done(&["good", "publish"]);
    for step in ["fancy", "large", "plain", "publish"] {
        assert!(job.settled(step, 1), "{step}");
    }
    (job.job.run, job.job.round) = (2, 2);
    let open: Vec<&str> =
        job.steps.keys().map(String::as_str).filter(|step| !job.settled(step, 2)).collect();
    assert_eq!(open, ["fancy", "large"], "what was made is kept");
    job.done(&["fancy"]);
    assert_eq!(job.why("large"), None, "now there is something to enlarge");
    job.done(&["large"]);
    assert!(!job.settled("good", 2) && !job.settled("publish", 2), "they were made without it");
    assert!(degraded(&job).is_empty());
}

#[test]
fn a_job_shows_the_condition_of_each_step_and_why_it_was_skipped() {
    let mut job = spare();
    job.fails("fancy");
    job.end(job.not("large").unwrap());
    let shown = crate::job::job_json(&job);
    let steps = shown["steps"].as_array().unwrap();
    let of = |name: &str| steps.iter().find(|step| step["name"] == name).unwrap();
    let why =
        |name: &str| ["state", "when", "reason", "error"].map(|field| of(name)[field].clone());
    let when = "fancy.state == 'succeeded'";
    assert_eq!(why("fancy"), [json!("skipped"), json!(null), json!("no luck"), json!("no luck")]);
    let reason = format!("when: {when}");
    assert_eq!(why("large"), [json!("skipped"), json!(when), json!(reason), json!(null)]);
    let pending = [json!("pending"), json!("fancy.state == 'skipped'"), json!(null), json!(null)];
    assert_eq!(why("plain"), pending);
}

#[test]
fn a_gate_behind_a_false_condition_passes_nothing() {
    let mut job = spare();
    job.fails("fancy");
    job.done(&["plain"]);
    job.end(job.not("large").unwrap());
    job.done(&["good"]);
    let fine = job.not("fine").unwrap();
    assert_eq!(fine.state, StepState::Skipped);
    job.end(fine);
    let why = "comes after fine, which did not pass";
    assert_eq!(job.why("proof").as_deref(), Some(why));
    assert_eq!(ready(&job, "proof"), Err(NotCleared::Gate("fine".into())));
    assert_eq!((job.why("publish"), ready(&job, "publish")), (None, Ok(())));
    job.end(job.not("proof").unwrap());
    let lacking: Vec<String> = degraded(&job).into_iter().map(|one| one.step).collect();
    assert_eq!(lacking, ["fancy"], "what was not wanted is not lacking");
}

#[test]
fn a_verdict_that_was_never_given_is_no_pass() {
    let mut job = spare();
    job.done(&["fancy", "fine"]);
    job.passed_over("good", true);
    assert_eq!(job.why("proof").as_deref(), Some("when: good.verdict == 'pass'"));
    job.done(&["good"]);
    assert_eq!(job.why("proof"), None);
}

#[test]
fn a_condition_that_cannot_be_told_is_a_failure_that_on_error_answers() {
    for (on_error, state) in [("fail", StepState::Failed), ("skip", StepState::Skipped)] {
        let when = format!("when: \"labels.team == 'x'\", on_error: {on_error}");
        let text = SPARE.replace("when: \"fancy.state == 'succeeded'\"", &when);
        let mut job = job(&text, json!({ "prompt": "a fox" }));
        job.done(&["fancy"]);
        let ending = job.not("large").unwrap();
        assert_eq!(ending.state, state);
        let why = "the condition cannot be told: No such key: team";
        assert_eq!(job.why("large").as_deref(), Some(why));
    }
}
