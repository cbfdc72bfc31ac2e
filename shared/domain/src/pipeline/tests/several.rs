//! Steps of which several candidates are made, as one job runs them.

use crate::pipeline::Pipeline;
use serde_json::json;

const BEST: &str = r#"
name: best
inputs: { prompt: { type: text }, langs: { type: json, default: [en, de] } }
budget_usd: 0.50
steps:
  paint: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}", seed: 7 }, best_of: 3 }
  good: { kind: gate.quality, with: { images: "{{ paint.image }}" }, on_fail: { retry: paint, attempts: 2 } }
  safe: { kind: gate.moderation, with: { images: "{{ paint.image }}", accept_unjudged: true } }
  large: { kind: image.upscale, with: { image: "{{ paint.image }}", factor: 2 } }
  say: { kind: text.generate, with: { prompt: "A word in {{ lang }}", model: own }, foreach: { lang: "{{ inputs.langs }}" } }
  card: { kind: image.generate, with: { prompt: "{{ say.text }}" }, foreach: { lang: "{{ inputs.langs }}" }, best_of: 2 }
  fit: { kind: gate.quality, with: { images: "{{ card.image }}" }, foreach: { lang: "{{ inputs.langs }}" } }
  publish: { kind: publish, with: { assets: ["{{ large.image }}", "{{ card.image }}"], target: { kind: s3 } }, after: [good, safe, fit, last] }
  last: { kind: gate.quality, with: { images: "{{ large.image }}" } }
"#;

fn best() -> Pipeline {
    let pipeline = Pipeline::parse(BEST).unwrap_or_else(|problems| panic!("{problems:?}"));
    let bound = pipeline.bound(&json!({ "prompt": "a fox" }), &Default::default());
    bound.unwrap_or_else(|problems| panic!("{problems:?}")).pipeline
}

#[test]
fn the_first_candidate_has_the_steps_name_and_the_others_a_number() {
    let pipeline = best();
    let of = |gate: &str| -> Vec<(String, u32)> {
        let all = pipeline.candidates(gate).into_iter();
        all.map(|(step, candidate)| (step.name.clone(), candidate.number)).collect()
    };
    let named =
        |names: [&str; 3]| names.map(str::to_owned).into_iter().zip(1..).collect::<Vec<_>>();
    assert_eq!(of("good"), named(["paint", "paint~2", "paint~3"]));
    assert_eq!(of("fit~de"), named(["card~de", "card~de~2", ""])[..2]);
    assert_eq!(pipeline.beside("paint~2"), ["paint", "paint~2", "paint~3"]);
    assert_eq!(pipeline.beside("large"), ["large"]);
    assert!(pipeline.steps.iter().all(|step| step.best_of.is_none()));
}

#[test]
fn candidates_are_made_at_once_and_who_takes_the_best_waits_for_who_chooses() {
    let plan = best().plan();
    let waves: Vec<Vec<String>> = plan.waves.iter().map(|wave| wave.steps.clone()).collect();
    assert_eq!(
        waves[..3],
        [vec!["paint", "paint~2", "paint~3", "say~en", "say~de"], vec!["good"], vec!["safe"],]
    );
    assert_eq!(plan.needs["good"], ["paint", "paint~2", "paint~3"]);
    for taker in ["safe", "large"] {
        assert_eq!(plan.needs[taker], ["paint", "good"], "{taker}");
    }
    assert_eq!(plan.needs["card~de~2"], ["say~de"]);
    assert_eq!(plan.needs["fit~de"], ["card~de", "card~de~2"]);
    assert!(plan.downstream("paint~3").contains(&"publish".to_owned()));
}

#[test]
fn no_two_candidates_of_any_rounds_have_the_same_seed() {
    let pipeline = best();
    let of = |number: usize| pipeline.candidates("good")[number].1.clone();
    let seeds: Vec<u32> = (0..3)
        .flat_map(|round| (0..3).map(move |n| (round, n)))
        .map(|(r, n)| of(n).variation(r))
        .collect();
    assert_eq!(seeds, (0..9).collect::<Vec<_>>());
}

#[test]
fn too_many_candidates_are_refused_when_the_job_is() {
    let text = BEST.replace("best_of: 2", "best_of: 8");
    let pipeline = Pipeline::parse(&text).unwrap();
    let langs: Vec<String> = (0..40).map(|n| format!("l{n}")).collect();
    let refused =
        pipeline.bound(&json!({ "prompt": "a fox", "langs": langs }), &Default::default());
    let said: Vec<String> = refused.unwrap_err().iter().map(|p| p.to_string()).collect();
    assert_eq!(
        said,
        [
            "/inputs/langs: the job would have 408 steps — give fewer items or candidates: a job has at most 250 steps"
        ]
    );
}
