//! Gates that may fail without ending the job: their verdict stays, and nobody passes through them.

use super::stage::*;
use domain::fakes::{World, every_fault};
use domain::skip::{Turn, turn};
use domain::state::StepState;
use serde_json::json;

const NARROW: &str =
    "{ kind: gate.quality, with: { images: '{{ large.image }}', min_width: 900 }, on_error: skip }";

fn narrow() -> World {
    stage(&[("safe", SAFE), ("good", NARROW)], "a fox", &fine())
}

#[tokio::test]
async fn a_gate_that_may_fail_keeps_its_verdict_and_lets_nobody_through() {
    let world = narrow();
    assert_eq!(run(&world).await.unwrap(), json!({ "ok": true, "event": 8 }));
    let view = view(&world).await;
    let good = view.step("good");
    assert_eq!(good.state, StepState::Skipped);
    assert_eq!(good.verdict.as_ref().unwrap()["verdict"], "fail");
    assert_eq!(view.step("safe").state, StepState::Succeeded);
    let Turn::Not(ending) = turn(&view, "ladder", 1).unwrap() else { panic!() };
    let data = ending.event(NOW).data;
    assert_eq!(data["reason"], "comes after good, which did not pass");
    assert_eq!(data["degraded"], true);
    assert_eq!(view.job.degraded[0].step, "good");
    let kinds: Vec<_> = (6..=8).map(|n| event(&world, n).unwrap().kind).collect();
    assert_eq!(kinds, ["gate.verdict", "gate.verdict", "step.skipped"]);
}

#[tokio::test]
async fn another_gates_no_ends_the_job_all_the_same() {
    let world = stage(&[("safe", SAFE), ("good", NARROW)], "gore", &fine());
    let mut told = run(&world).await.unwrap();
    told.as_object_mut().unwrap().remove("event");
    assert_eq!(told, json!({ "end": "rejected" }));
}

#[tokio::test]
async fn a_gate_with_nothing_left_to_judge_is_skipped_and_clears_nothing() {
    let world = narrow();
    let key = domain::record::StepRecord::key(&call().job, "large");
    let mut item = world.table.peek(&key).unwrap();
    item.insert("state".into(), json!("skipped"));
    item.insert("skipped".into(), json!({ "run": 1, "reason": "no luck", "error": true }));
    plant(&world, key, &item);
    run(&world).await.unwrap();
    let view = view(&world).await;
    for gate in ["safe", "good"] {
        let record = view.step(gate);
        let reason = "needs large, which was skipped";
        assert_eq!((record.state, record.verdict), (StepState::Skipped, None));
        assert_eq!(record.skipped.unwrap().reason, reason);
    }
    assert_eq!(view.job.degraded.len(), 2);
}

#[tokio::test]
async fn every_single_fault_leaves_the_world_of_one_clean_run_where_a_gate_may_fail() {
    let prepare = async || narrow();
    let act = async |world: &World| run(world).await.map(drop);
    every_fault(prepare, act, World::listing).await;
}

#[tokio::test]
async fn a_gate_behind_a_false_condition_judges_nothing_and_lets_nobody_through() {
    let never = GOOD.replacen("{ kind", "{ when: \"inputs.prompt == 'a cat'\", kind", 1);
    let prepare = async || stage(&[("safe", SAFE), ("good", &never)], "a fox", &fine());
    let act = async |world: &World| run(world).await.map(drop);
    every_fault(prepare, act, World::listing).await;
    let world = prepare().await;
    assert_eq!(run(&world).await.unwrap(), json!({ "ok": true, "event": 7 }));
    let view = view(&world).await;
    let good = view.step("good");
    assert_eq!((good.state, good.verdict), (StepState::Skipped, None));
    assert_eq!(good.skipped.unwrap().reason, "when: inputs.prompt == 'a cat'");
    assert_eq!(view.step("safe").state, StepState::Succeeded);
    assert!(view.job.degraded.is_empty(), "nobody wanted it");
    for step in ["ladder", "publish"] {
        let Turn::Not(ending) = turn(&view, step, 1).unwrap() else { panic!("{step}") };
        let reason = "comes after good, which did not pass";
        assert_eq!(ending.event(NOW).data["reason"], reason);
    }
}

#[tokio::test]
async fn a_gate_whose_condition_cannot_be_told_ends_the_job_unless_it_may_be_lacking() {
    for (on_error, told) in [("fail", json!("failed")), ("skip", json!(null))] {
        let odd = format!("{{ when: \"labels.team == 'x'\", on_error: {on_error}, kind");
        let odd = GOOD.replacen("{ kind", &odd, 1);
        let world = stage(&[("safe", SAFE), ("good", &odd)], "a fox", &fine());
        assert_eq!(run(&world).await.unwrap()["end"], told);
        let good = view(&world).await.step("good");
        let why = "the condition cannot be told: No such key: team";
        assert_eq!((good.error.as_deref(), good.verdict), (Some(why), None));
    }
}
