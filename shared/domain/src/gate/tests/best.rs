//! The best of several candidates and of all rounds: which one it is, and that all of it goes on.

use super::decided::{call, judged, view_of};
use crate::call::Call;
use crate::gate::Verdict::{Fail, Pass, Review};
use crate::gate::{Decision, Judged, Judgement, Subject, Verdict, change, decide};
use crate::id::AssetId;
use crate::record::StepRecord;
use crate::state::StepState;
use crate::store::Change as Kind;
use crate::time::Time;
use crate::view::JobView;
use serde_json::{Value, json};

const ROUNDS: &str = "
name: hero
inputs: { prompt: { type: text } }
budget_usd: 0.50
steps:
  words: { kind: gate.moderation, with: { prompt: '{{ inputs.prompt }}' } }
  generate: { kind: image.generate, with: { prompt: '{{ inputs.prompt }}' }, after: [words] }
  large: { kind: image.upscale, with: { image: '{{ generate.image }}', factor: 2 } }
  good: { kind: gate.quality, with: { images: '{{ large.image }}' }, on_fail: { retry: generate, attempts: 2, then: review } }
  fine: { kind: gate.quality, with: { images: '{{ generate.image }}' } }
  publish: { kind: publish, with: { assets: '{{ large.image }}', target: { kind: s3 } }, after: [good, fine] }
";

fn asset(step: &str, number: u32) -> AssetId {
    AssetId::parse(&format!("j01hf7yat000e1c70w3gh0s6r2w.{step}.{number}.0")).unwrap()
}

/// Lets the steps on the way have made the picture of a round.
fn paint(view: &mut JobView, round: u32) {
    for name in ["generate", "large"] {
        let record = view.steps.entry(name.into()).or_insert(StepRecord::pending(name, round));
        (record.state, record.round, record.attempts) = (StepState::Succeeded, round, round);
        record.outputs = [("image".to_owned(), vec![asset(name, round)])].into();
    }
}

/// What a gate says of the picture of a round.
fn said(step: &str, round: u32, verdict: Verdict, score: f64) -> Judgement {
    let mut judgement = Judgement::new(&[("quality", 1)]);
    let sha256 = format!("{step}-{round}");
    judgement.subjects.push(Subject { asset: asset(step, round), sha256 });
    judgement.score = Some(score);
    if verdict != Pass {
        judgement.object(verdict, format!("{score} is too little"));
    }
    judgement
}

/// Writes what was decided back into the view, as the table would have it.
fn write(view: &mut JobView, call: &Call, judged: &[Judged], decision: &Decision) {
    let changed = change(call, view, (judged, Vec::new()), decision, (Time(0), Time(1))).unwrap();
    for write in changed.writes {
        let sk = write.key.sk.clone();
        let Kind::Put(item) = write.change else { continue };
        if let Some(name) = sk.strip_prefix("STEP#") {
            let record: StepRecord = crate::store::from_item(&item).unwrap();
            view.steps.insert(name.to_owned(), record);
        }
    }
    if let Decision::Back { round, .. } = decision {
        view.job.round = *round;
    }
}

/// Runs the loop with these scores of `good`, one for each round, and what `fine` says; gives the last decision.
fn rounds(scores: &[f64], fine: &[Verdict]) -> (JobView, Vec<Judged>, Decision) {
    let mut view = view_of(ROUNDS, 0);
    let mut last = None;
    for (round, (score, fine)) in (1..).zip(scores.iter().zip(fine)) {
        paint(&mut view, round);
        let call = call(&view);
        let mut judged = vec![
            Judged::new("good", said("large", round, Fail, *score)),
            Judged::new("fine", said("generate", round, *fine, 1.0)),
        ];
        let decision = decide(&view, &call, &mut judged);
        write(&mut view, &call, &judged, &decision);
        last = Some((judged, decision));
    }
    let (judged, decision) = last.unwrap();
    (view, judged, decision)
}

fn output(view: &JobView, step: &str) -> AssetId {
    view.steps[step].outputs["image"][0].clone()
}

#[test]
fn the_best_of_all_rounds_goes_to_people_with_all_that_was_made_on_its_way() {
    let (view, judged, decision) = rounds(&[0.3, 0.6, 0.5], &[Pass; 3]);
    assert_eq!(decision.asks("good"), Some(0));
    let shown = &judged[0].judgement;
    assert_eq!(shown.subjects[0].sha256, "large-2");
    assert_eq!(
        shown.reasons,
        [
            "0.6 is too little",
            "of 3 tries that of round 2 is the best",
            "sent back 2 times, as often as it may be"
        ]
    );
    let tries: Vec<_> =
        shown.tries.iter().map(|it| (it.round, it.score.unwrap(), it.best)).collect();
    assert_eq!(tries, [(1, 0.3, false), (2, 0.6, true), (3, 0.5, false)]);
    // What is approved now is what goes on.
    assert_eq!(output(&view, "large"), asset("large", 2));
    assert_eq!(output(&view, "generate"), asset("generate", 2));
    assert_eq!(judged[1].judgement.subjects[0].sha256, "generate-2", "so says its other gate");
    let record = &view.steps["large"];
    assert_eq!((record.round, record.attempts), (3, 3), "what was tried stays counted");
    assert!(shown.kept.is_none(), "nothing is kept for a round that does not come");
    assert_eq!(shown.loops.unwrap().count, 2);
}

#[test]
fn of_equally_good_tries_the_last_goes_on_and_a_worse_verdict_outweighs_a_score() {
    let (view, judged, _) = rounds(&[0.5, 0.5, 0.5], &[Pass; 3]);
    assert_eq!(judged[0].judgement.subjects[0].sha256, "large-3");
    assert_eq!(output(&view, "large"), asset("large", 3));
    assert_eq!(
        judged[0].judgement.reasons,
        ["0.5 is too little", "sent back 2 times, as often as it may be"]
    );
    let (_, judged, decision) = rounds(&[0.3, 0.6, 0.5], &[Pass, Review, Pass]);
    assert_eq!(judged[0].judgement.subjects[0].sha256, "large-2", "{decision:?}");
    assert_eq!(decision.asks("fine"), Some(0), "its other gate is not sure of it either");
}

#[test]
fn a_gate_that_fails_for_good_fails_with_the_best_try() {
    let text = ROUNDS.replace(", then: review", "");
    let mut view = view_of(&text, 0);
    let mut last = None;
    for (round, score) in [(1, 0.7), (2, 0.2), (3, 0.4)] {
        paint(&mut view, round);
        let call = call(&view);
        let mut judged = vec![Judged::new("good", said("large", round, Fail, score))];
        let decision = decide(&view, &call, &mut judged);
        write(&mut view, &call, &judged, &decision);
        last = Some(decision);
    }
    let reason = "good: 0.7 is too little (sent back 2 times, as often as it may be)".to_owned();
    assert_eq!(last, Some(Decision::End { reason }));
    assert_eq!(output(&view, "large"), asset("large", 1));
    assert_eq!(view.steps["good"].state, StepState::Failed);
}

#[test]
fn a_pass_in_a_later_round_needs_no_earlier_one() {
    let mut view = view_of(ROUNDS, 0);
    paint(&mut view, 1);
    let first = call(&view);
    let mut one = vec![Judged::new("good", said("large", 1, Fail, 0.9))];
    let decision = decide(&view, &first, &mut one);
    write(&mut view, &first, &one, &decision);
    paint(&mut view, 2);
    let mut two = vec![Judged::new("good", said("large", 2, Pass, 0.8))];
    assert_eq!(decide(&view, &call(&view), &mut two), Decision::Go);
    let tries: Vec<_> = two[0].judgement.tries.iter().map(|it| (it.round, it.best)).collect();
    assert_eq!(tries, [(1, false), (2, true)]);
    assert!(two[0].made.is_empty());
}

const SEVERAL: &str = "
name: hero
inputs: { prompt: { type: text } }
budget_usd: 0.50
steps:
  generate: { kind: image.generate, with: { prompt: '{{ inputs.prompt }}' }, best_of: 3 }
  good: { kind: gate.quality, with: { images: '{{ generate.image }}' }, on_fail: { retry: generate, attempts: 1, then: review, reason: true, model: sketch-2 } }
  publish: { kind: publish, with: { assets: '{{ generate.image }}', target: { kind: s3 } }, after: [good] }
";

/// A job with three candidates, of which the one of that number was not made.
fn several(missing: u32) -> JobView {
    let plain = view_of(SEVERAL, 0);
    let bound = plain.pipeline.bound(&json!({ "prompt": "a fox" }), &Default::default()).unwrap();
    let mut view = JobView { plan: bound.pipeline.plan(), pipeline: bound.pipeline, ..plain };
    view.steps.clear();
    candidates(&mut view, 1, missing);
    view
}

fn candidates(view: &mut JobView, round: u32, missing: u32) {
    for (number, name) in (1..).zip(["generate", "generate~2", "generate~3"]) {
        let mut record = StepRecord::pending(name, round);
        record.state = StepState::Succeeded;
        record.outputs = [("image".to_owned(), vec![asset(name, round)])].into();
        if number == missing {
            (record.state, record.outputs) = (StepState::Skipped, Default::default());
            record.error = Some("the host is gone".into());
        }
        view.steps.insert(name.into(), record);
    }
}

fn choose(view: &JobView, scores: &[(Verdict, f64)]) -> Judged {
    let round = view.job.round;
    let said = view.candidates("good").into_iter().zip(scores).map(|(one, (verdict, score))| {
        let judgement = one.view.as_ref().map(|_| said(&one.step, round, *verdict, *score));
        (one, judgement)
    });
    Judged::best(view, "good", round, said.collect()).unwrap()
}

#[test]
fn a_gate_sees_each_candidate_in_the_steps_place_and_the_best_one_stays_there() {
    let mut view = several(0);
    let seen: Vec<Value> = view
        .candidates("good")
        .iter()
        .map(|one| one.view.as_ref().unwrap().parameters("good").unwrap()["images"].clone())
        .collect();
    let ids = ["generate", "generate~2", "generate~3"].map(|step| json!(asset(step, 1)));
    assert_eq!(seen, ids);
    let mut all = vec![choose(&view, &[(Fail, 0.9), (Pass, 0.5), (Pass, 0.8)])];
    let call = call(&view);
    let decision = decide(&view, &call, &mut all);
    assert_eq!(decision, Decision::Go);
    write(&mut view, &call, &all, &decision);
    assert_eq!(output(&view, "generate"), asset("generate~3", 1));
    assert_eq!(output(&view, "generate~2"), asset("generate~2", 1), "losers stay as they are");
    let verdict = view.steps["good"].verdict.as_ref().unwrap();
    assert_eq!(
        verdict["subjects"],
        json!([{ "asset": asset("generate~3", 1), "sha256": "generate~3-1" }])
    );
    let tries = verdict["tries"].as_array().unwrap();
    assert_eq!(tries.len(), 3);
    assert_eq!(tries[0]["reasons"], json!(["0.9 is too little"]));
    assert_eq!((&tries[2]["best"], &tries[1]["best"]), (&json!(true), &Value::Null));
    // Asked again, it finds the first one's own picture where the best one's is now.
    let again = view.candidates("good");
    assert!(again[0].view.is_none() && again[2].view.is_some());
}

#[test]
fn fewer_candidates_are_fine_and_none_is_a_failure() {
    let view = several(1);
    assert_eq!(view.no_candidate("good"), None);
    let best = choose(&view, &[(Pass, 1.0), (Review, 0.5), (Review, 0.5)]);
    assert_eq!(
        best.made["generate"].outputs["image"],
        [asset("generate~2", 1)],
        "the first of two"
    );
    assert_eq!(best.judgement.tries[0].reasons, ["the host is gone"]);
    assert_eq!(best.judgement.tries[0].verdict, None);
    let mut none = several(1);
    for name in ["generate~2", "generate~3"] {
        none.steps.get_mut(name).unwrap().state = StepState::Skipped;
    }
    assert_eq!(
        none.no_candidate("good").as_deref(),
        Some("none of 3 candidates of generate was made: the host is gone")
    );
}

#[test]
fn all_candidates_are_made_again_and_the_best_of_both_rounds_goes_on() {
    let mut view = several(0);
    let first = call(&view);
    let mut one = vec![choose(&view, &[(Fail, 0.2), (Fail, 0.7), (Fail, 0.3)])];
    let decision = decide(&view, &first, &mut one);
    let Decision::Back { steps, notes, models, .. } = &decision else { panic!("{decision:?}") };
    for name in ["generate", "generate~2", "generate~3"] {
        assert!(steps.contains(name), "{steps:?}");
        assert_eq!(notes[name], "Earlier try was refused because: 0.7 is too little");
        assert_eq!(models[name], "sketch-2");
    }
    write(&mut view, &first, &one, &decision);
    candidates(&mut view, 2, 0);
    let second = call(&view);
    let mut two = vec![choose(&view, &[(Fail, 0.6), (Fail, 0.1), (Fail, 0.5)])];
    let decision = decide(&view, &second, &mut two);
    assert_eq!(decision.asks("good"), Some(0));
    write(&mut view, &second, &two, &decision);
    assert_eq!(output(&view, "generate"), asset("generate~2", 1));
    let shown = &two[0].judgement;
    assert_eq!(shown.subjects[0].sha256, "generate~2-1");
    let best: Vec<_> =
        shown.tries.iter().filter(|it| it.best).map(|it| (it.round, it.step.clone())).collect();
    assert_eq!((shown.tries.len(), best), (6, vec![(1, Some("generate~2".to_owned()))]));
}

#[test]
fn verdicts_that_no_one_waits_for_hold_no_tries() {
    let view = view_of(ROUNDS, 0);
    let mut all = judged(&[("good", Pass), ("fine", Pass)]);
    assert_eq!(decide(&view, &call(&view), &mut all), Decision::Go);
    let said = serde_json::to_value(&all[0].judgement).unwrap();
    assert_eq!((said.get("tries"), said.get("kept")), (None, None));
}
